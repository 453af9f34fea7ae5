"""What a message advises works: each call that an error names is made here.

The remedies for images stand in test_bad_choices.py, for categories of another kind in
test_strange_input.py, for labels of PU data in tests/pu.
"""

import re

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.sparse import csr_array
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgen import AutoregressiveDensity, GANSampler, VAETransformer
from skgen.density import PixelCNNDensity, TransformedDensity
from skgen.encoding import TableEncoder
from skgen.gan import GANOverSampler, InfoCodes, InstanceNoise, Packing
from skgen.inspection import DensityDisplay
from skgen.latent import AutoencoderTransformer
from skgen.losses.gan import Relativistic
from skgen.metrics import entropy, frechet_distance, make_pu_scorer, twin_share
from skgen.pu import PUClassifier, PUStackingClassifier

RNG = np.random.default_rng(0)
N = 60
TABLE = pd.DataFrame(
    {
        "count": RNG.integers(0, 1000, N),
        "number": RNG.normal(size=N),
        "word": pd.Categorical(RNG.choice(["x", "y"], N)),
    }
)
Y = np.repeat([0, 1], N // 2)
PICTURES = RNG.random((N, 16))


def refused(call, error, advice):
    """Assert that `call` raises `error` and that the message holds `advice`."""
    with pytest.raises(error, match=re.escape(advice)):
        call()


def density(**parameters):
    return AutoregressiveDensity(max_epochs=1, random_state=0, **parameters)


def small_gan(**parameters):
    return GANSampler(max_epochs=1, random_state=0, **parameters)


def test_ids_as_categories():
    X = TABLE.assign(id=np.array([2**53 + 1, 2**53 + 3, 17] * (N // 3)))
    refused(lambda: density().fit(X), ValueError, "astype('category')")
    X["id"] = X["id"].astype("category")
    drawn = density().fit(X).sample(20)["id"]
    assert set(drawn.astype("int64")) <= {2**53 + 1, 2**53 + 3, 17}


def test_a_row_and_a_column_as_tables():
    model = density().fit(TABLE)
    refused(lambda: model.score_samples(TABLE.iloc[0]), ValueError, "X.to_frame().T")
    row = model.score_samples(TABLE.iloc[0].to_frame().T)
    np.testing.assert_array_equal(row, model.score_samples(TABLE.iloc[:1]))
    column = TABLE["number"]
    refused(lambda: density().fit(column), ValueError, "X.to_frame()")
    assert density().fit(column.to_frame()).n_features_in_ == 1


@pytest.mark.parametrize("fit", [density, small_gan])
def test_given_as_a_dict(fit):
    options = {"conditions": ["word"]} if fit is small_gan else {}
    model = fit(**options).fit(TABLE)
    refused(lambda: model.sample(2, given="x"), TypeError, "given={column: value}")
    assert (model.sample(5, given={"word": "x"})["word"] == "x").all()


def test_unknown_categories_are_ignored():
    new = TABLE.assign(word="z")
    encoder = TableEncoder(handle_unknown="error").fit(TABLE)
    refused(lambda: encoder.transform(new), ValueError, 'handle_unknown="ignore"')
    ignoring = TableEncoder(handle_unknown="ignore").fit(TABLE)
    assert len(ignoring.transform(new)) == N


def test_draws_need_a_dtype_that_holds_them():
    gaps = TABLE.astype({"count": "Int64"}).mask(RNG.random(TABLE.shape) < 0.2)
    model = density().fit(gaps)
    narrow = gaps.assign(count=(gaps["count"] % 100).astype("Int8"))
    with pytest.raises(ValueError, match="'count'.*Int8.*convert it first") as caught:
        model.impute(narrow)
    dtype = re.search(r"astype\('(\w+)'\)", str(caught.value))[1]
    wide = narrow.astype({"count": {"int64": "Int64"}.get(dtype, dtype)})
    assert not model.impute(wide).isna().any().any()


def test_transform_without_labels():
    model = VAETransformer(max_epochs=1, random_state=0).fit(TABLE)
    refused(lambda: model.transform(TABLE, Y), TypeError, "call transform(X)")
    assert len(model.transform(TABLE)) == N


def test_another_likelihood():
    X = 3 * RNG.normal(size=(N, 16))
    wrong = VAETransformer(image_shape=(4, 4), likelihood="bernoulli", max_epochs=1)
    with pytest.raises(ValueError, match='likelihood="gaussian"'):
        wrong.fit(X)
    assert len(wrong.set_params(likelihood="gaussian").fit(X).transform(X)) == N


def test_pixels_as_whole_numbers():
    model = PixelCNNDensity((4, 4), n_channels=2, n_blocks=1, max_epochs=1)
    refused(lambda: model.fit(PICTURES), ValueError, "np.rint(255 * X)")
    assert np.isfinite(model.fit(np.rint(255 * PICTURES)).score(np.rint(PICTURES)))


def test_predictions_after_a_fit_with_labels():
    model = PixelCNNDensity((4, 4), n_channels=2, n_blocks=1, max_epochs=1)
    X = np.rint(3 * PICTURES)
    with pytest.raises(AttributeError) as caught:
        model.fit(X).predict(X)
    assert "fit(X, y)" in f"{caught.value} {caught.value.__cause__}"
    assert set(model.fit(X, Y).predict(X)) <= {0, 1}


def test_codes_of_rows():
    model = small_gan(codes=InfoCodes(n_numbers=2)).fit(TABLE)
    z = np.zeros((N, model.n_latent_))
    with pytest.raises(ValueError, match=r"transform\(X\) returns them"):
        model.generate(z)
    assert len(model.generate(z, codes=model.transform(TABLE))) == N


def test_what_a_critic_is_shown():
    refused(
        lambda: small_gan(critic_input=[4]).fit(TABLE),
        ValueError,
        "critic_input=[Packing(4)]",
    )
    # Also what the warning of a collapse advises.
    for item in (Packing(4), InstanceNoise(0.1)):
        assert len(small_gan(critic_input=[item]).fit(TABLE).sample(3)) == 3


@pytest.mark.parametrize(
    "sampler",
    [small_gan(), VAETransformer(conditional=True, max_epochs=1, random_state=0)],
)
def test_samplers_that_know_classes(sampler):
    y = np.repeat([0, 1], [N - 20, 20])
    refused(
        lambda: GANOverSampler(density()).fit_resample(TABLE, y),
        ValueError,
        "use GANSampler, PixelCNNDensity or VAETransformer(conditional=True)",
    )
    _, even = GANOverSampler(sampler).fit_resample(TABLE, y)
    assert np.bincount(even).tolist() == [N - 20, N - 20]


def test_paired_scores():
    real, fake = torch.zeros(3), torch.zeros(4)
    loss = Relativistic(average=False)
    with pytest.raises(ValueError, match=r"Relativistic\(average=True\)"):
        loss.critic(real, fake)
    assert torch.isfinite(Relativistic(average=True).critic(real, fake))


def test_probabilities_of_logits():
    logits = np.array([-1.0, 2.0])
    refused(lambda: entropy(logits), ValueError, "softmax(logits)")
    p = torch.softmax(torch.as_tensor(logits), 0).numpy()
    assert entropy(p) > 0


def test_an_embedding_of_mixed_tables():
    advice = "embedding=TableEncoder().fit(real)"
    halves = TABLE[::2], TABLE[1::2]
    refused(lambda: frechet_distance(*halves), ValueError, advice)
    embedding = TableEncoder().fit(halves[0])
    assert np.isfinite(frechet_distance(*halves, embedding=embedding))


def test_priors_that_are_not_known():
    X, s = TABLE[["count", "number"]], np.where(np.arange(N) % 3 == 0, 1, 0)
    model = PUClassifier(max_epochs=1, prior=1.5, random_state=0)
    refused(lambda: model.fit(X, s), ValueError, 'prior="auto"')
    auto = model.set_params(prior="auto").fit(X, s).prior_
    # None asks for the same, in all classifiers.
    assert model.set_params(prior=None).fit(X, s).prior_ == auto
    for prior in ("auto", None):
        stack = PUStackingClassifier(
            [("forest", RandomForestClassifier(5, random_state=0))],
            prior=prior,
            random_state=0,
        )
        auto = stack.fit(X, s).prior_ if prior else auto
    assert (
        stack.fit(X, s).prior_
        == PUStackingClassifier(
            [("forest", RandomForestClassifier(5, random_state=0))], random_state=0
        )
        .fit(X, s)
        .prior_
    )


def test_scorers_that_choose_a_threshold():
    X, s = TABLE[["count", "number"]], np.where(np.arange(N) % 3 == 0, 1, 0)
    forest = RandomForestClassifier(5, random_state=0)
    for metric in ("roc_auc", "vpu"):
        scoring = make_pu_scorer(metric, prior=0.5)
        with pytest.raises(ValueError, match="'accuracy', 'f1', 'lee_liu' or 'risk'"):
            TunedThresholdClassifierCV(forest, scoring=scoring).fit(X, s)
    for metric in ("accuracy", "f1", "lee_liu", "risk"):
        scoring = make_pu_scorer(metric, prior=0.5)
        tuned = TunedThresholdClassifierCV(forest, scoring=scoring).fit(X, s)
        assert 0 <= tuned.best_threshold_ <= 1


def test_dates_as_strings():
    dates = pd.Series(pd.date_range("2020", periods=2)).repeat(N // 2)
    model = VAETransformer(conditional=True, max_epochs=1)
    for learner in (PUClassifier(max_epochs=1), model, small_gan()):
        refused(
            lambda m=learner: m.fit(TABLE, dates), TypeError, "pd.Series(y).astype(str)"
        )
    assert len(model.fit(TABLE, pd.Series(dates).astype(str)).classes_) == 2


def test_codes_without_an_image_shape():
    images = PICTURES.reshape(N, 4, 4)
    model = AutoencoderTransformer(image_shape=(4, 4), max_epochs=1)
    refused(lambda: model.fit(images), ValueError, "X.reshape(len(X), -1)")
    assert len(model.fit(images.reshape(N, -1)).transform(PICTURES)) == N


def test_sparse_rows_made_dense():
    X = csr_array(np.eye(N)[:, :3])
    refused(lambda: density().fit(X), TypeError, ".toarray()")
    assert density().fit(X.toarray()).n_features_in_ == 3


def test_times_and_dates_as_numbers():
    start = pd.Timestamp("2020")
    days = pd.Series(pd.date_range(start, periods=N))
    refused(
        lambda: density().fit(TABLE.assign(t=days - start)),
        TypeError,
        "column.dt.total_seconds()",
    )
    refused(
        lambda: density().fit(TABLE.assign(t=days)),
        TypeError,
        "(column - start).dt.days",
    )
    X = TABLE.assign(
        a=(days - start).dt.total_seconds(), b=(days - start).dt.days, c=days.dt.month
    )
    assert density().fit(X).n_features_in_ == 6


def test_columns_that_changed_their_kind():
    model = density().fit(TABLE)
    words = TABLE.assign(number=TABLE["number"].astype(str))
    refused(lambda: model.score_samples(words), TypeError, "pd.to_numeric")
    words["number"] = pd.to_numeric(words["number"])
    np.testing.assert_array_equal(
        model.score_samples(words), model.score_samples(TABLE)
    )
    real = pd.DataFrame({"a": [1.0, 2, 3, 4]})
    strange = real.astype(str)
    with pytest.raises(TypeError, match=r"pd.to_numeric or astype\('category'\)"):
        twin_share(real, strange)
    assert twin_share(real, strange.apply(pd.to_numeric)) == 1
    as_categories = real.astype("category"), real.astype("category")
    assert twin_share(*as_categories) == 1


def test_masks_of_truth_values():
    X = np.rint(3 * PICTURES)
    model = PixelCNNDensity((4, 4), n_channels=2, n_blocks=1, max_epochs=1).fit(X)
    mask = (np.arange(16) > 8).astype(int)
    refused(lambda: model.complete(X[:2], mask), TypeError, "mask.astype(bool)")
    filled = model.complete(X[:2], mask.astype(bool))
    np.testing.assert_array_equal(filled[:, :9], X[:2, :9])


def test_relativistic_generators_see_real_rows():
    fake, real = torch.zeros(3), torch.ones(3)
    refused(lambda: Relativistic().generator(fake), ValueError, "generator(fake, real)")
    assert torch.isfinite(Relativistic().generator(fake, real))


def test_codes_need_a_model_that_has_such():
    model = small_gan().fit(TABLE)
    advice = "set codes=InfoCodes(...) before fit"
    z = np.zeros((N, model.n_latent_))
    refused(lambda: model.generate(z, codes=z), ValueError, advice)


def test_classes_of_images_as_labels():
    X = np.rint(255 * PICTURES)
    model = small_gan(image_shape=(4, 4), conditions=["word"])
    refused(lambda: model.fit(X), ValueError, "fit(X, y)")
    model.set_params(conditions=None).fit(X, Y)
    assert model.sample(3, y=1).shape == (3, 16)


def test_displays_of_a_density_behind_a_scaler():
    pytest.importorskip("matplotlib")
    X = TABLE[["number"]].to_numpy()
    pipeline = make_pipeline(StandardScaler(), KernelDensity()).fit(X)
    advice = "skgen.density.TransformedDensity(transformer, density)"
    refused(lambda: DensityDisplay.from_estimator(pipeline, X), TypeError, advice)
    scaled = TransformedDensity(StandardScaler(), KernelDensity()).fit(X)
    assert DensityDisplay.from_estimator(scaled, X).log_density.size > 0

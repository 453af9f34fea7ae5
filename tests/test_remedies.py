"""What a message advises works: each call that an error names is made here.

The remedies for images stand in test_bad_choices.py, for categories of another kind in
test_strange_input.py, for labels of PU data in tests/pu.
"""

import re
from functools import partial

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import save_file
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skgen import AutoregressiveDensity, GANSampler, PUGANClassifier, VAETransformer
from skgen.datasets import fetch_avila
from skgen.density import (
    FlowDensity,
    MixtureDensity,
    PixelCNNDensity,
    TransformedDensity,
)
from skgen.encoding import ImageEncoder, TableEncoder
from skgen.gan import InfoCodes, InstanceNoise, Packing
from skgen.inspection import (
    DensityDisplay,
    LatentSpaceDisplay,
    LossCurveDisplay,
    PriorGridDisplay,
    SampleGridDisplay,
)
from skgen.latent import AutoencoderTransformer
from skgen.losses.gan import Relativistic
from skgen.metrics import entropy, frechet_distance, make_pu_scorer, twin_share
from skgen.pu import PUClassifier, PUStackingClassifier, estimate_prior
from skgen.sampling import GANOverSampler, GenerativeOverSampler

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


def pu_rows():
    return TABLE[["count", "number"]], (np.arange(N) % 3 == 0).astype(int)


class Small(torch.nn.Sequential):
    def __init__(self, n_features, n_outputs, width=4):
        super().__init__(
            torch.nn.Linear(n_features, width), torch.nn.Linear(width, n_outputs)
        )


class Same(torch.nn.Module):
    """A critic that brings its input back, times a number that it learns."""

    def __init__(self, input_shape, output_shape):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(()))

    def forward(self, x):
        return self.scale * x


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
    [
        small_gan(),
        VAETransformer(conditional=True, max_epochs=1, random_state=0),
        AutoregressiveDensity(n_estimators=1, max_epochs=1, random_state=0),
        MixtureDensity(2, random_state=0),
    ],
)
def test_samplers_that_know_classes(sampler):
    y = np.repeat([0, 1], [N - 20, 20])
    refused(
        lambda: GANOverSampler(FlowDensity()).fit_resample(TABLE, y),
        ValueError,
        "use AutoregressiveDensity, MixtureDensity, GANSampler, PixelCNNDensity or "
        "VAETransformer(conditional=True)",
    )
    _, even = GenerativeOverSampler(sampler).fit_resample(TABLE, y)
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
    np.testing.assert_allclose(
        model.score_samples(words), model.score_samples(TABLE), rtol=1e-12
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


# -- files -----------------------------------------------------------------------------


def test_what_no_weights_file_holds_is_dumped(tmp_path):
    X, s = pu_rows()
    model = PUClassifier(max_epochs=1, random_state=0).fit(X, s)
    model.helper_ = pd.Timestamp("2024")
    refused(
        lambda: model.save_weights(tmp_path / "a"), TypeError, "joblib.dump instead"
    )
    joblib.dump(model, tmp_path / "a.joblib")
    again = joblib.load(tmp_path / "a.joblib")
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_damaged_weights_are_written_anew(tmp_path):
    X, s = pu_rows()
    model, path = PUClassifier(max_epochs=1, random_state=0).fit(X, s), tmp_path / "a"
    for damage in (
        lambda: path.write_text("no weights"),
        lambda: save_file({"a": np.ones(2)}, path),
        lambda: save_file({}, path, metadata={"state": "{}", "notes": "["}),
    ):
        damage()
        with pytest.raises(ValueError, match="(write it|anew) by save_weights"):
            clone(model).load_weights(path)
        model.save_weights(path)
        again = clone(model).load_weights(path)
        np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_dtypes_that_no_weights_file_holds(tmp_path):
    months = pd.period_range("2020", periods=2, freq="M").repeat(N // 2)
    month = pd.Series(pd.Categorical(months))
    advice = "column.astype(str).astype('category')"
    refused(lambda: TableEncoder().fit(TABLE.assign(month=month)), TypeError, advice)
    X = TABLE.assign(month=month.astype(str).astype("category"))
    model = density().fit(X)
    model.save_weights(tmp_path / "a")
    drawn = density().load_weights(tmp_path / "a").sample(9, random_state=0)
    assert set(drawn["month"]) <= set(X["month"])


def test_files_that_are_not_on_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("SKGEN_DATA", str(tmp_path))
    home = tmp_path / "home"
    advice = "pass download_if_missing=True"
    with pytest.raises(OSError, match=advice) as caught:
        fetch_avila(data_home=home, download_if_missing=False)
    assert str(home) in str(caught.value)
    # What stands before "or": the file by hand, in the folder that is named.
    name = re.search(r"avila\S*\.(?:zip|txt)", str(caught.value))[0]
    assert name in str(caught.value)


# -- images and codes ------------------------------------------------------------------


def test_pixels_as_strings():
    words, encoder = PICTURES.astype(str), ImageEncoder((4, 4))
    refused(lambda: encoder.fit(words), TypeError, "X.astype(float)")
    Z = encoder.fit(words.astype(float)).transform(PICTURES)
    np.testing.assert_allclose(encoder.inverse_transform(Z), PICTURES, atol=1e-6)


def test_pictures_to_draw():
    pytest.importorskip("matplotlib")
    words = PICTURES.astype(str)
    refused(lambda: SampleGridDisplay.from_samples(words), TypeError, "X.astype(float)")
    assert SampleGridDisplay.from_samples(words.astype(float), image_shape=(4, 4))
    x = PICTURES[0]
    refused(lambda: SampleGridDisplay.from_samples(x), ValueError, "x.reshape(1, -1)")
    SampleGridDisplay.from_samples(x.reshape(1, -1), image_shape=(4, 4))


def test_codes_to_draw():
    pytest.importorskip("matplotlib")
    codes = RNG.normal(size=(N, 2, 2))
    advice = "codes.reshape(len(codes), -1)"
    refused(lambda: LatentSpaceDisplay.from_codes(codes), ValueError, advice)
    flat = codes.reshape(len(codes), -1)
    assert len(LatentSpaceDisplay.from_codes(flat).codes) == N


# -- displays of fits ------------------------------------------------------------------


def test_losses_to_draw():
    pytest.importorskip("matplotlib")
    model = density()
    advice = "call fit first, or from_history with a list of dicts"
    refused(lambda: LossCurveDisplay.from_estimator(model), NotFittedError, advice)
    drawn = LossCurveDisplay.from_estimator(model.fit(TABLE))
    same = LossCurveDisplay.from_history(list(model.history_))
    assert drawn.losses.keys() == same.losses.keys()


def test_searches_to_draw():
    pytest.importorskip("matplotlib")
    X, s = pu_rows()
    scoring = make_pu_scorer("lee_liu")
    tiny = PUClassifier(max_epochs=1, random_state=0)
    search = GridSearchCV(tiny, {"prior": [0.4, 0.6]}, scoring=scoring, cv=2)
    draw = PriorGridDisplay.from_estimator
    refused(lambda: draw(search), NotFittedError, "call fit first")
    assert list(draw(search.fit(X, s)).priors) == [0.4, 0.6]
    grid = {"prior": [0.4, "auto"]}
    search = GridSearchCV(tiny, grid, scoring=scoring, cv=2).fit(X, s)
    advice = "leave None and 'auto' out of the grid"
    refused(lambda: draw(search), ValueError, advice)
    # "and pass them to a fit of their own"
    assert 0 < clone(tiny).set_params(prior="auto").fit(X, s).prior_ < 1


# -- densities and metrics -------------------------------------------------------------


def test_marginals_need_an_order():
    advice = "fit with `order` beginning with these and n_estimators=1"
    model = density(n_estimators=2).fit(TABLE)
    some = TABLE[["word", "count"]]
    refused(lambda: model.score_samples(some, marginal=True), ValueError, advice)
    model = density(order=[2, 0, 1], n_estimators=1).fit(TABLE)
    assert np.isfinite(model.score_samples(some, marginal=True)).all()


def test_gaps_that_the_fit_had_not():
    gaps = TABLE.mask(RNG.random(TABLE.shape) < 0.2)
    model = density().fit(TABLE)
    with pytest.raises(
        ValueError, match=r"sklearn\.impute or MixtureDensity.*or fit on some"
    ):
        model.score_samples(gaps)
    whole = density().fit(gaps).impute(gaps, random_state=0)
    assert np.isfinite(model.score_samples(whole)).all()
    middle = SimpleImputer(strategy="most_frequent").set_output(transform="pandas")
    whole = middle.fit(TABLE).transform(gaps).astype(TABLE.dtypes)
    assert np.isfinite(model.score_samples(whole)).all()
    assert np.isfinite(density().fit(gaps).score_samples(gaps)).all()


def test_tables_to_compare_are_dense():
    X = csr_array(np.rint(4 * PICTURES))
    refused(lambda: twin_share(X, X), TypeError, "pass real.toarray()")
    assert twin_share(X.toarray(), X.toarray()) == 1


# -- PU learning -----------------------------------------------------------------------


def test_scores_that_need_a_prior():
    X, s = pu_rows()
    advice = "skgen.pu.estimate_prior"
    refused(lambda: make_pu_scorer("accuracy"), ValueError, advice)
    refused(lambda: make_pu_scorer("accuracy", prior=2), ValueError, advice)
    prior = estimate_prior(X, s, random_state=0)
    forest = RandomForestClassifier(5, random_state=0).fit(X, s)
    assert np.isfinite(make_pu_scorer("accuracy", prior=prior)(forest, X, s))


def test_scores_of_classifiers_without_probabilities():
    X, s = pu_rows()
    advice = "use the metric 'roc_auc', which takes decision_function as well"
    svm = LinearSVC(random_state=0).fit(X, s)
    refused(lambda: make_pu_scorer("vpu")(svm, X, s), ValueError, advice)
    assert 0 <= make_pu_scorer("roc_auc")(svm, X, s) <= 1
    votes = VotingClassifier([("svm", svm)], voting="hard").fit(X, s)
    advice = "use the metric 'accuracy' or 'lee_liu'"
    refused(lambda: make_pu_scorer("roc_auc")(votes, X, s), ValueError, advice)
    assert np.isfinite(make_pu_scorer("accuracy", prior=0.5)(votes, X, s))
    assert make_pu_scorer("lee_liu")(votes, X, s) >= 0


def test_one_labeled_row():
    X, _ = pu_rows()
    s = np.arange(N) == 0
    forest = [("forest", RandomForestClassifier(5, random_state=0))]
    stack = PUStackingClassifier(forest, random_state=0)
    refused(lambda: stack.fit(X, s), ValueError, "use PUGANClassifier")
    game = PUGANClassifier(prior=0.4, max_epochs=1, early_stopping=True, random_state=0)
    refused(lambda: game.fit(X, s), ValueError, "use early_stopping=False")
    game.set_params(early_stopping=False)
    assert game.fit(X, s).predict_proba(X).shape == (N, 2)


# -- networks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "recipe",
    [
        Small,
        partial(Small, width=3),
        lambda n_features, n_outputs: Small(n_features, n_outputs),
    ],
    ids=["class", "partial", "function"],
)
def test_networks_as_recipes(recipe):
    X, s = pu_rows()
    model = PUClassifier(module=Small(2, 1), max_epochs=1)
    advice = "pass the class, functools.partial of it, or a function"
    refused(lambda: model.fit(X, s), TypeError, advice)
    model.set_params(module=recipe)
    assert model.fit(X, s).predict_proba(X).shape == (N, 2)


def test_recipes_for_tables_and_images():
    model = small_gan(generator="dcgan", critic="mlp")
    advice = 'set image_shape=(height, width), or use "mlp"'
    refused(lambda: model.fit(PICTURES), ValueError, advice)
    assert len(model.set_params(generator="mlp").fit(PICTURES).sample(2)) == 2
    model.set_params(image_shape=(4, 4), generator="dcgan")
    advice = 'set image_shape=None, or use "dcgan" or "resnet"'
    refused(lambda: model.fit(PICTURES), ValueError, advice)
    for critic in ("dcgan", "resnet"):
        assert len(model.set_params(critic=critic).fit(PICTURES).sample(2)) == 2


def test_critics_that_bring_images_back():
    model = small_gan(image_shape=(4, 4), loss="boundary_equilibrium", critic="dcgan")
    refused(lambda: model.fit(PICTURES), ValueError, 'set critic="auto"')
    assert len(model.set_params(critic="auto").fit(PICTURES).sample(2)) == 2
    # "or to a recipe critic(input_shape, input_shape)"
    model.set_params(critic=Same)
    assert len(model.fit(PICTURES).sample(2)) == 2
    model.set_params(codes=InfoCodes(n_numbers=1))
    refused(lambda: model.fit(PICTURES), ValueError, "set codes=None")
    assert len(model.set_params(codes=None).fit(PICTURES).sample(2)) == 2

"""PixelCNNDensity: probabilities that sum to one, draws, classes, bad input."""

import copy
import itertools
import math
import pickle
import warnings
from functools import partial

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.special import logsumexp
from scipy.stats import chisquare
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.fixes import parse_version
from skops import io as skops_io
from skorch.callbacks import Callback
from torch import nn

from skgen.density import PixelCNNDensity
from skgen.nn import GatedPixelCNN, PixelCNN
from skgen.training import TrainingCheckpoint

TINY = {"n_channels": 8, "n_blocks": 2, "random_state": 0}
VARIANTS = {
    "gated": {},
    "masked": {"module": "PixelCNN"},
    "logistic": {"output": "logistic"},
}
each_variant = pytest.mark.parametrize("options", VARIANTS.values(), ids=VARIANTS)


def tiny(**options):
    return PixelCNNDensity(**{**TINY, "max_epochs": 2, **options})


def all_images(n_features, levels):
    return np.array(list(itertools.product(range(levels), repeat=n_features)))


def draw_images(n=300, shape=(2, 2), levels=3, seed=0):
    """Images whose pixels depend on the one before, and the class of each."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    X = np.zeros((n, math.prod(shape)), dtype=np.int64)
    X[:, 0] = rng.integers(0, levels, n)
    for j in range(1, X.shape[1]):
        again = rng.random(n) < np.where(y == 1, 0.9, 0.3)
        X[:, j] = np.where(again, X[:, j - 1], rng.integers(0, levels, n))
    return X, y


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X // 4, np.array(["even", "odd"])[y % 2]


@pytest.fixture(scope="module")
def fitted(digits):
    """Densities fitted once, without and with labels."""
    X, y = digits
    return tiny().fit(X[:400]), tiny().fit(X[:400], y[:400])


# -- probabilities ---------------------------------------------------------------------


@each_variant
@pytest.mark.parametrize(
    "shape, levels", [((2, 2), 3), ((1, 2, 3), 2), ((1, 3), 4)], ids=str
)
@pytest.mark.parametrize("conditional", [False, True])
def test_probabilities_of_all_images_sum_to_one(options, shape, levels, conditional):
    X, y = draw_images(60, shape, levels)
    model = tiny(image_shape=shape, levels=levels, **options)
    model.fit(X, y if conditional else None)
    everything = all_images(X.shape[1], levels)
    assert_allclose(np.exp(model.score_samples(everything)).sum(), 1.0, rtol=1e-9)
    if conditional:
        for label in (0, 1):
            total = np.exp(model.score_samples(everything, y=label)).sum()
            assert_allclose(total, 1.0, rtol=1e-9)


def test_learns_the_distribution_of_small_images():
    X, _ = draw_images(3000, (2, 2), 3)
    model = PixelCNNDensity(
        n_channels=16, n_blocks=1, max_shift=0, max_epochs=8, random_state=0
    ).fit(X)
    fresh, _ = draw_images(3000, (2, 2), 3, seed=1)
    everything = all_images(4, 3)
    code = 3 ** np.arange(3, -1, -1)
    share = np.bincount(X @ code, minlength=81) / len(X)
    ceiling = np.log(np.maximum(share, 1e-9))[fresh @ code].mean()
    assert model.score(fresh) > ceiling - 0.02
    drawn = model.sample(4000, random_state=0)
    expected = np.exp(model.score_samples(everything))
    found = np.bincount(drawn @ code, minlength=81)
    assert chisquare(found, expected / expected.sum() * len(drawn)).pvalue > 1e-3


def test_scores_are_means_and_bits(fitted, digits):
    X, y = digits
    plain, conditional = fitted
    assert plain.score_samples(X[:30]).dtype == np.float64
    assert plain.score(X[:30]) == plain.score_samples(X[:30]).mean()
    assert plain.score(X[:30], y[:30]) == plain.score(X[:30])
    assert_allclose(
        plain.bits_per_dim(X[:30]), -plain.score(X[:30]) / (64 * math.log(2))
    )
    assert conditional.score(X[:30], y[:30]) == pytest.approx(
        conditional.score_samples(X[:30], y=y[:30]).mean()
    )


def test_classes_follow_from_bayes_rule(fitted, digits):
    X, y = digits
    model = fitted[1]
    assert model.classes_.tolist() == ["even", "odd"]
    assert_allclose(
        np.exp(model.class_log_prior_), [np.mean(y[:400] == c) for c in model.classes_]
    )
    joint = np.stack(
        [
            model.score_samples(X[:20], y=label) + prior
            for label, prior in zip(model.classes_, model.class_log_prior_, strict=True)
        ],
        axis=1,
    )
    assert_allclose(model.score_samples(X[:20]), logsumexp(joint, axis=1))
    assert_allclose(
        model.predict_proba(X[:20]),
        np.exp(joint - logsumexp(joint, axis=1, keepdims=True)),
    )
    assert_array_equal(model.predict(X[:20]), model.classes_[joint.argmax(axis=1)])


@pytest.mark.slow
def test_bayes_rule_classifies():
    X, y = draw_images(1500, (4, 4), 4)
    model = PixelCNNDensity(**TINY, max_shift=0, max_epochs=10).fit(X, y)
    fresh, labels = draw_images(500, (4, 4), 4, seed=1)
    assert np.mean(model.predict(fresh) == labels) > 0.9


def test_classes_only_after_a_fit_with_labels(fitted, digits):
    X, y = digits
    plain, conditional = fitted
    assert not hasattr(plain, "predict") and not hasattr(plain, "classes_")
    assert not hasattr(tiny(), "predict_proba")
    with pytest.raises(AttributeError, match=r"fit\(X, y\)"):
        try:
            plain.predict_proba(X)
        except AttributeError as error:
            raise error.__cause__ from None
    with pytest.raises(ValueError, match="fitted without labels"):
        plain.score_samples(X[:3], y=y[:3])
    with pytest.raises(ValueError, match="fitted without labels"):
        plain.sample(3, y="odd")
    with pytest.raises(ValueError, match="seen in fit.*'even', 'odd'.*got.*'prime'"):
        conditional.sample(3, y="prime")
    with pytest.raises(ValueError, match="one label per row"):
        conditional.score_samples(X[:3], y=y[:2])
    again = clone(conditional).fit(X[:100], y[:100]).fit(X[:100])
    assert not hasattr(again, "classes_")


# -- draws -----------------------------------------------------------------------------


@pytest.mark.parametrize("conditional", [False, True])
def test_draws_depend_on_the_seed_alone(fitted, conditional):
    model = fitted[conditional]
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    first = model.sample(7, random_state=1)
    model.sample(2)
    after = np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    assert_array_equal(before[0][1], after[0][1])
    assert before[0][2] == after[0][2]
    assert torch.equal(before[1], after[1])
    assert_array_equal(first, model.sample(7, random_state=1))
    assert_array_equal(first, model.sample(7, random_state=np.random.RandomState(1)))
    assert (first != model.sample(7, random_state=2)).any()
    assert (model.sample(7) != model.sample(7)).any()


class Plain(nn.Module):
    """A network without `scan`: a forward pass per pixel draws from it."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x, y=None):
        return self.net(x, y)


def wrapped(recipe, image_shape, n_outputs, n_classes):
    return Plain(recipe(image_shape, n_outputs, n_classes, n_channels=8, n_blocks=2))


@pytest.mark.parametrize("recipe", [GatedPixelCNN, PixelCNN])
@pytest.mark.parametrize("shape", [(4, 5), (3, 2, 3)], ids=str)
@pytest.mark.parametrize("output", ["softmax", "logistic"])
def test_kept_activations_draw_the_same_images(recipe, shape, output):
    X, y = draw_images(80, shape, 5)
    options = {"image_shape": shape, "output": output, "max_epochs": 3}
    fast = tiny(module=partial(recipe, n_channels=8, n_blocks=2), **options).fit(X, y)
    slow = tiny(module=partial(wrapped, recipe), **options).fit(X, y)
    slow.weights_ = {
        name.replace("module.net.", "module.net.net."): w
        for name, w in fast.weights_.items()
    }
    slow.__dict__.pop("_live", None)
    assert_allclose(slow.score_samples(X), fast.score_samples(X))
    assert_array_equal(slow.sample(20, random_state=0), fast.sample(20, random_state=0))
    mask = np.random.default_rng(0).random(X.shape) < 0.5
    assert_array_equal(
        slow.complete(X, mask, random_state=0), fast.complete(X, mask, random_state=0)
    )


def test_long_draws_show_a_bar_if_asked(fitted, capfd):
    model = clone(fitted[0])
    model.__dict__.update(fitted[0].__dict__)
    model.sample(2, random_state=0)
    assert capfd.readouterr() == ("", "")
    model.set_params(verbose=1).sample(2, random_state=0)
    shown = capfd.readouterr()
    assert shown.out == "" and "drawing" in shown.err and "/8" in shown.err


@pytest.mark.parametrize("n", [0, -1, 2.5, "two"])
def test_wrong_number_of_draws(fitted, n):
    with pytest.raises(ValueError, match="n_samples must be an integer"):
        fitted[0].sample(n)


@pytest.mark.parametrize("conditional", [False, True])
def test_completion_keeps_what_is_known(fitted, digits, conditional):
    X, _ = digits
    model = fitted[conditional]
    mask = np.random.default_rng(0).random((6, 64)) < 0.4
    done = model.complete(X[:6], mask, random_state=0)
    assert_array_equal(done[~mask], X[:6][~mask])
    assert (done[mask] != X[:6][mask]).any()
    assert_array_equal(done, model.complete(X[:6], mask, random_state=0))
    holes = np.where(mask, np.nan, X[:6])
    assert_array_equal(model.complete(holes, random_state=0), done)
    wild = np.where(mask, -99.5, X[:6])
    assert_array_equal(model.complete(wild, mask, random_state=0), done)
    nothing = np.zeros(64, dtype=bool)
    assert_array_equal(model.complete(X[:6], nothing, random_state=0), X[:6])


@pytest.mark.parametrize("conditional", [False, True])
def test_completion_of_the_rest_is_a_conditional_draw(conditional):
    X, y = draw_images(200, (2, 2), 3)
    model = tiny(max_epochs=5, levels=3).fit(X, y if conditional else None)
    start = np.repeat([[2, 1, 0, 0]], 4000, axis=0)
    mask = np.array([False, False, True, True])
    found = model.complete(start, mask, random_state=0)
    rest = all_images(2, 3)
    options = np.column_stack([np.full((9, 1), 2), np.full((9, 1), 1), rest])
    expected = np.exp(model.score_samples(options))
    counts = np.bincount(found[:, 2] * 3 + found[:, 3], minlength=9)
    assert chisquare(counts, expected / expected.sum() * 4000).pvalue > 1e-3


def test_classes_are_drawn_by_their_shares_and_can_be_given(digits):
    X, y = draw_images(400, (2, 2), 3)
    X[y == 1] = 2
    X[y == 0] = 0
    model = PixelCNNDensity(
        n_channels=8, n_blocks=1, max_epochs=20, max_shift=0, random_state=0
    ).fit(X, y)
    assert (model.sample(50, y=1, random_state=0) == 2).mean() > 0.9
    given = np.array([0, 1] * 20)
    found = model.sample(40, y=given, random_state=0).mean(axis=1)
    assert_array_equal(found > 1, given == 1)
    share = (model.sample(600, random_state=0).mean(axis=1) > 1).mean()
    assert abs(share - y.mean()) < 0.08


# -- input -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "X, options, message",
    [
        (
            [[0.5, 1], [1, 0]],
            {},
            "whole numbers from 0 to 255.*got 0.5; for pixels scaled",
        ),
        ([[0, -1], [1, 0]], {}, "Negative values.*got -1.*subtract the smallest"),
        ([[0, 256], [1, 0]], {}, "levels from 0 to 255, got 256; clip or bin"),
        (
            [[0, 4], [1, 0]],
            {"levels": 4},
            "0 to 3, got 4; pass levels=5 to fit or clip",
        ),
        ([[0, np.nan], [1, 0]], {}, "contains NaN"),
        ([[0, np.inf], [1, 0]], {}, "infinity"),
        ([[0, 1, 0]] * 3, {"image_shape": (2, 2)}, r"needs rows of 4 .* got rows of 3"),
        ([[0, 1, 0]] * 3, {"image_shape": (3,)}, r"must be \(height, width\)"),
        ([[0, 1, 0]] * 3, {"image_shape": (0, 3)}, "at least 1"),
        ([[0, 1]], {}, "1 sample"),
    ],
)
def test_wrong_images_are_refused_before_training(X, options, message):
    model = tiny(callbacks=[Never()], **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=message):
            model.fit(np.asarray(X))
    with pytest.raises(NotFittedError):
        model.score_samples(np.asarray([[0, 1]]))


class Never(Callback):
    """Fails when training begins."""

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        raise AssertionError("trained")


def test_image_shape_of_the_wrong_type():
    with pytest.raises(TypeError, match=r"must be \(height, width\).*got \(2.0, 2\)"):
        tiny(image_shape=(2.0, 2)).fit(np.eye(4))


def test_levels_beyond_those_of_fit_are_refused(fitted, digits):
    X, _ = digits
    with pytest.raises(ValueError, match="0 to 4, got 9.*pass levels=10 to fit"):
        fitted[0].score_samples(np.where(X[:3] == 4, 9, X[:3]))


@pytest.mark.parametrize(
    "y, message",
    [
        ([0.5, 1.25, 2.0, 1.0], "[Uu]nknown label type: continuous"),
        ([0.0, np.nan, 1.0, 0.0], "NaN"),
        (["a", None, "b", "a"], "NaN"),
        ([0, 1, 1], "one label per row"),
    ],
)
def test_wrong_labels_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        tiny(callbacks=[Never()]).fit(np.eye(4, dtype=int), y)


@pytest.mark.parametrize(
    "mask, error, message",
    [
        (np.zeros(64), TypeError, "mask must be boolean"),
        (np.zeros(63, dtype=bool), ValueError, "mask must have shape"),
    ],
)
def test_wrong_mask_is_refused(fitted, digits, mask, error, message):
    with pytest.raises(error, match=message):
        fitted[0].complete(digits[0][:2], mask)


def test_known_pixels_must_be_finite(fitted, digits):
    X = np.where(np.arange(64) == 3, np.nan, digits[0][:2])
    with pytest.raises(ValueError, match="finite where mask is False.*as missing"):
        fitted[0].complete(X, np.arange(64) > 5)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float32, bool])
def test_dtype_comes_back_and_does_not_matter(dtype):
    X, _ = draw_images(60, (2, 3), 2)
    expected = tiny(image_shape=(2, 3)).fit(X)
    model = tiny(image_shape=(2, 3)).fit(X.astype(dtype))
    assert_array_equal(model.score_samples(X.astype(dtype)), expected.score_samples(X))
    drawn = model.sample(4, random_state=0)
    assert drawn.dtype == dtype
    assert_array_equal(drawn, expected.sample(4, random_state=0).astype(dtype))


def test_dataframe_in_dataframe_out():
    X, y = draw_images(60, (1, 3), 3)
    frame = pd.DataFrame(
        {
            "a": X[:, 0].astype(np.int8),
            "b": pd.array(X[:, 1], dtype="Int64"),
            "c": X[:, 2].astype(float),
        }
    )
    model = tiny(image_shape=(1, 3)).fit(frame, pd.Series(y))
    drawn = model.sample(5, random_state=0)
    assert drawn.dtypes.equals(frame.dtypes)
    assert model.feature_names_in_.tolist() == ["a", "b", "c"]
    done = model.complete(frame.iloc[:4], np.array([False, True, True]), random_state=0)
    assert done.dtypes.equals(frame.dtypes)
    assert_array_equal(done["a"], frame["a"].iloc[:4])
    with pytest.raises(ValueError, match="Feature names unseen at fit time"):
        model.score_samples(frame.rename(columns={"a": "z"}))


@pytest.mark.parametrize(
    "X",
    [
        np.zeros((5, 4), dtype=int),
        np.ones((2, 1), dtype=int),
        np.array([[0], [1], [1]]),
        np.array([[0, 1, 2, 3, 4]] * 3),
    ],
    ids=["constant", "one column", "one pixel", "one row of pixels"],
)
def test_least_of_images(X):
    model = tiny().fit(X)
    assert np.isfinite(model.score_samples(X)).all()
    drawn = model.sample(3, random_state=0)
    assert drawn.shape == (3, X.shape[1]) and drawn.max() < model.levels_
    assert model.levels_ == max(2, X.max() + 1)


def test_many_levels_take_logistics():
    rng = np.random.default_rng(0)
    X = rng.integers(90, 120, (200, 9)).astype(np.uint8)
    X[0, 0] = 255
    model = tiny(max_epochs=15).fit(X)
    assert model.levels_ == 256
    assert model.weights_["module.net.heads.0.weight"].shape[0] == 30
    assert model.bits_per_dim(X) < 0.9 * 8
    found = model.sample(20, random_state=0)
    assert 85 < np.median(found) < 125


def test_sparse_rows_are_refused_and_read_only_memmaps_taken(fitted, digits, tmp_path):
    X, _ = digits
    with pytest.raises(TypeError, match="[Ss]parse"):
        tiny().fit(sparse.csr_array(X[:50]))
    joblib.dump(X[:400], tmp_path / "rows")
    mapped = joblib.load(tmp_path / "rows", mmap_mode="r")
    assert_array_equal(
        tiny().fit(mapped).score_samples(mapped[:9]), fitted[0].score_samples(X[:9])
    )


# -- recipes ---------------------------------------------------------------------------


class Leaky(nn.Module):
    """Sees the pixel it has to predict."""

    def __init__(self, image_shape, n_outputs, n_classes):
        super().__init__()
        self.conv = nn.Conv2d(image_shape[0], n_outputs, 3, padding=1)

    def forward(self, x):
        return self.conv(x)[:, None]


class Independent(nn.Module):
    """A softmax per pixel that sees nothing."""

    def __init__(self, image_shape, n_outputs, n_classes):
        super().__init__()
        channels, height, width = image_shape
        self.logits = nn.Parameter(torch.zeros(channels, n_outputs, height, width))

    def forward(self, x):
        return self.logits.expand(len(x), -1, -1, -1, -1)


class WrongShape(Independent):
    """Forgets the channels."""

    def forward(self, x):
        return super().forward(x)[:, 0]


@pytest.mark.parametrize(
    "recipe, error, message",
    [
        (Leaky, ValueError, "must be autoregressive.*Mask the first layer"),
        (WrongShape, ValueError, "batch, channels, n_outputs.*returned shape"),
        (lambda *shape: None, TypeError, "returns a torch.nn.Module.*NoneType"),
    ],
)
def test_wrong_recipe_is_refused_before_training(recipe, error, message):
    X, _ = draw_images(60, (3, 3), 3)
    with pytest.raises(error, match=message):
        tiny(module=recipe, callbacks=[Never()]).fit(X)


def test_recipe_of_ones_own():
    X, _ = draw_images(400, (2, 2), 3)
    model = tiny(module=Independent, max_epochs=40, learning_rate=0.05).fit(X)
    shares = np.stack([(X == level).mean(axis=0) for level in range(3)])
    expected = np.log(shares)[X, np.arange(4)].sum(axis=1).mean()
    assert model.score(X) == pytest.approx(expected, abs=0.02)
    assert model.sample(5, random_state=0).shape == (5, 4)


# -- training --------------------------------------------------------------------------


class Count(Callback):
    """Notes the epochs to come, and stops."""

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        self.n_epochs = net.n_epochs_
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    "n, batch_size, expected", [(30, 32, 60), (2560, 32, 19), (20_000, 32, 4)]
)
def test_epochs_by_the_number_of_steps(n, batch_size, expected):
    X, _ = draw_images(n, (1, 2), 2)
    count = Count()
    model = PixelCNNDensity(
        **TINY, batch_size=batch_size, early_stopping=False, callbacks=[count]
    )
    with pytest.raises(KeyboardInterrupt):
        model.fit(X)
    assert count.n_epochs == expected


def test_early_stopping_keeps_the_best_weights():
    X, _ = draw_images(60, (3, 3), 5)
    options = {"learning_rate": 0.05, "dropout": 0.0, "max_shift": 0}
    model = tiny(max_epochs=60, n_iter_no_change=3, **options).fit(X)
    losses = [row["valid_loss"] for row in model.history_]
    assert len(losses) < 60
    assert np.argmin(losses) == len(losses) - 4


def test_refit_is_cold_and_seeded(digits):
    X, y = digits
    once = tiny().fit(X[:100])
    again = tiny().fit(X[100:180], y[100:180]).fit(X[:100])
    assert_array_equal(once.score_samples(X[:9]), again.score_samples(X[:9]))
    other = tiny(random_state=1).fit(X[:100])
    assert (once.score_samples(X[:9]) != other.score_samples(X[:9])).all()


@pytest.mark.parametrize("labelled", [False, True])
def test_partial_fit_goes_on(digits, labelled):
    X, y = digits
    X, y = X[:120], y[:120]
    labels = {"y": y} if labelled else {}
    whole, parts = tiny(levels=5), tiny(levels=5)
    for epoch in range(3):
        whole.partial_fit(X, **labels)
        parts = pickle.loads(pickle.dumps(parts.partial_fit(X, **labels)))
        assert whole.n_epochs_ == len(whole.history_) == epoch + 1
    losses = [row["train_loss"] for row in whole.history_]
    assert losses[0] > losses[1] > losses[2]
    assert_array_equal(parts.score_samples(X[:9]), whole.score_samples(X[:9]))
    with pytest.raises(ValueError, match="labels too"):
        whole.partial_fit(X, None if labelled else y)
    with pytest.raises(ValueError, match="0 to 4, got 7"):
        whole.partial_fit(np.where(X == 4, 7, X), **labels)


def test_partial_fit_can_be_told_the_classes(digits):
    X, _ = digits
    model = tiny(levels=5).partial_fit(X[:50], np.zeros(50, int), classes=[0, 1])
    model.partial_fit(X[50:100], np.ones(50, int))
    assert model.classes_.tolist() == [0, 1]
    assert np.isfinite(model.predict_proba(X[:5])).all()
    with pytest.raises(ValueError, match="seen in fit"):
        model.partial_fit(X[:50], np.full(50, 2))


def test_warm_start_goes_on(digits):
    X, _ = digits
    model = tiny(warm_start=True).fit(X[:120])
    first = model.history_
    model.fit(X[:120])
    assert model.n_epochs_ == 4 and model.history_[:2] == first
    assert b"torch" not in pickle.dumps(model)


def test_mixed_precision_is_a_matter_of_speed(digits, monkeypatch):
    X, _ = digits
    whole, mixed = (
        tiny(mixed_precision=mixed).fit(X[:100]).score(X[:50])
        for mixed in (False, True)
    )
    assert whole != mixed and whole == pytest.approx(mixed, abs=1.0)
    for native in (False, True):
        monkeypatch.setattr(
            torch.cpu, "_is_avx512_bf16_supported", lambda v=native: v, raising=False
        )
        found = tiny(device="cpu").fit(X[:100]).score(X[:50])
        assert found == (mixed if native else whole)


def test_fits_in_threads_equal_fits_in_turn(digits):
    X, _ = digits

    def fit(seed):
        model = tiny(random_state=seed).fit(X[:100])
        return model.score_samples(X[:9]), model.sample(3, random_state=seed)

    found = joblib.Parallel(n_jobs=2, backend="threading")(
        joblib.delayed(fit)(seed) for seed in range(3)
    )
    for seed in range(3):
        for one, other in zip(found[seed], fit(seed), strict=True):
            assert_array_equal(one, other)


def test_checkpoint_resumes_to_the_same_density(digits, tmp_path):
    X, _ = digits
    whole = tiny(max_epochs=4).fit(X[:100])
    saved = TrainingCheckpoint(tmp_path / "fit.ckpt")
    parts = tiny(max_epochs=4, callbacks=[saved, Interrupt()])
    with pytest.raises(KeyboardInterrupt):
        parts.fit(X[:100])
    parts.set_params(callbacks=[saved]).fit(X[:100])
    assert parts.n_epochs_ == 4
    assert_array_equal(parts.score_samples(X[:9]), whole.score_samples(X[:9]))


def test_absent_device(fitted, digits, monkeypatch):
    X, _ = digits
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ValueError, match="device must be present.*'cuda'"):
        tiny(device="cuda", callbacks=[Never()]).fit(X[:50])
    moved = copy.deepcopy(fitted[0])
    moved.fitted_on_ = "cuda"
    moved = pickle.loads(pickle.dumps(moved))
    with pytest.warns(UserWarning, match="runs on the CPU") as caught:
        found = moved.sample(3, random_state=0)
    assert len(caught) == 1
    assert_array_equal(found, fitted[0].sample(3, random_state=0))


class Interrupt(Callback):
    """Interrupts at the end of the second epoch."""

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == 2:
            raise KeyboardInterrupt


def test_interrupt_leaves_a_usable_density(digits):
    X, y = digits
    model = tiny(max_epochs=9, callbacks=[Interrupt()])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X[:100], y[:100])
    assert model.n_epochs_ == 2
    assert np.isfinite(model.score_samples(X[:5])).all()
    assert model.sample(2, y="odd", random_state=0).shape == (2, 64)


def test_loss_that_turns_infinite_stops_the_fit(digits):
    with pytest.raises(FloatingPointError, match="epoch [12].*lower learning_rate"):
        tiny(learning_rate=1e30).fit(digits[0][:100])


# -- in the company of scikit-learn ----------------------------------------------------


@pytest.mark.slow
def test_scikit_learn_checks_of_the_defaults():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(PixelCNNDensity(max_epochs=1), on_fail=None)
    wrong = {r["check_name"]: r["status"] for r in results if r["status"] != "passed"}
    if parse_version(sklearn.__version__) < parse_version("1.7"):
        # It shifts whole numbers by their mean, which is none.
        del wrong["check_positive_only_tag_during_fit"]
    assert not wrong


@pytest.mark.parametrize("conditional", [False, True])
def test_a_row_does_not_depend_on_the_rows_around_it(fitted, digits, conditional):
    X, _ = digits
    model = fitted[conditional]
    whole = model.score_samples(X[:100])
    order = np.random.default_rng(0).permutation(100)
    assert_allclose(model.score_samples(X[order]), whole[order], rtol=1e-10)
    for i in range(3):
        assert_allclose(model.score_samples(X[i : i + 1]), whole[i : i + 1], rtol=1e-10)


@pytest.mark.parametrize("conditional", [False, True])
def test_pickles_and_skops(fitted, digits, conditional, tmp_path):
    X, _ = digits
    model = fitted[conditional]
    written = pickle.dumps(model)
    assert b"torch" not in written
    again = pickle.loads(written)
    assert_array_equal(again.score_samples(X[:9]), model.score_samples(X[:9]))
    assert_array_equal(again.sample(3, random_state=0), model.sample(3, random_state=0))
    written = skops_io.dumps(model)
    asked = skops_io.get_untrusted_types(data=written)
    assert asked == ["skgen.density._pixelcnn.PixelCNNDensity"]
    again = skops_io.loads(written, trusted=asked)
    assert_array_equal(again.score_samples(X[:9]), model.score_samples(X[:9]))
    model.save_weights(tmp_path / "net.safetensors")
    again.load_weights(tmp_path / "net.safetensors")
    assert_array_equal(again.score_samples(X[:9]), model.score_samples(X[:9]))


def test_grid_search_over_its_parameters_in_a_pipeline():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 4)).cumsum(axis=1)
    bins = KBinsDiscretizer(4, encode="ordinal", strategy="uniform")
    steps = make_pipeline(bins, tiny(levels=4))
    grid = GridSearchCV(
        steps, {"pixelcnndensity__learning_rate": [1e-6, 1e-2]}, cv=2
    ).fit(X)
    assert grid.best_params_ == {"pixelcnndensity__learning_rate": 1e-2}
    assert np.isfinite(grid.best_estimator_.score_samples(X)).all()

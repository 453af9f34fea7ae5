"""Over-samplers; scikit-learn's checks are asked in test_common."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import cross_val_score
from skops import io as skops_io

from skgen import (
    FlowDensity,
    GANOverSampler,
    GANSampler,
    GenerativeOverSampler,
    MixtureDensity,
    PixelCNNDensity,
    VAETransformer,
)

TINY = {"n_latent": 4, "max_epochs": 2}


def over(**options):
    return GANOverSampler(GANSampler(**TINY), random_state=0, **options)


class Untrained(GANSampler):
    """A sampler that must not come to train."""

    def fit(self, X, y=None):
        raise AssertionError("trained")

    partial_fit = fit


def draw(counts=(40, 20, 10), d=3, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    return rng.normal(y[:, None], 1, (len(y), d)), y


def halves(n_minority, seed, n_majority=600):
    """A wide cloud, and a narrow bent one above it that is rare."""
    rng = np.random.default_rng(seed)
    most = rng.normal(0, 1, (n_majority, 2))
    x = rng.uniform(-1.5, 1.5, n_minority)
    least = np.column_stack([x, 3.2 - x**2 / 2 + rng.normal(0, 0.15, n_minority)])
    return np.vstack([most, least]), np.repeat([0, 1], [n_majority, n_minority])


# -- how many --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy", "counts"),
    [
        ("auto", [40, 40, 40]),
        ("not majority", [40, 40, 40]),
        ("minority", [40, 20, 40]),
        ("not minority", [40, 40, 10]),
        ("all", [40, 40, 40]),
        ({2: 15}, [40, 20, 15]),
        ({0: 41, 1: 20}, [41, 20, 10]),
        (lambda y: {k: 45 for k in np.unique(y)}, [45, 45, 45]),
    ],
)
def test_rows_of_each_class(strategy, counts):
    X, y = draw()
    model = over(sampling_strategy=strategy)
    X_more, y_more = model.fit_resample(X, y)
    assert np.bincount(y_more).tolist() == counts
    assert_array_equal(X_more[:70], X)
    assert_array_equal(y_more[:70], y)
    assert np.isfinite(X_more).all()
    assert len(np.unique(X_more, axis=0)) == len(X_more)
    # Class by class, in the order of the classes.
    assert (np.diff(y_more[70:]) >= 0).all()
    draws = [model.sampling_strategy_.get(k, 0) for k in range(3)]
    assert_array_equal(np.add(draws, [40, 20, 10]), counts)
    assert over(sampling_strategy=strategy).fit(X, y).sampling_strategy_ == (
        model.sampling_strategy_
    )


@pytest.mark.parametrize(("ratio", "n"), [(1.0, 100), (0.291, 29), (0.12, 12)])
def test_ratio_of_two_classes(ratio, n):
    X, y = draw((100, 10))
    found = over(sampling_strategy=ratio).fit_resample(X, y)[1]
    assert np.bincount(found).tolist() == [100, n]


def test_nothing_to_draw_trains_nothing():
    X, y = draw((20, 20))
    model = GANOverSampler(Untrained())
    X_same, y_same = model.fit_resample(X, y)
    assert_array_equal(X_same, X)
    assert_array_equal(y_same, y)
    assert not np.shares_memory(X_same, X)
    assert model.sampler_ is None


# -- which -----------------------------------------------------------------------------


def test_drawn_rows_lie_where_their_class_does():
    X, y = halves(60, seed=0)
    model = GANOverSampler(GANSampler(max_epochs=80), random_state=0)
    X_more, y_more = model.fit_resample(X, y)
    drawn = X_more[len(X) :]
    assert (y_more[len(X) :] == 1).all()
    fresh, kinds = halves(3000, seed=1, n_majority=3000)
    # Distance from the arc on which the rare class lies, in its deviations; its own
    # median is 0.67, and that of the other class 15.
    off = np.abs(drawn[:, 1] - 3.2 + drawn[:, 0] ** 2 / 2) / 0.15
    assert np.median(off) < 1.2
    assert (off < 4).mean() > 0.85
    # All along the arc.
    assert (np.abs(drawn[:, 0]) < 1.7).mean() > 0.9
    assert np.ptp(drawn[:, 0]) > 2
    # New rows, of more than a few places, and no copies.
    assert len(np.unique(drawn.round(2), axis=0)) > 0.5 * len(drawn)
    assert not (drawn[:, None] == X).all(axis=2).any()
    # They move the boundary of a classifier towards the truth.
    plain, balanced = (
        balanced_accuracy_score(kinds, LogisticRegression().fit(*rows).predict(fresh))
        for rows in ((X, y), (X_more, y_more))
    )
    assert balanced > plain + 0.01


class Recorder(GANSampler):
    """A sampler that keeps what it is given."""

    def partial_fit(self, X, y=None):
        self.first_ = X, y
        return super().partial_fit(X, y)

    def fit(self, X, y=None):
        self.learned_ = X, y
        return super().fit(X, y)


def test_sampler_learns_from_the_shares_that_are_asked_for():
    X, y = draw()
    strategy = {1: 40, 2: 35}
    model = GANOverSampler(Recorder(**TINY), sampling_strategy=strategy, random_state=0)
    X_more, _ = model.fit_resample(X, y)
    sampler = model.sampler_
    rows, labels = sampler.learned_
    assert_array_equal(rows[:70], X)
    assert np.bincount(labels).tolist() == [40, 40, 35]
    # Each row of a class as often as the others, give or take once.
    for label, counts in ((1, {2}), (2, {3, 4})):
        again = rows[labels == label]
        found = (X[y == label][:, None] == again).all(axis=2).sum(axis=1)
        assert found.sum() == len(again)
        assert set(found.tolist()) == counts
    # The encoding is that of the rows as they are: what is drawn lies between them.
    assert_array_equal(sampler.first_[0], X)
    assert_array_equal(sampler.first_[1], y)
    assert not np.isin(X_more[70:], X).any()
    assert sampler.n_epochs_ == 3
    assert not sampler.warm_start
    assert sampler.training_state_ is None


def test_sampler_that_cannot_resume():
    class Means(BaseEstimator):
        """Draws the means of classes."""

        def fit(self, X, y):
            self.means_ = {k: X[y == k].mean(axis=0) for k in np.unique(y)}
            return self

        def sample(self, n_samples=1, *, y=None, random_state=None):
            return np.array([self.means_[k] for k in y])

    X, y = draw()
    X_more, y_more = GANOverSampler(Means()).fit_resample(X, y)
    assert np.bincount(y_more).tolist() == [40, 40, 40]
    np.testing.assert_allclose(X_more[70:90], np.tile(X[y == 1].mean(axis=0), (20, 1)))


def test_other_samplers():
    X, digits = load_digits(return_X_y=True)
    X, y = X[:80].astype(np.uint8), digits[:80] == 3
    for sampler in (
        GANSampler(image_shape=(8, 8), **TINY),
        VAETransformer(2, hidden=(8,), conditional=True, max_epochs=2),
        PixelCNNDensity(image_shape=(8, 8), n_channels=8, n_blocks=1, max_epochs=1),
    ):
        model = GANOverSampler(sampler, sampling_strategy=0.5, random_state=0)
        X_more, y_more = model.fit_resample(X, y)
        assert X_more.dtype == np.uint8
        assert y_more.dtype == bool
        assert X_more[80:].max() <= 16
        assert (y_more.sum(), (~y_more).sum()) == ((~y).sum() // 2, (~y).sum())
        assert type(model.sampler_) is type(sampler)
        assert_array_equal(model.sampler_.classes_, [False, True])


# -- containers ------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", [None, MixtureDensity(random_state=0)])
def test_densities_learn_the_label_as_a_column(sampler):
    X, y = halves(40, 0)
    over = GenerativeOverSampler(sampler, random_state=0)
    X_more, y_more = over.fit_resample(X, y)
    assert np.bincount(y_more).tolist() == [600, 600]
    drawn = X_more[len(X) :]
    assert len(np.unique(drawn, axis=0)) == len(drawn)
    # Where the rare class lies: on its bow, which frequent rows do not reach.
    height = drawn[:, 1] - (3.2 - drawn[:, 0] ** 2 / 2)
    assert abs(np.median(height)) < 0.15
    assert np.mean(np.abs(height) < 0.6) > 0.65
    assert np.mean(np.abs(X[:600, 1] - (3.2 - X[:600, 0] ** 2 / 2)) < 0.6) < 0.2


def test_labels_of_any_kind_and_columns_of_any_name():
    X, y = draw()
    table = pd.DataFrame(X, columns=["the class", "x0", "7"])
    table["7"] = pd.Categorical(np.where(X[:, 1] > 1, "high", "low"))
    words = np.array(["no", "yes", "maybe"])[y]
    over = GenerativeOverSampler(MixtureDensity(3), random_state=0)
    X_more, y_more = over.fit_resample(table, words)
    assert X_more.columns.tolist() == table.columns.tolist()
    assert X_more.dtypes.tolist() == table.dtypes.tolist()
    assert sorted(np.unique(y_more, return_counts=True)[1]) == [40, 40, 40]
    # Each class is drawn on its own side.
    drawn, labels = X_more["x0"].to_numpy()[70:], y_more[70:]
    assert drawn[labels == "yes"].mean() < drawn[labels == "maybe"].mean()


def test_frames_keep_their_columns_and_dtypes(draw_mixed):
    X, _, y = draw_mixed(200)
    kinds = pd.Series(np.array(["common", "rare"])[y], name="kind", index=X.index)
    kinds = kinds.astype(pd.CategoricalDtype(["rare", "common", "never"]))
    keep = np.flatnonzero((y == 0) | (np.arange(200) % 4 == 0))
    X, kinds = X.iloc[keep].set_index(keep + 1000), kinds.iloc[keep]
    before = X.copy()
    model = over()
    X_more, kinds_more = model.fit_resample(X, kinds)
    pd.testing.assert_frame_equal(X, before)
    assert (X_more.dtypes == X.dtypes).all()
    n = len(X)
    pd.testing.assert_frame_equal(X_more[:n], X.reset_index(drop=True))
    pd.testing.assert_series_equal(kinds_more[:n], kinds.reset_index(drop=True))
    assert kinds_more.dtype == kinds.dtype
    assert X_more.index.equals(kinds_more.index)
    assert (kinds_more[n:] == "rare").all()
    assert kinds_more.value_counts()["rare"] == kinds_more.value_counts()["common"]
    assert_array_equal(model.feature_names_in_, X.columns)
    assert model.n_features_in_ == X.shape[1]
    labels = pd.DataFrame(kinds)
    pd.testing.assert_frame_equal(
        over().fit_resample(X, labels)[1], pd.DataFrame(kinds_more)
    )


@pytest.mark.parametrize("dtype", [np.float32, np.int16, np.uint8, bool])
def test_arrays_keep_their_dtype(dtype):
    X, y = draw()
    X = (4 * np.abs(X)).astype(dtype)
    X_more, y_more = over().fit_resample(X, y.astype(np.int8))
    assert X_more.dtype == dtype
    assert y_more.dtype == np.int8
    assert_array_equal(X_more[: len(X)], X)


def test_lists_and_columns():
    X, y = draw()
    expected, labels = over().fit_resample(X, y)
    X_more, y_more = over().fit_resample(X.tolist(), y.tolist())
    assert isinstance(X_more, list) and isinstance(y_more, list)
    assert_array_equal(X_more, expected)
    assert_array_equal(y_more, labels)
    assert over().fit_resample(X, y[:, None])[1].shape == (120, 1)


def test_missing_values():
    X, y = draw()
    X[::3, 0] = np.nan
    X_more, _ = over().fit_resample(X, y)
    assert np.isnan(X_more[len(X) :, 0]).any()
    assert np.isfinite(X_more[:, 1:]).all()
    images = GANSampler(image_shape=(1, 3), **TINY)
    with pytest.raises(ValueError, match="NaN"):
        GANOverSampler(images).fit(X, y)


# -- randomness and state --------------------------------------------------------------


def test_seed_decides_and_the_prototype_stays():
    X, y = draw()
    prototype = GANSampler(**TINY)
    model = GANOverSampler(prototype, random_state=3)
    before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    found = model.fit_resample(X, y)[0]
    assert_array_equal(model.fit_resample(X, y)[0], found)
    assert_array_equal(clone(model).fit_resample(X, y)[0], found)
    other = clone(model).set_params(random_state=4).fit_resample(X, y)[0]
    assert (other[len(X) :] != found[len(X) :]).any()
    assert prototype.random_state is None
    assert not hasattr(prototype, "weights_")
    assert_array_equal(np.random.get_state()[1], before[0])  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])
    # A seed of the sampler's own stays its own.
    seeded = GANOverSampler(GANSampler(random_state=7, **TINY), random_state=3)
    seeded.fit_resample(X, y)
    assert seeded.sampler_.random_state == 7
    free = clone(model).set_params(random_state=None)
    assert (free.fit_resample(X, y)[0] != free.fit_resample(X, y)[0]).any()


def test_fitted_sampler_is_kept_and_travels():
    X, y = draw()
    model = over()
    with pytest.raises(NotFittedError):
        model.get_feature_names_out()
    model.fit_resample(X, y)
    drawn = model.sampler_.sample(4, y=[0, 1, 2, 2], random_state=0)
    written = pickle.dumps(model)
    assert b"torch" not in written
    again = pickle.loads(written)
    assert again.sampling_strategy_ == model.sampling_strategy_
    asked = skops_io.get_untrusted_types(data=skops_io.dumps(model))
    assert all(name.startswith("skgen.") for name in asked)
    loaded = skops_io.loads(skops_io.dumps(model), trusted=asked)
    for found in (again, loaded):
        assert_array_equal(
            found.sampler_.sample(4, y=[0, 1, 2, 2], random_state=0), drawn
        )
    assert model.fit(X, y).sampler_ is None
    assert model.get_params()["sampler__n_latent"] == 4


# -- what is refused -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "y", "message"),
    [
        ({"sampling_strategy": "majority"}, None, "sampling_strategy"),
        ({"sampling_strategy": 1.5}, None, "sampling_strategy"),
        (
            {"sampling_strategy": 0.5},
            None,
            "float only when the type of target is binary",
        ),
        (
            {"sampling_strategy": {1: 19}},
            None,
            "greater or equal to the original number.*20 samples and 19",
        ),
        ({"sampling_strategy": {1: 20.5}}, None, "whole numbers of rows, got 20.5"),
        ({"sampling_strategy": {7: 50}}, None, "7. target class.*not present"),
        ({"sampling_strategy": lambda y: 3}, None, "return a dict .* got int"),
        (
            {"sampling_strategy": 0.2},
            np.repeat([0, 1], [50, 20]),
            "required to remove samples.*increase the ratio",
        ),
        ({}, np.zeros(70), "more than 1 class"),
        ({}, np.repeat([0, 1], [69, 1]), r"at least 2, got 1 row of \[1\]"),
        ({}, np.linspace(0, 1, 70), "Unknown label type: continuous"),
        ({}, np.append(np.zeros(69), np.nan), "NaN"),
        ({}, np.zeros(69), "one label per row"),
        ({}, np.eye(2)[np.arange(70) % 2], "1d array"),
        ({"sampler": VAETransformer()}, None, "sampler must draw rows given"),
        ({"sampler": FlowDensity()}, None, "sampler must draw rows given"),
        ({"sampler": LogisticRegression()}, None, "sampler"),
    ],
)
def test_wrong_calls_are_refused_before_training(options, y, message):
    X, own = draw()
    model = GANOverSampler(**{"sampler": Untrained(**TINY), **options})
    for call in (model.fit, model.fit_resample):
        with pytest.raises(ValueError, match=message):
            call(X, own if y is None else y)


def test_class_of_one_row_may_stay_alone():
    X, y = draw((20, 10, 1))
    found = over(sampling_strategy={1: 15}).fit_resample(X, y)[1]
    assert np.bincount(found).tolist() == [20, 15, 1]
    with pytest.raises(ValueError, match=r"got 1 row of \[2\]"):
        over().fit(X, y)


def test_wrong_rows_are_refused():
    X, y = draw()
    with pytest.raises(ValueError, match="inf"):
        over().fit_resample(np.where(X > 2, np.inf, X), y)
    with pytest.raises(ValueError, match="inf"):
        over().fit_resample(pd.DataFrame(np.where(X > 2, np.inf, X)), y)
    with pytest.raises(ValueError, match="requires y to be passed"):
        over().fit_resample(X, None)
    with pytest.raises(ValueError, match="minimum of 2"):
        over().fit_resample(X[:1], y[:1])
    with pytest.raises(TypeError, match="dates|datetime"):
        over().fit_resample(pd.DataFrame({"a": pd.date_range("2020", periods=70)}), y)


# -- beside imbalanced-learn -----------------------------------------------------------


def test_step_of_a_pipeline():
    pipeline = pytest.importorskip("imblearn.pipeline")
    X, y = halves(60, seed=0)
    steps = pipeline.make_pipeline(over(), LogisticRegression())
    assert np.isfinite(cross_val_score(steps, X, y, cv=2)).all()
    steps.fit(X, y)
    # Rows are added in fit only.
    assert steps.predict(X).shape == y.shape
    expected = LogisticRegression().fit(*over().fit_resample(X, y))
    assert_array_equal(steps.predict_proba(X), expected.predict_proba(X))
    steps.set_params(ganoversampler__sampler__n_latent=3).fit(X, y)
    assert steps[0].sampler_.n_latent_ == 3


# Two epochs on a column of three categories may draw one of them only.
@pytest.mark.filterwarnings("ignore:The generator collapsed")
@pytest.mark.parametrize(
    "name",
    [
        "check_dataframe_column_names_consistency",
        "check_param_validation",
        "check_sampler_get_feature_names_out",
        "check_sampler_get_feature_names_out_pandas",
        "check_samplers_2d_target",
        "check_samplers_fit",
        "check_samplers_fit_resample",
        "check_samplers_list",
        "check_samplers_nan",
        "check_samplers_one_label",
        "check_samplers_pandas",
        "check_samplers_preserve_dtype",
        "check_samplers_sampling_strategy_fit_resample",
        "check_target_type",
    ],
)
def test_checks_of_imbalanced_learn(name):
    checks = pytest.importorskip("imblearn.utils.estimator_checks")
    state = np.random.get_state()  # noqa: NPY002
    try:
        getattr(checks, name)("GANOverSampler", over())
    finally:
        np.random.set_state(state)  # noqa: NPY002


@pytest.mark.parametrize(
    "strategy", ["auto", "minority", "not minority", "all", 0.7, {1: 99}]
)
def test_strategies_are_those_of_imbalanced_learn(strategy):
    imblearn = pytest.importorskip("imblearn.utils")
    for counts in ((40, 11), (11, 40), (20, 20), (30, 7, 30)):
        X, y = draw(counts)
        if isinstance(strategy, float) and (len(counts) > 2 or counts[0] == counts[1]):
            continue
        expected = imblearn.check_sampling_strategy(strategy, y, "over-sampling")
        found = over(sampling_strategy=strategy).fit(X, y).sampling_strategy_
        assert found == dict(expected)

"""What autoencoders give back: codes, rows in their container, draws, labels."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgen import AutoencoderTransformer, VAETransformer

QUICK = {"n_components": 2, "hidden": (16,), "max_epochs": 3, "random_state": 0}
VAE = VAETransformer(**QUICK)
both = pytest.mark.parametrize(
    "model", [AutoencoderTransformer(**QUICK), VAE], ids=["plain", "variational"]
)
PIXELS = {
    "bernoulli": {"likelihood": "bernoulli"},
    "categorical": {"likelihood": "categorical"},
    "gaussian": {"likelihood": "gaussian"},
    "logistic": {"likelihood": "logistic"},
}
each_pixels = pytest.mark.parametrize("options", PIXELS.values(), ids=PIXELS)


def draw_images(options, n=60, shape=(3, 4), seed=0):
    """Rows of integers in 0 .. 6, or of shares for a Bernoulli."""
    X = np.random.default_rng(seed).integers(0, 7, (n, int(np.prod(shape))))
    X[:, 0] = 3
    return X / 6 if options["likelihood"] == "bernoulli" else X


@pytest.fixture(scope="module")
def fitted_mixed(mixed_data):
    return clone(VAE).fit(mixed_data[0])


# -- containers, dtypes, ranges --------------------------------------------------------


@both
def test_mixed_table_comes_back_as_it_was(model, mixed_data):
    X = mixed_data[0]
    model = clone(model).fit(X)
    assert model.likelihood_ == "mixed"
    codes = model.transform(X)
    assert codes.shape == (len(X), 2) and codes.dtype == np.float64
    whole = {
        "sample": model.sample(300, random_state=0),
        "expected sample": model.sample(300, noise=False, random_state=0),
        "inverse_transform": model.inverse_transform(codes),
        "reconstruct": model.reconstruct(X),
        "interpolate": model.interpolate(X[:3], X[3:6], 4),
    }
    for name, found in whole.items():
        assert isinstance(found, pd.DataFrame), name
        assert_array_equal(found.dtypes, X.dtypes, err_msg=name)
        assert list(found.columns) == list(X.columns)
        for column in ("number", "single", "count", "nullable", "missing"):
            assert found[column].min() >= X[column].min(), (name, column)
            assert found[column].max() <= X[column].max(), (name, column)
        for column in ("category", "word"):
            assert set(found[column].dropna()) <= set(X[column].dropna())
        gaps = found.isna().any()
        assert set(gaps.index[gaps]) <= {"nullable", "word", "missing"}
    drawn = whole["sample"]
    assert drawn["missing"].isna().mean() == pytest.approx(0.2, abs=0.1)
    assert drawn["word"].isna().any() and drawn["nullable"].isna().any()
    assert drawn["flag"].mean() == pytest.approx(X["flag"].mean(), abs=0.15)
    assert len(whole["interpolate"]) == 12


def test_a_table_of_missing_values_in_an_array():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 4)).astype(np.float32)
    X[rng.random(80) < 0.3, 1] = np.nan
    X[:, 2] = np.nan
    X[:, 3] = 7
    model = clone(VAE).fit(X)
    assert model.likelihood_ == "mixed"
    drawn = model.sample(200, random_state=0)
    assert drawn.dtype == np.float32
    assert np.isnan(drawn[:, 2]).all() and (drawn[:, 3] == 7).all()
    assert np.isnan(drawn[:, 1]).mean() == pytest.approx(0.3, abs=0.15)
    assert not np.isnan(drawn[:, 0]).any()
    assert np.isfinite(model.score_samples(X)).all()
    # What fit never saw missing is refused.
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match="column 0 has missing values"):
        model.transform(X)


@each_pixels
def test_images_come_back_as_they_were(options):
    X = draw_images(options)
    model = clone(VAE).set_params(image_shape=(3, 4), **options).fit(X)
    assert model.likelihood_ == options["likelihood"]
    for found in (
        model.sample(50, noise=True, random_state=0),
        model.sample(50, noise=False, random_state=0),
        model.reconstruct(X),
    ):
        assert found.dtype == X.dtype and found.shape[1] == 12
        assert found.min() >= X.min() and found.max() <= X.max()
    frame = pd.DataFrame(X, columns=[f"p{i}" for i in range(12)])
    again = clone(model).fit(frame)
    assert_frame_equal(
        again.sample(5, random_state=0),
        pd.DataFrame(model.sample(5, random_state=0), columns=frame.columns),
    )
    assert_allclose(again.score_samples(frame), model.score_samples(X))


def test_frames_of_zeros_and_ones_keep_each_dtype():
    rng = np.random.default_rng(0)
    a, b, c = (rng.random((3, 60)) < 0.4).astype(int)
    X = pd.DataFrame({"a": a > 0, "b": b.astype(np.int8), "c": c.astype(float)})
    for columns in (["a"], ["a", "b"], ["b", "c"], ["a", "b", "c"]):
        for likelihood in ("auto", "categorical"):
            model = clone(VAE).set_params(likelihood=likelihood).fit(X[columns])
            if likelihood == "auto":
                assert model.likelihood_ == "bernoulli"
            found = model.sample(40, noise=True, random_state=0)
            assert_array_equal(found.dtypes, X[columns].dtypes)
            assert set(np.unique(found)) <= {0, 1}
            assert np.isfinite(model.score_samples(X[columns])).all()
    flags = rng.random((60, 3)) < 0.4
    assert clone(VAE).fit(flags).sample(9, random_state=0).dtype == bool


def test_likelihood_that_suits():
    rng = np.random.default_rng(0)
    numbers, flags = rng.normal(size=(40, 3)), rng.random((40, 3)) < 0.5
    words = pd.DataFrame({"a": list("uv") * 20, "b": numbers[:, 0]})
    gaps = pd.DataFrame({"a": flags[:, 0], "b": numbers[:, 0]})
    gaps.loc[3, "b"] = np.nan
    for X, likelihood in [
        (numbers, "gaussian"),
        (flags.astype(float), "bernoulli"),
        (flags, "bernoulli"),
        (np.abs(numbers) < 9, "gaussian"),  # constant
        (np.zeros((40, 3)), "gaussian"),
        (np.where(numbers > 1, np.nan, numbers), "mixed"),
        (words, "mixed"),
        (gaps, "mixed"),
        (gaps.dropna(), "gaussian"),
    ]:
        assert clone(VAE).set_params(max_epochs=1).fit(X).likelihood_ == likelihood


@both
def test_inverse_transform_is_in_the_units_of_the_rows(model):
    rng = np.random.default_rng(0)
    z = rng.normal(size=(400, 1))
    X = np.hstack([1000 + 50 * z, -3 + 0.1 * z]) + rng.normal(size=(400, 2)) * [5, 0.01]
    model = clone(model).set_params(n_components=1, max_epochs=40, learning_rate=1e-2)
    model.fit(X)
    found = model.inverse_transform(model.transform(X))
    assert_allclose(found.mean(axis=0), [1000, -3], rtol=0.01)
    unexplained = (X - found).var(axis=0) / X.var(axis=0)
    assert (unexplained < 0.1).all()
    assert_array_equal(model.reconstruct(X), found)


# -- codes -----------------------------------------------------------------------------


def test_deviations_of_codes(fitted_mixed, mixed_data):
    X = mixed_data[0]
    mean, std = fitted_mixed.transform(X, return_std=True)
    assert mean.shape == std.shape == (len(X), 2)
    assert (std > 0).all()
    assert_array_equal(mean, fitted_mixed.transform(X))


@both
def test_names_and_containers_of_codes(model):
    X = np.random.default_rng(0).normal(size=(40, 3))
    model = clone(model).fit(X)
    name = type(model).__name__.lower()
    assert model.get_feature_names_out().tolist() == [f"{name}0", f"{name}1"]
    frame = model.set_output(transform="pandas").transform(X)
    assert isinstance(frame, pd.DataFrame)
    assert frame.columns.tolist() == [f"{name}0", f"{name}1"]
    back = model.inverse_transform(frame)
    assert_array_equal(back, model.inverse_transform(frame.to_numpy()))
    fresh = clone(model).set_output(transform="pandas").fit_transform(X)
    assert_allclose(fresh, frame)


@both
def test_interpolation_ends_at_the_reconstructions(model, mixed_data):
    X = mixed_data[0]
    model = clone(model).fit(X)
    a, b = X.iloc[:3], X.iloc[3:6].reset_index(drop=True)
    lines = model.interpolate(a, b, n_steps=5)
    assert_frame_equal(
        lines.iloc[::5].reset_index(drop=True), model.reconstruct(a), rtol=1e-9
    )
    assert_frame_equal(
        lines.iloc[4::5].reset_index(drop=True), model.reconstruct(b), rtol=1e-9
    )
    middle = 0.5 * (model.transform(a) + model.transform(b))
    assert_frame_equal(
        lines.iloc[2::5].reset_index(drop=True),
        model.inverse_transform(middle),
        rtol=1e-9,
    )
    alone = model.interpolate(X.iloc[0], X.iloc[3], n_steps=5)
    assert_frame_equal(alone, lines.iloc[:5], rtol=1e-9)


def test_one_dimensional_rows_of_an_array():
    X = np.random.default_rng(0).normal(size=(40, 3))
    model = clone(VAE).fit(X)
    found = model.interpolate(X[0], X[1])
    assert found.shape == (10, 3)
    assert_allclose(found, model.interpolate(X[:1], X[1:2]))


def test_points_of_the_bounds_are_the_same_for_all_rows_and_calls(mixed_data):
    X = mixed_data[0]
    model = clone(VAE).fit(X)
    for method in ("elbo", "importance"):
        for n_samples in (1, 5, 16):
            options = {"method": method, "n_samples": n_samples}
            whole = model.score_samples(X, **options)
            assert_array_equal(model.score_samples(X, **options), whole)
            assert_allclose(
                model.score_samples(X[40:41], **options), whole[40], rtol=1e-9
            )
    assert model.score(X) == pytest.approx(model.score_samples(X).mean())


# -- draws -----------------------------------------------------------------------------


@both
def test_draws_repeat_by_seed_and_differ_without(model, mixed_data):
    model = clone(model).fit(mixed_data[0])
    for noise in (True, False, "auto"):
        one = model.sample(30, noise=noise, random_state=4)
        assert_frame_equal(one, model.sample(30, noise=noise, random_state=4))
        assert not one.equals(model.sample(30, noise=noise, random_state=5))
        assert not one.equals(model.sample(30, noise=noise))


@each_pixels
def test_noise_is_what_differs_from_the_expected_image(options):
    X = draw_images(options)
    model = clone(VAE).set_params(image_shape=(3, 4), **options).fit(X)
    noisy, plain, auto = (
        model.sample(40, noise=n, random_state=0) for n in (True, False, "auto")
    )
    assert (noisy != plain).any()
    assert_array_equal(auto, plain if options["likelihood"] == "gaussian" else noisy)
    # The same codes: expected images lie nearer to each other than those drawn.
    assert plain.std(axis=0).sum() < noisy.std(axis=0).sum()


def test_tables_are_drawn_with_noise():
    X = np.random.default_rng(0).normal(size=(60, 3))
    model = clone(VAE).fit(X)
    assert_array_equal(
        model.sample(9, random_state=0), model.sample(9, noise=True, random_state=0)
    )
    spread = model.sample(400, random_state=0).std(axis=0)
    assert_allclose(spread, X.std(axis=0), rtol=0.3)


# -- as a step -------------------------------------------------------------------------


def test_grid_search_before_a_classifier():
    X, y = load_digits(n_class=3, return_X_y=True)
    X, y = X[:180], y[:180]
    steps = make_pipeline(
        VAETransformer(hidden=(32,), image_shape=(8, 8), max_epochs=8, random_state=1),
        StandardScaler(),
        LogisticRegression(),
    )
    grid = {
        "vaetransformer__n_components": [1, 8],
        "vaetransformer__beta": [0.1, 1e4],
    }
    search = GridSearchCV(steps, grid, cv=2, error_score="raise").fit(X, y)
    assert search.best_params_ == {
        "vaetransformer__n_components": 8,
        "vaetransformer__beta": 0.1,
    }
    assert search.best_score_ > 0.9
    assert search.predict(X).shape == (180,)

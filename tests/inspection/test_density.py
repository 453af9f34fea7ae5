"""DensityDisplay: the density on its grid, regions, rows; others are refused."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.datasets import load_wine, make_moons
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgen.density import AutoregressiveDensity, FlowDensity, TransformedDensity
from skgen.inspection import DensityDisplay


@pytest.fixture(scope="module")
def line():
    return np.random.default_rng(0).normal(3, 2, (400, 1))


@pytest.fixture(scope="module")
def moons():
    return make_moons(300, noise=0.1, random_state=0)[0]


def test_the_curve_is_the_density(line):
    model = GaussianMixture(1).fit(line)
    display = DensityDisplay.from_estimator(model, line)
    x, y = display.line_.get_data()
    normal = stats.norm(line.mean(), line.std())
    np.testing.assert_allclose(y, normal.pdf(x), rtol=1e-4)
    assert len(x) == 1000
    width = np.ptp(line)
    assert (x[0], x[-1]) == pytest.approx(
        (line.min() - width / 10, line.max() + width / 10)
    )
    # The histogram of the rows is a density as well.
    heights, edges, _ = display.data_.get_data()
    assert (heights * np.diff(edges)).sum() == pytest.approx(1)
    assert display.ax_.get_title() == "GaussianMixture"
    assert display.ax_.get_ylabel() == "density"
    assert display.contour_ is None


def test_log_scale_limits_and_style(line):
    model = GaussianMixture(1).fit(line)
    display = DensityDisplay.from_estimator(
        model, line, limits=(0, 5), n_points=11, scale="log", c="k", name="normal"
    )
    x, y = display.line_.get_data()
    np.testing.assert_allclose(x, np.linspace(0, 5, 11))
    np.testing.assert_allclose(y, model.score_samples(x[:, None]))
    assert display.line_.get_color() == "k"
    assert display.ax_.get_ylabel() == "log-density (nats)"
    assert display.ax_.get_title() == "normal"
    low, high = display.ax_.get_ylim()
    assert low < y.min() < y.max() < high < 0.5


@pytest.mark.parametrize("scale", ["density", "log"])
def test_the_contours_are_the_density(moons, scale):
    model = KernelDensity(bandwidth=0.1).fit(moons)
    display = DensityDisplay.from_estimator(model, moons, n_points=30, scale=scale)
    mesh = np.meshgrid(*display.grid)
    points = np.column_stack([part.ravel() for part in mesh])
    np.testing.assert_allclose(
        display.log_density.T.ravel(), model.score_samples(points)
    )
    top = display.log_density.max()
    levels = display.contour_.levels
    assert levels[-1] >= (top if scale == "log" else np.exp(top)) > levels[-2]
    np.testing.assert_allclose(display.data_.get_offsets(), moons)
    lines = display.ax_.get_legend().get_texts()
    assert [t.get_text() for t in lines] == ["50% of the rows", "90% of the rows"]


def test_regions_hold_their_share_of_the_rows(moons):
    model = KernelDensity(bandwidth=0.1).fit(moons)
    display = DensityDisplay.from_estimator(model, moons)
    found = model.score_samples(moons)
    shares = [(found >= level).mean() for level in display.regions_.levels]
    np.testing.assert_allclose(shares, [0.9, 0.5], atol=0.01)


def test_frames_searches_and_units():
    X = load_wine(as_frame=True).data[["alcohol", "proline"]]
    model = TransformedDensity(StandardScaler(), GaussianMixture(2, random_state=0))
    search = GridSearchCV(model, {"density__n_components": [2]}, cv=2).fit(X)
    display = DensityDisplay.from_estimator(search, X, n_points=50)
    assert display.ax_.get_xlabel() == "alcohol"
    assert display.ax_.get_ylabel() == "proline"
    assert display.ax_.get_title() == "TransformedDensity"
    steps = [np.diff(points)[0] for points in display.grid]
    mass = np.exp(display.log_density).sum() * np.prod(steps)
    assert mass == pytest.approx(1, abs=0.05)


def test_columns_of_whole_numbers_are_asked_at_whole_numbers():
    counts = np.random.default_rng(0).poisson(3, (300, 1))
    model = AutoregressiveDensity(
        n_estimators=1, hidden=(8,), max_epochs=3, random_state=0
    ).fit(counts)
    display = DensityDisplay.from_estimator(model, counts)
    x, y = display.line_.get_data()
    np.testing.assert_array_equal(x, np.arange(x[0], x[-1] + 1))
    assert y.sum() == pytest.approx(1, abs=0.05)
    assert display.line_.get_marker() == "o"
    heights, edges, _ = display.data_.get_data()
    share = (counts == 3).mean()
    assert heights[np.searchsorted(edges, 2.5)] == pytest.approx(share)


def test_a_mesh_for_two_columns_with_whole_numbers():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"count": rng.poisson(3, 200), "size": rng.normal(size=200)})
    model = KernelDensity(bandwidth=0.5).fit(X)
    display = DensityDisplay.from_estimator(model, X, n_points=20)
    assert type(display.contour_).__name__ == "QuadMesh"
    assert display.regions_ is None
    np.testing.assert_array_equal(display.grid[0], np.rint(display.grid[0]))


def test_rows_beyond_the_support_and_missing_ones(moons):
    X = np.vstack([moons, [[np.nan, 0.0]]])
    model = FlowDensity(n_transforms=1, hidden=(8,), max_epochs=2, random_state=0)
    display = DensityDisplay.from_estimator(model.fit(moons), X, n_points=10)
    assert len(display.data_.get_offsets()) == len(moons)
    box = KernelDensity(kernel="tophat", bandwidth=0.3).fit(moons)
    for scale in ("density", "log"):
        drawn = DensityDisplay.from_estimator(box, moons, n_points=20, scale=scale)
        assert np.isneginf(drawn.log_density).any()
        assert np.isfinite(drawn.contour_.levels).all()
    far = dict(limits=[(50, 60), (50, 60)], n_points=5)
    with pytest.raises(ValueError, match="positive somewhere on the grid, got none"):
        DensityDisplay.from_estimator(box, moons, **far)


def test_constant_rows_and_given_axes():
    X = np.full((20, 1), 4.0)
    _, ax = plt.subplots()
    model = KernelDensity(bandwidth=0.1).fit(X)
    display = DensityDisplay.from_estimator(model, X, ax=ax)
    assert display.ax_ is ax
    assert display.grid[0][0] < 4 < display.grid[0][-1]


def test_score_params_reach_the_density():
    X = np.random.default_rng(0).normal(size=(40, 1)).round(1)
    options = {"n_estimators": 1, "hidden": (8,), "max_epochs": 2, "random_state": 0}
    model = AutoregressiveDensity(**options).fit(X)
    display = DensityDisplay.from_estimator(
        model, X, n_points=9, score_params={"ties": "density"}
    )
    expected = model.score_samples(display.grid[0][:, None], ties="density")
    np.testing.assert_allclose(display.log_density, expected)


def test_errors_name_requirement_received_and_remedy(moons, line):
    draw = DensityDisplay.from_estimator
    model = KernelDensity().fit(moons)
    with pytest.raises(ValueError, match=r"one column or two, got shape \(300, 3\); f"):
        draw(model, np.column_stack([moons, moons[:, 0]]))
    with pytest.raises(TypeError, match="method score_samples, got StandardScaler"):
        draw(StandardScaler().fit(moons), moons)
    with pytest.raises(TypeError, match="IsolationForest, an outlier detector"):
        draw(IsolationForest(random_state=0).fit(moons), moons)
    with pytest.raises(TypeError, match="Jacobian .*TransformedDensity"):
        draw(make_pipeline(PCA(), KernelDensity()).fit(moons), moons)
    with pytest.raises(TypeError, match="must hold numbers"):
        draw(model, pd.DataFrame({"a": ["x"], "b": ["y"]}))
    with pytest.raises(ValueError, match="row without missing values"):
        draw(model, moons * np.nan)
    with pytest.raises(ValueError, match="low below high, got"):
        draw(model, moons, limits=[(0, 1), (1, 1)])
    with pytest.raises(ValueError, match="pair .* for each of the 2 columns"):
        draw(model, moons, limits=(0, 1))
    with pytest.raises(ValueError, match="n_points must be .* at least 2, got 1"):
        draw(model, moons, n_points=1)
    with pytest.raises(ValueError, match="scale must be one of"):
        draw(model, moons, n_points=5, scale="linear")

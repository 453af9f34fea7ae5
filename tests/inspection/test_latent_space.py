"""LatentSpaceDisplay: which codes are drawn, how, and what they decode to."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skgen.inspection import LatentSpaceDisplay
from skgen.inspection._groups import MISSING, OTHER, read_groups, spread_out


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


@pytest.fixture
def codes():
    rng = np.random.default_rng(0)
    return rng.normal(size=(60, 4)) * [1, 5, 0.1, 3]


def points(ax):
    return [np.asarray(c.get_offsets()) for c in ax.collections]


def legend(ax):
    return [t.get_text() for t in ax.get_legend().get_texts()]


def test_the_two_dimensions_of_largest_variance(codes):
    display = LatentSpaceDisplay.from_codes(codes)
    assert display.dims_ == (1, 3)
    np.testing.assert_allclose(points(display.ax_)[0], codes[:, [1, 3]])
    assert display.ax_.get_xlabel() == "dimension 1 of the code"
    assert display.ax_.get_ylabel() == "dimension 3 of the code"
    assert display.axes_ == [display.ax_]
    assert display.image_ is None


def test_given_dimensions(codes):
    display = LatentSpaceDisplay.from_codes(codes, dims=(-1, 0))
    assert display.dims_ == (3, 0)
    np.testing.assert_allclose(points(display.ax_)[0], codes[:, [3, 0]])


def test_labels_differ_in_marker_and_colour(codes):
    y = np.repeat(["b", "a", "c"], 20)
    display = LatentSpaceDisplay.from_codes(codes, y)
    drawn = display.ax_.collections
    assert legend(display.ax_) == ["a", "b", "c"]
    np.testing.assert_allclose(drawn[0].get_offsets(), codes[y == "a"][:, [1, 3]])
    assert len({tuple(c.get_edgecolor()[0]) for c in drawn}) == 3
    assert len({c.get_paths()[0].vertices.tobytes() for c in drawn}) == 3
    # Short labels stand amid their rows.
    assert [t.get_text() for t in display.ax_.texts] == ["a", "b", "c"]


def test_texts_do_not_overlap(digits):
    X, y = digits
    display = LatentSpaceDisplay.from_estimator(PCA(2).fit(X), X, y)
    display.figure_.canvas.draw()
    boxes = [t.get_window_extent() for t in display.ax_.texts]
    assert len(boxes) == 10
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])


def test_numbers_on_a_scale_get_a_colour_bar(codes):
    y = np.linspace(0, 1, 60)
    y[:3] = np.nan
    display = LatentSpaceDisplay.from_codes(codes, y)
    missing, known = display.ax_.collections
    assert len(missing.get_offsets()) == 3
    np.testing.assert_allclose(known.get_array(), y[3:])
    assert len(display.figure_.axes) == 2
    assert display.ax_.get_legend() is None


def test_groups_of_labels():
    groups, values = read_groups([2.0, np.nan, 1.0, 2.0], 4)
    assert values is None
    assert {k: list(v) for k, v in groups.items()} == {
        1.0: [2],
        2.0: [0, 3],
        MISSING: [1],
    }
    names = [f"n{i:02}" for i in range(30)] + ["n29", "n28"]
    groups, _ = read_groups(names, 32)
    assert len(groups) == 20
    assert "n29" in groups and "n28" in groups
    assert sorted(np.concatenate(list(groups.values()))) == list(range(32))
    assert len(groups[OTHER]) == 11
    groups, values = read_groups(np.arange(30), 30)
    assert groups is None
    np.testing.assert_array_equal(values, np.arange(30))
    groups, _ = read_groups([True, False, 3, "x"], 4)
    assert sum(map(len, groups.values())) == 4


def test_spreading_keeps_what_is_apart():
    far = np.array([[0.1, 0.1], [0.9, 0.9]])
    np.testing.assert_allclose(spread_out(far), far, atol=1e-5)
    close = spread_out(np.full((4, 2), 0.5), gap=0.1)
    distance = np.linalg.norm(close[:, None] - close[None], axis=-1)
    assert distance[~np.eye(4, dtype=bool)].min() > 0.099
    np.testing.assert_allclose(close.mean(axis=0), 0.5, atol=1e-3)


def test_codes_of_one_dimension_make_histograms(codes):
    display = LatentSpaceDisplay.from_codes(codes[:, :1], np.repeat([0, 1], 30))
    assert display.dims_ == (0,)
    assert legend(display.ax_) == ["0", "1"]
    styles = {str(p.get_linestyle()) for p in display.ax_.patches}
    assert len(styles) == 2
    plain = LatentSpaceDisplay.from_codes(codes[:, 0:1])
    assert sum(bar.get_height() for bar in plain.ax_.patches) == 60


def test_decoded_codes_lie_at_their_places():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4)) * [3, 2, 1, 0.5] + 7
    model = FunctionTransformer(lambda Z: Z - 7, lambda Z: Z + 7)
    model.fit(X)
    display = LatentSpaceDisplay.from_estimator(model, X, n_decoded=5)
    assert display.dims_ == (0, 1)
    codes_ax, image_ax = display.axes_
    limits = np.percentile(X[:, :2] - 7, [2, 98], axis=0).T
    np.testing.assert_allclose(display.limits, limits)
    # Pixels of a decoded image are its code: two of them run along the axes.
    images = display.images[..., 0] - 7
    np.testing.assert_allclose(images[0, :, 0, 0], np.linspace(*limits[0], 5))
    np.testing.assert_allclose(images[:, 0, 0, 1], np.linspace(*limits[1], 5))
    np.testing.assert_allclose(images[..., 1, 0], np.median(X[:, 2]) - 7)
    # The pixel drawn at a code is that of its image: the lowest row lies below.
    left, right, low, high = display.image_.get_extent()
    step = (limits[0, 1] - limits[0, 0]) / 4
    assert (left, right) == pytest.approx(
        (limits[0, 0] - step / 2, limits[0, 1] + step / 2)
    )
    drawn = np.asarray(display.image_.get_array())[..., 0]
    assert drawn.shape == (10, 10)
    second = drawn[0::2, 1]  # pixel 1 of the images in the first column, from the top
    assert (np.diff(second) < 0).all()
    (frame,) = codes_ax.lines
    assert frame.get_xdata().min() == pytest.approx(left)
    assert image_ax.get_xlabel() == codes_ax.get_xlabel()


def test_pipelines_searches_and_frames(digits):
    X, y = digits
    frame = pd.DataFrame(X[:100], columns=[f"p{i}" for i in range(64)])
    model = make_pipeline(StandardScaler(), PCA(3)).set_output(transform="pandas")
    search = GridSearchCV(model, {"pca__n_components": [3]}, cv=2).fit(frame)
    display = LatentSpaceDisplay.from_estimator(search, frame, y[:100], dims=(0, 2))
    assert display.ax_.get_title() == "PCA"
    assert display.ax_.get_ylabel() == "pca2"
    np.testing.assert_allclose(
        np.sort(np.concatenate(points(display.ax_))[:, 0]),
        np.sort(np.asarray(search.transform(frame))[:, 0]),
    )


def test_given_axes_are_divided(digits):
    X, y = digits
    figure, (left, right) = plt.subplots(1, 2, layout="constrained")
    display = LatentSpaceDisplay.from_estimator(
        PCA(2).fit(X), X, y, n_decoded=3, ax=left, s=4, color="k"
    )
    assert display.figure_ is figure
    figure.canvas.draw()
    ends = [ax.get_window_extent() for ax in (*display.axes_, right)]
    assert ends[0].x1 < ends[1].x0 < ends[1].x1 < ends[2].x0
    loose = figure.add_axes((0, 0, 1, 1))
    with pytest.raises(ValueError, match="placed by hand; leave ax out"):
        display.plot(ax=loose)


def test_errors_name_requirement_received_and_remedy(digits, codes):
    X, y = digits
    pca = PCA(3).fit(X)
    draw = LatentSpaceDisplay.from_estimator
    with pytest.raises(TypeError, match="method transform, got KernelDensity without"):
        draw(KernelDensity().fit(X), X)
    with pytest.raises(TypeError, match="inverse_transform to decode, got PCA2D"):
        draw(PCA2D(2).fit(X), X, n_decoded=3)
    with pytest.raises(ValueError, match="dims must be 2 of the columns 0 to 2"):
        draw(pca, X, dims=(0, 3))
    for wrong in ((0,), (1, 1), (0, 1, 2), (0.5, 1)):
        with pytest.raises(ValueError, match="dims must be 2 of the columns"):
            draw(pca, X, dims=wrong)
    with pytest.raises(ValueError, match="one label per row, got 2 labels for 1797"):
        draw(pca, X, y[:2])
    with pytest.raises(ValueError, match="n_decoded must be .* at least 2, got 1"):
        draw(pca, X, n_decoded=1)
    with pytest.raises(ValueError, match="needs rows of 6 pixels, got rows of 64"):
        draw(pca, X, n_decoded=2, image_shape=(2, 3))
    with pytest.raises(ValueError, match="two dimensions for a grid .* got one"):
        draw(PCA(1).fit(X), X, n_decoded=2)
    with pytest.raises(ValueError, match=r"shape \(n_samples, n_dims\).*got \(60,\)"):
        LatentSpaceDisplay.from_codes(codes[:, 0])


class PCA2D(PCA):
    """Without a way back."""

    @property
    def inverse_transform(self):
        raise AttributeError("inverse_transform")

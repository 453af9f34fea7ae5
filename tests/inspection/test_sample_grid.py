"""SampleGridDisplay: every pixel in its place, scaled, labelled; bad input refused."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgen.density import PixelCNNDensity
from skgen.inspection import SampleGridDisplay


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:100] // 4, y[:100]


@pytest.fixture(scope="module")
def pixelcnn(digits):
    model = PixelCNNDensity(n_channels=8, n_blocks=1, max_epochs=1, random_state=0)
    return model.fit(*digits)


def canvas(display):
    return np.asarray(display.image_.get_array())


def labels(display):
    return [t.get_text() for t in display.ax_.get_yticklabels()]


def cells(display, height, width):
    """Cut the canvas at its transparent gaps: images by the pixel of their corner."""
    seen = canvas(display)[..., 3] > 0
    top = np.flatnonzero(np.diff(seen.any(axis=1).astype(int), prepend=0) == 1)
    left = np.flatnonzero(np.diff(seen.any(axis=0).astype(int), prepend=0) == 1)
    found = [
        canvas(display)[t : t + height, j : j + width]
        for t in top
        for j in left
        if seen[t, j]
    ]
    return found, len(top), len(left)


def test_pixels_lie_where_c_order_puts_them():
    rows = np.arange(3 * 2 * 3, dtype=float).reshape(3, 6)
    display = SampleGridDisplay.from_samples(rows, image_shape=(2, 3), n_columns=2)
    found, n_lines, n_columns = cells(display, 2, 3)
    assert (n_lines, n_columns, len(found)) == (2, 2, 3)
    for image, row in zip(found, rows, strict=True):
        # Grey of the common range 0 to 17, to the 256 steps of the colour map.
        np.testing.assert_allclose(
            image[..., 0], row.reshape(2, 3) / 17, atol=1 / 255 + 1e-9
        )
    assert display.ax_.get_title() == ""
    assert display.figure_ is display.ax_.figure


def test_colour_images_keep_their_colours():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 256, (4, 4 * 5 * 3), dtype=np.uint8)
    rows[0, :2] = 0, 255
    display = SampleGridDisplay.from_samples(rows, image_shape=(4, 5, 3))
    found, _, n_columns = cells(display, 4, 5)
    assert n_columns == 4
    for image, row in zip(found, rows, strict=True):
        np.testing.assert_allclose(image[..., :3], row.reshape(4, 5, 3) / 255)


@pytest.mark.parametrize("n, shape", [(7, (1, 7)), (10, (1, 10)), (25, (5, 5))])
def test_columns_by_default(n, shape):
    display = SampleGridDisplay.from_samples(np.random.default_rng(0).random((n, 9)))
    found, n_lines, n_columns = cells(display, 3, 3)
    assert (len(found), n_lines, n_columns) == (n, *shape)


def test_images_and_rows_are_the_same():
    images = load_digits().images[:6]
    one = SampleGridDisplay.from_samples(images)
    other = SampleGridDisplay.from_samples(pd.DataFrame(images.reshape(6, -1)))
    np.testing.assert_array_equal(canvas(one), canvas(other))


def test_sets_are_drawn_below_one_another_and_wrap_together(digits):
    X, _ = digits
    display = SampleGridDisplay.from_samples({"image": X[:12], "nearest": X[12:24]})
    found, n_lines, n_columns = cells(display, 8, 8)
    assert (n_lines, n_columns) == (4, 6)
    assert labels(display) == ["image", "nearest"] * 2
    grey = X[12:18].reshape(-1, 8, 8) / X[:24].max()
    for image, row in zip(found[6:12], grey, strict=True):
        np.testing.assert_allclose(image[..., 0], row, atol=1 / 255 + 1e-9)
    same = SampleGridDisplay.from_samples(
        [X[:12], X[12:24]], row_labels=["image", "nearest"]
    )
    np.testing.assert_array_equal(canvas(display), canvas(same))


def test_scales_and_limits():
    X = np.array([[0.0, 1, 2, 4], [10, 10, 20, 30]])

    def ends(**options):
        found, *_ = cells(SampleGridDisplay.from_samples(X, **options), 2, 2)
        return [(f[..., 0].min(), f[..., 0].max()) for f in found]

    assert ends(scale="image") == [(0, 1), (0, 1)]
    (a, b), (c, d) = ends(scale="all")
    assert (a, d) == (0, 1)
    assert b < c
    # Values beyond the limits are clipped.
    assert ends(vmin=4, vmax=10) == [(0, 0), (1, 1)]
    sets = SampleGridDisplay.from_samples([X[:1], X[1:]], scale="block")
    assert [f[..., 0].max() for f in cells(sets, 2, 2)[0]] == [1, 1]
    with pytest.raises(ValueError, match="vmin must be at most vmax"):
        ends(vmin=2, vmax=1)


def test_constant_images_and_masks():
    constant = SampleGridDisplay.from_samples(np.full((1, 4), 7.0))
    np.testing.assert_allclose(canvas(constant)[..., 0], 0.5, atol=1 / 255)
    mask = np.array([[True, False, False, False]])
    both = SampleGridDisplay.from_samples({"x": np.full((1, 4), 200.0), "mask": mask})
    found, *_ = cells(both, 2, 2)
    assert found[1][0, 0, 0] == 1
    assert found[1][1, 1, 0] == 0


def test_missing_pixels_are_crossed_out():
    X = np.array([[0.0, np.nan, 2, 3]])
    display = SampleGridDisplay.from_samples(X)
    crossed, frames = display.ax_.collections
    (stroke,) = crossed.get_segments()
    assert np.abs(stroke - [1, 0]).max() == 0.5  # across the pixel in column 1, row 0
    assert len(frames.get_segments()) == 1
    assert len(np.unique(canvas(display)[0, 1, :3])) > 1  # not a grey
    nothing = SampleGridDisplay.from_samples(np.full((1, 4), np.nan))
    assert len(nothing.ax_.collections[0].get_segments()) == 4


def test_an_estimator_draws_by_class_in_labelled_rows(pixelcnn):
    display = SampleGridDisplay.from_estimator(
        pixelcnn, y=[3, 1], n_samples=6, random_state=0
    )
    assert labels(display) == ["3", "1"]
    assert display.ax_.get_title() == "PixelCNNDensity"
    found, n_lines, n_columns = cells(display, 8, 8)
    assert (n_lines, n_columns) == (2, 3)
    X = pixelcnn.sample(6, y=[3, 3, 3, 1, 1, 1], random_state=0)
    for image, row in zip(found, X.reshape(-1, 8, 8) / X.max(), strict=True):
        np.testing.assert_allclose(image[..., 0], row, atol=1 / 255 + 1e-9)
    one = SampleGridDisplay.from_estimator(pixelcnn, y=2, n_samples=3, random_state=0)
    assert labels(one) == []


def test_the_shape_of_the_estimator_is_taken():
    X = np.random.default_rng(0).integers(0, 2, (20, 8))
    model = PixelCNNDensity((2, 4), n_channels=8, n_blocks=1, max_epochs=1).fit(X)
    display = SampleGridDisplay.from_estimator(model, n_samples=2)
    assert canvas(display).shape[0] == 2


def test_samplers_of_scikit_learn(digits):
    X, _ = digits
    pipe = make_pipeline(PCA(5), GaussianMixture(2, random_state=0)).fit(X)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    first, again, other = (
        canvas(SampleGridDisplay.from_estimator(pipe, random_state=seed))
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    assert pipe[-1].random_state == 0
    search = GridSearchCV(KernelDensity(), {"bandwidth": [1.0]}).fit(X)
    display = SampleGridDisplay.from_estimator(search, n_samples=4, random_state=0)
    assert display.ax_.get_title() == "KernelDensity"


def test_given_axes_and_title(digits):
    _, ax = plt.subplots()
    display = SampleGridDisplay.from_samples(digits[0][:4], ax=ax, name="digits")
    assert display.ax_ is ax
    assert ax.get_title() == "digits"
    again = display.plot(name="again")
    assert again.ax_ is not ax


def test_labels_stay_inside_the_figure(digits):
    display = SampleGridDisplay.from_samples(
        {"sample": digits[0][:6], "nearest training image": digits[0][6:12]}
    )
    display.figure_.canvas.draw()
    for label in display.ax_.get_yticklabels():
        assert label.get_window_extent().x0 >= 0


def test_errors_name_requirement_received_and_remedy(digits, pixelcnn):
    X, _ = digits
    draw = SampleGridDisplay.from_samples
    with pytest.raises(ValueError, match=r"needs rows of 56 pixels, got rows of 64; p"):
        draw(X, image_shape=(8, 7))
    with pytest.raises(ValueError, match="no square grey images, got rows of 63"):
        draw(X[:, :63])
    with pytest.raises(ValueError, match="1 channel .* got 2; draw"):
        draw(X, image_shape=(8, 4, 2))
    with pytest.raises(TypeError, match="whole numbers of at least 1, got 8.0"):
        draw(X, image_shape=8.0)
    with pytest.raises(TypeError, match="must hold numbers, got dtype"):
        draw(np.array([["a"] * 4]))
    with pytest.raises(ValueError, match=r"got \(64,\); make one image a row"):
        draw(X[0])
    with pytest.raises(ValueError, match=r"images must be rows .* got \(0, 64\)"):
        draw(X[:0])
    with pytest.raises(ValueError, match=r"as many images, got \[3, 2\]; cut"):
        draw([X[:3], X[:2]])
    with pytest.raises(ValueError, match="must have one image shape"):
        draw([X[:3], X[:3, :49]])
    with pytest.raises(ValueError, match="one label per row of the grid, 1, got 2"):
        draw(X[:3], row_labels=["a", "b"])
    with pytest.raises(ValueError, match="one label per set of images, 2, got 1"):
        draw([X[:3], X[:3]], row_labels=["a"])
    with pytest.raises(ValueError, match="n_columns must be a whole .* got 0"):
        draw(X[:3], n_columns=0)
    with pytest.raises(ValueError, match="scale must be one of"):
        draw(X[:3], scale="row")

    draw = SampleGridDisplay.from_estimator
    with pytest.raises(TypeError, match="method sample, got PCA without it; draw the"):
        draw(PCA())
    with pytest.raises(TypeError, match=r"sample\(n_samples, y=...\).*KernelDensity"):
        draw(KernelDensity().fit(X), y=1)
    with pytest.raises(ValueError, match="n_samples must be a whole number .* got 0"):
        draw(KernelDensity().fit(X), n_samples=0)
    with pytest.raises(ValueError, match="multiple of the number of labels"):
        draw(pixelcnn, y=[0, 1], n_samples=3)
    one_way = make_pipeline(_OneWay(), KernelDensity()).fit(X)
    with pytest.raises(TypeError, match="steps with inverse_transform before"):
        draw(one_way)


def test_what_cannot_be_seeded_is_not():
    class Sampler:
        def sample(self, n):
            return np.full((n, 4), 2.0)

    display = SampleGridDisplay.from_estimator(Sampler(), n_samples=3)
    assert display.images[0].shape == (3, 2, 2, 1)
    with pytest.raises(TypeError, match="take a random_state .* leave random_state"):
        SampleGridDisplay.from_estimator(Sampler(), random_state=0)


class _OneWay(StandardScaler):
    """Without a way back."""

    @property
    def inverse_transform(self):
        raise AttributeError("inverse_transform")

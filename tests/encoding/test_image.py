"""Flat rows become images of channels, height and width, and come back."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError

from skgen.encoding import ImageEncoder


def _rows(dtype="float64", shape=(4, 5, 3), n=6):
    rng = np.random.default_rng(0)
    return rng.integers(0, 2 if dtype == "bool" else 100, (n, np.prod(shape))).astype(
        dtype
    )


def test_pixels_lie_where_the_c_order_puts_them():
    X = _rows()
    encoder = ImageEncoder((4, 5, 3)).fit(X)
    images = encoder.transform(X)
    assert encoder.net_shape_ == (3, 4, 5) and images.shape == (6, 3, 4, 5)
    assert images.dtype == np.float32 and images.flags["C_CONTIGUOUS"]
    expected = X.reshape(6, 4, 5, 3) / X.max() * 2 - 1
    for channel in range(3):
        np.testing.assert_allclose(
            images[:, channel], expected[..., channel], atol=1e-6
        )


def test_gray_images_have_one_channel():
    X = _rows(shape=(4, 5))
    for shape in [(4, 5), [4, 5], (4, 5, 1), (np.int64(4), 5)]:
        images = ImageEncoder(shape).fit(X).transform(X)
        assert images.shape == (6, 1, 4, 5)
        assert images.min() == -1 and images.max() == 1
        np.testing.assert_allclose(images[:, 0, 1, 2], X[:, 7] / X.max() * 2 - 1)


@pytest.mark.parametrize(
    "dtype", ["float64", "float32", "float16", "uint8", "int64", ">f4", "bool"]
)
def test_rows_come_back_with_their_dtype(dtype):
    X = _rows(dtype)
    encoder = ImageEncoder((4, 5, 3)).fit(X)
    back = encoder.inverse_transform(encoder.transform(X))
    assert back.dtype == X.dtype
    np.testing.assert_allclose(back.astype(float), X.astype(float), atol=1e-5)


def test_frame_comes_back_as_a_frame():
    X, _ = load_digits(return_X_y=True, as_frame=True)
    encoder = ImageEncoder.from_state(ImageEncoder((8, 8)).fit(X).get_state())
    assert_frame_equal(encoder.inverse_transform(encoder.transform(X)), X)


def test_frame_of_several_dtypes_keeps_each():
    X = pd.DataFrame(
        {
            "a": np.array([0, 1, 2], dtype=np.int8),
            "b": [0.5, 1.25, 2.0],
            "c": [True, False, True],
            "d": np.array([0.25, 0.5, 2.0], dtype=np.float32),
        }
    )
    for columns in (["a", "c"], ["c"], ["a", "b", "c", "d"]):
        encoder = ImageEncoder((1, len(columns))).fit(X[columns])
        images = encoder.transform(X[columns])
        for one in (encoder, ImageEncoder.from_state(encoder.get_state())):
            found = one.inverse_transform(images, clip=True)
            assert_frame_equal(found, X[columns], rtol=1e-6)
    one = X[["a"]].astype("UInt8")
    encoder = ImageEncoder((1, 1)).fit(one)
    assert_frame_equal(encoder.inverse_transform(encoder.transform(one)), one)
    with pytest.raises(ValueError, match="must not hold NaN"):
        encoder.fit(pd.DataFrame({"a": [0, 1, None]}, dtype="UInt8"))
    with pytest.raises(TypeError, match="object"):
        encoder.fit(X[["b"]].astype(object).assign(b="x"))
    with pytest.raises(TypeError, match="object"):
        ImageEncoder((1, 4)).fit(X.astype({"b": object}))


def test_state_is_plain_and_complete():
    X = _rows("uint8")
    encoder = ImageEncoder((4, 5, 3)).fit(X)
    state = pickle.loads(pickle.dumps(encoder.get_state()))
    json.dumps(state)
    again = ImageEncoder.from_state(state)
    images = encoder.transform(X)
    np.testing.assert_array_equal(again.transform(X), images)
    np.testing.assert_array_equal(
        again.inverse_transform(images), encoder.inverse_transform(images)
    )


@pytest.mark.parametrize("value", [0, 0.1, -1e300])
def test_constant_images_become_zeros_and_come_back(value):
    X = np.full((3, 6), value)
    encoder = ImageEncoder((2, 3)).fit(X)
    images = encoder.transform(X)
    np.testing.assert_array_equal(images, 0)
    np.testing.assert_array_equal(encoder.inverse_transform(images), X)


def test_values_beyond_the_range_of_fit_extrapolate():
    X = _rows("float64", (2, 3))
    encoder = ImageEncoder((2, 3)).fit(X)
    beyond = encoder.transform(X * 2 + 50)
    assert beyond.max() > 1
    np.testing.assert_allclose(
        encoder.inverse_transform(beyond), X * 2 + 50, rtol=1e-5, atol=1e-4
    )
    clipped = encoder.inverse_transform(beyond, clip=True)
    assert clipped.max() == X.max()
    bytes_ = ImageEncoder((2, 3)).fit(X.astype("uint8"))
    far = bytes_.inverse_transform(np.full((1, 1, 2, 3), 99.0))
    np.testing.assert_array_equal(far, 255)


def test_extreme_ranges_stay_finite():
    top = np.finfo(np.float64).max
    X = np.array([[-top, top, 0, 1], [5e-324, 1e300, -1, 2]])
    encoder = ImageEncoder((2, 2)).fit(X)
    images = encoder.transform(X)
    assert np.isfinite(images).all() and np.abs(images).max() <= 1
    assert np.isfinite(encoder.inverse_transform(images * 5)).all()
    small = ImageEncoder((2, 2)).fit(np.zeros((1, 4)) + [0, 1e-300, 0, 0])
    assert np.isfinite(small.transform(X)).all()
    assert np.isfinite(small.log_abs_det_jacobian(X)).all()


def test_large_inputs_are_scaled_in_chunks_without_a_seam(monkeypatch):
    X = _rows("float32", (4, 5), n=50)
    whole = ImageEncoder((4, 5)).fit(X)
    images = whole.transform(X)
    monkeypatch.setattr("skgen.encoding._image._CHUNK", 60)
    np.testing.assert_array_equal(whole.transform(X), images)
    np.testing.assert_allclose(whole.inverse_transform(images), X, atol=1e-5)


def test_log_det_counts_every_pixel():
    X = _rows("float64", (2, 3))
    encoder = ImageEncoder((2, 3)).fit(X)
    one = np.zeros((2, 6))
    one[1] = 1.0
    low, high = encoder.transform(one)[:, 0, 0, 0].astype(float)
    expected = 6 * np.log(high - low)
    np.testing.assert_allclose(encoder.log_abs_det_jacobian(one), [expected] * 2, 1e-5)


def test_input_is_never_written_to(tmp_path):
    X = _rows("float32", (4, 5))
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    encoder = ImageEncoder((4, 5)).fit(mapped)
    images = encoder.transform(mapped)
    images.setflags(write=False)
    np.testing.assert_allclose(encoder.inverse_transform(images), X, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        ((8, -8), ValueError),
        ((0, 8), ValueError),
        ((8,), ValueError),
        ((), ValueError),
        ((2, 2, 2, 8), ValueError),
        ("88", TypeError),
        (("8", "8"), TypeError),
        ((8.0, 8), TypeError),
        ((True, 64), TypeError),
        (64, TypeError),
        (None, TypeError),
    ],
    ids=str,
)
def test_wrong_image_shape_is_an_error_that_shows_it(shape, error):
    with pytest.raises(error, match=r"image_shape must be \(height, width\)") as caught:
        ImageEncoder(shape).fit(np.zeros((2, 64)))
    assert str(caught.value).endswith(f"got {shape!r}.")


def test_wrong_rows_say_what_is_needed():
    encoder = ImageEncoder((8, 8)).fit(np.eye(64))
    for call in (encoder.transform, ImageEncoder((8, 8)).fit):
        with pytest.raises(ValueError, match="rows of 64 pixels, got rows of 63"):
            call(np.zeros((2, 63)))
        with pytest.raises(ValueError, match=r"flat image per row, got shape \(2, 8"):
            call(np.zeros((2, 8, 8)))
        with pytest.raises(ValueError, match="NaN or inf"):
            call(np.full((2, 64), np.nan))
        with pytest.raises(TypeError, match="must hold numbers, got dtype <U1"):
            call(np.full((2, 64), "a"))
        with pytest.raises(TypeError, match="must hold numbers, got dtype"):
            call(pd.DataFrame(np.full((2, 64), "a")))
    with pytest.raises(ValueError, match="at least one row"):
        encoder.fit(np.zeros((0, 64)))
    with pytest.raises(ValueError, match=r"shape \(n_samples, 1, 8, 8\), got \(2, 64"):
        encoder.inverse_transform(np.zeros((2, 64)))
    with pytest.raises(ValueError, match="NaN"):
        encoder.inverse_transform(np.full((1, 1, 8, 8), np.nan))
    with pytest.raises(NotFittedError, match="call fit first"):
        ImageEncoder((8, 8)).transform(np.eye(64))

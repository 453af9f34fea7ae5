"""Measures of translations."""

import builtins

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage
from sklearn.datasets import load_digits

from skgen.metrics import structural_similarity, translation_report

X = load_digits().data[:60]


def test_similarity_of_equal_and_of_other_images():
    pytest.importorskip("skimage")
    same = structural_similarity(X, X, image_shape=(8, 8))
    np.testing.assert_allclose(same, 1)
    noisy = X + np.random.default_rng(0).normal(size=X.shape)
    worse = structural_similarity(X, noisy, image_shape=(8, 8))
    worst = structural_similarity(X, 16 - X, image_shape=(8, 8))
    assert (worst < worse).all() and (worse < 1).all()
    colour = np.repeat(X[:, :, None], 3, axis=2).reshape(60, -1)
    noise = np.repeat(noisy[:, :, None], 3, axis=2).reshape(60, -1)
    found = structural_similarity(colour, noise, image_shape=(8, 8, 3))
    np.testing.assert_allclose(found, worse, atol=1e-6)
    tiny = structural_similarity(X[:, :12], X[:, :12], image_shape=(3, 4))
    np.testing.assert_allclose(tiny, 1)


def test_similarity_needs_scikit_image_and_says_so(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("skimage"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install skgen\[images\]"):
        structural_similarity(X, X, image_shape=(8, 8))
    with pytest.warns(UserWarning, match="needs scikit-image"):
        report = translation_report(X, X, X, image_shape=(8, 8))
    assert "ssim" not in report and (report["sharpness"].iloc[:2] == 1).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_shape": (8, 9)}, "rows of 64 pixels"),
        ({"image_shape": (64,)}, "rows of 64 pixels"),
        ({"image_shape": (1, 64)}, "sides of 3 pixels or more"),
    ],
)
def test_shapes_are_checked(options, message):
    pytest.importorskip("skimage")
    with pytest.raises(ValueError, match=message):
        structural_similarity(X, X, **options)


def test_report_by_hand():
    truth, found = 16 - X, 15 - X
    report = translation_report(X, truth, found)
    assert list(report.index) == ["translation", "identity", "mean"]
    assert report.loc["translation", "mse"] == pytest.approx(1.0)
    assert report.loc["translation", "rank_1"] == 1.0
    assert report.loc["identity", "mse"] == pytest.approx(np.square(16 - 2 * X).mean())
    assert report.loc["mean", "mse"] == pytest.approx(truth.var(axis=0).mean())
    wide = translation_report(X, np.hstack([truth, truth]), np.hstack([found, found]))
    assert list(wide.index) == ["translation", "mean"]


def test_a_blur_is_not_sharp():
    pytest.importorskip("skimage")
    blurred = ndimage.gaussian_filter(X.reshape(-1, 8, 8), (0, 1.5, 1.5))
    report = translation_report(X, X, blurred.reshape(60, -1), image_shape=(8, 8))
    assert report.loc["translation", "sharpness"] < 0.6
    assert report.loc["identity", "sharpness"] == pytest.approx(1.0)
    assert report.loc["identity", "ssim"] == pytest.approx(1.0)
    assert report.loc["mean", "rank_1"] < 0.1


def test_report_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="the same shape"):
        translation_report(X, X, X[:, :5])
    with pytest.raises(ValueError, match="the 60 rows of y_true, got 5"):
        translation_report(X[:5], X, X)
    frame = pd.DataFrame(X)
    pd.testing.assert_frame_equal(
        translation_report(frame, frame, frame), translation_report(X, X, X)
    )

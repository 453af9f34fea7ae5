"""How near translations come to the images that they shall be."""

import warnings

import numpy as np
import pandas as pd
from sklearn.utils import check_array

from ._retrieval import mean_average_precision, rank_k_accuracy

_MOST_WINDOW = 7


def structural_similarity(y_true, y_pred, *, image_shape, data_range=None):
    """Structural similarity of pairs of images, by scikit-image.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_images, n_pixels)
        Flat images in C order.
    image_shape : tuple
        ``(height, width)`` or ``(height, width, channels)``.
    data_range : float, default=None
        Distance between the smallest and the largest value that a pixel can have; None
        takes those of `y_true`.

    Returns
    -------
    similarity : ndarray of shape (n_images,)
        1 for equal images; mean over windows of 7 x 7 pixels (smaller ones in smaller
        images) and over channels.

    Raises
    ------
    ImportError
        If scikit-image is not installed.
    ValueError
        If shapes do not fit, values are not finite, or sides have fewer than 3 pixels.

    References
    ----------
    Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli, "Image quality assessment: from error
    visibility to structural similarity", IEEE Transactions on Image Processing 2004,
    equation 13.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skgen.metrics import structural_similarity
    >>> X, _ = load_digits(return_X_y=True)
    >>> structural_similarity(X[:2], X[:2], image_shape=(8, 8))
    array([1., 1.])
    """
    try:
        from skimage.metrics import structural_similarity as similarity
    except ImportError:
        raise ImportError(
            "structural_similarity needs scikit-image, which is not installed; run "
            "`pip install skgen[images]`."
        ) from None
    y_true, y_pred = _check_pairs(y_true, y_pred)
    shape = tuple(int(n) for n in image_shape)
    if len(shape) not in (2, 3) or np.prod(shape) != y_true.shape[1]:
        raise ValueError(
            "image_shape must be (height, width) or (height, width, channels) of rows "
            f"of {y_true.shape[1]} pixels, got {image_shape!r}."
        )
    if min(shape[:2]) < 3:
        raise ValueError(f"images must have sides of 3 pixels or more, got {shape}.")
    if data_range is None:
        data_range = float(np.ptp(y_true)) or 1.0
    window = min(_MOST_WINDOW, min(shape[:2]) - (min(shape[:2]) + 1) % 2)
    options = {"data_range": data_range, "win_size": window}
    if len(shape) == 3:
        options["channel_axis"] = -1
    return np.array(
        [
            similarity(a.reshape(shape), b.reshape(shape), **options)
            for a, b in zip(y_true, y_pred, strict=True)
        ]
    )


def translation_report(X, y_true, y_pred, *, image_shape=None):
    """Measure translations beside what costs nothing: the rows as they were.

    Error and retrieval belong together. A blurred answer has a small error and finds
    its partner badly; a sharp one in the wrong place the other way round.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features)
        Rows that were translated.
    y_true : array-like of shape (n_rows, n_outputs)
        Their true translations.
    y_pred : array-like of shape (n_rows, n_outputs)
        Translations.
    image_shape : tuple, default=None
        Shape of the translations, if they are images.

    Returns
    -------
    report : DataFrame
        A row for the translations, one for `X` itself if it has the columns of the
        translations, and one for the mean of `y_true`. Columns: ``mse`` and ``l1``, the
        mean squared and absolute error; ``rank_1`` and ``mean_average_precision``, how
        often and how early the true translation of a row is the nearest of all true
        ones; of images ``ssim``, where scikit-image is installed, and ``sharpness``,
        the mean length of the gradient over that of the true images.

    Raises
    ------
    ValueError
        If shapes do not fit or values are not finite.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skgen.metrics import translation_report
    >>> X, _ = load_digits(return_X_y=True)
    >>> report = translation_report(X[:50], 16 - X[:50], 15 - X[:50])
    >>> report.loc["translation", ["l1", "rank_1"]].tolist()
    [1.0, 1.0]
    """
    y_true, y_pred = _check_pairs(y_true, y_pred)
    X = check_array(X, dtype=np.float64, input_name="X")
    if len(X) != len(y_true):
        raise ValueError(f"X must have the {len(y_true)} rows of y_true, got {len(X)}.")
    answers = {"translation": y_pred}
    if X.shape == y_true.shape:
        answers["identity"] = X
    answers["mean"] = np.broadcast_to(y_true.mean(axis=0), y_true.shape)
    rows = {
        name: _measures(found, y_true, image_shape) for name, found in answers.items()
    }
    return pd.DataFrame(rows).T


def _measures(found, true, image_shape):
    squares = np.square(found).sum(axis=1)[:, None] - 2 * found @ true.T
    distances = squares + np.square(true).sum(axis=1)
    places = np.arange(len(true))
    measures = {
        "mse": np.square(found - true).mean(),
        "l1": np.abs(found - true).mean(),
        "rank_1": rank_k_accuracy(distances, places, places),
        "mean_average_precision": mean_average_precision(distances, places, places),
    }
    if image_shape is None:
        return measures
    try:
        measures["ssim"] = structural_similarity(
            true, found, image_shape=image_shape
        ).mean()
    except ImportError as error:
        warnings.warn(str(error), UserWarning, stacklevel=3)
    edges = [_gradient(a, image_shape) for a in (found, true)]
    measures["sharpness"] = edges[0] / edges[1] if edges[1] else np.nan
    return measures


def _gradient(rows, image_shape):
    """Mean length of the gradient of images."""
    images = rows.reshape(len(rows), *image_shape)
    down, across = np.diff(images, axis=1), np.diff(images, axis=2)
    return np.hypot(down[:, :, 1:], across[:, 1:]).mean()


def _check_pairs(y_true, y_pred):
    y_true, y_pred = (
        check_array(y, dtype=np.float64, input_name=name)
        for y, name in ((y_true, "y_true"), (y_pred, "y_pred"))
    )
    if y_true.shape != y_pred.shape:
        raise ValueError(
            f"y_true and y_pred must have the same shape, got {y_true.shape} and "
            f"{y_pred.shape}."
        )
    return y_true, y_pred

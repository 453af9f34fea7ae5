"""Images as flat rows, and as (channels, height, width) in [-1, 1]."""

from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.exceptions import NotFittedError

from ._columns import PlainState
from ._dtypes import dtype_limits

__all__ = ["ImageEncoder"]

_CHUNK = 2**20  # pixels scaled at a time in float64


class ImageEncoder(PlainState):
    """Turn flat rows into images of channels, height and width, and back.

    A row holds an image in C order, the channel last, as scikit-learn's loaders have
    it. The range seen in `fit`, one for all pixels, goes to [-1, 1]; constant images
    become zeros.

    Parameters
    ----------
    image_shape : tuple of int
        ``(height, width)`` or ``(height, width, channels)``, in pixels.

    Attributes
    ----------
    n_features_in_ : int
        Length of a row: height * width * channels.
    net_shape_ : tuple of int
        ``(channels, height, width)``, the shape of an encoded image.
    low_, high_ : float
        Range seen in `fit`.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skgen.encoding import ImageEncoder
    >>> X, _ = load_digits(return_X_y=True)
    >>> encoder = ImageEncoder(image_shape=(8, 8)).fit(X)
    >>> images = encoder.transform(X)
    >>> images.shape, float(images.min()), float(images.max())
    ((1797, 1, 8, 8), -1.0, 1.0)
    >>> bool((encoder.inverse_transform(images) == X).all())
    True
    """

    def __init__(self, image_shape):
        self.image_shape = image_shape

    def fit(self, X):
        """Learn the range.

        Parameters
        ----------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Images as flat rows.

        Returns
        -------
        self : ImageEncoder
            The fitted encoder.
        """
        height, width, channels = read_image_shape(self.image_shape)
        self.n_features_in_ = height * width * channels
        self.net_shape_ = (channels, height, width)
        rows = self._read(X)
        if not len(rows):
            raise ValueError("X must have at least one row, got none.")
        self.low_, self.high_ = float(rows.min()), float(rows.max())
        self.dtype_ = rows.dtype.str
        self.names_ = self.dtypes_ = None
        if isinstance(X, pd.DataFrame):
            self.names_ = X.columns.tolist()
            self.dtypes_ = [str(t) for t in X.dtypes]
        return self

    def transform(self, X):
        """Encode images; values beyond the range of `fit` go beyond [-1, 1].

        Parameters
        ----------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Images as flat rows.

        Returns
        -------
        images : ndarray of shape (n_samples, channels, height, width), dtype float32
            Encoded images.
        """
        self._check_fitted()
        rows = self._read(X)
        channels, height, width = self.net_shape_
        images = np.empty((len(rows), *self.net_shape_), dtype=np.float32)
        center, half = self._scale()
        largest = np.finfo(np.float32).max
        for chunk in self._chunks(len(rows)):
            with np.errstate(over="ignore"):
                # Halved first: the difference of two finite numbers may overflow.
                z = (rows[chunk].astype(np.float64) / 2 - center / 2) / half * 2
            z = z.clip(-largest, largest).reshape(-1, height, width, channels)
            images[chunk] = z.transpose(0, 3, 1, 2)
        return images

    def inverse_transform(self, images, *, clip=False):
        """Decode images, also such as a network generates.

        Parameters
        ----------
        images : ndarray of shape (n_samples, channels, height, width)
            Encoded images.
        clip : bool, default=False
            Whether to clip pixels to the range that `fit` saw.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Images as flat rows, with the dtype that `fit` saw; integers are rounded.
        """
        self._check_fitted()
        images = np.asarray(images)
        if images.shape[1:] != self.net_shape_:
            raise ValueError(
                f"images must have shape (n_samples, {str(self.net_shape_)[1:]}, got "
                f"{images.shape}."
            )
        dtype = np.dtype(self.dtype_)
        rows = np.empty((len(images), self.n_features_in_), dtype=dtype)
        center, half = self._scale()
        low, high = (self.low_, self.high_) if clip else dtype_limits(dtype)
        for chunk in self._chunks(len(images)):
            with np.errstate(over="ignore"):
                x = center + half * images[chunk].astype(np.float64)
            if np.isnan(x).any():
                raise ValueError("images must not hold NaN.")
            x = x.transpose(0, 2, 3, 1).reshape(-1, self.n_features_in_)
            x = x.clip(low, high)
            rows[chunk] = x if dtype.kind == "f" else np.rint(x)
        return rows if self.names_ is None else self._framed(rows)

    def log_abs_det_jacobian(self, X):
        """Logarithm of the volume change from rows to encoded images.

        Parameters
        ----------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Images as flat rows.

        Returns
        -------
        log_det : ndarray of shape (n_samples,)
            The same number of nats for each row.
        """
        self._check_fitted()
        return np.full(len(X), -self.n_features_in_ * np.log(self._scale()[1]))

    def _framed(self, rows):
        """Give rows as a DataFrame with the dtypes that `fit` saw."""
        X = pd.DataFrame(rows, columns=self.names_)
        if len(set(self.dtypes_)) == 1:
            return X
        columns = [
            (np.rint(rows[:, j]) if np.dtype(t).kind != "f" else rows[:, j]).astype(t)
            for j, t in enumerate(self.dtypes_)
        ]
        return pd.DataFrame(dict(enumerate(columns))).set_axis(X.columns, axis=1)

    def _check_fitted(self):
        if not hasattr(self, "names_"):
            raise NotFittedError("This ImageEncoder is not fitted; call fit first.")

    def _read(self, X):
        """Return flat rows as a finite numeric array."""
        rows = np.asarray(X)
        if isinstance(X, pd.DataFrame) and set(X.dtypes.map(_kind)) <= set("biuf"):
            # Not object, where booleans are beside numbers.
            rows = X.to_numpy(np.result_type(*X.dtypes))
        if rows.dtype.kind not in "biuf":
            raise TypeError(
                f"X must hold numbers, got dtype {rows.dtype}; convert it, with "
                "X.astype(float) for instance."
            )
        if rows.ndim != 2:
            raise ValueError(
                f"X must hold one flat image per row, got shape {rows.shape}; use "
                "X.reshape(len(X), -1)."
            )
        if rows.shape[1] != self.n_features_in_:
            raise ValueError(
                f"image_shape={self.image_shape!r} needs rows of "
                f"{self.n_features_in_} pixels, got rows of {rows.shape[1]}; pass the "
                "image_shape of these rows."
            )
        if rows.dtype.kind == "f" and not all(
            np.isfinite(rows[chunk]).all() for chunk in self._chunks(len(rows))
        ):
            raise ValueError("X must not hold NaN or inf; impute the pixels first.")
        return rows

    def _scale(self):
        """Return the center and half the width of the range."""
        half = self.high_ / 2 - self.low_ / 2
        return self.low_ / 2 + self.high_ / 2, half or 1.0

    def _chunks(self, n_rows):
        step = max(1, _CHUNK // self.n_features_in_)
        return [slice(i, i + step) for i in range(0, n_rows, step)]


def _kind(dtype):
    return dtype.kind if isinstance(dtype, np.dtype) else "O"


def read_image_shape(image_shape):
    """Return (height, width, channels)."""
    message = (
        "image_shape must be (height, width) or (height, width, channels), whole "
        f"numbers of at least 1, got {image_shape!r}."
    )
    if not isinstance(image_shape, (tuple, list)) or not all(
        isinstance(n, Integral) and not isinstance(n, bool) for n in image_shape
    ):
        raise TypeError(message)
    if len(image_shape) not in (2, 3) or min(image_shape) < 1:
        raise ValueError(message)
    height, width, channels = (*map(int, image_shape), 1)[:3]
    return height, width, channels

"""Images as flat rows, and as (channels, height, width) in [-1, 1]."""

import math

import numpy as np
import pandas as pd

from ._dtypes import dtype_limits
from ._pixels import PixelEncoder

_CHUNK = 2**20  # pixels scaled at a time in float64


class ImageEncoder(PixelEncoder):
    """Turn flat rows into images of channels, height and width, and back.

    A row holds an image in C order, the channel last, as scikit-learn's loaders have
    it. The range seen in `fit`, one for all pixels, goes to [-1, 1]; constant images
    become zeros.

    Parameters
    ----------
    image_shape : tuple of int
        ``(height, width)`` or ``(height, width, channels)``, in pixels; of volumes
        ``(depth, height, width)`` or ``(depth, height, width, channels)``.
    n_axes : int, default=2
        2 for images, 3 for volumes.

    Attributes
    ----------
    n_features_in_ : int
        Length of a row: height * width * channels.
    net_shape_ : tuple of int
        ``(channels, height, width)``, the shape of an encoded image; of a volume with
        the depth before the height.
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

    def __init__(self, image_shape, *, n_axes=2):
        self.image_shape = image_shape
        self.n_axes = n_axes

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
        self._learn_shape(self.image_shape)
        rows = self._read(X)
        if not len(rows):
            raise ValueError("X must have at least one row, got none.")
        self.low_, self.high_ = float(rows.min()), float(rows.max())
        self._learn_container(rows, X if isinstance(X, pd.DataFrame) else None)
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
        images = np.empty((len(rows), *self.net_shape_), dtype=np.float32)
        center, half = self._scale()
        largest = np.finfo(np.float32).max
        for chunk in self._chunks(len(rows)):
            with np.errstate(over="ignore"):
                # Halved first: the difference of two finite numbers may overflow.
                z = (rows[chunk].astype(np.float64) / 2 - center / 2) / half * 2
            images[chunk] = self._to_images(z.clip(-largest, largest))
        return images

    def to_net(self, rows):
        """Give flat rows the shape that networks take, with their values as they are.

        Parameters
        ----------
        rows : ndarray of shape (n_samples, n_features)
            One value for each pixel.

        Returns
        -------
        images : ndarray of shape (n_samples, channels, height, width)
            The values.
        """
        self._check_fitted()
        return self._to_images(rows)

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
            shape = f"(n_samples, {str(self.net_shape_)[1:]}"
            raise ValueError(f"images must have shape {shape}, got {images.shape}.")
        dtype = np.dtype(self.dtype_)
        rows = np.empty((len(images), self.n_features_in_), dtype=dtype)
        center, half = self._scale()
        low, high = (self.low_, self.high_) if clip else dtype_limits(dtype)
        for chunk in self._chunks(len(images)):
            with np.errstate(over="ignore"):
                x = center + half * images[chunk].astype(np.float64)
            if np.isnan(x).any():
                raise ValueError("images must not hold NaN.")
            x = self._to_rows(x).clip(low, high)
            rows[chunk] = x if dtype.kind == "f" else np.rint(x)
        return self._in_container(rows)

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

    def _read(self, X):
        """Return flat rows as a finite numeric array."""
        rows = np.asarray(X)
        if isinstance(X, pd.DataFrame):
            # Not object, where booleans are beside numbers or values may be missing.
            dtypes = [getattr(dtype, "numpy_dtype", dtype) for dtype in X.dtypes]
            if all(isinstance(t, np.dtype) and t.kind in "biuf" for t in dtypes):
                is_full = not X.isna().any(axis=None)
                gaps = {} if is_full else {"na_value": np.nan}
                rows = X.to_numpy(np.result_type(*dtypes) if is_full else float, **gaps)
        if rows.dtype.kind not in "biuf":
            raise TypeError(
                f"X must hold numbers, got dtype {rows.dtype}; use X.astype(float)."
            )
        if rows.ndim != 2:
            raise ValueError(
                f"X must hold one flat image per row, got shape {rows.shape}; use "
                "X.reshape(len(X), -1)."
            )
        self._check_width(rows)
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
        step = max(1, _CHUNK // math.prod(self.net_shape_))
        return [slice(i, i + step) for i in range(0, n_rows, step)]

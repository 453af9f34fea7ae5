"""Rows of integer levels as images (channels, height, width), and back."""

import math

import numpy as np

from ._pixels import PixelEncoder

MAX_LEVELS = 256


class LevelEncoder(PixelEncoder):
    """Turn flat rows of integers into images of levels, and back.

    A row holds an image in C order, the channel last. Its values are whole numbers from
    0 to ``levels - 1``, in any numeric dtype.

    Parameters
    ----------
    image_shape : tuple of int, default=None
        ``(height, width)`` or ``(height, width, channels)``, in pixels. None: a square
        if the number of columns is a square number, else a single row of pixels.
    levels : int or "auto", default="auto"
        Number of levels, 2 to 256; ``"auto"``: the largest value seen in `fit` plus
        one, at least 2.
    n_axes : int, default=2
        2 for images, 3 for volumes, whose shape has a depth before the height.

    Attributes
    ----------
    n_features_in_ : int
        Length of a row: height * width * channels.
    net_shape_ : tuple of int
        ``(channels, height, width)``, the shape of an encoded image.
    levels_ : int
        Number of levels.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skgen.encoding import LevelEncoder
    >>> X, _ = load_digits(return_X_y=True)
    >>> encoder = LevelEncoder().fit(X)
    >>> images = encoder.transform(X)
    >>> images.shape, images.dtype, encoder.levels_
    ((1797, 1, 8, 8), dtype('uint8'), 17)
    >>> bool((encoder.inverse_transform(images) == X).all())
    True
    """

    def __init__(self, image_shape=None, *, levels="auto", n_axes=2):
        self.image_shape = image_shape
        self.n_axes = n_axes
        self.levels = levels

    def fit(self, X, frame=None):
        """Find the shape and the number of levels.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Rows of finite numbers.
        frame : DataFrame, default=None
            The DataFrame that the rows came from; its names and dtypes are given back.

        Returns
        -------
        self : LevelEncoder
            The fitted encoder.

        Raises
        ------
        ValueError
            If values are not whole numbers from 0 to 255, or the shape does not fit.
        TypeError
            If `image_shape` does not hold whole numbers.
        """
        shape = self.image_shape
        self._learn_shape(_default_shape(X.shape[1]) if shape is None else shape)
        self._check_width(X)
        self._learn_container(X, frame)
        self.levels_ = MAX_LEVELS if self.levels == "auto" else int(self.levels)
        largest = int(self._check(X).max())
        if self.levels == "auto":
            self.levels_ = max(largest + 1, 2)
        return self

    def transform(self, X):
        """Encode rows.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Rows of finite numbers.

        Returns
        -------
        images : ndarray of shape (n_samples, channels, height, width), dtype uint8
            Levels.

        Raises
        ------
        ValueError
            If values are not whole numbers from 0 to ``levels_ - 1``.
        """
        images = self._to_images(self._check(X))
        return np.ascontiguousarray(images, dtype=np.uint8)

    def inverse_transform(self, images):
        """Decode images of levels.

        Parameters
        ----------
        images : ndarray of shape (n_samples, channels, height, width)
            Levels.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Flat rows in the container and the dtypes that `fit` saw.
        """
        return self._in_container(self._to_rows(images).astype(self.dtype_))

    def _check(self, X):
        """Refuse what is not a level; give the rows."""
        low, high = X.min(initial=0), X.max(initial=0)
        if X.dtype.kind == "f" and not (np.floor(X) == X).all():
            wrong = X[np.floor(X) != X][0]
            raise ValueError(
                f"X must hold whole numbers from 0 to {self.levels_ - 1}, got {wrong}; "
                f"{to_levels(X, self.levels_)}."
            )
        if low < 0:
            raise ValueError(
                "Negative values in data passed to X: it must hold levels from 0 to "
                f"{self.levels_ - 1}, got {low}; subtract the smallest value first."
            )
        if high >= self.levels_:
            more = (
                f"pass levels={int(high) + 1} to fit or " if high < MAX_LEVELS else ""
            )
            raise ValueError(
                f"X must hold levels from 0 to {self.levels_ - 1}, got {high}; "
                f"{more}clip or bin the values."
            )
        return X


def to_levels(X, levels=MAX_LEVELS):
    """Say how numbers that are not whole become levels."""
    low, high = X.min(), X.max()
    if -1 <= low and high <= 1:
        # np.rint alone would make a picture in black and white of them.
        scaled = f"{levels - 1} * X" if low >= 0 else f"{(levels - 1) / 2:g} * (X + 1)"
        return (
            f"for pixels scaled to [{0 if low >= 0 else -1}, 1] pass np.rint({scaled})"
        )
    return 'round or bin them, with np.rint or KBinsDiscretizer(encode="ordinal")'


def _default_shape(n_pixels):
    """Return a square, or a single row of pixels."""
    side = math.isqrt(n_pixels)
    return (side, side) if side * side == n_pixels else (1, n_pixels)

"""Flat rows of pixels: their shape as images, and the container they came in."""

import math
from numbers import Integral

import numpy as np
import pandas as pd
from pandas.api import types

from ._columns import PlainState, check_lengths


class PixelEncoder(PlainState):
    """What encoders of images know of the rows; they have an `image_shape`.

    Of volumes, whose ``n_axes`` is 3, that is a ``volume_shape``.
    """

    n_axes = 2

    def _learn_shape(self, image_shape):
        read = read_image_shape if self.n_axes == 2 else read_volume_shape
        *sides, channels = read(image_shape)
        self.net_shape_ = (channels, *sides)

    def _learn_container(self, rows, frame):
        """Note the dtype of the rows; names and dtypes of the frame around them."""
        self.dtype_ = rows.dtype.str
        self.names_ = self.dtypes_ = None
        if frame is not None:
            self.names_ = frame.columns.tolist()
            self.dtypes_ = [str(dtype) for dtype in frame.dtypes]
        self.n_features_in_ = rows.shape[1]

    def _check_width(self, rows):
        n_pixels = math.prod(self.net_shape_)
        if rows.shape[1] != n_pixels:
            name, what = "image_shape", "pixels"
            if self.n_axes == 3:
                name, what = "volume_shape", "voxels"
            raise ValueError(
                f"{name}={self.image_shape!r} needs rows of {n_pixels} {what}, got "
                f"rows of {rows.shape[1]}; pass the {name} of these rows."
            )

    def _to_images(self, rows):
        """Turn rows in C order, the channel last, to images, the channel first."""
        channels, *sides = self.net_shape_
        return np.moveaxis(rows.reshape(-1, *sides, channels), -1, 1)

    def _to_rows(self, images):
        return np.moveaxis(images, 1, -1).reshape(len(images), -1)

    def _in_container(self, rows):
        """Give rows as a DataFrame with the dtypes that `fit` saw, if it saw one."""
        if self.names_ is None:
            return rows
        if len(set(self.dtypes_)) == 1:
            return pd.DataFrame(rows, columns=self.names_).astype(self.dtypes_[0])
        columns = {}
        for j, dtype in enumerate(map(types.pandas_dtype, self.dtypes_)):
            column = pd.Series(rows[:, j])
            if column.dtype.kind == "f" and dtype.kind in "biu":
                column = column.round()
            columns[j] = column.astype(dtype)
        return pd.DataFrame(columns).set_axis(self.names_, axis=1)


# Channels of the images that people have: grey, with alpha, colour, with alpha.
_MOST_CHANNELS = 4


def read_image_shape(image_shape):
    """Return (height, width, channels).

    Parameters
    ----------
    image_shape : tuple, list or ndarray of int
        What the user gave.

    Returns
    -------
    height, width, channels : int
        In pixels.

    Raises
    ------
    TypeError
        If it does not hold whole numbers.
    ValueError
        If they are not two or three of at least 1, or have the channels first.
    """
    message = (
        "image_shape must be (height, width) or (height, width, channels), whole "
        f"numbers of at least 1, got {image_shape!r}."
    )
    shape = read_sides(image_shape, (2, 3), message)
    if _has_channels_first(shape):
        c, h, w = shape
        rows = f"X.reshape(-1, {c}, {h}, {w}).transpose"
        raise ValueError(
            "image_shape must be (height, width, channels), the channels last, got "
            f"{shape}, which looks like (channels, height, width). Pass image_shape="
            f"({h}, {w}, {c}) and {rows}(0, 2, 3, 1).reshape(len(X), -1); images that "
            f"do have {w} channels and {c} rows of pixels take image_shape="
            f"({h}, {c}, {w}) and {rows}(0, 2, 1, 3).reshape(len(X), -1)."
        )
    height, width, channels = (*shape, 1)[:3]
    return height, width, channels


def read_volume_shape(volume_shape):
    """Return (depth, height, width, channels).

    Parameters
    ----------
    volume_shape : tuple, list or ndarray of int
        What the user gave.

    Returns
    -------
    depth, height, width, channels : int
        In voxels.

    Raises
    ------
    TypeError
        If it does not hold whole numbers.
    ValueError
        If they are not three or four of at least 1.
    """
    message = (
        "volume_shape must be (depth, height, width) or (depth, height, width, "
        f"channels), whole numbers of at least 1, got {volume_shape!r}."
    )
    shape = read_sides(volume_shape, (3, 4), message)
    depth, height, width, channels = (*shape, 1)[:4]
    return depth, height, width, channels


def read_sides(shape, lengths, message):
    """Give a shape as a tuple of int.

    Parameters
    ----------
    shape : tuple, list or ndarray of int
        What the user gave.
    lengths : tuple of int
        How many numbers there may be.
    message : str
        What errors say.

    Returns
    -------
    sides : tuple of int
        Numbers of at least 1.

    Raises
    ------
    TypeError
        If it does not hold whole numbers.
    ValueError
        If there are more or fewer, or one is below 1.
    """
    shape = shape.tolist() if isinstance(shape, np.ndarray) else shape
    if not isinstance(shape, (tuple, list)) or not all(
        isinstance(n, Integral) and not isinstance(n, bool) for n in shape
    ):
        raise TypeError(message)
    if len(shape) not in lengths or min(shape) < 1:
        raise ValueError(message)
    return tuple(map(int, shape))


def _has_channels_first(shape):
    return len(shape) == 3 and shape[0] <= _MOST_CHANNELS < min(shape[1:])


def check_flat(X, image_shape=None, *, takes_images=True):
    """Refuse images that are not flat rows, and say how they become such.

    Parameters
    ----------
    X : object
        What the user gave for rows.
    image_shape : tuple, default=None
        The shape of an image, where it is known.
    takes_images : bool, default=True
        Whether there is a parameter `image_shape` to speak of.

    Raises
    ------
    ValueError
        If `X` has more than two dimensions, or holds an array in each entry.
    """
    _check_entries(X)
    shape = tuple(getattr(X, "shape", ()))
    if isinstance(X, list | tuple) and len(X):
        # Images in a list; rows of different lengths are for others to refuse.
        shape = (len(X), *np.shape(X[0]))
    if len(shape) < 3:
        return
    name = "X" if isinstance(X, np.ndarray) else "np.asarray(X)"
    remedy, image = f"{name}.reshape(len(X), -1)", shape[1:]
    if image_shape is not None and shape == tuple(image_shape):
        remedy, image = f"{name}.reshape(1, -1)", shape
    elif _has_channels_first(image):
        remedy = f"{name}.transpose(0, 2, 3, 1).reshape(len(X), -1)"
        image = (*image[1:], image[0])
    if takes_images and len(image) < 4:
        remedy += f" with image_shape={image}"
    raise ValueError(
        f"X must hold one flat row per sample, got an array of shape {shape}; pass "
        f"{remedy}."
    )


def _check_entries(X):
    """Refuse a column whose entries are images."""
    column, values = "X", X
    if isinstance(X, pd.DataFrame) and X.shape[1] == 1:
        column, values = f"X[{X.columns[0]!r}]", X.iloc[:, 0]
    if not isinstance(values, np.ndarray | pd.Series) or values.dtype != object:
        return
    values = np.asarray(values)
    check_lengths(values, "X")
    if values.ndim == 1 and len(values) and isinstance(values[0], np.ndarray):
        raise ValueError(
            "X must hold one flat row per sample, got a column whose entries are "
            f"arrays of shape {values[0].shape}; pass np.stack({column}).reshape("
            "len(X), -1)."
        )

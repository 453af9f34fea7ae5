"""Flat rows of pixels: their shape as images, and the container they came in."""

import math
from numbers import Integral

import pandas as pd
from pandas.api import types

from ._columns import PlainState


class PixelEncoder(PlainState):
    """What encoders of images know of the rows; they have an `image_shape`."""

    def _learn_shape(self, image_shape):
        height, width, channels = read_image_shape(image_shape)
        self.net_shape_ = (channels, height, width)

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
            raise ValueError(
                f"image_shape={self.image_shape!r} needs rows of {n_pixels} pixels, "
                f"got rows of {rows.shape[1]}; pass the image_shape of these rows."
            )

    def _to_images(self, rows):
        """Turn rows in C order, the channel last, to images, the channel first."""
        channels, height, width = self.net_shape_
        return rows.reshape(-1, height, width, channels).transpose(0, 3, 1, 2)

    def _to_rows(self, images):
        return images.transpose(0, 2, 3, 1).reshape(len(images), -1)

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

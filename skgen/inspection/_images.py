"""Image rows as one picture: shapes read, values scaled, images put side by side."""

import math

import numpy as np

from ..encoding._pixels import read_image_shape

GREY, COLOUR, WITH_ALPHA = 1, 3, 4
# Behind the strokes that mark a pixel without a value.
_MISSING = (1.0, 0.85, 0.6)


def read_images(X, image_shape=None):
    """Return images as an array, missing pixels as NaN.

    Parameters
    ----------
    X : array-like of shape (n_images, n_pixels), (n_images, height, width) or \
            (n_images, height, width, channels)
        Flat rows in C order, or images.
    image_shape : tuple, default=None
        ``(height, width)`` or ``(height, width, channels)``; None takes the shape of
        images, and squares for rows.

    Returns
    -------
    images : ndarray of shape (n_images, height, width, channels), float or bool
        Images.

    Raises
    ------
    TypeError
        If `X` does not hold numbers, or `image_shape` is no tuple of whole numbers.
    ValueError
        If `X` has no images, or its rows do not fill `image_shape`.
    """
    X = np.asarray(X)
    if X.dtype.kind not in "biuf":
        raise TypeError(
            f"images must hold numbers, got dtype {X.dtype}; convert them, with "
            "X.astype(float) for instance."
        )
    if X.ndim not in (2, 3, 4) or not X.size:
        raise ValueError(
            "images must be rows of shape (n_images, n_pixels), or of shape (n_images, "
            f"height, width) or (n_images, height, width, channels), got {X.shape}; "
            "make one image a row with x.reshape(1, -1)."
        )
    n_pixels = math.prod(X.shape[1:])
    if image_shape is None:
        image_shape = X.shape[1:] if X.ndim > 2 else _square(n_pixels)
    height, width, channels = read_image_shape(image_shape)
    if height * width * channels != n_pixels:
        raise ValueError(
            f"image_shape={image_shape!r} needs rows of {height * width * channels} "
            f"pixels, got rows of {n_pixels}; pass the image_shape of these rows."
        )
    if channels not in (GREY, COLOUR, WITH_ALPHA):
        raise ValueError(
            "image_shape must have 1 channel (grey), 3 (colour) or 4 (colour and "
            f"alpha), got {channels}; draw the channels one by one."
        )
    return X.reshape(len(X), height, width, channels)


def shape_of(estimator):
    """Return the image shape that an estimator or a part of it knows, or None."""
    parts = [part for _, part in getattr(estimator, "steps", [])][::-1]
    names = ("image_shape_", "image_shape")
    shapes = (getattr(x, name, None) for x in [estimator, *parts] for name in names)
    return next((tuple(shape) for shape in shapes if shape is not None), None)


def _value_range(images, vmin=None, vmax=None):
    """Return the values of black and white: those given, else the extremes.

    Parameters
    ----------
    images : list of ndarray
        Images that are scaled together.
    vmin, vmax : float, default=None
        Given values.

    Returns
    -------
    low, high : float
        Values of black and white; of masks alone always 0 and 1.

    Raises
    ------
    ValueError
        If `vmin` is above `vmax`.
    """
    numbers = [part for part in images if part.dtype.kind != "b"]
    if not numbers:
        return 0.0, 1.0
    if vmin is not None and vmax is not None and vmin > vmax:
        raise ValueError(f"vmin must be at most vmax, got {vmin} and {vmax}.")
    finite = np.concatenate([part[np.isfinite(part)] for part in numbers])
    low, high = (
        (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    )
    return low if vmin is None else vmin, high if vmax is None else vmax


def to_rgba(images, cmap, vmin=None, vmax=None, scaled_with=None):
    """Colour images; a missing pixel is pale.

    Parameters
    ----------
    images : ndarray of shape (..., channels)
        Images.
    cmap : matplotlib Colormap
        Colours of grey images.
    vmin, vmax : float, default=None
        Values of black and white; by default the extremes.
    scaled_with : list of ndarray, default=None
        Images that give the extremes; by default these.

    Returns
    -------
    rgba : ndarray of shape (..., 4)
        Colours in [0, 1].
    """
    low, high = _value_range(scaled_with or [images], vmin, vmax)
    images = images.astype(np.float64)
    missing = ~np.isfinite(images).all(axis=-1)
    # Constant images are mid-grey: neither end is theirs.
    scaled = (images - low) / (high - low) if high > low else images * 0 + 0.5
    scaled = np.nan_to_num(scaled, posinf=1.0, neginf=0.0).clip(0, 1)
    if images.shape[-1] == GREY:
        rgba = np.array(cmap(scaled[..., 0]))
    else:
        rgba = np.ones((*images.shape[:-1], 4))
        rgba[..., : images.shape[-1]] = scaled
    rgba[missing] = (*_MISSING, 1.0)
    return rgba


def _square(n_pixels):
    side = math.isqrt(n_pixels)
    if side * side != n_pixels:
        raise ValueError(
            "image_shape must be given for rows that are no square grey images, got "
            f"rows of {n_pixels} pixels; pass (height, width) or with channels."
        )
    return side, side

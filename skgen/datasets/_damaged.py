"""Images with rain or with a patch that does not belong, and the clean ones."""

import numpy as np
from sklearn.utils import Bunch, check_array

from skgen.encoding.random_state import own_generator

KINDS = ("rain", "patch")
_STREAKS = 0.03  # streaks for each pixel
_LENGTH = 0.25  # of a streak, over the height of an image
_BRIGHT = 0.5, 0.9  # of a streak, over the range of the pixels
_SIDE = 0.3, 0.6  # of a patch, over those of an image
_GAIN, _OFFSET = (0.4, 0.8), (0.1, 0.3)  # of the contrast and the brightness of a patch


def make_damaged(X, kind="rain", *, image_shape, random_state=None):
    """Damage images in a known way: pairs for a translator that mends them.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_pixels)
        Clean images, flat, in C order.
    kind : {"rain", "patch"}, default="rain"
        Bright slanted streaks, or a rectangle with less contrast and another
        brightness, as if pasted from a picture in another light.
    image_shape : tuple
        ``(height, width)`` or ``(height, width, channels)``.
    random_state : int, RandomState instance or None, default=None
        Seed of the damage.

    Returns
    -------
    data : Bunch
        With the attributes

        data : ndarray of shape (n_samples, n_pixels)
            Damaged images, within the range of `X`.
        target : ndarray of shape (n_samples, n_pixels)
            The clean images.
        damaged : ndarray of bool, shape (n_samples, n_pixels)
            Which pixels are damaged.

    Raises
    ------
    ValueError
        If `kind` is unknown or rows do not fill `image_shape`.

    References
    ----------
    H. Zhang, V. Sindagi, V. Patel, "Image de-raining using a conditional generative
    adversarial network", IEEE TCSVT 2019. H. Wu, S. Zheng, J. Zhang, K. Huang, "GP-GAN:
    towards realistic high-resolution image blending", ACM Multimedia 2019.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skgen.datasets import make_damaged
    >>> X, _ = load_digits(return_X_y=True)
    >>> rain = make_damaged(X, "rain", image_shape=(8, 8), random_state=0)
    >>> bool((rain.data[~rain.damaged] == rain.target[~rain.damaged]).all())
    True
    """
    X = check_array(X, dtype=[np.float64, np.float32], input_name="X")
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {list(KINDS)}, got {kind!r}.")
    if len(image_shape) not in (2, 3) or np.prod(image_shape) != X.shape[1]:
        raise ValueError(
            "image_shape must be (height, width) or (height, width, channels) of rows "
            f"of {X.shape[1]} pixels, got {image_shape!r}."
        )
    shape = tuple(int(n) for n in image_shape)
    rng = own_generator(random_state)
    images = X.reshape(len(X), *shape[:2], -1)
    low, high = X.min(), X.max()
    damage = _rain if kind == "rain" else _patch
    found, places = damage(images, low, high, rng)
    places = np.broadcast_to(places[..., None], images.shape)
    found = np.where(places, found, images)
    return Bunch(data=found.reshape(X.shape), target=X, damaged=places.reshape(X.shape))


def _rain(images, low, high, rng):
    """Draw bright streaks, all of an image with one slant."""
    n, height, width, _ = images.shape
    light = np.zeros((n, height, width))
    n_streaks = max(1, round(_STREAKS * height * width))
    length = max(2, round(_LENGTH * height))
    slant = rng.uniform(-0.5, 0.5, size=(n, 1))
    top = rng.randint(0, height, size=(n, n_streaks))
    left = rng.randint(0, width, size=(n, n_streaks))
    bright = rng.uniform(*_BRIGHT, size=(n, n_streaks))
    rows = np.arange(n)[:, None]
    for step in range(length):
        down = top + step
        across = np.rint(left + slant * step).astype(int)
        inside = (down < height) & (across >= 0) & (across < width)
        where = (
            np.broadcast_to(rows, inside.shape)[inside],
            down[inside],
            across[inside],
        )
        np.maximum.at(light, where, bright[inside])
    share = light[..., None]
    return images + share * (high - images), light > 0


def _patch(images, low, high, rng):
    """Give a rectangle another brightness."""
    n, height, width, _ = images.shape
    inside = np.ones((n, height, width), dtype=bool)
    for axis, side in ((1, height), (2, width)):
        size = np.maximum(1, np.rint(side * rng.uniform(*_SIDE, size=n))).astype(int)
        first = (rng.random_sample(n) * (side - size + 1)).astype(int)
        place = np.arange(side)
        own = (place >= first[:, None]) & (place < (first + size)[:, None])
        inside &= np.expand_dims(own, 3 - axis)
    gain = rng.uniform(*_GAIN, size=(n, 1, 1, 1))
    offset = rng.uniform(*_OFFSET, size=(n, 1, 1, 1)) * (high - low)
    return (low + gain * (images - low) + offset).clip(low, high), inside

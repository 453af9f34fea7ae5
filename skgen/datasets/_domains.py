"""Two domains of images with a known map between them."""

import numpy as np
from scipy import ndimage
from sklearn.utils import Bunch, check_array

from skgen.encoding.random_state import own_generator

KINDS = ("inverted", "turned", "coloured", "thick")


def make_domains(X, kind="inverted", *, image_shape, random_state=None):
    """Make a second domain of images by a known map, with other images on each side.

    Half of the images stay as they are, the other half is changed: no image is in both
    domains, so that translators have no pairs, and the map says what a translation
    should have been.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_pixels)
        Grey images, flat, in C order.
    kind : {"inverted", "turned", "coloured", "thick"}, default="inverted"
        Map: brightness turned round within its range; by a right angle; strokes that
        become the darker the more they are blue (images of three channels); strokes
        widened by a pixel.
    image_shape : tuple (height, width)
        Shape of an image.
    random_state : int, RandomState instance or None, default=None
        Seed of who is in which domain.

    Returns
    -------
    data : Bunch
        With the attributes

        data : ndarray of shape (n_samples, n_features)
            Rows of both domains, in random order; grey images have three equal channels
            where the others are coloured.
        target : ndarray of shape (n_samples,)
            ``"original"`` or the `kind`.
        truth : ndarray of shape (n_samples, n_features)
            What each row is in the other domain.
        index : ndarray of shape (n_samples,)
            Place of each row in `X`.
        image_shape : tuple
            Shape of the rows.

    Raises
    ------
    ValueError
        If `kind` is unknown, shapes do not fit, or images are turned whose sides
        differ.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skgen.datasets import make_domains
    >>> X, _ = load_digits(return_X_y=True)
    >>> domains = make_domains(X, "inverted", image_shape=(8, 8), random_state=0)
    >>> bool((domains.data + domains.truth == 16).all())
    True
    """
    X = check_array(X, dtype=[np.float64, np.float32], input_name="X")
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {list(KINDS)}, got {kind!r}.")
    if len(image_shape) != 2 or np.prod(image_shape) != X.shape[1]:
        raise ValueError(
            f"image_shape must be (height, width) of rows of {X.shape[1]} pixels, got "
            f"{image_shape!r}."
        )
    height, width = (int(n) for n in image_shape)
    if kind == "turned" and height != width:
        raise ValueError(
            f"only images with equal sides can be turned, got {image_shape!r}."
        )
    rng = own_generator(random_state)
    images = X.reshape(-1, height, width)
    low, high = X.min(), X.max()
    if kind == "inverted":
        changed = low + high - images
    elif kind == "turned":
        changed = np.rot90(images, axes=(1, 2))
    elif kind == "thick":
        changed = ndimage.grey_dilation(images, size=(1, 2, 2))
    else:
        images = np.repeat(images[..., None], 3, axis=3)
        shade = (images[..., 0] - low) / ((high - low) or 1.0)
        changed = low + (high - low) * np.stack([shade**2, shade / 2, shade], axis=3)
    rows, other = images.reshape(len(X), -1), changed.reshape(len(X), -1)
    index = rng.permutation(len(X))
    is_changed = (np.arange(len(X)) % 2 == 1)[:, None]
    return Bunch(
        data=np.where(is_changed, other[index], rows[index]),
        target=np.where(is_changed[:, 0], kind, "original"),
        truth=np.where(is_changed, rows[index], other[index]),
        index=index,
        image_shape=images.shape[1:],
    )

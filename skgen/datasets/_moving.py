"""Films of digits that move and bounce."""

import numpy as np
from sklearn.datasets import load_digits

from skgen.encoding.checks import check_count
from skgen.encoding.random_state import own_generator

_DIGIT = 8  # pixels along an edge of scikit-learn's digits


def make_moving_digits(
    n_samples=400, *, n_frames=6, side=16, n_digits=1, random_state=None
):
    """Make films of handwritten digits that move straight on and bounce at the walls.

    The digits are those of :func:`sklearn.datasets.load_digits`. Each has a place and a
    velocity of its own, of half a pixel to two pixels a frame, drawn uniformly; where
    digits overlap the lighter pixel counts.

    Parameters
    ----------
    n_samples : int, default=400
        Number of films.
    n_frames : int, default=6
        Frames of a film, at least 2.
    side : int, default=16
        Pixels along each edge of a frame, at least 10.
    n_digits : int, default=1
        Digits in a film.
    random_state : int, RandomState instance or None, default=None
        Seed of digits, places and velocities.

    Returns
    -------
    X : ndarray of shape (n_samples, n_frames * side ** 2), dtype float32
        Flat rows in C order, values from 0 to 1: ``volume_shape=(n_frames, side,
        side)``.
    y : ndarray of int, shape (n_samples, n_digits)
        The digits.

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    .. [1] N. Srivastava, E. Mansimov, R. Salakhutdinov, "Unsupervised learning of video
           representations using LSTMs", ICML 2015, section 3.1 (larger digits).

    Examples
    --------
    >>> from skgen.datasets import make_moving_digits
    >>> X, y = make_moving_digits(10, random_state=0)
    >>> X.shape, y.shape
    ((10, 1536), (10, 1))
    """
    ranges = {"n_samples": 1, "n_frames": 2, "side": _DIGIT + 2, "n_digits": 1}
    given = (n_samples, n_frames, side, n_digits)
    for (name, least), value in zip(ranges.items(), given, strict=True):
        check_count(name, value, least)
    rng = own_generator(random_state)
    images, labels = load_digits(return_X_y=True)
    images = images.reshape(-1, _DIGIT, _DIGIT).astype(np.float32) / 16
    chosen = rng.randint(len(images), size=(n_samples, n_digits))
    room = side - _DIGIT
    start = rng.uniform(0, room, size=(n_samples, n_digits, 2))
    speed = rng.uniform(0.5, 2, size=(n_samples, n_digits))
    angle = rng.uniform(0, 2 * np.pi, size=(n_samples, n_digits))
    step = speed[..., None] * np.stack([np.sin(angle), np.cos(angle)], axis=-1)
    frames = np.arange(n_frames)[:, None]
    X = np.zeros((n_samples, n_frames, side, side), dtype=np.float32)
    for film, own, begin, move in zip(X, chosen, start, step, strict=True):
        for image, a, b in zip(images[own], begin, move, strict=True):
            # A wall mirrors the way.
            way = room - np.abs((a + frames * b) % (2 * room) - room)
            for frame, (i, j) in zip(film, np.rint(way).astype(int), strict=True):
                window = frame[i : i + _DIGIT, j : j + _DIGIT]
                np.maximum(window, image, out=window)
    return X.reshape(n_samples, -1), labels[chosen]

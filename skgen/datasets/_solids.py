"""Solids as voxels: balls, tori, tables and chairs."""

import numpy as np

from skgen.encoding.checks import check_count
from skgen.encoding.random_state import own_generator

KINDS = ("ball", "chair", "table", "torus")
_SMALLEST = 12


def make_solids(n_samples=400, *, side=16, kinds=KINDS, random_state=None):
    """Make solids of several kinds as voxels.

    Each is in one piece, has a size and proportions of its own and stands somewhere in
    its cube; chairs look to one of four sides.

    Parameters
    ----------
    n_samples : int, default=400
        Number of solids.
    side : int, default=16
        Voxels along each edge of the cube, at least 12.
    kinds : sequence of str, default=("ball", "chair", "table", "torus")
        Kinds to choose from, each as probable.
    random_state : int, RandomState instance or None, default=None
        Seed of the solids.

    Returns
    -------
    X : ndarray of shape (n_samples, side ** 3), dtype uint8
        Flat rows in C order, 1 inside: ``volume_shape=(side, side, side)``; the first
        axis is the height, 0 at the top.
    y : ndarray of str, shape (n_samples,)
        Kinds.

    Raises
    ------
    ValueError
        If a number is out of its range, or a kind unknown.

    Examples
    --------
    >>> from skgen.datasets import make_solids
    >>> X, y = make_solids(10, random_state=0)
    >>> X.shape, X.dtype
    ((10, 4096), dtype('uint8'))
    """
    for name, value, least in (("n_samples", n_samples, 1), ("side", side, _SMALLEST)):
        check_count(name, value, least)
    kinds = tuple(kinds)
    if not kinds or not set(kinds) <= set(KINDS):
        raise ValueError(f"kinds must be some of {KINDS}, got {kinds!r}.")
    rng = own_generator(random_state)
    y = np.array(kinds)[rng.randint(len(kinds), size=n_samples)]
    X = np.zeros((n_samples, side, side, side), dtype=np.uint8)
    for volume, kind in zip(X, y, strict=True):
        volume[_MAKERS[kind](side, rng)] = 1
    return X.reshape(n_samples, -1), y


def _grid(side, rng, room):
    """Coordinates around a center with so much room on each side."""
    low, high = room, side - 1 - room
    center = rng.uniform(low, max(low, high), 3)
    return [g - c for g, c in zip(np.mgrid[:side, :side, :side], center, strict=True)]


def _ball(side, rng):
    radius = rng.uniform(0.2, 0.4) * side
    z, y, x = _grid(side, rng, radius)
    return z**2 + y**2 + x**2 <= radius**2


def _torus(side, rng):
    tube = rng.uniform(0.09, 0.14) * side
    ring = rng.uniform(0.2, 0.44 - tube / side) * side
    axes = _grid(side, rng, ring + tube)
    axis = rng.randint(3)
    across = axes.pop(axis)
    flat = np.hypot(*axes) - ring
    return flat**2 + across**2 <= tube**2


def _table(side, rng):
    return _furniture(side, rng, has_back=False)


def _chair(side, rng):
    volume = _furniture(side, rng, has_back=True)
    return np.rot90(volume, rng.randint(4), axes=(1, 2))


def _furniture(side, rng, has_back):
    """Make a plate on four legs, with a back or without."""
    volume = np.zeros((side, side, side), dtype=bool)
    low, high = (0.4, 0.6) if has_back else (0.6, 0.95)
    deep, wide = (int(round(rng.uniform(low, high) * side)) for _ in range(2))
    legs = int(round(rng.uniform(0.3, 0.42) * side))
    back = int(round(rng.uniform(0.3, 0.42) * side)) if has_back else 0
    plate = rng.randint(1, 3)
    i, j = (rng.randint(side - n + 1) for n in (deep, wide))
    bottom = side - rng.randint(side - legs - back - plate + 1)
    top = bottom - legs
    thick = rng.randint(1, 3)
    for a in (i, i + deep - thick):
        for b in (j, j + wide - thick):
            volume[top:bottom, a : a + thick, b : b + thick] = True
    volume[top - plate : top, i : i + deep, j : j + wide] = True
    if has_back:
        volume[top - plate - back : top, i : i + thick, j : j + wide] = True
    return volume


_MAKERS = {"ball": _ball, "chair": _chair, "table": _table, "torus": _torus}

"""Maps between domains in closed form, which networks begin at."""

import numpy as np
import torch
from sklearn.covariance import LedoitWolf

from ..losses._energy import energy_distance

_MOST_NUMBERS = 300  # columns whose covariances are looked at
_MOST_ROWS = 400  # of a domain, in the distances that choose
_CLEAR = 0.9  # of the distance, for another start than images as they are


def transports(rows, blocks):
    """Optimal transports of Gaussians, of the numbers of each pair of domains.

    Parameters
    ----------
    rows : list of ndarray of shape (n_rows, n_columns)
        Encoded rows of each domain.
    blocks : list of tuple (int, int)
        First column and width of each category; these stay as they are.

    Returns
    -------
    start : dict of ndarray
        ``maps`` of shape (n_domains, n_domains, n_columns, n_columns) and ``shifts``.
    """
    n, n_columns = len(rows), rows[0].shape[1]
    is_number = np.ones(n_columns, dtype=bool)
    for first, width in blocks:
        is_number[first : first + width] = False
    numbers = np.flatnonzero(is_number)
    maps = np.tile(np.eye(n_columns), (n, n, 1, 1))
    shifts = np.zeros((n, n, n_columns))
    rows = [x[:, numbers].astype(np.float64) for x in rows]
    means = [x.mean(axis=0) for x in rows]
    joint = 0 < len(numbers) <= _MOST_NUMBERS
    spreads = [_covariance(x) if joint else x.std(axis=0) for x in rows]
    for s, t in _directions(n):
        if joint:
            own = transport(spreads[s], spreads[t])
        else:
            least = 1e-3 * (spreads[s] + spreads[t]) + 1e-9
            own = np.diag((spreads[t] + least) / (spreads[s] + least))
        maps[s, t][np.ix_(numbers, numbers)] = own
        shifts[s, t, numbers] = means[t] - own @ means[s]
    return {"maps": maps, "shifts": shifts}


def transport(own, other):
    """Optimal transport of centred Gaussians, by their covariances.

    Parameters
    ----------
    own, other : ndarray of shape (n, n)
        Covariances.

    Returns
    -------
    map : ndarray of shape (n, n)
        Symmetric; it brings the one covariance to the other.
    """
    values, vectors = np.linalg.eigh(own)
    values = values.clip(1e-9)
    root = (vectors * np.sqrt(values)) @ vectors.T
    inverse = (vectors / np.sqrt(values)) @ vectors.T
    middle = root @ other @ root
    values, vectors = np.linalg.eigh(0.5 * (middle + middle.T))
    middle = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    return inverse @ middle @ inverse


def level_starts(rows):
    """Brightness of images, of each pair of domains.

    Parameters
    ----------
    rows : list of ndarray of shape (n_rows, n_channels, height, width)
        Encoded images of each domain.

    Returns
    -------
    start : dict of ndarray
        ``scales`` and ``shifts`` of shape (n_domains, n_domains, n_channels, 1, 1).
    """
    n, n_channels = len(rows), rows[0].shape[1]
    scales = np.ones((n, n, n_channels, 1, 1))
    shifts = np.zeros(scales.shape)
    some = [x[:_MOST_ROWS].astype(np.float64) for x in rows]
    moments = [(x.mean(axis=(0, 2, 3)), x.std(axis=(0, 2, 3)) + 1e-3) for x in some]
    for s, t in _directions(n):
        (mean, spread), (other, wide) = moments[s], moments[t]
        best = _CLEAR * _distance(some[s], some[t])
        for sign in (1.0, -1.0):
            scale = sign * wide / spread
            shift = other - scale * mean
            moved = some[s] * scale[:, None, None] + shift[:, None, None]
            found = _distance(moved.clip(-1, 1), some[t])
            if found < best:
                best = found
                scales[s, t, :, 0, 0], shifts[s, t, :, 0, 0] = scale, shift
    return {"scales": scales, "shifts": shifts}


def _distance(x, y):
    """Energy distance of images."""
    return float(energy_distance(torch.as_tensor(x), torch.as_tensor(y)))


def _directions(n):
    return [(s, t) for s in range(n) for t in range(n) if s != t]


def _covariance(x):
    """Covariance of rows, shrunk where they are few; with something of each column."""
    found = LedoitWolf().fit(x).covariance_
    return found + 1e-6 * (1 + np.diag(found).mean()) * np.eye(x.shape[1])

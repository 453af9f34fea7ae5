"""Rows on the lines between points."""

import numpy as np


def straight_lines(a, b, n_steps):
    """Points on the straight lines between rows, line after line.

    Parameters
    ----------
    a, b : ndarray of shape (n_lines, n_dimensions)
        Where the lines start and end.
    n_steps : int
        Points of each line, both ends included.

    Returns
    -------
    points : ndarray of shape (n_lines * n_steps, n_dimensions)
        Points.
    """
    share = np.linspace(0, 1, n_steps)[None, :, None]
    lines = (1 - share) * a[:, None] + share * b[:, None]
    return lines.reshape(-1, lines.shape[-1])


def great_circles(a, b, n_steps):
    """Points on the great circles between rows (Shoemake, 1985); see `straight_lines`.

    Their distances from the origin go from that of `a` to that of `b`.
    """
    share = np.linspace(0, 1, n_steps)[None, :, None]
    sizes = [np.linalg.norm(z, axis=1)[:, None, None] for z in (a, b)]
    a, b = (
        z[:, None] / np.maximum(size, 1e-12)
        for z, size in zip((a, b), sizes, strict=True)
    )
    angle = np.arccos((a * b).sum(axis=-1, keepdims=True).clip(-1, 1))
    angle = np.maximum(angle, 1e-9)
    lines = np.sin((1 - share) * angle) * a + np.sin(share * angle) * b
    lines = lines / np.sin(angle) * ((1 - share) * sizes[0] + share * sizes[1])
    return lines.reshape(-1, lines.shape[-1])

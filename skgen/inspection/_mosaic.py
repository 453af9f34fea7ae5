"""Images put side by side in one picture, with outlines and missing pixels."""

import math

import numpy as np


def mosaic(blocks, images, n_columns):
    """Put images side by side.

    Returns
    -------
    canvas : ndarray of shape (height, width, 4)
        The picture; transparent between the images.
    corners : list of (int, int)
        Top and left end of each image.
    missing : ndarray of shape (height, width), dtype bool
        Where a pixel of an image is missing.
    """
    n_images, height, width, _ = blocks[0].shape
    n_lines = math.ceil(n_images / n_columns)
    gap = max(1, round(0.07 * max(height, width)))
    # Lines of several sets stand apart from each other.
    line_gap = gap if len(blocks) == 1 else 3 * gap
    step = len(blocks) * (height + gap) - gap + line_gap
    canvas = np.zeros((n_lines * step - line_gap, n_columns * (width + gap) - gap, 4))
    missing = np.zeros(canvas.shape[:2], dtype=bool)
    corners = []
    for line in range(n_lines):
        first = line * n_columns
        for b, (block, values) in enumerate(zip(blocks, images, strict=True)):
            top = line * step + b * (height + gap)
            for k in range(first, min(first + n_columns, n_images)):
                left = (k - first) * (width + gap)
                place = slice(top, top + height), slice(left, left + width)
                canvas[place] = block[k]
                missing[place] = ~np.isfinite(values[k]).all(axis=-1)
                corners.append((top, left))
    return canvas, corners, missing


def frames(corners, height, width):
    """Return the outlines of images."""
    start = np.array(corners)[:, None, ::-1] - 0.5
    box = np.array([(0, 0), (width, 0), (width, height), (0, height), (0, 0)])
    return start + box


def draw_lines(ax, lines, color):
    from matplotlib.collections import LineCollection

    if len(lines):
        drawn = LineCollection(lines, colors=color, linewidths=0.5, clip_on=False)
        ax.add_collection(drawn, autolim=False)


def missing_strokes(canvas):
    """Return a diagonal stroke for each missing pixel of a canvas, in its pixels."""
    rows, columns = np.nonzero(canvas)
    start = np.column_stack([columns - 0.5, rows + 0.5])
    return np.stack([start, start + [1.0, -1.0]], axis=1)

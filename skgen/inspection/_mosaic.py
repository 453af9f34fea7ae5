"""Images put side by side in one picture, with outlines and missing pixels."""

import numpy as np


def mosaic(images, n_columns):
    """Put images side by side.

    Parameters
    ----------
    images : ndarray of shape (n_images, n_sets, height, width, channels)
        Images of several sets, which are put below one another.
    n_columns : int
        Images in a row.

    Returns
    -------
    canvas : ndarray of shape (canvas_height, canvas_width, channels)
        The picture; zero between the images.
    corners : ndarray of shape (n_images * n_sets, 2)
        Top and left end of each image.
    """
    n_images, n_sets, height, width, channels = images.shape
    gap = max(1, round(0.07 * max(height, width)))
    # Lines of several sets stand apart from each other.
    line_gap = gap if n_sets == 1 else 3 * gap
    more = -n_images % n_columns
    images = np.pad(images, [(0, more), (0, 0), (0, gap), (0, gap), (0, 0)])
    shape = -1, n_columns, n_sets * (height + gap), width + gap, channels
    below = 0, line_gap - gap
    lines = np.pad(images.reshape(shape), [(0, 0), (0, 0), below, (0, 0), (0, 0)])
    n_lines, _, step, *_ = lines.shape
    canvas = lines.swapaxes(1, 2).reshape(n_lines * step, -1, channels)
    line, column = np.divmod(np.arange(n_images)[:, None], n_columns)
    tops = line * step + np.arange(n_sets) * (height + gap)
    lefts = np.broadcast_to(column * (width + gap), tops.shape)
    corners = np.column_stack([tops.ravel(), lefts.ravel()])
    return canvas[:-line_gap, :-gap], corners


def frames(corners, height, width):
    """Return the outlines of images."""
    start = corners[:, None, ::-1] - 0.5
    box = np.array([(0, 0), (width, 0), (width, height), (0, height), (0, 0)])
    return start + box


def draw_lines(ax, lines, color):
    from matplotlib.collections import LineCollection

    if len(lines):
        drawn = LineCollection(lines, colors=color, linewidths=0.5, clip_on=False)
        ax.add_collection(drawn, autolim=False)


def missing_strokes(images, corners):
    """Return a diagonal stroke for each missing pixel of images at these corners."""
    missing = ~np.isfinite(np.stack(images, axis=1)).all(axis=-1)
    image, *pixel = np.nonzero(missing.reshape(-1, *missing.shape[2:]))
    start = (corners[image] + np.transpose(pixel))[:, ::-1] + [-0.5, 0.5]
    return np.stack([start, start + [1.0, -1.0]], axis=1)

"""Rows by label: colours and marks that differ in print, and a legend."""

import numpy as np
import pandas as pd

from ._axes import MARKERS, STYLES

# More labels than these are no longer told apart; numbers then get a colour scale.
MOST_GROUPS = 20
OTHER, MISSING = "other labels", "no label"


def read_groups(y, n_rows):
    """Split rows by label.

    Parameters
    ----------
    y : array-like of shape (n_rows,) or None
        Labels; missing ones are a group of their own.
    n_rows : int
        Number of rows.

    Returns
    -------
    groups : dict of object to ndarray of int, or None
        Rows of each label, in the order of the labels; of more than 20 labels the 19
        most common, and the rest. None if there are no labels.
    values : ndarray of shape (n_rows,), dtype float64, or None
        The labels, if they are numbers on a scale: more than 20, or not whole.

    Raises
    ------
    ValueError
        If there is not one label per row.
    """
    if y is None:
        return None, None
    y = pd.Series(np.ravel(y) if np.ndim(y) == 2 and np.shape(y)[1] == 1 else list(y))
    if len(y) != n_rows or any(np.ndim(label) for label in y.head(1)):
        raise ValueError(
            f"y must hold one label per row, got {len(y)} labels for {n_rows} rows; "
            "pass the labels of these rows."
        )
    known = y.dropna()
    try:
        labels = sorted(known.unique())
    except TypeError:
        labels = sorted(known.unique(), key=str)
    if pd.api.types.is_numeric_dtype(y) and not pd.api.types.is_bool_dtype(y):
        numbers = np.asarray(labels, dtype=np.float64)
        if len(labels) > MOST_GROUPS or (numbers != np.round(numbers)).any():
            return None, y.to_numpy(dtype=np.float64, na_value=np.nan)
    shown = labels
    if len(labels) > MOST_GROUPS:
        common = set(known.value_counts().index[: MOST_GROUPS - 1])
        shown = [label for label in labels if label in common]
    groups = {label: np.flatnonzero(y == label) for label in shown}
    rest = np.flatnonzero(y.notna() & ~y.isin(shown))
    missing = np.flatnonzero(y.isna())
    for name, rows in ((OTHER, rest), (MISSING, missing)):
        if len(rows):
            groups[name] = rows
    return groups, None


def text_of(label):
    """Return a label as it is written: whole numbers without a point."""
    whole = isinstance(label, float) and label.is_integer()
    return str(int(label)) if whole else str(label)


def spread_out(points, gap=0.055, n_rounds=100):
    """Move points in the unit square apart until none overlap, for text at them.

    Parameters
    ----------
    points : ndarray of shape (n_points, 2)
        Points.
    gap : float, default=0.055
        Least distance.
    n_rounds : int, default=100
        Most rounds.

    Returns
    -------
    points : ndarray of shape (n_points, 2)
        Points at least so far apart, if the rounds sufficed.
    """
    points = np.array(points, dtype=np.float64)
    # Points at the same place need some direction.
    angle = np.arange(len(points))[:, None]
    points += 1e-6 * np.hstack([np.cos(angle), np.sin(angle)])
    for _ in range(n_rounds):
        between = points[:, None] - points[None]
        distance = np.linalg.norm(between, axis=-1)
        np.fill_diagonal(distance, np.inf)
        if distance.min(initial=np.inf) >= gap:
            break
        push = np.maximum(gap * 1.01 - distance, 0) / distance / 2
        points += (push[..., None] * between).sum(axis=1)
    return points


def mark(place, label):
    """Return colour, marker and line style of the label in some place."""
    if label in (OTHER, MISSING):
        return "0.6", ".", (0, (1, 1))
    return f"C{place % 10}", MARKERS[place % 10], STYLES[place % len(STYLES)]


def is_hollow(place):
    """Whether the marker of the label in some place is drawn as an outline."""
    # Neighbours in the legend differ by more than the form of a small mark.
    return (place % 2 == 1) != (place >= len(MARKERS))

"""Checks of what users pass, which several rooms make."""

from numbers import Integral
from operator import index

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d


def check_n_samples(n_samples):
    """Refuse what is no number of rows to draw."""
    if not isinstance(n_samples, Integral) or n_samples < 1:
        raise ValueError(
            f"n_samples must be an integer of at least 1, got {n_samples!r}."
        )
    return int(n_samples)


def check_n_steps(n_steps):
    """Refuse what is no number of rows of a line with two ends."""
    if not isinstance(n_steps, Integral) or n_steps < 2:
        raise ValueError(f"n_steps must be an integer >= 2, got {n_steps!r}.")


def check_widths(hidden, *, fewest=0):
    """Widths of hidden layers as a tuple of int."""
    try:
        widths = tuple(index(width) for width in hidden)
    except TypeError:  # of what is no whole number
        widths = (0,)
    if len(widths) < fewest or min(widths, default=1) < 1:
        one = "one hidden layer or more" if fewest else "hidden layers"
        raise ValueError(
            f"hidden must hold the widths of {one}, whole numbers of at least 1, got "
            f"{hidden!r}."
        )
    return widths


def check_labels(y, n_rows, *, remedy="give each row a label"):
    """Check discrete labels of rows.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Labels.
    n_rows : int
        Number of rows.
    remedy : str
        What to do about missing labels, for messages.

    Returns
    -------
    y : ndarray of shape (n_rows,)
        Labels; objects as the strings or numbers that they are.

    Raises
    ------
    ValueError
        If `y` is not one-dimensional, not discrete, holds missing or infinite values,
        or has another length than there are rows.
    TypeError
        If labels are of several kinds, strings and numbers for instance.
    """
    if isinstance(y, pd.DataFrame | pd.Series):
        if y.isna().to_numpy().any():
            raise ValueError(f"Input y contains NaN; {remedy}.")
        y = y.to_numpy()
    y = column_or_1d(y, warn=True)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError(f"Input y contains NaN or infinity; {remedy}.")
    if y.dtype.kind == "O":
        if pd.isna(y).any():
            raise ValueError(f"Input y contains NaN; {remedy}.")
        if len({isinstance(label, str) for label in y}) > 1:
            kinds = sorted({type(label).__name__ for label in y})
            raise TypeError(
                "y must hold labels of one kind, all numbers or all strings, got "
                f"{kinds}; write the marker of unlabeled rows, if any, in the kind of "
                "the other labels."
            )
    check_classification_targets(y)
    if y.dtype.kind == "O":
        y = np.asarray(y.tolist())
    if len(y) != n_rows:
        raise ValueError(
            "X and y must have one label per row: Found input variables with "
            f"inconsistent numbers of samples: [{n_rows}, {len(y)}]"
        )
    return y

"""Checks of what users pass, which several rooms make."""

from numbers import Integral
from operator import index

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d


def check_n_samples(n_samples, name="n_samples"):
    """Refuse what is no number of rows."""
    if not isinstance(n_samples, Integral) or n_samples < 1:
        raise ValueError(f"{name} must be an integer of at least 1, got {n_samples!r}.")
    return int(n_samples)


def check_count(name, value, least, remedy=""):
    """Refuse what is no whole number, or too small a one."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(
            f"{name} must be a whole number of at least {least}, got {value!r}{remedy}."
        )


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


def check_labels(y, n_rows, *, remedy="give each row a label", name="y", discrete=True):
    """Check discrete labels of rows.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Labels.
    n_rows : int or None
        Number of rows, None if there are no others to compare with.
    remedy : str
        What to do about missing labels, for messages.
    name : str
        What the labels are called in messages.
    discrete : bool
        Whether many different labels are a reason to doubt that they are classes.

    Returns
    -------
    y : ndarray of shape (n_rows,)
        Labels; objects as the strings, numbers or booleans that they are.

    Raises
    ------
    ValueError
        If `y` is not one-dimensional, not discrete, holds missing or infinite values,
        or has another length than there are rows.
    TypeError
        If labels are of several kinds, strings and numbers for instance, or of one that
        is no label, dates for instance.
    """
    if isinstance(y, pd.DataFrame | pd.Series | pd.Index):
        if np.any(y.isna()):
            raise ValueError(f"Input {name} contains NaN; {remedy}.")
        y = y.to_numpy()
    elif isinstance(y, list | tuple):
        # Not by numpy, which turns [1, "a"] and [None, "a"] into strings.
        labels = np.empty(len(y), dtype=object)
        labels[:] = y
        y = labels if all(np.ndim(label) == 0 for label in y) else y
    y = column_or_1d(y, warn=True)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError(f"Input {name} contains NaN or infinity; {remedy}.")
    if y.dtype.kind == "O":
        y = _of_one_kind(y, name, remedy)
    if not len(y):
        raise ValueError(f"{name} must hold labels, got none: {remedy}.")
    if y.dtype.kind not in "biufU":
        kind = y.dtype if y.dtype.kind != "O" else type(y[0]).__name__
        raise TypeError(
            f"{name} must hold labels that are numbers, booleans or strings, got "
            f"{plain(y[0])!r} ({kind}); turn them into strings with "
            f"pd.Series({name}).astype(str)."
        )
    try:
        if discrete or y.dtype.kind == "f":
            check_classification_targets(y)
    except ValueError as error:
        raise ValueError(
            f"{name} must hold classes, that is whole numbers, booleans or strings, "
            f"got values such as {plain(y[0])!r}. {error}"
        ) from error
    if n_rows is not None and len(y) != n_rows:
        raise ValueError(
            f"X and {name} must have one label per row: Found input variables with "
            f"inconsistent numbers of samples: [{n_rows}, {len(y)}]"
        )
    return y


def plain(label):
    """Return a label as Python writes it, 1 and not np.int64(1)."""
    return label.item() if isinstance(label, np.generic) else label


def _of_one_kind(y, name, remedy):
    """Labels in an array of objects as an array of numbers, booleans or strings."""
    if pd.isna(y).any():
        raise ValueError(f"Input {name} contains NaN; {remedy}.")
    if len({isinstance(label, str) for label in y}) > 1:
        kinds = sorted({type(label).__name__ for label in y})
        raise TypeError(
            f"{name} must hold labels of one kind, all numbers or all strings, got "
            f"{kinds}; write the marker of unlabeled rows, if any, in the kind of "
            "the other labels."
        )
    simple = str | bool | np.bool_ | Integral | float | np.floating
    if not all(isinstance(label, simple) for label in y):
        return y
    found = np.asarray(y.tolist())
    whole = all(isinstance(label, Integral | np.bool_) for label in y)
    if whole and found.dtype.kind not in "biu":
        return y  # whole numbers too large for an array
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        raise ValueError(f"Input {name} contains NaN or infinity; {remedy}.")
    return found

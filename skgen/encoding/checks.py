"""Checks of what users pass, which several rooms make."""

from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

__all__ = ["check_labels", "check_n_samples", "check_n_steps", "check_widths"]


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
    widths = np.asarray(hidden)
    if (
        widths.ndim != 1
        or widths.size < fewest
        or (widths.size and widths.dtype.kind not in "iu")
        or (widths < 1).any()
    ):
        one = "one hidden layer or more" if fewest else "hidden layers"
        raise ValueError(
            f"hidden must hold the widths of {one}, whole numbers of at least 1, got "
            f"{hidden!r}."
        )
    return tuple(int(width) for width in widths)


def check_labels(estimator, X, y):
    """Check labels as scikit-learn does.

    Parameters
    ----------
    estimator : estimator
        Named in the message when `y` is missing.
    X : array or DataFrame of shape (n_samples, n_features)
        Checked rows.
    y : array-like of shape (n_samples,)
        Labels.

    Returns
    -------
    y : ndarray of shape (n_samples,)
        Labels.

    Raises
    ------
    ValueError
        If `y` is missing, not one-dimensional, not discrete, holds NaN, or has another
        length than `X`.
    """
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but "
            "the target y is None."
        )
    if isinstance(y, pd.Series | pd.DataFrame):
        if y.isna().to_numpy().any():
            raise ValueError(f"Input y contains NaN; {_MARK}.")
        y = y.to_numpy()
    y = column_or_1d(y, warn=True)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError(f"Input y contains NaN or infinity; {_MARK}.")
    if y.dtype.kind == "O":
        _check_objects(y)
    check_classification_targets(y)
    if y.dtype.kind == "O":
        y = np.asarray(y.tolist())
    if len(y) != X.shape[0]:
        raise ValueError(
            "X and y must have one label per row: Found input variables with "
            f"inconsistent numbers of samples: [{X.shape[0]}, {len(y)}]"
        )
    return y


_MARK = "mark unlabeled rows by a label such as -1 and name it in unlabeled_label"


def _check_objects(y):
    """Refuse missing labels, and strings beside numbers."""
    if pd.isna(y).any():
        raise ValueError(f"Input y contains NaN; {_MARK}.")
    if len({isinstance(label, str) for label in y}) > 1:
        kinds = sorted({type(label).__name__ for label in y})
        raise TypeError(
            f"y must hold labels of one kind, all numbers or all strings, got {kinds}; "
            "write the marker of unlabeled rows in the kind of the other labels."
        )

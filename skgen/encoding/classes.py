"""Labels of class-conditional models as codes."""

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

__all__ = ["class_codes", "read_classes"]


def read_classes(y, n_rows, classes=None):
    """Classes and the code of each label.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Labels.
    n_rows : int
        Number of rows.
    classes : array-like, default=None
        All classes, if the labels may not show them all.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        Sorted labels.
    codes : ndarray of shape (n_rows,), dtype int64
        Place of each label among the classes.
    """
    y = _check(y, n_rows)
    known = np.unique(y if classes is None else column_or_1d(classes))
    return known, class_codes(y, known, n_rows)


def class_codes(y, classes, n_rows):
    """Place of each label among the classes of the fit; unknown ones are refused."""
    y = _check(y, n_rows)
    codes = np.searchsorted(classes, y).clip(max=len(classes) - 1)
    unknown = classes[codes] != y
    if unknown.any():
        raise ValueError(
            f"y must hold labels seen in fit, {classes.tolist()}, got "
            f"{np.unique(y[unknown]).tolist()[:5]}; fit with rows of these classes, or "
            "name them in classes= where partial_fit takes it."
        )
    return codes.astype(np.int64)


def _check(y, n_rows):
    """Refuse labels that are not discrete, missing, or not one per row."""
    y = column_or_1d(y, warn=True)
    if pd.isna(y).any():
        raise ValueError("Input y contains NaN; give each row a label, or pass no y.")
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError("Input y contains infinity; give each row a label.")
    check_classification_targets(y)
    if y.dtype.kind == "O":
        y = np.asarray(y.tolist())
    if len(y) != n_rows:
        raise ValueError(
            "X and y must have one label per row: Found input variables with "
            f"inconsistent numbers of samples: [{n_rows}, {len(y)}]"
        )
    return y

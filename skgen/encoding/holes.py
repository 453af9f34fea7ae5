"""Columns of frames whose missing values are filled."""

import numpy as np
import pandas as pd
from pandas.api import types


def fill_holes(column, places, values):
    """Fill missing values of a column.

    Parameters
    ----------
    column : Series of shape (n_rows,)
        The column.
    places : ndarray of int
        Where values are missing.
    values : array of the dtype that `fit` saw
        What goes there.

    Returns
    -------
    filled : Series of shape (n_rows,)
        In the dtype of the column, a categorical one with the levels that are new, or
        in that of the values where the column was of floats or objects for its missing
        values only.

    Raises
    ------
    ValueError
        If the dtype of the column cannot hold the values.
    """
    dtype, values = column.dtype, pd.Series(values)
    if isinstance(dtype, pd.CategoricalDtype):
        levels = dtype.categories.union(values.astype(object).unique(), sort=False)
        dtype = pd.CategoricalDtype(levels, ordered=dtype.ordered)
    elif types.is_object_dtype(dtype) or types.is_float_dtype(dtype):
        if not types.is_float_dtype(values.dtype) and _fits(column, values.dtype):
            dtype = values.dtype
    found = column.astype(object)
    found.iloc[places] = values.astype(object).tolist()
    try:
        exact = not types.is_integer_dtype(dtype)
        if exact:
            filled = found.astype(dtype)
        elif _in_range(values.astype(float), dtype):
            filled = found.astype(dtype)
            exact = (filled == found.astype(float)).all()
    except (TypeError, ValueError, OverflowError):
        exact = False
    if not exact:
        raise ValueError(
            f"column {column.name!r} has dtype {dtype}, which cannot hold the values "
            f"drawn for it, such as {values.tolist()[0]!r}; convert it first, with "
            f"astype({str(values.dtype)!r}) for instance."
        )
    return filled


def _in_range(values, dtype):
    limits = np.iinfo(getattr(dtype, "numpy_dtype", dtype))
    return values.between(limits.min, limits.max).all()


def _fits(column, dtype):
    """Whether all values that a column has are values of a dtype."""
    present = column[column.notna()]
    try:
        return bool((present.astype(dtype) == present).all())
    except (TypeError, ValueError):
        return False

"""Tables whose missing entries are filled in."""

import numpy as np
import pandas as pd

from ..encoding._columns import is_frame
from ..encoding.holes import fill_holes

STRATEGIES = ("draw", "mean")


def check_strategy(strategy, n_imputations):
    """Refuse a way to fill in that there is not, and tables that would be equal.

    Parameters
    ----------
    strategy : object
        ``"draw"`` or ``"mean"``.
    n_imputations : object
        Number of tables, or None for one that is returned as it is.

    Raises
    ------
    ValueError
        If it is another; if several tables of means are asked for.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f'strategy must be "draw" or "mean", got {strategy!r}.')
    if n_imputations is None:
        return
    whole = isinstance(n_imputations, int | np.integer)
    if not whole or isinstance(n_imputations, bool) or n_imputations < 1:
        raise ValueError(
            "n_imputations must be None or a whole number of at least 1, got "
            f"{n_imputations!r}."
        )
    if strategy == "mean":
        raise ValueError(
            'n_imputations must be None with strategy="mean", whose tables would all '
            f'be equal, got {n_imputations}; use strategy="draw".'
        )


def check_coverage(coverage):
    """Refuse what is no probability.

    Parameters
    ----------
    coverage : object
        Probability of an interval.

    Raises
    ------
    ValueError
        If it does not lie between 0 and 1.
    """
    if isinstance(coverage, bool) or not 0 < coverage < 1:
        raise ValueError(f"coverage must lie between 0 and 1, got {coverage!r}.")


def missing_entries(X):
    """Find the entries of a table that are missing.

    Parameters
    ----------
    X : ndarray or DataFrame of shape (n_rows, n_columns)
        Table.

    Returns
    -------
    holes : ndarray of bool, shape (n_rows, n_columns)
        Where they are.
    rows : ndarray of int
        Rows that have some.
    """
    holes = pd.isna(X).to_numpy() if is_frame(X) else np.isnan(X)
    return holes, np.flatnonzero(holes.any(axis=1))


def rows_at(X, rows):
    """Take some rows of a table."""
    return X.iloc[rows] if is_frame(X) else X[rows]


def fill_in(X, holes, rows, found):
    """Put values where entries are missing.

    Parameters
    ----------
    X : ndarray or DataFrame of shape (n_rows, n_columns)
        Table.
    holes, rows : ndarray
        See `missing_entries`.
    found : ndarray or DataFrame of shape (len(rows), n_columns)
        Those rows without missing entries.

    Returns
    -------
    full : ndarray or DataFrame of shape (n_rows, n_columns)
        A new table.
    """
    full = X.copy()
    for j in np.flatnonzero(holes.any(axis=0)):
        here = holes[rows, j]
        values = found.iloc[:, j].array if is_frame(found) else found[:, j]
        if is_frame(X):
            name = X.columns[j]
            full[name] = fill_holes(X[name], rows[here], values[here])
        else:
            full[rows[here], j] = values[here]
    return full


def restored(encoder, columns):
    """Make a table of numbers, and of places among the categories.

    Parameters
    ----------
    encoder : TokenEncoder
        Knows the dtypes.
    columns : list of ndarray of shape (n_rows,)
        Means are rounded as the numbers of `fit` were, and kept in their range.

    Returns
    -------
    X : ndarray or DataFrame of shape (n_rows, n_columns)
        Table.
    """
    return encoder.restore([encoder.rounded(j, x) for j, x in enumerate(columns)])


def interval_table(X, holes, rows, low, high):
    """Bounds for all entries: the number itself where it is known.

    Parameters
    ----------
    X : ndarray or DataFrame of shape (n_rows, n_columns)
        Table.
    holes, rows : ndarray
        See `missing_entries`.
    low, high : ndarray of shape (len(rows), n_columns)
        Bounds in these rows, NaN in columns of categories.

    Returns
    -------
    low, high : ndarray of shape (n_rows, n_columns)
        NaN for all categories.
    """
    known = np.full(holes.shape, np.nan)
    for j in range(holes.shape[1]):
        column = X.iloc[:, j] if is_frame(X) else X[:, j]
        if not is_frame(X):
            known[:, j] = column
        elif pd.api.types.is_numeric_dtype(column.dtype):
            known[:, j] = column.to_numpy(dtype=np.float64, na_value=np.nan)
    bounds = []
    for values in (low, high):
        table = known.copy()
        table[rows] = np.where(holes[rows], values, table[rows])
        bounds.append(table)
    return tuple(bounds)

"""Columns that are given to a draw: their places, their values, and back again."""

from numbers import Integral

import numpy as np
import pandas as pd


def index_of(name, X):
    """Index of a column of a table from its name or its index."""
    names = list(X.columns) if isinstance(X, pd.DataFrame) else None
    if names is not None and name in names:
        return names.index(name)
    if isinstance(name, Integral) and not isinstance(name, bool):
        if 0 <= name < X.shape[1]:
            return int(name)
    raise ValueError(
        f"{name!r} is neither the name nor the index of a column; there are "
        f"{X.shape[1]} columns{'' if names is None else f': {names[:20]}'}."
    )


def rows_of(encoder, given, n):
    """Rows that hold the given values and nothing else; which columns do.

    Parameters
    ----------
    encoder : TokenEncoder
        Knows the columns.
    given : dict
        One value, or `n`, by the name or index of a column.
    n : int
        Number of rows.

    Returns
    -------
    rows : DataFrame of shape (n, n_features)
        Missing values where nothing is given.
    known : ndarray of bool, shape (n_features,)
        Columns that are given.
    """
    rows = encoder.empty_columns(n)
    known = np.zeros(rows.shape[1], dtype=bool)
    for name, value in dict(given).items():
        j = index_of(name, rows)
        values = [value] * n if np.ndim(value) == 0 else list(value)
        if len(values) != n:
            raise ValueError(
                f"given must hold one value or {n} of column {name!r}, got "
                f"{len(values)}."
            )
        if encoder.kinds_[j] == "category":
            rows[rows.columns[j]] = pd.Categorical(values)
        else:
            rows[rows.columns[j]] = pd.Series(values, index=rows.index)
        known[j] = True
    return rows, known


def refuse_unseen(encoder, rows, tokens, known):
    """Refuse given values that have no mass of their own where values have masses."""
    for j in np.flatnonzero(known):
        column = encoder.columns_[j]
        unseen = tokens[:, j] < 0
        if encoder.kinds_[j] != "category" and column["continuous"] is None:
            x = _numbers(rows, j)
            unseen |= ~np.isnan(x) & ~np.isin(x, column["values"])
        if unseen.any():
            raise ValueError(
                f"given holds values of column {rows.columns[j]!r} that fit did not "
                "see; use one of those that it saw."
            )


def put_back(encoder, drawn, rows, known):
    """Replace decoded numbers by those that were given, which may be finer."""
    for j in np.flatnonzero(known):
        if encoder.columns_[j]["continuous"] is None:
            continue
        x = _numbers(rows, j)
        if isinstance(drawn, pd.DataFrame):
            name = drawn.columns[j]
            drawn[name] = pd.Series(x).astype(drawn[name].dtype)
        else:
            drawn[:, j] = x
    return drawn


def _numbers(rows, j):
    return rows.iloc[:, j].to_numpy(dtype=np.float64, na_value=np.nan)

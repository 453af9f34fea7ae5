"""Columns that are given to a draw of an AutoregressiveDensity, and back again."""

import numpy as np
import pandas as pd

from ..encoding._dtypes import load_index
from ..encoding.given import read_given, refuse_unseen

# How many times the range of fit a number may lie beyond it.
_MOST_WIDTHS = 10


def rows_of(encoder, given, n):
    """Rows that hold the given values and nothing else.

    Parameters
    ----------
    encoder : TokenEncoder
        Knows the columns.
    given : dict, DataFrame, Series or None
        See `read_given`.
    n : int
        Number of rows.

    Returns
    -------
    rows : DataFrame of shape (n, n_features)
        Missing values where nothing is given.
    tokens, numbers : ndarray of shape (n, n_features)
        Encoded rows.
    known : ndarray of bool, shape (n_features,)
        Columns that are given.

    Raises
    ------
    ValueError
        If a value is none that its column can hold: one that `fit` did not see where
        values have masses, a fraction among whole numbers, a number far out of range.
    """
    rows = encoder.empty_columns(n)
    names = rows.columns.tolist()
    columns = read_given(given, names, n)
    for j, values in columns.items():
        kind = pd.Categorical if encoder.kinds_[j] == "category" else pd.Series
        rows[names[j]] = kind(values)
    known = np.isin(np.arange(len(names)), list(columns))
    tokens, _, numbers, _ = encoder.transform(rows, unknown=~known)
    for j, values in columns.items():
        column, name = encoder.columns_[j], names[j]
        unseen = tokens[:, j] < 0
        if encoder.kinds_[j] == "category":
            categories = encoder.categories_[j]
            seen = [] if categories is None else load_index(categories).tolist()
            refuse_unseen(name, values, unseen, seen)
            continue
        x = _numbers(rows, j)
        if column["continuous"] is None:
            seen = column["values"]
            unseen |= ~np.isnan(x) & ~np.isin(x, seen)
            near = sorted(seen, key=lambda v: abs(v - x[unseen.argmax()]))[:5]
            refuse_unseen(name, values, unseen, [float(v) for v in sorted(near)])
        else:
            _check_range(name, x, column)
    return rows, tokens, numbers, known


def _check_range(name, x, column):
    """Refuse fractions among whole numbers, and numbers far from those of the fit."""
    if column["integer"] and (x != np.rint(x)).any():
        wrong = x[x != np.rint(x)][0]
        raise ValueError(
            f"given[{name!r}] must hold whole numbers, as in fit, got {wrong:g}; round "
            "it."
        )
    low, high = float(column["low"]), float(column["high"])
    most = _MOST_WIDTHS * (high - low)
    away = (x < low - most) | (x > high + most)
    if away.any():
        raise ValueError(
            f"given[{name!r}] must lie near the range of fit, {low:g} to {high:g}, got "
            f"{x[away][0]:g}; what follows from it the model cannot know."
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

"""Rows that occur more than once: equal rows are one witness."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, issparse
from scipy.sparse.csgraph import connected_components

from ._columns import moments, scaled_down

ROUNDING = 1e-5  # of a column's standard deviation
FLOAT32 = 3e-7  # of its largest value
MAX_LAG = 30
CHANCE = 0.1
MOST_TIMES = 10  # a table is given; equal rows of few values are more


def equal_rows(X):
    """Find the rows that are equal up to rounding.

    Parameters
    ----------
    X : array-like, sparse matrix or DataFrame of shape (n_rows, ...)
        A table of any columns, encoded or not; missing values equal each other.

    Returns
    -------
    groups : ndarray of shape (n_rows,) or None
        Copies of a row share a number. None if no row occurs twice, and where rows of
        few discrete columns are equal by chance: those are several witnesses.
    """
    Z = _numbers(X)
    if len(Z) < 2 or not Z.shape[1]:
        return None
    groups, n_equal, n_near = _near(Z)
    if n_near > CHANCE * n_equal:  # rows lie that close: rounding cannot be told
        groups = np.unique(Z, axis=0, return_inverse=True)[1].ravel()
    _, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    if len(sizes) == len(Z):
        return None
    # Pairs that columns would give that know nothing of each other.
    by_chance = _share_of_equal_pairs(Z[first]) * len(Z) * (len(Z) - 1)
    return None if by_chance > CHANCE * (sizes * (sizes - 1)).sum() else groups


def without_repeats(X, copies):
    """Leave out what a table holds several times as a whole.

    If most rows occur twice, say, half of the rows that are equal stay. A row that
    occurs more often than others, one of zeros for instance, still does.

    Parameters
    ----------
    X : ndarray or DataFrame of shape (n_rows, n_columns)
        Table.
    copies : ndarray of int, shape (n_rows,), or None
        What `equal_rows` found.

    Returns
    -------
    X : ndarray or DataFrame
        Some of the rows, in their order.
    """
    if copies is None:
        return X
    _, group, counts = np.unique(copies, return_inverse=True, return_counts=True)
    times = int(np.median(counts))
    if not 1 < times <= MOST_TIMES:
        return X
    order = np.argsort(group.ravel(), kind="stable")
    place = np.empty(len(order), dtype=np.int64)  # among the rows that are equal
    place[order] = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = np.flatnonzero(place % times == 0)
    return X.iloc[kept] if isinstance(X, pd.DataFrame) else X[kept]


def fold_of_rows(n_rows, n_folds, random_state, copies=None):
    """Put rows into folds of about equal size, equal rows into one.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    n_folds : int
        Number of folds.
    random_state : RandomState
        Mixes the rows.
    copies : ndarray of int, shape (n_rows,), default=None
        Rows that share a number share a fold.

    Returns
    -------
    fold : ndarray of int, shape (n_rows,)
        Number of each row's fold, from 0.
    """
    if copies is None:
        copies = np.arange(n_rows)
    _, group = np.unique(copies, return_inverse=True)
    group = group.ravel()
    sizes = np.bincount(group)
    order = random_state.permutation(len(sizes))
    before = np.empty(len(sizes))
    before[order] = np.cumsum(sizes[order]) - sizes[order] / 2
    return (before * n_folds / n_rows).astype(np.int64)[group]


def rarest_labels(labels, groups):
    """Return the rarest label in each group, numbered from the most frequent on."""
    _, code, counts = np.unique(labels, return_inverse=True, return_counts=True)
    rarity = np.argsort(np.argsort(-counts))[code.ravel()]
    rarest = np.zeros(groups.max() + 1, dtype=np.int64)
    np.maximum.at(rarest, groups, rarity)
    return rarest


def _numbers(X):
    """Columns as finite numbers in units of what counts as rounding."""
    if issparse(X):  # equal rows have equal projections, others do not
        X = X @ np.random.RandomState(0).normal(size=(X.shape[1], 8))
    elif not isinstance(X, pd.DataFrame):
        X = np.asarray(X)
        X = X.reshape(len(X), -1)
    if isinstance(X, pd.DataFrame) or X.dtype.kind not in "biuf":
        X = pd.DataFrame(X)
        X = np.column_stack([_column(X.iloc[:, j]) for j in range(X.shape[1])])
    Z = np.array(X, dtype=np.float64)
    Z[~np.isfinite(Z)] = np.nan
    known = ~np.isnan(Z)
    Z, _ = scaled_down(Z, known)
    largest = np.max(np.abs(Z), axis=0, initial=0.0, where=known)
    mean, spread = moments(Z, known)
    # Modes far apart are narrower than the standard deviation says.
    spread = np.minimum(spread, [_typical_extent(column) for column in Z.T])
    unit = np.maximum(ROUNDING * spread, FLOAT32 * largest)
    Z = (Z - mean) / np.where(unit > 0, unit, 1.0)
    # Farther from every number than rounding.
    return np.where(known, Z, 10 / ROUNDING)


def _typical_extent(column):
    """Return what the gaps between values would span if all were the ninth decile."""
    gaps = np.diff(np.sort(column))
    gaps = np.sort(gaps[gaps > 0])
    return gaps[int(0.9 * len(gaps))] * len(gaps) if len(gaps) else 0.0


def _column(column):
    """Numbers as they are; a code for anything else, and NaN where it is missing."""
    is_complex = pd.api.types.is_complex_dtype(column.dtype)
    if pd.api.types.is_numeric_dtype(column.dtype) and not is_complex:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    missing = column.isna().to_numpy()
    codes = pd.factorize(column.astype(str))[0].astype(np.float64)
    return np.where(missing, np.nan, codes)


def _near(Z):
    """Group numbers, shared by rows that differ by at most 1 in all columns.

    Also the pairs of such rows, and those that differ by more but by at most 3: where
    rows lie close by chance, the latter are more.
    """
    n, d = Z.shape
    # Such rows lie close on any line.
    weights = np.random.RandomState(0).uniform(-1, 1, size=(d, 2))
    reach = np.abs(weights).sum(axis=0)
    lines = Z @ weights
    order = np.argsort(lines[:, 0], kind="stable")
    a, b, n_near = [], [], 0
    for lag in range(1, min(MAX_LAG, n - 1) + 1):
        one, two = order[:-lag], order[lag:]
        close = np.abs(lines[two] - lines[one]) <= 3 * reach
        within = close.all(axis=1)
        one, two = one[within], two[within]
        apart = np.abs(Z[one] - Z[two]).max(axis=1, initial=0.0)
        same = apart <= 1
        n_near += int((~same & (apart <= 3)).sum())
        a.append(one[same])
        b.append(two[same])
        if same.all() and within.sum() == close[:, 0].sum():
            break  # nothing stands between two copies
    a, b = np.concatenate(a), np.concatenate(b)
    links = coo_array((np.ones(len(a)), (a, b)), shape=(n, n))
    return connected_components(links, directed=False)[1], len(a), n_near


def _share_of_equal_pairs(rows):
    """Share of pairs of different rows that independent columns would make equal."""
    n, share = len(rows), 1.0
    if n < 2:
        return 1.0
    for column in rows.T:
        counts = np.unique(np.round(column), return_counts=True)[1].astype(np.float64)
        share *= (counts * (counts - 1)).sum() / (n * (n - 1))
        if share == 0:
            break
    return share

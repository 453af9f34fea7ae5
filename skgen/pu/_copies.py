"""Rows that occur more than once: equal rows are one witness."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, issparse
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import StratifiedKFold

ROUNDING = 1e-5  # of a column's standard deviation
FLOAT32 = 3e-7  # of its largest value
MAX_LAG = 30
CHANCE = 0.1


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
    groups = _near(Z)
    _, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    if len(sizes) == len(Z):
        return None
    # Pairs that columns would give that know nothing of each other.
    by_chance = _share_of_equal_pairs(Z[first]) * len(Z) * (len(Z) - 1)
    return None if by_chance > CHANCE * (sizes * (sizes - 1)).sum() else groups


def stratified_folds(labels, groups, n_folds, random_state):
    """Folds with equal shares of each label, which keep the rows of a group together.

    Parameters
    ----------
    labels : ndarray of int, shape (n_rows,)
        What each fold has an equal share of.
    groups : ndarray of shape (n_rows,) or None
        Number of each row's group, see `equal_rows`.
    n_folds : int
        Folds asked for.
    random_state : RandomState
        Deals the rows.

    Returns
    -------
    folds : list of (train, test)
        Row numbers; as many folds as each label has groups, if that is fewer than
        `n_folds`, and none if a label has fewer than two.
    """
    n_folds = min(n_folds, fewest_witnesses(labels, groups))
    if n_folds < 2:
        return []
    if groups is None:
        folds = StratifiedKFold(
            n_folds, shuffle=True, random_state=random_state.randint(2**31 - 1)
        )
        return list(folds.split(labels, labels))
    sizes = np.bincount(groups)
    # Groups of one kind are dealt out in turn; what a group is, its rarest label says.
    frequency = np.unique(labels, return_inverse=True, return_counts=True)
    rarity = np.argsort(np.argsort(-frequency[2]))[frequency[1].ravel()]
    kind = np.zeros(len(sizes), dtype=np.int64)
    np.maximum.at(kind, groups, rarity)
    order = np.lexsort([random_state.permutation(len(sizes)), sizes, kind])
    fold_of_group = np.empty(len(sizes), dtype=np.int64)
    fold_of_group[order] = np.arange(len(sizes)) % n_folds
    fold = fold_of_group[groups]
    return [
        (np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(n_folds)
    ]


def fewest_witnesses(labels, groups):
    """Least number of different rows that any of the labels has."""
    if groups is None:
        return int(np.unique(labels, return_counts=True)[1].min())
    return min(len(np.unique(groups[labels == k])) for k in np.unique(labels))


def witness_weights(groups, labels):
    """One over the number of copies of each row that carry its label."""
    if groups is None:
        return np.ones(len(labels))
    pairs = np.stack([groups, labels], axis=1)
    _, pair, counts = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    return 1.0 / counts[pair.ravel()]


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
    largest = np.max(np.abs(Z), axis=0, initial=0.0, where=known)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.sum(Z, axis=0, where=known) / count
    spread = np.sqrt(np.sum((Z - mean) ** 2, axis=0, where=known) / count)
    unit = np.maximum(ROUNDING * spread, FLOAT32 * largest)
    Z = (Z - mean) / np.where(unit > 0, unit, 1.0)
    # Farther from every number than rounding.
    return np.where(known, Z, 10 / ROUNDING)


def _column(column):
    """Numbers as they are; a code for anything else, and NaN where it is missing."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    missing = column.isna().to_numpy()
    codes = pd.factorize(column.astype(str))[0].astype(np.float64)
    return np.where(missing, np.nan, codes)


def _near(Z):
    """Group number of each row, rows that differ by at most 1 everywhere sharing it."""
    n, d = Z.shape
    # Such rows lie close on any line.
    weights = np.random.RandomState(0).uniform(-1, 1, size=(d, 2))
    reach = np.abs(weights).sum(axis=0)
    lines = Z @ weights
    order = np.argsort(lines[:, 0], kind="stable")
    a, b = [], []
    for lag in range(1, min(MAX_LAG, n - 1) + 1):
        one, two = order[:-lag], order[lag:]
        close = np.abs(lines[two] - lines[one]) <= reach
        within = close.all(axis=1)
        one, two = one[within], two[within]
        same = (np.abs(Z[one] - Z[two]) <= 1).all(axis=1)
        a.append(one[same])
        b.append(two[same])
        if same.all() and within.sum() == close[:, 0].sum():
            break  # nothing stands between two copies
    links = coo_array(
        (np.ones(sum(map(len, a))), (np.concatenate(a), np.concatenate(b))),
        shape=(n, n),
    )
    return connected_components(links, directed=False)[1]


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

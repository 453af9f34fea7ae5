"""Folds and votes in which the copies of a row count once."""

import numpy as np
from sklearn.model_selection import StratifiedKFold

from ..encoding.copies import rarest_labels


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
    kind = rarest_labels(labels, groups)
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

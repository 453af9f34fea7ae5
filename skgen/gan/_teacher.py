"""What label spreading says of unlabeled rows."""

import warnings

import numpy as np
from sklearn import config_context
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import NearestNeighbors
from sklearn.semi_supervised import LabelSpreading

_COLUMNS = 30  # principal components that neighbours are found in
_MOST_ROWS = 20_000  # that labels spread over
_NEIGHBORS, _ALPHA = 7, 0.2


def spread_labels(Z, codes, n_classes, random_state):
    """Share of each class in the neighbourhood of rows, by label spreading.

    Parameters
    ----------
    Z : ndarray of shape (n_rows, n_columns)
        Encoded rows.
    codes : ndarray of shape (n_rows,)
        Classes from 0; -1 where there is no label.
    n_classes : int
        Number of classes.
    random_state : RandomState
        Draws the rows that take part, where there are many.

    Returns
    -------
    shares : ndarray of shape (n_rows, n_classes), dtype float32
        They sum to 1, or to 0 for rows that take no part or that no label reaches.
    """
    shares = np.zeros((len(Z), n_classes), dtype=np.float32)
    labeled = codes >= 0
    others = random_state.permutation(np.flatnonzero(~labeled))
    rows = np.append(np.flatnonzero(labeled), others)[: max(_MOST_ROWS, labeled.sum())]
    rows = np.sort(rows)
    if len(rows) <= _NEIGHBORS or not labeled.any():
        return shares
    Z = Z[rows].reshape(len(rows), -1).astype(np.float64)
    n_columns = min(_COLUMNS, Z.shape[1], len(rows))
    seed = random_state.randint(2**31 - 1)
    model = LabelSpreading(
        kernel="knn", n_neighbors=_NEIGHBORS, alpha=_ALPHA, max_iter=100
    )
    with warnings.catch_warnings(), config_context(array_api_dispatch=False):
        # Rows that no label reaches divide zero by zero.
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        if n_columns < Z.shape[1]:
            Z = PCA(n_columns, random_state=seed).fit_transform(Z)
        found = model.fit(Z, codes[rows]).label_distributions_
    known = np.isfinite(found).all(axis=1)
    own = np.zeros((len(rows), n_classes), dtype=np.float32)
    own[np.ix_(known, model.classes_)] = found[known]
    shares[rows] = own
    return shares


def neighbor_distance(Z, random_state):
    """Median distance of a row to the nearest other, 1 if rows are equal.

    Parameters
    ----------
    Z : ndarray of shape (n_rows, ...)
        Encoded rows.
    random_state : RandomState
        Draws a thousand rows, where there are more, and ten thousand to look among.

    Returns
    -------
    distance : float
        Euclidean distance.
    """
    some = random_state.permutation(len(Z))[:10_000]
    Z = Z[some].reshape(len(some), -1)
    if len(Z) < 2:
        return 1.0
    index = NearestNeighbors(n_neighbors=2, algorithm="brute").fit(Z)
    distances = index.kneighbors(Z[:1000])[0][:, 1]
    distances = distances[distances > 0]
    return float(np.median(distances)) if len(distances) else 1.0

"""A linear metric of matches: principal axes, whitened by the differences in pairs."""

import numpy as np
from sklearn.decomposition import PCA

N_AXES = 150
N_CHUNK = 256


class PairMetric:
    """Rows as unit vectors whose cosine tells how well they match.

    Rows are centred by camera and projected on principal axes; the differences of known
    pairs, shrunk towards the spread of all rows, say which directions a match changes,
    and these are divided by how much.

    Attributes
    ----------
    centers_ : ndarray of shape (n_groups + 1, n_columns)
        Mean of each camera; the last one that of all rows.
    axes_ : ndarray of shape (n_columns, n_axes)
        What centred rows are multiplied by.
    """

    def fit(self, Z, groups, pairs, n_groups):
        """Fit means and axes.

        Parameters
        ----------
        Z : ndarray of shape (n_rows, n_columns)
            Encoded rows.
        groups : ndarray of int, shape (n_rows,) or None
            Camera of each row.
        pairs : ndarray of int, shape (n_pairs, 2)
            Known matches.
        n_groups : int
            Number of cameras.
        """
        Z = np.asarray(Z, dtype=np.float64)
        centers = [Z[groups == g].mean(axis=0) for g in range(n_groups)]
        self.centers_ = np.stack([*centers, Z.mean(axis=0)])
        C = self._centered(Z, groups)
        n_axes = min(N_AXES, *C.shape)
        with np.errstate(invalid="ignore"):  # shares of none, where all rows are equal
            pca = PCA(n_axes, random_state=0).fit(C)
        spread = np.sqrt(np.maximum(pca.explained_variance_, 1e-12))
        kept = spread > 1e-6 * spread.max()
        # Half whitened: large axes keep a larger say.
        first = pca.components_[kept].T / np.sqrt(spread[kept])
        P = C @ first
        differences = P[pairs[:, 0]] - P[pairs[:, 1]]
        within = differences.T @ differences / (2 * len(pairs))
        everywhere = np.cov(P, rowvar=False).reshape(within.shape)
        # As many pairs as half the axes and the target weigh the same.
        share = len(pairs) / (len(pairs) + 0.5 * len(within))
        target = np.diag(np.diag(everywhere)) * (
            np.trace(within) / max(np.trace(everywhere), 1e-12)
        )
        mixed = share * within + (1 - share) * target
        values, vectors = np.linalg.eigh(mixed)
        values = np.maximum(values, max(1e-3 * values.max(), 1e-12))
        self.axes_ = first @ vectors / np.sqrt(values)
        return self

    def _centered(self, Z, groups):
        where = len(self.centers_) - 1 if groups is None else groups
        return Z - self.centers_[where]

    def transform(self, Z, groups=None):
        """Make unit vectors of encoded rows; None takes the mean of all cameras."""
        C = self._centered(np.asarray(Z, dtype=np.float64), groups)
        E = np.empty((len(C), self.axes_.shape[1]))
        for start in range(0, len(C), N_CHUNK):
            # Products of one size: so a row's do not depend on the rows beside it.
            part = np.zeros((N_CHUNK, C.shape[1]))
            rows = C[start : start + N_CHUNK]
            part[: len(rows)] = rows
            E[start : start + N_CHUNK] = (part @ self.axes_)[: len(rows)]
        return E / np.maximum(np.linalg.norm(E, axis=1, keepdims=True), 1e-12)

    def get_state(self):
        """Plain state of arrays."""
        return dict(self.__dict__)

    @classmethod
    def from_state(cls, state):
        """Undo `get_state`."""
        new = cls()
        new.__dict__.update(state)
        return new

"""A fair sample of rows that come in chunks."""

import numpy as np

from ..encoding.labels import UNLABELED

MAX_ROWS = 40_000


class Reservoir:
    """At most 40,000 rows of all chunks so far, labeled ones first, up to half.

    Each row draws a key in [0, 1); of labeled and of unlabeled rows those with the
    smallest keys stay. So the rows that stay are drawn without replacement, and those
    below the smaller of the two thresholds are a sample of all rows alike.

    Attributes
    ----------
    Z_ : ndarray of shape (n_rows, n_columns)
        Encoded rows.
    codes_ : ndarray of shape (n_rows,)
        Index of the class, -1 for unlabeled.
    keys_ : ndarray of shape (n_rows,)
        Their keys.
    n_seen_ : ndarray of shape (2,)
        Labeled and unlabeled rows of all chunks.
    """

    def __init__(self):
        self.Z_ = self.codes_ = self.keys_ = None
        self.n_seen_ = np.zeros(2, dtype=np.int64)

    def add(self, Z, codes, random_state):
        """Take a chunk in; the table of rows so far and of the chunk.

        Returns
        -------
        table : ndarray of shape (n_kept + n_rows, n_columns)
            Rows kept so far, then the chunk.
        codes : ndarray of shape (n_kept + n_rows,)
            Their codes.
        rows : ndarray of int
            Which rows of the table are kept from now on.
        weight : ndarray or None
            How many rows of all chunks each of these stands for; None if all are kept.
        even : ndarray of int
            Rows of the table that are a sample of all alike.
        """
        labeled = codes != UNLABELED
        self.n_seen_ = self.n_seen_ + [labeled.sum(), (~labeled).sum()]
        keys = random_state.random_sample(len(Z))
        if self.Z_ is not None:
            Z = np.concatenate([self.Z_, Z])
            codes = np.concatenate([self.codes_, codes])
            keys = np.concatenate([self.keys_, keys])
        order = np.argsort(keys, kind="stable")
        is_labeled = codes[order] != UNLABELED
        labeled, unlabeled = order[is_labeled], order[~is_labeled]
        n_labeled = min(len(labeled), max(MAX_ROWS // 2, MAX_ROWS - len(unlabeled)))
        kept = labeled[:n_labeled], unlabeled[: MAX_ROWS - n_labeled]
        rows = np.sort(np.concatenate(kept))
        thresholds = [
            1.0 if len(some) == n else keys[some].max(initial=0.0)
            for some, n in zip(kept, self.n_seen_, strict=True)
        ]
        weight = None
        if min(thresholds) < 1:
            weight = np.empty(len(Z))
            for some, n in zip(kept, self.n_seen_, strict=True):
                weight[some] = n / max(len(some), 1)
            weight = weight[rows]
        even = rows[keys[rows] <= min(thresholds)]
        self.Z_, self.codes_, self.keys_ = Z[rows], codes[rows], keys[rows]
        return Z, codes, rows, weight, even

    def get_state(self):
        """Plain state of arrays."""
        return dict(self.__dict__)

    @classmethod
    def from_state(cls, state):
        """Undo `get_state`."""
        new = cls()
        new.__dict__.update(state)
        return new

"""How rare a score is among those of rows left out."""

import numpy as np

from ..encoding._columns import PlainState

_TAIL = 0.1  # share of the rows that the tail is fitted to


class Tail(PlainState):
    """Surprise of scores: minus the logarithm of the share of rows as odd as that.

    Below the last tenth it is counted, beyond it follows an exponential tail, so that
    it goes on growing where no row of `fit` was.

    Parameters
    ----------
    scores : ndarray of shape (n_rows,)
        How odd rows are that the model had not seen.
    """

    def __init__(self, scores):
        scores = np.sort(scores)
        start = min(int((1 - _TAIL) * len(scores)), len(scores) - 1)
        self.scores = scores
        self.start = float(scores[start])
        excess = float((scores[start:] - self.start).mean())
        if excess <= 0:  # most rows are alike
            excess = float(scores.std()) or 1.0
        self.excess = excess

    def surprise(self, scores):
        """Surprise of scores, in nats, from 0 on.

        Parameters
        ----------
        scores : ndarray of shape (n_rows,)
            How odd rows are.

        Returns
        -------
        surprise : ndarray of shape (n_rows,)
            Larger for odder rows.
        """
        n = len(self.scores)
        below = np.searchsorted(self.scores, scores, side="left") / (n + 1)
        counted = np.minimum(-np.log1p(-below), -np.log(_TAIL))
        beyond = np.maximum(scores - self.start, 0) / self.excess
        return counted + beyond

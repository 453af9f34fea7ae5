"""Linear evidence: a ridge regression beside a forest that tells who is labeled."""

import numpy as np
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from ..encoding.ridge import leave_one_out_ridge
from ._neighbors import TINY

RIDGES = np.logspace(-4, 1, 6)
MAX_COLUMNS = 1024
MIN_ROWS = 500  # a coincidence in fewer rows looks significant
SIGNIFICANT_Z = 3.0
FLOOR = 1e-3


class LinearEvidence:
    """P(labeled | x) by a forest and a linear score together.

    Trees cut one column at a time, so many columns that each tell a little are out of
    their reach. A ridge regression of "is labeled" on the columns gathers them; its
    answers for the rows it was fitted on leave each row out. A logistic regression
    joins it to the forest, and is used if it tells who is labeled significantly better
    than the forest alone does.

    Attributes
    ----------
    weights_ : ndarray of shape (n_columns,)
        Slope of the joint log-odds in each column.
    slope_, intercept_ : float
        Slope in the forest's log-odds, and the rest.
    share_ : ndarray of shape (n_rows,)
        Joint P(labeled | x) of the training rows, no row voting for itself.
    gain_ : float
        Paired z of its log-loss over that of the recalibrated forest.
    """

    def fit(self, Z, labeled, forest_share, folds=None):
        """Fit the joint model.

        Parameters
        ----------
        Z : ndarray of shape (n_rows, n_columns)
            Encoded table.
        labeled : ndarray of bool, shape (n_rows,)
            Who is labeled.
        forest_share : ndarray of shape (n_rows,)
            The forest's P(labeled | x), out of bag.
        folds : list of (train, test), default=None
            Folds that keep equal rows together; None leaves out single rows.

        Returns
        -------
        self : LinearEvidence
            The fitted model; see `gain_` before using it.
        """
        residual, slopes = leave_one_out_ridge(Z, labeled, RIDGES)
        score = labeled - labeled.mean() - residual
        for train, test in folds or []:
            _, without = leave_one_out_ridge(Z[train], labeled[train], RIDGES)
            center = Z[train].mean(axis=0, dtype=np.float64)
            level = labeled[train].mean() - labeled.mean()
            score[test] = (Z[test] - center) @ without + level
        forest = _log_odds(forest_share)
        spread = np.maximum([forest.std(), score.std()], TINY)
        both = np.stack([forest, score], axis=1) / spread
        alone = LogisticRegression().fit(both[:, :1], labeled)
        joint = LogisticRegression().fit(both, labeled)
        slope, by_score = joint.coef_[0] / spread
        self.slope_, self.weights_ = float(slope), by_score * slopes
        center = Z.mean(axis=0, dtype=np.float64)
        self.intercept_ = float(joint.intercept_[0] - self.weights_ @ center)
        self.share_ = joint.predict_proba(both)[:, 1]
        before = _log_loss(alone.predict_proba(both[:, :1])[:, 1], labeled)
        gains = before - _log_loss(self.share_, labeled)
        self.gain_ = float(gains.mean() / max(gains.std() / np.sqrt(len(gains)), TINY))
        return self

    @property
    def helps(self):
        """Whether it tells significantly more than the forest."""
        return self.gain_ >= SIGNIFICANT_Z

    def share(self, Z, forest_share):
        """Joint P(labeled | x) of new rows, from the forest's."""
        linear = np.asarray(Z, dtype=np.float64) @ self.weights_ + self.intercept_
        return expit(self.slope_ * _log_odds(forest_share) + linear)


def _log_odds(share):
    return logit(np.clip(share, FLOOR, 1 - FLOOR))


def _log_loss(share, labeled):
    return -np.log(np.where(labeled, share, 1 - share))

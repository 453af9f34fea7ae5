"""Linear evidence: a ridge regression beside trees that tell who is labeled."""

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
    """P(labeled | x) by a linear score, and whether it tells more than trees do.

    A ridge regression of "is labeled" on the columns; its answers for the rows it was
    fitted on leave each row out, or each fold where there are equal rows. A logistic
    regression makes them probabilities. A second one joins them to the trees', and the
    score helps if that tells who is labeled significantly better than the trees alone.

    Attributes
    ----------
    weights_ : ndarray of shape (n_columns,)
        Slope of the log-odds in each column.
    intercept_ : float
        The rest.
    share_ : ndarray of shape (n_rows,)
        P(labeled | x) of the training rows, no row voting for itself.
    gain_ : float
        Paired z of the joint log-loss over that of the recalibrated trees.
    """

    def fit(self, Z, labeled, shares, folds=None, weight=None):
        """Fit the linear score and judge it.

        Parameters
        ----------
        Z : ndarray of shape (n_rows, n_columns)
            Encoded table.
        labeled : ndarray of bool, shape (n_rows,)
            Who is labeled.
        shares : ndarray of shape (n_rows, n_members)
            P(labeled | x) by trees that did not see the row.
        folds : list of (train, test), default=None
            Folds that keep equal rows together; None leaves out single rows.
        weight : ndarray of shape (n_rows,), default=None
            Weights of the rows.

        Returns
        -------
        self : LinearEvidence
            The fitted model; see `helps` before using it.
        """
        residual, slopes = leave_one_out_ridge(Z, labeled, RIDGES)
        score = labeled - labeled.mean() - residual
        for train, test in folds or []:
            _, without = leave_one_out_ridge(Z[train], labeled[train], RIDGES)
            center = Z[train].mean(axis=0, dtype=np.float64)
            level = labeled[train].mean() - labeled.mean()
            score[test] = (Z[test] - center) @ without + level
        trees = logit(np.clip(shares, FLOOR, 1 - FLOOR)).mean(axis=1)
        columns = np.stack([trees, score], axis=1)
        columns /= np.maximum([trees.std(), score.std()], TINY)
        found = {}
        for name, used in {"trees": [0], "linear": [1], "joint": [0, 1]}.items():
            model = LogisticRegression().fit(columns[:, used], labeled, weight)
            found[name] = model, model.predict_proba(columns[:, used])[:, 1]
        model, self.share_ = found["linear"]
        self.weights_ = model.coef_[0] / max(score.std(), TINY) * slopes
        center = Z.mean(axis=0, dtype=np.float64)
        self.intercept_ = float(model.intercept_[0] - self.weights_ @ center)
        gains = _log_loss(found["trees"][1], labeled)
        gains = gains - _log_loss(found["joint"][1], labeled)
        if weight is not None:
            gains = gains * weight * (len(weight) / weight.sum())
        self.gain_ = float(gains.mean() / max(gains.std() / np.sqrt(len(gains)), TINY))
        return self

    @property
    def helps(self):
        """Whether it tells significantly more than the trees."""
        return self.gain_ >= SIGNIFICANT_Z

    def share(self, Z):
        """P(labeled | x) of new rows."""
        return expit(np.asarray(Z, dtype=np.float64) @ self.weights_ + self.intercept_)


def _log_loss(share, labeled):
    return -np.log(np.where(labeled, share, 1 - share))

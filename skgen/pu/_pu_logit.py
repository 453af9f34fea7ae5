"""Logistic regression of y from who is labeled."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit
from sklearn.linear_model import LogisticRegression

RIDGE = 10.0


def fit_pu_logit(Z, s, *, n_members, rate, two_sample, weight=None):
    """Fit P(y=1|z) = sigmoid(a + w z) by the log-loss of s.

    In one-sample data P(s=1|z) = rate * P(y=1|z); in two-sample data the odds of s are.

    Parameters
    ----------
    Z : ndarray of shape (n_rows, n_columns)
        Log-odds of the members, then other columns.
    s : ndarray of shape (n_rows,)
        1 for labeled and 0 for unlabeled rows.
    n_members : int
        Columns whose weights must not be negative; a ridge of weight 10 / n_rows draws
        them to their mean, and the weights of the other columns to zero.
    rate : float
        P(s=1|y=1), or the ratio of labeled to expected unlabeled positives.
    two_sample : bool
        Whether P and U were drawn apart.
    weight : ndarray of shape (n_rows,), default=None
        Weights of the rows.

    Returns
    -------
    model : LogisticRegression
        Holds w as ``coef_`` and a as ``intercept_``.
    """
    scale = np.ones(Z.shape[1])
    scale[n_members:] = np.maximum(Z[:, n_members:].std(axis=0), 1e-12)
    V = Z / scale
    share = np.full(len(s), 1 / len(s)) if weight is None else weight / weight.sum()
    ridge = RIDGE / len(s)
    start = np.zeros(V.shape[1] + 1)
    start[1 : n_members + 1] = 1.0 / n_members

    def loss(theta):
        """Value and gradient of the mean log-loss with its ridge."""
        value, slope = symbol_losses(
            V @ theta[1:] + theta[0], s, rate, two_sample, slopes=True
        )
        away = theta[1:] - start[1:]
        slope = share * slope
        gradient = np.concatenate([[slope.sum()], V.T @ slope])
        gradient[1:] += ridge * away
        return share @ value + 0.5 * ridge * away @ away, gradient

    bounds = [(None, None), *[(0, None)] * n_members]
    bounds += [(None, None)] * (len(start) - len(bounds))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    model = LogisticRegression()
    model.coef_ = (found.x[1:] / scale)[None]
    model.intercept_ = found.x[:1]
    model.classes_ = np.array([0, 1])
    model.n_features_in_ = Z.shape[1]
    model.n_iter_ = np.array([found.nit])
    return model


def symbol_losses(score, s, rate, two_sample, *, slopes=False):
    """Log-loss of "is labeled" of each row in nats, from the log-odds of y.

    Parameters
    ----------
    score : ndarray of shape (n_rows,)
        Log-odds of y=1.
    s, rate, two_sample
        As for `fit_pu_logit`.
    slopes : bool, default=False
        Whether to return the derivatives by `score` as well.

    Returns
    -------
    losses : ndarray of shape (n_rows,), or a tuple of it and the derivatives
    """
    phi = expit(score)
    if two_sample:
        log_odds = np.log(rate) + log_expit(score)
        losses = np.logaddexp(0, log_odds) - s * log_odds
        if not slopes:
            return losses
        return losses, (expit(log_odds) - s) * (1 - phi)
    share = np.clip(min(rate, 1.0) * phi, 1e-12, 1 - 1e-9)
    losses = -np.where(s == 1, np.log(share), np.log1p(-share))
    if not slopes:
        return losses
    return losses, np.where(s == 1, -(1 - phi), share * (1 - phi) / (1 - share))

"""Mixtures of Gaussians fitted to the codes of rows, and draws from them."""

import warnings

import numpy as np
from sklearn import config_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge
from sklearn.mixture import GaussianMixture

_ROWS_PER_COMPONENT = 200
_MOST_COMPONENTS = 50
_LEAST_VARIANCE = 1e-4
_MOST_CODES = 20_000  # that a mixture is fitted to
# Rows that speak for the variance of all codes in each component: few rows of its own
# would make it narrow, and draws from it copies of them.
_SHRINKAGE = 2.0


def n_components_of(n_components, n_rows):
    """Components for so many rows."""
    if n_components == "auto":
        n_components = np.clip(n_rows // _ROWS_PER_COMPONENT, 1, _MOST_COMPONENTS)
    return int(min(n_components, n_rows))


def fit_prior(codes, classes, n_classes, n_components, random_state):
    """Fit a mixture to the codes of each class.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_latent)
        Codes, drawn from their posteriors.
    classes : ndarray of shape (n_rows,) or None
        Classes; one without rows has the mixture of all.
    n_classes : int
        Number of classes, 1 if there are none.
    n_components : int
        Components for each.
    random_state : RandomState
        Seeds the start.

    Returns
    -------
    arrays : dict of ndarray
        ``log_weights`` of shape (n_classes, n_components), ``means`` of shape (...,
        n_latent) and ``roots`` of shape (..., n_latent, n_latent): upper triangular R
        of each inverse covariance R R'.
    """
    found, variances = [], codes.var(axis=0) + _LEAST_VARIANCE
    for k in range(n_classes):
        own = codes if classes is None else codes[classes == k]
        own = codes if not len(own) else own
        size = min(n_components, max(1, len(own) // 2))
        if len(own) > _MOST_CODES:
            own = own[random_state.permutation(len(own))[:_MOST_CODES]]
        model = GaussianMixture(
            size,
            reg_covar=_LEAST_VARIANCE,
            max_iter=200,
            random_state=random_state.randint(2**31 - 1),
        )
        # Its k-means refuses to start where dispatch is on.
        with warnings.catch_warnings(), config_context(array_api_dispatch=False):
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(own if len(own) > 1 else np.repeat(own, 2, axis=0))
        absent = n_components - size
        found.append(
            {
                "log_weights": np.pad(
                    np.log(model.weights_), (0, absent), constant_values=-np.inf
                ),
                "means": np.pad(model.means_, ((0, absent), (0, 0))),
                "roots": np.concatenate(
                    [
                        _shrunk_roots(model, len(own), variances),
                        np.tile(np.eye(codes.shape[1]), (absent, 1, 1)),
                    ]
                ),
            }
        )
    return {name: np.stack([f[name] for f in found]) for name in found[0]}


def _shrunk_roots(model, n_rows, variances):
    """Roots of the inverse covariances, drawn to the variances of all codes."""
    weight = (model.weights_ * n_rows)[:, None, None]
    covariances = weight * model.covariances_ + _SHRINKAGE * np.diag(variances)
    lower = np.linalg.cholesky(covariances / (weight + _SHRINKAGE))
    return np.linalg.inv(lower).transpose(0, 2, 1)


def fit_slopes(codes, conditions):
    """How codes move with their conditions, by ridge regression.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_latent)
        Codes.
    conditions : ndarray of shape (n_rows, n_given)
        Numbers.

    Returns
    -------
    slopes : ndarray of shape (n_given, n_latent)
        ``codes - conditions @ slopes`` no longer depends linearly on the conditions.
    """
    with config_context(array_api_dispatch=False):
        model = Ridge(alpha=1.0).fit(conditions.astype(np.float64), codes)
    return np.ascontiguousarray(model.coef_.T.reshape(conditions.shape[1], -1))


def draw_prior(arrays, n_latent, classes, random_state):
    """Draw a code for each class of a list.

    Parameters
    ----------
    arrays : dict of ndarray
        What `fit_prior` found; empty for the standard normal.
    n_latent : int
        Dimensions of a code.
    classes : ndarray of shape (n_rows,)
        Class of each row; zeros if there are none.
    random_state : RandomState
        Source of the draws.

    Returns
    -------
    codes : ndarray of shape (n_rows, n_latent)
        Codes.
    """
    u = random_state.random_sample(len(classes))
    z = random_state.standard_normal((len(classes), n_latent))
    if not arrays:
        return z
    below = np.exp(arrays["log_weights"]).cumsum(axis=1)[classes]
    parts = (u[:, None] * below[:, -1:] >= below).sum(axis=1)
    for k, part in set(zip(classes.tolist(), parts.tolist(), strict=True)):
        rows = (classes == k) & (parts == part)
        root = arrays["roots"][k, part]
        z[rows] = np.linalg.solve(root.T, z[rows].T).T + arrays["means"][k, part]
    return z

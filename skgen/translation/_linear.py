"""Ridge regressions that networks begin at."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeCV

_RIDGES = np.logspace(-3, 5, 17)
_LEAST = 1e-12  # share of the scale of an output that counts as none
_MOST_AXES = 200  # principal components of images


def fit_numbers(Z, Y):
    """Fit a ridge regression.

    Parameters
    ----------
    Z : ndarray of shape (n_rows, n_columns)
        Encoded rows.
    Y : ndarray of shape (n_rows, n_outputs)
        Answers.

    Returns
    -------
    linear : dict of ndarray
        ``coef``, ``intercept``, and the ``scale`` of what the regression leaves.
    """
    model = RidgeCV(_RIDGES).fit(Z.astype(np.float64), Y)
    coef = model.coef_.reshape(Y.shape[1], -1)
    left = Y - Z @ coef.T - model.intercept_
    return {"coef": coef, "intercept": np.atleast_1d(model.intercept_)} | {
        "scale": _scale(left, Y)
    }


def no_line(Z, Y):
    """Mean answer in place of a regression; see `fit_numbers`."""
    mean = Y.mean(axis=0)
    return {
        "coef": np.zeros((Y.shape[1], Z.shape[1])),
        "intercept": mean,
        "scale": _scale(Y - mean, Y),
    }


def _scale(left, Y):
    """Deviations; of an answer that is linear in the row nothing is left to learn."""
    scale = left.std(axis=0)
    return np.where(scale <= _LEAST * np.abs(Y).max(axis=0), 1.0, scale)


def fit_images(Z, T, random_state):
    """Fit a ridge regression of images on principal components of others.

    Parameters
    ----------
    Z : ndarray of shape (n_rows, ...)
        Encoded questions.
    T : ndarray of shape (n_rows, channels, height, width)
        Encoded answers.
    random_state : RandomState
        Seeds the search for components.

    Returns
    -------
    linear : dict of ndarray
        ``axes`` of shape (n_axes, n_pixels), ``coef`` of shape (n_axes, n_outputs) and
        ``intercept``.
    left_out : ndarray of the shape of `T`
        Answers to each row by a regression that was fitted without it.
    """
    X, Y = (a.reshape(len(a), -1).astype(np.float64) for a in (Z, T))
    n_axes = min(_MOST_AXES, len(X) - 1, X.shape[1])
    pca = PCA(n_axes, svd_solver="randomized", random_state=random_state).fit(X)
    codes = pca.transform(X)
    squares, mean = np.square(codes).sum(axis=0), Y.mean(axis=0)
    shared = codes.T @ (Y - mean)
    best = None
    for ridge in _RIDGES:
        coef = shared / (squares + ridge)[:, None]
        leverage = 1 / len(X) + (np.square(codes) / (squares + ridge)).sum(axis=1)
        error = (Y - mean - codes @ coef) / (1 - leverage).clip(1e-6)[:, None]
        lost = np.square(error).sum()
        if best is None or lost < best[0]:
            best = lost, coef, Y - error
    _, coef, left_out = best
    linear = {
        "axes": pca.components_,
        "coef": coef,
        "intercept": mean - pca.mean_ @ pca.components_.T @ coef,
    }
    return (
        {name: a.astype(np.float32) for name, a in linear.items()},
        left_out.reshape(T.shape).astype(np.float32),
    )


def answer_images(linear, Z, shape):
    """Answers of `fit_images` to rows, of shape (n_rows, *shape)."""
    X = Z.reshape(len(Z), -1).astype(np.float64)
    found = X @ linear["axes"].T.astype(np.float64)
    found = found @ linear["coef"].astype(np.float64) + linear["intercept"]
    return found.reshape(len(Z), *shape)

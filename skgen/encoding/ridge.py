"""Ridge regression whose answers leave each row out, in closed form."""

import numpy as np


def leave_one_out_ridge(X, target, ridges):
    """Fit a ridge regression with an intercept that is not penalised.

    The residual of a row left out is its residual over one minus its leverage; the
    penalty is the one with the least squares of those.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        Columns, of about unit scale.
    target : ndarray of shape (n_rows,)
        What to predict.
    ridges : ndarray of shape (n_ridges,)
        Penalties to try, per row.

    Returns
    -------
    residual : ndarray of shape (n_rows,)
        Target minus prediction of each row by the others.
    slopes : ndarray of shape (n_columns,)
        Slopes of the fit to all rows; it goes through the means.
    """
    X = np.asarray(X, dtype=np.float64)
    X, target = X - X.mean(axis=0), target - target.mean()
    if not X.shape[1]:
        return target, np.zeros(0)
    values, vectors = np.linalg.eigh(X.T @ X)
    rotated = X @ vectors
    along = rotated.T @ target
    squares, best = rotated**2, None
    for ridge in ridges * len(X):
        shrink = 1 / (np.maximum(values, 0) + ridge)
        leverage = squares @ shrink + 1 / len(X)
        residual = target - rotated @ (shrink * along)
        residual /= np.maximum(1 - leverage, 1e-6)
        error = float(residual @ residual)
        if best is None or error < best[0]:
            best = error, residual, vectors @ (shrink * along)
    return best[1:]

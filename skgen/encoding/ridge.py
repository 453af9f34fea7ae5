"""Ridge regression whose residuals leave each row out, in closed form."""

import numpy as np
from sklearn.linear_model import RidgeCV


def leave_one_out_ridge(X, target, ridges):
    """Fit a ridge regression with an intercept that is not penalised.

    The penalty is the one with the least squares of rows left out.

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
    X, target = np.asarray(X, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if not X.shape[1]:
        return target - target.mean(), np.zeros(0)
    penalties = ridges * len(X)
    model = RidgeCV(penalties, store_cv_results=True).fit(X, target)
    (best,) = np.flatnonzero(penalties == model.alpha_)
    # scikit-learn keeps squares; a residual keeps its sign when its row is left out.
    sizes = np.sqrt(model.cv_results_[:, best])
    return np.copysign(sizes, target - model.predict(X)), model.coef_

"""The boosted forest that tells samples apart, and predictions of held-out rows."""

from numbers import Integral

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from ..encoding.random_state import own_generator

_MIN_LEAF = 20


def fit_forest(kind, X, y):
    """Fit a forest of scikit-learn's class `kind` to codes, with NaN where missing.

    With the default rate and no penalty it diverges on a dozen uneven classes.
    """
    # A column of fewer values than a leaf has rows is never split, and makes the search
    # for bins fail if all of them come to lie in the forest's own validation part.
    known = np.sum(~np.isnan(X), axis=0) >= _MIN_LEAF
    model = kind(
        l2_regularization=1,
        learning_rate=0.05,
        min_samples_leaf=_MIN_LEAF,
        random_state=0,
    )
    return model.fit(np.where(known, X, 0.0), y)


def held_out_probabilities(estimator, X, y, *, cv, random_state):
    """Return P(y=1) of each row by a classifier that was fitted without its fold.

    Without an estimator it is the forest, and `X` are codes.
    """
    n = min((y == 0).sum(), (y == 1).sum())
    if not isinstance(cv, Integral) or isinstance(cv, bool) or cv < 2:
        raise ValueError(f"cv must be an integer of at least 2, got {cv!r}.")
    if n < cv:
        raise ValueError(
            f"Each sample must have at least cv={cv} rows, one per fold, got {n}; pass "
            "more rows or a smaller cv."
        )
    random_state = own_generator(random_state)
    folds = StratifiedKFold(cv, shuffle=True, random_state=random_state).split(y, y)
    if estimator is not None:
        proba = cross_val_predict(
            estimator, X, y, cv=list(folds), method="predict_proba"
        )
        return proba[:, 1]
    proba = np.empty(len(y))
    for train, test in folds:
        model = fit_forest(HistGradientBoostingClassifier, X[train], y[train])
        proba[test] = model.predict_proba(X[test])[:, 1]
    return proba

"""Synthetic rows as rows to learn from, beside real ones."""

from collections import namedtuple

import numpy as np
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.metrics import accuracy_score, r2_score

from .._compat import safe_indexing
from ._forest import fit_forest
from ._rows import Samples

Utility = namedtuple("Utility", ["synthetic", "real", "metric"])
TASKS = ("auto", "classification", "regression")
_MAX_CLASSES = 20


def train_synthetic_test_real(
    real, synthetic, holdout, *, target, task="auto", estimator=None
):
    """Score on held-out real rows of a model that learned from synthetic ones (TSTR).

    One column is predicted from the others, once by a model fitted to synthetic rows
    and once by one fitted to real rows, which is the mark to reach. Pass as many
    synthetic as real rows: more rows would make the better model by themselves.

    Parameters
    ----------
    real : DataFrame or array-like of shape (n_real, n_features), or None
        Real rows that the generator was fitted to. None leaves their model out.
    synthetic : DataFrame or array-like of shape (n_synthetic, n_features)
        Synthetic rows with the same columns.
    holdout : DataFrame or array-like of shape (n_holdout, n_features)
        Real rows that neither the generator nor the models have seen, to test on.
    target : label or int
        Name or index of the column to predict. Rows where it is missing are left out.
    task : {"auto", "classification", "regression"}, default="auto"
        "auto" means classification if the target holds categories, booleans, or at
        most 20 distinct whole numbers.
    estimator : estimator, default=None
        Classifier or regressor that is fitted to the other columns as they are. None
        means a gradient-boosted forest, which takes numbers, categories and missing
        values; it leaves out classes of a single row.

    Returns
    -------
    result : namedtuple
        `synthetic` and `real`, the scores of the two models, and `metric`, which one:
        "accuracy", or "r2", the coefficient of determination, at most 1 and below 0 for
        a model that is worse than the mean. `real` is NaN without real rows.

    Raises
    ------
    ValueError
        If the columns differ, `target` is not among them or has no value in one of the
        tables, it is the only column, or a regression is asked for on categories.
    TypeError
        If a column holds numbers in one sample and categories in the other, or values
        that are neither, such as dates.

    See Also
    --------
    classifier_two_sample_test : Sees what does not matter for the target as well.

    References
    ----------
    .. [1] C. Esteban, S. L. Hyland, G. Raetsch, "Real-valued (medical) time series
       generation with recurrent conditional GANs", arXiv:1706.02633, 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skgen.metrics import train_synthetic_test_real
    >>> iris = load_iris(as_frame=True).frame.sample(frac=1, random_state=0)
    >>> train, holdout = iris[:75], iris[75:]
    >>> column = train["target"].sample(frac=1, random_state=0).to_numpy()
    >>> shuffled = train.assign(target=column)
    >>> result = train_synthetic_test_real(train, shuffled, holdout, target="target")
    >>> result.real > 0.9, result.synthetic < 0.7, result.metric
    (True, True, 'accuracy')
    """
    samples = Samples({"real": real, "synthetic": synthetic, "holdout": holdout})
    j = samples.place(target)
    if len(samples.names) == 1:
        raise ValueError("There must be columns beside the target, got none.")
    classify = _is_classification(samples, j, task)
    for name in samples.tables:
        if np.isnan(samples[name][:, j]).all():
            column = samples.names[j]
            raise ValueError(
                f"The target, column {column!r}, must have values, got none in {name}."
            )
    scores = {
        name: _score(samples, name, j, classify, estimator)
        for name in ("synthetic", "real")
        if name in samples.tables
    }
    return Utility(
        scores["synthetic"],
        scores.get("real", np.nan),
        "accuracy" if classify else "r2",
    )


def _is_classification(samples, j, task):
    if not (isinstance(task, str) and task in TASKS):
        raise ValueError(f"task must be one of {TASKS}, got {task!r}.")
    discrete = samples.kinds[j] in ("category", "boolean")
    if task == "regression" and samples.kinds[j] == "category":
        raise ValueError(
            f"task='regression' needs numbers, got categories in the target, column "
            f"{samples.names[j]!r}; pass task='classification'."
        )
    if task != "auto":
        return task == "classification"
    values = np.unique(samples["holdout"][:, j])
    values = values[~np.isnan(values)]
    whole = np.array_equal(values, np.rint(values))
    return discrete or (whole and len(values) <= _MAX_CLASSES)


def _score(samples, name, j, classify, estimator):
    """Return the held-out score of a model of one sample."""
    X, y = _features(samples, name, j, as_codes=estimator is None)
    X_test, y_test = _features(samples, "holdout", j, as_codes=estimator is None)
    if estimator is not None:
        model = clone(estimator).fit(X, y)
    elif classify:
        # Its early stopping cannot divide a class of one row.
        _, code, counts = np.unique(y, return_inverse=True, return_counts=True)
        often = counts[code] > 1
        if len(np.unique(y[often])) > 1:
            model = fit_forest(HistGradientBoostingClassifier, X[often], y[often])
        else:
            model = DummyClassifier().fit(X, y)
    else:
        model = fit_forest(HistGradientBoostingRegressor, X, y)
    predicted = model.predict(X_test)
    return float((accuracy_score if classify else r2_score)(y_test, predicted))


def _features(samples, name, j, *, as_codes):
    """Return the columns beside the target and the target, where it is known."""
    codes = samples[name]
    known = ~np.isnan(codes[:, j])
    others = np.delete(np.arange(codes.shape[1]), j)
    X = safe_indexing(codes if as_codes else samples.tables[name], others, axis=1)
    return safe_indexing(X, known), codes[known, j]

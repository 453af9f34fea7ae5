"""Tables of every kind into every estimator: rows come back right, or an error does.

60 tables an estimator here, 500 by ``pytest -m nightly tests/test_fuzz.py``. Tables
that failed stand at the end, as small as hypothesis made them.
"""

import os
import re
import traceback
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from instances import classes, has_parameter, instances, stack_for_tables
from sklearn.base import clone
from skorch.callbacks import Callback
from tables import Recipe, labels, recipes

import skgen

HOME = os.path.dirname(skgen.__file__)
TINY = dict(zip(classes(), instances(), strict=True))
TINY["PUStackingClassifier"] = stack_for_tables()
each = pytest.mark.parametrize("name", TINY)


class Began(Callback):
    """Notes that training began."""

    def __init__(self, seen):
        self.seen = seen

    def on_train_begin(self, net, **kwargs):
        self.seen.append(True)


# scikit-learn's and imbalanced-learn's checks of input count as the package's own.
CHECKS = HOME, os.path.join("sklearn", "utils"), os.path.join("imblearn", "utils")
NAMED = re.compile(
    r"column|\bX\b|\by\b|classes|label|rows|Found array|samples|"
    # Words that scikit-learn asks for.
    "argument must be a string or a real number|Complex data not supported"
)


def check_error(error, began):
    where = traceback.extract_tb(error.__traceback__)[-1].filename
    assert any(place in where for place in CHECKS), f"not the package's: {error}"
    assert NAMED.search(str(error)), f"names nothing: {error}"
    assert not began, "came after training began"


def check_outputs(model, X):
    n = len(X)
    if hasattr(model, "translate"):
        check_rows(model.transform(X), X, n)
        return
    for name in ("score_samples", "predict_proba", "transform", "decision_function"):
        if hasattr(model, name):
            found = np.asarray(getattr(model, name)(X), dtype=float)
            assert len(found) == n, name
            assert np.isfinite(found).all(), f"{name} is not finite"
    if hasattr(model, "predict"):
        assert len(model.predict(X)) == n
    if hasattr(model, "sample") and not has_parameter(model, "game"):
        check_rows(model.sample(7, random_state=0), X, 7)


def check_rows(drawn, X, n):
    assert len(drawn) == n
    if isinstance(X, pd.DataFrame):
        assert list(drawn.columns) == list(X.columns)
        for j, dtype in enumerate(X.dtypes):
            if isinstance(dtype, pd.SparseDtype):
                continue
            assert drawn.dtypes.iloc[j] == dtype, (drawn.dtypes.iloc[j], dtype)
    else:
        assert drawn.shape[1] == X.shape[1]


def check(name, recipe, labels):
    model, began = clone(TINY[name]), []
    if has_parameter(model, "callbacks"):
        model.set_params(callbacks=[Began(began)])
    X, y = recipe.table(), recipe.labels(labels)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", UserWarning)
        try:
            if hasattr(model, "fit_resample"):
                rows, _ = model.fit_resample(X, y)
                check_rows(rows, X, len(rows))
                return True
            model.fit(X, y)
        except (ValueError, TypeError) as error:
            check_error(error, began)
            return False
        check_outputs(model, X)
    return True


def fuzz(n_tables):
    """Give a test n tables and labels, the same ones in each run."""
    options = {"derandomize": True, "database": None, "deadline": None}
    draw = given(recipe=recipes(), labels=labels())
    checks = list(HealthCheck)
    return lambda test: settings(
        max_examples=n_tables, suppress_health_check=checks, **options
    )(draw(test))


@each
@fuzz(60)
def test_any_table_works_or_is_refused_by_name(name, recipe, labels):
    check(name, recipe, labels)


@pytest.mark.nightly
@each
@fuzz(500)
def test_many_tables_work_or_are_refused_by_name(name, recipe, labels):
    check(name, recipe, labels)


# -- tables that failed ----------------------------------------------------------------


FAILED = {
    "columns of one name": (Recipe(("normal", "normal"), 40, "all equal"), None),
    "bytes in an array": (Recipe(("bytes", "normal"), 5, as_array=True), None),
    "lists in an array": (Recipe(("lists",), 40, as_array=True), None),
    "NA in an array": (Recipe(("nullable floats",), 40, as_array=True), None),
    "squares overflow": (Recipe(("huge", "one outlier"), 200), None),
    "nothing known": (Recipe(("all missing", "all missing"), 60), None),
    "objects with holes": (
        Recipe(("nullable boolean", "numbers as objects"), 200),
        None,
    ),
    "sparse columns": (Recipe(("sparse", "int8"), 60), None),
    "categories of booleans": (Recipe(("categories of booleans",), 60), None),
    "one label": (Recipe(("holes",), 12), "one class"),
}


@each
@pytest.mark.parametrize(("recipe", "kind"), FAILED.values(), ids=FAILED)
def test_tables_that_failed(name, recipe, kind):
    check(name, recipe, kind or "0 and 1")

"""Labels of other kinds: every function and estimator reads them alike."""

import datetime
import decimal
from functools import cache

import numpy as np
import pandas as pd
import pytest
from instances import has_parameter, instances
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from skgen.datasets import make_pu
from skgen.metrics import (
    lee_liu_score,
    make_pu_scorer,
    pu_accuracy_score,
    pu_f1_score,
    pu_risk_score,
    pu_roc_auc_score,
    vpu_score,
)
from skgen.pu import PUGANClassifier, estimate_prior

N = 40
ROWS = np.random.default_rng(0).normal(size=(N, 3))
CODES = np.tile([0, 0, 1, 0], N // 4)
ROWS[CODES == 1] += 1
SHARE = np.linspace(0.1, 0.9, N)
SCORER = make_pu_scorer("accuracy", prior=0.4)
MODEL = LogisticRegression().fit(ROWS, CODES)


def fit(model):
    return lambda y, **labels: clone(model).set_params(**labels).fit(ROWS, y)


READERS = {
    "make_pu": lambda y: make_pu(ROWS, y, n_labeled=3, random_state=0),
    "estimate_prior": lambda y, **labels: estimate_prior(
        ROWS, y, random_state=0, **labels
    ),
    "accuracy": lambda y, **labels: pu_accuracy_score(y, y, prior=0.4, **labels),
    "f1": lambda y, **labels: pu_f1_score(y, y, prior=0.4, **labels),
    "lee_liu": lambda y, **labels: lee_liu_score(y, y, **labels),
    "risk": lambda y, **labels: pu_risk_score(y, SHARE, prior=0.4, **labels),
    "roc_auc": lambda y, **labels: pu_roc_auc_score(y, SHARE, **labels),
    "vpu": lambda y, **labels: vpu_score(y, SHARE, **labels),
    "scorer": lambda y: SCORER(MODEL, ROWS, y),
    **{
        type(model).__name__: fit(model)
        for model in instances()
        if has_parameter(model, "pos_label")
    },
}
each_reader = pytest.mark.parametrize("read", READERS.values(), ids=READERS)


def answer(found):
    """What a reader found, as an array."""
    if hasattr(found, "predict_proba"):
        return found.predict_proba(ROWS)
    return found[1] if isinstance(found, tuple) else found


@cache
def expected(read):
    """Answer to the labels 0 and 1."""
    return answer(read(CODES))


WORDS = np.array(["no", "yes"])[CODES]
GOOD = {
    "objects that are ints": CODES.astype(object),
    "a list": CODES.tolist(),
    "a tuple": tuple(CODES.tolist()),
    "objects that are booleans": (CODES == 1).astype(object),
    "booleans": CODES == 1,
    "floats": CODES.astype(float),
    "eight bits": CODES.astype(np.uint8),
    "Int64": pd.array(CODES, dtype="Int64"),
    "series": pd.Series(CODES, index=np.arange(N) + 7),
    "boolean": pd.Series(CODES == 1, dtype="boolean"),
    "categories": pd.Series(CODES).astype("category"),
}


@each_reader
@pytest.mark.parametrize("kind", GOOD)
def test_read(read, kind):
    if read is READERS["scorer"] and kind in ("objects that are booleans", "booleans"):
        pytest.skip("the model knows numbers")
    np.testing.assert_array_equal(answer(read(GOOD[kind])), expected(read))


@pytest.mark.parametrize("name", [n for n in READERS if n != "scorer"])
@pytest.mark.parametrize("dtype", [str, object, "string", "category"])
def test_strings_are_read(name, dtype):
    read = READERS[name]
    y = WORDS.astype(dtype) if dtype in (str, object) else pd.Series(WORDS, dtype=dtype)
    np.testing.assert_array_equal(answer(read(y)), expected(read))


DATES = pd.date_range("2020", periods=2)[CODES]
REFUSED = {
    "dates": (DATES, TypeError, "numbers, booleans or strings, got .*astype"),
    "dates in a series": (pd.Series(DATES), TypeError, "booleans or strings, got"),
    "dates in objects": (
        np.array([datetime.date(2020, 1, 1 + k) for k in CODES], dtype=object),
        TypeError,
        "booleans or strings, got .*date",
    ),
    "durations": (DATES - DATES[0], TypeError, "booleans or strings, got"),
    "bytes": (WORDS.astype("S3"), TypeError, "booleans or strings, got b'no'"),
    "bytes in objects": (
        WORDS.astype("S3").astype(object),
        TypeError,
        "booleans or strings, got b'no'.*bytes",
    ),
    "decimals": (
        np.array([decimal.Decimal(int(k)) for k in CODES], dtype=object),
        TypeError,
        "booleans or strings, got .*Decimal",
    ),
    "tuples": (pd.Series([(k,) for k in CODES]), TypeError, "or strings, got .*tuple"),
    "large numbers": (
        [10**20 + k for k in CODES.tolist()],
        TypeError,
        "or strings, got 1000.*int",
    ),
    "NA": (pd.array(np.where(CODES == 1, 1, None), dtype="Int64"), ValueError, "NaN"),
    "NA in objects": (
        np.where(CODES == 1, 1, pd.NA),
        ValueError,
        "Input y contains NaN",
    ),
    "NaT": (
        np.where(CODES == 1, DATES.astype(object), pd.NaT),
        ValueError,
        "Input y contains NaN",
    ),
    "NaN among strings": (np.where(CODES == 1, "yes", None), ValueError, "NaN"),
    "numbers and strings": (
        ["yes" if k else 0 for k in CODES],
        TypeError,
        r"one kind.*\['int', 'str'\]",
    ),
    "continuous": (SHARE, ValueError, "must hold classes.*Unknown label type: contin"),
    "infinity": (np.where(CODES == 1, np.inf, 0), ValueError, "infinity"),
}


@each_reader
@pytest.mark.parametrize("kind", REFUSED)
def test_refused(read, kind):
    y, error, message = REFUSED[kind]
    with pytest.raises(error, match=message):
        read(y)


def test_what_the_message_advises_about_dates():
    with pytest.warns(UserWarning, match="'2020-01-02' was taken as the positive"):
        found = estimate_prior(ROWS, pd.Series(DATES).astype(str), random_state=0)
    assert found == estimate_prior(ROWS, CODES, random_state=0)


@pytest.mark.parametrize("name", [n for n in READERS if n not in ("make_pu", "scorer")])
@pytest.mark.parametrize("marker", [pd.NA, np.nan, pd.NaT, [0, 1]], ids=str)
def test_marker_that_is_missing(name, marker):
    with pytest.raises(ValueError, match="unlabeled_label must be a label that can be"):
        READERS[name](CODES, unlabeled_label=marker)


def test_predictions_of_other_kinds():
    expected = pu_accuracy_score(CODES, CODES, prior=0.4)
    for y_pred in (CODES.astype(object), pd.array(CODES, dtype="Int64"), CODES == 1):
        assert pu_accuracy_score(CODES, y_pred, prior=0.4) == expected
    with pytest.raises(TypeError, match="y_pred must hold labels that are numbers"):
        pu_accuracy_score(CODES, DATES, prior=0.4)
    with pytest.raises(ValueError, match="Input y_pred contains NaN"):
        pu_accuracy_score(CODES, np.where(CODES == 1, 1, pd.NA), prior=0.4)


@pytest.mark.parametrize(
    "positive, other",
    [
        ("positive", "unlabeled"),
        ("P", "U"),
        ("fraud", "unknown"),
        ("+1", "-1"),
        ("a", "?"),
        (1, 255),
    ],
)
@pytest.mark.parametrize("name", [n for n in READERS if n not in ("make_pu", "scorer")])
def test_mark_of_unlabeled_rows_is_known(name, positive, other):
    y = np.array([other, positive])[CODES]
    found = READERS[name](y)
    if name.endswith("Classifier"):
        assert found.classes_.tolist() == sorted([other, positive])
        marked = READERS[name](y, pos_label=positive)
        np.testing.assert_array_equal(answer(found), answer(marked))
    else:
        assert found == expected(READERS[name])


@pytest.mark.parametrize("name", [n for n in READERS if n not in ("make_pu", "scorer")])
def test_guess_is_told(name):
    y = np.array(["legal", "trade"])[CODES]
    with pytest.warns(UserWarning, match="'trade' was taken as the pos.*in pos_label"):
        READERS[name](y)
    READERS[name](y, pos_label="trade")
    with pytest.warns(UserWarning, match="2 was taken as the positive label and 1"):
        READERS[name](CODES + 1)


def test_three_strings_are_pnu():
    y = np.where(np.arange(N) % 2 == 0, WORDS, "unlabeled")
    y[1] = "yes"
    y[3] = "no"
    model = PUGANClassifier(max_epochs=1, prior=0.5, random_state=0).fit(ROWS, y)
    assert model.setting_ == "semi_supervised"
    assert model.classes_.tolist() == ["no", "yes"]

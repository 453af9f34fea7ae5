"""What a PU estimator says to input that it cannot learn from."""

import numpy as np
import pandas as pd
import pytest
from instances import has_parameter, instances
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold

from skgen.metrics import make_pu_scorer
from skgen.pu import (
    PUClassifier,
    PUGANClassifier,
    PUStackingClassifier,
    estimate_prior,
)

ESTIMATORS = [m for m in instances() if has_parameter(m, "pos_label")]
each_estimator = pytest.mark.parametrize(
    "model", ESTIMATORS, ids=lambda m: type(m).__name__
)
ROWS, LABELS = np.random.default_rng(0).normal(size=(20, 3)), np.repeat([0, 1], 10)


def with_value(value):
    X = ROWS.copy()
    X[2, 1] = value
    return X


BAD = {
    "NaN in y": (ROWS, np.where(LABELS == 1, 1.0, np.nan), {}, "NaN.*unlabeled_label"),
    "None in y": (
        ROWS,
        pd.Series([None] * 10 + ["yes"] * 10),
        {},
        "NaN.*unlabeled_label",
    ),
    "y missing": (ROWS, None, {}, "requires y"),
    "continuous y": (ROWS, ROWS[:, 0], {}, "Unknown label type"),
    "y too short": (ROWS, LABELS[:9], {}, r"one label per row.*\[20, 9\]"),
    "inf in X": (with_value(np.inf), LABELS, {}, "inf"),
    "empty": (ROWS[:0], LABELS[:0], {}, "0 sample"),
    "no columns": (ROWS[:, :0], LABELS, {}, "0 feature"),
    "one row": (ROWS[:1], LABELS[:1], {}, "1 sample|n_samples = 1|n_samples=1"),
    "only positives": (
        ROWS,
        np.ones(20),
        {},
        r"two distinct labels.*\[1.0\].*needs labeled positives and unlabeled",
    ),
    "only unlabeled": (
        ROWS,
        np.zeros(20, int),
        {"unlabeled_label": 0},
        "only unlabeled rows.*0.*label some positives",
    ),
    "only unlabeled strings": (
        ROWS,
        np.array(["?"] * 20),
        {"unlabeled_label": "?"},
        "only unlabeled rows.*'\\?'.*label some positives",
    ),
    "pos_label absent": (
        ROWS,
        LABELS,
        {"pos_label": 7},
        r"pos_label must be.*\[0, 1\].*got 7.*name the label",
    ),
    "pos_label is the marker": (
        ROWS,
        LABELS,
        {"pos_label": 0, "unlabeled_label": 0},
        "pos_label must be the labeled class 1, got 0.*marks unlabeled",
    ),
    "prior of one": (ROWS, LABELS, {"prior": 1.0}, r"\(0, 1\), got 1.0.*auto"),
    "prior of zero": (ROWS, LABELS, {"prior": 0}, r"\(0, 1\), got 0.*auto"),
    "prior above one": (ROWS, LABELS, {"prior": 1.7}, r"\(0, 1\), got 1.7.*auto"),
    "prior below the labeled share": (
        ROWS,
        LABELS,
        {"prior": 0.2},
        "share of labeled rows, 0.5.*got 0.2.*two_sample",
    ),
}


@each_estimator
@pytest.mark.parametrize("case", BAD)
def test_refused(model, case):
    X, y, options, message = BAD[case]
    with pytest.raises(ValueError, match=f"(?s){message}"):
        clone(model).set_params(**options).fit(X, y)


MARKERS = [
    (-1, LABELS, r"\[0, 1\], got -1"),
    ("unlabelled", np.repeat(["unlabeled", "yes"], 10), r"\['unlabeled', 'yes'\], got"),
    ("-1", np.repeat([-1, 1], 10), r"\[-1, 1\], got '-1'"),
    (2, np.arange(20) % 4 + 3, r"\[3, 4, 5, 6\], got 2"),
]


@each_estimator
@pytest.mark.parametrize("marker, y, message", MARKERS)
def test_marker_that_y_does_not_hold(model, marker, y, message):
    message = f"unlabeled_label must be one of the labels of y, {message}.*pass None"
    with pytest.raises(ValueError, match=message):
        clone(model).set_params(unlabeled_label=marker).fit(ROWS, y)
    with pytest.raises(ValueError, match=message):
        estimate_prior(ROWS, y, unlabeled_label=marker)


def test_no_marker_for_labels_of_every_row():  # what the message advises
    model = PUGANClassifier(unlabeled_label=None, max_epochs=1)
    assert model.fit(ROWS, LABELS).setting_ == "supervised"


def test_classes_named_apart_from_their_marker(draw_pu):
    X, s, y = draw_pu(80)
    model = PUGANClassifier(unlabeled_label=-1, random_state=0)
    codes = np.where(s == 1, 1, np.where(np.arange(80) < 40, 1 - 2 * (1 - y), -1))
    codes = np.where((codes == -1) & (np.arange(80) < 20), 0, codes)
    model.partial_fit(X, codes, classes=[0, 1])
    assert model.setting_ == "semi_supervised" and model.classes_.tolist() == [0, 1]
    model.partial_fit(X, codes)


@each_estimator
def test_labels_of_two_kinds(model):
    y = np.array([None] * 10 + ["yes"] * 10, dtype=object)
    with pytest.raises(ValueError, match="NaN.*unlabeled_label"):
        clone(model).fit(ROWS, y)
    y[:10] = 0
    with pytest.raises(
        TypeError, match=r"one kind.*\['int', 'str'\]; write the marker"
    ):
        clone(model).fit(ROWS, y)


@each_estimator
def test_strings_in_an_array(model):
    X = ROWS.astype(object)
    X[3, 0] = "red"
    with pytest.raises(TypeError, match="must hold numbers.*pass a pandas DataFrame"):
        clone(model).fit(X, LABELS)


@pytest.mark.parametrize("model", ESTIMATORS[:2], ids=lambda m: type(m).__name__)
def test_columns_that_cannot_be_encoded(model):
    X = pd.DataFrame({"number": ROWS[:, 0], "list": [[1]] * 20})
    with pytest.raises(TypeError, match="'list' holds .* cannot be encoded; convert"):
        clone(model).fit(X, LABELS)
    X = X.assign(list=pd.date_range("2020-01-01", periods=20))
    with pytest.raises(TypeError, match="'list' holds .* cannot be encoded; turn it"):
        clone(model).fit(X, LABELS)
    X = X.assign(list=np.inf)
    with pytest.raises(ValueError, match="'list'.*inf|inf"):
        clone(model).fit(X, LABELS)
    with pytest.raises(ValueError, match="rows and columns.*0 sample"):
        clone(model).fit(X.assign(list="a").iloc[:0], LABELS[:0])


@pytest.mark.parametrize("cls", [PUClassifier, PUStackingClassifier])
def test_three_labels_without_a_marker(cls):
    y = np.arange(20) % 3
    with pytest.raises(
        ValueError,
        match=r"Only binary.*marker.*\[0, 1, 2\].*Use PUGANClassifier",
    ):
        cls().fit(ROWS, y)
    with pytest.raises(ValueError, match=r"labels \[0, 1, 2\].*PUGANClassifier"):
        estimate_prior(ROWS, y)


@pytest.mark.parametrize("cls", [PUClassifier, PUStackingClassifier])
def test_labels_of_both_classes_and_a_marker(cls):
    with pytest.raises(ValueError, match=r"Only binary.*\[0, 1\].*PUGANClassifier"):
        cls().fit(ROWS, np.arange(20) % 3 - 1)


@pytest.mark.parametrize(
    "prior, message",
    [
        ([0.2, 0.3, 0.5], r"2 positive entries.*\[0, 1\], got \[0.2, 0.3, 0.5\]"),
        ([0.5, 0.6], "sum to 1.*got"),
        ([0.0, 1.0], "positive entries.*got"),
        (["a", "b"], "prior"),
    ],
)
def test_prior_vector_that_does_not_fit(prior, message):
    with pytest.raises(ValueError, match=message):
        PUGANClassifier(prior=prior).fit(ROWS, LABELS)


def test_one_prior_for_three_classes():
    y = np.arange(20) % 4 - 1
    with pytest.raises(ValueError, match="one entry per class for 3 classes, got 0.5"):
        PUGANClassifier(prior=0.5).fit(ROWS, y)


def test_nothing_left_to_fit():
    with pytest.raises(ValueError, match="module and evidence must not both be None"):
        PUGANClassifier(module=None, evidence=None).fit(ROWS, LABELS)


@each_estimator
def test_fold_without_positives(model):
    X = np.vstack([ROWS, ROWS])
    y = np.repeat([0, 1], 20)
    grid = GridSearchCV(
        model,
        {"prior": [0.6]},
        scoring=make_pu_scorer("roc_auc"),
        cv=KFold(2),
        error_score="raise",
    )
    with pytest.raises(ValueError, match="two distinct labels.*needs labeled positive"):
        grid.fit(X, y)
    marked = clone(grid).set_params(estimator__unlabeled_label=0)
    with pytest.raises(ValueError, match="only unlabeled|two distinct labels"):
        marked.fit(X, y)


@each_estimator
@pytest.mark.filterwarnings("ignore:A column-vector y was passed")
def test_columns_of_labels(model):
    fitted = clone(model).fit(ROWS, LABELS)
    found = clone(model).fit(ROWS, LABELS[:, None])
    np.testing.assert_array_equal(found.predict_proba(ROWS), fitted.predict_proba(ROWS))
    with pytest.raises(ValueError, match="1d array"):
        clone(model).fit(ROWS, np.stack([LABELS, LABELS], axis=1))


@each_estimator
def test_constant_columns_and_duplicate_rows_work(model, draw_pu):
    X, s, y = draw_pu(120)
    X = np.hstack([X, np.full((120, 1), 3.0), np.zeros((120, 1))])
    X, s, y = (np.concatenate([a, a]) for a in (X, s, y))
    assert np.mean(clone(model).fit(X, s).predict(X) == y) > 0.75
    constant = np.ones((40, 2))
    proba = clone(model).fit(constant, np.repeat([0, 1], 20)).predict_proba(constant)
    assert np.isfinite(proba).all()
    np.testing.assert_allclose(proba, proba[:1].repeat(40, axis=0), atol=1e-9)


@pytest.mark.parametrize("model", ESTIMATORS[:2], ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("n_positive", [1, 2, 4])
def test_hardly_any_positives(model, n_positive, draw_pu):
    X, _, _ = draw_pu(40)
    s = np.zeros(40, dtype=int)
    s[:n_positive] = 1
    message = f"estimated from {n_positive} different labeled.*fewer than 5.*prior="
    auto = clone(model).set_params(prior="auto")
    with pytest.warns(UserWarning, match=message):
        assert np.isfinite(auto.fit(X, s).predict_proba(X)).all()
    given = clone(model).set_params(prior=0.5)  # what the message advises
    assert np.isfinite(given.fit(X, s).predict_proba(X)).all()
    given.set_params(sampling="two_sample").fit(X, 1 - s)
    with pytest.warns(UserWarning, match=f"estimated from {n_positive} different unl"):
        auto.set_params(sampling="two_sample").fit(X, 1 - s)


@pytest.mark.parametrize("estimator", [None, LogisticRegression()])
@pytest.mark.parametrize("method", ["bbe", "elkan_noto"])
def test_prior_of_hardly_any_positives(estimator, method, draw_pu):
    X, _, _ = draw_pu(60)
    s = (np.arange(60) < 3).astype(int)
    with pytest.warns(UserWarning, match="from 3 different labeled rows"):
        estimate_prior(X, s, estimator=estimator, method=method)
    # Copies are no further rows.
    X, s = np.concatenate([X, X]), np.concatenate([s, s])
    with pytest.warns(UserWarning, match="from 3 different labeled rows"):
        estimate_prior(X, s, estimator=estimator, method=method)
    estimate_prior(X, (np.arange(120) % 60 < 5).astype(int), estimator=estimator)


def test_validation_needs_two_rows_of_each_label(draw_pu):
    X, _, _ = draw_pu(40)
    s = np.zeros(40, dtype=int)
    s[0] = 1
    with pytest.raises(ValueError, match="two rows of each label, got 1.*=False"):
        PUClassifier(early_stopping=True, prior=0.5).fit(X, s)


@pytest.mark.parametrize("n_positive", [1, 39])
def test_stacking_needs_two_rows_of_each_kind(n_positive, draw_pu):
    X, _, _ = draw_pu(40)
    s = (np.arange(40) < n_positive).astype(int)
    model = PUStackingClassifier([("linear", LogisticRegression())])
    with pytest.raises(ValueError, match="at least 2 labeled and 2 unlabeled.*got"):
        model.fit(X, s)

"""make_pu_scorer inside scikit-learn's model selection."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    TunedThresholdClassifierCV,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skgen.metrics import (
    lee_liu_score,
    make_pu_scorer,
    pu_accuracy_score,
    pu_f1_score,
    pu_risk_score,
    pu_roc_auc_score,
    vpu_score,
)

PRIOR = 0.4
METRICS = ["accuracy", "f1", "lee_liu", "risk", "roc_auc", "vpu"]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = rng.random(600) < PRIOR
    X = rng.normal(size=(600, 2)) + 1.8 * y[:, None]
    return X, (y & (rng.random(600) < 0.3)).astype(int)


@pytest.fixture(scope="module")
def model(data):
    return LogisticRegression().fit(*data)


def test_scorer_is_the_score_and_greater_is_better(data, model):
    X, s = data
    pred, score = model.predict(X), model.decision_function(X)
    known = {"prior": PRIOR, "sampling": "two_sample"}
    expected = {
        "accuracy": pu_accuracy_score(s, pred, **known),
        "f1": pu_f1_score(s, pred, **known),
        "lee_liu": lee_liu_score(s, pred, sampling="two_sample"),
        "risk": -pu_risk_score(s, score, **known),
        "roc_auc": pu_roc_auc_score(s, score, **known),
        "vpu": -vpu_score(s, model.predict_proba(X)[:, 1], sampling="two_sample"),
    }
    for metric in METRICS:
        got = make_pu_scorer(metric, **known)(model, X, s)
        assert type(got) is float and got == expected[metric]
    for params in ({"loss": "zero_one"}, {"nonnegative": False}):
        got = make_pu_scorer("risk", **known, **params)(model, X, s)
        assert got == -pu_risk_score(s, score, **known, **params)


def test_risk_of_probabilities_is_that_of_their_log_odds(data):
    X, s = data
    forest = RandomForestClassifier(5, random_state=0).fit(X, s)  # some are 0 or 1
    p = forest.predict_proba(X)[:, 1]
    on_positives = p[s == 1].mean()  # the sigmoid loss of log-odds is 1 - p
    risk = PRIOR * (1 - on_positives) + p.mean() - PRIOR * on_positives
    scorer = make_pu_scorer("risk", prior=PRIOR, nonnegative=False)
    assert scorer(forest, X, s) == pytest.approx(-risk)


@pytest.mark.parametrize("metric", METRICS)
def test_a_better_model_scores_higher(metric, data):
    X, s = data
    scorer = make_pu_scorer(metric, prior=PRIOR)
    good = LogisticRegression(class_weight="balanced").fit(X, s)
    noise = LogisticRegression(class_weight="balanced").fit(X[::-1], s)
    assert scorer(good, X, s) > scorer(noise, X, s)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("symbols", "params"),
    [
        ([0, 1], {}),
        ([-1, 1], {}),
        ([False, True], {}),
        (["no", "fraud"], {}),
        (["unlabeled", "positive"], {}),
        (["unknown", "fraud"], {}),
        (["unknown", "fraud"], {"pos_label": "fraud"}),
        (["unknown", "fraud"], {"unlabeled_label": "unknown"}),
        ([7, 3], {"pos_label": 3, "unlabeled_label": 7}),
    ],
)
def test_any_symbols_give_the_same_score(metric, symbols, params, data, model):
    X, s = data
    scorer = make_pu_scorer(metric, prior=PRIOR, **params)
    y = np.array(symbols)[s]
    expected = make_pu_scorer(metric, prior=PRIOR)(model, X, s)
    got = scorer(LogisticRegression().fit(X, y), X, y)
    assert got == pytest.approx(expected, rel=1e-6)
    assert scorer(LogisticRegression().fit(X, y), X, pd.Series(y)) == got
    assert scorer(make_pipeline(LogisticRegression()).fit(X, y), X, list(y)) == got


@pytest.mark.parametrize("metric", METRICS)
def test_in_cross_validation_of_pipelines_and_forests(metric, data):
    X, s = pd.DataFrame(data[0], columns=["a", "b"]), data[1]
    scorer = make_pu_scorer(metric, prior=PRIOR)
    forest = RandomForestClassifier(5, min_samples_leaf=20, random_state=0)
    for model in (make_pipeline(StandardScaler(), LogisticRegression()), forest):
        scores = cross_val_score(model, X, s, scoring=scorer, cv=3, error_score="raise")
        assert np.isfinite(scores).all()


def test_several_metrics_at_once(data):
    scoring = {name: make_pu_scorer(name, prior=PRIOR) for name in METRICS}
    got = cross_validate(LogisticRegression(), *data, scoring=scoring, cv=3)
    for name, scorer in scoring.items():
        alone = cross_val_score(LogisticRegression(), *data, scoring=scorer, cv=3)
        assert np.array_equal(got[f"test_{name}"], alone)


def test_with_metadata_routing_and_permutation_importance(data, model):
    scorer = make_pu_scorer("roc_auc")
    plain = cross_val_score(LogisticRegression(), *data, scoring=scorer, cv=3)
    with config_context(enable_metadata_routing=True):
        routed = cross_val_score(LogisticRegression(), *data, scoring=scorer, cv=3)
    assert np.array_equal(plain, routed)
    got = permutation_importance(model, *data, scoring=scorer, random_state=0)
    assert (got.importances_mean > 0).all()


def test_scores_serve_make_scorer(data, model):
    known = make_scorer(pu_accuracy_score, prior=PRIOR, sampling="one_sample")
    assert known(model, *data) == make_pu_scorer("accuracy", prior=PRIOR)(model, *data)


def test_workers_give_the_same_scores(data):
    scorer = make_pu_scorer("risk", prior=PRIOR)
    grids = [
        GridSearchCV(
            LogisticRegression(), {"C": [1e-3, 1]}, scoring=scorer, cv=3, n_jobs=n_jobs
        ).fit(*data)
        for n_jobs in (1, 2)
    ]
    one, two = (grid.cv_results_["mean_test_score"] for grid in grids)
    assert np.array_equal(one, two)


def test_pickles_clones_and_equality(data, model):
    scorer = make_pu_scorer("accuracy", prior=PRIOR, pos_label=1)
    value = scorer(model, *data)
    for again in (
        pickle.loads(pickle.dumps(scorer)),
        copy.deepcopy(scorer),
        clone(scorer),
        clone(GridSearchCV(model, {}, scoring=scorer)).scoring,
    ):
        assert again == scorer and hash(again) == hash(scorer)
        assert again(model, *data) == value
    assert scorer != make_pu_scorer("accuracy", prior=0.3, pos_label=1)
    with pytest.raises(AttributeError):
        scorer.prior = 0.3


def test_repr_is_the_call_that_makes_it():
    scorer = make_pu_scorer("lee_liu")
    assert (
        repr(scorer) == "make_pu_scorer('lee_liu', prior=None, sampling='one_sample')"
    )
    scorer = make_pu_scorer(
        "risk", prior=0.3, sampling="two_sample", unlabeled_label="?", loss="zero_one"
    )
    assert eval(repr(scorer)) == scorer
    assert scorer.__name__ == "pu_risk"


@pytest.mark.parametrize("metric", METRICS)
def test_folds_without_positives_or_unlabeled_rows(metric, data, model):
    X, s = data
    scorer = make_pu_scorer(metric, prior=PRIOR)
    with pytest.raises(
        ValueError, match=r"labeled positives \(pos_label=1\), got only"
    ):
        scorer(model, X[s == 0], s[s == 0])
    with pytest.raises(ValueError, match="unlabeled rows beside the positives, got"):
        scorer(model, X[s == 1], s[s == 1])
    order = np.argsort(s)  # one fold has all the positives, others have none
    with pytest.raises(ValueError, match="use StratifiedKFold or fewer folds"):
        cross_val_score(
            LogisticRegression(),
            X[order][50:],
            s[order][50:],
            scoring=scorer,
            cv=KFold(2),
            error_score="raise",
        )


def test_a_pnu_fold_without_positives_is_no_pu_data(data):
    X, s = data
    model = LogisticRegression().fit(X, X[:, 0] > 0.5)
    model.classes_ = np.array([0, 1])  # what a PNU classifier distinguishes
    scorer = make_pu_scorer("accuracy", prior=PRIOR)
    y = np.where(s == 1, 1, np.where(X[:, 0] < -1, 0, -1))
    assert np.isfinite(scorer(model, X, y))
    with pytest.raises(ValueError, match=r"positives \(pos_label=1\).*\[-1, 0\]"):
        scorer(model, X[s == 0], y[s == 0])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"metric": "precision"},
            "metric must be one of .*'accuracy'.* got 'precision'",
        ),
        ({"metric": ["risk"]}, "metric must be one of"),
        ({"metric": "accuracy"}, "must be given, got None: the metric 'accuracy'"),
        ({"metric": "f1"}, "estimate_prior.* do not take it from the model"),
        ({"metric": "risk"}, "must be given, got None: the metric 'risk' weighs"),
        ({"metric": "accuracy", "prior": 1.0}, r"a number in \(0, 1\), got 1.0"),
        ({"metric": "vpu", "prior": -0.1}, r"a number in \(0, 1\), got -0.1"),
        ({"metric": "risk", "prior": "auto"}, r"a number in \(0, 1\), got 'auto'"),
        ({"metric": "vpu", "sampling": "both"}, "sampling must be .* got 'both'"),
        ({"metric": "vpu", "loss": "hinge"}, "loss must be .* got 'hinge'"),
        ({"metric": "vpu", "unlabeled_label": None}, "got None; where every row"),
    ],
)
def test_parameters(params, message):
    with pytest.raises(ValueError, match=message):
        make_pu_scorer(**params)


def test_estimators_that_cannot_be_scored(data):
    X, s = data
    svc = LinearSVC().fit(X, s)
    with pytest.raises(ValueError, match="predict_proba for the metric 'vpu', got Lin"):
        make_pu_scorer("vpu")(svc, X, s)
    assert make_pu_scorer("roc_auc")(svc, X, s) > 0.7
    line = LinearRegression().fit(X, s)
    with pytest.raises(ValueError, match="must have classes_.* got LinearRegression"):
        make_pu_scorer("roc_auc")(line, X, s)
    model = LogisticRegression().fit(X, np.where(s == 1, 5, 4))
    with pytest.raises(ValueError, match=r"classes \[4, 5\], got 1"):
        make_pu_scorer("roc_auc", pos_label=1)(model, X, s)


# -- thresholds, weights, routing ------------------------------------------------------


@pytest.mark.parametrize("metric", ["accuracy", "f1", "lee_liu", "risk"])
@pytest.mark.parametrize("symbols", [[0, 1], ["unknown", "fraud"]])
def test_threshold_is_tuned_by_it(metric, symbols, data):
    X, s = data
    y = np.array(symbols)[s]
    scorer = make_pu_scorer(metric, prior=PRIOR)
    tuned = TunedThresholdClassifierCV(LogisticRegression(), scoring=scorer).fit(X, y)
    plain = LogisticRegression().fit(X, y)
    # "Is labeled" is seldom likelier than not; the threshold must fall.
    accuracy = make_pu_scorer("accuracy", prior=PRIOR)
    assert accuracy(tuned, X, y) > accuracy(plain, X, y)
    flagged = np.mean(tuned.predict(X) == symbols[1])
    assert flagged == pytest.approx(PRIOR, abs=0.2)


@pytest.mark.parametrize("metric", ["roc_auc", "vpu"])
def test_threshold_that_a_metric_cannot_see(metric, data):
    tuned = TunedThresholdClassifierCV(
        LogisticRegression(), scoring=make_pu_scorer(metric, prior=PRIOR)
    )
    with pytest.raises(ValueError, match=f"'accuracy'.*threshold, got '{metric}'"):
        tuned.fit(*data)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("sampling", ["one_sample", "two_sample"])
def test_whole_weights_are_repeated_rows(metric, sampling, data, model):
    X, s = data
    weight = np.random.default_rng(0).integers(1, 4, len(s))
    scorer = make_pu_scorer(metric, prior=PRIOR, sampling=sampling)
    repeated = scorer(model, np.repeat(X, weight, axis=0), np.repeat(s, weight))
    assert scorer(model, X, s, sample_weight=weight) == pytest.approx(repeated)
    assert scorer(model, X, s, sample_weight=weight) != scorer(model, X, s)
    ones = scorer(model, X, s, sample_weight=np.ones(len(s)))
    assert ones == pytest.approx(scorer(model, X, s))


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf, 0.0])
def test_weights_that_are_none(weight, data, model):
    X, s = data
    with pytest.raises(ValueError, match="sample_weight must be finite, not negative"):
        make_pu_scorer("accuracy", prior=PRIOR)(
            model, X, s, sample_weight=np.full(len(s), weight)
        )


def test_metadata_routing(data):
    X, s = data
    weight = np.random.default_rng(0).integers(1, 4, len(s))
    with pytest.raises(RuntimeError, match="enable_metadata_routing=True"):
        make_pu_scorer("roc_auc").set_score_request(sample_weight=True)
    with config_context(enable_metadata_routing=True):
        scores = {}
        for asked in (True, False):
            scorer = make_pu_scorer("roc_auc", prior=PRIOR)
            assert scorer.set_score_request(sample_weight=asked) is scorer
            model = LogisticRegression().set_fit_request(sample_weight=True)
            scores[asked] = cross_validate(
                model, X, s, scoring=scorer, params={"sample_weight": weight}
            )["test_score"]
            grid = GridSearchCV(model, {"C": [1.0]}, scoring=clone(scorer))
            grid.fit(X, s, sample_weight=weight)
            assert grid.best_score_ == pytest.approx(scores[asked].mean())
            tuned = TunedThresholdClassifierCV(
                model,
                scoring=make_pu_scorer("accuracy", prior=PRIOR).set_score_request(
                    sample_weight=asked
                ),
            )
            tuned.fit(X, s, sample_weight=weight)
            both = {"a": scorer, "b": scorer}
            cross_validate(model, X, s, scoring=both, params={"sample_weight": weight})
        assert (scores[True] != scores[False]).all()

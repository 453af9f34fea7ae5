"""PUStackingClassifier: scikit-learn's stacking conventions, and what it learns."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from skgen.datasets import make_pu
from skgen.pu import PUClassifier, PUGANClassifier, PUStackingClassifier


def members():
    return [
        ("forest", RandomForestClassifier(30, min_samples_leaf=3, random_state=0)),
        ("linear", LogisticRegression()),
    ]


def stack(**options):
    return PUStackingClassifier(members(), random_state=0, **options)


def easy(n=800, sampling="one_sample", seed=0):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.4).astype(int)
    X = rng.normal(size=(n, 2)) + np.array([4.0, 0.0]) * y[:, None]
    return make_pu(X, y, n_labeled=n // 8, sampling=sampling, random_state=seed)


@pytest.mark.parametrize("sampling", ["one_sample", "two_sample"])
def test_comes_near_the_best_accuracy(sampling):
    X, s, y = easy(sampling=sampling)
    model = stack(sampling=sampling).fit(X, s)
    assert np.mean(model.predict(X) == y) > 0.95
    population = slice(None) if sampling == "one_sample" else s == 0
    assert model.prior_ == pytest.approx(y[population].mean(), abs=0.06)
    assert model.predict_proba(X[population])[:, 1].mean() == pytest.approx(
        model.prior_, abs=0.06
    )
    assert_allclose(model.predict_proba(X).sum(axis=1), 1)


def test_given_prior_is_used():
    X, s, _ = easy()
    low, high = (stack(prior=p).fit(X, s) for p in (0.3, 0.6))
    assert (low.prior_, high.prior_) == (0.3, 0.6)
    assert high.predict_proba(X)[:, 1].mean() > low.predict_proba(X)[:, 1].mean() + 0.1


def test_given_prior_reaches_the_members():
    X, s, _ = easy(300)
    pu = PUClassifier(max_epochs=1, random_state=0)
    model = PUStackingClassifier([("risk", pu)], prior=0.45, cv=2, random_state=0)
    assert model.fit(X, s).named_estimators_.risk.prior_ == 0.45
    assert pu.prior == "auto"


def test_weights_are_not_negative():
    X, s, _ = easy(400)
    noise = make_pipeline(
        make_column_transformer(("drop", [0]), remainder="passthrough")
    )
    noise.steps.append(("linear", LogisticRegression()))
    model = PUStackingClassifier([*members(), ("noise", noise)], random_state=0)
    model.fit(X, s)
    weights = model.final_estimator_.coef_[0]
    assert weights.shape == (3,)
    assert (weights >= 0).all()
    assert weights[2] < weights[:2].sum()


def test_members_go_by_their_names():
    X, s, _ = easy(200)
    model = stack(cv=2)
    assert model.get_params()["linear"] is model.estimators[1][1]
    assert model.get_params()["linear__C"] == 1.0
    model.set_params(linear__C=0.5, forest="drop", cv=3)
    assert model.estimators[1][1].C == 0.5
    model.fit(X, s)
    assert list(model.named_estimators_) == ["linear"]
    assert model.named_estimators_["linear"] is model.estimators_[0]
    assert model.named_estimators_.linear.C == 0.5
    assert model.final_estimator_.coef_.shape == (1, 1)
    model.set_params(linear=GaussianNB()).fit(X, s)
    assert isinstance(model.named_estimators_.linear, GaussianNB)
    assert not hasattr(model.estimators[1][1], "classes_")
    assert clone(model).get_params()["forest"] == "drop"


def test_final_estimator_and_columns_that_pass_through():
    X, s, y = easy(400)
    model = stack(final_estimator=LogisticRegression(), passthrough=True).fit(X, s)
    assert model.final_estimator_.coef_.shape == (1, 4)
    assert not hasattr(model.final_estimator, "coef_")
    assert np.mean(model.predict(X) == y) > 0.9
    own = stack(passthrough=True).fit(X, s)
    assert own.final_estimator_.coef_.shape == (1, 4)
    assert (own.final_estimator_.coef_[0, :2] >= 0).all()
    assert np.mean(own.predict(X) == y) > 0.9


@pytest.mark.parametrize("labels", [("no", "yes"), (-1, 1), (False, True)])
def test_labels(labels):
    X, s, y = easy(300)
    labels = np.array(labels)
    model = stack().fit(X, labels[s])
    assert_array_equal(model.classes_, labels)
    assert np.mean(model.predict(X) == labels[y]) > 0.9
    turned = stack(pos_label=labels[0]).fit(X, labels[1 - s])
    assert_allclose(
        turned.predict_proba(X)[:, ::-1], model.predict_proba(X), atol=1e-12
    )
    assert_array_equal(turned.predict(X) == labels[0], model.predict(X) == labels[1])


def test_mixed_table_with_strings(mixed_data):
    X, s, y = mixed_data
    kinds = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["category", "word"]),
        (StandardScaler(), ["number", "count"]),
    )
    pu = PUGANClassifier(max_epochs=1, random_state=0)
    model = PUStackingClassifier(
        [("linear", make_pipeline(kinds, LogisticRegression())), ("pu", pu)],
        cv=2,
        random_state=0,
    ).fit(X, np.array(["?", "found"])[s])
    assert np.mean((model.predict(X) == "found") == (y == 1)) > 0.75
    assert model.feature_names_in_.tolist() == X.columns.tolist()


def test_default_members_take_a_mixed_table(mixed_data):
    X, s, y = mixed_data
    model = PUStackingClassifier(cv=2, random_state=0).fit(X, s)
    assert np.mean(model.predict(X) == y) > 0.75
    assert list(model.named_estimators_) == [
        "pugan",
        "variational",
        "boosting",
        "forest",
    ]
    assert isinstance(model.estimators_[0], PUGANClassifier)


def test_jobs_do_not_change_the_answer():
    X, s, _ = easy(200)
    expected = stack().fit(X, s).predict_proba(X)
    assert_array_equal(stack(n_jobs=2).fit(X, s).predict_proba(X), expected)


def test_missing_values_are_the_members_affair():
    X, s, _ = easy(200)
    X = X.copy()
    X[::5, 1] = np.nan
    boosting = HistGradientBoostingClassifier(max_iter=5)
    PUStackingClassifier([("boosting", boosting)], random_state=0).fit(X, s)
    with pytest.raises(ValueError, match="NaN"):
        stack().fit(X, s)


@pytest.mark.parametrize(
    "estimators, error, message",
    [
        ([], ValueError, "at least one"),
        ([("a", "drop")], ValueError, "not dropped"),
        ([("a", LinearSVC())], TypeError, "'a' must have fit and predict_proba, got"),
        ([("a", GaussianNB()), ("a", GaussianNB())], ValueError, "unique"),
        ([("a__b", GaussianNB())], ValueError, "__"),
    ],
)
def test_bad_members(estimators, error, message):
    X, s, _ = easy(200)
    with pytest.raises(error, match=message):
        PUStackingClassifier(estimators).fit(X, s)

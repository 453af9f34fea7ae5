"""StackedDensity: weights, draws, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.special import logsumexp
from sklearn.datasets import load_iris
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgen.density import (
    AutoregressiveDensity,
    MixtureDensity,
    StackedDensity,
    TransformedDensity,
)


def members():
    return [
        ("gaussian", GaussianMixture(1, random_state=0)),
        ("kernel", TransformedDensity()),
        ("mixture", MixtureDensity(3, discrete=None, random_state=0)),
    ]


@pytest.fixture(scope="module")
def X():
    return load_iris(return_X_y=True)[0]


def test_scores_are_those_of_the_mixture(X):
    model = StackedDensity(members(), random_state=0).fit(X)
    parts = [
        np.log(w) + m.score_samples(X)
        for w, m in zip(model.weights_, model.estimators_, strict=True)
    ]
    assert_allclose(model.score_samples(X), logsumexp(parts, axis=0))
    assert_allclose(model.weights_.sum(), 1)
    assert list(model.named_estimators_) == ["gaussian", "kernel", "mixture"]
    assert model.named_estimators_.kernel is model.estimators_[1]


def test_as_good_as_the_best_member(X):
    folds = KFold(5, shuffle=True, random_state=0)
    stack = cross_val_score(StackedDensity(members(), random_state=0), X, cv=folds)
    alone = [cross_val_score(m, X, cv=folds).mean() for _, m in members()]
    assert stack.mean() > max(alone) - 0.01 and stack.mean() > sorted(alone)[1] + 0.3


def test_weights_of_a_right_and_a_wrong_density():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 1))
    model = StackedDensity(
        [("right", GaussianMixture(1)), ("wide", KernelDensity(bandwidth=3.0))]
    ).fit(X)
    assert model.weights_[0] > 0.97


def test_weights_of_two_halves_that_each_know_one_part():
    class Cloud(GaussianMixture):
        """A Gaussian that stays where it was put."""

        def __init__(self, center=0.0):
            super().__init__()
            self.center = center

        def fit(self, X, y=None):
            self.n_features_in_ = X.shape[1]
            return self

        def score_samples(self, X):
            return -0.5 * (X[:, 0] - self.center) ** 2 - 0.5 * np.log(2 * np.pi)

    rng = np.random.default_rng(0)
    X = np.append(rng.normal(-10, 1, 300), rng.normal(10, 1, 700))[:, None]
    model = StackedDensity([("left", Cloud(-10.0)), ("right", Cloud(10.0))]).fit(X)
    assert_allclose(model.weights_, [0.3, 0.7], atol=0.002)


def test_draws_come_from_all_members(X):
    model = StackedDensity(members(), random_state=0).fit(X)
    drawn = model.sample(5000, random_state=0)
    assert drawn.shape == (5000, 4)
    assert_allclose(drawn.mean(axis=0), X.mean(axis=0), atol=0.1)
    assert_allclose(np.cov(drawn.T), np.cov(X.T), atol=0.35)


def test_mixed_frames():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {"word": pd.Categorical(rng.choice(["x", "y"], 90)), "n": rng.normal(size=90)}
    )
    model = StackedDensity(
        [
            ("one", MixtureDensity(1)),
            ("ar", AutoregressiveDensity(n_estimators=1, max_epochs=2)),
        ],
        cv=2,
        random_state=0,
    ).fit(X)
    drawn = model.sample(50, random_state=0)
    assert drawn.dtypes.equals(X.dtypes) and len(drawn) == 50
    assert np.isfinite(model.score_samples(X)).all()


def test_parameters_of_members_are_searched(X):
    model = StackedDensity([("kernel", KernelDensity())], cv=2)
    folds = KFold(2, shuffle=True, random_state=0)
    search = GridSearchCV(model, {"kernel__bandwidth": [0.3, 5.0]}, cv=folds).fit(X)
    assert search.best_params_ == {"kernel__bandwidth": 0.3}


def test_members_without_draws_have_none(X):
    class Scores(KernelDensity):
        sample = property(lambda self: self.nothing)

    assert not hasattr(StackedDensity([("scores", Scores())]), "sample")
    assert hasattr(StackedDensity(members()), "sample")


@pytest.mark.parametrize(
    ("estimators", "error", "match"),
    [
        ([], ValueError, "at least one"),
        ([("a", StandardScaler())], TypeError, "'a' must have fit and score_samples"),
        (
            [("a", GaussianMixture()), ("a", GaussianMixture())],
            ValueError,
            "not unique",
        ),
        ([("a", KernelDensity(kernel="tophat", bandwidth=1e-9))], None, None),
    ],
)
def test_bad_members(X, estimators, error, match):
    model = StackedDensity(estimators)
    if error is None:  # no row of a fold has a neighbour: all weights are alike
        assert model.fit(X).weights_ == [1.0]
        return
    with pytest.raises(error, match=match):
        model.fit(X)


def test_pipelines_are_members_in_their_own_units(X):
    model = StackedDensity(
        [("piped", make_pipeline(StandardScaler(), KernelDensity()))]
    )
    assert np.isfinite(model.fit(X).score(X))

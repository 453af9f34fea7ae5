"""BoostedSampler: weights by their formula, modes that one sampler misses."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture

from skgen import AutoregressiveDensity, BoostedSampler, GANSampler, MixtureDensity
from skgen.sampling._boosted import next_weights


class OneGroup(MixtureDensity):
    """A sampler that collapses: it sees the rows near the first alone."""

    def fit(self, X, y=None):
        """Fit to the rows near the first."""
        near = np.square(X - X[0]).sum(axis=1) < 9
        return super().fit(X[near] if near.sum() > 1 else X)


@pytest.mark.parametrize("beta", [0.5, 0.25, 1.0])
def test_weights_are_the_best_answer(beta):
    odds = np.random.default_rng(0).gamma(1.0, size=200)
    weights = next_weights(odds, beta)
    assert weights.min() >= 0 and weights.sum() == pytest.approx(1)
    if beta == 1:
        assert_allclose(weights, 1 / 200)
        return
    # A row has weight in proportion to what its coverage lacks of one level.
    has = weights > 0
    level = weights[has] * 200 * beta + (1 - beta) * odds[has]
    assert_allclose(level, level[0])
    assert ((1 - beta) * odds[~has] >= level[0] - 1e-12).all()


def test_rows_that_are_covered_have_no_weight():
    odds = np.repeat([2.0, 0.0], 50)
    assert_allclose(next_weights(odds, 0.5), np.repeat([0, 1 / 50], 50))


def test_modes_that_one_sampler_misses():
    rng = np.random.default_rng(0)
    centers = 10.0 * np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    X = centers[rng.integers(4, size=800)] + rng.normal(size=(800, 2))

    def modes(model):
        drawn = model.fit(X).sample(400, random_state=0)
        apart = np.square(drawn[:, None] - centers).sum(axis=2)
        return (np.bincount(apart.argmin(axis=1), minlength=4) > 10).sum()

    assert modes(OneGroup(1, random_state=0)) == 1
    boosted = BoostedSampler(OneGroup(1), n_estimators=6, random_state=0)
    assert modes(boosted) == 4
    assert boosted.n_rows_[0] == 800 and boosted.n_rows_[1] < 700
    forest = BoostedSampler(
        OneGroup(1), n_estimators=2, ratio=LogisticRegression(), random_state=0
    )
    assert modes(forest) >= 1


def test_tables_and_default_sampler(mixed_data):
    X = mixed_data[0]
    density = AutoregressiveDensity(max_epochs=1, hidden=(8,), random_state=0)
    model = BoostedSampler(density, n_estimators=2, random_state=0).fit(X)
    drawn = model.sample(30, random_state=1)
    assert isinstance(drawn, pd.DataFrame) and (drawn.dtypes == X.dtypes).all()
    pd.testing.assert_frame_equal(drawn, model.sample(30, random_state=1))
    assert isinstance(BoostedSampler()._sampler, GANSampler)


def test_densities_of_scikit_learn():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(90, 2)), columns=["a", "b"])
    model = BoostedSampler(GaussianMixture(1), n_estimators=2, random_state=0)
    drawn = model.fit(X).sample(20, random_state=0)
    assert list(drawn.columns) == ["a", "b"] and drawn.shape == (20, 2)
    assert model.fit(X.to_numpy()).sample(5, random_state=0).shape == (5, 2)


@pytest.mark.parametrize(
    "parameters", [{"sampler": LogisticRegression()}, {"n_estimators": 0}, {"ratio": 3}]
)
def test_bad_parameters(parameters):
    X = np.random.default_rng(0).normal(size=(50, 2))
    options = {"sampler": MixtureDensity(1), **parameters}
    with pytest.raises(ValueError, match=f"The '{next(iter(parameters))}' parameter"):
        BoostedSampler(**options).fit(X)

"""Mixtures beside the networks of AutoregressiveDensity in small tables."""

import itertools

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import multivariate_normal
from sklearn.datasets import load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import KFold

from skgen.density import AutoregressiveDensity, MixtureDensity

QUICK = {"max_epochs": 4, "hidden": (8,), "random_state": 0}


def test_small_tables_have_experts_and_large_ones_none():
    rng = np.random.default_rng(0)
    small = AutoregressiveDensity(**QUICK).fit(rng.normal(size=(60, 2)))
    assert_allclose(small.experts_.weights.sum(axis=1), 1)
    assert len(small.orders_) == 4
    for options in ({"n_estimators": 2}, {"order": "random"}):
        model = AutoregressiveDensity(**QUICK, **options)
        assert model.fit(rng.normal(size=(60, 2))).experts_ is None
    few = AutoregressiveDensity(**QUICK).fit(rng.normal(size=(12, 2)))
    assert few.experts_ is None


def test_density_integrates_to_one():
    rng = np.random.default_rng(0)
    x = rng.gamma(2.0, size=200)
    X = np.column_stack([x, x + rng.normal(size=200)])
    model = AutoregressiveDensity(**QUICK).fit(X)
    assert model.experts_.weights[:, 1:].sum() > 0.5
    assert len(set(model.experts_.is_raw)) == 2
    grid = np.linspace(-15, 25, 300)
    cells = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1).reshape(-1, 2)
    total = np.exp(model.score_samples(cells)).sum() * (grid[1] - grid[0]) ** 2
    assert_allclose(total, 1, atol=0.01)


def test_masses_sum_to_one():
    rng = np.random.default_rng(0)
    a = rng.integers(0, 3, 200)
    X = pd.DataFrame({"a": a, "b": a * (rng.random(200) < 0.7), "c": a > 1})
    model = AutoregressiveDensity(**QUICK).fit(X)
    cells = list(itertools.product(range(3), range(3), (False, True)))
    every = pd.DataFrame(cells, columns=["a", "b", "c"])
    total = np.exp(model.score_samples(every)).sum()
    new = [column["new"] for column in model.encoder_.columns_]
    assert_allclose(total, np.prod(1 - np.array(new)), rtol=1e-5)


@pytest.mark.parametrize("order", [None, [2, 0, 1]])
def test_columns_and_leading_marginals_add_up(order):
    rng = np.random.default_rng(0)
    X = rng.multivariate_normal([0, 0, 0], [[1, 0.8, 0], [0.8, 1, 0], [0, 0, 1]], 150)
    model = AutoregressiveDensity(order=order, **QUICK).fit(X)
    terms = model.score_columns(X)
    assert_allclose(terms.sum(axis=1), model.score_samples(X))
    first = [0, 1] if order is None else [0, 2]
    table = pd.DataFrame(X)[first]
    marginal = model.score_samples(table, marginal=True)
    assert_allclose(marginal, terms[:, first].sum(axis=1))


def test_draws_given_later_columns_follow_the_exact_conditional():
    rng = np.random.default_rng(0)
    covariance = np.array([[1.0, 0.9], [0.9, 1.0]])
    X = rng.multivariate_normal([0, 0], covariance, 600)
    model = AutoregressiveDensity(**QUICK).fit(X)
    drawn = model.sample(3000, given={1: 1.0}, n_particles=64, random_state=0)[:, 0]
    assert abs(drawn.mean() - 0.9) < 0.12
    assert abs(drawn.std() - np.sqrt(0.19)) < 0.1
    gaps = X[:200].copy()
    gaps[:, 0] = np.nan
    mean = model.impute(gaps, strategy="mean", random_state=0)[:, 0]
    assert np.sqrt(np.mean((mean - 0.9 * X[:200, 1]) ** 2)) < 0.17
    low, high = model.impute_interval(gaps, random_state=0)
    inside = (low[:, 0] <= X[:200, 0]) & (X[:200, 0] <= high[:, 0])
    assert 0.82 < inside.mean() < 0.96


def test_several_imputations_differ_and_keep_what_is_known():
    X, _ = load_iris(return_X_y=True, as_frame=True)
    gaps = X.mask(np.random.default_rng(0).random(X.shape) < 0.2)
    model = AutoregressiveDensity(**QUICK).fit(gaps)
    tables = model.impute(gaps, n_imputations=3, random_state=0)
    assert len(tables) == 3 and not tables[0].equals(tables[1])
    known = gaps.notna()
    for filled in tables:
        assert not filled.isna().any().any()
        assert filled.where(known).equals(gaps)
    means = np.mean([t.to_numpy() for t in tables], axis=0)
    errors = [
        np.mean((values - X.to_numpy())[~known.to_numpy()] ** 2)
        for values in (model.impute(gaps, strategy="mean", random_state=0), means)
    ]
    assert errors[0] < errors[1]


def test_sample_follows_the_density():
    X, _ = load_wine(return_X_y=True)
    X = X[:, :3]
    model = AutoregressiveDensity(**QUICK).fit(X)
    drawn = model.sample(3000, random_state=0)
    assert_allclose(drawn.mean(axis=0), X.mean(axis=0), rtol=0.05)
    assert_allclose(np.corrcoef(drawn.T), np.corrcoef(X.T), atol=0.12)
    fresh = model.score_samples(model.sample(3000, random_state=1))
    assert abs(fresh.mean() - model.score_samples(drawn).mean()) < 0.15


def test_far_ahead_of_one_gaussian():
    X, _ = load_iris(return_X_y=True)
    gains = []
    for train, test in KFold(3, shuffle=True, random_state=0).split(X):
        model = AutoregressiveDensity(discrete=None, random_state=0).fit(X[train])
        one = multivariate_normal(X[train].mean(axis=0), np.cov(X[train].T))
        gains.append(model.score(X[test]) - one.logpdf(X[test]).mean())
    assert np.mean(gains) > 0.6


def test_a_row_has_one_score():
    X = np.random.default_rng(0).normal(size=(150, 5))
    X[::7, 2] = np.nan
    for model in (AutoregressiveDensity(**QUICK), MixtureDensity(random_state=0)):
        scores = model.fit(X).score_samples(X)
        for rows in (slice(0, 1), slice(3, 90), np.arange(149, 20, -1)):
            assert_array_equal(model.score_samples(X[rows]), scores[rows])


def test_a_chunk_of_another_size_leaves_the_mixtures():
    rng = np.random.default_rng(0)
    model = AutoregressiveDensity(hidden=(8,), random_state=0)
    model.partial_fit(rng.normal(size=(100, 2)))
    before = model.experts_.weights
    model.partial_fit(rng.normal(size=(2100, 2)))
    assert model.experts_.weights is before


def test_equal_rows_share_a_fold():
    rng = np.random.default_rng(0)
    X, new = rng.normal(size=(80, 2)), rng.normal(size=(400, 2))
    once = AutoregressiveDensity(random_state=0).fit(X)
    twice = AutoregressiveDensity(random_state=0).fit(np.repeat(X, 2, axis=0))
    assert twice.score(new) > once.score(new) - 0.25


@pytest.mark.parametrize("place", [0, 2, 4])
def test_labels_are_learned_wherever_their_column_stands(place):
    X, y = load_iris(return_X_y=True, as_frame=True)
    table = X.copy()
    table.insert(place, "kind", pd.Categorical(y.map({0: "a", 1: "b", 2: "c"})))
    rows = np.random.default_rng(0).permutation(150)
    train, test = table.iloc[rows[:110]], table.iloc[rows[110:]]
    drawn = AutoregressiveDensity(random_state=0).fit(train).sample(400, random_state=0)
    forest = RandomForestClassifier(100, random_state=0)
    forest.fit(drawn.drop(columns="kind"), drawn["kind"])
    assert forest.score(test.drop(columns="kind"), test["kind"]) > 0.85

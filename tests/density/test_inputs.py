"""Wide tables: regressions from one factorisation, and the columns that nets see."""

import numpy as np
import pandas as pd
from numpy.testing import assert_allclose
from sklearn.covariance import ledoit_wolf
from sklearn.linear_model import LinearRegression

from skgen.density import AutoregressiveDensity
from skgen.density._inputs import choose_inputs, sequential_ridge
from skgen.encoding import TokenEncoder

QUICK = {"hidden": (8,), "n_components": 2, "random_state": 0}


def chain(n, d, seed=0):
    """Each column near the one before it."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    for j in range(1, d):
        X[:, j] = 0.8 * X[:, j - 1] + 0.6 * X[:, j]
    return X


def test_regressions_are_those_of_least_squares():
    Z = chain(5000, 6)
    residuals, slopes, intercepts, deviations = sequential_ridge(Z)
    for j in range(1, 6):
        one = LinearRegression().fit(Z[:, :j], Z[:, j])
        assert_allclose(slopes[j, :j], one.coef_, atol=0.03)
        assert_allclose(intercepts[j], one.intercept_, atol=0.01)
        assert_allclose(residuals[:, j], Z[:, j] - one.predict(Z[:, :j]), atol=0.1)
        assert not slopes[j, j:].any()
    assert_allclose(deviations, residuals.std(axis=0), rtol=0.05)


def test_more_columns_than_rows():
    _, slopes, _, deviations = sequential_ridge(chain(60, 200))
    assert np.isfinite(slopes).all() and np.isfinite(deviations).all()
    # Of what a column depends on the slope is the largest.
    assert np.mean(np.abs(slopes[50:]).argmax(axis=1) == np.arange(49, 199)) > 0.8


def test_columns_that_tell_what_a_line_does_not_are_chosen():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 30))
    X[:, 29] = X[:, 3] ** 2 + 0.3 * rng.normal(size=2000)
    X[:, 28] = np.exp(0.7 * X[:, 5]) * rng.normal(size=2000)
    word = np.where(np.abs(X[:, 7]) > 1, "far", "near")
    table = pd.DataFrame(X).rename(columns=str).assign(word=pd.Categorical(word))
    encoder = TokenEncoder().fit(table)
    tokens, codes, numbers, _ = encoder.transform(table)
    order = np.arange(31)
    found = choose_inputs(
        encoder, tokens, codes, numbers, [order, order[::-1]], np.random.RandomState(0)
    )
    assert found.shape == (2, 31, 16)
    assert 3 in found[0, 29] and 5 in found[0, 28] and 7 in found[0, 30]
    for j in range(31):
        for k, earlier in enumerate((set(range(j)), set(range(j + 1, 31)))):
            own = found[k, j][found[k, j] >= 0]
            assert len(own) == min(16, len(earlier)) and set(own) <= earlier
    # What a column tells of the word it tells in either direction.
    assert 30 in found[1, 7]


def test_a_wide_table_is_about_as_probable_as_under_a_shrunk_gaussian():
    X = chain(400, 100)
    train, test = X[:300], X[300:]
    model = AutoregressiveDensity(max_epochs=3, **QUICK).fit(train)
    assert model.inputs_.shape == (1, 100, 16) and model.experts_ is None
    mean, covariance = train.mean(axis=0), ledoit_wolf(train)[0]
    L = np.linalg.cholesky(covariance)
    y = np.linalg.solve(L, (test - mean).T)
    shrunk = -0.5 * (y**2).sum(axis=0) - np.log(np.diag(L)).sum()
    assert model.score(test) > shrunk.mean() - 50 * np.log(2 * np.pi) - 10
    drawn = model.sample(300, random_state=0)
    near = [np.corrcoef(drawn[:, j - 1], drawn[:, j])[0, 1] for j in range(1, 100)]
    assert abs(np.mean(near) - 0.8) < 0.15


def test_inputs_travel_with_the_weights(tmp_path):
    X = chain(60, 20)
    model = AutoregressiveDensity(max_epochs=1, **QUICK).fit(X)
    model.save_weights(tmp_path / "weights")
    other = AutoregressiveDensity(max_epochs=1, **QUICK)
    other.load_weights(tmp_path / "weights")
    assert_allclose(other.score_samples(X), model.score_samples(X))

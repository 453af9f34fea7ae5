"""MixtureDensity: closed forms of scores, draws, gaps and conditionals."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import ks_2samp, multivariate_normal, norm
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import KFold, cross_val_score

from skgen.density import MixtureDensity

COVARIANCE = np.array([[1.0, 0.8, 0.3], [0.8, 2.0, -0.4], [0.3, -0.4, 0.5]])
MEAN = np.array([2.0, -1.0, 0.5])


def gaussian(n, seed=0):
    return np.random.default_rng(seed).multivariate_normal(MEAN, COVARIANCE, n)


def mixed(n=600, seed=0):
    """Two kinds of rows: words, numbers with zeros, gaps."""
    rng = np.random.default_rng(seed)
    word = rng.choice(["x", "y", "z"], n, p=[0.5, 0.3, 0.2])
    number = np.where(word == "x", 4.0, -1.0) + rng.normal(size=n)
    zero = np.where(rng.random(n) < 0.3, 0.0, rng.gamma(2.0, size=n) + 0.1)
    noted = np.where(rng.random(n) < 0.2, np.nan, number + rng.normal(size=n))
    return pd.DataFrame(
        {
            "word": pd.Categorical(word),
            "number": number,
            "zero": zero,
            "noted": noted,
            "count": rng.poisson(20, n),
        }
    )


@pytest.fixture(scope="module")
def table():
    return mixed()


@pytest.fixture(scope="module")
def model(table):
    return MixtureDensity(3, random_state=0).fit(table)


# -- scores ----------------------------------------------------------------------------


def test_one_component_is_a_gaussian():
    X, new = gaussian(20_000), gaussian(500, 1)
    model = MixtureDensity(1, discrete=None).fit(X)
    exact = multivariate_normal(MEAN, COVARIANCE).logpdf(new)
    assert abs(model.score(new) - exact.mean()) < 0.02
    assert np.abs(model.score_samples(new) - exact).mean() < 0.05


@pytest.mark.parametrize("n_components", [1, 4, "auto", "bic"])
def test_density_integrates_to_one(n_components):
    X = gaussian(150)[:, :2]
    X[:60] += 5
    model = MixtureDensity(n_components, random_state=0).fit(X)
    grid = np.linspace(-12, 20, 500)
    cells = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1).reshape(-1, 2)
    total = np.exp(model.score_samples(cells)).sum() * (grid[1] - grid[0]) ** 2
    assert_allclose(total, 1, atol=0.01)


def test_masses_and_densities_sum_to_one():
    rng = np.random.default_rng(0)
    a = rng.choice(["x", "y"], 300)
    b = np.where(rng.random(300) < 0.4, 0.0, rng.normal(3, 1, 300))
    X = pd.DataFrame({"a": pd.Categorical(a), "b": b})
    model = MixtureDensity(2, random_state=0).fit(X)
    atoms = pd.DataFrame({"a": pd.Categorical(["x", "y"]), "b": [0.0, 0.0]})
    mass = np.exp(model.score_samples(atoms)).sum()
    grid = np.linspace(-4, 10, 2801)[1:] + 1e-6
    rest = sum(
        np.exp(
            model.score_samples(
                pd.DataFrame({"a": pd.Categorical([w] * 2800), "b": grid})
            )
        ).sum()
        * 0.005
        for w in "xy"
    )
    new = model.encoder_.columns_[0]["new"]
    assert_allclose(mass, (b == 0).mean(), atol=0.02)
    assert_allclose(mass + rest, 1 - new, atol=0.01)


def test_columns_add_up(table, model):
    terms = model.score_columns(table)
    assert terms.shape == table.shape
    assert_allclose(terms.sum(axis=1), model.score_samples(table))


def test_order_of_the_columns_does_not_matter():
    X, _ = load_iris(return_X_y=True)
    X = X + 1e-3 * np.random.default_rng(0).normal(size=X.shape)
    one = MixtureDensity(1).fit(X).score_samples(X)
    other = MixtureDensity(1).fit(X[:, ::-1]).score_samples(X[:, ::-1])
    assert_allclose(one, other, atol=1e-8)


def test_averaging_scores_higher_than_any_size():
    X, _ = load_iris(return_X_y=True)
    folds = KFold(5, shuffle=True, random_state=0)

    def score(n_components):
        model = MixtureDensity(n_components, discrete=None, random_state=0)
        return cross_val_score(model, X, cv=folds).mean()

    assert score("auto") > max(score(k) for k in (1, 2, 3, 4, 6)) + 0.03


def test_prior_smooths():
    X = gaussian(60)
    loose = MixtureDensity(6, covariance_prior=0.01, random_state=0).fit(X[:40])
    firm = MixtureDensity(6, covariance_prior=3.0, random_state=0).fit(X[:40])
    assert firm.score(X[40:]) > loose.score(X[40:]) + 0.3
    assert firm.score(X[:40]) < loose.score(X[:40])


def test_wide_table():
    rng = np.random.default_rng(0)
    factors, loads = rng.normal(size=(160, 3)), rng.normal(size=(3, 300))
    X = factors @ loads + 0.5 * rng.normal(size=(160, 300))
    model = MixtureDensity(random_state=0).fit(X[:120])
    single = norm(X[:120].mean(axis=0), X[:120].std(axis=0)).logpdf(X[120:]).sum(axis=1)
    assert model.score(X[120:]) > single.mean() + 20


def test_clusters():
    X, y = load_iris(return_X_y=True)
    model = MixtureDensity("bic", discrete=None, random_state=0).fit(X)
    assert model.n_components_ in (2, 3)
    assert adjusted_rand_score(y, model.predict(X)) > 0.5
    proba = model.predict_proba(X)
    assert_allclose(proba.sum(axis=1), 1)
    assert_array_equal(proba.argmax(axis=1), model.predict(X))
    assert_allclose(proba.mean(axis=0), model.weights_, atol=0.05)


# -- gaps ------------------------------------------------------------------------------


def test_gaps_in_fit_leave_the_covariance_right():
    X = gaussian(4000)
    holes = np.random.default_rng(1).random(X.shape) < 0.3
    model = MixtureDensity(1, discrete=None).fit(np.where(holes, np.nan, X))
    draws = model.sample(40_000, random_state=0)
    full = draws[~np.isnan(draws).any(axis=1)]
    assert_allclose(np.cov(full.T), COVARIANCE, atol=0.12)
    assert_allclose(full.mean(axis=0), MEAN, atol=0.08)


def test_mean_of_a_gap_is_the_regression():
    X = gaussian(20_000)
    model = MixtureDensity(1, discrete=None).fit(X)
    new = gaussian(300, 1)
    holes = new.copy()
    holes[:, 1] = np.nan
    slopes = np.linalg.solve(COVARIANCE[np.ix_([0, 2], [0, 2])], COVARIANCE[[0, 2], 1])
    exact = MEAN[1] + (new[:, [0, 2]] - MEAN[[0, 2]]) @ slopes
    filled = model.impute(holes, strategy="mean")
    assert_allclose(filled[:, 1], exact, atol=0.12)
    assert_array_equal(filled[:, [0, 2]], new[:, [0, 2]])
    noise = np.sqrt(COVARIANCE[1, 1] - slopes @ COVARIANCE[[0, 2], 1])
    low, high = model.impute_interval(holes, coverage=0.8)
    assert_allclose(high[:, 1] - low[:, 1], 2 * norm.ppf(0.9) * noise, rtol=0.1)
    assert_array_equal(low[:, 0], new[:, 0])
    drawn = model.impute(holes, random_state=0)[:, 1]
    assert_allclose(np.std(drawn - exact), noise, rtol=0.15)


def test_intervals_cover():
    X = mixed(3000)[["number", "zero", "count", "word"]]
    holes = np.random.default_rng(1).random(X.shape) < 0.2
    holes[:, 3] = False
    model = MixtureDensity(4, random_state=0).fit(X)
    low, high = model.impute_interval(X.mask(holes))
    inside = (low[:, :3] <= X.iloc[:, :3]) & (X.iloc[:, :3] <= high[:, :3])
    assert 0.87 < inside.to_numpy()[holes[:, :3]].mean() < 0.95
    assert np.isnan(low[:, 3]).all()


def test_mean_is_nearer_than_a_draw(table, model):
    holes = np.random.default_rng(1).random(len(table)) < 0.5
    gaps = table.copy()
    gaps.loc[holes, "number"] = np.nan
    gaps.loc[~holes, "word"] = np.nan
    true = table["number"][holes]
    mean = model.impute(gaps, strategy="mean")
    draw = model.impute(gaps, random_state=0)
    for filled in (mean, draw):
        assert filled.dtypes.equals(table.dtypes) and not filled["word"].isna().any()
        assert not filled.isna().any().any()
    errors = [((f["number"][holes] - true) ** 2).mean() for f in (mean, draw)]
    assert errors[0] < 0.75 * errors[1]
    right = [(f["word"] == table["word"])[~holes].mean() for f in (mean, draw)]
    assert right[0] > right[1]


def test_several_imputations(table, model):
    gaps = table.mask(np.random.default_rng(0).random(table.shape) < 0.2)
    tables = model.impute(gaps, n_imputations=3, random_state=0)
    assert len(tables) == 3
    assert not tables[0].equals(tables[1])
    known = gaps["number"].notna()
    for filled in tables:
        assert_array_equal(filled["number"][known], gaps["number"][known])
    whole = table.dropna()
    assert len(model.impute(whole, n_imputations=2)) == 2
    assert model.impute(whole).equals(whole)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda m, X: m.impute(X, strategy="median"), 'strategy must be "draw"'),
        (lambda m, X: m.impute(X, n_imputations=0), "n_imputations must be None or"),
        (lambda m, X: m.impute(X, strategy="mean", n_imputations=2), "all be equal"),
        (lambda m, X: m.impute_interval(X, coverage=1), "coverage must lie between"),
        (lambda m, X: m.score_samples(X, ties="cells"), 'ties must be "mass"'),
        (lambda m, X: m.sample(2, given={"height": 1}), "neither the name nor"),
        (lambda m, X: m.score_samples(X.mask(X == 20)), "had none in fit"),
    ],
)
def test_bad_calls(table, model, call, match):
    with pytest.raises(ValueError, match=match):
        call(model, table)


# -- draws -----------------------------------------------------------------------------


def test_draws_have_the_dtypes_ranges_and_gaps_of_the_table(table, model):
    drawn = model.sample(2000, random_state=0)
    assert drawn.dtypes.equals(table.dtypes)
    for name in ("number", "zero", "count"):
        assert drawn[name].between(table[name].min(), table[name].max()).all()
        assert ks_2samp(drawn[name], table[name]).statistic < 0.09
    assert abs((drawn["zero"] == 0).mean() - 0.3) < 0.04
    assert abs(drawn["noted"].isna().mean() - table["noted"].isna().mean()) < 0.04
    shares = drawn["word"].value_counts(normalize=True)
    assert_allclose(shares[["x", "y", "z"]], [0.5, 0.3, 0.2], atol=0.05)
    apart = drawn.groupby("word", observed=True)["number"].mean()
    assert apart["x"] > apart["y"] + 3.5


def test_given_columns_condition_the_others():
    model = MixtureDensity(1, discrete=None).fit(gaussian(20_000))
    drawn = model.sample(4000, given={2: 1.5}, random_state=0)
    assert (drawn[:, 2] == 1.5).all()
    slope = COVARIANCE[:2, 2] / COVARIANCE[2, 2]
    assert_allclose(drawn[:, :2].mean(axis=0), MEAN[:2] + slope, atol=0.1)
    exact = COVARIANCE[:2, :2] - np.outer(slope, COVARIANCE[2, :2])
    assert_allclose(np.cov(drawn[:, :2].T), exact, atol=0.1)


def test_given_numbers_tell_categories(model):
    drawn = model.sample(500, given={"number": 5.0}, random_state=0)
    assert (drawn["word"] == "x").mean() > 0.95
    drawn = model.sample(500, given={"word": "z"}, random_state=0)
    assert abs(drawn["number"].mean() + 1) < 0.3


def test_ties_of_score(table):
    X = table[["count"]].clip(18, 22)
    mass, density = (
        MixtureDensity(1, ties=ties).fit(X).score(X) for ties in ("mass", "density")
    )
    # Cells of whole numbers have the width 1.
    assert_allclose(mass, density, atol=1e-9)
    halves = X / 2
    mass, density = (
        MixtureDensity(1, ties=ties).fit(halves).score(halves)
        for ties in ("mass", "density")
    )
    assert_allclose(density - mass, np.log(2), atol=1e-9)

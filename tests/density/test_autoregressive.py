"""AutoregressiveDensity: what its scores mean, and what it draws."""

import itertools

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import ks_2samp
from sklearn.base import clone
from sklearn.datasets import load_wine
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgen.density import AutoregressiveDensity

QUICK = {
    "n_estimators": 1,
    "hidden": (16,),
    "n_components": 3,
    "max_epochs": 6,
    "random_state": 0,
}


def mixed(n=400, seed=0):
    """A table of every kind of column, with known dependence."""
    rng = np.random.default_rng(seed)
    city = rng.choice(["Bern", "Oslo", "Rome"], n, p=[0.5, 0.3, 0.2])
    warm = np.where(city == "Rome", 15.0, 5.0)
    degrees = warm + rng.normal(size=n)
    visits = rng.poisson(np.where(city == "Oslo", 2, 6))
    rain = np.where(rng.random(n) < 0.4, 0.0, rng.gamma(2.0, size=n))
    noted = np.where(rng.random(n) < 0.2, np.nan, degrees + rng.normal(size=n))
    return pd.DataFrame(
        {
            "city": pd.Categorical(city),
            "visits": visits.astype(np.int16),
            "degrees": degrees.astype(np.float32),
            "rain": rain,
            "wet": rain > 1.0,
            "noted": noted,
        }
    )


@pytest.fixture(scope="module")
def table():
    return mixed()


@pytest.fixture(scope="module")
def model(table):
    return AutoregressiveDensity(**{**QUICK, "max_epochs": 15}).fit(table)


# -- scores ----------------------------------------------------------------------------


@pytest.mark.parametrize("n_estimators", [1, 3])
def test_masses_sum_to_one(n_estimators):
    rng = np.random.default_rng(0)
    a = rng.integers(0, 3, 300)
    X = pd.DataFrame({"a": a, "b": a * (rng.random(300) < 0.7), "c": a > 1})
    model = AutoregressiveDensity(**{**QUICK, "n_estimators": n_estimators}).fit(X)
    cells = [(a, b, c) for a in range(3) for b in range(3) for c in (False, True)]
    every = pd.DataFrame(cells, columns=["a", "b", "c"])
    total = np.exp(model.score_samples(every)).sum()
    new = [column["new"] for column in model.encoder_.columns_]
    assert_allclose(total, np.prod(1 - np.array(new)), rtol=1e-5)
    # Integers that fit did not see share most of the rest, far ones less and less.
    wide = list(itertools.product(range(-40, 44), range(-40, 44), (False, True)))
    every = pd.DataFrame(wide, columns=["a", "b", "c"])
    assert total < np.exp(model.score_samples(every)).sum() <= 1.0001


@pytest.mark.parametrize("n_estimators", [1, 2])
def test_density_integrates_to_one(n_estimators):
    rng = np.random.default_rng(0)
    x = rng.gamma(2.0, size=300)
    X = np.column_stack([x, x + rng.normal(size=300)])
    model = AutoregressiveDensity(**{**QUICK, "n_estimators": n_estimators}).fit(X)
    grid = np.linspace(-25, 40, 800)
    cells = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1).reshape(-1, 2)
    total = np.exp(model.score_samples(cells)).sum() * (grid[1] - grid[0]) ** 2
    assert_allclose(total, 1, atol=0.01)


def test_value_with_much_mass_and_density_of_the_rest():
    rng = np.random.default_rng(0)
    x = np.where(rng.random(2000) < 0.3, 0.0, rng.normal(5, 1, 2000))[:, None]
    model = AutoregressiveDensity(**QUICK).fit(x)
    mass = np.exp(model.score_samples([[0.0]]))
    grid = np.linspace(-10, 20, 3001)
    rest = np.exp(model.score_samples(grid[grid != 0][:, None])).sum() * 0.01
    assert_allclose(mass, (x == 0).mean(), atol=0.03)
    assert_allclose(mass + rest, 1, atol=0.01)


def test_score_of_a_gaussian():
    rng = np.random.default_rng(0)
    covariance = np.array([[1.0, 0.9], [0.9, 1.0]])
    X, new = np.split(rng.multivariate_normal([3, -2], covariance, 6000), 2)
    model = AutoregressiveDensity(random_state=0, max_epochs=5).fit(X)
    centered = new - [3, -2]
    solved = np.linalg.solve(covariance, centered.T).T
    exact = -0.5 * (centered * solved).sum(axis=1) - np.log(
        2 * np.pi * np.sqrt(np.linalg.det(covariance))
    )
    assert abs(model.score(new) - exact.mean()) < 0.03
    assert np.abs(model.score_samples(new) - exact).mean() < 0.12


@pytest.mark.parametrize("scale", [2.0, -0.25, 1e6])
def test_scores_are_in_the_units_of_the_table(scale):
    X, _ = load_wine(return_X_y=True)
    X = X[:, :4]
    base = AutoregressiveDensity(**QUICK).fit(X).score_samples(X)
    moved = AutoregressiveDensity(**QUICK).fit(scale * X).score_samples(scale * X)
    # A mirrored column has the mirrored power transform, but other random weights.
    tolerance = 1e-3 if scale > 0 else 0.5
    assert_allclose(moved.mean(), base.mean() - 4 * np.log(abs(scale)), atol=tolerance)


def test_mass_of_a_cell_is_its_density_times_its_width():
    rng = np.random.default_rng(0)
    X = rng.choice([0.0, 1.0, 3.0, 7.0], 400, p=[0.4, 0.3, 0.2, 0.1])[:, None]
    model = AutoregressiveDensity(**QUICK).fit(X)
    values = np.array([[0.0], [1.0], [3.0], [7.0]])
    widths = np.array([1.0, 1.5, 3.0, 4.0])
    mass, density = (
        model.score_samples(values),
        model.score_samples(values, ties="density"),
    )
    assert_allclose(density, mass - np.log(widths), rtol=1e-6)
    # Constant in the cell, so that it is the density of the dequantised column.
    spread = model.dequantize(np.repeat(values, 200, axis=0), random_state=0)
    assert_allclose(
        model.score_samples(spread, ties="density"), np.repeat(density, 200)
    )
    edges = np.array([-0.5, 0.5, 2.0, 5.0, 9.0])
    place = np.searchsorted(edges, spread[:, 0]) - 1
    assert_array_equal(place, np.repeat(np.arange(4), 200))
    unseen = model.dequantize(np.full((200, 1), 2.5), random_state=0)
    assert 2 < unseen.min() < 2.1 < 4.9 < unseen.max() < 5
    assert model.dequantize([[30.0]]) == 30.0


def test_dependence_is_learned(table, model):
    shuffled = table.copy()
    shuffled["degrees"] = table["degrees"].sample(frac=1, random_state=0).to_numpy()
    scores = np.append(
        model.score_samples(mixed(400, 1)), model.score_samples(shuffled)
    )
    assert roc_auc_score(np.repeat([1, 0], 400), scores) > 0.65


def test_marginal_of_leading_columns(table, model):
    leading = table[["city", "visits"]]
    alone = model.score_samples(leading, marginal=True)
    whole = AutoregressiveDensity(**{**QUICK, "max_epochs": 15}).fit(leading)
    # The nets of the first columns do not know what comes after them.
    assert np.corrcoef(alone, whole.score_samples(leading))[0, 1] > 0.98
    cells = pd.DataFrame(
        itertools.product(["Bern", "Oslo", "Rome"], range(0, 60)),
        columns=["city", "visits"],
    ).astype({"city": table["city"].dtype})
    total = np.exp(model.score_samples(cells, marginal=True)).sum()
    assert 0.99 < total <= 1.0001
    with pytest.raises(ValueError, match="columns that come first.*order"):
        model.score_samples(table[["visits", "rain"]], marginal=True)
    options = {**QUICK, "n_estimators": 3, "order": "random"}
    several = AutoregressiveDensity(**options).fit(table)
    with pytest.raises(ValueError, match="n_estimators=1"):
        several.score_samples(leading, marginal=True)


def test_order_of_the_columns(table):
    names = list(table.columns[::-1])
    model = AutoregressiveDensity(order=names, **QUICK).fit(table)
    assert_array_equal(model.orders_, [[5, 4, 3, 2, 1, 0]])
    by_index = AutoregressiveDensity(order=[5, 4, 3, 2, 1, 0], **QUICK).fit(table)
    assert_array_equal(model.score_samples(table), by_index.score_samples(table))
    assert model.score_samples(table[["noted"]], marginal=True).shape == (400,)
    drawn = AutoregressiveDensity(order="random", **QUICK).fit(table)
    assert sorted(drawn.orders_[0]) == list(range(6))


def test_average_of_models_is_the_mean_of_their_densities(table):
    X = table[["degrees", "rain"]]
    model = AutoregressiveDensity(**{**QUICK, "n_estimators": 4}).fit(X)
    assert_array_equal(model.orders_[0], [0, 1])
    nets = model._fitted_module()[1]
    assert {head.member for head in nets.heads} == {0, 1, 2, 3}
    X = load_wine().data
    train, test = train_test_split(X, random_state=0)
    one = AutoregressiveDensity(n_estimators=1, random_state=0).fit(train)
    four = AutoregressiveDensity(random_state=0).fit(train)
    assert len(four.orders_) == 4
    assert four.score(test) > one.score(test)


# -- draws -----------------------------------------------------------------------------


def test_sample_has_the_dtypes_and_ranges_of_the_table(table, model):
    drawn = model.sample(500, random_state=0)
    assert drawn.dtypes.equals(table.dtypes)
    assert drawn.columns.equals(table.columns)
    numbers = ["visits", "degrees", "rain", "noted"]
    assert (drawn[numbers].min() >= table[numbers].min()).all()
    assert (drawn[numbers].max() <= table[numbers].max()).all()
    assert abs(drawn["noted"].isna().mean() - table["noted"].isna().mean()) < 0.08
    assert abs((drawn["rain"] == 0).mean() - (table["rain"] == 0).mean()) < 0.1
    assert (drawn["wet"] == (drawn["rain"] > 1)).mean() > 0.8
    assert ks_2samp(drawn["degrees"], table["degrees"]).pvalue > 1e-3
    rome = drawn.loc[drawn["city"] == "Rome", "degrees"].mean()
    assert rome - drawn.loc[drawn["city"] == "Bern", "degrees"].mean() > 7
    pd.testing.assert_frame_equal(drawn, model.sample(500, random_state=0))
    assert not drawn.equals(model.sample(500, random_state=1))
    assert len(model.sample()) == 1
    assert np.isfinite(model.score_samples(drawn)).all()


@pytest.mark.parametrize("dtype", [np.int8, np.float32, np.float64, bool])
def test_arrays_come_back_as_arrays(dtype):
    rng = np.random.default_rng(0)
    X = (4 * rng.random((60, 3))).astype(dtype)
    drawn = AutoregressiveDensity(**QUICK).fit(X).sample(20, random_state=0)
    assert drawn.shape == (20, 3)
    assert drawn.dtype == dtype
    assert drawn.min() >= X.min()
    assert drawn.max() <= X.max()


def test_samples_follow_the_density():
    rng = np.random.default_rng(0)
    X = np.where(
        rng.random(1500) < 0.5, rng.normal(-3, 0.5, 1500), rng.gamma(2, size=1500)
    )
    model = AutoregressiveDensity(random_state=0, max_epochs=15).fit(X[:, None])
    drawn = model.sample(4000, random_state=0)[:, 0]
    grid = np.linspace(X.min(), X.max(), 2000)
    density = np.exp(model.score_samples(grid[:, None]))
    cdf = np.cumsum(density) / density.sum()
    uniform = np.interp(drawn, grid, cdf)
    assert ks_2samp(uniform, np.linspace(0, 1, 4000)).statistic < 0.03


def test_draws_given_leading_columns_are_exact(table, model):
    drawn = model.sample(300, given={"city": "Rome"}, random_state=0)
    assert (drawn["city"] == "Rome").all()
    assert abs(drawn["degrees"].mean() - 15) < 1.5
    cities = ["Bern", "Rome"] * 50
    drawn = model.sample(100, given={"city": cities}, random_state=0)
    assert drawn["city"].tolist() == cities


def test_draws_given_later_columns(table, model):
    drawn = model.sample(400, given={"degrees": np.float32(15.0)}, random_state=0)
    assert_allclose(drawn["degrees"], 15.0, rtol=1e-5)
    assert (drawn["city"] == "Rome").mean() > 0.9
    drawn = model.sample(400, given={"wet": True}, random_state=0)
    assert drawn["wet"].all()
    assert (drawn["rain"] > 1).mean() > 0.75


def test_given_values_come_back_as_they_were(table, model):
    drawn = model.sample(3, given={"rain": [0.0, 1.23456789, 50.0]}, random_state=0)
    assert drawn["rain"].tolist() == [0.0, 1.23456789, 50.0]
    missing = model.sample(50, given={"noted": np.nan}, random_state=0)
    assert missing["noted"].isna().all()
    holes = table[["city", "visits", "degrees", "rain", "wet", "noted"]].iloc[:4].copy()
    holes["noted"] = np.nan
    first = AutoregressiveDensity(order=[5, 0, 1, 2, 3, 4], **QUICK).fit(table)
    mass = np.exp(first.score_samples(holes[["noted"]], marginal=True))
    assert_allclose(mass, table["noted"].isna().mean(), atol=0.05)
    unknown = holes[["city", "visits", "degrees"]].assign(degrees=np.float32(np.nan))
    with pytest.raises(ValueError, match="'degrees' has missing values"):
        model.score_samples(unknown, marginal=True)


def test_sequential_monte_carlo_finds_the_exact_conditional():
    rng = np.random.default_rng(0)
    a = rng.integers(0, 3, 3000)
    X = pd.DataFrame({"a": a, "b": np.where(rng.random(3000) < 0.8, a, 0)})
    model = AutoregressiveDensity(random_state=0, max_epochs=8).fit(X)
    cells = pd.DataFrame({"a": [0, 1, 2], "b": [2, 2, 2]})
    joint = np.exp(model.score_samples(cells))
    drawn = model.sample(4000, given={"b": 2}, n_particles=64, random_state=0)
    found = np.bincount(drawn["a"], minlength=3) / 4000
    assert_allclose(found, joint / joint.sum(), atol=0.02)


def test_imputation(table, model):
    holes = table.copy()
    rng = np.random.default_rng(1)
    hidden = rng.random(table.shape) < 0.3
    for j, name in enumerate(table.columns):
        if name in ("visits", "wet"):  # their dtypes hold no missing values
            hidden[:, j] = False
        else:
            holes.loc[hidden[:, j], name] = np.nan
    full = model.impute(holes, random_state=0)
    assert full.dtypes.equals(table.dtypes)
    assert not full.isna().any().any()
    kept = ~holes.isna()
    for name in table:
        pd.testing.assert_series_equal(
            full.loc[kept[name], name], table.loc[kept[name], name]
        )
    both = hidden[:, 0] & ~hidden[:, 2]
    agree = (full["city"] == "Rome")[both] == (table["city"] == "Rome")[both]
    assert agree.mean() > 0.9
    pd.testing.assert_frame_equal(full, model.impute(holes, random_state=0))
    pd.testing.assert_frame_equal(model.impute(full), full)


def test_imputation_of_an_array():
    rng = np.random.default_rng(0)
    x = rng.normal(size=800)
    X = np.column_stack([x, x + 0.1 * rng.normal(size=800)])
    model = AutoregressiveDensity(random_state=0, max_epochs=8).fit(X)
    holes = X[:200].copy()
    holes[:100, 1] = np.nan
    holes[100:, 0] = np.nan
    full = model.impute(holes, n_particles=256, random_state=0)
    assert np.abs(full[:100, 1] - X[:100, 1]).mean() < 0.25
    assert np.abs(full[100:, 0] - X[100:200, 0]).mean() < 0.35


# -- input -----------------------------------------------------------------------------


def test_table_of_one_value():
    X = np.full((20, 2), 3.0)
    model = AutoregressiveDensity(**QUICK).fit(X)
    assert_allclose(model.score_samples(X[:1]), 0, atol=0.2)
    assert model.score_samples([[3.0, 9.0]]) < -3
    assert_array_equal(model.sample(4, random_state=0), X[:4])
    assert model.history_ == []


def test_column_that_is_all_missing():
    X = pd.DataFrame({"a": np.arange(30.0), "b": np.full(30, np.nan)})
    model = AutoregressiveDensity(**QUICK).fit(X)
    assert model.sample(5, random_state=0)["b"].isna().all()
    assert np.isfinite(model.score_samples(X)).all()


@pytest.mark.parametrize("n", [2, 3, 5, 17])
def test_few_rows(n):
    X = np.random.default_rng(0).normal(size=(n, 3))
    model = AutoregressiveDensity(**QUICK).fit(X)
    assert np.isfinite(model.score_samples(X)).all()
    assert model.sample(7, random_state=0).shape == (7, 3)


def test_far_rows_are_unlikely_but_finite(model, table):
    far = table.iloc[:1].assign(degrees=np.float32(1e20), visits=np.int16(30000))
    assert np.isfinite(model.score_samples(far)).all()
    assert model.score_samples(far) < model.score_samples(table).min()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"order": ["city", "city"]}, "order must name each of the 6 columns once"),
        ({"order": ["town"]}, "'town' is neither the name nor the index of a column"),
        ({"order": [0, 1, 2, 3, 4, 9]}, "9 is neither the name nor the index"),
        ({"hidden": ()}, "hidden must hold the widths"),
        ({"hidden": (0,)}, "hidden must hold the widths.*whole numbers"),
        ({"hidden": ("a",)}, "hidden must hold the widths"),
    ],
)
def test_bad_parameters(table, options, match):
    with pytest.raises(ValueError, match=match):
        AutoregressiveDensity(**{**QUICK, **options}).fit(table)


def test_bad_rows(model, table):
    with pytest.raises(ValueError, match="inf or a value too large"):
        model.score_samples(table.assign(rain=np.inf))
    with pytest.raises(
        ValueError, match="'degrees' has missing values .NaN., but had none"
    ):
        model.score_samples(table.assign(degrees=np.float32(np.nan)))
    with pytest.raises(TypeError, match="'rain' was numeric in fit and is category"):
        model.score_samples(table.assign(rain="dry"))
    with pytest.raises(TypeError, match="holds datetime64"):
        AutoregressiveDensity(**QUICK).fit(table.assign(day=pd.Timestamp("2026-01-01")))
    with pytest.raises(ValueError, match="at least 2 rows, got 1"):
        AutoregressiveDensity(**QUICK).fit(table.iloc[:1])
    with pytest.raises(ValueError, match='ties must be "mass" or "density"'):
        model.score_samples(table, ties="both")
    with pytest.raises(ValueError, match="'city' holds categories.*no cells"):
        model.dequantize(table)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"town": 1}, "'town' is neither the name nor the index of a column"),
        (
            {"city": "Wien"},
            r"given\['city'\] holds \['Wien'\], which fit did not see; it saw",
        ),
        (
            {"visits": 99},
            r"given\['visits'\] holds \[99\], which fit did not see; it saw",
        ),
        ({"degrees": np.nan}, "'degrees' has missing values .NaN., but had none"),
        (
            {"visits": [1, 2]},
            r"given\['visits'\] must be one value or 3, .* got 2",
        ),
    ],
)
def test_bad_given(model, given, match):
    with pytest.raises(ValueError, match=match):
        model.sample(3, given=given)
    with pytest.raises(ValueError, match="n_particles must be a whole number"):
        model.sample(3, n_particles=0)


def test_unseen_category_is_unlikely(model, table):
    new = table.iloc[:5].assign(city=pd.Categorical(["Wien"] * 5))
    found = model.score_samples(new)
    assert np.isfinite(found).all()
    assert (found < model.score_samples(table.iloc[:5])).all()


# -- training --------------------------------------------------------------------------


def test_columns_stop_on_their_own(table):
    model = AutoregressiveDensity(max_epochs=30, random_state=0, n_iter_no_change=2)
    model.fit(table)
    kept = [row["kept_loss"] for row in model.history_]
    assert all(b <= a + 1e-9 for a, b in itertools.pairwise(kept))
    # Up to nets that are better, but not significantly so.
    assert kept[-1] <= min(row["valid_loss"] for row in model.history_) + 0.05


def test_grid_search_over_components():
    X, _ = load_wine(return_X_y=True)
    search = GridSearchCV(
        AutoregressiveDensity(**QUICK), {"n_components": [1, 3]}, cv=3
    ).fit(X)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    pipeline = make_pipeline(StandardScaler(), clone(search.best_estimator_)).fit(X)
    assert np.isfinite(pipeline.score(X))


def test_without_tokens_all_numbers_have_densities(table):
    X = table[["visits", "rain"]]
    model = AutoregressiveDensity(discrete=None, **QUICK).fit(X)
    assert [c["n_tokens"] for c in model.encoder_.columns_] == [1, 1]
    assert [c["continuous"] for c in model.encoder_.columns_] == [0, 0]

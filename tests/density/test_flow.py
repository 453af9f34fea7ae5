"""FlowDensity: exact, normalised, in the units of its rows, and invertible."""

import builtins
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from scipy.integrate import quad, trapezoid
from sklearn.base import clone
from sklearn.datasets import make_moons
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skgen.density import FlowDensity, TransformedDensity

pytest.importorskip("zuko")
FLOWS = ("nsf", "maf", "coupling")
SMALL = {"hidden": (16,), "n_transforms": 2, "max_epochs": 3, "random_state": 0}
each_flow = pytest.mark.parametrize("flow", FLOWS)


def skewed(n=300, d=3, seed=0):
    """Dependent columns of different units."""
    rng = np.random.default_rng(seed)
    X = rng.gamma(2.0, size=(n, d)).cumsum(axis=1)
    return X * 10.0 ** np.arange(d) - 5


@pytest.fixture(scope="module")
def rows():
    return skewed()


@pytest.fixture(scope="module")
def fitted(rows):
    return {flow: FlowDensity(flow, **SMALL).fit(rows) for flow in FLOWS}


# -- mathematics -----------------------------------------------------------------------


@each_flow
def test_one_column_has_mass_one(flow):
    rng = np.random.default_rng(0)
    X = np.append(rng.normal(size=200), rng.normal(6, 0.5, 100))[:, None]
    model = FlowDensity(flow, **SMALL).fit(X)
    grid = np.linspace(-40, 60, 40_001)[:, None]
    mass = trapezoid(np.exp(model.score_samples(grid)), grid[:, 0])
    assert_allclose(mass, 1, atol=1e-3)


@each_flow
def test_two_columns_have_mass_one(flow):
    X, _ = make_moons(300, noise=0.2, random_state=0)
    model = FlowDensity(flow, **SMALL).fit(X)
    axis = np.linspace(-8, 9, 341)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    mass = np.exp(model.score_samples(grid)).sum() * (axis[1] - axis[0]) ** 2
    assert_allclose(mass, 1, atol=2e-3)


@each_flow
def test_density_follows_the_units_exactly(flow, rows, fitted):
    a, b = 37.3, -11.0
    moved = clone(fitted[flow]).fit(a * rows + b)
    expected = fitted[flow].score_samples(rows) - rows.shape[1] * np.log(a)
    assert_allclose(moved.score_samples(a * rows + b), expected, rtol=0, atol=1e-8)
    for name, value in fitted[flow].weights_.items():
        assert_array_equal(moved.weights_[name], value)


@each_flow
def test_log_density_is_base_plus_numerical_determinant(flow, rows, fitted):
    model, X = fitted[flow], rows[:20]
    scale = rows.std(axis=0)
    jacobian = np.empty((len(X), 3, 3))
    for j in range(3):
        step = np.zeros(3)
        step[j] = 1e-6 * scale[j]
        ahead, behind = model.transform(X + step), model.transform(X - step)
        jacobian[:, :, j] = (ahead - behind) / (2 * step[j])
    log_det = np.linalg.slogdet(jacobian)[1]
    assert_allclose(model.log_abs_det_jacobian(X), log_det, atol=1e-5)
    base = stats.norm.logpdf(model.transform(X)).sum(axis=1)
    assert_allclose(model.score_samples(X), base + log_det, atol=1e-5)
    assert_allclose(model.score(X), model.score_samples(X).mean())


@each_flow
def test_base_space_and_back(flow, rows, fitted):
    model = fitted[flow]
    Z = model.transform(rows)
    assert_allclose(model.inverse_transform(Z), rows, rtol=1e-5, atol=1e-5)
    Z = np.random.default_rng(0).normal(scale=1.5, size=(500, 3))
    assert_allclose(model.transform(model.inverse_transform(Z)), Z, atol=1e-5)


@each_flow
def test_rows_are_nearly_normal_in_the_base_space(flow, rows, fitted):
    Z = fitted[flow].transform(rows)
    assert_allclose(Z.mean(axis=0), 0, atol=0.2)
    assert_allclose(np.cov(Z.T), np.eye(3), atol=0.3)


@pytest.mark.parametrize("flow", ["nsf", "maf"])
def test_sample_follows_the_density(flow):
    X = np.random.default_rng(1).normal(size=(400, 1)) ** 3
    model = FlowDensity(flow, **SMALL).fit(X)
    drawn = model.sample(5000, random_state=0)[:, 0]
    grid = np.append(-np.geomspace(1e4, 1e-4, 20_000), np.geomspace(1e-4, 1e4, 20_000))
    density = np.exp(model.score_samples(grid[:, None]))
    steps = np.diff(grid) * (density[1:] + density[:-1]) / 2
    cdf = np.append(0, np.cumsum(steps))
    found = stats.kstest(drawn, lambda x: np.interp(x, grid, cdf))
    assert found.pvalue > 0.01


def test_moments_of_samples(fitted, rows):
    for flow in FLOWS:
        drawn = fitted[flow].sample(4000, random_state=0)
        assert_allclose(np.median(drawn, axis=0), np.median(rows, axis=0), rtol=0.15)
        found, expected = stats.spearmanr(drawn)[0], stats.spearmanr(rows)[0]
        assert_allclose(found, expected, atol=0.1)


def test_gaussian_rows_have_a_gaussian_density():
    covariance = np.array([[1.0, 0.8], [0.8, 2.0]])
    true = stats.multivariate_normal([3, -1], covariance)
    X = true.rvs(3000, random_state=0)
    model = FlowDensity("maf", **SMALL).fit(X[:2000])
    found = model.score_samples(X[2000:])
    assert_allclose(found.mean(), true.logpdf(X[2000:]).mean(), atol=0.03)


def test_curved_rows_beat_a_gaussian():
    X, _ = make_moons(1200, noise=0.1, random_state=0)
    model = FlowDensity(random_state=0, max_epochs=25).fit(X[:800])
    gaussian = GaussianMixture().fit(X[:800])
    assert model.score(X[800:]) > gaussian.score(X[800:]) + 0.5


def test_powers_find_a_log_normal():
    rng = np.random.default_rng(0)
    X = np.exp(rng.normal(size=(1000, 2)))
    with_, without = (
        FlowDensity("maf", power=power, **SMALL).fit(X[:500]).score(X[500:])
        for power in (True, False)
    )
    true = stats.lognorm(1).logpdf(X[500:]).sum(axis=1).mean()
    assert without < with_ < true + 0.05
    assert with_ > true - 0.2


# -- tails -----------------------------------------------------------------------------


@each_flow
def test_far_rows_have_finite_falling_densities(flow, rows, fitted):
    far = np.median(rows, axis=0) + np.outer(10.0 ** np.arange(4, 300, 20), [1, 1, 1])
    found = fitted[flow].score_samples(far)
    assert np.isfinite(found).all()
    assert (np.diff(found[:4]) < 0).all()
    assert np.isfinite(fitted[flow].transform(far)).all()


@each_flow
def test_an_outlier_in_fit_spoils_nothing(flow, rows, fitted):
    spoilt = np.vstack([rows, [1e12, -1e9, 1e15]])
    model = clone(fitted[flow]).fit(spoilt)
    assert model.score(rows) > fitted[flow].score(rows) - 1
    assert np.isfinite(model.sample(1000, random_state=0)).all()


def test_an_unseen_outlier_in_one_column_costs_little():
    X = skewed(400, 5)
    model = FlowDensity("maf", random_state=0, max_epochs=20).fit(X[:300])
    far = X[300:].copy()
    far[:, 2] = 1e6 * np.median(X[:, 2])
    assert (model.score_samples(far) > model.score_samples(X[300:]).min() - 1000).all()


# -- shapes ----------------------------------------------------------------------------


@each_flow
@pytest.mark.parametrize("n, d", [(2, 1), (2, 3), (7, 2), (40, 50), (300, 1)])
def test_any_shape(flow, n, d):
    X = np.random.default_rng(0).normal(size=(n, d))
    model = FlowDensity(flow, **SMALL).fit(X)
    assert model.score_samples(X).shape == (n,)
    assert np.isfinite(model.score_samples(X)).all()
    assert model.sample(3, random_state=0).shape == (3, d)
    assert_allclose(model.inverse_transform(model.transform(X)), X, atol=1e-5)


def test_frame_comes_back_with_its_dtypes():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "length": rng.gamma(2.0, size=200).astype(np.float32),
            "count": rng.poisson(300, 200),
            "nullable": pd.array(rng.normal(size=200), dtype="Float64"),
            3: rng.normal(size=200),
        }
    ).rename(columns=str)
    model = FlowDensity("maf", **SMALL).fit(frame)
    drawn = model.sample(50, random_state=0)
    assert isinstance(drawn, pd.DataFrame)
    assert drawn.dtypes.to_dict() == frame.dtypes.to_dict()
    assert model.score_samples(drawn).shape == (50,)
    again = pickle.loads(pickle.dumps(model))
    pd.testing.assert_frame_equal(again.sample(50, random_state=0), drawn)
    numbers = clone(model).fit(frame.to_numpy(dtype=np.float64))
    assert_allclose(
        numbers.score_samples(frame.to_numpy(dtype=np.float64)),
        model.score_samples(frame),
        atol=1e-6,
    )


def test_single_precision_rows():
    X = skewed().astype(np.float32)
    model = FlowDensity("maf", **SMALL).fit(X)
    assert model.sample(2, random_state=0).dtype == np.float32
    assert model.score_samples(X).dtype == np.float64


def test_output_as_a_frame(rows, fitted):
    model = clone(fitted["maf"]).set_output(transform="pandas").fit(rows)
    Z = model.transform(rows)
    names = [f"flowdensity{j}" for j in range(3)]
    assert Z.columns.tolist() == model.get_feature_names_out().tolist() == names
    assert_allclose(model.inverse_transform(Z), rows, rtol=1e-5)


def test_in_a_pipeline_and_a_grid(rows):
    model = FlowDensity("maf", **SMALL)
    steps = make_pipeline(StandardScaler(), model)
    grid = GridSearchCV(
        steps, {"flowdensity__power": [True, False]}, cv=2, error_score="raise"
    ).fit(rows)
    assert grid.best_params_ == {"flowdensity__power": True}


# -- bad input -------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite(bad, rows, fitted):
    X = rows.copy()
    X[3, 1] = bad
    frame = pd.DataFrame(X, columns=list("abc"))
    for model in (FlowDensity(max_epochs=1), fitted["maf"]):
        call = model.fit if model is not fitted["maf"] else model.score_samples
        with pytest.raises(ValueError, match="NaN|infinity"):
            call(X)
    with pytest.raises(ValueError, match="NaN in column 'b'|column 'b' holds inf"):
        FlowDensity().fit(frame)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([True, False] * 10),
        pd.Series(["a", "b"] * 10, dtype="category"),
        pd.Series(["a", "b"] * 10),
        pd.Series([1.0, None] * 10),
        pd.Series([1, None] * 10, dtype="Int64"),
    ],
    ids=["boolean", "category", "strings", "missing", "nullable"],
)
def test_columns_without_a_density_name_the_remedy(column):
    frame = pd.DataFrame({"a": np.arange(20.0), "b": column})
    with pytest.raises(ValueError, match="column 'b'.*AutoregressiveDensity"):
        FlowDensity().fit(frame)


def test_a_column_of_one_value_counts_by_its_mass():
    X = np.random.default_rng(0).normal(size=(30, 3))
    rest = FlowDensity("maf", **SMALL).fit(X[:, [0, 2]])
    X[:, 1] = 4.5
    model = FlowDensity("maf", **SMALL).fit(X)
    expected = rest.score_samples(X[:, [0, 2]]) + np.log(30.5 / 31)
    assert_allclose(model.score_samples(X), expected)
    assert (model.sample(20, random_state=0)[:, 1] == 4.5).all()
    assert model.transform(X).shape == (30, 2)
    assert_allclose(model.inverse_transform(model.transform(X)), X)
    assert len(model.get_feature_names_out()) == 2

    def density(value):
        other = X[:1].copy()
        other[0, 1] = value
        return np.exp(model.score_samples(other) - expected[0]).item() * 30.5 / 31

    # Other values have a density that integrates to what the mass leaves.
    total = quad(density, -np.inf, 4.5)[0] + quad(density, 4.5, np.inf)[0]
    assert total == pytest.approx(0.5 / 31, rel=1e-3)


def test_tables_of_one_value_or_one_row_are_refused():
    X = np.full((30, 3), 4.5)
    with pytest.raises(ValueError, match="must hold more than one value.*got 4.5"):
        FlowDensity().fit(X)
    with pytest.raises(ValueError, match="minimum of 2 is required"):
        FlowDensity().fit(X[:1])


def test_logarithms_keep_columns_positive():
    X = np.random.default_rng(0).gamma(0.5, size=(300, 2))
    logarithms = FunctionTransformer(np.log, np.exp)
    model = TransformedDensity(logarithms, FlowDensity("maf", **SMALL)).fit(X)
    assert (model.sample(1000, random_state=0) > 0).all()
    inner = FlowDensity("maf", **SMALL).fit(np.log(X))
    expected = inner.score_samples(np.log(X)) - np.log(X).sum(axis=1)
    assert_allclose(model.score_samples(X), expected)


def test_dependent_columns_have_a_finite_density():
    X = np.random.default_rng(0).normal(size=(60, 3))
    X[:, 2] = X[:, 0] - 2 * X[:, 1]
    model = FlowDensity("maf", power=False, **SMALL).fit(X)
    found = model.score_samples(X)
    assert np.isfinite(found).all()
    off = X + [0, 0, 0.1]
    assert (model.score_samples(off) < found - 10).all()


def test_wrong_recipes(rows):
    with pytest.raises(TypeError, match="zuko.flows.Flow, got.*Linear"):
        FlowDensity(lambda features: torch.nn.Linear(3, 3)).fit(rows)

    def wide(features):
        import zuko

        return zuko.flows.MAF(features + 1)

    with pytest.raises(ValueError, match=r"flow must map.*flow\(features\)"):
        FlowDensity(wide).fit(rows)
    with pytest.raises(ValueError, match="'flow' parameter"):
        FlowDensity("nonsense").fit(rows)


def test_wrong_shapes(rows, fitted):
    with pytest.raises(ValueError, match="3 columns of the base space, got 2"):
        fitted["maf"].inverse_transform(rows[:, :2])
    for n_samples in (0, -1, 2.5):
        with pytest.raises(ValueError, match="n_samples must be an integer"):
            fitted["maf"].sample(n_samples)


def test_zuko_is_asked_for(rows, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] == "zuko":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r'pip install "skgen\[flow\]"'):
        FlowDensity().fit(rows)


# -- zuko ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["BPF", "NAF", "NICE"])
def test_any_recipe_of_zuko(name, rows):
    def recipe(features):
        import zuko

        return getattr(zuko.flows, name)(features, transforms=1, hidden_features=(8,))

    model = FlowDensity(recipe, max_epochs=1, random_state=0).fit(rows)
    found = model.inverse_transform(model.transform(rows[:50]))
    assert_allclose(found, rows[:50], rtol=1e-3, atol=1e-3)
    assert np.isfinite(model.score_samples(rows)).all()
    assert np.isfinite(model.sample(20, random_state=0)).all()


def test_torch_goes_on_checking_distributions():
    code = (
        "import numpy as np, torch; from skgen.density import FlowDensity;"
        "X = np.random.default_rng(0).normal(size=(20, 2));"
        "FlowDensity('maf', max_epochs=1, n_transforms=1).fit(X).sample();"
        "print(torch.distributions.Distribution._validate_args)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True"]


# -- randomness and training -----------------------------------------------------------


def test_draws_are_seeded_fresh_without_a_seed_and_leave_no_trace(fitted):
    model = fitted["coupling"]
    before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    assert_array_equal(
        model.sample(5, random_state=3),
        model.sample(5, random_state=np.random.RandomState(3)),
    )
    assert (model.sample(5, random_state=3) != model.sample(5, random_state=4)).all()
    assert (model.sample(5) != model.sample(5)).all()
    assert_array_equal(np.random.get_state()[1], before[0])  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])


def test_early_stopping_keeps_the_best_weights(rows):
    model = FlowDensity("maf", random_state=0, learning_rate=0.02, n_iter_no_change=3)
    model.fit(rows)
    losses = [row["valid_loss"] for row in model.history_]
    assert model.n_epochs_ == len(losses) == np.argmin(losses) + 4 < 200
    on = model.set_params(early_stopping=False, max_epochs=4).fit(rows)
    assert "valid_loss" not in on.history_[-1]


def test_training_goes_on(rows):
    whole = FlowDensity("maf", early_stopping=False, **SMALL).fit(rows)
    parts = clone(whole)
    for epoch in range(3):
        parts = pickle.loads(pickle.dumps(parts.partial_fit(rows)))
        assert parts.n_epochs_ == epoch + 1
    assert_array_equal(parts.score_samples(rows), whole.score_samples(rows))
    warm = clone(whole).set_params(warm_start=True).fit(rows).fit(rows)
    assert warm.n_epochs_ == 6
    assert warm.history_[:3] == whole.history_
    with pytest.raises(ValueError, match="features"):
        parts.partial_fit(rows[:, :2])


def test_learned_layers_begin_as_the_identity(rows):
    idle = {**SMALL, "max_epochs": 1, "learning_rate": 1e-12}
    for flow in FLOWS:
        model = FlowDensity(flow, early_stopping=False, **idle).fit(rows)
        assert_allclose(
            model.transform(rows), model.encoder_.transform(rows), atol=1e-6
        )

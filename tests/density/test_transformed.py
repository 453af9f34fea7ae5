"""TransformedDensity: the change of variables against closed forms."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special, stats
from scipy.integrate import trapezoid
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from skgen.density import TransformedDensity
from skgen.density._jacobian import _LOG_DERIVATIVES, _numerical, log_volume_change

LOG = FunctionTransformer(np.log, inverse_func=np.exp, check_inverse=False)


class Cubic(TransformerMixin, BaseEstimator):
    """A transformer that nobody knows: it mixes columns and bends them."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        X = np.asarray(X, dtype=np.float64)
        Z = X + X**3
        Z[:, 1:] += np.sin(X[:, :-1])
        return Z

    def inverse_transform(self, Z):
        X = np.empty_like(Z)
        for j in range(Z.shape[1]):
            z = Z[:, j] - (np.sin(X[:, j - 1]) if j else 0)
            # Cardano's formula for x + x**3 = z.
            root = np.sqrt(z**2 / 4 + 1 / 27)
            X[:, j] = np.cbrt(z / 2 + root) + np.cbrt(z / 2 - root)
        return X


class Explicit(Cubic):
    def log_abs_det_jacobian(self, X):
        return np.log1p(3 * np.asarray(X) ** 2).sum(axis=1)


def cube(X):
    return X**3


def positive(n=200, d=2, seed=0):
    return np.random.default_rng(seed).lognormal(0.5, 0.6, size=(n, d)) + 0.1


INVERTIBLE = {
    "standard": StandardScaler(),
    "standard, mean only": StandardScaler(with_std=False),
    "robust": RobustScaler(),
    "robust, unit variance": RobustScaler(unit_variance=True),
    "robust, center only": RobustScaler(with_scaling=False),
    "min max": MinMaxScaler((-1, 3)),
    "max abs": MaxAbsScaler(),
    "yeo-johnson": PowerTransformer(),
    "yeo-johnson, raw": PowerTransformer(standardize=False),
    "box-cox": PowerTransformer("box-cox"),
    "pca": PCA(),
    "pca, whitened": PCA(whiten=True),
    "log": LOG,
    "identity": FunctionTransformer(),
    "anonymous": FunctionTransformer(cube, inverse_func=np.cbrt),
    "pipeline": make_pipeline(LOG, StandardScaler(), "passthrough", PCA(whiten=True)),
    "columns": make_column_transformer(
        (make_pipeline(LOG, StandardScaler()), [1]), (RobustScaler(), [0])
    ),
    "remainder": make_column_transformer((LOG, [1]), remainder="passthrough"),
    "unknown": Cubic(),
    "explicit": Explicit(),
}
each_transformer = pytest.mark.parametrize(
    "transformer", INVERTIBLE.values(), ids=INVERTIBLE
)


# -- closed forms ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "scaler", [StandardScaler(), RobustScaler(), MinMaxScaler(), MaxAbsScaler(), PCA()]
)
def test_a_gaussian_stays_the_same_behind_any_linear_transformer(scaler):
    X = positive() @ [[3.0, 0.5], [0.0, 40.0]]
    plain = GaussianMixture(reg_covar=0).fit(X)
    model = TransformedDensity(scaler, GaussianMixture(reg_covar=0)).fit(X)
    assert_allclose(model.score_samples(X), plain.score_samples(X), rtol=1e-9)


def test_a_gaussian_of_logarithms_is_log_normal():
    X = positive(d=1)
    model = TransformedDensity(LOG, GaussianMixture(reg_covar=0)).fit(X)
    logs = np.log(X)
    true = stats.lognorm(logs.std(), scale=np.exp(logs.mean()))
    assert_allclose(model.score_samples(X), true.logpdf(X)[:, 0], rtol=1e-9)
    assert_allclose(model.score(X), true.logpdf(X).mean())


@pytest.mark.parametrize("method", ["box-cox", "yeo-johnson"])
def test_powers_of_the_known_form(method):
    X = positive(d=1)
    model = TransformedDensity(
        PowerTransformer(method), GaussianMixture(reg_covar=0)
    ).fit(X)
    power = model.transformer_.lambdas_[0]
    Z = model.transformer_.transform(X)[:, 0]
    shifted = X[:, 0] + (method == "yeo-johnson")
    bare = (shifted**power - 1) / power
    expected = stats.norm.logpdf(Z) + np.log(shifted ** (power - 1) / bare.std())
    assert_allclose(model.score_samples(X), expected, rtol=1e-6)


@each_transformer
def test_determinant_is_that_of_numerical_differences(transformer):
    X = positive()
    fitted = clone(transformer).fit(X)
    found = log_volume_change(fitted, X, X.std(axis=0))
    assert_allclose(found, _numerical(fitted, X, X.std(axis=0)), atol=1e-8)
    by_hand = np.empty((len(X), 2, 2))
    for j in range(2):
        step = 1e-6 * np.eye(2)[j]
        slope = (fitted.transform(X + step) - fitted.transform(X - step)) / 2e-6
        by_hand[:, :, j] = slope
    assert_allclose(found, np.log(np.abs(np.linalg.det(by_hand))), atol=1e-6)


def test_numerical_determinant_is_as_accurate_as_documented():
    X = np.random.default_rng(0).normal(size=(3000, 3))
    found = _numerical(Cubic(), X, X.std(axis=0))
    assert_allclose(found, Explicit().log_abs_det_jacobian(X), atol=1e-9)
    near_zero = np.geomspace(1e-12, 1, 50)[:, None]
    found = _numerical(LOG, near_zero, np.array([1.0]))
    assert_allclose(found, -np.log(near_zero[:, 0]), atol=1e-8)


@pytest.mark.parametrize("func", _LOG_DERIVATIVES, ids=lambda f: f.__name__)
def test_derivative_of_an_elementary_function(func):
    x = np.linspace(0.05, 0.95, 40)[:, None]
    slope = (func(x + 1e-6) - func(x - 1e-6)) / 2e-6
    assert_allclose(_LOG_DERIVATIVES[func](x), np.log(np.abs(slope)), atol=1e-6)


@pytest.mark.parametrize(
    "transformer",
    [StandardScaler(), LOG, PowerTransformer("box-cox"), make_pipeline(LOG, PCA())],
    ids=["standard", "log", "box-cox", "pipeline"],
)
def test_one_column_has_mass_one(transformer):
    X = positive(d=1)
    model = TransformedDensity(transformer, KernelDensity(bandwidth=0.3)).fit(X)
    grid = np.concatenate([np.linspace(-5, 0, 2000), np.geomspace(1e-9, 60, 40_000)])
    if not isinstance(transformer, StandardScaler):
        grid = grid[grid > 0]
    mass = trapezoid(np.exp(model.score_samples(grid[:, None])), grid)
    assert_allclose(mass, 1, atol=2e-3)


# -- any transformer, any density ------------------------------------------------------


@each_transformer
def test_draws_are_those_of_the_density_transformed_back(transformer):
    X = positive()
    model = TransformedDensity(transformer, GaussianMixture(reg_covar=0)).fit(X)
    drawn = model.sample(2000, random_state=0)
    assert drawn.shape == (2000, 2)
    assert np.isfinite(model.score_samples(drawn)).all()
    Z = model.transformer_.transform(drawn)
    spread = np.sqrt(model.density_.covariances_[0].diagonal())
    assert_allclose((Z.mean(axis=0) - model.density_.means_[0]) / spread, 0, atol=0.1)
    assert_allclose(Z.std(axis=0) / spread, 1, atol=0.1)


@each_transformer
def test_a_row_does_not_depend_on_others(transformer):
    X = positive()
    model = TransformedDensity(transformer, GaussianMixture(random_state=0)).fit(X)
    whole = model.score_samples(X)
    assert_allclose(model.score_samples(X[5:6]), whole[5:6], rtol=1e-9)
    assert_allclose(model.score_samples(X[::-1]), whole[::-1], rtol=1e-9)


@pytest.mark.parametrize(
    "density", [KernelDensity(), KernelDensity(bandwidth="scott"), GaussianMixture(3)]
)
def test_draws_are_seeded_fresh_without_a_seed_and_leave_no_trace(density):
    X = positive()
    model = TransformedDensity(LOG, density).fit(X)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    one = model.sample(50, random_state=3)
    assert_array_equal(one, model.sample(50, random_state=np.random.RandomState(3)))
    assert (one != model.sample(50, random_state=4)).any()
    assert (model.sample(50) != model.sample(50)).any()
    assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_components_of_a_mixture_come_in_random_order():
    rng = np.random.default_rng(0)
    X = np.append(rng.normal(-50, 1, 200), rng.normal(50, 1, 200))[:, None]
    model = TransformedDensity(density=GaussianMixture(2, random_state=0)).fit(X)
    sides = model.sample(200, random_state=0)[:, 0] > 0
    assert 60 < np.abs(np.diff(sides)).sum() < 140
    assert 70 < sides.sum() < 130


def test_density_without_sample():
    class Uniform(BaseEstimator):
        def fit(self, X, y=None):
            return self

        def score_samples(self, X):
            return np.zeros(len(X))

    model = TransformedDensity(StandardScaler(), Uniform()).fit(positive())
    assert not hasattr(model, "sample")
    assert hasattr(TransformedDensity(), "sample")


def test_flow_as_transformer_and_as_density():
    pytest.importorskip("zuko")
    from skgen.density import FlowDensity

    X = positive()
    flow = FlowDensity("maf", hidden=(8,), max_epochs=2, random_state=0)
    behind = TransformedDensity(flow, GaussianMixture(reg_covar=0)).fit(X)
    Z = behind.transformer_.transform(X)
    plain = GaussianMixture(reg_covar=0).fit(Z).score_samples(Z)
    log_det = behind.transformer_.log_abs_det_jacobian(X)
    assert_allclose(behind.score_samples(X), plain + log_det, rtol=1e-9)
    assert np.isfinite(behind.sample(20, random_state=0)).all()
    scaled = TransformedDensity(MinMaxScaler(), flow).fit(X)
    assert_allclose(scaled.score(X), clone(flow).fit(X).score(X), atol=1e-4)


def test_frames_keep_names_and_dtypes():
    X = positive()
    frame = pd.DataFrame(
        {"a": X[:, 0].astype(np.float32), "b": np.ceil(100 * X[:, 1]).astype(np.int64)}
    )
    for transformer in (
        PowerTransformer(),
        make_column_transformer((LOG, ["b"]), (PowerTransformer(), ["a"])),
        make_pipeline(clone(LOG), StandardScaler()).set_output(transform="pandas"),
        FunctionTransformer(cube, inverse_func=np.cbrt, check_inverse=False),
    ):
        model = TransformedDensity(transformer, KernelDensity(bandwidth=0.2)).fit(frame)
        drawn = model.sample(30, random_state=0)
        assert drawn.dtypes.to_dict() == frame.dtypes.to_dict()
        assert np.isfinite(model.score_samples(drawn)).all()
        again = pickle.loads(pickle.dumps(clone(model).fit(frame[["a", "b"]])))
        assert again.feature_names_in_.tolist() == ["a", "b"]
        with pytest.raises(ValueError, match="feature names"):
            model.score_samples(frame[["b", "a"]])


def test_grid_search_over_bandwidth_and_scaler():
    X = positive()
    grid = GridSearchCV(
        TransformedDensity(StandardScaler(), KernelDensity()),
        {
            "density__bandwidth": [0.01, 0.3, 5.0],
            "transformer": [StandardScaler(), LOG],
        },
        error_score="raise",
    ).fit(X)
    assert grid.best_params_["density__bandwidth"] == 0.3
    assert grid.best_params_["transformer"].func is np.log
    assert grid.best_score_ == pytest.approx(grid.cv_results_["mean_test_score"].max())


def test_scores_do_not_depend_on_the_units():
    X = positive()
    model = TransformedDensity().fit(X)
    scaled = TransformedDensity().fit(1000 * X)
    expected = model.score_samples(X) - 2 * np.log(1000)
    assert_allclose(scaled.score_samples(1000 * X), expected, rtol=1e-6)


# -- bad input -------------------------------------------------------------------------


def test_outside_the_domain_the_density_is_zero():
    X = positive()
    model = TransformedDensity(LOG, KernelDensity()).fit(X)
    found = model.score_samples([[1.0, 1.0], [-1.0, 1.0], [1.0, 0.0]])
    assert np.isfinite(found[0])
    assert_array_equal(found[1:], -np.inf)
    with pytest.raises(ValueError, match="finite numbers of X.*not defined"):
        TransformedDensity(LOG).fit(X - X.min())


@pytest.mark.parametrize(
    "transformer, error, message",
    [
        (PCA(1), ValueError, "must keep the 2 columns, got PCA with 1"),
        (QuantileTransformer(n_quantiles=50), TypeError, "QuantileTransformer.*Power"),
        (
            KBinsDiscretizer(5, encode="ordinal"),
            ValueError,
            "must be invertible.*misses",
        ),
        (FunctionTransformer(np.log), ValueError, "must be invertible.*inverse_func"),
        (MinMaxScaler(clip=True), TypeError, "must not clip.*clip=False"),
        (
            make_column_transformer((StandardScaler(), [0]), (LOG, [0])),
            ValueError,
            "must be invertible",
        ),
    ],
    ids=lambda thing: type(thing).__name__,
)
@pytest.mark.filterwarnings("ignore:Bins whose width:UserWarning")
@pytest.mark.filterwarnings("ignore:The current default behavior:FutureWarning")
def test_transformers_without_a_way_back(transformer, error, message):
    with pytest.raises(error, match=message):
        TransformedDensity(transformer, KernelDensity()).fit(positive())


def test_no_inverse_at_all():
    class OneWay(TransformerMixin, BaseEstimator):
        def fit(self, X, y=None):
            return self

        def transform(self, X):
            return np.exp(X)

    with pytest.raises(TypeError, match="must have inverse_transform, but OneWay"):
        TransformedDensity(OneWay()).fit(positive())


def test_wrong_parameters_and_rows():
    X = positive()
    with pytest.raises(ValueError, match="'transformer' parameter"):
        TransformedDensity("standard").fit(X)
    with pytest.raises(ValueError, match="'density' parameter"):
        TransformedDensity(density=StandardScaler()).fit(X)
    with pytest.raises(ValueError, match="minimum of 2 is required"):
        TransformedDensity().fit(X[:1])
    with pytest.raises(ValueError, match="NaN"):
        TransformedDensity().fit(np.where(X > 2, np.nan, X))
    with pytest.raises(NotFittedError):
        TransformedDensity().score_samples(X)
    with pytest.raises(ValueError, match="n_samples must be an integer"):
        TransformedDensity().fit(X).sample(0)


def test_draws_that_nothing_maps_to_are_drawn_anew():
    X = np.random.default_rng(0).beta(2, 2, size=(300, 1))
    model = TransformedDensity(
        FunctionTransformer(np.square, inverse_func=np.sqrt), GaussianMixture()
    ).fit(X)
    raw = model.density_.sample(1000)[0]
    assert (raw < 0).any()
    drawn = model.sample(1000, random_state=0)
    assert drawn.shape == (1000, 1)
    assert np.isfinite(drawn).all()

    class Below(GaussianMixture):
        def sample(self, n_samples=1):
            X, labels = super().sample(n_samples)
            return -np.abs(X), labels

    never = TransformedDensity(model.transformer, Below()).fit(X)
    with pytest.raises(ValueError, match="can transform back, but 5 of 5 rows"):
        never.sample(5)


def test_logit_of_shares():
    X = np.random.default_rng(0).beta(2, 5, size=(2000, 1))
    logit = FunctionTransformer(special.logit, inverse_func=special.expit)
    model = TransformedDensity(logit, GaussianMixture(3, random_state=0)).fit(X)
    assert abs(model.score(X) - stats.beta(2, 5).logpdf(X).mean()) < 0.05
    drawn = model.sample(500, random_state=0)
    assert ((drawn > 0) & (drawn < 1)).all()

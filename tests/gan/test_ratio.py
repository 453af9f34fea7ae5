"""DensityRatioEstimator against Gaussians, whose ratio is known."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import multivariate_normal, norm
from sklearn.base import clone
from sklearn.datasets import load_digits

from skgen import DensityRatioEstimator
from skgen.losses.gan import FDivergence
from skgen.metrics import divergence_from_classifier
from skgen.nn import MLPEnsemble

N = 10_000


def draw(density, n, seed):
    return np.asarray(density.rvs(n, random_state=seed)).reshape(n, -1)


def js_of(p, q):
    """Jensen-Shannon divergence of two densities of the line, by quadrature."""

    def term(x):
        a, b = p.logpdf(x), q.logpdf(x)
        mean = np.logaddexp(a, b) - np.log(2)
        return 0.5 * (np.exp(a) * (a - mean) + np.exp(b) * (b - mean))

    return quad(term, -12, 12)[0]


# Two Gaussians, KL of the first from the second, and their Jensen-Shannon divergence:
# that of a shift in five dimensions is that along the line between the centers.
SHIFT = 0.5 * np.sqrt(5)
CASES = {
    "line, shifted": (norm(1), norm(0), 0.5, js_of(norm(1), norm(0))),
    "line, narrower": (
        norm(0.5, 0.6),
        norm(0),
        0.5 * (0.36 + 0.25 - 1) - np.log(0.6),
        js_of(norm(0.5, 0.6), norm(0)),
    ),
    "five columns": (
        multivariate_normal(np.full(5, 0.5)),
        multivariate_normal(np.zeros(5)),
        SHIFT**2 / 2,
        js_of(norm(SHIFT), norm(0)),
    ),
}
each_case = pytest.mark.parametrize("case", CASES)


@pytest.fixture(scope="module")
def fitted():
    """Fitted to 10,000 rows of each, and as many rows that the fit has not seen."""
    memory = {}

    def get(case):
        if case not in memory:
            p, q = CASES[case][:2]
            model = DensityRatioEstimator(random_state=0)
            model.fit_samples(draw(p, N, 1), draw(q, N, 2))
            memory[case] = model, draw(p, 2 * N, 3), draw(q, 2 * N, 4)
        return memory[case]

    return get


def log_ratio_of(p, q, X):
    return (p.logpdf(X) - q.logpdf(X)).reshape(len(X))


# -- closed forms ----------------------------------------------------------------------


@each_case
def test_log_ratio_and_best_discriminator(case, fitted):
    p, q = CASES[case][:2]
    model, P, Q = fitted(case)
    X = np.vstack([P, Q])
    true = log_ratio_of(p, q, X)
    usual = np.abs(true) < 4
    error = (model.log_ratio(X) - true)[usual]
    assert np.sqrt(np.mean(error**2)) < 0.16
    assert np.sqrt(np.mean(true[usual] ** 2)) > 0.8
    assert np.abs(model.discriminator(X) - expit(true)).mean() < 0.02


@each_case
def test_value_of_the_game_and_jensen_shannon(case, fitted):
    *_, js = CASES[case]
    model, P, Q = fitted(case)
    value = model.game_value(P, Q)
    assert value == pytest.approx(2 * js - 2 * np.log(2), abs=0.012)
    assert abs(value - (js - 2 * np.log(2))) > 0.06  # not without the factor
    found = model.divergence("jensen_shannon", P, Q)
    assert found == pytest.approx(js, abs=0.006)
    assert found == pytest.approx(value / 2 + np.log(2), abs=1e-12)


@each_case
def test_kl_bounds(case, fitted):
    kl = CASES[case][2]
    model, P, Q = fitted(case)
    assert model.divergence("kl", P, Q) == pytest.approx(kl, abs=0.03)


def test_every_divergence_of_a_shift_by_one(fitted):
    model, P, Q = fitted("line, shifted")
    true = {
        "kl": 0.5,
        "reverse_kl": 0.5,
        "jensen_shannon": js_of(norm(1), norm(0)),
        "pearson": np.exp(1) - 1,
        "hellinger": 2 * (1 - np.exp(-1 / 8)),
        "total_variation": 2 * norm.cdf(0.5) - 1,
    }
    assert set(true) == {loss.name for loss in FDivergence.variants()}
    for name, value in true.items():
        assert model.divergence(name, P, Q) == pytest.approx(value, rel=0.1), name


def test_samples_of_one_distribution():
    P, Q, P_new, Q_new = (draw(norm(0), N, seed) for seed in range(4))
    model = DensityRatioEstimator(random_state=0).fit_samples(P, Q)
    assert np.abs(model.log_ratio(P_new)).mean() < 0.1
    assert model.game_value(P_new, Q_new) == pytest.approx(-2 * np.log(2), abs=0.01)
    for loss in FDivergence.variants():
        # Rows near a ratio of one fall on either side of it by chance.
        near = 0.03 if loss.name == "total_variation" else 0.01
        assert abs(model.divergence(loss.name, P_new, Q_new)) < near, loss.name


def test_sizes_of_the_samples_are_no_prior():
    p, q = norm(1), norm(0)
    X = draw(norm(0.5), 1000, 0)
    for n_p, n_q in [(500, 8000), (8000, 500)]:
        model = DensityRatioEstimator(random_state=0)
        model.fit_samples(draw(p, n_p, 1), draw(q, n_q, 2))
        error = model.log_ratio(X) - log_ratio_of(p, q, X)
        assert abs(error.mean()) < 0.25  # a prior would be log 16, 2.8


def test_shares_of_categories_and_missing_values():
    rng = np.random.default_rng(0)
    shares = {"P": (0.7, 0.2, 0.1), "Q": (0.2, 0.2, 0.6)}
    P, Q = (
        pd.DataFrame(
            {
                "color": rng.choice(["blue", "red", None], size=4000, p=share),
                "size": rng.normal(size=4000),
            }
        )
        for share in shares.values()
    )
    model = DensityRatioEstimator(random_state=0).fit_samples(P, Q)
    rows = pd.DataFrame({"color": ["blue", "red", None], "size": 0.0})
    expected = np.log(np.divide(*shares.values()))
    assert_allclose(model.log_ratio(rows), expected, atol=0.25)


# -- honesty ---------------------------------------------------------------------------


def test_rows_of_the_fit_flatter_and_others_do_not():
    P, Q = draw(CASES["five columns"][0], 60, 0), draw(CASES["five columns"][1], 60, 1)
    model = DensityRatioEstimator(early_stopping=False, max_epochs=40, random_state=0)
    model.fit_samples(P, Q)
    js = CASES["five columns"][3]
    assert model.divergence("jensen_shannon", P, Q) > js + 0.2
    new = [draw(d, N, 2 + i) for i, d in enumerate(CASES["five columns"][:2])]
    assert model.divergence("jensen_shannon", *new) < js


def test_stops_early_and_keeps_the_best():
    P, Q = draw(norm(1), 300, 0), draw(norm(0), 300, 1)
    model = DensityRatioEstimator(random_state=0).fit_samples(P, Q)
    losses = [row["valid_loss"] for row in model.history_]
    assert model.n_epochs_ < model.max_epochs
    assert np.argmin(losses) == len(losses) - 1 - model.n_iter_no_change


def test_out_of_fold_divergences_by_this_estimator():
    P, Q = draw(norm(1), 2000, 0), draw(norm(0), 2000, 1)
    model = DensityRatioEstimator(max_epochs=20, random_state=0)
    found = divergence_from_classifier(P, Q, estimator=model, cv=2, random_state=0)
    assert found.kl == pytest.approx(0.5, abs=0.06)
    assert found.js == pytest.approx(CASES["line, shifted"][3], abs=0.02)


# -- front doors -----------------------------------------------------------------------

TINY = DensityRatioEstimator(max_epochs=2, random_state=0)


def test_two_samples_are_labeled_rows():
    P, Q = draw(norm(1), 200, 0), draw(norm(0), 300, 1)
    two = clone(TINY).fit_samples(P, Q)
    X, y = np.vstack([P, Q]), np.repeat([1, 0], [200, 300])
    one = clone(TINY).fit(X, y)
    assert_array_equal(two.log_ratio(X), one.log_ratio(X))
    assert_array_equal(one.classes_, [0, 1])
    named = clone(TINY).fit(X, np.where(y, "real", "made"))
    assert_array_equal(named.log_ratio(X), one.log_ratio(X))
    assert_array_equal(named.predict(X), np.where(one.log_ratio(X) > 0, "real", "made"))
    assert_allclose(one.decision_function(X), one.log_ratio(X), atol=1e-12)
    assert_allclose(one.discriminator(X), expit(one.log_ratio(X)), rtol=1e-12)


def test_frames_are_aligned_by_name(mixed_data):
    X, _, y = mixed_data
    P, Q = X[y == 1], X[y == 0]
    model = clone(TINY).fit_samples(P, Q[Q.columns[::-1]])
    assert model.feature_names_in_.tolist() == X.columns.tolist()
    assert_array_equal(model.log_ratio(X), clone(TINY).fit_samples(P, Q).log_ratio(X))
    assert model.log_ratio(P).mean() > model.log_ratio(Q).mean() + 0.5


def test_images_and_networks_of_ones_own():
    X, y = load_digits(return_X_y=True)
    P, Q = X[y == 1][:80], X[y == 0][:80]
    for module in ("auto", "ConvNet"):
        model = clone(TINY).set_params(module=module, image_shape=(8, 8))
        model.fit_samples(P, Q)
        assert model.log_ratio(P).min() > model.log_ratio(Q).max() - 0.5
    members = partial(MLPEnsemble, n_members=3)
    model = clone(TINY).set_params(module=members).fit_samples(P, Q)
    assert model.log_ratio(P).shape == (80,)
    assert model.log_ratio(P).mean() > model.log_ratio(Q).mean() + 1


@pytest.mark.parametrize(
    "y, message",
    [
        ([0, 1, 2, 1], "Only binary classification is supported, got 3 classes"),
        ([1, 1, 1, 1], r"rows of both samples, got \[1\]; fit with rows of both"),
        (None, "requires y to be passed.*fit_samples"),
        ([0.0, np.inf, 1.0, 1.0], "infinity"),
    ],
)
def test_labels_that_name_no_two_samples(y, message):
    with pytest.raises(ValueError, match=message):
        clone(TINY).fit(np.arange(8.0).reshape(4, 2), y)


def test_input_that_is_refused():
    P, Q = draw(norm(1), 30, 0), draw(norm(0), 30, 1)
    with pytest.raises(ValueError, match="Q must have the 1 columns of P, got 2"):
        clone(TINY).fit_samples(P, np.hstack([Q, Q]))
    with pytest.raises(ValueError, match="Q must have rows and columns"):
        clone(TINY).fit_samples(P, Q[:0])
    with pytest.raises(ValueError, match="module must be .* got 'Forest'"):
        DensityRatioEstimator("Forest").fit_samples(P, Q)
    with pytest.raises(ValueError, match="module must map rows to .* shape"):
        wide = lambda n_features, n_outputs: MLPEnsemble(n_features, 7)  # noqa: E731
        DensityRatioEstimator(wide).fit_samples(P, Q)
    model = clone(TINY).fit_samples(P, Q)
    with pytest.raises(ValueError, match="divergence must be one of kl, .*'renyi'"):
        model.divergence("renyi", P, Q)
    with pytest.raises(ValueError, match="features"):
        model.game_value(P, np.hstack([Q, Q]))


def test_later_calls_need_both_samples():
    X, y = draw(norm(0), 20, 0), np.arange(20) % 2
    model = clone(TINY).partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match="rows of both samples, got"):
        model.partial_fit(X[y == 1], y[y == 1])
    assert model.partial_fit(X, y).n_epochs_ == 2

"""Columns of narrow modes far apart."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm
from sklearn.base import clone

from skgen import (
    AutoencoderTransformer,
    AutoregressiveDensity,
    FlowDensity,
    GANSampler,
    VAETransformer,
)
from skgen.encoding import GaussianEncoder, TableEncoder, TokenEncoder
from skgen.encoding._modes import fit_modes, from_scores, to_scores


def two_modes(n, gap, seed=0, weight=0.5, width=1.0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=n) * width + gap * (rng.random(n) < weight)


RNG = np.random.default_rng(0)
WITH = {
    "two": two_modes(500, 1000),
    "far": two_modes(500, 1e6),
    "narrow": two_modes(500, 1.0, width=1e-4),
    "rare": two_modes(1000, 300, weight=0.05),
    "three": two_modes(600, 1000) + 5000 * (RNG.random(600) < 0.3),
    "uniform": RNG.random(500) + 50 * (RNG.random(500) < 0.5),
    "negative": -two_modes(500, 1000),
}
WITHOUT = {
    "normal": RNG.normal(size=1000),
    "heavy tails": RNG.standard_cauchy(1000),
    "lognormal": RNG.lognormal(0, 2, 1000),
    "grid": RNG.integers(0, 6, 1000) * 1.0,
    "two grids": RNG.integers(0, 9, 1000) + 1000.0 * (RNG.random(1000) < 0.5),
    "outlier": np.append(RNG.normal(size=999), 386.0),
    "overlapping": two_modes(1000, 3),
    "constant": np.ones(100),
    "few": np.array([0.0, 0.1, 0.2, 90.0, 90.1, 90.2]),
    "empty": np.zeros(0),
}


@pytest.mark.parametrize("x", WITHOUT.values(), ids=WITHOUT)
def test_columns_without_far_modes_stay_as_they_are(x):
    assert fit_modes(x) is None


@pytest.mark.parametrize("x", WITH.values(), ids=WITH)
def test_scores_are_standard_normal_and_invertible(x):
    modes = fit_modes(x)
    z, log_slope = to_scores(x, modes)
    assert abs(z.mean()) < 0.05 and abs(z.std() - 1) < 0.1
    assert_allclose(from_scores(z, modes), x, atol=1e-9 * np.abs(x).max())
    # The density through the scores is that of the mixture.
    weights, means, deviations = modes.values()
    expected = (weights * norm.pdf(x[:, None], means, deviations)).sum(axis=1)
    assert_allclose(norm.logpdf(z) + log_slope, np.log(expected), atol=1e-9)
    order = np.argsort(x)
    assert (np.diff(z[order]) >= 0).all()


def test_numbers_far_out_and_between_come_back():
    modes = fit_modes(WITH["two"])
    x = np.array([-1e7, -80.0, 400.0, 500.0, 600.0, 1090.0, 1e7])
    z, log_slope = to_scores(x, modes)
    assert np.isfinite(z).all() and np.isfinite(log_slope).all()
    assert_allclose(from_scores(z, modes), x, rtol=1e-6)


@pytest.mark.parametrize("kind", [TableEncoder, TokenEncoder, GaussianEncoder])
def test_encoders_tell_the_rows_of_a_mode_apart(kind):
    X = np.column_stack(
        [two_modes(400, 1e4), np.random.default_rng(1).normal(size=400)]
    )
    encoder = kind().fit(X)
    Z = encoder.transform(X)
    Z = np.asarray(Z[2] if kind is TokenEncoder else Z)
    for mode in (X[:, 0] < 5e3, X[:, 0] > 5e3):
        assert Z[mode, 0].std() > 0.3
        assert abs(np.corrcoef(Z[mode, 0], X[mode, 0])[0, 1]) > 0.9
    again = kind.from_state(encoder.get_state())
    if kind is TableEncoder:
        assert_allclose(again.inverse_transform(Z), X, atol=1e-2)
        step = 1e-4
        log_det = encoder.log_abs_det_jacobian(X)
        up, down = (encoder.transform(X + [[s, 0]])[:, 0] for s in (step, -step))
        slopes = (up.astype(float) - down) / (2 * step)
        inner = np.abs(Z[:, 0]) < 1.5
        other = TableEncoder().fit(X[:, 1:]).log_abs_det_jacobian(X[:, 1:])
        assert_allclose(np.exp(log_det - other)[inner], slopes[inner], rtol=0.05)


MODELS = {
    "AutoregressiveDensity": AutoregressiveDensity(n_estimators=1, max_epochs=15),
    "FlowDensity": FlowDensity(n_transforms=1, hidden=(16,), max_epochs=15),
    "VAETransformer": VAETransformer(2, hidden=(32,), max_epochs=15),
    "AutoencoderTransformer": AutoencoderTransformer(2, hidden=(32,), max_epochs=15),
    "GANSampler": GANSampler(max_epochs=40),
}


@pytest.mark.parametrize("gap", [1000, 10000])
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_draws_lie_in_the_modes(model, gap):
    X = two_modes(1000, gap)[:, None]
    model = clone(model).set_params(random_state=0).fit(X)
    drawn = model.sample(2000, random_state=0)[:, 0]
    right = drawn > gap / 2
    assert 0.35 < right.mean() < 0.65
    off = drawn - gap * right
    assert np.mean(np.abs(off) > 5) <= 0.02
    assert 0.7 < off.std() < 1.4
    if type(model).__name__.endswith("Density"):
        new = two_modes(2000, gap, seed=1)
        truth = np.log(0.5 * (norm.pdf(new) + norm.pdf(new - gap))).mean()
        assert model.score(new[:, None]) == pytest.approx(truth, abs=0.1)


def test_modes_of_one_column_given_another():
    rng = np.random.default_rng(0)
    y = rng.normal(size=1500)
    X = np.column_stack([y, 1e4 * (y > 0) + 0.5 * y + rng.normal(size=1500)])
    model = AutoregressiveDensity(max_epochs=20, random_state=0).fit(X)
    drawn = model.sample(2000, random_state=0)
    right = drawn[:, 1] > 5e3
    assert np.mean(np.abs(drawn[:, 1] - 1e4 * right) > 6) <= 0.02
    assert np.mean(right == (drawn[:, 0] > 0)) > 0.93

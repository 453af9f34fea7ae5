"""Class prior estimation."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skgen.datasets import load_avila_split, make_pu
from skgen.pu import estimate_prior
from skgen.pu._bbe import best_bin_estimate, elkan_noto_estimate


def scores(prior, n=4000, seed=0):
    """Scores of positives and of a population; the top of the scale is pure."""
    rng = np.random.default_rng(seed)
    y = rng.random(n) < prior
    p = rng.beta(5, 1, n // 2)
    u = np.where(y, rng.beta(5, 1, n), 0.7 * rng.beta(1, 3, n))
    return p, u


@pytest.mark.parametrize("prior", [0.2, 0.5, 0.8])
def test_best_bin(prior):
    found = [best_bin_estimate(*scores(prior, seed=k)) for k in range(5)]
    assert np.mean(found) == pytest.approx(prior, abs=0.04)
    assert best_bin_estimate(np.ones(50), np.ones(80)) == 1.0


@pytest.mark.parametrize("prior", [0.2, 0.5, 0.8])
def test_elkan_noto_of_separable_classes(prior):
    rng = np.random.default_rng(0)
    y = rng.random(5000) < prior
    c = 0.3
    found = elkan_noto_estimate(np.full(100, c), c * y)
    assert found == pytest.approx(prior, abs=0.02)
    # Where classes overlap it is too large.
    overlap = elkan_noto_estimate(np.full(100, 0.2), np.where(y, 0.2, 0.1))
    assert overlap > y.mean()


@pytest.mark.parametrize("sampling", ["one_sample", "two_sample"])
@pytest.mark.parametrize("method", ["bbe", "elkan_noto"])
@pytest.mark.parametrize("estimator", [None, LogisticRegression()])
def test_estimate_prior(sampling, method, estimator):
    rng = np.random.default_rng(0)
    y = (rng.random(1200) < 0.4).astype(int)
    X = rng.normal(size=(1200, 3)) + 2.5 * y[:, None]
    X, s, y = make_pu(X, y, n_labeled=200, sampling=sampling, random_state=0)
    truth = np.mean(y if sampling == "one_sample" else y[s == 0])
    found = estimate_prior(
        X, s, method=method, sampling=sampling, estimator=estimator, random_state=0
    )
    assert isinstance(found, float)
    # Without an estimator the evidence is smooth, and Elkan-Noto too large.
    above = 0.16 if method == "elkan_noto" and estimator is None else 0.08
    assert truth - 0.08 < found < truth + above


def test_positive_label_may_be_the_smaller(pu_data):
    X, s, _ = pu_data
    found = estimate_prior(X, 1 - s, pos_label=0, random_state=0)
    assert found == pytest.approx(estimate_prior(X, s, random_state=0), abs=0.1)


def test_tables_are_read(mixed_data):
    X, s, y = mixed_data
    assert abs(estimate_prior(X, s, random_state=0) - y.mean()) < 0.25


def test_bad_arguments(pu_data):
    X, s, _ = pu_data
    with pytest.raises(ValueError, match="method"):
        estimate_prior(X, s, method="guess")
    with pytest.raises(TypeError, match="must be a classifier"):
        estimate_prior(X, s, estimator="tree")
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        estimate_prior(X, s[:9])


@pytest.mark.slow
def test_prior_of_avila():
    found = []
    for seed in range(2):
        try:
            split = load_avila_split("pu", random_state=seed, download_if_missing=False)
        except OSError as error:
            pytest.skip(f"needs the Avila files (SKGEN_DATA): {error}")
        found.append(
            estimate_prior(
                split.X_train, split.y_train, sampling="two_sample", random_state=seed
            )
        )
    assert np.mean(found) == pytest.approx(split.prior, abs=0.02)

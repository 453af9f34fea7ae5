"""Measures of point clouds: Frechet, precision and coverage, modes, memorisation."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import sqrtm

from skgen.metrics import (
    closest_row_distances,
    frechet_distance,
    memorization_score,
    mode_coverage,
    precision_recall_density_coverage,
    twin_share,
)

# -- Frechet distance


def exact_moments(mean, cov, n, seed=0):
    """Rows with these very moments."""
    Z = np.random.default_rng(seed).normal(size=(n, len(mean)))
    Z -= Z.mean(axis=0)
    Z = Z @ np.linalg.inv(np.linalg.cholesky(np.cov(Z, rowvar=False))).T
    return Z @ np.linalg.cholesky(cov).T + mean


def test_frechet_of_gaussians():
    a, b = np.diag([1.0, 4.0, 9.0]), np.diag([4.0, 1.0, 9.0])
    X, Y = exact_moments([0, 0, 0], a, 50), exact_moments([1, 2, 2], b, 40, seed=1)
    # |mean difference|^2, and the squared differences of the standard deviations
    assert frechet_distance(X, Y) == pytest.approx(9 + 1 + 1)
    assert frechet_distance(Y, X) == pytest.approx(11)
    assert frechet_distance(X, X) == pytest.approx(0, abs=1e-10)


def test_frechet_of_covariances_that_do_not_commute():
    a, b = np.array([[2.0, 1], [1, 1]]), np.array([[1.0, -0.5], [-0.5, 3]])
    X, Y = exact_moments([0, 0], a, 30), exact_moments([0, 1], b, 30, seed=1)
    expected = 1 + np.trace(a + b - 2 * np.real(sqrtm(a @ b)))
    assert frechet_distance(X, Y) == pytest.approx(expected)


def test_frechet_of_fewer_rows_than_columns():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10, 50))
    assert frechet_distance(X, X[::-1]) == pytest.approx(0, abs=1e-8)
    assert frechet_distance(X, X + 1) == pytest.approx(50)


def test_frechet_in_features():
    X, Y = np.random.default_rng(0).normal(size=(2, 100, 3))
    found = frechet_distance(X, Y, embedding=lambda X: X[:, :1] * 2)
    assert found == pytest.approx(4 * frechet_distance(X[:, :1], Y[:, :1]))


@pytest.mark.parametrize(
    "X", [pd.DataFrame({"a": ["x", "y"]}), np.array([[1.0], [np.nan]])]
)
def test_frechet_needs_numbers_or_an_embedding(X):
    with pytest.raises(ValueError, match="Without an embedding .* must be numbers"):
        frechet_distance(X, X)


# -- precision, recall, density, coverage


def naive_fidelity(X, Y, k):
    """The definitions, by loops."""

    def reach(A):
        return np.array([np.sort(np.linalg.norm(A - a, axis=1))[k] for a in A])

    D = np.linalg.norm(Y[:, None] - X[None], axis=2)
    in_real, in_new = D <= reach(X)[None], D <= reach(Y)[:, None]
    return (
        in_real.any(axis=1).mean(),
        in_new.any(axis=0).mean(),
        in_real.sum() / k / len(Y),
        in_real.any(axis=0).mean(),
    )


@pytest.mark.parametrize("k", [1, 3, 5])
def test_fidelity_is_the_definition(k):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(1300, 2)), rng.normal(0.5, 1.5, size=(1100, 2))
    found = precision_recall_density_coverage(X, Y, n_neighbors=k, embedding=np.asarray)
    np.testing.assert_allclose(found, naive_fidelity(X, Y, k), atol=1e-12)


def test_fidelity_of_one_distribution():
    X, Y = np.random.default_rng(0).normal(size=(2, 3000, 3))
    found = precision_recall_density_coverage(X, Y)
    assert found.density == pytest.approx(1, abs=0.05)
    assert found.coverage == pytest.approx(1 - 2**-5, abs=0.01)


def test_fidelity_tells_quality_from_variety():
    rng = np.random.default_rng(0)
    real = np.concatenate([rng.normal(-5, 1, (300, 2)), rng.normal(5, 1, (300, 2))])
    one_mode, noisy = rng.normal(5, 1, (600, 2)), real + rng.normal(0, 6, real.shape)
    collapsed = precision_recall_density_coverage(real, one_mode)
    assert collapsed.precision > 0.95
    assert collapsed.recall < 0.55
    assert collapsed.coverage < 0.55
    poor = precision_recall_density_coverage(real, noisy)
    assert poor.precision < 0.5
    assert poor.density < 0.5
    assert poor.recall > 0.9


def test_density_and_coverage_mind_outliers_less():
    rng = np.random.default_rng(0)
    real = np.concatenate([rng.normal(size=(300, 2)), [[100.0, 100.0]]])
    nonsense = rng.normal(30, 5, size=(300, 2))
    found = precision_recall_density_coverage(real, nonsense, embedding=np.asarray)
    assert found.precision == 1  # all in the outlier's ball
    assert found.density < 0.3
    assert found.coverage < 0.02


def test_balls_of_equal_rows_hold_equal_rows():
    X = 1e3 + np.repeat(np.random.default_rng(0).normal(size=(10, 4)), 8, axis=0)
    found = precision_recall_density_coverage(X, X[::-1])
    assert found[:2] == (1, 1)
    assert found.coverage == 1


def test_fidelity_needs_more_rows_than_neighbors():
    X = np.arange(5.0)[:, None]
    with pytest.raises(ValueError, match="from 1 to 4, .* that real has to offer, got"):
        precision_recall_density_coverage(X, X)


# -- modes


def test_modes_of_a_ring():
    rng = np.random.default_rng(0)
    angle = 2 * np.pi * np.arange(8) / 8
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    place = rng.integers(0, 8, 8000)
    draws = ring[place] + rng.normal(0, 0.02, size=(8000, 2))
    found = mode_coverage(draws, ring, scale=0.02)
    assert found.n_modes == 8
    # The share of a normal in the plane within three standard deviations
    assert found.high_quality == pytest.approx(1 - np.exp(-4.5), abs=0.005)
    assert found.counts.sum() == pytest.approx(8000 * found.high_quality)
    kept = mode_coverage(draws[np.isin(place, [0, 3])], ring, scale=0.02)
    assert kept.n_modes == 2
    assert np.flatnonzero(kept.counts).tolist() == [0, 3]


def test_modes_have_own_scales_and_thresholds():
    samples, modes = [[0.0], [0.5], [10.0], [14.0]], [[0.0], [10.0]]
    assert mode_coverage(samples, modes, scale=0.1).high_quality == 0.5
    assert mode_coverage(samples, modes, scale=[0.2, 2.0]).high_quality == 1
    assert mode_coverage(samples, modes, scale=[0.2, 1.0], n_scales=2).n_modes == 2
    assert mode_coverage(samples, modes, scale=[0.2, 1.0], min_count=2).n_modes == 1
    far = mode_coverage([[5.0]], modes, scale=0.1)
    assert far[:2] == (0, 0)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"scale": 0}, "scale must be above 0"),
        ({"scale": [1.0, 2.0, 3.0]}, "a number or one per mode.* for 2 modes"),
        ({"scale": "wide"}, "a number or one per mode, got 'wide'"),
        ({"scale": 1, "n_scales": 0}, "n_scales must be a number above 0"),
        ({"scale": 1, "min_count": 0}, "min_count must be an integer of at least 1"),
        ({"scale": 1, "modes": [[0.0, 1.0]]}, "modes must have the 1 columns of samp"),
        ({"scale": 1, "modes": [[np.nan]]}, "numbers without missing values"),
    ],
)
def test_modes_refuse(params, message):
    with pytest.raises(ValueError, match=message):
        mode_coverage([[0.0]], **({"modes": [[0.0], [1.0]]} | params))


# -- memorisation


def test_closest_distances_are_exact():
    rng = np.random.default_rng(0)
    X, Y = 1e4 + rng.normal(size=(200, 5)), 1e4 + rng.normal(size=(50, 5))
    expected = np.linalg.norm(Y[:, None] - X[None], axis=2).min(axis=1)
    found = closest_row_distances(X, Y, embedding=np.asarray)
    np.testing.assert_allclose(found, expected)
    assert (closest_row_distances(X, X[7:9]) == 0).all()


def test_memorisation_of_copies_and_of_new_rows():
    rng = np.random.default_rng(0)
    real, holdout, new = rng.normal(size=(3, 500, 4))
    found = memorization_score(real, new, holdout)
    assert found.closer_to_train == pytest.approx(0.5, abs=0.06)
    assert found.distance == pytest.approx(found.holdout_distance, rel=0.1)
    assert found.twins == found.holdout_twins == 0
    copies = memorization_score(real, real, holdout)
    assert copies.closer_to_train == copies.twins == 1
    assert copies.distance == 0
    mixed = memorization_score(real, np.concatenate([real[:250], new[:250]]), holdout)
    assert mixed.closer_to_train == pytest.approx(0.75, abs=0.05)
    assert mixed.twins == 0.5


def test_ties_count_half():
    grid = np.arange(4.0)[:, None]
    found = memorization_score(grid, np.array([[0.0], [2.2]]), grid)
    assert found.closer_to_train == 0.5
    assert found.holdout_twins == 1


def test_the_larger_sample_is_cut():
    rng = np.random.default_rng(0)
    real, new = rng.normal(size=(2000, 3)), rng.normal(size=(1000, 3))
    holdout = rng.normal(size=(200, 3))
    found = memorization_score(real, new, holdout, random_state=0)
    # Ten times as many training rows would be nearer nine times out of ten.
    assert found.closer_to_train == pytest.approx(0.5, abs=0.1)
    again = memorization_score(real, new, holdout, random_state=0)
    assert found == again
    assert found != memorization_score(real, new, holdout, random_state=1)
    # Distances are those to all training rows.
    assert found.distance == pytest.approx(np.median(closest_row_distances(real, new)))


def test_twins_up_to_rounding():
    X = np.random.default_rng(0).normal(size=(50, 3)) * [1e-20, 1, 1e20]
    assert twin_share(X, X * (1 + 1e-15)) >= 0.98
    assert twin_share(X, X * (1 + 1e-9)) == 0
    assert twin_share(np.array([[0.0]]), np.array([[-0.0], [1e-300]])) == 0.5
    # Whole numbers of twelve digits
    assert twin_share([[100_000_000_001]], [[100_000_000_002]]) == 0

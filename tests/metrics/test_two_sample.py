"""Tests and divergences of two samples, against closed forms of Gaussians."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import trapezoid
from scipy.stats import norm
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skgen.metrics import (
    classifier_two_sample_test,
    divergence_from_classifier,
    kl_divergence_knn,
    maximum_mean_discrepancy,
)


def gaussians(n, d, shift, scale=1.0, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(shift, scale, size=(n, d))


def js_of_gaussians(shift):
    """Jensen-Shannon divergence of N(0, 1) and N(shift, 1), by integration."""
    x = np.linspace(-12, 12 + shift, 200_001)
    p, q = norm.pdf(x), norm.pdf(x, shift)
    m = (p + q) / 2
    inner = 0.5 * (
        p * (norm.logpdf(x) - np.log(m)) + q * (norm.logpdf(x, shift) - np.log(m))
    )
    return trapezoid(inner, x)


# -- classifier two-sample test


def test_auc_of_shifted_gaussians_is_the_closed_form():
    X, Y = gaussians(4000, 1, 1.0)
    found = classifier_two_sample_test(
        X, Y, estimator=LogisticRegression(), random_state=0
    )
    # P(Y > X) of two normals one unit apart
    assert found.auc == pytest.approx(norm.cdf(1 / np.sqrt(2)), abs=0.01)
    assert found.p_value < 1e-100


def test_p_value_keeps_its_level_without_a_difference():
    p_values = [
        classifier_two_sample_test(
            *gaussians(100, 4, 0.0, seed=seed),
            estimator=LogisticRegression(),
            random_state=seed,
        ).p_value
        for seed in range(150)
    ]
    # 5 % of 150 are 7.5; without the correction of the folds it was 10 %.
    assert np.mean(np.array(p_values) < 0.05) <= 0.06
    assert np.mean(p_values) == pytest.approx(0.5, abs=0.1)


def test_forest_sees_categories_and_missing_values():
    rng = np.random.default_rng(0)
    word = rng.choice(["a", "b"], (2, 400))
    real, new = (pd.DataFrame({"word": w, "x": rng.normal(size=400)}) for w in word)
    assert classifier_two_sample_test(real, new, random_state=0).p_value > 1e-3
    linked = new.assign(x=np.where(new.word == "a", 1, -1) * np.abs(new.x))
    assert classifier_two_sample_test(real, linked, random_state=0).auc > 0.65
    holes = new.assign(x=new.x.mask(rng.random(400) < 0.3))
    assert classifier_two_sample_test(real, holes, random_state=0).auc > 0.6


def test_copies_of_the_reference_are_not_called_synthetic():
    X, _ = gaussians(300, 2, 0.0)
    assert classifier_two_sample_test(X, X.copy(), random_state=0).auc <= 0.5


def test_estimator_is_fitted_to_rows_as_they_are():
    def check(X):
        assert isinstance(X, pd.DataFrame)
        return X[["x"]]

    rng = np.random.default_rng(0)
    real = pd.DataFrame({"name": list("abcd") * 10, "x": rng.normal(size=40)})
    model = make_pipeline(FunctionTransformer(check), LogisticRegression())
    found = classifier_two_sample_test(
        real, real.assign(x=real.x + 9), estimator=model, random_state=0
    )
    assert found.auc == 1


def test_folds_bad():
    X, Y = gaussians(4, 2, 0.0)
    with pytest.raises(ValueError, match="at least cv=5 rows, one per fold, got 4"):
        classifier_two_sample_test(X, Y)
    with pytest.raises(ValueError, match="cv must be an integer of at least 2, got 1"):
        classifier_two_sample_test(X, Y, cv=1)


# -- divergences of samples


@pytest.mark.parametrize("sizes", [(6000, 6000), (6000, 2000)])
def test_classifier_divergences_of_gaussians(sizes):
    X, Y = gaussians(6000, 1, 1.0)
    found = divergence_from_classifier(
        X[: sizes[0]], Y[: sizes[1]], estimator=LogisticRegression(), random_state=0
    )
    assert found.kl == pytest.approx(0.5, abs=0.06)
    assert found.reverse_kl == pytest.approx(0.5, abs=0.06)
    assert found.js == pytest.approx(js_of_gaussians(1.0), abs=0.01)
    assert found.js == pytest.approx(found.game_value / 2 + np.log(2))


def test_classifier_divergences_are_asymmetric_like_the_truth():
    X, Y = gaussians(20_000, 1, 0.0, scale=2.0)
    features = FunctionTransformer(lambda X: np.hstack([X, X**2]))
    found = divergence_from_classifier(
        X, Y, estimator=make_pipeline(features, LogisticRegression()), random_state=0
    )
    assert found.kl == pytest.approx(np.log(2) + 1 / 8 - 1 / 2, abs=0.03)
    # The other way the truth, 0.81, rests on rows that are rare among X.
    assert 0.5 < found.reverse_kl < 0.9


def test_classifier_divergences_stay_finite():
    X, Y = gaussians(200, 1, 50.0)
    votes = RandomForestClassifier(5, random_state=0)
    for estimator in (votes, None):
        found = divergence_from_classifier(X, Y, estimator=estimator, random_state=0)
        assert 0.6 < found.js <= np.log(2)
        assert 3 < found.kl < 2 * np.log(200)


def test_classifier_divergences_of_one_distribution_are_small():
    found = divergence_from_classifier(*gaussians(1000, 3, 0.0), random_state=0)
    assert found.js < 0.01
    assert found.kl < 0.02


@pytest.mark.parametrize("n_neighbors", [1, 5, 20])
def test_knn_divergence_of_gaussians(n_neighbors):
    X, Y = gaussians(5000, 2, 1.0)
    found = kl_divergence_knn(X, Y, n_neighbors=n_neighbors)
    assert found == pytest.approx(1.0, abs=0.12)
    X, Y = gaussians(5000, 1, 0.0, scale=2.0)
    found = kl_divergence_knn(X, Y, n_neighbors=n_neighbors)
    assert found == pytest.approx(np.log(2) + 1 / 8 - 1 / 2, abs=0.08)


def test_knn_divergence_does_not_depend_on_units_or_constants():
    X, Y = gaussians(500, 2, 0.5)
    reference = kl_divergence_knn(X, Y)
    assert kl_divergence_knn(1e6 * X + 3, 1e6 * Y + 3) == pytest.approx(reference)
    one = np.ones((500, 1))
    assert kl_divergence_knn(np.hstack([X, one]), np.hstack([Y, one])) == pytest.approx(
        reference
    )


@pytest.mark.parametrize(
    ("X", "Y", "params", "error", "message"),
    [
        ([[1.0], [1.0], [2.0]], [[0.0]], {"n_neighbors": 1}, ValueError, "equal rows"),
        ([[1.0], [3.0], [2.0]], [[1.0]], {"n_neighbors": 1}, ValueError, "equal rows"),
        ([[1.0], [2.0]], [[0.0]], {}, ValueError, "from 1 to 1, .* X has to offer"),
        ([[1.0], [np.nan]], [[0.0]], {}, ValueError, "no missing values"),
        ([[1.0], [1.0]], [[1.0]], {"n_neighbors": 1}, ValueError, "not constant"),
        ([[1.0], [2.0]], [[0.0]], {"n_neighbors": 1.5}, ValueError, "be an integer"),
        (
            pd.DataFrame({"a": ["x", "y"]}),
            pd.DataFrame({"a": ["x", "y"]}),
            {},
            TypeError,
            "categories in column 'a'; use divergence_from_classifier",
        ),
    ],
)
def test_knn_divergence_refuses(X, Y, params, error, message):
    with pytest.raises(error, match=message):
        kl_divergence_knn(X, Y, **params)


# -- maximum mean discrepancy


def mmd2_of_gaussians(shift, bandwidth, d):
    """Squared MMD of N(0, I) and N(shift, I) with a Gaussian kernel."""
    width = bandwidth**2 + 2
    factor = (bandwidth**2 / width) ** (d / 2)
    return 2 * factor * (1 - np.exp(-d * shift**2 / (2 * width)))


@pytest.mark.parametrize("bandwidth", [0.5, 1.0, 3.0])
def test_mmd_of_gaussians(bandwidth):
    X, Y = gaussians(2500, 2, 1.0)
    found = maximum_mean_discrepancy(X, Y, bandwidth=bandwidth, embedding=np.asarray)
    expected = mmd2_of_gaussians(1.0, bandwidth, 2)
    assert found.mmd2 == pytest.approx(expected, rel=0.1)
    assert found.bandwidth == bandwidth
    assert np.isnan(found.p_value)


def test_mmd_is_the_formula_and_unbiased():
    X, Y = gaussians(7, 2, 0.5)
    Y = Y[:5]
    kernel = [
        [[np.exp(-np.sum((a - b) ** 2) / 2 / 1.3**2) for b in B] for a in A]
        for A, B in ((X, X), (Y, Y), (X, Y))
    ]
    xx, yy, xy = (np.array(k) for k in kernel)
    expected = (
        (xx.sum() - 7) / (7 * 6) + (yy.sum() - 5) / (5 * 4) - 2 * xy.sum() / (7 * 5)
    )
    found = maximum_mean_discrepancy(X, Y, bandwidth=1.3, embedding=np.asarray)
    assert found.mmd2 == pytest.approx(expected, abs=1e-12)
    many = [
        maximum_mean_discrepancy(*gaussians(20, 1, 0.0, seed=s), bandwidth=1.0).mmd2
        for s in range(300)
    ]
    assert abs(np.mean(many)) < 4 * np.std(many) / np.sqrt(300)


def test_mmd_permutation_p_value():
    X, Y = gaussians(150, 2, 0.6)
    params = {"n_permutations": 199, "random_state": 0}
    assert maximum_mean_discrepancy(X, Y, **params).p_value == 1 / 200
    p_values = [
        maximum_mean_discrepancy(
            *gaussians(40, 2, 0.0, seed=s), n_permutations=19, random_state=s
        ).p_value
        for s in range(100)
    ]
    assert np.mean(p_values) == pytest.approx(0.525, abs=0.1)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.12


def test_mmd_median_bandwidth():
    X = np.array([[0.0], [1.0]])
    found = maximum_mean_discrepancy(X, X + 10, embedding=np.asarray)
    assert found.bandwidth == 9.5  # distances 1, 1, 9, 10, 10, 11
    equal = maximum_mean_discrepancy(np.ones((5, 2)), np.ones((5, 2)))
    assert equal.mmd2 == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"bandwidth": 0}, "bandwidth must be None or a number above 0, got 0"),
        ({"bandwidth": "median"}, "bandwidth must be None"),
        ({"n_permutations": -1}, "n_permutations must be an integer of at least 0"),
        ({"n_permutations": 1.5}, "n_permutations must be an integer"),
    ],
)
def test_mmd_refuses(params, message):
    with pytest.raises(ValueError, match=message):
        maximum_mean_discrepancy(*gaussians(5, 1, 0.0), **params)
    with pytest.raises(ValueError, match="real must have at least 2 rows, got 1"):
        maximum_mean_discrepancy([[1.0]], [[2.0], [3.0]])

"""OutlierDetector: what it finds, how often it errs, and over which models."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.covariance import EllipticEnvelope
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgen import (
    AutoencoderTransformer,
    AutoregressiveDensity,
    FlowDensity,
    MixtureDensity,
    OutlierDetector,
    PixelCNNDensity,
    VAETransformer,
)
from skgen.outliers._tails import Tail


def mixed(n=400, seed=0):
    rng = np.random.default_rng(seed)
    word = rng.choice(["x", "y"], n)
    number = np.where(word == "x", 3.0, -3.0) + rng.normal(size=n)
    gaps = np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n))
    return pd.DataFrame({"word": pd.Categorical(word), "number": number, "gaps": gaps})


# -- the scores ------------------------------------------------------------------------


def test_surprise_is_minus_the_log_share_and_goes_on_growing():
    scores = np.random.default_rng(0).exponential(size=20_000)
    tail = Tail(scores)
    # Of an exponential law the surprise is the number itself.
    x = np.array([0.1, 0.5, 1.0, 2.0, 5.0, 9.0])
    assert_allclose(tail.surprise(x), x, rtol=0.06, atol=0.02)
    assert_allclose(np.diff(tail.surprise(np.array([20.0, 30.0]))), 10, rtol=0.05)


@pytest.mark.parametrize(
    "scores", [np.zeros(50), np.array([1.0]), np.array([0.0, 5.0])]
)
def test_surprise_of_scores_that_hardly_differ(scores):
    found = Tail(scores).surprise(np.array([scores.min() - 1, scores.max() + 1]))
    assert np.isfinite(found).all() and found[1] > found[0] >= 0


def test_better_than_a_forest_on_malignant_tumours():
    X, y = load_breast_cancer(return_X_y=True)
    benign = X[y == 1]
    rows = np.random.default_rng(0).permutation(len(benign))
    train = benign[rows[:180]]
    test = np.concatenate([benign[rows[180:]], X[y == 0]])
    odd = np.arange(len(test)) >= len(test) - (y == 0).sum()
    found = OutlierDetector(random_state=0).fit(train).score_samples(test)
    forest = IsolationForest(random_state=0).fit(train).score_samples(test)
    assert roc_auc_score(odd, -found) > max(0.95, roc_auc_score(odd, -forest) - 0.005)


def test_ordinary_rows_left_out_are_seldom_flagged():
    rng = np.random.default_rng(0)
    X, new = rng.normal(size=(2000, 5)), rng.normal(size=(4000, 5))
    model = OutlierDetector(random_state=0).fit(X)
    assert 0.003 < (model.predict(new) == -1).mean() < 0.02
    assert (model.predict(new + 8) == -1).all()
    assert model.score_samples(new).max() <= 0


def test_contamination_is_the_share_of_the_rows_of_fit():
    X = np.random.default_rng(0).normal(size=(300, 3))
    model = OutlierDetector(contamination=0.1, random_state=0)
    assert (model.fit_predict(X) == -1).sum() == 30


def test_mixed_tables_with_gaps():
    X = mixed()
    model = OutlierDetector(random_state=0).fit(X)
    odd = pd.DataFrame(
        {
            "word": ["x", "y", "z"],
            "number": [-3.0, 3.0, 3.0],
            "gaps": [0.0, np.nan, 0.0],
        }
    ).astype({"word": "category"})
    usual = X.iloc[:50]
    assert model.score_samples(odd).max() < np.quantile(model.score_samples(usual), 0.1)


def test_constant_columns_and_what_differs_from_them():
    X = np.random.default_rng(0).normal(size=(200, 3))
    X[:, 1] = 7.0
    model = OutlierDetector(random_state=0).fit(X)
    assert (model.predict(X) == 1).mean() > 0.95
    other = X[:20].copy()
    other[:, 1] = 9.0
    assert (model.score_samples(other) < model.score_samples(X[:20])).all()


def test_rows_given_twice_change_nothing_much():
    rng = np.random.default_rng(0)
    X, new = rng.normal(size=(200, 3)), rng.normal(size=(500, 3))
    once = OutlierDetector(random_state=0).fit(X)
    twice = OutlierDetector(random_state=0).fit(np.repeat(X, 2, axis=0))
    assert (
        abs((once.predict(new) == -1).mean() - (twice.predict(new) == -1).mean()) < 0.03
    )


def test_a_row_does_not_vouch_for_itself():
    X = np.random.default_rng(0).normal(size=(300, 2))
    X[0] = [9.0, -9.0]
    model = OutlierDetector(random_state=0).fit(X)
    assert model.predict(X)[0] == -1


def test_explanation_names_the_column():
    X = np.random.default_rng(0).normal(size=(500, 4))
    for estimator in (
        "auto",
        MixtureDensity(1),
        AutoencoderTransformer(2, max_epochs=5),
    ):
        model = OutlierDetector(estimator, random_state=0).fit(X)
        odd = X[:20].copy()
        odd[:, 2] = 9.0
        assert (model.explain(odd).argmin(axis=1) == 2).mean() > 0.9


def test_explanation_of_columns_that_belong_together():
    rng = np.random.default_rng(0)
    x = rng.normal(size=600)
    X = np.column_stack([x, rng.normal(size=600), x + 0.05 * rng.normal(size=600)])
    model = OutlierDetector(random_state=0).fit(X)
    terms = model.explain([[2.0, 0.0, -2.0]])
    assert terms.argmin() == 2 and model.predict([[2.0, 0.0, -2.0]]) == -1


# -- over other models -----------------------------------------------------------------


QUICK = {"max_epochs": 3, "random_state": 0}


@pytest.mark.parametrize(
    "estimator",
    [
        MixtureDensity(2, random_state=0),
        AutoregressiveDensity(n_estimators=1, **QUICK),
        FlowDensity(n_transforms=1, **QUICK),
        AutoencoderTransformer(2, **QUICK),
        VAETransformer(2, **QUICK),
        GaussianMixture(2, random_state=0),
        make_pipeline(StandardScaler(), KernelDensity()),
        EllipticEnvelope(random_state=0),
    ],
    ids=lambda e: type(e).__name__,
)
def test_any_density_or_autoencoder(estimator):
    rng = np.random.default_rng(0)
    X, new = rng.normal(size=(300, 3)), rng.normal(size=(300, 3))
    model = OutlierDetector(estimator, random_state=0).fit(X)
    assert (model.predict(new) == -1).mean() < 0.08
    assert (
        roc_auc_score(
            np.repeat([0, 1], 300), -model.score_samples(np.vstack([new, new + 6]))
        )
        > 0.95
    )
    if hasattr(model.estimator_, "score_samples"):
        assert_array_equal(
            model.score_samples(new), model.estimator_.score_samples(new)
        )


def test_images():
    X, y = load_digits(return_X_y=True)
    X = X[y == 1]
    model = OutlierDetector(
        PixelCNNDensity(image_shape=(8, 8), n_channels=8, n_blocks=1, max_epochs=3),
        random_state=0,
    ).fit(X)
    noise = np.random.default_rng(0).integers(0, 17, size=(20, 64))
    assert (model.predict(noise) == -1).all()


def test_estimators_without_columns_explain_nothing():
    X = np.random.default_rng(0).normal(size=(60, 2))
    model = OutlierDetector(GaussianMixture(), random_state=0).fit(X)
    with pytest.raises(TypeError, match="score_columns or reconstruct"):
        model.explain(X)


def test_reconstruction_needs_numbers():
    with pytest.raises(TypeError, match="needs columns of numbers"):
        OutlierDetector(AutoencoderTransformer(2, max_epochs=1)).fit(mixed(60))


@pytest.mark.parametrize(
    "options",
    [
        {"estimator": "forest"},
        {"estimator": LogisticRegression()},
        {"estimator": PCA()},
        {"contamination": 0.7},
        {"contamination": 0},
    ],
)
def test_bad_parameters(options):
    X = np.random.default_rng(0).normal(size=(60, 2))
    if isinstance(options.get("estimator"), PCA):
        # It has a density.
        assert OutlierDetector(**options).fit(X).score_samples(X).shape == (60,)
        return
    with pytest.raises(ValueError, match=next(iter(options))):
        OutlierDetector(**options).fit(X)

"""make_density_scorer: densities that treat repeated values differently, compared."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.neighbors import KernelDensity

from skgen.density import AutoregressiveDensity, MixtureDensity
from skgen.metrics import make_density_scorer


def grid(n=600, seed=0):
    """Numbers on a grid of halves."""
    rng = np.random.default_rng(seed)
    return np.round(2 * rng.normal(size=(n, 2)) * [1, 3]) / 2


def test_a_narrow_kernel_no_longer_wins():
    X = np.clip(grid(), -1, 1)
    folds = KFold(3, shuffle=True, random_state=0)
    kernels = [KernelDensity(bandwidth=b) for b in (1e-4, 0.5)]
    raw = [cross_val_score(k, X, cv=folds).mean() for k in kernels]
    assert raw[0] > raw[1] + 5
    scorer = make_density_scorer(X)
    fair = [cross_val_score(k, X, scoring=scorer, cv=folds).mean() for k in kernels]
    assert fair[1] > fair[0] + 5


def test_masses_and_densities_on_one_footing():
    X = grid(3000)
    folds = KFold(3, shuffle=True, random_state=0)
    scorer = make_density_scorer(X)
    scores = [
        cross_val_score(m, X, scoring=scorer, cv=folds).mean()
        for m in (
            GaussianMixture(1),
            MixtureDensity(1, discrete=None),
            AutoregressiveDensity(n_estimators=1, max_epochs=4, random_state=0),
        )
    ]
    exact = -np.log(2 * np.pi * np.e) - np.log(3)  # minus the entropy
    assert np.abs(np.array(scores) - exact).max() < 0.15
    masses = AutoregressiveDensity(n_estimators=1, max_epochs=4, random_state=0)
    assert cross_val_score(masses, X, cv=folds).mean() < exact - 1


def test_parameter_ties_is_what_score_obeys():
    X = grid(400)
    model = AutoregressiveDensity(n_estimators=1, max_epochs=2, random_state=0).fit(X)
    assert model.score(X) == model.score_samples(X, ties="mass").mean()
    model.set_params(ties="density")
    assert model.score(X) == model.score_samples(X, ties="density").mean()
    # All its columns hold masses.
    assert make_density_scorer(X)(model, X) == model.score(X)


def test_frames_with_columns_that_hold_no_numbers():
    X = pd.DataFrame({"n": [1, 1, 2, 3] * 20, "w": pd.Categorical(["x", "y"] * 40)})
    model = MixtureDensity(1).fit(X)
    assert (
        make_density_scorer()(model, X) == model.score_samples(X, ties="density").mean()
    )


def test_search_and_pickle():
    X = load_diabetes(scaled=False).data[:, [0, 2, 3]]
    scorer = pickle.loads(pickle.dumps(make_density_scorer(X)))
    search = GridSearchCV(
        GaussianMixture(reg_covar=1e-3, random_state=0),
        {"n_components": [1, 60]},
        scoring=scorer,
        cv=KFold(3, shuffle=True, random_state=0),
    ).fit(X)
    assert search.best_params_ == {"n_components": 1}
    kernel = KernelDensity().fit(X)
    assert scorer(kernel, X) == scorer(kernel, X)
    assert make_density_scorer(ties="raw")(kernel, X) == kernel.score(X)


def test_bad_ties():
    with pytest.raises(ValueError, match='ties must be "dequantize"'):
        make_density_scorer(ties="mass")

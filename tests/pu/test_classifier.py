"""PUClassifier: its risks."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score

from skgen.datasets import make_pu
from skgen.losses.pu import nonnegative
from skgen.pu import PUClassifier, PUGANClassifier


def gaussians(n, seed=0):
    """Two Gaussians 3 apart: the best accuracy is 0.933."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.5).astype(int)
    return rng.normal(size=(n, 2)) + np.array([3.0, 0.0]) * y[:, None], y


@pytest.mark.parametrize("sampling", ["one_sample", "two_sample"])
@pytest.mark.parametrize("risk", ["nonnegative", "unbiased", "variational"])
def test_risk_comes_near_the_best_accuracy(risk, sampling):
    X, s, _ = make_pu(
        *gaussians(1500), n_labeled=300, sampling=sampling, random_state=0
    )
    prior = 0.5 if sampling == "one_sample" else None
    options = {} if prior is None else {"prior": prior}
    model = PUClassifier(
        risk, sampling=sampling, max_epochs=4, random_state=0, **options
    ).fit(X, s)
    new, y = gaussians(4000, seed=1)
    assert np.mean(model.predict(new) == y) > 0.90
    proba = model.predict_proba(X if sampling == "one_sample" else X[s == 0])
    assert proba[:, 1].mean() == pytest.approx(model.prior_, abs=1e-3)


def rare(prior, sampling, n=3000, seed=0):
    """A rare class 4 apart from the other, half of it labeled."""
    rng = np.random.default_rng(seed)
    y = np.zeros(n, dtype=int)
    y[: round(prior * n)] = 1
    X = rng.normal(size=(n, 4)) + 2.0 * y[:, None]
    s = (np.arange(n) < round(prior * n / 2)).astype(int)
    if sampling == "two_sample":
        more = rng.normal(size=(s.sum(), 4)) + 2.0
        X, s = np.concatenate([X, more]), np.repeat([0, 1], [n, len(more)])
    return X, s


@pytest.mark.parametrize("sampling", ["one_sample", "two_sample"])
@pytest.mark.parametrize("prior", [0.02, 0.002])
@pytest.mark.parametrize(
    "model",
    [PUClassifier(), PUGANClassifier(), PUGANClassifier(evidence=None)],
    ids=["risk", "evidence", "game"],
)
def test_rare_class_is_ranked_first(model, prior, sampling):
    X, s = rare(prior, sampling)
    model.set_params(prior=prior, sampling=sampling, max_epochs=10, random_state=0)
    model.fit(X, s)
    rng = np.random.default_rng(1)
    y = np.arange(4000) % 2
    new = rng.normal(size=(4000, 4)) + 2.0 * y[:, None]
    assert roc_auc_score(y, model.predict_proba(new)[:, 1]) > 0.95


@pytest.mark.parametrize("seed", range(3))
def test_rare_class_in_a_long_fit(seed):
    X, s = rare(0.01, "one_sample", seed=seed)
    model = PUClassifier(prior=0.01, random_state=seed).fit(X, s)
    assert roc_auc_score(np.arange(3000) < 30, model.predict_proba(X)[:, 1]) > 0.95


def test_collapse_is_told(pu_data):
    X, s, y = pu_data

    def upside_down(score_p, score_u, *, prior):
        return score_p.mean() - score_u.mean() + score_u.square().mean()

    with pytest.warns(UserWarning, match='collapsed.*wrong way round; try risk="unbi'):
        PUClassifier(upside_down, prior=0.5, random_state=0).fit(X, s)
    # What it advises.
    for model in (PUClassifier("unbiased", prior=0.5), PUGANClassifier(prior=0.5)):
        assert np.mean(model.set_params(random_state=0).fit(X, s).predict(X) == y) > 0.8


def test_risk_of_the_users(pu_data):
    X, s, y = pu_data
    priors = []

    def risk(score_p, score_u, *, prior):
        priors.append(prior)
        return prior * F.softplus(-score_p).mean() + F.relu(score_u + 0.5).pow(2).mean()

    model = PUClassifier(risk, prior=0.5, max_epochs=3, random_state=0).fit(X, s)
    assert set(priors) == {0.5}
    assert np.mean(model.predict(X) == y) > 0.8
    named = PUClassifier("nonnegative", prior=0.5, max_epochs=1, random_state=0)
    passed = PUClassifier(nonnegative, prior=0.5, max_epochs=1, random_state=0)
    assert_array_equal(
        named.fit(X, s).predict_proba(X), passed.fit(X, s).predict_proba(X)
    )


def test_risk_that_is_not_finite_is_named_with_its_epoch(pu_data):
    X, s, _ = pu_data
    steps = []

    def risk(score_p, score_u, *, prior):
        steps.append(1)
        return score_p.mean() * (np.inf if len(steps) > 70 else 0.0)

    with pytest.raises(FloatingPointError, match="epoch 2"):
        PUClassifier(risk, prior=0.5, max_epochs=3, random_state=0).fit(X, s)


def test_mixup_is_part_of_the_loss(pu_data):
    X, s, _ = pu_data
    model = PUClassifier(
        "variational", mixup_weight=0.3, prior=0.5, max_epochs=1, random_state=0
    ).fit(X, s)
    row = model.history_[0]
    assert row["train_loss"] == pytest.approx(
        row["train_risk"] + 0.3 * row["train_mixup"], rel=1e-4
    )


@pytest.mark.parametrize("module", ["MLPEnsemble", "MLP"])
def test_smaller_positive_label_turns_the_columns_round(module, pu_data):
    X, s, y = pu_data
    options = {"module": module, "prior": 0.5, "max_epochs": 2, "random_state": 0}
    model = PUClassifier(**options).fit(X, s)
    turned = PUClassifier(pos_label=0, **options).fit(X, 1 - s)
    assert turned.classes_.tolist() == [0, 1]
    assert_allclose(
        turned.predict_proba(X)[:, ::-1], model.predict_proba(X), atol=1e-12
    )
    assert_allclose(turned.decision_function(X), -model.decision_function(X))
    assert_array_equal(turned.predict(X), 1 - model.predict(X))


def test_module_that_is_not_a_module(pu_data):
    X, s, _ = pu_data
    with pytest.raises(TypeError, match="module must be a recipe"):
        PUClassifier(module=lambda n, k: None, prior=0.5).fit(X, s)
    with pytest.raises(ValueError, match="1 outputs it returned shape"):
        PUClassifier(module=lambda n, k: torch.nn.Linear(n, 2), prior=0.5).fit(X, s)


def test_images():
    X, y = load_digits(return_X_y=True)
    X, y = X[y < 2], y[y < 2]
    s = ((y == 1) & (np.arange(len(y)) % 2 == 0)).astype(int)
    model = PUClassifier(
        image_shape=(8, 8), prior=y.mean(), max_epochs=1, random_state=0
    ).fit(X, s)
    assert np.mean(model.predict(X) == y) > 0.9


def test_both_estimators_agree_on_what_is_easy(pu_data):
    X, s, _ = pu_data
    one = PUClassifier(max_epochs=2, random_state=0).fit(X, s)
    two = PUGANClassifier(max_epochs=1, random_state=0).fit(X, s)
    assert np.mean(one.predict(X) == two.predict(X)) > 0.85

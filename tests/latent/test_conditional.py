"""Conditional models: draws, scores and rows of a class, and labels refused."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logsumexp
from sklearn.base import clone

from skgen import VAETransformer

VAE = VAETransformer(2, hidden=(16,), max_epochs=3, random_state=0)


@pytest.fixture(scope="module")
def labeled():
    """Rows of three classes at places of their own, with names."""
    rng = np.random.default_rng(0)
    y = rng.choice(["left", "middle", "right"], 300, p=[0.5, 0.3, 0.2])
    center = pd.Series(y).map({"left": -6.0, "middle": 0.0, "right": 6.0}).to_numpy()
    return np.column_stack([center, -center]) + rng.normal(size=(300, 2)), y


@pytest.fixture(scope="module")
def conditional(labeled):
    return (
        clone(VAE)
        .set_params(conditional=True, max_epochs=40, learning_rate=1e-2)
        .fit(*labeled)
    )


def test_draws_of_a_class(conditional, labeled):
    X, y = labeled
    assert conditional.classes_.tolist() == ["left", "middle", "right"]
    for label in conditional.classes_:
        own = X[y == label]
        drawn = conditional.sample(200, y=label, random_state=0)
        assert_allclose(drawn.mean(axis=0), own.mean(axis=0), atol=0.8)
    asked = np.repeat(["right", "left"], [3, 2])
    drawn = conditional.sample(5, y=asked, random_state=0)
    assert_array_equal(drawn[:, 0] > 0, asked == "right")
    assert_array_equal(conditional.sample(5, y=list(asked), random_state=0), drawn)


def test_draws_without_labels_have_the_shares_of_the_fit(conditional, labeled):
    X, y = labeled
    drawn = conditional.sample(1000, random_state=0)
    shares = [(drawn[:, 0] < -3).mean(), (np.abs(drawn[:, 0]) < 3).mean()]
    assert_allclose(shares, [(y == "left").mean(), (y == "middle").mean()], atol=0.06)
    assert_allclose(np.exp(conditional.class_log_prior_).sum(), 1)


def test_scores_with_and_without_labels(conditional, labeled):
    X, y = labeled
    for method in ("elbo", "importance"):
        whole = conditional.score_samples(X, method=method)
        joint = [
            conditional.score_samples(X, np.full(len(X), k), method=method)
            + conditional.class_log_prior_[i]
            for i, k in enumerate(conditional.classes_)
        ]
        assert_allclose(whole, logsumexp(joint, axis=0))
    own = conditional.score_samples(X, y)
    wrong = conditional.score_samples(X, np.roll(conditional.classes_, 1)[CODES[y]])
    assert own.mean() > wrong.mean() + 1
    assert conditional.score(X, y) == pytest.approx(own.mean())
    assert conditional.score(X) == pytest.approx(conditional.score_samples(X).mean())


CODES = pd.Series({"left": 0, "middle": 1, "right": 2})


def test_a_code_decodes_to_the_class_that_is_asked_for(conditional, labeled):
    X, y = labeled
    codes = conditional.transform(X)  # needs no labels
    right = conditional.inverse_transform(codes, "right")
    left = conditional.inverse_transform(codes, np.full(len(X), "left"))
    assert (right[:, 0] > left[:, 0]).all()
    assert_array_equal(
        conditional.reconstruct(X, y), conditional.inverse_transform(codes, y)
    )
    lines = conditional.interpolate(X[:2], X[2:4], 3, y=["left", "right"])
    expected = conditional.reconstruct(X[:2], ["left", "right"])
    assert_allclose(lines[::3], expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, X: m.sample(2, y="up"), r"seen in fit.*'left'.*got \['up'\]"),
        (lambda m, X: m.sample(2, y=["left"]), "one label per row"),
        (lambda m, X: m.sample(2, y=["left", None]), "NaN"),
        (lambda m, X: m.score_samples(X, ["up"] * len(X)), "seen in fit"),
        (lambda m, X: m.score_samples(X, ["left"]), "one label per row"),
        (lambda m, X: m.reconstruct(X), "y must give the classes.*'left'"),
        (lambda m, X: m.inverse_transform(m.transform(X)), "y must give the classes"),
        (lambda m, X: m.interpolate(X[:1], X[1:2]), "y must give the classes"),
        (lambda m, X: clone(m).fit(X), "requires y.*conditional=True needs labels or"),
        (lambda m, X: clone(m).fit(X, ["left"] * 9), "one label per row"),
        (lambda m, X: clone(m).fit(X, [None] + ["left"] * 299), "NaN"),
    ],
)
def test_labels_that_are_refused(call, message, conditional, labeled):
    with pytest.raises(ValueError, match=message):
        call(conditional, labeled[0])


def test_labels_are_no_matter_of_a_model_without(labeled):
    X, y = labeled
    model = clone(VAE).fit(X, y)
    assert not hasattr(model, "classes_")
    assert_array_equal(model.transform(X), clone(VAE).fit(X).transform(X))
    for call in (
        lambda: model.sample(2, y="left"),
        lambda: model.score_samples(X, y),
        lambda: model.reconstruct(X, y),
        lambda: model.inverse_transform(model.transform(X), y),
        lambda: model.interpolate(X[:1], X[1:2], y="left"),
    ):
        with pytest.raises(ValueError, match="not conditional.*conditional=True"):
            call()
    assert model.score(X, y) == model.score(X)


def test_labels_are_forgotten_by_a_fit_without(conditional, labeled):
    X, y = labeled
    again = clone(conditional).set_params(max_epochs=1).fit(X, y)
    again.set_params(conditional=False).fit(X)
    assert not hasattr(again, "classes_") and not hasattr(again, "class_log_prior_")
    assert again.sample(3, random_state=0).shape == (3, 2)

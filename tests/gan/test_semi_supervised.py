"""SemiSupervisedGANClassifier: few labels, many rows, and what each part does."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits, make_moons

from skgen import SemiSupervisedGANClassifier
from skgen.gan import AMGAN, CCGAN, CatGAN, FeatureMatching, VirtualAdversarial
from skgen.gan._label_games import LABEL_GAMES, entropy, entropy_of_mean
from skgen.gan._label_players import LabelGenerator
from skgen.gan._semi_supervised import _best_temperature
from skgen.gan._teacher import neighbor_distance, spread_labels

each_game = pytest.mark.parametrize("game", list(LABEL_GAMES))


def few(y, n, seed=0):
    """As many labels of each class, the rest -1."""
    rng = np.random.default_rng(seed)
    found = np.full(len(y), -1)
    for k in np.unique(y):
        own = rng.choice(np.flatnonzero(y == k), n, replace=False)
        found[own] = k
    return found


# -- the classifier --------------------------------------------------------------------


def test_unlabeled_rows_help_on_digits():
    X, y = load_digits(return_X_y=True)
    labels = few(y[:1297], 5)
    model = SemiSupervisedGANClassifier(
        image_shape=(8, 8), max_epochs=16, random_state=0
    ).fit(X[:1297], labels)
    assert model.score(X[1297:], y[1297:]) > 0.85
    found = model.validation_
    assert found["n_labels"] == 50
    assert found["accuracy"] > found["supervised_accuracy"]
    proba = model.predict_proba(X[1297:])
    sure = proba.max(axis=1).mean()
    assert abs(sure - model.score(X[1297:], y[1297:])) < 0.1


@each_game
def test_every_game_classifies_and_draws(game, mixed_data):
    X, y = make_moons(400, noise=0.1, random_state=0)
    options = {"validate": False, "random_state": 0}
    model = SemiSupervisedGANClassifier(game, max_epochs=10, **options)
    assert model.fit(X, few(y, 12)).score(X, y) > 0.9
    assert model.sample(5, random_state=0).shape == (5, 2)
    table, _, labels = mixed_data
    model = SemiSupervisedGANClassifier(game, max_epochs=1, **options)
    model.fit(table, np.where(np.arange(len(labels)) % 2, labels, -1))
    drawn = model.sample(5, random_state=0)
    assert (drawn.dtypes == table.dtypes).all()
    images, codes = load_digits(return_X_y=True)
    model.set_params(image_shape=(8, 8)).fit(images[:200], few(codes[:200], 3))
    assert model.sample(2, random_state=0).shape == (2, 64)


def test_a_classifier_alone_has_no_draws():
    X, y = make_moons(100, random_state=0)
    model = SemiSupervisedGANClassifier(None, max_epochs=1).fit(X, few(y, 5))
    assert not hasattr(model, "sample")
    assert set(model.weights_) and all(
        name.startswith("classifier.") for name in model.weights_
    )


def test_labels_of_any_kind():
    X, y = make_moons(120, noise=0.1, random_state=0)
    marked = few(y, 12)
    names = np.array(["left", "right", "?"])
    model = SemiSupervisedGANClassifier(max_epochs=2, random_state=0).fit(X, marked)
    named = clone(model).set_params(unlabeled_label="?").fit(X, names[marked])
    assert_array_equal(named.classes_, ["left", "right"])
    assert_array_equal(named.predict(X), names[model.predict(X)])
    # -1 and 1 are two classes; with a third label -1 is none.
    assert_array_equal(clone(model).fit(X, 2 * y - 1).classes_, [-1, 1])
    assert_array_equal(model.classes_, [0, 1])
    every = clone(model).set_params(unlabeled_label=None).fit(X, marked)
    assert_array_equal(every.classes_, [-1, 0, 1])


def test_partial_fit_with_classes_to_come():
    X, y = make_moons(120, noise=0.1, random_state=0)
    model = SemiSupervisedGANClassifier(random_state=0)
    model.partial_fit(X[:60], few(y[:60], 5), classes=[-1, 0, 1, 2])
    assert_array_equal(model.classes_, [0, 1, 2])
    assert model.partial_fit(X[60:], y[60:]).predict_proba(X).shape == (120, 3)


def test_a_warning_where_unlabeled_rows_mislead():
    # The class is a column on its own; unlabeled rows form other groups.
    rng = np.random.default_rng(0)
    n = 400
    group = rng.integers(0, 2, n)
    X = np.column_stack([rng.normal(size=n), 12.0 * group + rng.normal(size=n)])
    y = (X[:, 0] > 0).astype(int)
    X[:, 0] *= 0.2
    model = SemiSupervisedGANClassifier(
        consistency=VirtualAdversarial(radius=30.0, weight=20.0),
        entropy_weight=5.0,
        max_epochs=12,
        random_state=0,
    )
    with pytest.warns(UserWarning, match="The unlabeled rows do not help"):
        model.fit(X, few(y, 40))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.set_params(validate=False).fit(X, few(y, 40))
    assert model.validation_ is None and model.temperature_ == 1


# -- games -----------------------------------------------------------------------------


def test_entropies():
    p = np.array([[0.5, 0.5], [0.9, 0.1]])
    each = -(p * np.log(p)).sum(axis=1).mean()
    mean = p.mean(axis=0)
    assert_allclose(entropy(torch.log(torch.tensor(p))), each)
    found = entropy_of_mean(torch.log(torch.tensor(p)))
    assert_allclose(found, -(mean * np.log(mean)).sum())
    # Answers that are certain have gradients.
    logits = torch.tensor([[200.0, -200.0]], requires_grad=True)
    entropy(logits).backward()
    assert torch.isfinite(logits.grad).all()


def test_losses_of_games_by_hand():
    real = torch.tensor([[2.0, 0.0, 0.0]], dtype=torch.float64)
    fake = torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64)
    odds = np.log(np.exp(2) + 1), np.log(2) - 1
    expected = (np.log1p(np.exp(-odds[0])) + np.log1p(np.exp(odds[1]))) / 2
    assert_allclose(FeatureMatching().classifier(real, fake), expected)
    p = np.exp(2) / (1 + np.exp(2))
    sure = -(p * np.log(p) + (1 - p) * np.log(1 - p))
    # One row: its entropy and that of the mean cancel.
    assert_allclose(CatGAN().classifier(real, fake), -np.log(2))
    assert_allclose(CatGAN().generator(None, None, fake), 0, atol=1e-12)
    two = torch.tensor([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]], dtype=torch.float64)
    assert_allclose(CatGAN().generator(None, None, two), sure - np.log(2))
    total = np.log(np.exp(2) + 2)
    expected = (total - 2 + np.log(2 + np.e) - 1) / 2
    assert_allclose(AMGAN().classifier(real, fake), expected)
    assert_allclose(AMGAN().generator(None, None, real), total - 2)
    means = torch.zeros(2, 3), torch.ones(2, 3)
    assert FeatureMatching().generator(*means, fake) == 1


def test_virtual_adversarial_move_is_the_worst():
    weight = torch.tensor([[3.0, 0.0], [-3.0, 0.0]])

    def logits(x):
        return x @ weight.T

    x = torch.zeros(1, 2)
    generator = torch.Generator().manual_seed(0)
    found = VirtualAdversarial(radius=0.5)(logits, x, 2.0, generator)
    # A move of 1 along the first axis: logits of 3 and -3.
    q = torch.log_softmax(torch.tensor([3.0, -3.0]), dim=0)
    assert_allclose(found, -np.log(2) - q.mean(), rtol=1e-3)
    assert VirtualAdversarial(radius=0.0)(logits, x, 2.0, generator) < 1e-6


def test_holes_are_squares_or_columns():
    generator = torch.Generator().manual_seed(0)

    def recipe(n, shape):
        return torch.nn.Linear(n, shape if isinstance(shape, int) else 1)

    images = LabelGenerator(recipe, 2, (1, 8, 6), None, True)
    mask = images.holes(torch.zeros(50, 1, 8, 6), 0.5, generator)
    assert mask.shape == (50, 1, 8, 6) and (mask.sum(dim=(1, 2, 3)) == 4 * 3).all()
    blocks = [
        {"kind": "score", "start": 0, "width": 1},
        {"kind": "category", "start": 1, "width": 3, "shares": np.ones(3) / 3},
    ]
    rows = LabelGenerator(recipe, 2, 4, blocks, True)
    mask = rows.holes(torch.zeros(400, 4), 0.3, generator)
    assert (mask[:, 1:] == mask[:, 1:2]).all()  # one-hot codes go together
    assert 0.2 < mask.mean() < 0.4
    context = torch.ones(400, 4)
    found = rows(torch.zeros(400, 2), context, mask, generator)
    assert (found[mask == 0] == 1).all()


# -- teacher ---------------------------------------------------------------------------


def test_labels_spread_over_groups():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3)) + 8.0 * np.repeat([[0], [1]], 100, axis=0)
    codes = np.full(200, -1)
    codes[[0, 100]] = 0, 1
    shares = spread_labels(X, codes, 3, np.random.RandomState(0))
    assert shares.shape == (200, 3) and (shares[:, 2] == 0).all()
    assert (shares[:100].argmax(axis=1) == 0).mean() > 0.9
    assert (shares[100:].argmax(axis=1) == 1).mean() > 0.9
    none = spread_labels(X[:5], codes[:5], 2, np.random.RandomState(0))
    assert (none == 0).all()


def test_distance_of_neighbors():
    X = np.arange(20.0)[:, None] * 3
    assert neighbor_distance(X, np.random.RandomState(0)) == 3
    assert neighbor_distance(np.zeros((5, 2)), np.random.RandomState(0)) == 1


def test_temperature_of_the_best_likelihood():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4000, 3))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    codes = (rng.random((4000, 1)) > p.cumsum(axis=1)).sum(axis=1).clip(max=2)
    assert _best_temperature(3 * logits, codes) == pytest.approx(3, rel=0.1)
    assert _best_temperature(3 * logits[:2], codes[:2]) == pytest.approx(1, abs=0.3)


# -- bad input -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "parameters", "message"),
    [
        (np.repeat([-1, 0], 25), {"unlabeled_label": -1}, "at least two classes"),
        (np.full(50, 3), {}, "at least two classes"),
        (np.repeat([0, 1], 25), {"unlabeled_label": 7}, "unlabeled_label must be one"),
        (np.repeat([0, 1], 25), {"critic": "conv"}, "needs images"),
        (np.repeat([0, 1], 25), {"generator": "conv"}, "needs images"),
        (
            np.repeat([0, 1], 25),
            {"critic": lambda shape, n: torch.nn.Linear(shape, 2)},
            "critic must be a recipe",
        ),
        (
            np.repeat([0, 1], 25),
            {"generator": lambda n, shape: torch.nn.Linear(n, 1)},
            "generator must be a recipe",
        ),
        (None, {}, "requires y"),
    ],
)
def test_what_does_not_fit_is_refused(y, parameters, message):
    X = np.random.default_rng(0).normal(size=(50, 3))
    with pytest.raises(ValueError, match=message):
        SemiSupervisedGANClassifier(**parameters).fit(X, y)


def test_bad_options():
    with pytest.raises(ValueError, match="weight must be a finite number"):
        FeatureMatching(weight=-1)
    with pytest.raises(ValueError, match="hole must be in"):
        CCGAN(hole=1.0)
    with pytest.raises(ValueError, match="radius must be a finite number"):
        VirtualAdversarial(radius=float("inf"))
    with pytest.raises(ValueError, match="n_steps must be an integer"):
        VirtualAdversarial(n_steps=0)
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 3)))
    y = np.repeat([0, 1], 25)
    model = SemiSupervisedGANClassifier(max_epochs=1).partial_fit(X, y)
    with pytest.raises(ValueError, match="game must be of the kind"):
        model.set_params(game=None).partial_fit(X, y)

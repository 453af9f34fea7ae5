"""PairedTranslator; what all estimators must do is asked in the tests beside."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import cross_val_score

from skgen import PairedTranslator
from skgen.losses.gan import LOSSES
from skgen.nn import UNet
from skgen.training import Step
from skgen.translation._augment import change_alike
from skgen.translation._linear import answer_images, fit_images
from skgen.translation._paired_players import PairCritic, PairGame, PairGenerator

SHORT = {"max_epochs": 2, "random_state": 0}


def digits(n=200):
    return load_digits().data[:n]


def halved(Y):
    """Digits at half the resolution."""
    return Y.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(len(Y), 16)


# -- answers ---------------------------------------------------------------------------


def test_tables_begin_at_a_ridge_regression_and_learn_what_it_leaves():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 3))
    Y = np.column_stack([np.sin(2 * X[:, 0]), X[:, 1] * X[:, 2], X @ [1.0, 2.0, 3.0]])
    train, test = slice(0, 400), slice(400, None)
    model = PairedTranslator(random_state=0).fit(X[train], Y[train])
    ridge = RidgeCV().fit(X[train], Y[train])
    error, of_ridge = (
        np.square(m.predict(X[test]) - Y[test]).mean(axis=0) for m in (model, ridge)
    )
    assert (error[:2] < 0.2 * of_ridge[:2]).all()
    assert error[2] < 1e-3


@pytest.mark.parametrize("max_epochs", [1, "auto"])
def test_a_fit_is_as_good_as_the_ridge_regression(max_epochs):
    X, y = load_diabetes(return_X_y=True)
    model = PairedTranslator(max_epochs=max_epochs, random_state=0)
    own = cross_val_score(model, X, y, cv=3)
    ridge = cross_val_score(RidgeCV(np.logspace(-3, 3, 20)), X, y, cv=3)
    assert own.mean() > ridge.mean() - 0.02


@pytest.mark.slow
def test_images_are_better_than_their_ridge_regression():
    Y = digits(1797)
    X = halved(Y)
    shapes = {"image_shape": (4, 4), "target_shape": (8, 8)}
    model = PairedTranslator(max_epochs=30, random_state=0, **shapes)
    model.fit(X[:1400], Y[:1400])
    ridge = RidgeCV(np.logspace(-2, 4, 13)).fit(X[:1400], Y[:1400])
    error, of_ridge = (
        np.square(m.predict(X[1400:]) - Y[1400:]).mean() for m in (model, ridge)
    )
    assert error < 0.9 * of_ridge


def test_regressions_that_left_a_row_out():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(30, 1, 2, 3))
    T = np.tanh(Z @ rng.normal(size=(3, 3))) + rng.normal(size=(30, 1, 2, 3))
    linear, left_out = fit_images(Z, T, np.random.RandomState(0))
    rest = np.arange(30) != 4
    # The same penalty: fitted without the row by the closed form itself.
    X, Y = (a.reshape(30, -1) for a in (Z, T))
    codes = (X - X.mean(axis=0)) @ linear["axes"].T
    ridge = _ridge_of(codes, Y, linear["coef"])
    design = np.column_stack([codes, np.ones(30)])
    penalty = np.diag([ridge] * codes.shape[1] + [0.0])
    own = design[rest]
    coef = np.linalg.solve(own.T @ own + penalty, own.T @ Y[rest])
    assert_allclose(left_out[4].ravel(), design[4] @ coef, atol=1e-4)
    answers = answer_images(linear, Z, (1, 2, 3))
    assert np.square(answers - T).mean() < np.square(left_out - T).mean()


def _ridge_of(codes, Y, coef):
    """Penalty with which centred codes have these coefficients."""
    squares = np.square(codes).sum(axis=0)
    shared = codes.T @ (Y - Y.mean(axis=0))
    return float(np.median(shared[0] / coef[0] - squares[0]))


def test_super_resolution_that_keeps_the_pixels_of_the_question():
    Y = digits()
    X = halved(Y) + 100.0  # another range than that of the answers
    shapes = {"image_shape": (4, 4), "target_shape": (8, 8)}
    model = PairedTranslator(projection=True, **shapes, **SHORT).fit(X, Y + 100.0)
    assert_allclose(halved(model.predict(X)), X, atol=1e-5)
    free = PairedTranslator(**shapes, **SHORT).fit(X, Y + 100.0)
    assert np.abs(halved(free.predict(X)) - X).max() > 0.1


def test_colours_from_grey():
    rng = np.random.default_rng(0)
    grey = rng.random((80, 36))
    colour = np.stack([grey, grey / 2, 1 - grey], axis=2).reshape(80, -1)
    model = PairedTranslator(
        image_shape=(6, 6), target_shape=(6, 6, 3), max_epochs=40, random_state=0
    ).fit(grey, colour)
    assert np.square(model.predict(grey) - colour).mean() < 0.01


def test_images_to_numbers_and_numbers_to_images():
    Y = digits()
    mass = Y.reshape(-1, 2, 32).sum(axis=2)  # of the upper and of the lower half
    model = PairedTranslator(image_shape=(8, 8), **SHORT).fit(Y, mass)
    assert model.predict(Y).shape == (200, 2)
    assert model.score(Y, mass) > 0.99
    back = PairedTranslator(target_shape=(8, 8), adversarial_weight=0.1, **SHORT)
    assert back.fit(mass, Y).predict(mass).shape == (200, 64)


def test_one_dimensional_answers_stay_so():
    X, y = load_diabetes(return_X_y=True)
    model = PairedTranslator(dropout=0.1, **SHORT).fit(X, y)
    assert model.predict(X).shape == y.shape
    assert model.sample(X[:5], 3).shape == (3, 5)
    wide = PairedTranslator(dropout=0.1, **SHORT).fit(X, y[:, None])
    assert_array_equal(wide.predict(X)[:, 0], model.predict(X))


def test_score_counts_outputs_by_their_variance():
    X = np.random.default_rng(0).normal(size=(100, 2))
    Y = np.column_stack([X[:, 0], 1e-6 * np.sin(50 * X[:, 1])])
    model = PairedTranslator(max_epochs=1, random_state=0).fit(X, Y)
    found = model.predict(X)
    want = 1 - np.square(found - Y).sum() / np.square(Y - Y.mean(axis=0)).sum()
    assert model.score(X, Y) == pytest.approx(want) and want > 0.999
    weights = np.arange(100) < 50
    half = model.score(X, Y, sample_weight=weights)
    assert half == pytest.approx(model.score(X[:50], Y[:50]))
    constant = PairedTranslator(max_epochs=1).fit(X, np.full(100, 3.0))
    assert constant.score(X, np.full(100, 3.0)) == pytest.approx(1.0)


def test_mixed_tables(draw_mixed):
    X = draw_mixed(120)[0]
    y = X[["number", "count"]].astype(float)
    model = PairedTranslator(**SHORT).fit(X, y)
    assert model.predict(X).shape == (120, 2)
    assert_array_equal(model.predict(X.iloc[3:5]), model.predict(X)[3:5])


# -- noise -----------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [{"n_latent": 3}, {"dropout": 0.3}])
@pytest.mark.parametrize("images", [False, True])
def test_samples_differ_and_their_seed_decides(noise, images):
    Y = digits(60)
    shape = {"image_shape": (8, 8)} if images else {}
    model = PairedTranslator(adversarial_weight=0.1, **noise, **shape, **SHORT)
    model.fit(Y, 16 - Y)
    drawn = model.sample(Y[:4], 3, random_state=0)
    assert drawn.shape == (3, 4, 64)
    assert_array_equal(drawn, model.sample(Y[:4], 3, random_state=0))
    assert (np.ptp(drawn, axis=0).max(axis=1) > 0).all()
    assert_array_equal(model.predict(Y), model.predict(Y))


def test_without_noise_there_is_nothing_to_draw():
    model = PairedTranslator(**SHORT).fit(digits(20), digits(20))
    with pytest.raises(AttributeError, match="no attribute 'sample'") as caught:
        model.sample(digits(2))
    assert "set n_latent or dropout above 0" in str(caught.value.__cause__)


# -- the game --------------------------------------------------------------------------


def test_critics_judge_question_and_answer_together():
    critic = PairCritic(
        lambda shape, m: torch.nn.Conv2d(shape[0], m, 1), (1, 2, 2), (3, 4, 4)
    )
    x, y = torch.randn(2, 1, 2, 2), torch.randn(2, 3, 4, 4)
    assert critic(x, y).shape == (32,)
    assert not torch.equal(critic(x, y), critic(x + 1, y))
    rows = PairCritic(lambda n, m: torch.nn.Linear(n, m), (1, 2, 2), 3)
    assert rows(x, torch.zeros(2, 3)).shape == (2,)


@pytest.mark.parametrize("distance", ["l1", "l2"])
def test_losses_of_both_players(distance):
    class Double(torch.nn.Module):
        n_latent = 0

        def forward(self, x):
            return 2 * x

    class Sum(torch.nn.Module):
        def forward(self, x, y):
            return (x + y).sum(dim=1)

    players = {"critic": Sum(), "generator": Double()}
    x = torch.tensor([[1.0], [2.0]])
    y = torch.tensor([[3.0], [3.0]])  # answers are 2 and 4
    game = PairGame(distance, 0.5, LOSSES["hinge"])
    # Not on the step of a penalty.
    step = Step(players, (x, y), torch.Generator(), total=1)
    loss, logs = game.critic(step)
    # Real sums are 4 and 5, those of answers 3 and 6.
    assert loss.item() == pytest.approx(0 + (4 + 7) / 2)
    loss, logs = game.generator(step)
    assert logs["error"].item() == pytest.approx(1.0)
    assert loss.item() == pytest.approx(1.0 - 0.5 * 4.5)
    assert game.valid(step).item() == pytest.approx(1.0)
    assert "critic" not in PairGame(distance, 0.0, LOSSES["hinge"]).objectives()


def test_answers_beyond_the_range_are_clipped_in_training_too():
    game = PairGame("l1", 1.0, LOSSES["hinge"], clipped=True)
    y = torch.tensor([1.0, 1.0, -1.0, 0.5, -1.0])
    fake = torch.tensor([1.7, 0.6, -1.2, 1.5, 1.2], requires_grad=True)
    loss = game._error(fake, y)
    loss.backward()
    # Right where both are at or beyond the same end; else pulled back.
    assert_allclose(loss.item(), (0.4 + 1.0 + 2.2) / 5, rtol=1e-6)
    assert_allclose(5 * fake.grad, [0, -1, 0, 1, 1], rtol=1e-6)
    assert_allclose(game._shown(fake).detach(), fake.detach().clip(-1, 1))
    plain = PairGame("l1", 1.0, LOSSES["hinge"])
    assert_allclose(plain._error(fake, y).item(), (fake - y).abs().mean().item())


@pytest.mark.parametrize("projection", [False, True])
def test_only_answers_that_are_clipped_train_so(projection):
    Y = digits(50)
    shapes = {"image_shape": (4, 4), "target_shape": (8, 8)}
    model = PairedTranslator(**shapes, projection=projection, **SHORT)
    game = model.fit(halved(Y), Y)._objectives(None)["valid"].__self__
    assert game.clipped is not projection


def test_both_sides_change_alike():
    x = torch.randn(40, 3, 8, 8)
    generator = torch.Generator().manual_seed(0)
    a, b = change_alike([x, 2 * x], ("flip", "shift", "hue"), generator)
    torch.testing.assert_close(2 * a, b)
    assert not torch.equal(a, x)
    generator.manual_seed(0)
    (turned,) = change_alike([x], ("hue",), generator)
    torch.testing.assert_close(turned.mean(dim=1), x.mean(dim=1))  # grey stays
    torch.testing.assert_close(turned.square().sum(1), x.square().sum(1))
    grey = x[:, :1]
    assert torch.equal(change_alike([grey], ("hue",), generator)[0], grey)
    flipped = change_alike([x], ("flip",), generator)[0]
    same = [(flipped[i] == x[i]).all().item() for i in range(40)]
    turned_round = [(flipped[i] == x[i].flip(2)).all().item() for i in range(40)]
    assert all(s != t for s, t in zip(same, turned_round, strict=True))


def test_projection_is_exact_whatever_the_network_says():
    net = PairGenerator(
        lambda a, b: UNet(a, b), (1, 4, 4), (1, 8, 8), projection=(0.5, 0.1)
    )
    x = torch.randn(3, 1, 4, 4)
    mean = torch.nn.functional.avg_pool2d(net(x), 2)
    torch.testing.assert_close(mean, 0.5 * x + 0.1)


# -- bad input -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "Y", "message"),
    [
        ({}, None, "requires y to be passed"),
        ({}, [[1.0]] * 19, "inconsistent numbers of samples"),
        ({}, [[np.nan]] * 20, "y contains NaN"),
        ({}, np.zeros((20, 2, 2)), "dim 3|one flat answer"),
        ({"projection": True}, np.zeros((20, 3)), "projection is for rows and answers"),
        ({"augment": ["flip"]}, np.zeros(20), "augment is for rows and answers"),
        ({"augment": ["spin"]}, np.zeros(20), "augment must .* got 'spin'"),
        ({"generator": "unet"}, np.zeros(20), 'generator="unet" is for answers that'),
        ({"critic": "patch"}, np.zeros(20), 'critic="patch" is for answers that'),
        (
            {"target_shape": (3, 3)},
            np.zeros((20, 8)),
            "target_shape=.* needs rows of 9",
        ),
        (
            {"image_shape": (8, 8), "projection": True, "target_shape": (12, 12)},
            np.zeros((20, 144)),
            "whole multiple",
        ),
        (
            {"generator": lambda a, b: torch.nn.Linear(a, b + 1)},
            np.zeros(20),
            "generator must be a recipe .* got \\(2, 2\\)",
        ),
        (
            {
                "critic": lambda a, b: torch.nn.Linear(a, 2),
                "adversarial_weight": 1.0,
            },
            np.zeros(20),
            "critic must be a recipe",
        ),
    ],
)
def test_what_does_not_fit_is_refused_before_training(options, Y, message):
    with pytest.raises(ValueError, match=message):
        PairedTranslator(**options, **SHORT).fit(digits(20), Y)


def test_a_fit_that_goes_on_keeps_its_shapes():
    X = digits(30)
    model = PairedTranslator(warm_start=True, **SHORT).fit(X, X[:, :2])
    with pytest.raises(ValueError, match="the shape of y must be what they were"):
        model.fit(X, X[:, :3])
    assert model.fit(X, X[:, :2]).n_epochs_ == 4


def test_frames_of_targets_are_read_as_numbers():
    X = digits(30)
    frame = pd.DataFrame(X[:, :2], columns=["a", "b"])
    found = PairedTranslator(**SHORT).fit(X, frame).predict(X)
    assert_array_equal(found, PairedTranslator(**SHORT).fit(X, X[:, :2]).predict(X))

"""GANTransformer: codes by games, inversion, edits, labels that change."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits, load_wine

from skgen import GANTransformer, OutlierDetector
from skgen.gan import VAEGAN, BiGAN, CodeGame
from skgen.gan._code_games import CODE_GAMES
from skgen.gan._code_players import distortion, row_errors
from skgen.gan._inversion import descend, log_prior
from skgen.losses.penalties import R1

each_game = pytest.mark.parametrize("game", list(CODE_GAMES))
SMALL = {"image_shape": (8, 8), "generator": "mlp", "encoder": "mlp", "random_state": 0}


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


@pytest.fixture(scope="module")
def fitted(digits):
    """A model of digits that has learned something."""
    return GANTransformer(8, max_epochs=25, **SMALL).fit(digits[0])


@pytest.fixture(scope="module")
def labeled(digits):
    """A model of digits with labels."""
    return GANTransformer(6, game="cvaegan", max_epochs=20, **SMALL).fit(*digits)


# -- games -----------------------------------------------------------------------------


@each_game
def test_every_game_learns_codes_of_images_and_of_mixed_tables(game, mixed_data):
    X, y = load_digits(return_X_y=True)
    model = GANTransformer(3, game=game, max_epochs=1, **SMALL).fit(X[:200], y[:200])
    assert model.transform(X[:4]).shape == (4, 3)
    assert model.sample(5, random_state=0).shape == (5, 64)
    assert model.reconstruct(X[:4]).shape == (4, 64)
    table, s, _ = mixed_data
    model = GANTransformer(3, game=game, max_epochs=1, random_state=0).fit(table, s)
    drawn = model.sample(5, random_state=0)
    assert list(drawn.columns) == list(table.columns)
    assert (drawn.dtypes == table.dtypes).all()
    assert model.reconstruct(table[:4]).shape == (4, table.shape[1])


def test_reconstructions_are_near_and_codes_say_the_class(fitted, digits):
    X, y = digits
    left = np.square(fitted.reconstruct(X) - X).mean() / np.square(X - X.mean(0)).mean()
    assert left < 0.45
    Z = fitted.transform(X)
    order = np.random.default_rng(0).permutation(len(X))
    train, test = order[:1200], order[1200:]
    near = np.square(Z[test][:, None] - Z[train][None]).sum(axis=2).argmin(axis=1)
    assert (y[train][near] == y[test]).mean() > 0.8


@pytest.mark.parametrize("game", ["bigan", "aegan"])
def test_codes_of_generated_rows_are_those_they_came_of(game):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 2)) @ np.array([[1.0, 0.5, 0.0], [0.0, 0.5, 1.0]])
    X += 0.1 * rng.normal(size=X.shape)
    model = GANTransformer(2, game=game, max_epochs=100, random_state=0).fit(X)
    Z = rng.normal(size=(400, 2))
    found = model.transform(model.inverse_transform(Z))
    assert min(np.corrcoef(Z[:, j], found[:, j])[0, 1] for j in (0, 1)) > 0.8


def test_bigan_has_the_scores_of_pairs_turned_for_the_encoder():
    game = BiGAN(penalty=None)

    class Players(dict):
        training = True

    class Halves(torch.nn.Module):
        n_codes = 1

        def code(self, x, generator):
            z = x[:, :1]
            return z, z, None, None

        def generator(self, z, y, given, generator):
            return torch.cat([z, z], dim=1)

    class Sum(torch.nn.Module):
        def forward(self, x, z=None, y=None):
            return x.sum(dim=1) - 2 * z[:, 0]

    step = type("Step", (), {})()
    step.players = {"coder": Halves(), "critic": Sum()}
    step.generator, step.total = torch.Generator().manual_seed(0), 1
    step.batch = (torch.tensor([[1.0, 2.0], [3.0, 5.0]]),)
    # Pairs (x, E(x)) have the scores 1 and 2, pairs (G(z), z) have 0.
    softplus = torch.nn.functional.softplus
    expected = softplus(torch.tensor(0.0)) + softplus(torch.tensor([1.0, 2.0])).mean()
    assert_allclose(game.coder(step, None), expected, rtol=1e-6)
    loss, _ = game.critic(step)
    expected = softplus(-torch.tensor([1.0, 2.0])).mean() + np.log(2)
    assert_allclose(loss, expected, rtol=1e-6)


def test_a_game_of_ones_own(digits):
    class Plain(VAEGAN):
        """A variational autoencoder alone."""

    game = Plain(feature_weight=0.0, adversarial_weight=0.0)
    assert isinstance(game, CodeGame)
    model = GANTransformer(2, game=game, max_epochs=1, **SMALL).fit(digits[0][:100])
    assert model.transform(digits[0][:3]).shape == (3, 2)


# -- errors ----------------------------------------------------------------------------


def test_errors_of_numbers_and_of_categories():
    blocks = [
        {"kind": "score", "start": 0, "width": 1},
        {"kind": "category", "start": 1, "width": 2},
    ]
    x = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    rows = torch.tensor([[3.0, 0.5, 0.5], [0.0, 0.8, 0.2]])
    squared, surprise = row_errors(rows, x, blocks)
    assert_allclose(squared, [[4.0], [0.0]])
    assert_allclose(surprise, -np.log([[0.5], [0.8]]), rtol=1e-6)
    expected = 0.5 * np.log(2 + 1e-6) - np.log([0.5, 0.8]).mean()
    assert_allclose(distortion(rows, x, blocks), expected, rtol=1e-6)


def test_log_prior_is_that_of_the_mixture():
    from scipy.stats import multivariate_normal

    rng = np.random.default_rng(0)
    covariance = np.array([[2.0, 0.5], [0.5, 1.0]])
    root = np.linalg.inv(np.linalg.cholesky(covariance)).T
    prior = {
        "log_weights": np.log([[0.3, 0.7], [0.5, 0.5]]),
        "means": rng.normal(size=(2, 2, 2)),
        "roots": np.tile(root, (2, 2, 1, 1)),
    }
    z, y = rng.normal(size=(5, 2)), np.array([0, 1, 0, 1, 1])
    tensors = {k: torch.as_tensor(a) for k, a in prior.items()}
    found = log_prior(tensors, torch.as_tensor(z), torch.as_tensor(y))
    expected = [
        np.log(
            sum(
                np.exp(w) * multivariate_normal(m, covariance).pdf(row)
                for w, m in zip(prior["log_weights"][k], prior["means"][k], strict=True)
            )
        )
        for row, k in zip(z, y, strict=True)
    ]
    assert_allclose(found, expected)


def test_descent_finds_the_minimum_of_each_row():
    goal = torch.tensor([[1.0, -2.0], [0.5, 3.0]])
    found = descend(lambda z: (z - goal).square().sum(dim=1), torch.zeros(2, 2), 400)
    assert_allclose(found, goal, atol=0.05)


# -- inversion and edits ---------------------------------------------------------------


def test_optimized_codes_come_nearer(fitted, digits):
    X = digits[0][:60]
    errors = [
        np.square(fitted.reconstruct(X, method=method, n_steps=60) - X).mean()
        for method in ("encoder", "optimize")
    ]
    assert errors[1] < 0.95 * errors[0]
    whole = fitted.transform(X, method="optimize", n_steps=5)
    alone = fitted.transform(X[7:8], method="optimize", n_steps=5)
    assert_allclose(alone, whole[7:8], atol=1e-3)


def test_edits_meet_what_is_given(fitted, digits):
    X = digits[0][:40]
    mask = np.arange(64) < 32
    half = np.where(mask, X, 0.0)  # the lower half is not known
    completed = fitted.edit(half, mask, n_steps=60)
    assert completed.shape == X.shape
    error = np.square((completed - X)[:, mask]).mean()
    guess = fitted.reconstruct(half)
    assert error < 0.8 * np.square((guess - X)[:, mask]).mean()
    # The lower half is better than that of the mean image.
    lower = np.square((completed - X)[:, ~mask]).mean()
    assert lower < np.square((X - digits[0].mean(0))[:, ~mask]).mean()
    # What else is in the row counts by `keep` only.
    other = np.where(mask, X, 16.0)
    assert_allclose(
        fitted.edit(other, mask, n_steps=60)[:, mask].mean(),
        completed[:, mask].mean(),
        rtol=0.1,
    )
    changed = fitted.edit(X, mask, X[::-1].copy(), keep=0.2, n_steps=20)
    assert changed.shape == X.shape


def test_edits_of_tables_by_column():
    X, _ = load_wine(return_X_y=True, as_frame=True)
    model = GANTransformer(3, max_epochs=30, random_state=0).fit(X)
    values = X.copy()
    values["alcohol"] = 14.5
    mask = X.columns == "alcohol"
    edited = model.edit(X[:20], mask, values[:20], keep=0.05, n_steps=60)
    before = model.reconstruct(X[:20])
    assert abs(edited["alcohol"].mean() - 14.5) < abs(before["alcohol"].mean() - 14.5)


def test_relabel_changes_the_label(labeled, digits):
    X, y = digits
    wanted = (y[:200] + 3) % 10
    changed = labeled.relabel(X[:200], wanted)
    assert (labeled.predict_label(changed) == wanted).mean() > 0.7
    assert (labeled.predict_label(X) == y).mean() > 0.85
    drawn = labeled.sample(100, y=7, random_state=0)
    assert (labeled.predict_label(drawn) == 7).mean() > 0.6
    assert_array_equal(
        labeled.reconstruct(X[:5]),
        labeled.inverse_transform(
            labeled.transform(X[:5]), labeled.predict_label(X[:5])
        ),
    )


def test_optimised_codes_keep_more_of_a_row_that_is_relabelled(labeled, digits):
    X, y = digits
    own = labeled.predict_label(X[:20])
    gaps = [
        np.square(labeled.relabel(X[:20], own, method=method) - X[:20]).mean()
        for method in ("encoder", "optimize")
    ]
    assert gaps[1] < 0.9 * gaps[0]
    changed = labeled.relabel(X[:20], (own + 3) % 10, method="optimize")
    assert (labeled.predict_label(changed) == (own + 3) % 10).mean() > 0.6
    with pytest.raises(ValueError, match='method must be "encoder" or "optimize"'):
        labeled.relabel(X[:20], own, method="search")


def test_lines_between_rows(fitted, digits):
    X = digits[0]
    framed = clone(fitted).set_output(transform="pandas").set_params(max_epochs=1)
    framed.fit(X[:100])
    assert isinstance(framed.transform(X[:3]), pd.DataFrame)
    assert framed.interpolate(X[:1], X[1:2], n_steps=3).shape == (3, 64)
    assert framed.reconstruct(X[:3], method="optimize", n_steps=2).shape == (3, 64)
    lines = fitted.interpolate(X[:2], X[2:4], n_steps=5)
    assert lines.shape == (10, 64)
    assert_allclose(lines[0], fitted.reconstruct(X[:1])[0], atol=1e-6)
    assert_allclose(lines[9], fitted.reconstruct(X[3:4])[0], atol=1e-6)


def test_anomalies_of_a_digit_that_was_left_out(digits):
    X, y = digits
    model = GANTransformer(8, max_epochs=15, **SMALL).fit(X[y != 0][:1000])
    odd = model.anomaly_scores(X[y == 0]).mean()
    assert odd > 1.2 * model.anomaly_scores(X[y != 0][1000:]).mean()
    detector = OutlierDetector(GANTransformer(4, max_epochs=2, **SMALL))
    detector.fit(X[:200])
    scores = detector.score_samples(X[:20])
    assert_allclose(scores, -detector.estimator_.anomaly_scores(X[:20]))
    assert detector.predict(X[:20]).shape == (20,)


# -- bad input -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"generator": "conv"}, "needs images"),
        ({"critic": "dcgan"}, "needs images"),
        ({"game": "cvaegan"}, "needs labels"),
        ({"encoder": lambda shape, n: torch.nn.Linear(shape, n + 1)}, "encoder must"),
        ({"generator": lambda n, shape: torch.nn.Linear(n, 1)}, "generator must"),
        ({"critic": lambda shape, n: torch.nn.Linear(shape, 3)}, "critic must"),
    ],
)
def test_what_does_not_fit_is_refused_before_training(parameters, message):
    X = np.random.default_rng(0).normal(size=(50, 3))
    with pytest.raises(ValueError, match=message):
        GANTransformer(2, **parameters).fit(X)


def test_bad_options_of_games():
    with pytest.raises(ValueError, match="feature_weight must be a finite number"):
        VAEGAN(feature_weight=-1)
    with pytest.raises(ValueError, match="loss must be a GANLoss"):
        BiGAN(loss="no")
    with pytest.raises(ValueError, match="autoencoding critic"):
        BiGAN(loss="energy_based")
    with pytest.raises(TypeError, match="penalty must be a Penalty"):
        BiGAN(penalty=R1)


def test_bad_input_of_methods(fitted, digits):
    X = digits[0][:4]
    with pytest.raises(ValueError, match="mask must be boolean of shape"):
        fitted.edit(X, np.ones(64))
    with pytest.raises(ValueError, match="mask must be boolean of shape"):
        fitted.edit(X, np.ones(3, dtype=bool))
    with pytest.raises(ValueError, match="keep must be a number from 0 to 1"):
        fitted.edit(X, np.ones(64, dtype=bool), keep=2)
    with pytest.raises(ValueError, match="values must have the 4 rows"):
        fitted.edit(X, np.ones(64, dtype=bool), X[:2])
    with pytest.raises(ValueError, match="method must be"):
        fitted.transform(X, method="newton")
    with pytest.raises(ValueError, match="is not conditional"):
        fitted.relabel(X, 3)
    with pytest.raises(ValueError, match="is not conditional"):
        fitted.predict_label(X)
    with pytest.raises(ValueError, match="8 columns of the codes"):
        fitted.inverse_transform(np.zeros((2, 3)))
    other = clone(fitted).set_params(max_epochs=1).partial_fit(X)
    with pytest.raises(ValueError, match="game and n_components must be"):
        other.set_params(game="ali").partial_fit(X)


def test_labels_are_ignored_by_games_without(digits):
    X, y = digits
    one = GANTransformer(2, max_epochs=1, **SMALL).fit(X[:100], y[:100])
    other = GANTransformer(2, max_epochs=1, **SMALL).fit(X[:100])
    assert_array_equal(one.transform(X[:9]), other.transform(X[:9]))
    assert not hasattr(one, "classes_")
    frame = pd.DataFrame(X[:100])
    assert isinstance(one.set_params().fit(frame).sample(2), pd.DataFrame)

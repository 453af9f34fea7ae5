"""Games of GANSampler other than the plain one."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from skgen import GANSampler
from skgen.gan import BayesianGAN, Conditions, FeatureMatchingGAN, GoGAN, InfoCodes
from skgen.gan._game import GANGame
from skgen.gan._sampler_games import GeneratorMixture, _features, _moments
from skgen.losses.gan import Hinge
from skgen.training import Step

TINY = {"n_latent": 3, "max_epochs": 2, "random_state": 0}


def table(n=200):
    return np.random.default_rng(0).normal(size=(n, 2))


def constants(values):
    """A recipe of networks that answer with a constant, and then with what is left."""
    values = iter(values)

    class Constant(torch.nn.Module):
        def __init__(self, n_inputs, _):
            super().__init__()
            self.value = next(values)

        def forward(self, z):
            return torch.cat([torch.full((len(z), 1), self.value), z], dim=1)

    return Constant


def test_a_mixture_picks_networks_evenly_and_passes_normal_noise_on():
    net = GeneratorMixture(constants([0.0, 1.0, 2.0]), 3, 2, 3)
    z = torch.randn(30_000, 2, generator=torch.Generator().manual_seed(0))
    found = net(z)
    shares = torch.bincount(found[:, 0].long()) / len(z)
    assert_allclose(shares, 1 / 3, atol=0.01)
    for k in range(3):
        left = found[found[:, 0] == k, 1]
        assert abs(left.mean()) < 0.03 and abs(left.std() - 1) < 0.03
    assert_array_equal(found[:, 2], z[:, 1])  # in the order of the rows
    assert_array_equal(net(z[5:6]), found[5:6])


def players(n_columns=2):
    class Slope(torch.nn.Module):
        n_classes, view, pack, names = 0, None, 1, ()
        state: dict = {}

        def forward(self, x, y=None, given=None):
            from skgen.gan._players import CriticOutput

            return CriticOutput(x[:, 0], None, None)

    class Point(torch.nn.Module):
        columns = None

        def __init__(self, value):
            super().__init__()
            self.value = torch.nn.Parameter(torch.tensor(value))

        def forward(self, z, *_):
            return self.value.expand(len(z), n_columns)

    return torch.nn.ModuleDict(
        {"critic": Slope(), "generator": Point(1.0), "earlier": Point(0.5)}
    )


def step(total):
    x = torch.full((4, 2), 1.5)
    return Step(players(), (x,), torch.Generator().manual_seed(0), total=total)


def test_the_chain_ranks_an_earlier_generator_by_twice_the_margin():
    game = GoGAN(margin=1.0, every=10).game(100, 1e-3)(
        GoGAN().adversarial_loss(), n_latent=2
    )
    loss, logs = game.critic(step(15))
    # Real rows have 1.5, fakes 1, earlier ones .5: missing are .5 and 1.
    assert logs["rank"].item() == pytest.approx(1.0)
    assert loss.item() == pytest.approx(0.5 + 1.0)


def test_the_next_game_of_the_chain_begins_with_the_last_generator():
    game = GoGAN(every=10).game(100, 1e-3)(GoGAN().adversarial_loss(), n_latent=2)
    first, later, between = step(0), step(20), step(21)
    for s in (first, later, between):
        game.critic(s)
    values = [s.players["earlier"].value.item() for s in (first, later, between)]
    assert values == [1.0, 1.0, 0.5]
    assert "rank" not in game.critic(step(0))[1]


def test_the_posterior_adds_its_prior_and_noise_of_the_right_size():
    options = {"prior_scale": 2.0}
    still = BayesianGAN(friction=0.0, **options)
    plain = GANGame(still.adversarial_loss(), 2)
    game = still.game(100, 1e-3)(still.adversarial_loss(), n_latent=2)
    more = game.generator(step(0)) - plain.generator(step(0))
    assert more.item() == pytest.approx(0.5 / (100 * 4))

    moving = BayesianGAN(friction=0.1, **options).game(100, 0.05)
    game, slopes = moving(still.adversarial_loss(), n_latent=2), []
    for seed in range(400):
        s = step(0)
        s.generator.manual_seed(seed)
        (slope,) = torch.autograd.grad(
            game.generator(s), s.players["generator"].value, retain_graph=True
        )
        slopes.append(slope.item())
    assert np.std(slopes) == pytest.approx(np.sqrt(2 * 0.1 / 0.05) / 100, rel=0.1)


@pytest.mark.parametrize("game", [BayesianGAN(2), BayesianGAN(2, loss=Hinge())])
def test_generators_stay_apart(game):
    weights = GANSampler(game, **TINY).fit(table()).weights_
    first, second = (weights[f"generator.net.nets.{k}.0.weight"] for k in (0, 1))
    assert first.shape == second.shape and not np.allclose(first, second)


def test_the_earlier_generator_is_no_part_of_what_is_learned():
    X = table()
    gan = GANSampler(GoGAN(every=5), **(TINY | {"max_epochs": 20}), ema=0.0).fit(X)
    assert "train_rank" in gan.history_[-1]
    assert "train_earlier_loss" not in gan.history_[-1]
    own = gan.weights_["generator.net.0.weight"]
    assert not np.array_equal(own, gan.weights_["earlier.net.0.weight"])


class Scores(torch.nn.Module):
    """A critic with two features of a row, x and its square, and fixed scores."""

    n_classes, view, pack, names = 0, None, 1, ()
    state: dict = {}

    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Linear(4, 1))

    def forward(self, x, y=None, given=None):
        from skgen.gan._players import CriticOutput

        found = self.net(torch.cat([x, x.square()], dim=1))
        return CriticOutput(found[:, 0], None, None)


def test_feature_matching_is_the_distance_of_means():
    s = step(0)
    s.players["critic"] = Scores()
    plain = GANGame(FeatureMatchingGAN().adversarial_loss(), 2)
    of_scores = plain.generator(s).item()
    for weight in (0.0, 0.5):
        game = FeatureMatchingGAN(weight)
        game = game.game(100, 1e-3)(game.adversarial_loss(), n_latent=2)
        # Real rows are 1.5 and generated ones 1: features 1.5, 2.25 and 1, 1.
        expected = (0.5**2 + 1.25**2) / 2 + weight * of_scores
        assert game.generator(s).item() == pytest.approx(expected)


def test_feature_matching_compares_means_for_each_condition():
    features = torch.tensor([[1.0], [3.0], [5.0], [9.0]])
    critic = Scores()
    critic.n_classes = 2
    y = torch.tensor([0, 0, 0, 1])
    # Roots of the shares divide the sums: 9 / 4 / sqrt(3/4), 9 / 4 / sqrt(1/4).
    expected = [[4.5], [9 / 4 / np.sqrt(3 / 4)], [9 / 4 / np.sqrt(1 / 4)]]
    assert_allclose(_moments(features, y, critic), expected, rtol=1e-5)
    numbers = torch.tensor([[2.0], [0.0], [-2.0], [0.0]])
    expected = [[4.5], [(1 - 5) / 4 * np.sqrt(2)]]
    assert_allclose(_moments(features, numbers, critic), expected, rtol=1e-5)
    critic.pack = 2
    found = _moments(features[:2], torch.tensor([0, 1, 0, 0, 1]), critic)
    shares = np.array([[0.5, 0.5], [1.0, 0.0]])  # of each pack
    shares /= np.sqrt(np.square(shares).mean(axis=0))
    assert_allclose(found, [[2], *(shares.T @ [[1], [3]] / 2)], rtol=1e-5)


@pytest.mark.parametrize("critic", ["auxiliary", "embedding", "projection"])
def test_draws_of_feature_matching_follow_their_conditions(critic):
    X = 3.0 * table(400)
    y = pd.Series(np.where(X[:, 0] > 0, "right", "left"))
    options = {"conditions": Conditions(critic=critic), **TINY, "max_epochs": 40}
    gan = GANSampler(FeatureMatchingGAN(), **options).fit(X, y)
    rows = gan.sample(y=["left"] * 100 + ["right"] * 100, random_state=0)
    assert (rows[:100, 0] < 0).mean() > 0.9 and (rows[100:, 0] > 0).mean() > 0.9


def test_feature_matching_leaves_codes_their_loss():
    X = np.repeat([[-3.0], [3.0]], 100, axis=0) + 0.1 * table()
    options = {**TINY, "max_epochs": 60}
    gan = GANSampler(FeatureMatchingGAN(), codes=InfoCodes(2, 0), **options).fit(X)
    codes = np.repeat(np.eye(2), 50, axis=0)
    z = np.random.default_rng(0).normal(size=(100, 3))
    told = gan.transform(gan.generate(z, codes=codes))
    assert (told.argmax(axis=1) == codes.argmax(axis=1)).mean() > 0.9


class Swapped(torch.nn.Module):
    """A critic whose last layer comes first, and which has one that is not used."""

    def __init__(self, n_inputs, n_outputs):
        super().__init__()
        self.out = torch.nn.Linear(7, n_outputs)
        self.body = torch.nn.Linear(n_inputs, 7)
        self.spare = torch.nn.Linear(5, 5)

    def forward(self, x):
        return self.out(torch.relu(self.body(x)))


def test_the_last_layer_is_the_one_that_is_run_last():
    gan = GANSampler(FeatureMatchingGAN(), critic=Swapped, **TINY).fit(table())
    assert gan.n_epochs_ == 2
    critic = gan._build_critic()
    found, output = _features(critic, torch.zeros(4, gan.encoder_.n_encoded_))
    assert found.shape == (4, 7) and output.scores.shape == (4,)


def test_feature_matching_needs_a_last_layer():
    class Sum(torch.nn.Module):
        def __init__(self, n_inputs, n_outputs):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(n_inputs, n_outputs))

        def forward(self, x):
            return x @ self.weight

    with pytest.raises(ValueError, match="needs a critic with a linear or convol"):
        GANSampler(FeatureMatchingGAN(), critic=Sum, **TINY).fit(table())
    gan = GANSampler(critic=Sum, warm_start=True, **TINY).fit(table())
    with pytest.raises(ValueError, match="needs a critic with a linear or convol"):
        gan.set_params(loss=FeatureMatchingGAN()).fit(table())


@pytest.mark.parametrize(
    "game", [BayesianGAN(2), FeatureMatchingGAN(1.0, loss="hinge"), GoGAN(every=3)]
)
def test_games_go_on_with_warm_start(game):
    X = table()
    assert GANSampler(game, warm_start=True, **TINY).fit(X).fit(X).n_epochs_ == 4


@pytest.mark.parametrize("game", [BayesianGAN(2), GoGAN(every=3)])
def test_a_game_with_other_networks_is_refused_with_warm_start(game):
    X = table()
    gan = GANSampler(game, warm_start=True, **TINY).fit(X)
    with pytest.raises(ValueError, match="loss must be what it was"):
        gan.set_params(loss="minimax").fit(X)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BayesianGAN(0), r"n_generators must be a whole number >= 1, got 0"),
        (lambda: BayesianGAN(2.5), "n_generators must be a whole number"),
        (lambda: BayesianGAN(friction=-1.0), "friction must be a finite number >= 0"),
        (lambda: BayesianGAN(prior_scale=0.0), "prior_scale must be > 0"),
        (lambda: BayesianGAN(loss="l2"), "loss must be a GANLoss or one of"),
        (lambda: FeatureMatchingGAN(-1.0), "adversarial_weight must be a finite num"),
        (lambda: FeatureMatchingGAN(loss="l2"), "loss must be a GANLoss or one of"),
        (lambda: FeatureMatchingGAN(loss="energy_based"), "not need an autoencoding"),
        (lambda: GoGAN(margin=float("nan")), "margin must be a finite number >= 0"),
        (lambda: GoGAN(every=0), "every must be a whole number >= 1"),
    ],
)
def test_fields_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()

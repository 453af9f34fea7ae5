"""Small nets and batches for the tests of training."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F

from skgen.nn import MLP
from skgen.training import Batches, Net


def loss_of(step):
    x, y = step.batch
    return F.binary_cross_entropy_with_logits(step.player(x).squeeze(1), y)


def critic_loss(step):
    x = step.batch[0]
    z = torch.randn(len(x), 4, generator=step.generator)
    fake = step.players["generator"](z).detach()
    critic = step.players["critic"]
    loss = F.softplus(-critic(x)).mean() + F.softplus(critic(fake)).mean()
    return loss, {"real": critic(x).mean()}


def generator_loss(step):
    z = torch.randn(len(step.batch[0]), 4, generator=step.generator)
    return F.softplus(-step.players["critic"](step.players["generator"](z))).mean()


def game_validation(step):
    return step.players["critic"](step.batch[0]).square().mean()


@pytest.fixture(autouse=True)
def one_thread():
    """Small nets crawl on several threads when the tests themselves run in parallel."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Setup:
    """A net of one or two players, with its batches."""

    def __init__(self, two, seed=0, **options):
        draw = torch.Generator().manual_seed(5)
        x = torch.randn(96, 4, generator=draw)
        y = (x[:, 0] + 0.5 * torch.randn(96, generator=draw) > 0).float()
        generator = torch.Generator().manual_seed(seed)
        options.setdefault("max_epochs", 4)
        options.setdefault("learning_rate", 0.01)
        if two:
            self.net = Net(
                {
                    "critic": partial(MLP, 4, 1, hidden=(8,)),
                    "generator": partial(MLP, 4, 4, hidden=(8,)),
                },
                {
                    "critic": critic_loss,
                    "generator": generator_loss,
                    "valid": game_validation,
                },
                generator=generator,
                **options,
            )
        else:
            recipe = options.pop("recipe", partial(MLP, 4, 1, hidden=(8,)))
            objective = options.pop("objective", loss_of)
            self.net = Net(recipe, objective, generator=generator, **options)
        self.batches = Batches(x[:64], y[:64], batch_size=16, generator=generator)
        self.valid = Batches(x[64:], y[64:], batch_size=16)

    def fit(self, valid=True, **kwargs):
        self.net.partial_fit(
            self.batches, valid=self.valid if valid else None, **kwargs
        )
        return self.net


@pytest.fixture(params=[False, True], ids=["one player", "two players"])
def setup(request):
    return partial(Setup, request.param)


@pytest.fixture
def single():
    return partial(Setup, False)


@pytest.fixture
def double():
    return partial(Setup, True)


def same_weights(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


@pytest.fixture(name="same_weights")
def _same_weights():
    return same_weights

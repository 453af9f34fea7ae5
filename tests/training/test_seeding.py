"""Draws come from the given generator and leave no trace."""

import threading

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from skgen.training import SeededDraws, draws_inside, make_generator

X = torch.linspace(-1, 1, 24).reshape(2, 3, 4)
IMAGE = torch.linspace(0.1, 1, 128).reshape(1, 2, 8, 8)

LARGE = torch.linspace(0, 1, 900).reshape(1, 1, 30, 30)


def params(module):
    return torch.cat([p.flatten() for p in module.parameters()])


def attend():
    layer = nn.TransformerEncoderLayer(4, 2, dim_feedforward=8, dropout=0.3)
    return layer(X)


CALLS = {
    "Linear": lambda: params(nn.Linear(3, 4)),
    "Conv2d": lambda: params(nn.Conv2d(2, 3, 3)),
    "ConvTranspose2d": lambda: params(nn.ConvTranspose2d(2, 3, 3)),
    "Embedding": lambda: params(nn.Embedding(5, 3)),
    "LSTM": lambda: params(nn.LSTM(3, 4)),
    "GRU": lambda: params(nn.GRU(3, 4)),
    "Bilinear": lambda: params(nn.Bilinear(2, 3, 4)),
    "Attention": lambda: params(nn.MultiheadAttention(4, 2)),
    "BatchNorm": lambda: torch.cat([params(nn.BatchNorm1d(3)), torch.rand(1)]),
    "trunc_normal": lambda: nn.init.trunc_normal_(torch.empty(9)),
    "orthogonal": lambda: nn.init.orthogonal_(torch.empty(3, 3)),
    "sparse": lambda: nn.init.sparse_(torch.empty(4, 3), 0.3),
    "kaiming": lambda: nn.init.kaiming_normal_(torch.empty(4, 3)),
    "xavier": lambda: nn.init.xavier_uniform_(torch.empty(4, 3)),
    "dropout": lambda: F.dropout(X, 0.4),
    "Dropout": lambda: nn.Dropout(0.4)(X),
    "Dropout in place": lambda: nn.Dropout(0.4, inplace=True)(X.clone()),
    "Dropout1d": lambda: nn.Dropout1d(0.4)(X),
    "Dropout2d": lambda: nn.Dropout2d(0.4)(IMAGE.repeat(1, 8, 1, 1)),
    "AlphaDropout": lambda: nn.AlphaDropout(0.4)(X),
    "FeatureAlphaDropout": lambda: nn.FeatureAlphaDropout(0.4)(
        IMAGE.repeat(1, 9, 1, 1)
    ),
    "RReLU": lambda: nn.RReLU()(X),
    "FractionalMaxPool": lambda: nn.FractionalMaxPool2d(2, output_size=13)(LARGE),
    "LSTM dropout": lambda: nn.LSTM(4, 8, 2, dropout=0.5)(X)[0],
    "Transformer": attend,
    "attention dropout": lambda: F.scaled_dot_product_attention(X, X, X, dropout_p=0.5),
    "gumbel_softmax": lambda: F.gumbel_softmax(X),
    "rand": lambda: torch.rand(4),
    "randn": lambda: torch.randn(2, 2),
    "randint": lambda: torch.randint(99, (9,)),
    "randint low": lambda: torch.randint(5, 99, (9,)),
    "randperm": lambda: torch.randperm(20),
    "rand_like": lambda: torch.rand_like(X),
    "randn_like": lambda: torch.randn_like(X, dtype=torch.float64),
    "randint_like": lambda: torch.randint_like(X, 99),
    "randint_like low": lambda: torch.randint_like(X, 5, 99),
    "normal": lambda: torch.normal(X, 1.0),
    "normal scalar": lambda: torch.normal(0.0, 1.0, (4,)),
    "bernoulli": lambda: torch.bernoulli(IMAGE),
    "bernoulli p": lambda: torch.bernoulli(IMAGE, 0.4),
    "bernoulli_": lambda: IMAGE.clone().bernoulli_(0.4),
    "multinomial": lambda: torch.multinomial(IMAGE.flatten(), 9),
    "poisson": lambda: torch.poisson(100 * IMAGE),
    "uniform_": lambda: torch.empty(3).uniform_(2, 3),
    "exponential_": lambda: torch.empty(3).exponential_(),
    "cauchy_": lambda: torch.empty(3).cauchy_(),
    "geometric_": lambda: torch.empty(9).geometric_(0.01),
    "log_normal_": lambda: torch.empty(3).log_normal_(),
    "random_": lambda: torch.empty(3).random_(),
    "Normal": lambda: torch.distributions.Normal(X, 1.0).rsample(),
    "Categorical": lambda: torch.distributions.Categorical(IMAGE.flatten()).sample(
        (9,)
    ),
    "Gamma": lambda: torch.distributions.Gamma(IMAGE, IMAGE).rsample(),
    "Dirichlet": lambda: torch.distributions.Dirichlet(IMAGE).rsample(),
}


def numpy_state():
    return np.random.get_state()[1]  # noqa: NPY002


def seeded(call, seed=0):
    with SeededDraws(torch.Generator().manual_seed(seed)):
        return call()


@pytest.mark.parametrize("name", CALLS)
def test_seed_decides_and_global_state_stays(name):
    call = CALLS[name]
    torch_before, numpy_before = torch.get_rng_state(), numpy_state()
    first = seeded(call)
    torch.manual_seed(17)
    between = torch.get_rng_state()
    assert torch.equal(first, seeded(call))
    assert torch.equal(between, torch.get_rng_state())
    assert (numpy_before == numpy_state()).all()
    torch.set_rng_state(torch_before)
    others = [seeded(call, seed) for seed in range(1, 6)]
    assert not all(torch.equal(first, other) for other in others)


def test_dropout_keeps_the_right_share_scaled():
    x = torch.ones(100_000, requires_grad=True)
    out = seeded(lambda: F.dropout(x, 0.3))
    assert out.detach().unique().tolist() == pytest.approx([0.0, 1 / 0.7])
    assert (out > 0).float().mean().item() == pytest.approx(0.7, abs=0.01)
    out.sum().backward()
    assert torch.equal(x.grad, out.detach())


def test_draws_are_those_of_the_generator():
    expected = torch.rand(5, generator=torch.Generator().manual_seed(3))
    assert torch.equal(seeded(lambda: torch.rand(5), 3), expected)


def test_named_generator_is_kept():
    def draw():
        return torch.rand(5, generator=torch.Generator().manual_seed(3))

    assert torch.equal(seeded(draw, 0), draw())


def test_threads_do_not_disturb_each_other():
    def draw():
        return torch.cat([params(nn.Linear(5, 5)) for _ in range(200)])

    alone = [seeded(draw, seed) for seed in range(4)]
    together = [None] * 4

    def work(seed):
        together[seed] = seeded(draw, seed)

    state = torch.get_rng_state()
    threads = [threading.Thread(target=work, args=(s,)) for s in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))
    assert torch.equal(state, torch.get_rng_state())


def test_fits_of_a_net_with_dropout_are_reproducible(single, same_weights):
    def recipe():
        return nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1))

    results = {}

    def work(key, seed):
        results[key] = single(recipe=recipe, seed=seed).fit().final_weights()

    work("alone", 1)
    torch.manual_seed(3)
    state, numpy_before = torch.get_rng_state(), numpy_state()
    threads = [threading.Thread(target=work, args=(k, k % 2)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert same_weights(results["alone"], results[1])
    assert same_weights(results[1], results[3])
    assert not same_weights(results[0], results[1])
    assert torch.equal(state, torch.get_rng_state())
    assert (numpy_before == numpy_state()).all()


def test_make_generator_follows_the_random_state():
    def draw():
        generator = make_generator(np.random.RandomState(4))
        return torch.rand(3, generator=generator)

    assert torch.equal(draw(), draw())


def test_draws_inside_knows_random_layers():
    class Own(nn.Module):
        pass

    assert not draws_inside(nn.Sequential(nn.Linear(2, 2), nn.SiLU(), nn.LSTM(2, 2)))
    for part in (nn.Dropout(), nn.RReLU(), nn.LSTM(2, 2, 2, dropout=0.1), Own()):
        assert draws_inside(nn.Sequential(nn.Linear(2, 2), part))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("home", ["cpu", "cuda"])
def test_draws_on_cuda(home):
    def draw():
        with SeededDraws(torch.Generator(home).manual_seed(0)):
            x = torch.rand(50, device="cuda")
            return F.dropout(x, 0.5) + torch.rand_like(x) + x.clone().normal_()

    state = torch.cuda.get_rng_state()
    assert torch.equal(draw(), draw())
    assert torch.equal(state, torch.cuda.get_rng_state())

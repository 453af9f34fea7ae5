"""Penalties: closed forms for linear and quadratic critics, and what they leave be."""

import math
import pickle

import pytest
import torch
from torch import nn

from skgen.losses.penalties import DRAGAN, R1, R2, GradientPenalty, Penalty

ALL = [GradientPenalty(), GradientPenalty(one_sided=True), R1(), R2(), DRAGAN()]
SHAPES = [(5,), (1, 4, 4), (3, 2, 6)]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def drawn(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=generator(seed), dtype=dtype)


def linear(shape, slope):
    """Return a critic whose gradient has this norm in each row."""
    w = drawn(*shape, seed=7)
    w = slope * w / w.norm()
    return lambda x: (x * w).flatten(1).sum(dim=1)


def bowl(x):
    """Return half the squared norm of each row: the gradient is the row itself."""
    return 0.5 * x.flatten(1).square().sum(dim=1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("penalty", [GradientPenalty(), DRAGAN()], ids=repr)
def test_unit_slope_costs_nothing(penalty, shape):
    # The norm of the whole batch's gradient would be sqrt(9) here, the penalty 40.
    real, fake = drawn(9, *shape), drawn(9, *shape, seed=1)
    value = penalty(linear(shape, 1.0), real, fake, generator())
    assert value.shape == ()
    assert value.item() == pytest.approx(0, abs=1e-20)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("penalty", "slope", "expected"),
    [
        (GradientPenalty(), 3.0, 10 * 4),
        (GradientPenalty(), 0.0, 10),
        (GradientPenalty(weight=2.0, target=0.0), 3.0, 2 * 9),
        (GradientPenalty(one_sided=True), 3.0, 10 * 4),
        (GradientPenalty(one_sided=True), 0.5, 0),
        (R1(weight=4.0), 3.0, 2 * 9),
        (R2(weight=4.0), 3.0, 2 * 9),
        (DRAGAN(weight=1.0), 3.0, 4),
        (DRAGAN(weight=1.0), 0.0, 1),
    ],
    ids=repr,
)
def test_linear_critic(penalty, slope, expected, shape):
    real, fake = drawn(6, *shape), drawn(6, *shape, seed=1)
    value = penalty(linear(shape, slope), real, fake, generator()).item()
    assert value == pytest.approx(expected)


def test_each_centred_penalty_looks_at_its_own_rows():
    real, fake = drawn(6, 3), 5 + drawn(8, 3, seed=1)
    of_real, of_fake = (x.square().sum(dim=1).mean().item() for x in (real, fake))
    assert R1(weight=2.0)(bowl, real, fake, generator()).item() == pytest.approx(
        of_real
    )
    assert R2(weight=2.0)(bowl, real, fake, generator()).item() == pytest.approx(
        of_fake
    )


def test_lines_between_pairs_are_uniform():
    # Slopes of the bowl are sizes of rows: t itself between 0 and 1, on the diagonal.
    n = 40_000
    real = torch.zeros(n, 1, dtype=torch.float64)
    fake = torch.ones(n + 5, 1, dtype=torch.float64)
    seen = []

    def scores(x):
        seen.append(x.detach().flatten())
        return bowl(x)

    value = GradientPenalty(weight=1.0)(scores, real, fake, generator()).item()
    assert value == pytest.approx(1 / 3, abs=0.01)  # E (t - 1)^2
    (t,) = seen
    assert len(t) == n and 0 <= t.min() and t.max() <= 1
    assert t.mean().item() == pytest.approx(0.5, abs=0.01)
    assert t.var().item() == pytest.approx(1 / 12, abs=0.002)


def test_lines_stay_on_their_own_pair():
    real = torch.arange(6.0).repeat(2, 1).T * 100
    seen = []
    GradientPenalty()(
        lambda x: seen.append(x.detach()) or bowl(x), real, real + 1, generator()
    )
    offset = seen[0] - real
    assert (offset >= 0).all() and (offset <= 1).all()
    assert torch.allclose(offset[:, 0], offset[:, 1], atol=1e-4)  # one t per row
    assert offset[:, 0].unique().numel() == 6


def test_noise_follows_the_spread_of_the_rows():
    for spread in (1.0, 20.0):
        real = spread * drawn(2000, 10)
        seen = []
        DRAGAN(scale=0.3)(
            lambda x, seen=seen: seen.append(x.detach()) or bowl(x),
            real,
            real,
            generator(3),
        )
        noise = seen[0] - real
        assert noise.std().item() == pytest.approx(0.3 * spread, rel=0.03)
        assert abs(noise.mean().item()) < 0.02 * spread


@pytest.mark.parametrize("penalty", ALL, ids=repr)
def test_same_generator_same_value_and_no_trace(penalty):
    real, fake = drawn(6, 3), drawn(6, 3, seed=1)
    state = torch.get_rng_state()
    first = penalty(bowl, real, fake, generator(5)).item()
    torch.manual_seed(123)
    assert penalty(bowl, real, fake, generator(5)).item() == first
    torch.set_rng_state(state)
    penalty(bowl, real, fake, generator(5))
    assert torch.equal(torch.get_rng_state(), state)
    assert not real.requires_grad and not fake.requires_grad


@pytest.mark.parametrize("penalty", ALL, ids=repr)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradient_reaches_the_critic_and_not_the_generator(penalty, dtype):
    critic = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0))
    critic.to(dtype)
    with torch.no_grad():
        critic[0].weight.copy_(3 * drawn(4, 3, seed=2))
        critic[2].weight.copy_(3 * drawn(1, 4, seed=3))
    real = drawn(6, 3, dtype=dtype)
    fake = drawn(6, 3, seed=1, dtype=dtype).requires_grad_()
    value = penalty(critic, real, fake, generator())
    assert value.dtype == dtype
    value.backward()
    assert fake.grad is None
    for index in (0, 2):
        gradient = critic[index].weight.grad
        assert gradient.isfinite().all() and gradient.abs().sum() > 0


@pytest.mark.parametrize("penalty", ALL, ids=repr)
def test_parameter_gradient_is_the_slope_of_the_value(penalty):
    real, fake = drawn(6, 3), drawn(6, 3, seed=1)
    w = (2 * drawn(3, seed=2)).requires_grad_()

    def value(w):
        return penalty(lambda x: torch.tanh(x @ w) + bowl(x), real, fake, generator())

    assert torch.autograd.gradcheck(value, w)


@pytest.mark.parametrize("penalty", ALL, ids=repr)
def test_flat_critic_has_a_finite_gradient(penalty):
    critic = nn.Sequential(nn.Linear(3, 1), nn.Flatten(0))
    nn.init.zeros_(critic[0].weight)
    penalty(critic, drawn(4, 3).float(), drawn(4, 3).float(), generator()).backward()
    assert critic[0].weight.grad.isfinite().all()


@pytest.mark.parametrize("penalty", ALL, ids=repr)
def test_value_of_validation_rows_without_a_graph_around(penalty):
    real, fake = drawn(6, 3), drawn(6, 3, seed=1)
    with torch.no_grad():
        value = penalty(bowl, real, fake, generator()).item()
    assert value == penalty(bowl, real, fake, generator()).item()


@pytest.mark.gpu
@pytest.mark.parametrize("penalty", ALL, ids=repr)
def test_generator_may_live_on_another_device(penalty):
    real, fake = drawn(6, 3), drawn(6, 3, seed=1)
    here = penalty(bowl, real, fake, generator()).item()
    there = penalty(bowl, real.cuda(), fake.cuda(), generator()).item()
    assert there == pytest.approx(here)


@pytest.mark.parametrize("penalty", ALL, ids=repr)
def test_penalty_is_a_value(penalty):
    assert isinstance(penalty, Penalty)
    assert pickle.loads(pickle.dumps(penalty)) == penalty
    assert len({penalty, pickle.loads(pickle.dumps(penalty))}) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GradientPenalty(-1), r"weight must be a finite number >= 0, got -1; "),
        (lambda: GradientPenalty(target=math.inf), r"target must be .* got inf; 1 is"),
        (lambda: GradientPenalty(one_sided=0), r"one_sided must be True .* got 0; "),
        (lambda: R1(weight="1"), r"weight must be a finite number >= 0, got '1'; 1 is"),
        (lambda: R2(weight=-0.5), r"weight must be a finite number >= 0, got -0.5; "),
        (lambda: DRAGAN(weight=math.nan), r"weight must be .* got nan; 10 is usual"),
        (lambda: DRAGAN(scale=-1.0), r"scale must be .* got -1.0; 0.5 is usual"),
    ],
)
def test_fields_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()

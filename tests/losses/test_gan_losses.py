"""Adversarial losses: values at the best critic, signs, conjugates, far-out scores."""

import dataclasses
import math

import pytest
import torch

from skgen.losses.gan import (
    LOSSES,
    BoundaryEquilibrium,
    BoundarySeeking,
    Bregman,
    EnergyBased,
    FDivergence,
    Hinge,
    LeastSquares,
    Minimax,
    Relativistic,
    Wasserstein,
    WassersteinGP,
)

# Two distributions on four points; as batches, a point per count.
COUNTS_P, COUNTS_Q = torch.tensor([4, 3, 2, 1]), torch.tensor([1, 2, 2, 5])
P, Q = COUNTS_P.double() / 10, COUNTS_Q.double() / 10
RATIO = P / Q
TV = 0.5 * (P - Q).abs().sum()
DIVERGENCES = [loss.name for loss in FDivergence.variants()]
SATURATING = [Minimax(saturating=True)] + [
    FDivergence(name, saturating=True) for name in DIVERGENCES
]
BREGMAN = ["pearson", "kl", "jensen_shannon"]
ALL = [*LOSSES.values(), *SATURATING, Bregman("kl"), Bregman("jensen_shannon")]


def rows(by_point):
    """Scores of all real and of all generated rows, from the scores of the points."""
    return by_point.repeat_interleave(COUNTS_P), by_point.repeat_interleave(COUNTS_Q)


def kl(p, q):
    return (p * (p / q).log()).sum()


def js(p, q):
    return 0.5 * kl(p, (p + q) / 2) + 0.5 * kl(q, (p + q) / 2)


F = {
    "kl": lambda u: u * u.log(),
    "reverse_kl": lambda u: -u.log(),
    "jensen_shannon": lambda u: u * u.log() - (u + 1) * ((u + 1) / 2).log(),
    "pearson": lambda u: (u - 1).square(),
    "hellinger": lambda u: (u.sqrt() - 1).square(),
    "total_variation": lambda u: 0.5 * (u - 1).abs(),
}
# Scores with T = f'(p / q).
BEST = {
    "kl": lambda u: 1 + u.log(),
    "reverse_kl": lambda u: u.log(),
    "jensen_shannon": lambda u: u.log(),
    "pearson": lambda u: 2 * (u - 1),
    "hellinger": lambda u: 0.5 * u.log(),
    "total_variation": lambda u: 50 * (u - 1).sign(),
}

# Of b-GAN f is that of the table but for factors and multiples of r - 1, which leave
# the divergence as it is.
BREGMAN_VALUES = {
    name: (0.5 if name == "pearson" else 1) * (Q * F[name](RATIO)).sum()
    for name in BREGMAN
}

# Loss, its best scores by point, and what the critic's loss is there.
OPTIMA = {
    "minimax": (Minimax(), RATIO.log(), 2 * math.log(2) - 2 * js(P, Q)),
    "boundary_seeking": (
        BoundarySeeking(),
        RATIO.log(),
        2 * math.log(2) - 2 * js(P, Q),
    ),
    "least_squares": (LeastSquares(), P / (P + Q), 0.5 * (P * Q / (P + Q)).sum()),
    "least_squares_abc": (
        LeastSquares(a=-1, b=1, c=0),
        (P - Q) / (P + Q),
        2 * (P * Q / (P + Q)).sum(),
    ),
    "hinge": (Hinge(), (P - Q).sign(), 2 * (1 - TV)),
    "energy_based": (
        EnergyBased(margin=3.0),
        torch.where(Q > P, 3.0, 0.0).double(),
        3 * (1 - TV),
    ),
    **{
        name: (FDivergence(name), BEST[name](RATIO), -(Q * F[name](RATIO)).sum())
        for name in DIVERGENCES
    },
    **{
        f"bregman, {name}": (Bregman(name), RATIO.log(), -BREGMAN_VALUES[name])
        for name in BREGMAN
    },
}


@pytest.mark.parametrize("case", OPTIMA)
def test_value_at_the_best_critic(case):
    loss, best, expected = OPTIMA[case]
    assert loss.critic(*rows(best)).item() == pytest.approx(expected.item(), abs=1e-12)


@pytest.mark.parametrize("case", OPTIMA)
def test_no_other_critic_is_better(case):
    loss, best, expected = OPTIMA[case]
    draw = torch.Generator().manual_seed(0)
    for size in (1e-3, 0.1, 1.0, 5.0):
        for _ in range(10):
            noise = size * torch.randn(4, generator=draw, dtype=torch.float64)
            other = best + noise
            if loss.autoencoding:
                other = other.clamp(min=0)
            assert loss.critic(*rows(other)).item() >= expected.item() - 1e-12


@pytest.mark.parametrize("name", DIVERGENCES)
def test_best_score_is_where_the_bound_is_tight(name):
    loss = FDivergence(name)
    ratio = torch.linspace(-8, 8, 33, dtype=torch.float64).exp().requires_grad_()
    (slope,) = torch.autograd.grad(F[name](ratio).sum(), ratio)
    found = loss.statistic(loss.best_score(ratio.detach().log()))
    torch.testing.assert_close(found, slope)


def test_f_gan_values_are_known_divergences():
    def value(name):
        return -FDivergence(name).critic(*rows(BEST[name](RATIO))).item()

    assert value("kl") == pytest.approx(kl(P, Q).item())
    assert value("reverse_kl") == pytest.approx(kl(Q, P).item())
    assert value("jensen_shannon") == pytest.approx(2 * js(P, Q).item())
    assert value("pearson") == pytest.approx(((P - Q).square() / Q).sum().item())
    hellinger = (P.sqrt() - Q.sqrt()).square().sum()
    assert value("hellinger") == pytest.approx(hellinger.item())
    assert value("total_variation") == pytest.approx(TV.item())


@pytest.mark.parametrize("name", BREGMAN)
def test_b_gan_generator_minimises_the_divergence(name):
    _, fake = rows(RATIO.log())
    found = Bregman(name).generator(fake).item()
    assert found == pytest.approx(BREGMAN_VALUES[name].item())
    equal = torch.zeros(3, requires_grad=True)
    (slope,) = torch.autograd.grad(Bregman(name).generator(equal), equal)
    assert Bregman(name).generator(equal).item() == pytest.approx(0, abs=1e-7)
    torch.testing.assert_close(slope, torch.zeros(3))


def test_minimax_without_saturation_has_the_fixed_point_of_the_game():
    undecided = torch.zeros(5)
    assert Minimax().generator(undecided).item() == pytest.approx(math.log(2))
    saturating = Minimax(saturating=True)
    assert saturating.generator(undecided).item() == pytest.approx(-math.log(2))


def test_smoothed_label_moves_the_best_critic():
    loss = Minimax(smoothing=0.1)
    best = (0.9 * P / (0.1 * P + Q)).log().requires_grad_()  # D = 0.9 p / (p + q)
    torch.testing.assert_close(best.sigmoid(), 0.9 * P / (P + Q))
    (gradient,) = torch.autograd.grad(loss.critic(*rows(best)), best)
    torch.testing.assert_close(gradient, torch.zeros_like(gradient))
    expected = -(
        0.9 * P * best.sigmoid().log() + (0.1 * P + Q) * (-best).sigmoid().log()
    ).sum()
    assert loss.critic(*rows(best)).item() == pytest.approx(expected.item())


def test_least_squares_generator_minimises_the_pearson_divergence():
    loss = LeastSquares(a=-1, b=1, c=0)
    real, fake = rows((P - Q) / (P + Q))
    pearson = ((P + Q - 2 * Q).square() / (P + Q)).sum()
    both = loss.generator(fake) + loss.generator(real)
    assert both.item() == pytest.approx(0.5 * pearson.item())


def test_hinge_generator_sees_the_total_variation():
    real, fake = rows((P - Q).sign())
    value = Hinge().generator(fake) + real.mean()
    assert value.item() == pytest.approx(2 * TV.item())


@pytest.mark.parametrize("loss", [Wasserstein(), WassersteinGP()])
def test_wasserstein_value_is_the_distance_of_points_on_a_line(loss):
    distance = (P - Q).cumsum(0).abs().sum()  # area between distribution functions
    real, fake = rows(-torch.arange(4.0, dtype=torch.float64))  # slope 1 everywhere
    assert loss.critic(real, fake).item() == pytest.approx(-distance.item())
    assert loss.generator(fake).item() == pytest.approx(-fake.mean().item())


def test_boundary_seeking_generator_is_zero_at_equal_distributions_only():
    _, fake = rows(RATIO.log())
    expected = 0.5 * (Q * RATIO.log().square()).sum()
    assert BoundarySeeking().generator(fake).item() == pytest.approx(expected.item())
    assert BoundarySeeking().generator(torch.zeros(3)).item() == 0


def test_energy_at_equilibrium_is_the_margin():
    energy = torch.full((5,), 0.7)
    for margin in (0.7, 2.0):
        value = EnergyBased(margin=margin).critic(energy, energy).item()
        assert value == pytest.approx(margin)


def test_relativistic_value_at_the_best_critic():
    # Two points; a pair of different points tells its order by log(a / b).
    p, q = 0.8, 0.3
    a, b = p * (1 - q), (1 - p) * q
    expected = (
        a * math.log((a + b) / a)
        + b * math.log((a + b) / b)
        + (1 - a - b) * math.log(2)
    )
    first = torch.tensor([math.log(a / b), 0.0], dtype=torch.float64)
    real, fake = first[[0] * 8 + [1] * 2], first[[0] * 3 + [1] * 7]
    pairs = torch.cartesian_prod(real, fake).unbind(1)
    loss = Relativistic()
    assert loss.critic(*pairs).item() == pytest.approx(expected)
    for factor in (0.9, 1.1):
        assert loss.critic(pairs[0] * factor, pairs[1] * factor).item() > expected


def test_average_form_is_twice_the_pairs_where_each_side_has_one_score():
    real, fake = torch.full((4,), 1.5), torch.full((4,), -0.5)
    pairs = Relativistic().critic(real, fake).item()
    assert pairs == pytest.approx(math.log1p(math.exp(-2)))
    average = Relativistic(average=True)
    assert average.critic(real, fake[:3]).item() == pytest.approx(2 * pairs)


def test_average_form_by_hand():
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([0.0, -1.0, 4.0])
    found = Relativistic(average=True).critic(real, fake).item()
    on_real = sum(math.log1p(math.exp(-(x - 1))) for x in (1, 3)) / 2
    on_fake = sum(math.log1p(math.exp(x - 2)) for x in (0, -1, 4)) / 3
    assert found == pytest.approx(on_real + on_fake)


@pytest.mark.parametrize("average", [False, True])
def test_relativistic_generator_exchanges_the_sides(average):
    loss = Relativistic(average=average)
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([0.0, -1.0])
    assert loss.generator(fake, real).item() == loss.critic(fake, real).item()
    shifted = loss.critic(real + 9, fake + 9).item()
    assert shifted == pytest.approx(loss.critic(real, fake).item())


def test_relativistic_needs_real_scores_of_equal_number():
    with pytest.raises(ValueError, match=r"real rows, got None; call generator\(fake"):
        Relativistic().generator(torch.zeros(3))
    with pytest.raises(ValueError, match=r"got 3 and 2 scores; .*average=True"):
        Relativistic().critic(torch.zeros(3), torch.zeros(2))


@pytest.mark.parametrize("name", DIVERGENCES)
def test_conjugate_is_the_supremum(name):
    loss = FDivergence(name)
    u = torch.logspace(-9, 9, 200_001, dtype=torch.float64)
    for v in (-3.0, -1.1, 0.0, 0.4, 2.0, 5.0):
        score = torch.tensor(v, dtype=torch.float64)
        t = loss.statistic(score)
        supremum = (u * t - F[name](u)).max()
        assert loss.conjugate(score).item() == pytest.approx(
            supremum.item(), rel=1e-6, abs=1e-6
        )


@pytest.mark.parametrize("name", DIVERGENCES)
def test_statistic_increases_and_is_zero_distance_at_equal_distributions(name):
    loss = FDivergence(name)
    score = torch.linspace(-30, 30, 601, dtype=torch.float64)
    steps = loss.statistic(score).diff()
    # tanh and the bounded statistics reach their limits in floating point.
    assert (steps[200:400] > 0).all() and (steps >= 0).all()
    same = BEST[name](torch.ones(3, dtype=torch.float64))
    assert loss.critic(same, same).item() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", ["kl", "reverse_kl", "hellinger"])
def test_tempered_scores_still_bound_the_divergence(name):
    best = torch.tensor([40.0, -40.0, 200.0, -3.0], dtype=torch.float64)
    bound = -FDivergence(name).critic(*rows(best)).item()
    assert bound <= (Q * F[name](RATIO)).sum().item()


def gradients(function, *scores):
    scores = [s.clone().requires_grad_() for s in scores]
    value = function(*scores)
    assert value.shape == ()
    return value, torch.autograd.grad(value, scores)


@pytest.mark.parametrize("loss", ALL, ids=repr)
def test_signs_of_the_gradients(loss):
    real, fake = torch.tensor([0.3, 0.6, 0.8]), torch.tensor([0.2, 0.5, 0.7])
    state = {"k": torch.tensor(0.5)} if loss.initial_state() else None
    better = -1 if loss.autoencoding else 1  # direction of a real row's score

    def critic(real, fake):
        return loss.critic(real, fake, state=state)

    _, (on_real, on_fake) = gradients(critic, real, fake)
    assert (better * on_real < 0).all() and (better * on_fake > 0).all()
    _, (on_fake,) = gradients(lambda fake: loss.generator(fake, real), fake)
    if isinstance(loss, BoundarySeeking | Bregman):
        better = -1  # these rows lie on the real side of the boundary
    assert (better * on_fake < 0).all()


@pytest.mark.parametrize("name", ["minimax", "jensen_shannon", "hellinger", "kl"])
def test_saturation_where_the_critic_is_sure(name):
    loss = LOSSES[name]
    rejected = torch.tensor([-8.0])
    _, (strong,) = gradients(loss.generator, rejected)
    saturating = dataclasses.replace(loss, saturating=True)
    _, (weak,) = gradients(saturating.generator, rejected)
    assert strong.item() < -0.9
    assert -1e-3 < weak.item() < 0


def test_saturating_generators_minimise_the_value_of_the_game():
    real, fake = torch.tensor([0.3, -0.6]), torch.tensor([0.2, -0.5])
    for loss in SATURATING:
        _, (of_critic,) = gradients(lambda f, loss=loss: -loss.critic(real, f), fake)
        _, (of_generator,) = gradients(loss.generator, fake)
        torch.testing.assert_close(of_generator, of_critic)


@pytest.mark.parametrize("loss", ALL, ids=repr)
@pytest.mark.parametrize("far", [1e3, -1e3])
def test_far_scores_stay_finite_in_single_precision(loss, far):
    one = torch.tensor([far, 0.0, 0.5, 0.1])
    other = -one
    if loss.autoencoding:
        one, other = one.clamp(min=0), other.clamp(min=0)
    state = {"k": torch.tensor(0.5)} if loss.initial_state() else None
    found = [
        gradients(lambda r, f: loss.critic(r, f, state=state), one, other),
        gradients(lambda f: loss.generator(f, one), other),
    ]
    if loss.needs_real:
        found.append(gradients(lambda r: loss.generator(other, r), one))
    for value, slopes in found:
        assert value.dtype == torch.float32 and value.isfinite()
        assert all(slope.isfinite().all() for slope in slopes)


def test_equilibrium_controls_the_ratio_of_errors():
    loss = BoundaryEquilibrium(gamma=0.5, rate=0.1)
    real, fake = torch.tensor([2.0, 4.0], requires_grad=True), torch.tensor([0.5, 1.5])
    first = loss.initial_state()
    assert loss.critic(real, fake).item() == 3
    second = loss.next_state(first, real, fake)
    assert second["k"].item() == pytest.approx(0.1 * (0.5 * 3 - 1))
    assert not second["k"].requires_grad
    assert first["k"].item() == 0
    assert loss.critic(real, fake, state=second).item() == pytest.approx(3 - 0.05)
    balanced = loss.next_state(second, 2 * torch.ones(3), torch.ones(3))
    assert balanced["k"].item() == second["k"].item()


def test_equilibrium_weight_stays_between_zero_and_one():
    loss = BoundaryEquilibrium(rate=1.0)
    large, small = torch.full((3,), 50.0), torch.full((3,), 0.1)
    state = loss.next_state(loss.initial_state(), large, small)
    assert state["k"].item() == 1
    assert loss.next_state(state, small, large)["k"].item() == 0

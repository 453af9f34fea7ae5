"""PU losses: closed forms, and identities between them."""

import math

import pytest
import torch
import torch.nn.functional as F

from skgen.losses.pu import adversarial_value, nonnegative, unbiased, variational


def scores(n, seed):
    draw = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(n, generator=draw, dtype=torch.float64)


P, N = scores(7, 0), scores(5, 1)
MIXTURE, PRIOR = torch.cat([P, N]), 7 / 12


def test_exact_mixture_gives_the_pn_risk():
    expected = PRIOR * F.softplus(-P).mean() + (1 - PRIOR) * F.softplus(N).mean()
    got = unbiased(P, MIXTURE, prior=PRIOR)
    assert got.item() == pytest.approx(expected.item(), abs=1e-12)


def test_exact_mixture_gives_the_pn_risk_of_the_sigmoid_loss():
    expected = PRIOR * torch.sigmoid(-P).mean() + (1 - PRIOR) * torch.sigmoid(N).mean()
    got = nonnegative(P, MIXTURE, prior=PRIOR)
    assert got.item() == pytest.approx(expected.item(), abs=1e-12)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_share_weighs_the_errors_of_an_exact_mixture(share):
    expected = share * torch.sigmoid(-P).mean() + (1 - share) * torch.sigmoid(N).mean()
    got = nonnegative(P, MIXTURE, prior=PRIOR, share=share)
    assert got.item() == pytest.approx(expected.item(), abs=1e-12)
    plain = nonnegative(P, MIXTURE, prior=PRIOR, share=PRIOR)
    assert plain == nonnegative(P, MIXTURE, prior=PRIOR)


def test_unbiased_risk_can_be_negative_and_nonnegative_cannot():
    p, u = torch.full((4,), 8.0), torch.full((4,), -8.0)
    assert unbiased(p, u, prior=0.5).item() == pytest.approx(-4.0, abs=1e-2)
    assert nonnegative(p, u, prior=0.5).item() >= 0


@pytest.mark.parametrize("prior", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("beta", [0.0, 0.1])
def test_nonnegative_value_is_its_formula(prior, beta):
    for seed in range(5):
        p, u = scores(6, seed) + 1, scores(9, seed + 50) - 1
        positive = prior * torch.sigmoid(-p).mean()
        negative = torch.sigmoid(u).mean() - prior * torch.sigmoid(p).mean()
        got = nonnegative(p, u, prior=prior, beta=beta).item()
        if negative >= 0 or negative < -beta:
            expected = positive + max(0.0, negative.item())
            assert got == pytest.approx(expected.item(), abs=1e-12)


@pytest.mark.parametrize("gamma", [1.0, 0.3])
def test_nonnegative_gradient_is_corrected(gamma):
    p = (scores(6, 0) + 2).requires_grad_()
    u = (scores(9, 1) - 3).requires_grad_()
    prior = 0.6
    negative = torch.sigmoid(u).mean() - prior * torch.sigmoid(p).mean()
    assert negative.item() < 0
    expected = torch.autograd.grad(-gamma * negative, [p, u])
    got = torch.autograd.grad(nonnegative(p, u, prior=prior, gamma=gamma), [p, u])
    assert all(torch.allclose(a, b) for a, b in zip(got, expected, strict=True))


def test_nonnegative_gradient_is_the_plain_one_above_zero():
    p, u = scores(6, 0).requires_grad_(), (scores(9, 1) + 3).requires_grad_()
    plain = (
        0.3 * torch.sigmoid(-p).mean()
        + torch.sigmoid(u).mean()
        - 0.3 * torch.sigmoid(p).mean()
    )
    expected = torch.autograd.grad(plain, [p, u])
    got = torch.autograd.grad(nonnegative(p, u, prior=0.3), [p, u])
    assert all(torch.allclose(a, b) for a, b in zip(got, expected, strict=True))


# A population of four points: p(x), and P(y=1|x).
MASS = torch.tensor([4, 3, 2, 1], dtype=torch.float64)
POSTERIOR = torch.tensor([0.25, 1 / 3, 1.0, 0.0], dtype=torch.float64)
ON_P = MASS * POSTERIOR  # 1, 1, 2, 0 rows out of 4


def repeat(values, mass):
    return values.repeat_interleave(mass.round().long())


def vpu(score):
    return variational(repeat(score, ON_P), repeat(score, MASS))


def test_variational_minimum_is_the_posterior():
    best = torch.logit(0.7 * POSTERIOR.clamp(1e-12))
    # -KL(p(x|y=1) || p(x)) in the limit.
    p, q = ON_P / ON_P.sum(), MASS / MASS.sum()
    smallest = -torch.xlogy(p, p / q).sum()
    assert vpu(best).item() == pytest.approx(smallest.item(), abs=1e-9)
    for seed in range(20):
        other = best + 0.3 * scores(4, seed)
        assert vpu(other) > smallest
        # The excess is a KL divergence.
        model = torch.sigmoid(other) * MASS
        model = model / model.sum()
        excess = torch.xlogy(p, p).sum() - torch.xlogy(p, model).sum()
        assert (vpu(other) - smallest).item() == pytest.approx(excess.item(), abs=1e-9)


def test_variational_does_not_see_the_scale_of_phi():
    score = torch.logit(torch.tensor([0.2, 0.4, 0.1], dtype=torch.float64))
    halved = torch.logit(torch.tensor([0.1, 0.2, 0.05], dtype=torch.float64))
    a, b = variational(score, score), variational(halved, halved)
    assert a.item() == pytest.approx(b.item(), abs=1e-12)


def js(p, q):
    m = 0.5 * (p + q)
    return 0.5 * (torch.xlogy(p, p / m) + torch.xlogy(q, q / m)).sum()


def test_adversarial_value_at_the_best_critic_is_a_jensen_shannon_divergence():
    phi = torch.tensor([0.3, 0.2, 0.8, 0.4], dtype=torch.float64)
    p = ON_P / ON_P.sum()
    q = MASS * phi / (MASS * phi).sum()
    critic = torch.log(p.clamp_min(1e-300)) - torch.log(q)  # logit of p / (p + q)

    def value(critic):
        on_u = repeat(critic, MASS), repeat(phi.log(), MASS)
        return adversarial_value(repeat(critic, ON_P), *on_u).item()

    best = 2 * js(p, q).item() - 2 * math.log(2)
    assert value(critic) == pytest.approx(best, abs=1e-12)
    for seed in range(20):
        assert value(critic + 0.3 * scores(4, seed)) < best


def test_adversarial_value_of_the_posterior_is_the_least():
    p = ON_P / ON_P.sum()
    phi = POSTERIOR.clamp_min(1e-30)
    q = MASS * phi / (MASS * phi).sum()
    assert js(p, q).item() == pytest.approx(0.0, abs=1e-12)
    undecided = torch.zeros(10, dtype=torch.float64)
    got = adversarial_value(repeat(undecided[:4], ON_P), undecided, repeat(phi, MASS))
    assert got.item() == pytest.approx(-2 * math.log(2))


def test_adversarial_value_is_the_mean_over_leading_dimensions():
    p, u, phi = (
        scores(6, 0).view(2, 3),
        scores(8, 1).view(2, 4),
        scores(8, 2).view(2, 4),
    )
    parts = [adversarial_value(p[i], u[i], phi[i]) for i in range(2)]
    whole = adversarial_value(p, u, phi)
    assert whole.item() == pytest.approx(torch.stack(parts).mean().item())


def test_losses_stay_finite_for_extreme_scores():
    high, low = torch.full((3,), 1e4), torch.full((3,), -1e4)
    for p, u in ((high, low), (low, high), (high, high), (low, low)):
        p, u = p.clone().requires_grad_(), u.clone().requires_grad_()
        for loss in (
            unbiased(p, u, prior=0.4),
            nonnegative(p, u, prior=0.4),
            variational(p, u),
            adversarial_value(p, u, F.logsigmoid(u)),
        ):
            assert loss.isfinite()
            grads = torch.autograd.grad(loss, [p, u], allow_unused=True)
            assert all(g is None or g.isfinite().all() for g in grads)

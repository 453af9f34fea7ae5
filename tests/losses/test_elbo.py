"""The evidence lower bound's parts against closed forms."""

import math

import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence

from skgen.losses.elbo import (
    free_bits,
    gaussian_kl,
    importance_bound,
    standard_normal_log_prob,
)


def drawn(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def test_divergence_is_that_of_torch():
    mean, log_var = 3 * drawn(40, 5), 2 * drawn(40, 5, seed=1)
    expected = kl_divergence(Normal(mean, (0.5 * log_var).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(gaussian_kl(mean, log_var), expected)


def test_divergence_is_zero_at_the_standard_normal_only():
    zero = torch.zeros(3, dtype=torch.float64)
    assert (gaussian_kl(zero, zero) == 0).all()
    assert (gaussian_kl(drawn(200), drawn(200, seed=1)) > 0).all()


def test_gradient_of_the_divergence():
    mean, log_var = (drawn(6, seed=s).requires_grad_() for s in (0, 1))
    gaussian_kl(mean, log_var).sum().backward()
    torch.testing.assert_close(mean.grad, mean.detach())
    torch.testing.assert_close(log_var.grad, 0.5 * (log_var.detach().exp() - 1))


def test_free_bits_count_a_dimension_by_its_mean_at_least_the_floor():
    kl = torch.tensor([[0.0, 1.0, 4.0], [0.2, 3.0, 0.0]], dtype=torch.float64)
    kl.requires_grad_()
    found = free_bits(kl, 0.5)
    assert found.item() == pytest.approx(0.5 + 2.0 + 2.0)
    found.backward()
    # No pull on the dimension below the floor; the others as without one.
    expected = torch.tensor([[0.0, 0.5, 0.5]] * 2, dtype=torch.float64)
    torch.testing.assert_close(kl.grad, expected)


def test_free_bits_without_a_floor_are_the_divergence():
    kl = drawn(7, 4).square()
    torch.testing.assert_close(free_bits(kl, 0.0), kl.sum(dim=1).mean())


def test_importance_bound_is_the_log_of_the_mean_weight():
    log_weights = drawn(9, 4)
    expected = log_weights.exp().mean(dim=0).log()
    torch.testing.assert_close(importance_bound(log_weights), expected)
    torch.testing.assert_close(importance_bound(log_weights.T, dim=1), expected)
    assert importance_bound(log_weights[:1]).equal(log_weights[0])


def test_importance_bound_of_far_weights_stays_finite():
    log_weights = torch.tensor([-2000.0, -1000.0, -1000.0], dtype=torch.float64)
    found = importance_bound(log_weights).item()
    assert found == pytest.approx(-1000 + math.log(2 / 3))


def test_importance_bound_lies_between_the_mean_and_the_largest():
    log_weights = 3 * drawn(16, 50)
    found = importance_bound(log_weights)
    assert (found >= log_weights.mean(dim=0)).all()
    assert (found <= log_weights.max(dim=0).values).all()


def test_importance_bound_rises_to_the_evidence():
    # z ~ N(0, 1), x | z ~ N(z, 1), q = N(0, 1): log p(x) = log N(x; 0, 2).
    x, z = 1.5, drawn(20_000, 64)
    log_weights = Normal(z, 1.0).log_prob(torch.tensor(x, dtype=torch.float64))
    means = [importance_bound(log_weights[:, :k], dim=1).mean() for k in (1, 4, 64)]
    evidence = Normal(0.0, math.sqrt(2)).log_prob(torch.tensor(x)).item()
    assert means[0] < means[1] < means[2] < evidence
    assert means[2] == pytest.approx(evidence, abs=0.02)


def test_standard_normal_is_that_of_torch():
    z = 2 * drawn(3, 8, 4)
    one = Independent(Normal(torch.zeros_like(z), torch.ones_like(z)), 1)
    torch.testing.assert_close(standard_normal_log_prob(z), one.log_prob(z))

"""Likelihoods of levels: masses sum to one, closed forms, gradients far out."""

import math

import pytest
import torch

from skgen.losses.likelihood import (
    categorical_log_probs,
    logistic_mixture_log_prob,
    logistic_mixture_log_probs,
)


def drawn(*shape, scale=1.0):
    generator = torch.Generator().manual_seed(0)
    return scale * torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("levels", [2, 3, 17, 256])
@pytest.mark.parametrize("scale", [0.1, 1.0, 5.0])
def test_logistic_mixture_sums_to_one(levels, scale):
    total = logistic_mixture_log_probs(drawn(20, 12, scale=scale), levels).exp().sum(-1)
    torch.testing.assert_close(total, torch.ones(20, dtype=torch.float64))


def test_softmax_sums_to_one():
    total = categorical_log_probs(drawn(20, 9, scale=5.0)).exp().sum(-1)
    torch.testing.assert_close(total, torch.ones(20, dtype=torch.float64))


def test_one_logistic_by_hand():
    mean, log_scale, levels = 0.2, -1.0, 5
    parameters = torch.tensor([0.7, mean, log_scale], dtype=torch.float64)
    found = logistic_mixture_log_probs(parameters, levels).exp()

    def below(x):
        return 1 / (1 + math.exp(-(x - mean) / math.exp(log_scale)))

    edges = [0.0, *(below(e) for e in (-0.75, -0.25, 0.25, 0.75)), 1.0]
    expected = [b - a for a, b in zip(edges[:-1], edges[1:], strict=True)]
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))


def test_weights_mix():
    one, two = drawn(3), drawn(6)[3:]
    mixed = torch.stack([one, two], dim=1)
    mixed[0] = torch.tensor([math.log(0.3), math.log(0.7)])
    found = logistic_mixture_log_probs(mixed.flatten(), 9).exp()
    expected = (
        0.3 * logistic_mixture_log_probs(one, 9).exp()
        + 0.7 * logistic_mixture_log_probs(two, 9).exp()
    )
    torch.testing.assert_close(found, expected)


def test_one_level_is_one_of_all():
    parameters, x = drawn(8, 6), torch.arange(8)
    whole = logistic_mixture_log_probs(parameters, 8)
    torch.testing.assert_close(
        logistic_mixture_log_prob(parameters, x, 8), whole.diagonal()
    )


@pytest.mark.parametrize("log_scale", [-90.0, -6.0, 0.0, 90.0])
@pytest.mark.parametrize("mean", [-50.0, 0.0, 50.0])
def test_values_and_gradients_are_finite_in_single_precision(mean, log_scale):
    parameters = torch.tensor([0.0, mean, log_scale], requires_grad=True)
    found = logistic_mixture_log_probs(parameters, 256)
    found.sum().backward()
    assert found.isfinite().all()
    assert parameters.grad.isfinite().all()

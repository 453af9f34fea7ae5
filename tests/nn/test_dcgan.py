"""Generators and critics of images."""

import pytest
import torch
from torch import nn as torch_nn

from skgen import nn

SHAPES = [(1, 28, 28), (3, 32, 32), (1, 8, 8), (2, 7, 9)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["DCGAN", "ResNet"])
def test_shapes(shape, name):
    rows = getattr(nn, f"{name}Generator")(5, shape)(torch.randn(4, 5))
    assert rows.shape == (4, *shape)
    assert rows.abs().max() <= 1
    assert getattr(nn, f"{name}Critic")(shape, 3)(rows).shape == (4, 3)


@pytest.mark.parametrize("name", ["DCGANCritic", "ResNetCritic"])
def test_rows_of_a_critic_do_not_influence_each_other(name):
    critic = getattr(nn, name)((1, 8, 8), 1).eval().double()
    x = torch.randn(6, 1, 8, 8).double()
    whole = critic(x)
    assert torch.allclose(critic(x[2:3]), whole[2:3])


def test_batch_norm_of_the_paper():
    critic = nn.DCGANCritic((1, 8, 8), 1, batch_norm=True)
    assert sum(isinstance(m, torch_nn.BatchNorm2d) for m in critic.modules()) == 1


def test_spectral_norm_bounds_the_layers():
    critic = nn.ResNetCritic((1, 8, 8), 1, width=8)
    for _ in range(50):
        critic(torch.zeros(1, 1, 8, 8))
    critic.eval()
    for layer in critic.modules():
        if isinstance(layer, torch_nn.Conv2d | torch_nn.Linear):
            top = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), ord=2)
            assert top == pytest.approx(1, abs=0.02)

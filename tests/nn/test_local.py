"""Locally connected layers, and a generator of showers."""

import numpy as np
import pytest
import torch

from skgen import GANSampler
from skgen.datasets import make_showers
from skgen.nn import LocallyConnected2d, ShowerGenerator


def test_equal_weights_are_a_convolution():
    generator = torch.Generator().manual_seed(0)
    conv = torch.nn.Conv2d(2, 3, 3, padding=1)
    local = LocallyConnected2d(2, 3, (5, 4))
    with torch.no_grad():
        local.weight.copy_(conv.weight.flatten(1).T.expand(20, -1, -1))
        local.bias.copy_(conv.bias[:, None, None].expand(-1, 5, 4))
    x = torch.randn(6, 2, 5, 4, generator=generator)
    assert torch.allclose(local(x), conv(x), atol=1e-5)


def test_places_have_weights_of_their_own():
    local = LocallyConnected2d(1, 1, (3, 3), kernel_size=1)
    found = local(torch.ones(1, 1, 3, 3)).flatten()
    assert len(found.unique()) == 9
    with pytest.raises(ValueError, match="kernel_size must be odd"):
        LocallyConnected2d(1, 1, (3, 3), kernel_size=2)


def test_showers_are_sparse_and_not_negative():
    showers = make_showers(200, random_state=0)
    X = np.sqrt(showers.data)
    gan = GANSampler(
        image_shape=(1, 144), generator=ShowerGenerator, max_epochs=2, random_state=0
    ).fit(X)
    drawn = gan.sample(50, random_state=0)
    assert drawn.shape == (50, 144)
    assert drawn.min() == 0 and 0.1 < (drawn == 0).mean() < 1


def test_layers_must_fit_the_row():
    with pytest.raises(ValueError, match="layers must have the 100 cells"):
        ShowerGenerator(4, (1, 1, 100))

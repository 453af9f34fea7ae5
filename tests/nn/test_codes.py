"""Convolutional encoders and decoders: shapes, rows, reach, order of the pixels."""

import pytest
import torch
from torch import nn

from skgen.nn import ConvDecoder, ConvEncoder

SHAPES = [(1, 8, 8), (1, 7, 9), (3, 6, 5), (2, 1, 1), (1, 1, 10), (1, 28, 28)]


@pytest.fixture(autouse=True)
def seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_shapes(shape):
    encoder = ConvEncoder(shape, 5, width=4, hidden=6)
    decoder = ConvDecoder(5, shape, width=4, hidden=6)
    for n in (0, 1, 3):
        codes = encoder(torch.randn(n, *shape))
        assert codes.shape == (n, 5)
        assert decoder(codes).shape == (n, *shape)


def test_rows_do_not_influence_each_other():
    encoder = ConvEncoder((1, 7, 9), 3, width=4).double()
    decoder = ConvDecoder(3, (1, 7, 9), width=4).double()
    x = torch.randn(6, 1, 7, 9, dtype=torch.float64)
    codes = encoder(x)
    torch.testing.assert_close(encoder(x[2:3]), codes[2:3])
    torch.testing.assert_close(decoder(codes[2:3]), decoder(codes)[2:3])
    assert not any(
        isinstance(part, nn.modules.batchnorm._BatchNorm)
        for part in [*encoder.modules(), *decoder.modules()]
    )


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_pixel_is_seen_and_every_input_reaches_every_pixel(shape):
    x = torch.randn(1, *shape, requires_grad=True)
    ConvEncoder(shape, 1)(x).sum().backward()
    assert (x.grad != 0).all()
    z = torch.randn(4, requires_grad=True)
    decoder = ConvDecoder(4, shape)
    jacobian = torch.autograd.functional.jacobian(lambda z: decoder(z[None])[0], z)
    assert (jacobian != 0).all()


def test_width_and_hidden_set_the_sizes():
    encoder = ConvEncoder((3, 8, 8), 5, width=4, hidden=6)
    weights = [tuple(p.shape) for p in encoder.parameters() if p.ndim > 1]
    assert weights == [(4, 3, 3, 3), (8, 4, 3, 3), (6, 8 * 2 * 2), (5, 6)]
    decoder = ConvDecoder(5, (3, 8, 8), width=4, hidden=6)
    weights = [tuple(p.shape) for p in decoder.parameters() if p.ndim > 1]
    assert weights == [(6, 5), (8 * 2 * 2, 6), (4, 8, 3, 3), (3, 4, 3, 3)]


def test_a_decoder_learns_an_image():
    x = torch.zeros(1, 1, 7, 9)
    x[0, 0, 2, 3:] = 1.0
    decoder = ConvDecoder(2, (1, 7, 9), width=8)
    optimizer = torch.optim.Adam(decoder.parameters(), lr=1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        loss = (decoder(torch.ones(1, 2)) - x).square().mean()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.01

"""Modules: shapes, formulas, masks, independence of rows."""

import math

import pytest
import torch
from torch import nn

from skgen.nn import (
    MLP,
    ConvNet,
    MLPEnsemble,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
)


@pytest.fixture(autouse=True)
def seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


# -- perceptrons -----------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [(), (7,), (6, 5, 4)])
def test_mlp_shapes(hidden):
    net = MLP(4, 3, hidden=hidden)
    assert net(torch.randn(5, 4)).shape == (5, 3)
    assert net(torch.randn(0, 4)).shape == (0, 3)
    sizes = [4, *hidden, 3]
    pairs = zip(sizes[:-1], sizes[1:], strict=True)
    assert sum(p.numel() for p in net.parameters()) == sum(
        (a + 1) * b for a, b in pairs
    )


def test_mlp_with_embedding_and_activation():
    net = MLP(4, 3, hidden=(5,), embedding=PeriodicEmbedding, activation=nn.Tanh)
    assert net(torch.randn(2, 4)).shape == (2, 3)
    assert isinstance(net[2], nn.Tanh) and net[1].in_features == net[0].n_outputs


@pytest.mark.parametrize("hidden", [(), (7,), (8, 6)])
@pytest.mark.parametrize("share", [0.4, 1.0])
def test_ensemble_equals_its_members_alone(hidden, share):
    net = MLPEnsemble(5, 2, n_members=3, hidden=hidden, column_share=share)
    x = torch.randn(11, 5)
    together = net(x)
    assert together.shape == (3, 11, 2)
    for k in range(3):
        alone = MLP(5, 2, hidden=hidden)
        linear = [m for m in alone if isinstance(m, nn.Linear)]
        for layer, weight, bias in zip(linear, net.weights, net.biases, strict=True):
            layer.weight.data = weight[k].T.detach().clone()
            layer.bias.data = bias[k, 0].detach().clone()
        linear[0].weight.data *= net.mask[k].T
        assert torch.allclose(together[k], alone(x), atol=1e-5)


def test_members_train_as_if_alone():
    net = MLPEnsemble(5, 2, n_members=3, hidden=(4,))
    net(torch.randn(7, 5))[1].sum().backward()
    for p in net.parameters():
        assert p.grad[1].abs().sum() > 0
        assert p.grad[[0, 2]].abs().sum() == 0


def test_members_see_their_columns_only():
    net = MLPEnsemble(10, 2, n_members=6, hidden=(8,), column_share=0.3)
    for k in range(6):
        x = torch.randn(4, 10, requires_grad=True)
        net(x)[k].sum().backward()
        seen = net.mask[k, :, 0] > 0
        assert int(seen.sum()) == 3
        assert (x.grad[:, ~seen] == 0).all() and (x.grad[:, seen] != 0).all()


def test_columns_are_dealt_evenly():
    net = MLPEnsemble(7, 1, n_members=14, hidden=(), column_share=0.5)
    seen = (net.mask[:, :, 0] > 0).sum(dim=0)
    assert int(seen.sum()) == 14 * 4 and int(seen.max() - seen.min()) <= 1
    # The scale keeps the sum of squares of the first layer's inputs.
    assert torch.allclose(net.mask.square().sum(dim=1), torch.tensor(7.0))


def test_columns_of_a_group_are_seen_together():
    groups = [0, 0, 0, 4, 4, 9, 2]
    net = MLPEnsemble(7, 1, n_members=8, hidden=(), column_share=0.5, groups=groups)
    seen = net.mask[:, :, 0] > 0
    assert (seen[:, 0] == seen[:, 1]).all() and (seen[:, 1] == seen[:, 2]).all()
    assert (seen[:, 3] == seen[:, 4]).all()
    assert (seen[:, [0, 3, 5, 6]].sum(dim=1) == 2).all()


# -- embeddings ------------------------------------------------------------------------


def test_periodic_formula():
    embed = PeriodicEmbedding(2, n_frequencies=3, sigma=2.0)
    x = torch.tensor([[0.3, -1.2]])
    out = embed(x).reshape(2, 6)
    assert embed.n_outputs == 12
    for j in range(2):
        for k in range(3):
            angle = 2 * math.pi * embed.frequencies[j, k].item() * x[0, j].item()
            assert out[j, k].item() == pytest.approx(math.sin(angle), abs=1e-5)
            assert out[j, 3 + k].item() == pytest.approx(math.cos(angle), abs=1e-5)


def test_periodic_linear_map_is_per_feature():
    embed = PeriodicEmbedding(3, n_frequencies=4, size=5)
    waves = PeriodicEmbedding(3, n_frequencies=4)
    waves.load_state_dict({"frequencies": embed.frequencies.detach()})
    x = torch.randn(6, 3, requires_grad=True)
    out = embed(x)
    assert out.shape == (6, embed.n_outputs) == (6, 15)
    h = waves(x).reshape(6, 3, 8)
    for j in range(3):
        expected = h[:, j] @ embed.weight[j] + embed.bias[j]
        assert torch.allclose(out[:, 5 * j : 5 * j + 5], expected, atol=1e-5)
    out[:, 5:10].sum().backward()
    assert (x.grad[:, [0, 2]] == 0).all() and (x.grad[:, 1] != 0).all()


def test_periodic_sigma_is_the_spread_of_the_frequencies():
    embed = PeriodicEmbedding(100, n_frequencies=100, sigma=0.3)
    assert embed.frequencies.std().item() == pytest.approx(0.3, rel=0.05)


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (-2.0, [-2.0, 0.0, 0.0]),
        (0.25, [0.25, 0.0, 0.0]),
        (1.0, [1.0, 0.0, 0.0]),
        (2.0, [1.0, 0.5, 0.0]),
        (3.5, [1.0, 1.0, 0.5]),
        (6.0, [1.0, 1.0, 3.0]),
    ],
)
def test_piecewise_linear_closed_form(x, expected):
    embed = PiecewiseLinearEmbedding(torch.tensor([[0.0, 1.0, 3.0, 4.0]]))
    assert embed(torch.tensor([[x]])).tolist() == [pytest.approx(expected)]


def test_piecewise_linear_with_an_empty_bin():
    embed = PiecewiseLinearEmbedding(torch.tensor([[0.0, 1.0, 1.0, 2.0]]))
    x = torch.tensor([[0.5], [1.0], [1.5]])
    expected = [[0.5, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 0.5]]
    assert embed(x).tolist() == expected
    constant = PiecewiseLinearEmbedding(torch.zeros(2, 2))
    assert constant(torch.randn(5, 2)).isfinite().all()


def test_piecewise_linear_follows_double_precision():
    embed = PiecewiseLinearEmbedding(torch.tensor([[0.0, 1.0, 3.0]])).double()
    assert embed(torch.zeros(1, 1).double()).dtype == torch.float64


@pytest.mark.parametrize("edges", [[0.0, 1.0], [[1.0]], [[1.0, 0.0]]])
def test_bad_edges(edges):
    with pytest.raises(ValueError, match="edges must have shape"):
        PiecewiseLinearEmbedding(torch.tensor(edges))


# -- convolutions ----------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 2, 2), (3, 8, 8), (1, 28, 28), (2, 5, 9)])
def test_convnet_shapes(shape):
    net = ConvNet(shape, 3, width=8)
    assert net(torch.randn(4, *shape)).shape == (4, 3)


def test_convnet_rows_are_independent():
    net = ConvNet((1, 8, 8), 2, width=8)
    x = torch.randn(5, 1, 8, 8, requires_grad=True)
    out = net(x)
    out[2].sum().backward()
    others = x.grad.flatten(1).abs().sum(dim=1) > 0
    assert others.tolist() == [False, False, True, False, False]
    assert torch.allclose(out[2], net(x[2:3])[0], atol=1e-5)


def test_convnet_needs_an_image_shape():
    with pytest.raises(ValueError, match="image_shape must be"):
        ConvNet(64, 2)

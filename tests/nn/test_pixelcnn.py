"""Autoregressive image networks: what each output sees, and the scan pixel by pixel."""

import pytest
import torch

from skgen.nn import GatedPixelCNN, PixelCNN
from skgen.nn._causal import AboveConv, AboveScan, LeftConv, LeftScan

NETS = {"gated": GatedPixelCNN, "masked": PixelCNN}
each_net = pytest.mark.parametrize("recipe", NETS.values(), ids=NETS)
each_shape = pytest.mark.parametrize(
    "shape", [(1, 6, 7), (3, 4, 3), (1, 1, 5), (2, 5, 1)], ids=str
)


@pytest.fixture(autouse=True)
def seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def random_net(recipe, shape, n_outputs=3, **options):
    """A network in float64 without a weight that is zero."""
    net = recipe(shape, n_outputs, n_channels=8, n_blocks=3, **options).double()
    for p in net.parameters():
        torch.nn.init.normal_(p, std=0.3)
    return net.eval()


def order_of(shape):
    """Position of each value in the order of generation."""
    channels, height, width = shape
    order = torch.arange(channels * height * width).reshape(height, width, channels)
    return order.permute(2, 0, 1)


def dependence(net, shape):
    """Largest gradient of the outputs of each place with respect to each value."""
    x = torch.randn(1, *shape, dtype=torch.float64, requires_grad=True)
    outputs = net(x)[0]
    n = order_of(shape).numel()
    found = torch.zeros(n, n, dtype=torch.float64)
    order = order_of(shape)
    for k in range(shape[0]):
        for i in range(shape[1]):
            for j in range(shape[2]):
                for output in outputs[k, :, i, j]:
                    (slope,) = torch.autograd.grad(output, x, retain_graph=True)
                    place = order[k, i, j]
                    slope = slope[0].abs().permute(1, 2, 0).reshape(-1)
                    found[place] = torch.maximum(found[place], slope)
    return found


@each_net
@each_shape
def test_no_output_sees_its_own_or_a_later_value(recipe, shape):
    found = dependence(random_net(recipe, shape), shape)
    assert (found.triu() == 0).all()
    assert (found.tril(-1) > 0).any() or len(found) == 1


@pytest.mark.parametrize("shape", [(1, 6, 8), (3, 4, 5), (1, 1, 9)], ids=str)
def test_gated_network_has_no_blind_spot(shape):
    # Several networks: a rectifier may hide what a unit sees.
    nets = [random_net(GatedPixelCNN, shape) for _ in range(4)]
    found = sum(dependence(net, shape) for net in nets)
    n = len(found)
    later, earlier = torch.tril_indices(n, n, -1)
    assert (found[later, earlier] > 0).all()


def test_masked_network_has_its_blind_spot():
    # Enough blocks to reach every pixel, were it not for the mask.
    shape = 1, 6, 15
    found = dependence(random_net(PixelCNN, shape), shape).reshape(6, 15, 6, 15)
    seen = found[5, 2] > 0
    assert seen[5, 0] and seen[3, 2] and seen[4, 5]
    assert not seen[4, 9] and not seen[4, 14]


@each_net
@each_shape
def test_scan_gives_what_forward_gives(recipe, shape):
    net = random_net(recipe, shape, n_classes=4, max_shift=2)
    x = torch.rand(3, *shape, dtype=torch.float64)
    y = torch.tensor([0, 3, 1])
    with torch.no_grad():
        expected = net(x, y)
        # What is not yet found must not matter.
        filled = torch.full_like(x, 99.0)
        places = []
        for k, i, j, outputs in net.scan(filled, y):
            places.append(int(order_of(shape)[k, i, j]))
            torch.testing.assert_close(outputs, expected[:, k, :, i, j])
            filled[:, k, i, j] = x[:, k, i, j]
    assert places == list(range(order_of(shape).numel()))


@each_net
def test_begins_uniform_and_told_nothing(recipe):
    net = recipe((2, 5, 4), 6, n_classes=3, max_shift=1)
    x = torch.randn(4, 2, 5, 4)
    y = torch.tensor([0, 1, 2, 0])
    assert net(x, y).shape == (4, 2, 6, 5, 4)
    assert (net(x, y) == 0).all()


@each_net
def test_class_and_shift_matter_and_rows_do_not_meet(recipe):
    net = random_net(recipe, (1, 5, 5), n_classes=2, max_shift=1)
    x = torch.randn(6, 1, 5, 5, dtype=torch.float64)
    y = torch.tensor([0, 1, 0, 1, 0, 1])
    whole = net(x, y)
    assert not torch.allclose(whole, net(x, 1 - y))
    shift = torch.tensor([[1, -1]]).expand(6, 2)
    assert not torch.allclose(whole, net(x, y, shift))
    torch.testing.assert_close(net(x, y, 0 * shift), whole)
    torch.testing.assert_close(net(x[2:3], y[2:3]), whole[2:3])
    with pytest.raises(ValueError, match="class-conditional network needs y"):
        net(x)


@each_net
def test_dropout_drops_whole_channels_in_training_only(recipe):
    net = random_net(recipe, (1, 5, 5), dropout=0.5)
    x = torch.randn(4, 1, 5, 5, dtype=torch.float64)
    assert torch.equal(net(x), net(x))
    net.train()
    assert not torch.equal(net(x), net(x))


def test_odd_channels_are_refused():
    with pytest.raises(ValueError, match="n_channels must be even.*got 7"):
        PixelCNN((1, 4, 4), 2, n_channels=7)


# -- convolutions ----------------------------------------------------------------------


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("stride, dilation", [(1, 1), (2, 1), (1, 3)])
def test_rows_of_the_upper_convolution(strict, stride, dilation):
    conv = AboveConv(2, 3, (2, 3), strict=strict, stride=stride, dilation=dilation)
    x = torch.randn(4, 2, 6, 8)
    whole = conv(x)
    assert whole.shape == (4, 3, 6, 8 // stride)
    scan = AboveScan(conv, x, 6, 8)
    for i in range(6):
        if not strict:
            scan.store(i, x[:, :, i].transpose(1, 2))
        torch.testing.assert_close(scan.row(i), whole[:, :, i].transpose(1, 2))
        if strict:
            scan.store(i, x[:, :, i].transpose(1, 2))


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("length, dilation", [(1, 1), (2, 1), (5, 1), (2, 3)])
def test_pixels_of_the_left_convolution(strict, length, dilation):
    conv = LeftConv(2, 3, length, strict=strict, dilation=dilation)
    x = torch.randn(4, 2, 3, 6)
    whole = conv(x)
    scan = LeftScan(conv, x, 6)
    for i in range(3):
        for j in range(6):
            if not strict:
                scan.store(j, x[:, :, i, j])
            torch.testing.assert_close(scan.pixel(j), whole[:, :, i, j])
            if strict:
                scan.store(j, x[:, :, i, j])
        torch.testing.assert_close(scan.row(), x[:, :, i].transpose(1, 2))

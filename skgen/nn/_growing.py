"""Generator and critic of images that grow from four pixels a side."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_SMALLEST = 4


def _plan(image_shape: tuple[int, int, int], width: int) -> tuple:
    """Sides of the smallest image, number of doublings, and channels of each stage."""
    _, height, across = image_shape
    n_stages = 0
    while -(-max(height, across) // 2 ** (n_stages + 1)) >= _SMALLEST:
        n_stages += 1
    start = tuple(-(-n // 2**n_stages) for n in (height, across))
    channels = [max(16, width // 2 ** max(0, s - 1)) for s in range(n_stages + 1)]
    return start, n_stages, channels


class _Growing(nn.Module):
    """What both networks share: their stages, and the level they have reached.

    A level of 1.3 means that the first stage is there and the second faded in by three
    tenths.
    """

    def __init__(self, image_shape: tuple[int, int, int], width: int) -> None:
        super().__init__()
        self.start, self.n_stages, self.channels = _plan(image_shape, width)
        self.sides = tuple(image_shape[1:])
        self.canvas = tuple(n * 2**self.n_stages for n in self.start)
        self.register_buffer("level", torch.tensor(float(self.n_stages)))

    def _start(self) -> None:
        """Begin with weights that keep the size of what passes through them."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(layer.weight, a=0.2)
                nn.init.zeros_(layer.bias)

    def _at(self) -> tuple[int, float]:
        """Highest stage that is there, and how far it is faded in."""
        level = float(self.level)
        top = math.ceil(level)
        return top, 1.0 - (top - level)


class GrowingGenerator(_Growing):
    """Blocks that each double height and width, faded in one after the other.

    Parameters
    ----------
    n_inputs : int
        Size of the code.
    image_shape : tuple (channels, height, width)
        Shape of an image.
    width : int, default=64
        Channels of the first two stages; later ones have half of those before, 16 at
        least.

    Attributes
    ----------
    level : Tensor of shape ()
        Stages that are there, from 0 (about four pixels a side) to ``n_stages``, where
        a new network is.

    Notes
    -----
    *Shape*: (batch, n_inputs) to (batch, channels, height, width), in [-1, 1]. At lower
    levels pixels are larger and come in blocks. Batches are normalised in place of the
    features of each pixel: without that small nets collapsed within the first stage.

    References
    ----------
    T. Karras, T. Aila, S. Laine, J. Lehtinen, "Progressive growing of GANs for improved
    quality, stability, and variation", ICLR 2018, sections 2 and 4.2.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import GrowingGenerator
    >>> GrowingGenerator(16, (3, 32, 32))(torch.zeros(2, 16)).shape
    torch.Size([2, 3, 32, 32])
    """

    def __init__(
        self, n_inputs: int, image_shape: tuple[int, int, int], *, width: int = 64
    ) -> None:
        super().__init__(image_shape, width)
        first = self.channels[0]
        self.first = nn.Sequential(
            nn.Linear(n_inputs, first * math.prod(self.start)),
            nn.Unflatten(1, (first, *self.start)),
            nn.BatchNorm2d(first),
            nn.LeakyReLU(0.2),
        )
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Upsample(scale_factor=2),
                *_convolution(before, after),
                *_convolution(after, after),
            )
            for before, after in zip(self.channels, self.channels[1:], strict=False)
        )
        self.colours = nn.ModuleList(
            nn.Conv2d(n, image_shape[0], 1) for n in self.channels
        )
        self._start()

    def forward(self, z: Tensor) -> Tensor:
        """Map (batch, n_inputs) to (batch, channels, height, width)."""
        top, share = self._at()
        h = self.first(z)
        for block in self.blocks[: max(0, top - 1)]:
            h = block(h)
        if top:
            new = self.colours[top](self.blocks[top - 1](h))
            if share < 1:
                old = F.interpolate(self.colours[top - 1](h), scale_factor=2)
                new = torch.lerp(old, new, share)
        else:
            new = self.colours[0](h)
        if top < self.n_stages:
            new = F.interpolate(new, self.canvas)
        height, width = self.sides
        return torch.tanh(new[..., :height, :width])


class GrowingCritic(_Growing):
    """Blocks that each halve height and width, faded in one after the other.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
        Shape of an image.
    n_outputs : int
        Number of scores.
    width : int, default=64
        Channels of the two smallest stages; larger ones have half of those before, 16
        at least.

    Attributes
    ----------
    level : Tensor of shape ()
        Stages that are there; below ``n_stages`` images are averaged before they are
        judged, real ones as well.

    Notes
    -----
    *Shape*: (batch, channels, height, width) to (batch, n_outputs).

    References
    ----------
    T. Karras, T. Aila, S. Laine, J. Lehtinen, "Progressive growing of GANs for improved
    quality, stability, and variation", ICLR 2018, section 2.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import GrowingCritic
    >>> GrowingCritic((3, 32, 32), 1)(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 1])
    """

    def __init__(
        self, image_shape: tuple[int, int, int], n_outputs: int, *, width: int = 64
    ) -> None:
        super().__init__(image_shape, width)
        self.colours = nn.ModuleList(
            nn.Sequential(nn.Conv2d(image_shape[0], n, 1), nn.LeakyReLU(0.2))
            for n in self.channels
        )
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(after, after, 3, padding=1),
                nn.LeakyReLU(0.2),
                nn.Conv2d(after, before, 3, padding=1),
                nn.LeakyReLU(0.2),
                nn.AvgPool2d(2),
            )
            for before, after in zip(self.channels, self.channels[1:], strict=False)
        )
        first = self.channels[0]
        self.last = nn.Sequential(
            nn.Conv2d(first, first, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(first * math.prod(self.start), n_outputs),
        )
        self._start()

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, n_outputs)."""
        top, share = self._at()
        down, right = (
            n - side for n, side in zip(self.canvas, self.sides, strict=True)
        )
        if down or right:
            x = F.pad(x, (0, right, 0, down), value=-1.0)
        if top < self.n_stages:
            x = F.avg_pool2d(x, 2 ** (self.n_stages - top))
        h = self.colours[top](x)
        if top:
            h = self.blocks[top - 1](h)
            if share < 1:
                old = self.colours[top - 1](F.avg_pool2d(x, 2))
                h = torch.lerp(old, h, share)
            for block in reversed(self.blocks[: top - 1]):
                h = block(h)
        return self.last(h)


def _convolution(before: int, after: int) -> list[nn.Module]:
    conv = nn.Conv2d(before, after, 3, padding=1)
    return [conv, nn.BatchNorm2d(after), nn.LeakyReLU(0.2)]

"""Generators whose normalisation is told the code: parts of BigGAN."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ._dcgan import _quarter


class ConditionalBatchNorm2d(nn.Module):
    """Batch normalisation whose scales and shifts depend on a vector.

    Parameters
    ----------
    n_channels : int
        Channels.
    n_given : int
        Numbers that scales and shifts depend on linearly: a code, a class, or both.

    Notes
    -----
    *Shape*: (batch, n_channels, height, width) and (batch, n_given) to the first.

    References
    ----------
    V. Dumoulin, J. Shlens, M. Kudlur, "A learned representation for artistic style",
    ICLR 2017. A. Brock, J. Donahue, K. Simonyan, "Large scale GAN training for high
    fidelity natural image synthesis", ICLR 2019, appendix B.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import ConditionalBatchNorm2d
    >>> norm = ConditionalBatchNorm2d(3, 5)
    >>> norm(torch.zeros(2, 3, 4, 4), torch.zeros(2, 5)).shape
    torch.Size([2, 3, 4, 4])
    """

    def __init__(self, n_channels: int, n_given: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(n_channels, affine=False)
        self.given = nn.Linear(n_given, 2 * n_channels)
        nn.init.normal_(self.given.weight, std=0.02)
        with torch.no_grad():
            self.given.bias.copy_(torch.arange(2).repeat_interleave(n_channels) == 0)

    def forward(self, x: Tensor, given: Tensor) -> Tensor:
        """Normalise, then scale and shift."""
        scale, shift = self.given(given)[:, :, None, None].chunk(2, dim=1)
        return self.norm(x) * scale + shift


class BigGANGenerator(nn.Module):
    """Residual blocks that are each told the whole code, from a code to an image.

    The code, with the class after it where there is one, is the input of the first
    layer and of the normalisation of each block (hierarchical noise).

    Parameters
    ----------
    n_inputs : int
        Size of the code.
    image_shape : tuple (channels, height, width)
        Shape of an image.
    width : int, default=48
        Channels of the first block, half of those in the second, at least 16.

    Notes
    -----
    *Shape*: (batch, n_inputs) to (batch, channels, height, width), in [-1, 1].

    References
    ----------
    A. Brock, J. Donahue, K. Simonyan, "Large scale GAN training for high fidelity
    natural image synthesis", ICLR 2019, appendix B (BigGAN-deep: the code is not
    split).

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import BigGANGenerator
    >>> BigGANGenerator(16, (3, 32, 32))(torch.zeros(2, 16)).shape
    torch.Size([2, 3, 32, 32])
    """

    def __init__(
        self, n_inputs: int, image_shape: tuple[int, int, int], *, width: int = 48
    ) -> None:
        super().__init__()
        channels, *sides = image_shape
        self.sides, half = tuple(sides), max(16, width // 2)
        start = _quarter(image_shape)
        self.first = nn.Sequential(
            nn.Linear(n_inputs, width * math.prod(start)),
            nn.Unflatten(1, (width, *start)),
        )
        self.blocks = nn.ModuleList(
            [_Block(width, width, n_inputs), _Block(width, half, n_inputs)]
        )
        self.last = nn.Sequential(
            nn.BatchNorm2d(half),
            nn.ReLU(),
            nn.Conv2d(half, channels, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Map (batch, n_inputs) to (batch, channels, height, width)."""
        h = self.first(z)
        for block in self.blocks:
            h = block(h, z)
        height, width = self.sides
        return self.last(h)[..., :height, :width]


class _Block(nn.Module):
    """Residual block that doubles height and width and is told the code."""

    def __init__(self, before: int, after: int, n_given: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(
            [ConditionalBatchNorm2d(n, n_given) for n in (before, after)]
        )
        self.convs = nn.ModuleList(
            [nn.Conv2d(n, after, 3, padding=1) for n in (before, after)]
        )
        self.skip = nn.Conv2d(before, after, 1) if before != after else nn.Identity()

    def forward(self, x: Tensor, given: Tensor) -> Tensor:
        h = F.interpolate(F.relu(self.norms[0](x, given)), scale_factor=2)
        h = self.convs[1](F.relu(self.norms[1](self.convs[0](h), given)))
        return F.interpolate(self.skip(x), scale_factor=2) + h

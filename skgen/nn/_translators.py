"""Networks from rows to rows, or from images to images, and critics of patches."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

_SLOPE = 0.2


class UNet(nn.Module):
    """Convolutions down to a coarse image and up again, with skips at each scale.

    Images of another height or width than the answer are resized first. Where input
    and output have the same channels the network begins as the identity.

    Parameters
    ----------
    input_shape, output_shape : tuple (channels, height, width)
        Shapes of an image and of the answer.
    width : int, default=32
        Channels at half the sides; twice as many at the coarser scales.
    depth : int, default=4
        Number of times the sides are halved, as far as they have two pixels.
    dropout : float in [0, 1), default=0.0
        Share of the channels that are dropped at the coarse scales, in training and
        where `noisy` is true.

    Notes
    -----
    *Shape*: (batch, channels, height, width) to the same with the sides and the
    channels of `output_shape`.

    References
    ----------
    O. Ronneberger, P. Fischer, T. Brox, "U-Net", MICCAI 2015. P. Isola et al.,
    "Image-to-image translation with conditional adversarial networks", CVPR 2017,
    section 3.2.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import UNet
    >>> UNet((1, 8, 8), (3, 32, 32))(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 3, 32, 32])
    """

    def __init__(
        self,
        input_shape: tuple[int, int, int],
        output_shape: tuple[int, int, int],
        *,
        width: int = 32,
        depth: int = 4,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.sides, self.dropout, self.noisy = tuple(output_shape[1:]), dropout, False
        depth = max(1, min(depth, int(math.log2(max(2, min(self.sides))))))
        widths = [input_shape[0], width, *[2 * width] * (depth - 1)]
        self.down = nn.ModuleList(
            _convolution(widths[k], widths[k + 1], stride=2, normal=k > 0)
            for k in range(depth)
        )
        # Upwards each scale sees the one below and its own skip.
        up, n_below = [], widths[-1]
        for k in reversed(range(depth)):
            n_outputs = widths[k] if k else max(8, width // 2)
            up.append(_convolution(n_below, n_outputs))
            n_below = n_outputs + widths[k]
        self.up = nn.ModuleList(up)
        self.last = nn.Conv2d(n_below, output_shape[0], 3, padding=1)
        self.residual = _starts_as_identity(self.last, input_shape[0], output_shape[0])

    def forward(self, x: Tensor) -> Tensor:
        """Map images of (batch, channels, height, width) to answers."""
        height, width = self.sides
        # Strided layers need two pixels.
        x = h = _channels_last(_resized(x, (max(2, height), max(2, width))))
        skips = []
        for block in self.down:
            skips.append(h)
            h = block(h)
        for block in self.up:
            if self.dropout:
                h = F.dropout2d(h, self.dropout, self.training or self.noisy)
            skip = skips.pop()
            h = torch.cat([_resized(block(h), skip.shape[2:]), skip], dim=1)
        found = self.last(h)
        if self.residual:
            found = x[:, : found.shape[1]] + found
        return found[..., :height, :width]


class ResidualTranslator(nn.Module):
    """Residual blocks at half the resolution, with strided layers around them.

    Images of another height or width than the answer are resized first. Where input
    and output have the same channels the network begins as the identity.

    Parameters
    ----------
    input_shape, output_shape : tuple (channels, height, width)
        Shapes of an image and of the answer.
    width : int, default=16
        Channels at the full resolution, half of those of the blocks.
    n_blocks : int, default=3
        Number of residual blocks.
    dropout : float in [0, 1), default=0.0
        Share of the channels that each block drops, in training and where `noisy` is
        true.

    Notes
    -----
    *Shape*: (batch, channels, height, width) to the same with the sides and the
    channels of `output_shape`.

    References
    ----------
    J.-Y. Zhu, T. Park, P. Isola, A. Efros, "Unpaired image-to-image translation using
    cycle-consistent adversarial networks", ICCV 2017, section 7.2.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import ResidualTranslator
    >>> ResidualTranslator((3, 16, 16), (3, 16, 16))(torch.zeros(2, 3, 16, 16)).shape
    torch.Size([2, 3, 16, 16])
    """

    def __init__(
        self,
        input_shape: tuple[int, int, int],
        output_shape: tuple[int, int, int],
        *,
        width: int = 16,
        n_blocks: int = 3,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.sides, self.dropout, self.noisy = tuple(output_shape[1:]), dropout, False
        self.first = _convolution(input_shape[0], width)
        self.down = _convolution(width, 2 * width, stride=2)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                _convolution(2 * width, 2 * width),
                nn.Conv2d(2 * width, 2 * width, 3, padding=1),
            )
            for _ in range(n_blocks)
        )
        self.up = _convolution(2 * width, width)
        self.last = nn.Conv2d(width, output_shape[0], 3, padding=1)
        self.residual = _starts_as_identity(self.last, input_shape[0], output_shape[0])

    def forward(self, x: Tensor) -> Tensor:
        """Map images of (batch, channels, height, width) to answers."""
        height, width = self.sides
        # Strided layers need two pixels.
        x = _channels_last(_resized(x, (max(2, height), max(2, width))))
        h = self.down(self.first(x))
        for block in self.blocks:
            more = block(h)
            if self.dropout:
                more = F.dropout2d(more, self.dropout, self.training or self.noisy)
            h = h + more
        found = self.last(self.up(_resized(h, tuple(x.shape[2:]))))
        if self.residual:
            found = x[:, : found.shape[1]] + found
        return found[..., :height, :width]


class RowTranslator(nn.Module):
    """Residual perceptron from rows to rows, beside a linear map.

    The linear map begins as the identity of the first columns, where there are enough,
    or at zero, and what is added to it begins at zero.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Columns of a row and of the answer.
    width : int, default=128
        Width of the hidden layers.
    n_blocks : int, default=2
        Number of hidden layers after the first.
    dropout : float in [0, 1), default=0.0
        Share of the hidden units that are dropped, in training and where `noisy` is
        true.
    identity : bool, default=True
        Whether it begins as the identity, where it can; else at zero.

    Notes
    -----
    *Shape*: (batch, n_inputs) to (batch, n_outputs).

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import RowTranslator
    >>> RowTranslator(4, 4)(torch.ones(2, 4)).tolist()[0]
    [1.0, 1.0, 1.0, 1.0]
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        *,
        width: int = 128,
        n_blocks: int = 2,
        dropout: float = 0.0,
        identity: bool = True,
    ) -> None:
        super().__init__()
        self.dropout, self.noisy = dropout, False
        self.linear = nn.Linear(n_inputs, n_outputs)
        start = nn.init.zeros_
        if identity and n_inputs >= n_outputs:
            start = nn.init.eye_
        start(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        self.first = nn.Linear(n_inputs, width)
        self.blocks = nn.ModuleList(nn.Linear(width, width) for _ in range(n_blocks))
        self.last = nn.Linear(width, n_outputs)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, n_inputs) to (batch, n_outputs)."""
        h = F.silu(self.first(x))
        for block in self.blocks:
            if self.dropout:
                h = F.dropout(h, self.dropout, self.training or self.noisy)
            h = h + F.silu(block(h))
        return self.linear(x) + self.last(h)


class PatchCritic(nn.Module):
    """Convolutions that judge each patch of an image, with spectral norm.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
        Shape of an image.
    n_outputs : int
        Numbers for each patch.
    width : int, default=32
        Channels of the first layer; those of the second are twice as many.
    spectral : bool, default=True
        Whether the layers have spectral norm.

    Notes
    -----
    *Shape*: (batch, channels, height, width) to (batch, n_outputs, n_patches). A patch
    has 16 x 16 pixels, a number for every 4 x 4.

    References
    ----------
    P. Isola et al., "Image-to-image translation with conditional adversarial
    networks", CVPR 2017, section 3.2.2. T. Miyato et al., "Spectral normalization for
    generative adversarial networks", ICLR 2018.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import PatchCritic
    >>> PatchCritic((3, 32, 32), 1)(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 1, 64])
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        n_outputs: int,
        *,
        width: int = 32,
        spectral: bool = True,
    ) -> None:
        super().__init__()
        norm = spectral_norm if spectral else nn.Identity()
        self.body = nn.Sequential(
            norm(nn.Conv2d(image_shape[0], width, 4, 2, 1)),
            nn.LeakyReLU(_SLOPE),
            norm(nn.Conv2d(width, 2 * width, 4, 2, 1)),
            nn.LeakyReLU(_SLOPE),
            norm(nn.Conv2d(2 * width, 2 * width, 3, 1, 1)),
            nn.LeakyReLU(_SLOPE),
            nn.Conv2d(2 * width, n_outputs, 3, 1, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, n_outputs, n_patches)."""
        # Below four pixels there is not one patch.
        missing = [max(0, 4 - n) for n in x.shape[:1:-1]]
        if any(missing):
            x = F.pad(x, (0, missing[0], 0, missing[1]))
        return self.body(x).flatten(2)


def _convolution(
    n_inputs: int, n_outputs: int, *, stride: int = 1, normal: bool = True
) -> nn.Sequential:
    """Convolution; each image is normalised by itself, in groups of channels."""
    size, padding = (4, 1) if stride == 2 else (3, 1)
    layers = [nn.Conv2d(n_inputs, n_outputs, size, stride, padding)]
    if normal:
        layers.append(nn.GroupNorm(math.gcd(8, n_outputs), n_outputs))
    return nn.Sequential(*layers, nn.SiLU())


def _starts_as_identity(last: nn.Conv2d, n_inputs: int, n_outputs: int) -> bool:
    """Whether outputs are added to inputs; they then begin at zero."""
    if n_inputs < n_outputs:
        return False
    nn.init.zeros_(last.weight)
    if last.bias is not None:
        nn.init.zeros_(last.bias)
    return True


def _channels_last(x: Tensor) -> Tensor:
    """Lay images out as the CPU's convolutions are fastest."""
    return x.contiguous(memory_format=torch.channels_last)


def _resized(x: Tensor, sides: tuple[int, ...]) -> Tensor:
    """Give images other sides."""
    if tuple(x.shape[2:]) == tuple(sides):
        return x
    return F.interpolate(x, size=tuple(sides), mode="nearest")

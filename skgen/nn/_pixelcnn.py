"""PixelCNN: masked convolutions in residual blocks (van den Oord et al., 2016)."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ._causal import AboveConv, LeftConv, LeftScan
from ._pixelnet import PixelNet, add_biases, biases_by_pixel, drop_channels, pointwise

__all__ = ["PixelCNN"]


class PixelCNN(PixelNet):
    """Masked convolutions in residual blocks.

    The first layer sees 7 x 7 pixels, of which the mask leaves those above and to the
    left; then each block goes through half the channels, 1 x 1, masked 3 x 3, 1 x 1.
    Some pixels above and to the right stay unseen, the blind spot of masked
    convolutions; :class:`GatedPixelCNN` has none.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
        Shape of an image.
    n_outputs : int
        Parameters of the distribution of a pixel and channel: levels of a softmax, or
        three per component of a mixture of logistics.
    n_classes : int, default=0
        Classes that the network is told, 0 for none.
    n_channels : int, default=64
        Channels between the blocks, even.
    n_blocks : int, default=7
        Residual blocks.
    dropout : float in [0, 1), default=0.0
        Share of the channels inside a block that training drops, for whole images.
    max_shift : int, default=0
        Largest shift, in pixels, that the network can be told.

    References
    ----------
    A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu, "Pixel recurrent neural networks",
    ICML 2016, section 3.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import PixelCNN
    >>> net = PixelCNN((3, 4, 5), 256, n_blocks=2)
    >>> net(torch.zeros(2, 3, 4, 5)).shape
    torch.Size([2, 3, 256, 4, 5])
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        n_outputs: int,
        n_classes: int = 0,
        *,
        n_channels: int = 64,
        n_blocks: int = 7,
        dropout: float = 0.0,
        max_shift: int = 0,
    ) -> None:
        if n_channels < 2 or n_channels % 2:
            raise ValueError(f"n_channels must be even, >= 2, got {n_channels}.")
        super().__init__(
            image_shape, n_outputs, n_classes, n_channels, max_shift, n_channels
        )
        channels, height, width = image_shape
        self.above = AboveConv(channels, n_channels, (3, 7), strict=True)
        self.left = LeftConv(channels, n_channels, 3, strict=True)
        self.place = nn.Parameter(torch.zeros(n_channels, height, width))
        self.blocks = nn.ModuleList(
            _MaskedBlock(n_channels, dropout) for _ in range(n_blocks)
        )

    def _first(self, x: Tensor, bias: Tensor | None) -> tuple[Tensor]:
        x = x.contiguous(memory_format=torch.channels_last)
        return (add_biases(self.above(x) + self.left(x), self.place, bias),)

    def _blocks(self, h: Tensor) -> Tensor:
        for block in self.blocks:
            h = block(h)
        return h

    def _begin(self, x: Tensor, bias: Tensor | None) -> dict[str, Any]:
        _, height, width = self.image_shape
        return {
            "place": biases_by_pixel(self.place, bias),
            "above": self.above.scan(x, height, width),
            "left": self.left.scan(x, width),
            "blocks": [
                (block, block.above.scan(x, height, width), block.left.scan(x, width))
                for block in self.blocks
            ],
        }

    def _start_row(self, state: dict[str, Any], x: Tensor, i: int) -> None:
        if i:
            state["above"].store(i - 1, x[:, :, i - 1].transpose(1, 2))
            for _, above, left in state["blocks"]:
                above.store(i - 1, left.row())
        state["up"] = state["above"].row(i) + state["place"][:, i]
        state["ups"] = [above.row(i) for _, above, _ in state["blocks"]]

    def _features(self, state: dict[str, Any], x: Tensor, i: int, j: int) -> Tensor:
        if j:
            state["left"].store(j - 1, x[:, :, i, j - 1])
        h = state["up"][:, j] + state["left"].pixel(j)
        for (block, _, left), up in zip(state["blocks"], state["ups"], strict=True):
            h = block.pixel(h, left, up[:, j], j)
        return h


class _MaskedBlock(nn.Module):
    """Residual block around a masked 3 x 3 convolution, written as its two parts."""

    def __init__(self, n_channels: int, dropout: float) -> None:
        super().__init__()
        half = n_channels // 2
        self.narrow = nn.Conv2d(n_channels, half, 1)
        self.above = AboveConv(half, half, (1, 3), strict=True)
        self.left = LeftConv(half, half, 2)
        self.wide = nn.Conv2d(half, n_channels, 1)
        self.dropout = dropout
        nn.init.zeros_(self.wide.weight)

    def forward(self, h: Tensor) -> Tensor:
        z = F.relu(self.narrow(F.relu(h)))
        z = self.above(z) + self.left(z)
        return h + self.wide(drop_channels(F.relu(z), self.dropout, self.training))

    def pixel(self, h: Tensor, left: LeftScan, up: Tensor, j: int) -> Tensor:
        left.store(j, F.relu(pointwise(self.narrow, F.relu(h))))
        z = up + left.pixel(j)
        return h + pointwise(self.wide, F.relu(z))

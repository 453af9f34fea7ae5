"""PixelCNN: masked convolutions in residual blocks (van den Oord et al., 2016)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ._causal import AboveConv, AboveScan, LeftConv, LeftScan, Scans
from ._pixelnet import PixelNet, add_biases, drop_channels, pointwise, row_biases


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
        Classes that the network is given, 0 for none.
    n_channels : int, default=64
        Channels between the blocks, even.
    n_blocks : int, default=7
        Residual blocks.
    dropout : float in [0, 1), default=0.0
        Share of the channels inside a block that training drops, for whole images.
    max_shift : int, default=0
        Largest shift, in pixels, that the network can be given.

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

    def _features(self, x: Tensor, bias: Tensor | None) -> Tensor:
        h = add_biases(self.above(x) + self.left(x), self.place, bias)
        for block in self.blocks:
            h = block(h)
        return h

    def _row(
        self, i: int, above: AboveScan, scans: Scans, bias: Tensor | None
    ) -> tuple[Tensor, list[Tensor]]:
        if i:
            for rows, left in scans:
                rows.store(i - 1, left.row())
        start = above.row(i) + row_biases(self.place, bias, i)
        return start, [rows.row(i) for rows, _ in scans]


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

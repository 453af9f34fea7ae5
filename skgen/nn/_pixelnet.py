"""What autoregressive networks for images share: biases, heads, the scan."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ._causal import AboveScan, LeftScan


class PixelNet(nn.Module):
    """What both networks share: biases of place, class and shift; heads; scanning.

    A subclass has first layers `above` and `left`, and `blocks` that hold both, too. It
    gives `_features` of whole images, and `_row` for a row when scanning.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        n_outputs: int,
        n_classes: int,
        n_channels: int,
        max_shift: int,
        n_biases: int,
    ) -> None:
        super().__init__()
        self.image_shape = image_shape
        self.max_shift = max_shift
        channels = image_shape[0]
        # What an image's class and its shift add to the features, zero at first.
        self.of_class = _biases(n_classes, n_biases)
        self.of_shift = _biases((2 * max_shift + 1) ** 2 if max_shift else 0, n_biases)
        # Channel k depends on the channels before it: R, then G given R, then B.
        self.channel_maps = nn.ModuleList(
            nn.Conv2d(k, n_channels, 1, bias=False) for k in range(1, channels)
        )
        self.heads = nn.ModuleList(
            nn.Conv2d(n_channels, n_outputs, 1) for _ in range(channels)
        )
        for head in self.heads:
            # Uniform at first.
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)

    def forward(
        self, x: Tensor, y: Tensor | None = None, shift: Tensor | None = None
    ) -> Tensor:
        """Give the parameters of each pixel's distribution.

        Parameters
        ----------
        x : Tensor of shape (batch, channels, height, width)
            Images, levels scaled to [-1, 1].
        y : Tensor of shape (batch,), default=None
            Classes, integers; for a class-conditional network.
        shift : Tensor of shape (batch, 2), default=None
            Rows and columns, in [-max_shift, max_shift], by which an image was moved;
            by default not at all.

        Returns
        -------
        outputs : Tensor of shape (batch, channels, n_outputs, height, width)
            Those of a pixel depend on earlier pixels, in raster order, and on its own
            earlier channels only.
        """
        last = x.contiguous(memory_format=torch.channels_last)
        h = self._features(last, self._bias(x, y, shift))
        return torch.stack(
            [self._head(h, x[:, :k], k) for k in range(x.shape[1])], dim=1
        )

    def scan(
        self, x: Tensor, y: Tensor | None = None
    ) -> Iterator[tuple[int, int, int, Tensor]]:
        """Walk through images whose pixels are found on the way.

        Activations are kept, so that a pixel costs one pixel of work.

        Parameters
        ----------
        x : Tensor of shape (batch, channels, height, width)
            Images, to be filled in place: after each step the value at that place must
            be set before the next.
        y : Tensor of shape (batch,), default=None
            Classes.

        Yields
        ------
        step : tuple (channel, row, column, outputs)
            The place and, of shape (batch, n_outputs), what `forward` gives there.
        """
        channels, height, width = self.image_shape
        bias = self._bias(x, y, None)
        stride = self.above.stride[1]
        columns = -(-width // stride)
        above = AboveScan(self.above, x, height, columns * stride)
        left = LeftScan(self.left, x, width)
        scans = [
            (AboveScan(block.above, x, height, columns), LeftScan(block.left, x, width))
            for block in self.blocks
        ]
        for i in range(height):
            if i:
                above.store(i - 1, x[:, :, i - 1].transpose(1, 2))
            start, ups = self._row(i, above, scans, bias)
            for j in range(width):
                if j:
                    left.store(j - 1, x[:, :, i, j - 1])
                h = start[:, j] + left.pixel(j)
                for block, scan, up in zip(self.blocks, scans, ups, strict=True):
                    h = block.pixel(h, scan[1], up[:, j], j)
                for k in range(channels):
                    seen = h
                    if k:
                        seen = h + pointwise(self.channel_maps[k - 1], x[:, :k, i, j])
                    yield k, i, j, pointwise(self.heads[k], F.relu(seen))

    def _bias(self, x: Tensor, y: Tensor | None, shift: Tensor | None) -> Tensor | None:
        """Sum of the biases of class and shift, of shape (batch, n_biases)."""
        bias = None
        if self.of_class is not None:
            if y is None:
                raise ValueError("a class-conditional network needs y, got None.")
            bias = self.of_class(y)
        if self.of_shift is not None:
            side = 2 * self.max_shift + 1
            if shift is None:
                shift = torch.zeros(len(x), 2, dtype=torch.long, device=x.device)
            moved = shift + self.max_shift
            added = self.of_shift(moved[:, 0] * side + moved[:, 1])
            bias = added if bias is None else bias + added
        return bias

    def _head(self, h: Tensor, before: Tensor, k: int) -> Tensor:
        if k:
            h = h + self.channel_maps[k - 1](before).to(h.dtype)
        return self.heads[k](F.relu(h))


def _biases(n: int, size: int) -> nn.Embedding | None:
    if not n:
        return None
    table = nn.Embedding(n, size)
    nn.init.zeros_(table.weight)
    return table


def add_biases(h: Tensor, place: Tensor, bias: Tensor | None) -> Tensor:
    """Add in the precision of the features, channels last: convolutions like both."""
    added = place if bias is None else place + bias[:, :, None, None]
    return (h + added.to(h.dtype)).contiguous(memory_format=torch.channels_last)


def row_biases(place: Tensor, bias: Tensor | None, i: int) -> Tensor:
    """Sum of the biases of place and image in row i, (1 or batch, W, channels)."""
    row = place[:, i].T[None]
    return row if bias is None else row + bias[:, None]


def drop_channels(x: Tensor, share: float, training: bool) -> Tensor:
    """Drop whole channels of an image, as convolutions need it."""
    return F.dropout2d(x, share, training) if share and training else x


def pointwise(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """Apply a 1 x 1 convolution to pixels, (..., n_in) to (..., n_out)."""
    return F.linear(x, conv.weight.flatten(1), conv.bias)

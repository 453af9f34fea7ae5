"""Convolutions that see only earlier pixels, on whole images and row by row."""

import torch.nn.functional as F
from torch import Tensor, nn


class AboveConv(nn.Conv2d):
    """Convolution over the rows above a pixel, on both sides of it.

    Parameters
    ----------
    n_in, n_out : int
        Channels.
    kernel_size : tuple (rows, columns)
        Rows seen, the last of them the pixel's own, or the one above if `strict`.
    strict : bool, default=False
        Whether the pixel's own row is hidden.
    stride : int, default=1
        Columns of the input per column of the output.
    dilation : int, default=1
        Distance of the rows seen.
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        kernel_size: tuple[int, int],
        *,
        strict: bool = False,
        stride: int = 1,
        dilation: int = 1,
    ) -> None:
        super().__init__(
            n_in, n_out, kernel_size, stride=(1, stride), dilation=(dilation, 1)
        )
        rows, columns = kernel_size
        self.strict = strict
        self.top = (rows - 1) * dilation + strict
        self.sides = columns // 2, (columns - 1) // 2

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, n_in, H, W) to (batch, n_out, H, W / stride)."""
        x = F.pad(x, (*self.sides, self.top, 0))
        return super().forward(x[:, :, :-1] if self.strict else x)


class _Scan:
    """What a convolution has seen so far, and its weights as a matrix."""

    def __init__(self, conv: nn.Conv2d, like: Tensor, *sides: int) -> None:
        self.conv = conv
        self.matrix = conv.weight.permute(0, 2, 3, 1).flatten(1)
        self.seen = like.new_zeros(len(like), *sides, conv.in_channels)


class AboveScan(_Scan):
    """Rows of an `AboveConv`, one after the other.

    Parameters
    ----------
    conv : AboveConv
        The convolution.
    like : Tensor of shape (batch, ...)
        Gives the number of images, the device and the precision.
    height, width : int
        Shape of the input.
    """

    def __init__(self, conv: AboveConv, like: Tensor, height: int, width: int) -> None:
        super().__init__(conv, like, height + conv.top, width + sum(conv.sides))

    def store(self, i: int, row: Tensor) -> None:
        """Take note of row i of the input, of shape (batch, W, n_in)."""
        left = self.conv.sides[0]
        self.seen[:, self.conv.top + i, left : left + row.shape[1]] = row

    def row(self, i: int) -> Tensor:
        """Row i of the output, of shape (batch, W / stride, n_out)."""
        (rows, columns), step = self.conv.kernel_size, self.conv.dilation[0]
        seen = self.seen[:, i : i + (rows - 1) * step + 1 : step]
        # To (batch, W / stride, rows, columns, n_in): a product for all places.
        seen = seen.unfold(2, columns, self.conv.stride[1]).permute(0, 2, 1, 4, 3)
        return F.linear(seen.flatten(2), self.matrix, self.conv.bias)


class LeftConv(nn.Conv2d):
    """Convolution over the pixels of the same row up to a pixel.

    Parameters
    ----------
    n_in, n_out : int
        Channels.
    length : int
        Pixels seen, the last of them the pixel itself, or its left neighbour if
        `strict`.
    strict : bool, default=False
        Whether the pixel itself is hidden.
    dilation : int, default=1
        Distance of the pixels seen.
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        length: int,
        *,
        strict: bool = False,
        dilation: int = 1,
    ) -> None:
        super().__init__(n_in, n_out, (1, length), dilation=(1, dilation))
        self.strict = strict
        self.left = (length - 1) * dilation + strict

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, n_in, H, W) to (batch, n_out, H, W)."""
        x = F.pad(x, (self.left, 0, 0, 0))
        return super().forward(x[..., :-1] if self.strict else x)


class LeftScan(_Scan):
    """Pixels of a `LeftConv`, one after the other, row after row.

    Parameters
    ----------
    conv : LeftConv
        The convolution.
    like : Tensor of shape (batch, ...)
        Gives the number of images, the device and the precision.
    width : int
        Length of a row.
    """

    def __init__(self, conv: LeftConv, like: Tensor, width: int) -> None:
        # What is left of the last row is never looked at.
        super().__init__(conv, like, width + conv.left)

    def store(self, j: int, pixel: Tensor) -> None:
        """Take note of pixel j of the input, of shape (batch, n_in)."""
        self.seen[:, self.conv.left + j] = pixel

    def pixel(self, j: int) -> Tensor:
        """Pixel j of the output, of shape (batch, n_out)."""
        step, length = self.conv.dilation[1], self.conv.kernel_size[1]
        seen = self.seen[:, j : j + (length - 1) * step + 1 : step]
        return F.linear(seen.flatten(1), self.matrix, self.conv.bias)

    def row(self) -> Tensor:
        """Give the row of the input that is stored, of shape (batch, W, n_in)."""
        return self.seen[:, self.conv.left :]


Scans = list[tuple[AboveScan, LeftScan]]  # of blocks that hold both convolutions

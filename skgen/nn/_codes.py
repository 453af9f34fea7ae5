"""Convolutional encoders and decoders of images of any size."""

import math

from torch import Tensor, nn


class ConvEncoder(nn.Module):
    """Strided convolutions, then two linear layers: an image to a vector.

    Rows do not influence each other: there is no batch normalisation.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
        Shape of an image.
    n_outputs : int
        Size of the output.
    width : int, default=32
        Channels after the first convolution, half of those after the second.
    hidden : int, default=256
        Size of the layer before the output.

    Notes
    -----
    *Shape*: (batch, channels, height, width) to (batch, n_outputs), or volumes with a
    depth before the height.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import ConvEncoder
    >>> ConvEncoder((1, 9, 7), 4)(torch.zeros(2, 1, 9, 7)).shape
    torch.Size([2, 4])
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        n_outputs: int,
        *,
        width: int = 32,
        hidden: int = 256,
    ) -> None:
        super().__init__()
        _, quarter = _sides(image_shape)
        conv = nn.Conv2d if len(image_shape) == 3 else nn.Conv3d
        self.body = nn.Sequential(
            conv(image_shape[0], width, 3, stride=2, padding=1),
            nn.SiLU(),
            conv(width, 2 * width, 3, stride=2, padding=1),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(2 * width * math.prod(quarter), hidden),
            nn.SiLU(),
            nn.Linear(hidden, n_outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, n_outputs)."""
        return self.body(x)


class ConvDecoder(nn.Module):
    """Two linear layers, then convolutions between enlargements: vector to image.

    Images grow by repeating pixels, which leaves no checkerboard behind as transposed
    convolutions do.

    Parameters
    ----------
    n_inputs : int
        Size of the input.
    output_shape : tuple (channels, height, width)
        Shape of the output.
    width : int, default=32
        Channels before the last convolution, half of those at the start.
    hidden : int, default=256
        Size of the layer after the input.

    Notes
    -----
    *Shape*: (batch, n_inputs) to (batch, channels, height, width), or volumes with a
    depth before the height.

    References
    ----------
    A. Odena, V. Dumoulin, C. Olah, "Deconvolution and checkerboard artifacts", Distill
    2016.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import ConvDecoder
    >>> ConvDecoder(4, (3, 9, 7))(torch.zeros(2, 4)).shape
    torch.Size([2, 3, 9, 7])
    """

    def __init__(
        self,
        n_inputs: int,
        output_shape: tuple[int, int, int],
        *,
        width: int = 32,
        hidden: int = 256,
    ) -> None:
        super().__init__()
        channels, *whole = output_shape
        half, quarter = _sides(output_shape)
        conv = nn.Conv2d if len(output_shape) == 3 else nn.Conv3d
        self.body = nn.Sequential(
            nn.Linear(n_inputs, hidden),
            nn.SiLU(),
            nn.Linear(hidden, 2 * width * math.prod(quarter)),
            nn.SiLU(),
            nn.Unflatten(1, (2 * width, *quarter)),
            nn.Upsample(size=half),
            conv(2 * width, width, 3, padding=1),
            nn.SiLU(),
            nn.Upsample(size=tuple(whole)),
            conv(width, channels, 3, padding=1),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Map (batch, n_inputs) to (batch, channels, height, width)."""
        return self.body(z)


def _sides(shape: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Sides after one and after two strides."""
    half = tuple((n + 1) // 2 for n in shape[1:])
    return half, tuple((n + 1) // 2 for n in half)

"""A small convolutional network that keeps where things are."""

import torch
from torch import Tensor, nn


class ConvEmbedder(nn.Module):
    """Three strided convolutions with group normalisation, then one linear layer.

    Every position has weights of its own in the last layer, so that a shape in a corner
    and the same in the middle differ; rows do not influence each other.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
        Shape of an image, at least 4 pixels high and wide.
    n_outputs : int
        Size of the output.
    width : int, default=32
        Channels after the first convolution; doubled by each of the others.

    Raises
    ------
    ValueError
        If `image_shape` does not have three entries.

    Notes
    -----
    *Shape*: (batch, channels, height, width) to (batch, n_outputs).

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import ConvEmbedder
    >>> ConvEmbedder((3, 9, 7), 4)(torch.zeros(2, 3, 9, 7)).shape
    torch.Size([2, 4])
    """

    def __init__(
        self, image_shape: tuple[int, int, int], n_outputs: int, *, width: int = 32
    ) -> None:
        super().__init__()
        if not isinstance(image_shape, tuple) or len(image_shape) != 3:
            raise ValueError(
                f"image_shape must be (channels, height, width), got {image_shape!r}; "
                "give the estimator image_shape=(height, width) for convolutions."
            )
        layers: list[nn.Module] = []
        n_in, n_out = image_shape[0], width
        for _ in range(3):
            conv = nn.Conv2d(n_in, n_out, 3, stride=2, padding=1)
            layers += [conv, nn.GroupNorm(min(8, n_out), n_out), nn.SiLU()]
            n_in, n_out = n_out, 2 * n_out
        self.body = nn.Sequential(*layers)
        with torch.no_grad():
            size = self.body(torch.zeros(1, *image_shape)).numel()
        self.head = nn.Linear(size, n_outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, n_outputs)."""
        return self.head(self.body(x).flatten(1))

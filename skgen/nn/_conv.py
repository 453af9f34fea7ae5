"""A small convolutional classifier for images of any size."""

import torch
from torch import Tensor, nn


class ConvNet(nn.Module):
    """Strided convolutions, group normalisation, global average, linear head.

    Rows do not influence each other (group instead of batch normalisation), so a
    prediction does not depend on the rows around it.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
        Shape of an image; at least 2 pixels high and wide.
    n_outputs : int
        Size of the output.
    width : int, default=32
        Channels after the first convolution; doubled at each stride.
    n_stages : int, default=2
        Number of strided stages; fewer are used when the image is too small.

    Raises
    ------
    ValueError
        If `image_shape` does not have three entries.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import ConvNet
    >>> ConvNet((1, 8, 8), 2)(torch.zeros(3, 1, 8, 8)).shape
    torch.Size([3, 2])
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        n_outputs: int,
        *,
        width: int = 32,
        n_stages: int = 2,
    ) -> None:
        super().__init__()
        if not isinstance(image_shape, tuple) or len(image_shape) != 3:
            raise ValueError(
                f"image_shape must be (channels, height, width), got {image_shape!r}; "
                "give the estimator image_shape=(height, width) for convolutions."
            )
        channels, height, breadth = image_shape
        layers = _stage(channels, width, stride=1)
        side = min(height, breadth)
        for _ in range(n_stages):
            if side < 4:
                break
            layers += _stage(width, 2 * width, stride=2)
            width, side = 2 * width, (side + 1) // 2
        self.body = nn.Sequential(*layers)
        # Mean and maximum over the positions: (batch, 2 * width).
        self.head = nn.Linear(2 * width, n_outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, n_outputs)."""
        h = self.body(x).flatten(2)
        return self.head(torch.cat([h.mean(dim=2), h.amax(dim=2)], dim=1))


def _stage(n_in: int, n_out: int, stride: int) -> list[nn.Module]:
    conv = nn.Conv2d(n_in, n_out, 3, stride=stride, padding=1)
    return [conv, nn.GroupNorm(8, n_out), nn.SiLU()]

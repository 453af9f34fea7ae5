"""Generators and critics of images: DCGAN, and residual nets with spectral norm."""

import math

from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm


class _Generator(nn.Module):
    """What both generators share: a body whose images are cut to their sides."""

    def __init__(self, image_shape: tuple[int, int, int], *layers: nn.Module) -> None:
        super().__init__()
        self.sides = tuple(image_shape[1:])
        self.body = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        """Map (batch, n_inputs) to (batch, channels, height, width)."""
        return self.body(z)[(..., *[slice(n) for n in self.sides])]


class DCGANGenerator(_Generator):
    """Fractionally-strided convolutions from a code to an image.

    The guidelines of the paper: no pooling, batch normalisation, no hidden fully
    connected layers, ReLU, and tanh at the output.

    Parameters
    ----------
    n_inputs : int
        Size of the code.
    image_shape : tuple (channels, height, width)
        Shape of an image.
    width : int, default=32
        Channels before the last layer, half of those of the layer before.

    Notes
    -----
    *Shape*: (batch, n_inputs) to (batch, channels, height, width), in [-1, 1]. A shape
    with a depth before the height makes volumes, by the same layers of three
    dimensions (3D-GAN).

    References
    ----------
    A. Radford, L. Metz, S. Chintala, "Unsupervised representation learning with deep
    convolutional generative adversarial networks", ICLR 2016, section 3. J. Wu et al.,
    "Learning a probabilistic latent space of object shapes via 3D
    generative-adversarial modeling", NeurIPS 2016.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import DCGANGenerator
    >>> DCGANGenerator(16, (1, 28, 28))(torch.zeros(2, 16)).shape
    torch.Size([2, 1, 28, 28])
    """

    def __init__(
        self, n_inputs: int, image_shape: tuple[int, int, int], *, width: int = 32
    ) -> None:
        start = _quarter(image_shape)
        is_volume = len(image_shape) == 4
        transposed = nn.ConvTranspose3d if is_volume else nn.ConvTranspose2d
        norm = nn.BatchNorm3d if is_volume else nn.BatchNorm2d
        super().__init__(
            image_shape,
            nn.Unflatten(1, (n_inputs, *[1] * len(start))),
            transposed(n_inputs, 2 * width, start, bias=False),
            norm(2 * width),
            nn.ReLU(),
            transposed(2 * width, width, 4, 2, 1, bias=False),
            norm(width),
            nn.ReLU(),
            transposed(width, image_shape[0], 4, 2, 1),
            nn.Tanh(),
        )
        # Start from weights of deviation 0.02, as the paper does.
        for layer in self.body:
            if isinstance(layer, transposed):
                nn.init.normal_(layer.weight, std=0.02)


class DCGANCritic(nn.Module):
    """Strided convolutions from an image to scores, with LeakyReLU.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
        Shape of an image.
    n_outputs : int
        Number of scores.
    width : int, default=32
        Channels after the first layer, half of those after the second.
    batch_norm : bool, default=False
        Whether to normalise batches as the paper does; penalties of gradients suppose
        that rows do not influence each other.

    Notes
    -----
    *Shape*: (batch, channels, height, width) to (batch, n_outputs), or volumes with a
    depth before the height.

    References
    ----------
    A. Radford, L. Metz, S. Chintala, "Unsupervised representation learning with deep
    convolutional generative adversarial networks", ICLR 2016, section 3.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import DCGANCritic
    >>> DCGANCritic((1, 28, 28), 1)(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 1])
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        n_outputs: int,
        *,
        width: int = 32,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        is_volume = len(image_shape) == 4
        conv = nn.Conv3d if is_volume else nn.Conv2d
        norm = nn.BatchNorm3d if is_volume else nn.BatchNorm2d
        self.body = nn.Sequential(
            conv(image_shape[0], width, 4, 2, 1),
            nn.LeakyReLU(0.2),
            conv(width, 2 * width, 4, 2, 1),
            norm(2 * width) if batch_norm else nn.Identity(),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
        )
        # The whole of what is left: a convolution of that size.
        self.head = nn.Linear(2 * width * math.prod(_quarter(image_shape)), n_outputs)
        # To multiples of four, the last axis first.
        self.padding = [p for n in image_shape[:0:-1] for p in (0, -n % 4)]

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, n_outputs)."""
        if any(self.padding):
            x = F.pad(x, self.padding, value=-1.0)
        return self.head(self.body(x))


class ResNetGenerator(_Generator):
    """Residual blocks that enlarge, from a code to an image.

    Parameters
    ----------
    n_inputs : int
        Size of the code.
    image_shape : tuple (channels, height, width)
        Shape of an image.
    width : int, default=32
        Channels of all layers.

    Notes
    -----
    *Shape*: (batch, n_inputs) to (batch, channels, height, width), in [-1, 1].

    References
    ----------
    T. Miyato et al., "Spectral normalization for generative adversarial networks", ICLR
    2018, appendix B.4.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import ResNetGenerator
    >>> ResNetGenerator(16, (3, 32, 32))(torch.zeros(2, 16)).shape
    torch.Size([2, 3, 32, 32])
    """

    def __init__(
        self, n_inputs: int, image_shape: tuple[int, int, int], *, width: int = 32
    ) -> None:
        start = _quarter(image_shape)
        super().__init__(
            image_shape,
            nn.Linear(n_inputs, width * math.prod(start)),
            nn.Unflatten(1, (width, *start)),
            _Up(width),
            _Up(width),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, image_shape[0], 3, padding=1),
            nn.Tanh(),
        )


class ResNetCritic(nn.Module):
    """Residual blocks with spectral normalisation, from an image to scores.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
        Shape of an image.
    n_outputs : int
        Number of scores.
    width : int, default=32
        Channels of all layers.

    Notes
    -----
    *Shape*: (batch, channels, height, width) to (batch, n_outputs).

    References
    ----------
    T. Miyato et al., "Spectral normalization for generative adversarial networks", ICLR
    2018, equation 8 and appendix B.4.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import ResNetCritic
    >>> ResNetCritic((3, 32, 32), 1)(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 1])
    """

    def __init__(
        self, image_shape: tuple[int, int, int], n_outputs: int, *, width: int = 32
    ) -> None:
        super().__init__()
        self.body = nn.Sequential(
            spectral_norm(nn.Conv2d(image_shape[0], width, 3, padding=1)),
            _Down(width),
            _Down(width),
            nn.ReLU(),
        )
        self.head = spectral_norm(nn.Linear(width, n_outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, n_outputs)."""
        return self.head(self.body(x).sum(dim=(2, 3)))


class _Up(nn.Module):
    """Residual block that doubles height and width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList([nn.BatchNorm2d(width) for _ in range(2)])
        self.convs = nn.ModuleList(
            [nn.Conv2d(width, width, 3, padding=1) for _ in range(2)]
        )

    def forward(self, x: Tensor) -> Tensor:
        large = F.interpolate(x, scale_factor=2)
        h = F.interpolate(F.relu(self.norms[0](x)), scale_factor=2)
        return large + self.convs[1](F.relu(self.norms[1](self.convs[0](h))))


class _Down(nn.Module):
    """Residual block that halves height and width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            [spectral_norm(nn.Conv2d(width, width, 3, padding=1)) for _ in range(2)]
        )

    def forward(self, x: Tensor) -> Tensor:
        h = self.convs[1](F.relu(self.convs[0](F.relu(x))))
        return F.avg_pool2d(x + h, 2, ceil_mode=True)


def _quarter(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Sides from which two doublings reach those of an image."""
    return tuple(-(-n // 4) for n in shape[1:])

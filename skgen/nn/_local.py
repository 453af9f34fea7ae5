"""Locally connected layers, and a generator of sparse energies in layers of cells."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LocallyConnected2d(nn.Module):
    """A convolution whose weights differ from place to place.

    For images whose places are not alike, such as the cells of a detector around the
    axis of a shower.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Channels.
    sides : tuple (height, width)
        Of the images.
    kernel_size : int, default=3
        Odd side of what an output sees; beyond the edges are zeros.

    Notes
    -----
    *Shape*: (batch, n_inputs, height, width) to (batch, n_outputs, height, width).

    References
    ----------
    L. de Oliveira, M. Paganini, B. Nachman, "Learning particle physics by example:
    location-aware generative adversarial networks for physics synthesis", 2017, section
    4.1.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import LocallyConnected2d
    >>> LocallyConnected2d(2, 3, (5, 4))(torch.zeros(6, 2, 5, 4)).shape
    torch.Size([6, 3, 5, 4])
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        sides: tuple[int, int],
        kernel_size: int = 3,
    ) -> None:
        super().__init__()
        if kernel_size % 2 == 0:
            raise ValueError(f"kernel_size must be odd, got {kernel_size!r}.")
        self.sides, self.kernel_size = tuple(sides), kernel_size
        n_places, n_seen = math.prod(sides), n_inputs * kernel_size**2
        bound = n_seen**-0.5
        weight = torch.empty(n_places, n_seen, n_outputs).uniform_(-bound, bound)
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(n_outputs, *self.sides))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the weights of each place."""
        seen = F.unfold(x, self.kernel_size, padding=self.kernel_size // 2)
        # (batch, seen, places) with (places, seen, outputs)
        found = torch.einsum("bsp,pso->bop", seen, self.weight)
        return found.reshape(len(x), -1, *self.sides) + self.bias


class ShowerGenerator(nn.Module):
    """Locally connected generator of energies in layers of cells, many of them zero.

    Each layer is made by itself from the code, by locally connected layers that end in
    a ReLU: what is negative before it is an empty cell.

    Parameters
    ----------
    n_inputs : int
        Size of the code.
    shape : tuple (channels, height, width)
        Shape of a row of cells, (1, 1, n_cells) for ``image_shape=(1, n_cells)``.
    layers : tuple of tuple, default=((8, 8), (8, 8), (4, 4))
        Cells of each layer, whose number is that of the row.
    width : int, default=8
        Channels of the layers.

    Raises
    ------
    ValueError
        If the layers do not have as many cells as a row.

    Notes
    -----
    *Shape*: (batch, n_inputs) to (batch, channels, height, width), at least -1, which
    is the lowest value of rows, an empty cell.

    References
    ----------
    M. Paganini, L. de Oliveira, B. Nachman, "CaloGAN: simulating 3D high energy
    particle showers in multilayer electromagnetic calorimeters with generative
    adversarial networks", 2017, section 4.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import ShowerGenerator
    >>> ShowerGenerator(16, (1, 1, 144))(torch.zeros(2, 16)).shape
    torch.Size([2, 1, 1, 144])
    """

    def __init__(
        self,
        n_inputs: int,
        shape: tuple[int, int, int],
        *,
        layers: tuple = ((8, 8), (8, 8), (4, 4)),
        width: int = 8,
    ) -> None:
        super().__init__()
        n_cells = sum(math.prod(sides) for sides in layers)
        if math.prod(shape) != n_cells:
            raise ValueError(
                f"layers must have the {math.prod(shape)} cells of a row, got "
                f"{tuple(layers)} with {n_cells}."
            )
        self.shape = tuple(shape)
        self.parts = nn.ModuleList(
            nn.Sequential(
                nn.Linear(n_inputs, width * math.prod(sides)),
                nn.LeakyReLU(0.2),
                nn.Unflatten(1, (width, *sides)),
                LocallyConnected2d(width, width, sides),
                nn.BatchNorm2d(width),
                nn.LeakyReLU(0.2),
                LocallyConnected2d(width, 1, sides),
                nn.ReLU(),
                nn.Flatten(),
            )
            for sides in layers
        )

    def forward(self, z: Tensor) -> Tensor:
        """Map (batch, n_inputs) to (batch, channels, height, width)."""
        cells = torch.cat([part(z) for part in self.parts], dim=1)
        return cells.reshape(-1, *self.shape) - 1

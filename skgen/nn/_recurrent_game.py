"""Recurrent generator and critic of sequences."""

import torch
from torch import Tensor, nn

_PER_STEP = 8  # numbers of the code that a step is given for itself


class RecurrentGenerator(nn.Module):
    """Gated recurrent units that write a sequence step by step, from a code.

    Each step is given the code and some numbers that are a linear map of it, the step's
    own.

    Parameters
    ----------
    n_inputs : int
        Size of the code.
    shape : tuple (channels, n_steps, n_features)
        Shape of a sequence, as an image whose rows are steps.
    width : int, default=64
        Units.

    Notes
    -----
    *Shape*: (batch, n_inputs) to (batch, channels, n_steps, n_features), in [-1, 1]. On
    noisy sines of one length the networks for tables draw better rows, in less time.

    References
    ----------
    O. Mogren, "C-RNN-GAN: continuous recurrent neural networks with adversarial
    training", 2016.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import RecurrentGenerator
    >>> RecurrentGenerator(16, (1, 40, 3))(torch.zeros(2, 16)).shape
    torch.Size([2, 1, 40, 3])
    """

    def __init__(
        self, n_inputs: int, shape: tuple[int, int, int], *, width: int = 64
    ) -> None:
        super().__init__()
        channels, self.n_steps, n_features = shape
        self.shape = tuple(shape)
        self.own = nn.Linear(n_inputs, self.n_steps * _PER_STEP)
        self.begin = nn.Linear(n_inputs, width)
        self.cell = nn.GRU(n_inputs + _PER_STEP, width, batch_first=True)
        self.last = nn.Sequential(
            nn.Linear(width + _PER_STEP, width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, channels * n_features),
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Map (batch, n_inputs) to (batch, channels, n_steps, n_features)."""
        own = self.own(z).view(len(z), self.n_steps, -1)
        steps = torch.cat([own, z[:, None].expand(-1, self.n_steps, -1)], dim=2)
        h, _ = self.cell(steps, torch.tanh(self.begin(z))[None])
        x = self.last(torch.cat([h, own], dim=2))
        channels, _, n_features = self.shape
        return x.view(len(z), self.n_steps, channels, n_features).transpose(1, 2)


class RecurrentCritic(nn.Module):
    """Gated recurrent units that read a sequence from both ends.

    Parameters
    ----------
    shape : tuple (channels, n_steps, n_features)
        Shape of a sequence, as an image whose rows are steps.
    n_outputs : int
        Number of scores.
    width : int, default=64
        Units of each direction.

    Notes
    -----
    *Shape*: (batch, channels, n_steps, n_features) to (batch, n_outputs).

    References
    ----------
    O. Mogren, "C-RNN-GAN", 2016.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import RecurrentCritic
    >>> RecurrentCritic((1, 40, 3), 1)(torch.zeros(2, 1, 40, 3)).shape
    torch.Size([2, 1])
    """

    def __init__(
        self, shape: tuple[int, int, int], n_outputs: int, *, width: int = 64
    ) -> None:
        super().__init__()
        channels, _, n_features = shape
        self.cell = nn.GRU(
            channels * n_features, width, batch_first=True, bidirectional=True
        )
        self.head = nn.Sequential(
            nn.Linear(2 * width, width), nn.LeakyReLU(0.2), nn.Linear(width, n_outputs)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, n_steps, n_features) to (batch, n_outputs)."""
        h, _ = self.cell(x.transpose(1, 2).flatten(2))
        return self.head(h.mean(dim=1))

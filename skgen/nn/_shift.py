"""Images moved by whole pixels."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


def shifted(x: Tensor, reach: Sequence[int], down: Tensor, across: Tensor) -> Tensor:
    """Shift images, each in its own way, edges repeated.

    Parameters
    ----------
    x : Tensor of shape (n, channels, height, width)
        Images.
    reach : tuple (int, int)
        Pixels that images move at most, down and across.
    down, across : Tensor of int, shape (n, 1)
        Pixels plus the reach: from 0 to twice it.

    Returns
    -------
    x : Tensor of the same shape
        Shifted images.
    """
    n, _, height, width = x.shape
    padded = F.pad(x, (reach[1], reach[1], reach[0], reach[0]), mode="replicate")
    rows = torch.arange(height, device=x.device) + down
    columns = torch.arange(width, device=x.device) + across
    index = torch.arange(n, device=x.device)[:, None, None]
    moved = padded.permute(0, 2, 3, 1)[index, rows[:, :, None], columns[:, None, :]]
    return moved.permute(0, 3, 1, 2)

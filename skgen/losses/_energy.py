"""Energy distance of two samples."""

import torch
from torch import Tensor


def energy_distance(x: Tensor, y: Tensor) -> Tensor:
    """Energy distance of two samples, rows flattened (Szekely and Rizzo, 2013).

    Parameters
    ----------
    x, y : Tensor of shape (n, ...) and (m, ...)
        Rows.

    Returns
    -------
    distance : Tensor of shape ()
        Twice the mean distance between the samples less those within them; without
        bias, so that it may be negative.
    """
    x, y = x.flatten(1), y.flatten(1)

    def within(rows: Tensor) -> Tensor:
        return torch.cdist(rows, rows).sum() / max(1, len(rows) * (len(rows) - 1))

    return 2 * torch.cdist(x, y).mean() - within(x) - within(y)

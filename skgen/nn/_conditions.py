"""Conditions as networks are told of them."""

from torch import Tensor
from torch.nn import functional as F


def as_vectors(y: Tensor, n_classes: int) -> Tensor:
    """Give classes as one-hot codes; other conditions are rows of numbers already.

    Parameters
    ----------
    y : Tensor of shape (batch,) or (batch, n_conditions)
        Classes, int64, or numbers.
    n_classes : int
        Number of classes.

    Returns
    -------
    rows : Tensor of shape (batch, n_classes) or (batch, n_conditions)
        Rows.
    """
    return y if y.is_floating_point() else F.one_hot(y, n_classes)

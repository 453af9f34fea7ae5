"""Multilayer perceptrons, single and as an ensemble in one batched product."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


class MLP(nn.Sequential):
    """Fully connected network with one activation between its layers.

    Parameters
    ----------
    n_features : int
        Size of the input.
    n_outputs : int
        Size of the output.
    hidden : sequence of int, default=(96, 96, 96)
        Sizes of the hidden layers; empty for a linear map.
    activation : callable, default=torch.nn.SiLU
        Recipe of the activation.
    embedding : callable, default=None
        Recipe ``embedding(n_features)`` of a numeric embedding with an attribute
        ``n_outputs``, placed before the first layer
        (:class:`~skgen.nn.PeriodicEmbedding`, for example).

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import MLP
    >>> MLP(4, 2, hidden=(8,))(torch.zeros(3, 4)).shape
    torch.Size([3, 2])
    """

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        *,
        hidden: Sequence[int] = (96, 96, 96),
        activation: Callable[[], nn.Module] = nn.SiLU,
        embedding: Callable[[int], nn.Module] | None = None,
    ) -> None:
        layers: list[nn.Module] = []
        size = n_features
        if embedding is not None:
            layers.append(embedding(n_features))
            size = layers[-1].n_outputs
        for width in hidden:
            layers += [nn.Linear(size, width), activation()]
            size = width
        super().__init__(*layers, nn.Linear(size, n_outputs))


class MLPEnsemble(nn.Module):
    """Several small MLPs in one batched product, each on a random part of the columns.

    The members do not talk to each other: a loss averaged over them trains each as if
    it were alone. Random column subsets make them differ (Ho, 1998).

    Parameters
    ----------
    n_features : int
        Size of the input.
    n_outputs : int
        Size of the output of each member.
    n_members : int, default=8
        Number of MLPs.
    hidden : sequence of int, default=(96, 96, 96)
        Sizes of the hidden layers of each member.
    column_share : float in (0, 1], default=0.6
        Share of the columns that a member sees; at least one.
    groups : sequence of int, default=None
        For each input column the feature it belongs to (the columns of a one-hot code
        share one); columns of a feature are seen together. By default each column is
        its own feature.

    Notes
    -----
    `forward` maps (batch, n_features) to (n_members, batch, n_outputs).

    References
    ----------
    T. K. Ho, "The random subspace method for constructing decision forests", PAMI 1998.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import MLPEnsemble
    >>> MLPEnsemble(4, 2, n_members=3)(torch.zeros(5, 4)).shape
    torch.Size([3, 5, 2])
    """

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        *,
        n_members: int = 8,
        hidden: Sequence[int] = (96, 96, 96),
        column_share: float = 0.6,
        groups: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        sizes = [n_features, *hidden, n_outputs]
        self.weights = nn.ParameterList()
        self.biases = nn.ParameterList()
        for fan_in, fan_out in pairwise(sizes):
            bound = 1 / math.sqrt(fan_in)
            weight = torch.empty(n_members, fan_in, fan_out).uniform_(-bound, bound)
            bias = torch.empty(n_members, 1, fan_out).uniform_(-bound, bound)
            self.weights.append(nn.Parameter(weight))
            self.biases.append(nn.Parameter(bias))
        mask = _column_masks(n_features, n_members, column_share, groups)
        # Scaling keeps the variance of the first layer, whatever the share.
        scale = (n_features / mask.sum(dim=1, keepdim=True)).sqrt()
        self.register_buffer("mask", (mask * scale).unsqueeze(2))

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, n_features) to (n_members, batch, n_outputs)."""
        h = torch.matmul(x, self.weights[0] * self.mask) + self.biases[0]
        for weight, bias in zip(self.weights[1:], self.biases[1:], strict=True):
            h = torch.baddbmm(bias, nn.functional.silu(h), weight)
        return h


def _column_masks(
    n_features: int, n_members: int, share: float, groups: Sequence[int] | None
) -> Tensor:
    """Which columns each member sees, as 0/1 of shape (n_members, n_features)."""
    features = torch.as_tensor(range(n_features) if groups is None else groups)
    _, features = features.unique(return_inverse=True)
    n_groups = int(features.max()) + 1
    n_seen = max(1, math.ceil(share * n_groups))
    # The least seen come first, ties in random order: no column falls behind.
    n_times = torch.zeros(n_groups)
    masks = torch.zeros(n_members, n_features)
    for member in range(n_members):
        seen = (n_times + torch.rand(n_groups)).argsort()[:n_seen]
        n_times[seen] += 1
        masks[member] = torch.isin(features, seen).float()
    return masks

"""Numeric embeddings (Gorishniy et al., NeurIPS 2022)."""

import math

import torch
from torch import Tensor, nn


class PeriodicEmbedding(nn.Module):
    r"""Sines and cosines with learned frequencies, then a linear map per feature.

    .. math:: e_j(x) = W_j [\sin(2 \pi c_j x_j), \cos(2 \pi c_j x_j)] + b_j, \quad
              c_j \sim N(0, \sigma^2)

    Parameters
    ----------
    n_features : int
        Number of numeric features.
    n_frequencies : int, default=16
        Frequencies per feature.
    sigma : float, default=1.0
        Standard deviation of the initial frequencies, in periods per unit of the input:
        the larger, the rougher the functions that are learned first.
    size : int, default=None
        Outputs per feature after the linear map; None leaves the map out and returns
        the ``2 * n_frequencies`` waves.

    Attributes
    ----------
    n_outputs : int
        Size of the flattened output.

    References
    ----------
    Y. Gorishniy, I. Rubachev, A. Babenko, "On embeddings for numerical features in
    tabular deep learning", NeurIPS 2022, equation 2.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import PeriodicEmbedding
    >>> PeriodicEmbedding(3, n_frequencies=4)(torch.zeros(2, 3)).shape
    torch.Size([2, 24])
    """

    def __init__(
        self,
        n_features: int,
        *,
        n_frequencies: int = 16,
        sigma: float = 1.0,
        size: int | None = None,
    ) -> None:
        super().__init__()
        waves = 2 * n_frequencies
        frequencies = torch.empty(n_features, n_frequencies).normal_(0.0, sigma)
        self.frequencies = nn.Parameter(frequencies)
        self.n_outputs = n_features * (waves if size is None else size)
        self.weight = self.bias = None
        if size is not None:
            bound = 1 / math.sqrt(waves)
            weight = torch.empty(n_features, waves, size).uniform_(-bound, bound)
            bias = torch.empty(n_features, size).uniform_(-bound, bound)
            self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, n_features) to (batch, n_outputs)."""
        angle = 2 * math.pi * x.unsqueeze(-1) * self.frequencies
        h = torch.cat([angle.sin(), angle.cos()], dim=-1)  # (batch, features, waves)
        if self.weight is not None:
            h = torch.einsum("bfw,fwo->bfo", h, self.weight) + self.bias
        return h.flatten(1)


class PiecewiseLinearEmbedding(nn.Module):
    r"""How far a value has come through each of its feature's bins.

    Component t of feature j is 0 below bin t, 1 above it and linear inside; the first
    bin extends to minus infinity and the last one to infinity.

    Parameters
    ----------
    edges : Tensor of shape (n_features, n_bins + 1)
        Increasing bin edges of each feature, quantiles for example.

    Attributes
    ----------
    n_outputs : int
        Size of the flattened output, ``n_features * n_bins``.

    Raises
    ------
    ValueError
        If the edges decrease, or there are fewer than two of them.

    References
    ----------
    Y. Gorishniy, I. Rubachev, A. Babenko, "On embeddings for numerical features in
    tabular deep learning", NeurIPS 2022, equation 1.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import PiecewiseLinearEmbedding
    >>> embed = PiecewiseLinearEmbedding(torch.tensor([[0.0, 1.0, 3.0]]))
    >>> embed(torch.tensor([[2.0]]))
    tensor([[1.0000, 0.5000]])
    """

    def __init__(self, edges: Tensor) -> None:
        super().__init__()
        edges = torch.as_tensor(edges, dtype=torch.get_default_dtype())
        if edges.ndim != 2 or edges.shape[1] < 2 or (edges.diff(dim=1) < 0).any():
            raise ValueError(
                "edges must have shape (n_features, n_bins + 1) with n_bins >= 1 and "
                f"must not decrease along a row, got shape {tuple(edges.shape)}."
            )
        self.register_buffer("left", edges[:, :-1])
        self.register_buffer("width", edges.diff(dim=1))
        n_features, n_bins = self.width.shape
        lower = torch.zeros(n_features, n_bins)
        upper = torch.ones(n_features, n_bins)
        lower[:, 0] = -torch.inf
        upper[:, -1] = torch.inf
        # Not among the weights: they follow from the shape, and are infinite.
        self.register_buffer("lower", lower, persistent=False)
        self.register_buffer("upper", upper, persistent=False)
        self.n_outputs = n_features * n_bins

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, n_features) to (batch, n_features * n_bins)."""
        tiny = torch.finfo(self.width.dtype).tiny
        progress = (x.unsqueeze(-1) - self.left) / self.width.clamp_min(tiny)
        # An empty bin is a step: passed or not.
        step = (x.unsqueeze(-1) >= self.left).to(progress.dtype)
        progress = torch.where(self.width > 0, progress, step)
        return torch.clamp(progress, self.lower, self.upper).flatten(1)

"""A linear embedding that a small network corrects."""

from torch import Tensor, nn


class ResidualEmbedder(nn.Module):
    """A linear layer plus a network of one hidden layer that begins at zero.

    The linear layer begins orthogonal: where there are no more outputs than inputs it
    projects, else the embedding begins with the inner products of its inputs.

    Parameters
    ----------
    n_features : int
        Columns of the input.
    n_outputs : int
        Size of the output.
    width : int, default=64
        Size of the hidden layer.
    dropout : float, default=0.2
        Share of the hidden units left out in training.

    Notes
    -----
    *Shape*: (batch, n_features) to (batch, n_outputs).

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import ResidualEmbedder
    >>> x = torch.randn(5, 3)
    >>> z = ResidualEmbedder(3, 8)(x)
    >>> torch.allclose(z @ z.T, x @ x.T, atol=1e-5)
    True
    """

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        *,
        width: int = 64,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.linear = nn.Linear(n_features, n_outputs, bias=False)
        nn.init.orthogonal_(self.linear.weight)
        last = nn.Linear(width, n_outputs)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.network = nn.Sequential(
            nn.Linear(n_features, width), nn.SiLU(), nn.Dropout(dropout), last
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, n_features) to (batch, n_outputs)."""
        return self.linear(x) + self.network(x)

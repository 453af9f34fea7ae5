"""Triplet loss with the hardest candidates (Hermans et al., 2017)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .._checks import check_number
from ._base import PairLoss, PairScores


@dataclass(frozen=True)
class TripletMargin(PairLoss):
    r"""Hinge of the known match against the most similar unlabeled candidate.

    .. math:: \frac1{n_P} \sum_{(i, j) \in P}
              \max(0, m - s_{ij} + \max_{k \in U_i} s_{ik})

    Parameters
    ----------
    margin : float > 0, default=0.2
        By how much the cosine of a match shall be larger.

    References
    ----------
    A. Hermans, L. Beyer, B. Leibe, "In defense of the triplet loss for person
    re-identification", arXiv 1703.07737, equation 5.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.pairs import PairScores, TripletMargin
    >>> match = torch.eye(2, dtype=torch.bool)
    >>> pairs = PairScores(torch.zeros(2, 2), match, ~match, prior=0.01)
    >>> round(TripletMargin(margin=0.2)(pairs).item(), 4)
    0.2
    """

    margin: float = 0.2

    def __post_init__(self) -> None:
        check_number(
            "margin",
            self.margin,
            lambda m: m > 0,
            "a number > 0",
            "cosines lie in [-1, 1]",
        )

    def __call__(self, pairs: PairScores) -> Tensor:
        """Mean over the known matches."""
        others = pairs.similarity.masked_fill(~pairs.unlabeled, -torch.inf)
        hardest = others.max(dim=1, keepdim=True).values
        losses = torch.relu(self.margin - pairs.similarity + hardest)
        return pairs.mean(losses, pairs.match)

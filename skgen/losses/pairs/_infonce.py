"""InfoNCE: the match among many candidates (van den Oord et al., 2018)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .._checks import check_number
from ._base import PairLoss, PairScores


@dataclass(frozen=True)
class InfoNCE(PairLoss):
    r"""Cross-entropy of the known match among all candidates of an anchor.

    .. math:: -\frac1{n_P} \sum_{(i, j) \in P}
              \log \frac{e^{s_{ij} / t}}
              {e^{s_{ij} / t} + \sum_{k \in U_i} e^{s_{ik} / t}}

    Unlabeled pairs stand for mismatches, though a few of them are matches.

    Parameters
    ----------
    temperature : float > 0, default=0.1
        Divides the cosines.

    References
    ----------
    A. van den Oord, Y. Li, O. Vinyals, "Representation learning with contrastive
    predictive coding", arXiv 1807.03748, equation 4.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.pairs import InfoNCE, PairScores
    >>> match = torch.eye(2, dtype=torch.bool)
    >>> pairs = PairScores(torch.eye(2), match, ~match, prior=0.01)
    >>> round(InfoNCE(temperature=1.0)(pairs).item(), 4)  # log(1 + 1/e)
    0.3133
    """

    temperature: float = 0.1

    def __post_init__(self) -> None:
        check_number(
            "temperature",
            self.temperature,
            lambda t: t > 0,
            "a number > 0",
            "0.1 suits cosines",
        )

    def __call__(self, pairs: PairScores) -> Tensor:
        """Mean over the known matches, in nats."""
        scores = pairs.similarity / self.temperature
        others = scores.masked_fill(~pairs.unlabeled, -torch.inf)
        others = torch.logsumexp(others, dim=1, keepdim=True)
        losses = torch.logaddexp(scores, others) - scores
        return pairs.mean(losses, pairs.match)

"""The non-negative PU risk of pairs (Kiryo et al., 2017)."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .._checks import check_number
from ._base import PairLoss, PairScores, logits


@dataclass(frozen=True)
class NonNegativePairs(PairLoss):
    r"""Logistic risk of a match, with what hides among the unlabeled pairs taken off.

    .. math:: \frac12 E_P[\ell(g)] + \frac{1}{2 (1 - \pi)}
              \max\left(0,\, E_U[\ell(-g)] - \pi E_P[\ell(-g)]\right)

    with g the log-odds of a match. Both classes weigh one half: with the prior of a
    pair, one in a thousand, the matches would have no say.

    Parameters
    ----------
    temperature : float > 0, default=0.1
        Divides the cosines.

    References
    ----------
    R. Kiryo, G. Niu, M. C. du Plessis, M. Sugiyama, "Positive-unlabeled learning with
    non-negative risk estimator", NeurIPS 2017, equation 6.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.pairs import NonNegativePairs, PairScores
    >>> match = torch.eye(2, dtype=torch.bool)
    >>> pairs = PairScores(torch.full((2, 2), 0.5), match, ~match, prior=0.5)
    >>> round(NonNegativePairs()(pairs).item(), 4)  # (log 2 + log 2) / 2
    0.6931
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
        """Risk of the pairs, in nats."""
        # Balanced classes: the log-odds at one half.
        score = logits(pairs.similarity, self.temperature, 0.5)
        on_match = pairs.mean(F.softplus(-score), pairs.match)
        as_mismatch = pairs.mean(F.softplus(score), pairs.match)
        on_unlabeled = _mean_unlabeled(F.softplus(score), pairs)
        rest = on_unlabeled - pairs.prior * as_mismatch
        return 0.5 * on_match + 0.5 * torch.relu(rest) / (1 - pairs.prior)


def _mean_unlabeled(losses: Tensor, pairs: PairScores) -> Tensor:
    """Mean loss of the unlabeled pairs of the anchors that have a match."""
    anchors = pairs.match.any(dim=1, keepdim=True)
    return pairs.mean(losses, pairs.unlabeled & anchors)

"""What a loss of pairs sees, and what it is."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor


@dataclass(frozen=True)
class PairScores:
    """Similarities of anchors and candidates, and which of them are known to match.

    Parameters
    ----------
    similarity : Tensor of shape (n_anchors, n_candidates)
        Cosines of their embeddings.
    match : Tensor of bool, shape (n_anchors, n_candidates)
        Pairs that are known to match.
    unlabeled : Tensor of bool, shape (n_anchors, n_candidates)
        Pairs of which nothing is known. Those in neither are no pairs, a row and
        itself for instance.
    prior : float
        P(match) of an unlabeled pair.
    critic : Tensor of shape (n_anchors, n_candidates), default=None
        Similarities by the critic, for losses that are games.
    """

    similarity: Tensor
    match: Tensor
    unlabeled: Tensor
    prior: float
    critic: Tensor | None = None

    def mean(self, values: Tensor, rows: Tensor) -> Tensor:
        """Mean over some of the pairs; 0 of none."""
        return values[rows].mean() if rows.any() else values.sum() * 0.0


class PairLoss:
    """Template of a loss of pairs: a frozen object that is called with `PairScores`.

    Attributes
    ----------
    has_critic : bool
        Whether a second network takes part, whose loss is `critic`.
    """

    has_critic: ClassVar[bool] = False

    def __call__(self, pairs: PairScores) -> Tensor:
        """Loss of the embedding; a scalar."""
        raise NotImplementedError

    def critic(self, pairs: PairScores) -> Tensor:
        """Loss of the critic; a scalar."""
        raise NotImplementedError


def logits(similarity: Tensor, temperature: float, prior: float) -> Tensor:
    """Log-odds of a match from cosines: at a cosine of one half the prior's own."""
    log_prior = torch.log(torch.as_tensor(prior / (1 - prior)))
    return (similarity - 0.5) / temperature + log_prior

"""The adversarial PU objective of pairs (Liu et al., arXiv 1906.00642)."""

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from .._checks import check_number
from ._base import PairLoss, PairScores
from ._infonce import InfoNCE


@dataclass(frozen=True)
class AdversarialPairs(PairLoss):
    r"""Reweigh the unlabeled pairs until a critic cannot tell them from matches.

    .. math:: \min_\Phi \max_D \; E_P[\log D]
              + \frac{E_U[\Phi \log(1 - D)]}{E_U[\Phi]} ,

    Phi by the embedding, D by a second one, the pairs of an anchor at a time. The game
    fixes Phi only up to a factor and says little where the critic errs, so InfoNCE
    stands beside it.

    Parameters
    ----------
    weight : float > 0, default=0.3
        Weight of the game's value.
    infonce_weight : float >= 0, default=1.0
        Weight of InfoNCE; 0 for the game alone.
    temperature : float > 0, default=0.1
        Divides the cosines.

    References
    ----------
    F. Liu, H. Chen, H. Wu, "Discriminative adversarial networks for positive-unlabeled
    learning", arXiv 1906.00642, equation 4.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.pairs import AdversarialPairs, PairScores
    >>> match = torch.eye(2, dtype=torch.bool)
    >>> zero = torch.full((2, 2), 0.5)
    >>> pairs = PairScores(zero, match, ~match, prior=0.01, critic=zero)
    >>> round(AdversarialPairs().critic(pairs).item(), 4)  # an undecided critic
    1.3863
    """

    weight: float = 0.3
    infonce_weight: float = 1.0
    temperature: float = 0.1

    has_critic: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name, least in (("weight", 0), ("temperature", 0)):
            check_number(
                name,
                getattr(self, name),
                lambda v, least=least: v > least,
                "a number > 0",
                "InfoNCE is the loss without a game",
            )
        check_number(
            "infonce_weight",
            self.infonce_weight,
            lambda v: v >= 0,
            "a number >= 0",
            "0 is the game alone",
        )

    def __call__(self, pairs: PairScores) -> Tensor:
        """Loss of the embedding, in nats."""
        loss = self.weight * self._value(pairs, pairs.critic.detach())
        if self.infonce_weight:
            loss = loss + self.infonce_weight * InfoNCE(self.temperature)(pairs)
        return loss

    def critic(self, pairs: PairScores) -> Tensor:
        """Minus the value of the game, in nats."""
        return -self._value(pairs, pairs.critic)

    def _value(self, pairs: PairScores, critic: Tensor) -> Tensor:
        score = (critic - 0.5) / self.temperature
        log_phi = pairs.similarity / self.temperature
        if critic.requires_grad:
            log_phi = log_phi.detach()
        # The match is among an anchor's candidates, as it is in the population.
        log_phi = log_phi.masked_fill(~(pairs.unlabeled | pairs.match), -torch.inf)
        anchors = pairs.match.any(dim=1)
        if not anchors.any():
            return (critic.sum() + pairs.similarity.sum()) * 0.0
        weight = torch.softmax(log_phi[anchors], dim=1)
        on_u = (weight * F.logsigmoid(-score[anchors])).sum(dim=1).mean()
        return pairs.mean(F.logsigmoid(score), pairs.match) + on_u

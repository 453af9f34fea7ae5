"""Boundary-seeking GAN (Hjelm et al., 2018)."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from ._base import GANLoss
from ._minimax import logistic


@dataclass(frozen=True)
class BoundarySeeking(GANLoss):
    r"""Generated rows move to the decision boundary of the discriminator.

    With :math:`D = \mathrm{sigmoid}(s)` of a score s

    .. math:: L_D = -E_p[\log D] - E_q[\log (1 - D)], \quad
              L_G = \tfrac12 E_q[(\log D - \log (1 - D))^2] = \tfrac12 E_q[s^2]

    with p of real and q of generated rows. At the best critic s is :math:`\log (p/q)`,
    so :math:`L_G` is 0 if and only if p = q wherever q has mass. The gradient vanishes
    at the boundary, where other losses still push on.

    References
    ----------
    R. D. Hjelm et al., "Boundary-seeking generative adversarial networks", ICLR 2018,
    the objective for continuous variables.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.gan import BoundarySeeking
    >>> BoundarySeeking().generator(torch.tensor([2.0, 0.0])).item()
    1.0
    """

    name: ClassVar[str] = "boundary_seeking"

    def critic(
        self, real: Tensor, fake: Tensor, state: dict[str, Tensor] | None = None
    ) -> Tensor:
        """Cross-entropy in nats, as in `Minimax`; see `GANLoss.critic`."""
        return logistic(real, fake)

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Half the mean squared logit; see `GANLoss.generator`."""
        return 0.5 * fake.square().mean()

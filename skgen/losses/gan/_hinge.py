"""Hinge loss of Geometric GAN (Lim and Ye, 2017)."""

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor

from ._base import GANLoss


@dataclass(frozen=True)
class Hinge(GANLoss):
    r"""Hinge loss, that of a support vector machine, between real and fake scores.

    .. math:: L_D = E_p[\max(0, 1 - s)] + E_q[\max(0, 1 + s)], \quad L_G = -E_q[s]

    with p of real and q of generated rows. The best score is the sign of p - q, and
    then :math:`L_D = 2 (1 - TV(p, q))` and :math:`L_G + E_p[s] = 2\,TV(p, q)`, with the
    total variation :math:`TV = \tfrac12 \sum |p - q|`. Rows beyond the margin no longer
    move the critic.

    References
    ----------
    J. H. Lim, J. C. Ye, "Geometric GAN", arXiv 1705.02894; in this form equations 16
    and 17 of T. Miyato, T. Kataoka, M. Koyama, Y. Yoshida, "Spectral normalization for
    generative adversarial networks", ICLR 2018.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.gan import Hinge
    >>> Hinge().critic(torch.tensor([2.0, 0.0]), torch.tensor([-1.0, -3.0])).item()
    0.5
    """

    name: ClassVar[str] = "hinge"

    def critic(
        self, real: Tensor, fake: Tensor, state: dict[str, Tensor] | None = None
    ) -> Tensor:
        """Sum of both hinges; see `GANLoss.critic`."""
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Negative mean score; see `GANLoss.generator`."""
        return -fake.mean()

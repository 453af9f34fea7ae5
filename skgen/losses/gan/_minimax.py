"""The two-player game of generative adversarial nets (Goodfellow et al., 2014)."""

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor

from .._checks import check_flag, check_number
from ._base import GANLoss


def logistic(real: Tensor, fake: Tensor) -> Tensor:
    """Cross-entropy of telling real from fake by logits, the sum of both parts."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


@dataclass(frozen=True)
class Minimax(GANLoss):
    r"""Cross-entropy of a discriminator, the original loss of GANs.

    With :math:`D = \mathrm{sigmoid}(s)` of a score s the value of the game is

    .. math:: V(D, G) = E_{p}[\log D(x)] + E_{q}[\log (1 - D(x))]

    with p of real and q of generated rows. The critic minimises -V; for fixed q the
    best one is :math:`D^* = p / (p + q)`, its score :math:`\log (p / q)`, and then
    :math:`V = 2\,JS(p, q) - 2 \log 2`. The generator minimises
    :math:`-E_q[\log D(x)]`, or :math:`E_q[\log (1 - D(x))]` if it saturates. Both have
    one fixed point; the second has hardly a gradient where the critic is sure.

    Parameters
    ----------
    saturating : bool, default=False
        Whether the generator minimises the second form, which is V itself.
    smoothing : float in [0, 0.5), default=0.0
        Real rows have the label ``1 - smoothing`` for the critic, which keeps it from
        being too sure; the labels of generated rows stay 0 [2]_.

    Raises
    ------
    ValueError
        If a field is out of range.

    References
    ----------
    .. [1] I. Goodfellow et al., "Generative adversarial nets", NeurIPS 2014, equation
       1; proposition 1 and theorem 1 for the optimum; section 3 for the generator.
    .. [2] T. Salimans et al., "Improved techniques for training GANs", NeurIPS 2016,
       section 3.4 (one-sided label smoothing).

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.gan import Minimax
    >>> undecided = torch.zeros(5)
    >>> round(Minimax().critic(undecided, undecided).item(), 4)  # 2 log 2
    1.3863
    >>> round(Minimax().generator(undecided).item(), 4)
    0.6931
    """

    name: ClassVar[str] = "minimax"

    saturating: bool = False
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_flag("saturating", self.saturating, "the default is False")
        check_number(
            "smoothing",
            self.smoothing,
            lambda s: 0 <= s < 0.5,
            "in [0, 0.5)",
            "0.1 is usual, 0 smooths nothing",
        )

    def critic(
        self, real: Tensor, fake: Tensor, state: dict[str, Tensor] | None = None
    ) -> Tensor:
        """Cross-entropy in nats, -V; see `GANLoss.critic`."""
        # (1 - s) softplus(-x) + s softplus(x) = softplus(-x) + s x
        return logistic(real, fake) + self.smoothing * real.mean()

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Mean of -log D, or of log(1 - D), in nats; see `GANLoss.generator`."""
        if self.saturating:
            return -F.softplus(fake).mean()
        return F.softplus(-fake).mean()

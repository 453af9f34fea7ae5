"""Relativistic GANs (Jolicoeur-Martineau, 2019)."""

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor

from .._checks import check_flag
from ._base import GANLoss
from ._minimax import logistic


@dataclass(frozen=True)
class Relativistic(GANLoss):
    r"""The critic tells which row of a pair is real, not whether a row is.

    .. math:: L_D = -E_{p, q}[\log \sigma(s_p - s_q)], \quad
              L_G = -E_{p, q}[\log \sigma(s_q - s_p)]

    with :math:`s_p` of a real and :math:`s_q` of a generated row and the logistic
    function :math:`\sigma`. The average form compares with the mean of the other side:

    .. math:: L_D = -E_p[\log \sigma(s_p - E_q s_q)]
              - E_q[\log \sigma(E_p s_p - s_q)]

    and :math:`L_G` is the same with p and q exchanged. As the generator's rows get
    better, scores of real rows fall, so the critic cannot grow sure of both.

    Parameters
    ----------
    average : bool, default=False
        Whether to use the average form; named ``"relativistic_average"``, and
        ``"relativistic"`` otherwise.

    Raises
    ------
    ValueError
        If `average` is not a bool; from the methods, if scores of real rows are missing
        or, without `average`, the two sides have different numbers of rows.

    References
    ----------
    A. Jolicoeur-Martineau, "The relativistic discriminator: a key element missing from
    standard GAN", ICLR 2019: RSGAN and RaSGAN.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.gan import Relativistic
    >>> real, fake = torch.tensor([7.0, 2.0]), torch.tensor([7.0, 2.0])
    >>> round(Relativistic().critic(real, fake).item(), 4)  # pairs are undecided: log 2
    0.6931
    """

    needs_real: ClassVar[bool] = True

    average: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_flag("average", self.average, "the default is False")

    @property
    def name(self) -> str:
        """Name of the form."""
        return "relativistic_average" if self.average else "relativistic"

    @classmethod
    def variants(cls) -> tuple[GANLoss, ...]:
        """Both forms; see `GANLoss.variants`."""
        return cls(), cls(average=True)

    def critic(
        self, real: Tensor, fake: Tensor, state: dict[str, Tensor] | None = None
    ) -> Tensor:
        """Cross-entropy of comparisons in nats; see `GANLoss.critic`."""
        return self._compare(real, fake)

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Critic's loss with the sides exchanged; see `GANLoss.generator`."""
        if real is None:
            raise ValueError(
                "The generator's term of a relativistic loss must have the scores of "
                "real rows, got None; call generator(fake, real)."
            )
        return self._compare(fake, real)

    def _compare(self, first: Tensor, second: Tensor) -> Tensor:
        if self.average:
            return logistic(first - second.mean(), second - first.mean())
        if first.shape != second.shape:
            raise ValueError(
                "Real and generated rows must be as many as each other to be paired, "
                f"got {len(first)} and {len(second)} scores; draw equally many or use "
                "Relativistic(average=True)."
            )
        return F.softplus(second - first).mean()

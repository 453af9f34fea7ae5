"""Energy-based GAN (Zhao et al., 2017)."""

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor

from .._checks import check_number
from ._base import GANLoss


@dataclass(frozen=True)
class EnergyBased(GANLoss):
    r"""Reconstruction errors as energies: low on real rows, up to a margin on others.

    .. math:: L_D = E_p[e] + E_q[\max(0, m - e)], \quad L_G = E_q[e]

    with p of real and q of generated rows and the error :math:`e \ge 0` of an
    autoencoding critic. The best e is 0 where p >= q and m elsewhere, and then
    :math:`L_D = m (1 - TV(p, q))`; at the equilibrium q = p it is m.

    Parameters
    ----------
    margin : float, default=1.0
        m, in units of the reconstruction error; > 0. Where it is much larger than the
        error of an autoencoder that was fitted to real rows alone, the critic attends
        to generated rows more than to real ones.

    Raises
    ------
    ValueError
        If `margin` is not positive.

    References
    ----------
    J. Zhao, M. Mathieu, Y. LeCun, "Energy-based generative adversarial networks", ICLR
    2017, equations 1 and 2, theorem 1.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.gan import EnergyBased
    >>> errors = torch.tensor([0.25, 0.75]), torch.tensor([0.5, 3.0])
    >>> EnergyBased().critic(*errors).item()
    0.75
    """

    name: ClassVar[str] = "energy_based"
    autoencoding: ClassVar[bool] = True

    margin: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(
            "margin",
            self.margin,
            lambda m: m > 0,
            "positive",
            "take a few times the reconstruction error of real rows",
        )

    def critic(
        self, real: Tensor, fake: Tensor, state: dict[str, Tensor] | None = None
    ) -> Tensor:
        """Error of real rows, and what fake ones lack of m; see `GANLoss.critic`."""
        return real.mean() + F.relu(self.margin - fake).mean()

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Mean error; see `GANLoss.generator`."""
        return fake.mean()

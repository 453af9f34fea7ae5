"""Boundary equilibrium GAN (Berthelot et al., 2017)."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from .._checks import check_number
from ._base import GANLoss


@dataclass(frozen=True)
class BoundaryEquilibrium(GANLoss):
    r"""Reconstruction errors whose ratio is held at a set value.

    .. math:: L_D = E_p[e] - k_t\, E_q[e], \quad L_G = E_q[e], \quad
              k_{t+1} = \mathrm{clip}_{[0, 1]}\big(k_t
              + \lambda (\gamma\, E_p[e] - E_q[e])\big)

    with p of real and q of generated rows and the error :math:`e \ge 0` of an
    autoencoding critic. The state is :math:`k_t`, 0 at the start: the critic first
    learns to reconstruct, and then tells generated rows apart only as far as
    :math:`E_q[e]` stays near :math:`\gamma\,E_p[e]`.

    Parameters
    ----------
    gamma : float in (0, 1], default=0.5
        Ratio of the errors of generated and of real rows at equilibrium. Small values
        give less diverse samples.
    rate : float in (0, 1], default=0.001
        Step size lambda of the control, per unit of the error.

    Raises
    ------
    ValueError
        If a field is out of range.

    References
    ----------
    D. Berthelot, T. Schumm, L. Metz, "BEGAN: boundary equilibrium generative
    adversarial networks", arXiv 1703.10717, section 3.4.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.gan import BoundaryEquilibrium
    >>> loss = BoundaryEquilibrium(rate=0.5)
    >>> real, fake = torch.tensor([2.0, 4.0]), torch.tensor([1.0, 1.0])
    >>> state = loss.next_state(loss.initial_state(), real, fake)
    >>> state["k"].item()  # 0 + 0.5 * (0.5 * 3 - 1)
    0.25
    >>> loss.critic(real, fake, state=state).item()
    2.75
    """

    name: ClassVar[str] = "boundary_equilibrium"
    autoencoding: ClassVar[bool] = True

    gamma: float = 0.5
    rate: float = 0.001

    def __post_init__(self) -> None:
        super().__post_init__()
        for field, usual in (("gamma", "0.3 to 0.7"), ("rate", "0.001")):
            check_number(
                field,
                getattr(self, field),
                lambda x: 0 < x <= 1,
                "in (0, 1]",
                f"{usual} is usual",
            )

    def critic(
        self, real: Tensor, fake: Tensor, state: dict[str, Tensor] | None = None
    ) -> Tensor:
        """Error of real rows less k times that of fake ones; see `GANLoss.critic`."""
        state = self.initial_state() if state is None else state
        return real.mean() - state["k"] * fake.mean()

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Mean error; see `GANLoss.generator`."""
        return fake.mean()

    def initial_state(self) -> dict[str, Tensor]:
        """No weight on generated rows yet; see `GANLoss.initial_state`."""
        return {"k": torch.zeros(())}

    def next_state(
        self, state: dict[str, Tensor], real: Tensor, fake: Tensor
    ) -> dict[str, Tensor]:
        """One step of the proportional control; see `GANLoss.next_state`."""
        excess = self.gamma * real.detach().mean() - fake.detach().mean()
        return {"k": (state["k"] + self.rate * excess).clamp(0, 1)}

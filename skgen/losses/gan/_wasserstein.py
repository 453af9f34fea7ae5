"""Wasserstein GANs: clipped (Arjovsky et al.) or with a penalty (Gulrajani et al.)."""

from dataclasses import dataclass, field
from typing import ClassVar

from torch import Tensor

from .._checks import check_number
from ..penalties import GradientPenalty, Penalty
from ._base import GANLoss


def _difference(real: Tensor, fake: Tensor) -> Tensor:
    return fake.mean() - real.mean()


@dataclass(frozen=True)
class Wasserstein(GANLoss):
    r"""Difference of the mean scores, of a critic with clipped weights.

    .. math:: L_D = E_q[s] - E_p[s], \quad L_G = -E_q[s]

    with p of real and q of generated rows. Over all critics of slope at most K the
    smallest :math:`L_D` is -K times the Wasserstein-1 distance of p and q, which
    falls steadily as q approaches p, also where the two do not overlap. Weights clipped
    to a box bound the slope, by a K that is not known.

    Parameters
    ----------
    clip : float, default=0.01
        After each step of the critic its weights are clipped to [-clip, clip]; > 0.

    Raises
    ------
    ValueError
        If `clip` is not positive.

    See Also
    --------
    WassersteinGP : The slope is held near 1 by a penalty; usually the better choice.

    References
    ----------
    M. Arjovsky, S. Chintala, L. Bottou, "Wasserstein generative adversarial networks",
    ICML 2017, equation 2 and algorithm 1.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.gan import Wasserstein
    >>> Wasserstein().critic(torch.tensor([4.0, 6.0]), torch.tensor([1.0, 3.0])).item()
    -3.0
    """

    name: ClassVar[str] = "wasserstein"

    clip: float = 0.01
    n_critic: int = field(default=5, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(
            "clip",
            self.clip,
            lambda c: c > 0,
            "positive",
            "the paper has 0.01; for a critic without clipping use WassersteinGP",
        )

    def critic(
        self, real: Tensor, fake: Tensor, state: dict[str, Tensor] | None = None
    ) -> Tensor:
        """Mean score of fake less that of real rows; see `GANLoss.critic`."""
        return _difference(real, fake)

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Negative mean score; see `GANLoss.generator`."""
        return -fake.mean()


@dataclass(frozen=True)
class WassersteinGP(GANLoss):
    r"""Difference of the mean scores, of a critic whose slope is penalised.

    .. math:: L_D = E_q[s] - E_p[s] + \lambda\, E[(\|\nabla s\| - 1)^2], \quad
              L_G = -E_q[s]

    with p of real and q of generated rows. The last term is the field `penalty`; the
    methods compute the others, and the trainer adds it.

    Parameters
    ----------
    penalty : Penalty, default=GradientPenalty()
        Penalty on the critic's slope.

    Raises
    ------
    ValueError
        If `penalty` is not a Penalty.

    See Also
    --------
    Wasserstein : The slope is bounded by clipping weights.

    References
    ----------
    I. Gulrajani, F. Ahmed, M. Arjovsky, V. Dumoulin, A. Courville, "Improved training
    of Wasserstein GANs", NeurIPS 2017, equation 3.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.gan import WassersteinGP
    >>> WassersteinGP().generator(torch.tensor([1.0, 3.0])).item()
    -2.0
    >>> WassersteinGP().penalty
    GradientPenalty(weight=10.0, target=1.0, one_sided=False, every=1)
    """

    name: ClassVar[str] = "wasserstein_gp"

    penalty: Penalty = GradientPenalty()
    n_critic: int = field(default=5, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.penalty, Penalty):
            raise ValueError(
                f"penalty must be a Penalty, got {self.penalty!r}; take one from "
                "skgen.losses.penalties, or Wasserstein for clipped weights."
            )

    def critic(
        self, real: Tensor, fake: Tensor, state: dict[str, Tensor] | None = None
    ) -> Tensor:
        """Mean score of fake less that of real rows; see `GANLoss.critic`."""
        return _difference(real, fake)

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Negative mean score; see `GANLoss.generator`."""
        return -fake.mean()

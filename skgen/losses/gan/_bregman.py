"""b-GAN: density ratios by Bregman divergences (Uehara et al., 2016)."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ._base import GANLoss
from ._f_divergence import _tempered


class _Convex(NamedTuple):
    """A convex f, its slope f', and f'(r) r - f(r), all of s = log r."""

    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]
    excess: Callable[[Tensor], Tensor]


_FUNCTIONS = {
    "pearson": _Convex(
        lambda s: 0.5 * torch.expm1(s).square(),
        torch.expm1,
        lambda s: 0.5 * torch.expm1(2 * s),
    ),
    "kl": _Convex(
        lambda s: s * torch.exp(s) - torch.expm1(s), lambda s: s, torch.expm1
    ),
    "jensen_shannon": _Convex(
        lambda s: s * torch.exp(s) - (1 + torch.exp(s)) * (F.softplus(s) - math.log(2)),
        lambda s: math.log(2) + F.logsigmoid(s),
        lambda s: F.softplus(s) - math.log(2),
    ),
}


@dataclass(frozen=True)
class Bregman(GANLoss):
    r"""Density ratio by a Bregman divergence, and its f-divergence as the aim.

    The score is the logarithm of a ratio r. For a convex f with f(1) = 0 the critic
    minimises, up to a constant, the Bregman divergence of the true
    ratio from r,

    .. math:: L_D = E_q[f'(r) r - f(r)] - E_p[f'(r)], \quad L_G = E_q[f(r)]

    with p of real and q of generated rows. The best ratio is p / q, where :math:`-L_D`
    and :math:`L_G` both are the f-divergence. The generator minimises the divergence
    itself: it moves rows to where r is 1.

    Parameters
    ----------
    function : {"pearson", "kl", "jensen_shannon"}, default="pearson"
        f: :math:`\frac12 (r - 1)^2`, :math:`r \log r - r + 1`, or :math:`r \log r -
        (r + 1) \log \frac{r + 1}{2}`.

    Raises
    ------
    ValueError
        If `function` is not among these.

    References
    ----------
    M. Uehara, I. Sato, M. Suzuki, K. Nakayama, Y. Matsuo, "Generative adversarial nets
    from a density ratio estimation perspective", arXiv 1610.02920, equations 3 to 6.
    Here scores beyond 10 in size count as :math:`\pm(10 + \log(|s| - 9))`, so that
    exponentials do not overflow.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.gan import Bregman
    >>> ratio = torch.tensor([2.0, 0.5])
    >>> round(Bregman("pearson").generator(ratio.log()).item(), 4)  # .5 and .125
    0.3125
    """

    name: ClassVar[str] = "bregman"

    function: str = "pearson"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.function not in list(_FUNCTIONS):
            raise ValueError(
                f"function must be one of {', '.join(_FUNCTIONS)}, got "
                f"{self.function!r}; for another one derive a class from GANLoss."
            )

    def critic(
        self, real: Tensor, fake: Tensor, state: dict[str, Tensor] | None = None
    ) -> Tensor:
        """Bregman divergence up to a constant; see `GANLoss.critic`."""
        f = _FUNCTIONS[self.function]
        return f.excess(_tempered(fake)).mean() - f.slope(_tempered(real)).mean()

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Mean of f; see `GANLoss.generator`."""
        return _FUNCTIONS[self.function].value(_tempered(fake)).mean()

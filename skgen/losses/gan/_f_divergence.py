"""f-GANs: variational bounds of f-divergences (Nowozin et al., 2016)."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .._checks import check_flag
from ._base import GANLoss

# Scores up to here are used as they are; a density ratio of exp(10) is beyond what
# samples tell.
_BOUND = 10.0


def _tempered(score: Tensor) -> Tensor:
    """Increasing function of the score, itself up to a bound and logarithmic beyond."""
    inside = score.clamp(-_BOUND, _BOUND)
    return inside + score.sign() * torch.log1p(F.relu(score.abs() - _BOUND))


class _Divergence(NamedTuple):
    """Functions of the score v, T = g_f(v) and f*(T), and v as one of log(p / q)."""

    statistic: Callable[[Tensor], Tensor]
    conjugate: Callable[[Tensor], Tensor]
    best: Callable[[Tensor], Tensor]


# Table 2 of the paper, with f*(g_f(v)) simplified by hand. Two deviations from it.
# Where an exponential is taken, the score is tempered first: T still covers the domain
# of f*, so the bound and its optimum stay, and float32 does not overflow. The conjugate
# of "pearson" is that of f on u >= 0: -1 for t < -2, where t^2 / 4 + t rises again, a
# looser bound whose gradient has the wrong sign.
_DIVERGENCES = {
    "kl": _Divergence(
        _tempered, lambda v: torch.exp(_tempered(v) - 1), lambda r: 1 + r
    ),
    "reverse_kl": _Divergence(
        lambda v: -torch.exp(-_tempered(v)), lambda v: _tempered(v) - 1, lambda r: r
    ),
    "jensen_shannon": _Divergence(
        lambda v: math.log(2) + F.logsigmoid(v),
        lambda v: F.softplus(v) - math.log(2),
        lambda r: r,
    ),
    "pearson": _Divergence(
        lambda v: v,
        lambda v: F.relu(1 + 0.5 * v).square() - 1,
        lambda r: 2 * torch.expm1(r),
    ),
    "hellinger": _Divergence(
        lambda v: -torch.expm1(-_tempered(v)),
        lambda v: torch.expm1(_tempered(v)),
        lambda r: 0.5 * r,
    ),
    "total_variation": _Divergence(
        lambda v: 0.5 * torch.tanh(v),
        lambda v: 0.5 * torch.tanh(v),
        lambda r: 50 * r.sign(),  # whose tanh is 1
    ),
}


@dataclass(frozen=True)
class FDivergence(GANLoss):
    r"""Variational bound of an f-divergence between real and generated rows.

    For a convex f with f(1) = 0 and its conjugate :math:`f^*(t) = \sup_u (u t - f(u))`

    .. math:: D_f(p \,\|\, q) = \sum q\, f(p / q) \ge
              E_p[T(x)] - E_q[f^*(T(x))], \quad T = g_f(s)

    with p of real and q of generated rows and an increasing :math:`g_f` that maps
    scores s onto the domain of :math:`f^*`. The critic minimises the negative bound,
    which is tight for :math:`T = f'(p / q)`. The generator minimises
    :math:`-E_q[T(x)]`, or the bound itself if it saturates.

    ===================  ======================================================
    divergence           f(u)
    ===================  ======================================================
    ``kl``               :math:`u \log u`, KL(p, q)
    ``reverse_kl``       :math:`-\log u`, KL(q, p)
    ``jensen_shannon``   :math:`u \log u - (u + 1) \log \frac{u + 1}{2}`, 2 JS
    ``pearson``          :math:`(u - 1)^2`
    ``hellinger``        :math:`(\sqrt u - 1)^2`, the squared Hellinger distance
    ``total_variation``  :math:`\frac12 |u - 1|`
    ===================  ======================================================

    Parameters
    ----------
    divergence : str, default="jensen_shannon"
        A name of the table, which is the `name` of the loss as well.
    saturating : bool, default=False
        Whether the generator minimises the bound, :math:`-E_q[f^*(T(x))]`. Where the
        critic is sure that rows are fake its gradient is small; for ``pearson`` it is 0
        below a score of -2.

    Raises
    ------
    ValueError
        If `divergence` is not in the table, or `saturating` is not a bool.

    References
    ----------
    S. Nowozin, B. Cseke, R. Tomioka, "f-GAN: training generative neural samplers using
    variational divergence minimization", NeurIPS 2016: equation 6 for the bound, tables
    1 and 2 for f and :math:`g_f`, section 3.2 for the generator. Here scores s
    beyond 10 in size enter exponentials as :math:`\pm(10 + \log(|s| - 9))`, so that
    they do not overflow, and the conjugate for ``pearson`` is -1 for t < -2, since u is
    never negative.

    Examples
    --------
    >>> import math
    >>> import torch
    >>> from skgen.losses.gan import FDivergence
    >>> heads, tails = 1 + math.log(2), -1e6  # best scores of a double-headed coin
    >>> real, fake = torch.tensor([heads, heads]), torch.tensor([heads, tails])
    >>> round(-FDivergence("kl").critic(real, fake).item(), 4)  # KL = log 2
    0.6931
    """

    divergence: str = "jensen_shannon"
    saturating: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.divergence not in list(_DIVERGENCES):
            raise ValueError(
                f"divergence must be one of {', '.join(_DIVERGENCES)}, got "
                f"{self.divergence!r}; for another one derive a class from GANLoss."
            )
        check_flag("saturating", self.saturating, "the default is False")

    @property
    def name(self) -> str:
        """Name of the divergence."""
        return self.divergence

    @classmethod
    def variants(cls) -> tuple[GANLoss, ...]:
        """One loss per divergence; see `GANLoss.variants`."""
        return tuple(cls(divergence) for divergence in _DIVERGENCES)

    def statistic(self, score: Tensor) -> Tensor:
        """T of each row.

        Parameters
        ----------
        score : Tensor
            Unbounded scores.

        Returns
        -------
        statistic : Tensor
            Increasing in the score, of its shape; in the domain of f*.
        """
        return _DIVERGENCES[self.divergence].statistic(score)

    def conjugate(self, score: Tensor) -> Tensor:
        """Conjugate f*(T) of each row.

        Parameters
        ----------
        score : Tensor
            Unbounded scores.

        Returns
        -------
        conjugate : Tensor
            Of the shape of `score`.
        """
        return _DIVERGENCES[self.divergence].conjugate(score)

    def best_score(self, log_ratio: Tensor) -> Tensor:
        """Score of the critic for which the bound is tight, T = f'(p / q).

        Parameters
        ----------
        log_ratio : Tensor
            log p(x) - log q(x) of each row, in nats.

        Returns
        -------
        score : Tensor
            Of the shape of `log_ratio`; tight where it is at most 10 in size.
        """
        return _DIVERGENCES[self.divergence].best(log_ratio)

    def critic(
        self, real: Tensor, fake: Tensor, state: dict[str, Tensor] | None = None
    ) -> Tensor:
        """Negative bound of the divergence; see `GANLoss.critic`."""
        return self.conjugate(fake).mean() - self.statistic(real).mean()

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Mean of -T or of -f*(T); see `GANLoss.generator`."""
        if self.saturating:
            return -self.conjugate(fake).mean()
        return -self.statistic(fake).mean()

"""Least squares GAN (Mao et al., 2017)."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from .._checks import check_number
from ._base import GANLoss


@dataclass(frozen=True)
class LeastSquares(GANLoss):
    r"""Squared distance of the scores from labels.

    .. math:: L_D = \tfrac12 E_p[(s - b)^2] + \tfrac12 E_q[(s - a)^2], \quad
              L_G = \tfrac12 E_q[(s - c)^2]

    with p of real and q of generated rows. The best score is
    :math:`(b p + a q) / (p + q)`. With b - c = 1 and b - a = 2 the generator then
    minimises half the Pearson divergence
    :math:`\chi^2(p + q \,\|\, 2 q) = \sum (p - q)^2 / (p + q)`, up to a term of real
    rows. Scores far on the right side still have a gradient, other than with
    cross-entropy.

    Parameters
    ----------
    a : float, default=0.0
        Label of generated rows.
    b : float, default=1.0
        Label of real rows, larger than `a`.
    c : float, default=1.0
        Score that the generator wants for its rows, larger than `a`.

    Raises
    ------
    ValueError
        If a label is not finite, or `b` or `c` is not larger than `a`.

    References
    ----------
    X. Mao et al., "Least squares generative adversarial networks", ICCV 2017, equation
    2; section 3.2 for the divergence.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.gan import LeastSquares
    >>> LeastSquares().critic(torch.tensor([1.0, 3.0]), torch.zeros(2)).item()
    1.0
    >>> LeastSquares().generator(torch.zeros(2)).item()
    0.5
    """

    name: ClassVar[str] = "least_squares"

    a: float = 0.0
    b: float = 1.0
    c: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        remedy = "common triples (a, b, c) are (0, 1, 1) and (-1, 1, 0)"
        check_number("a", self.a, lambda a: True, "a finite number", remedy)
        for label in ("b", "c"):
            value = getattr(self, label)
            check_number(
                label, value, lambda x: x > self.a, f"larger than a={self.a!r}", remedy
            )

    def critic(
        self, real: Tensor, fake: Tensor, state: dict[str, Tensor] | None = None
    ) -> Tensor:
        """Half the squared distances from the labels; see `GANLoss.critic`."""
        on_real = (real - self.b).square().mean()
        return 0.5 * (on_real + (fake - self.a).square().mean())

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Half the squared distance from c; see `GANLoss.generator`."""
        return 0.5 * (fake - self.c).square().mean()

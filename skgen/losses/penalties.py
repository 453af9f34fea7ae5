"""Penalties on the slope of a critic, which keep an adversarial game stable."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral

import torch
import torch.nn.functional as F
from torch import Tensor

from ._checks import check_flag, check_number

__all__ = ["DRAGAN", "R1", "R2", "GradientPenalty", "Penalty"]

Scores = Callable[[Tensor], Tensor]


class Penalty(ABC):
    """Template of a penalty: a frozen dataclass that is called with the critic.

    ``penalty(scores, real, fake, generator)`` is the term to add to what the critic
    minimises, a Tensor of shape (), >= 0. `scores` maps rows (batch, ...) to their
    scores (batch,), each row by itself; `real` and `fake` are rows of any shape, and no
    gradient flows back into them; the torch generator, on any device, is where random
    numbers come from. A new one overrides `__call__`.

    Attributes
    ----------
    every : int
        Steps from one evaluation of the penalty to the next, since it costs more than
        the rest of a step; the term then counts `every` times.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import torch
    >>> from skgen.losses.penalties import Penalty
    >>> @dataclass(frozen=True)
    ... class Drift(Penalty):
    ...     weight: float = 0.5
    ...
    ...     def __call__(self, scores, real, fake, generator):
    ...         return self.weight * scores(real).square().mean()
    >>> mean = lambda x: x.mean(dim=1)
    >>> Drift()(mean, 2 * torch.ones(3, 4), torch.ones(3, 4), torch.Generator()).item()
    2.0
    """

    every: int = 1

    @abstractmethod
    def __call__(
        self, scores: Scores, real: Tensor, fake: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Term to add to what the critic minimises.

        Parameters
        ----------
        scores : callable
            Maps rows (batch, ...) to their scores (batch,), each row by itself.
        real : Tensor of shape (n_real, ...)
            Real rows: of a table, images, or of any other shape.
        fake : Tensor of shape (n_fake, ...)
            Generated rows; no gradient flows back into them.
        generator : torch.Generator
            Where random numbers come from, on any device; others are left as they are.

        Returns
        -------
        penalty : Tensor of shape ()
            Mean over rows times the weight, >= 0, differentiable in the parameters of
            the critic.
        """


@dataclass(frozen=True)
class GradientPenalty(Penalty):
    r"""Slope near a target on lines between real and generated rows (WGAN-GP).

    .. math:: \lambda\, E\big[(\|\nabla_x s(\hat x)\| - K)^2\big], \quad
              \hat x = t\,x_q + (1 - t)\,x_p, \quad t \sim U(0, 1)

    with real :math:`x_p` and generated :math:`x_q`, the first ``min(n_real, n_fake)``
    rows of each as pairs, t and the norm by row.

    Parameters
    ----------
    weight : float, default=10.0
        lambda, >= 0.
    target : float, default=1.0
        Slope K, >= 0; 0 is the penalty centred at zero.
    one_sided : bool, default=False
        Whether only slopes above `target` are penalised.
    every : int, default=1
        Steps from one penalty to the next.

    Raises
    ------
    ValueError
        If a field is out of range.

    References
    ----------
    I. Gulrajani, F. Ahmed, M. Arjovsky, V. Dumoulin, A. Courville, "Improved training
    of Wasserstein GANs", NeurIPS 2017, equation 3.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.penalties import GradientPenalty
    >>> steep = lambda x: x @ torch.tensor([3.0, 4.0])  # slope 5
    >>> x, generator = torch.ones(7, 2), torch.Generator().manual_seed(0)
    >>> GradientPenalty(weight=1.0)(steep, x, -x, generator).item()
    16.0
    """

    weight: float = 10.0
    target: float = 1.0
    one_sided: bool = False
    every: int = 1

    def __post_init__(self) -> None:
        _check_size("weight", self.weight, "10 is usual")
        _check_size("target", self.target, "1 is usual, 0 centres the penalty at zero")
        check_flag("one_sided", self.one_sided, "the default is False")
        _check_every(self.every)

    def __call__(
        self, scores: Scores, real: Tensor, fake: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Term to add to what the critic minimises; see `Penalty`."""
        n = min(len(real), len(fake))
        real, fake = real[:n].detach(), fake[:n].detach()
        t = torch.rand(
            (n, *[1] * (real.ndim - 1)),
            generator=generator,
            device=generator.device,
            dtype=real.dtype,
        ).to(real.device)
        excess = _slopes(scores, torch.lerp(real, fake, t)) - self.target
        if self.one_sided:
            excess = F.relu(excess)
        return self.weight * excess.square().mean()


@dataclass(frozen=True)
class R1(Penalty):
    r"""Squared slope on real rows.

    .. math:: \frac\gamma2\, E_p\big[\|\nabla_x s(x)\|^2\big]

    At the equilibrium the critic is flat on the data. With it a simultaneous gradient
    descent converges near the equilibrium also where the data lie on a manifold.

    Parameters
    ----------
    weight : float, default=1.0
        gamma, >= 0. Small tables and images do with 0.1 to 10, large images with more.
    every : int, default=4
        Steps from one penalty to the next.

    Raises
    ------
    ValueError
        If `weight` is negative, or `every` is no whole number >= 1.

    References
    ----------
    L. Mescheder, A. Geiger, S. Nowozin, "Which training methods for GANs do actually
    converge?", ICML 2018, equation 9.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.penalties import R1
    >>> steep = lambda x: x @ torch.tensor([3.0, 4.0])
    >>> x, generator = torch.ones(7, 2), torch.Generator()
    >>> R1(weight=2.0)(steep, x, -x, generator).item()
    25.0
    """

    weight: float = 1.0
    every: int = 4

    def __post_init__(self) -> None:
        _check_size("weight", self.weight, "1 is a start")
        _check_every(self.every)

    def __call__(
        self, scores: Scores, real: Tensor, fake: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Term to add to what the critic minimises; see `Penalty`."""
        gradients = _gradients(scores, real.detach())
        return 0.5 * self.weight * gradients.square().sum(dim=1).mean()


@dataclass(frozen=True)
class R2(Penalty):
    r"""Squared slope on generated rows.

    .. math:: \frac\gamma2\, E_q\big[\|\nabla_x s(x)\|^2\big]

    Parameters
    ----------
    weight : float, default=1.0
        gamma, >= 0.
    every : int, default=4
        Steps from one penalty to the next.

    Raises
    ------
    ValueError
        If `weight` is negative, or `every` is no whole number >= 1.

    See Also
    --------
    R1 : The same on real rows.

    References
    ----------
    L. Mescheder, A. Geiger, S. Nowozin, "Which training methods for GANs do actually
    converge?", ICML 2018, equation 10.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.penalties import R2
    >>> bowl = lambda x: 0.5 * x.square().sum(dim=1)  # its gradient is x
    >>> real, fake = torch.zeros(3, 2), torch.tensor([[3.0, 4.0]])
    >>> R2(weight=2.0)(bowl, real, fake, torch.Generator()).item()
    25.0
    """

    weight: float = 1.0
    every: int = 4

    def __post_init__(self) -> None:
        _check_size("weight", self.weight, "1 is a start")
        _check_every(self.every)

    def __call__(
        self, scores: Scores, real: Tensor, fake: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Term to add to what the critic minimises; see `Penalty`."""
        gradients = _gradients(scores, fake.detach())
        return 0.5 * self.weight * gradients.square().sum(dim=1).mean()


@dataclass(frozen=True)
class DRAGAN(Penalty):
    r"""Slope near one around real rows.

    .. math:: \lambda\, E_{p, \delta}\big[(\|\nabla_x s(x + \delta)\| - 1)^2\big], \quad
              \delta \sim N(0, c^2 I)

    Parameters
    ----------
    weight : float, default=10.0
        lambda, >= 0.
    scale : float, default=0.5
        Standard deviation c of the noise, in units of the standard deviation of all
        entries of the real rows of the batch; >= 0.
    every : int, default=1
        Steps from one penalty to the next.

    Raises
    ------
    ValueError
        If a field is negative.

    References
    ----------
    N. Kodali, J. Abernethy, J. Hays, Z. Kira, "On convergence and stability of GANs",
    arXiv 1705.07215. Normal noise as in the text; its scale follows the batch as in the
    authors' code, where the noise is uniform.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.penalties import DRAGAN
    >>> steep = lambda x: x @ torch.tensor([3.0, 4.0])  # slope 5
    >>> x, generator = torch.ones(7, 2), torch.Generator().manual_seed(0)
    >>> DRAGAN(weight=1.0)(steep, x, -x, generator).item()
    16.0
    """

    weight: float = 10.0
    scale: float = 0.5
    every: int = 1

    def __post_init__(self) -> None:
        _check_size("weight", self.weight, "10 is usual")
        _check_size("scale", self.scale, "0.5 is usual, 0 adds no noise")
        _check_every(self.every)

    def __call__(
        self, scores: Scores, real: Tensor, fake: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Term to add to what the critic minimises; see `Penalty`."""
        real = real.detach()
        noise = torch.randn(
            real.shape, generator=generator, device=generator.device, dtype=real.dtype
        ).to(real.device)
        spread = real.std(correction=0)
        slopes = _slopes(scores, real + self.scale * spread * noise)
        return self.weight * (slopes - 1).square().mean()


def _gradients(scores: Scores, x: Tensor) -> Tensor:
    """Gradient of each row's score in the row, flat: (batch, size of a row)."""
    with torch.enable_grad():
        x = x.requires_grad_()
        # The score of a row depends on no other row: the sum's gradient has them all.
        (gradients,) = torch.autograd.grad(scores(x).sum(), x, create_graph=True)
    return gradients.flatten(1)


def _slopes(scores: Scores, x: Tensor) -> Tensor:
    return torch.linalg.vector_norm(_gradients(scores, x), dim=1)


def _check_size(name: str, value: float, remedy: str) -> None:
    check_number(name, value, lambda x: x >= 0, "a finite number >= 0", remedy)


def _check_every(value: int) -> None:
    check_number(
        "every",
        value,
        lambda n: isinstance(n, Integral) and n >= 1,
        "a whole number >= 1",
        "1 penalises each step, 4 saves time",
    )

"""Consistency between labeled and unlabeled rows (Chen et al., 2020)."""

from collections.abc import Callable

import torch
from torch import Tensor


def mixup_consistency(
    log_phi: Callable[[Tensor], Tensor],
    x_p: Tensor,
    x_u: Tensor,
    log_phi_u: Tensor,
    *,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Squared error of log Phi on mixtures of a positive and an unlabeled row.

    .. math:: E \big[\log(t + (1 - t) \Phi(x_U))
              - \log \Phi(t x_P + (1 - t) x_U)\big]^2

    It keeps Phi smooth and anchors its scale: Phi is 1 on positives.

    Parameters
    ----------
    log_phi : callable
        Maps rows (batch, ...) to log Phi, (..., batch).
    x_p : Tensor of shape (n_positive, ...)
        Labeled rows.
    x_u : Tensor of shape (n_unlabeled, ...)
        Unlabeled rows; the first ``min(n_positive, n_unlabeled)`` rows are paired.
    log_phi_u : Tensor of shape (..., n_unlabeled)
        log Phi of the unlabeled rows; no gradient flows through it.
    generator : torch.Generator, default=None
        Draws t, from a distribution on (0, 1) with most of its mass near both ends.

    Returns
    -------
    error : Tensor
        Scalar mean.

    References
    ----------
    H. Chen, F. Liu, Y. Wang, L. Zhao, H. Wu, "A variational approach for learning from
    positive and unlabeled data", NeurIPS 2020, equation 13 (there t is from a Beta
    distribution; here a symmetric power of a uniform draw, which torch draws from an
    explicit generator).

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.pu import mixup_consistency
    >>> sure = lambda x: torch.zeros(len(x))
    >>> x = torch.ones(3, 2)
    >>> mixup_consistency(sure, x, x, sure(x)).item()
    0.0
    """
    n = min(len(x_p), len(x_u))
    t = torch.rand(n, generator=generator, device=x_u.device)
    t = torch.where(t < 0.5, 0.5 * (2 * t) ** 3, 1 - 0.5 * (2 - 2 * t) ** 3)
    column = t.view(-1, *[1] * (x_u.ndim - 1))
    mixed = column * x_p[:n] + (1 - column) * x_u[:n]
    target = torch.log(t + (1 - t) * log_phi_u.detach()[..., :n].exp() + 1e-6)
    return (target - log_phi(mixed)).square().mean()

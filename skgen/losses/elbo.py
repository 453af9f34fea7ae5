"""The evidence lower bound of a variational autoencoder, and its relatives."""

import math

import torch
from torch import Tensor

__all__ = ["free_bits", "gaussian_kl", "importance_bound", "standard_normal_log_prob"]


def gaussian_kl(mean: Tensor, log_var: Tensor) -> Tensor:
    r"""Divergence of diagonal Gaussians from the standard normal, by dimension.

    .. math:: KL(N(\mu, \sigma^2) \,\|\, N(0, 1))
              = \tfrac12 (\mu^2 + \sigma^2 - \log \sigma^2 - 1)

    Parameters
    ----------
    mean, log_var : Tensor of shape (..., n_dimensions)
        Mean and logarithm of the variance.

    Returns
    -------
    kl : Tensor of shape (..., n_dimensions)
        In nats, >= 0; the divergence of the whole is the sum over dimensions.

    References
    ----------
    D. P. Kingma, M. Welling, "Auto-encoding variational Bayes", ICLR 2014, appendix B.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.elbo import gaussian_kl
    >>> gaussian_kl(torch.tensor([0.0, 2.0]), torch.zeros(2)).tolist()
    [0.0, 2.0]
    """
    return 0.5 * (mean.square() + log_var.exp() - log_var - 1)


def free_bits(kl: Tensor, floor: float) -> Tensor:
    r"""Divergence that is not pushed below a floor in any dimension.

    .. math:: \sum_j \max\left(\lambda, \frac1n \sum_i KL_{ij}\right)

    Parameters
    ----------
    kl : Tensor of shape (batch, n_dimensions)
        Divergence of each row and dimension, in nats.
    floor : float
        Nats lambda that a dimension has for free, >= 0.

    Returns
    -------
    kl : Tensor of shape ()
        Sum over dimensions of the mean over rows, at least `floor` each.

    References
    ----------
    D. P. Kingma et al., "Improving variational inference with inverse autoregressive
    flow", NeurIPS 2016, equation 15.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.elbo import free_bits
    >>> free_bits(torch.tensor([[0.1, 3.0], [0.3, 1.0]]), 0.5).item()
    2.5
    """
    return kl.mean(dim=0).clamp(min=floor).sum()


def importance_bound(log_weights: Tensor, dim: int = 0) -> Tensor:
    r"""Bound of log p(x) from importance weights of several draws.

    .. math:: \log \frac1k \sum_i w_i, \quad
              w_i = \frac{p(x | z_i)\, p(z_i)}{q(z_i | x)}, \quad z_i \sim q(z | x)

    With one draw its mean is the ELBO; in the mean it rises with the number of draws,
    towards log p(x).

    Parameters
    ----------
    log_weights : Tensor
        Logarithms of the weights, in nats.
    dim : int, default=0
        Dimension of the draws.

    Returns
    -------
    bound : Tensor
        `log_weights` without that dimension.

    References
    ----------
    Y. Burda, R. Grosse, R. Salakhutdinov, "Importance weighted autoencoders", ICLR
    2016, equation 8 and theorem 1.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.elbo import importance_bound
    >>> round(importance_bound(torch.tensor([0.2, 0.6]).log()).exp().item(), 4)
    0.4
    """
    return torch.logsumexp(log_weights, dim=dim) - math.log(log_weights.shape[dim])


def standard_normal_log_prob(z: Tensor) -> Tensor:
    """Log-density of the standard normal, summed over the last dimension.

    Parameters
    ----------
    z : Tensor of shape (..., n_dimensions)
        Points.

    Returns
    -------
    log_density : Tensor of shape (...)
        In nats.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.elbo import standard_normal_log_prob
    >>> round(standard_normal_log_prob(torch.zeros(2)).exp().item(), 4)
    0.1592
    """
    return -0.5 * (z.square().sum(dim=-1) + z.shape[-1] * math.log(2 * math.pi))

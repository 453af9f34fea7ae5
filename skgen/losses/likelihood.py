"""Log-likelihoods of integer levels: softmax, mixture of logistics (PixelCNN++)."""

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = [
    "categorical_log_probs",
    "logistic_mixture_log_prob",
    "logistic_mixture_log_probs",
]

# Logarithms of the smallest and the largest scale, in units of half the range: sharper
# than a level of 256, and flat. Beyond them the likelihood hardly changes.
_LOG_SCALES = -7.0, 7.0


def categorical_log_probs(logits: Tensor) -> Tensor:
    r"""Log-probabilities of the levels of a softmax.

    .. math:: \log p(l) = z_l - \log \sum_m e^{z_m}

    Parameters
    ----------
    logits : Tensor of shape (..., levels)
        Unbounded scores z.

    Returns
    -------
    log_probs : Tensor of shape (..., levels)
        In nats; their exponentials sum to 1 over the last axis.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.likelihood import categorical_log_probs
    >>> categorical_log_probs(torch.zeros(4)).exp().tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    return F.log_softmax(logits, dim=-1)


def logistic_mixture_log_probs(parameters: Tensor, levels: int) -> Tensor:
    r"""Log-probabilities of the levels of a discretised mixture of logistics.

    Levels lie evenly on [-1, 1], :math:`2d` apart, and each takes the mass of its cell;
    the outer cells reach to infinity:

    .. math:: p(x) = \sum_k \pi_k \left[\sigma\left(\frac{x + d - \mu_k}{s_k}\right)
              - \sigma\left(\frac{x - d - \mu_k}{s_k}\right)\right]

    Parameters
    ----------
    parameters : Tensor of shape (..., 3 * n_components)
        Logits of the weights, means, and log-scales, one after the other.
    levels : int
        Number of levels, >= 2.

    Returns
    -------
    log_probs : Tensor of shape (..., levels)
        In nats; their exponentials sum to 1 over the last axis.

    References
    ----------
    T. Salimans, A. Karpathy, X. Chen, D. P. Kingma, "PixelCNN++", ICLR 2017,
    equation 2.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.likelihood import logistic_mixture_log_probs
    >>> p = logistic_mixture_log_probs(torch.tensor([0.0, -1.0, -3.0]), 16).exp()
    >>> int(p.argmax()), round(float(p.sum()), 6)
    (0, 1.0)
    """
    x = torch.arange(levels, device=parameters.device)
    shape = parameters.shape[:-1]
    return logistic_mixture_log_prob(
        parameters.unsqueeze(-2).expand(*shape, levels, -1),
        x.expand(*shape, -1),
        levels,
    )


def logistic_mixture_log_prob(parameters: Tensor, x: Tensor, levels: int) -> Tensor:
    """Log-probability of one level each; see `logistic_mixture_log_probs`.

    Parameters
    ----------
    parameters : Tensor of shape (..., 3 * n_components)
        Logits of the weights, means, and log-scales, one after the other.
    x : Tensor of shape (...), integers
        Levels, 0 to `levels` - 1.
    levels : int
        Number of levels, >= 2.

    Returns
    -------
    log_prob : Tensor of shape (...)
        In nats.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.likelihood import logistic_mixture_log_prob
    >>> narrow = torch.tensor([0.0, 1.0, -6.0])
    >>> round(logistic_mixture_log_prob(narrow, torch.tensor(1), 2).exp().item(), 4)
    1.0
    """
    weight, mean, log_scale = parameters.chunk(3, dim=-1)
    log_scale = log_scale.clamp(*_LOG_SCALES)
    half = 1.0 / (levels - 1)
    x = x.unsqueeze(-1)
    center = 2.0 * half * x.to(parameters.dtype) - 1.0 - mean
    sharpness = torch.exp(-log_scale)
    below = F.logsigmoid((center + half) * sharpness)
    above = F.logsigmoid(-(center - half) * sharpness)
    # sigma(a) - sigma(b) = sigma(a) sigma(-b) (1 - e^(b - a)), which does not cancel.
    inner = below + above + torch.log(-torch.expm1(-2.0 * half * sharpness))
    cell = torch.where(x == 0, below, torch.where(x == levels - 1, above, inner))
    return torch.logsumexp(F.log_softmax(weight, dim=-1) + cell, dim=-1)

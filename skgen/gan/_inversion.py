"""Codes whose rows come near given ones, by gradient descent."""

import math

import torch

from ..losses.elbo import standard_normal_log_prob

_RATE = 0.1


def descend(energy, start, n_steps):
    """Codes of low energy, from given ones on.

    Parameters
    ----------
    energy : callable
        Maps codes (batch, n_codes) to the energy of each, (batch,).
    start : Tensor of shape (batch, n_codes)
        Where the descent begins.
    n_steps : int
        Steps of Adam, whose size decays to zero by a cosine.

    Returns
    -------
    codes : Tensor of shape (batch, n_codes)
        Codes; those of a row do not depend on the others.
    """
    with torch.enable_grad():
        z = start.clone().requires_grad_()
        optimizer = torch.optim.Adam([z], lr=_RATE, betas=(0.9, 0.99))
        for i in range(n_steps):
            for group in optimizer.param_groups:
                group["lr"] = _RATE * (1 + math.cos(math.pi * i / n_steps)) / 2
            (z.grad,) = torch.autograd.grad(energy(z).sum(), z)
            optimizer.step()
    return z.detach()


def log_prior(prior, z, classes=None):
    """Log-density of codes by a mixture for each class, or by the standard normal.

    Parameters
    ----------
    prior : dict of Tensor
        ``log_weights``, ``means`` and ``roots`` as `fit_prior` makes them; empty for
        the standard normal.
    z : Tensor of shape (batch, n_codes)
        Codes.
    classes : Tensor of shape (batch,), default=None
        Classes, if there are any.

    Returns
    -------
    log_density : Tensor of shape (batch,)
        In nats.
    """
    if not prior:
        return standard_normal_log_prob(z)
    n_classes = len(prior["means"])
    found = []
    for k in range(n_classes):
        root, mean = prior["roots"][k], prior["means"][k]
        whitened = z @ root - (mean[:, None] @ root)
        volume = torch.log(torch.diagonal(root, dim1=1, dim2=2)).sum(dim=1)
        terms = standard_normal_log_prob(whitened) + volume[:, None]
        found.append(torch.logsumexp(terms + prior["log_weights"][k][:, None], dim=0))
        if n_classes == 1:
            return found[0]
    return torch.stack(found, dim=1).gather(1, classes[:, None])[:, 0]

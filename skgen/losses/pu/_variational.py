"""Variational PU learning (Chen et al., 2020)."""

import math

import torch
from torch import Tensor


def variational(
    score_p: Tensor, score_u: Tensor, *, prior: float | None = None
) -> Tensor:
    r"""Variational loss of VPU; it needs no class prior.

    .. math:: L(\Phi) = \log E_U[\Phi(x)] - E_P[\log \Phi(x)], \quad
              \Phi = \mathrm{sigmoid}(g)

    Its minimum over all Phi is reached by Phi proportional to P(y=1|x), and L exceeds
    the minimum by the KL divergence of p(x|y=1) from its model.

    Parameters
    ----------
    score_p : Tensor of shape (n_positive,)
        Unbounded scores g of positive rows.
    score_u : Tensor of shape (n_unlabeled,)
        Scores of rows drawn from p(x).
    prior : None
        Ignored, here so that all risks are called alike.

    Returns
    -------
    loss : Tensor
        Scalar, in nats.

    References
    ----------
    H. Chen, F. Liu, Y. Wang, L. Zhao, H. Wu, "A variational approach for learning from
    positive and unlabeled data", NeurIPS 2020, equation 6.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.pu import variational
    >>> variational(torch.zeros(3), torch.zeros(5)).item()  # no preference
    0.0
    """
    log_phi_u = torch.nn.functional.logsigmoid(score_u)
    log_mean_u = torch.logsumexp(log_phi_u, dim=-1) - math.log(score_u.shape[-1])
    return log_mean_u - torch.nn.functional.logsigmoid(score_p).mean(dim=-1)

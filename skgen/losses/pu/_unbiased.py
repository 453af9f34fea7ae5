"""Unbiased PU risk (du Plessis et al., 2015)."""

import torch.nn.functional as F
from torch import Tensor


def unbiased(score_p: Tensor, score_u: Tensor, *, prior: float) -> Tensor:
    r"""Risk of a classifier, estimated from P and U without bias.

    .. math:: R(g) = \pi E_P[\ell(g)] - \pi E_P[\ell(-g)] + E_U[\ell(-g)], \quad
              \ell(g) = \log(1 + e^{-g})

    Parameters
    ----------
    score_p : Tensor of shape (n_positive,)
        Unbounded scores of positive rows; positive means class 1.
    score_u : Tensor of shape (n_unlabeled,)
        Scores of rows drawn from p(x).
    prior : float in (0, 1)
        P(y=1).

    Returns
    -------
    risk : Tensor
        Scalar, in nats. It can fall below 0 when the network overfits.

    References
    ----------
    M. C. du Plessis, G. Niu, M. Sugiyama, "Convex formulation for learning from
    positive and unlabeled data", ICML 2015, equation 3 (with the logistic loss).

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.pu import unbiased
    >>> round(unbiased(torch.zeros(3), torch.zeros(5), prior=0.4).item(), 4)  # log 2
    0.6931
    """
    loss_p = F.softplus(-score_p).mean()
    # l(-g) on P: what the positives inside U contributed to the negatives' risk.
    loss_p_as_n = F.softplus(score_p).mean()
    return prior * (loss_p - loss_p_as_n) + F.softplus(score_u).mean()

"""Non-negative PU risk (Kiryo et al., 2017)."""

import torch
import torch.nn.functional as F
from torch import Tensor


def nonnegative(
    score_p: Tensor,
    score_u: Tensor,
    *,
    prior: float,
    share: float | None = None,
    beta: float = 0.0,
    gamma: float = 1.0,
) -> Tensor:
    r"""PU risk whose estimate of the negatives' part cannot fall below zero.

    .. math:: R(g) = \pi E_P[\ell(g)] +
              \max\{0, E_U[\ell(-g)] - \pi E_P[\ell(-g)]\}, \quad
              \ell(g) = 1 / (1 + e^{g})

    Where the second part falls below -beta, the gradient is that of gamma times the
    part's negative, which undoes the overfitting (algorithm 1 of the paper); the value
    stays R.

    Where positives are rare, "all are negative" has a risk of no more than
    :math:`\pi`, and the sigmoid loss is flat there. With a `share`
    :math:`\pi'` the two parts are weighed as in a population with that share of
    positives [2]_: R is then :math:`\pi' E_P[\ell(g)] + \frac{1 - \pi'}{1 - \pi}
    \max\{0, \cdot\}`.

    Parameters
    ----------
    score_p : Tensor of shape (..., n_positive)
        Unbounded scores of positive rows.
    score_u : Tensor of shape (..., n_unlabeled)
        Scores of rows drawn from p(x).
    prior : float in (0, 1)
        P(y=1).
    share : float in (0, 1), default=None
        Share of positives that errors are weighed by; None: `prior`.
    beta : float, default=0.0
        How far below zero the negatives' part may fall.
    gamma : float in [0, 1], default=1.0
        Size of the correcting step.

    Returns
    -------
    risk : Tensor
        Scalar in [0, 1], the mean over the leading dimensions; the sigmoid loss has no
        unit.

    References
    ----------
    .. [1] R. Kiryo, G. Niu, M. C. du Plessis, M. Sugiyama, "Positive-unlabeled learning
       with non-negative risk estimator", NeurIPS 2017, equation 6.
    .. [2] G. Su, W. Chen, M. Xu, "Positive-unlabeled learning from imbalanced data",
       IJCAI 2021.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.pu import nonnegative
    >>> round(nonnegative(torch.zeros(3), torch.zeros(5), prior=0.4).item(), 4)
    0.5
    """
    share = prior if share is None else share
    positive = share * torch.sigmoid(-score_p).mean(dim=-1)
    negative = torch.sigmoid(score_u).mean(dim=-1)
    negative = negative - prior * torch.sigmoid(score_p).mean(dim=-1)
    above = negative >= -beta
    negative = negative * ((1 - share) / (1 - prior))
    # Where the part is too small: the value of R, the gradient of -gamma times it.
    step = -gamma * negative
    undone = positive.detach() + F.relu(negative.detach()) + step - step.detach()
    return torch.where(above, positive + negative, undone).mean()

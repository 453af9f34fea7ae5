"""Discriminative adversarial networks for PU data (Liu et al., arXiv 1906.00642)."""

import torch
import torch.nn.functional as F
from torch import Tensor


def adversarial_value(critic_p: Tensor, critic_u: Tensor, log_phi_u: Tensor) -> Tensor:
    r"""Value of the game between the classifier Phi and the critic D.

    .. math:: V(\Phi, D) = \frac1{n_P} \sum_{x \in P} \log D(x)
              + \frac{\sum_{x \in U} \Phi(x) \log (1 - D(x))}{\sum_{x \in U} \Phi(x)}

    The critic maximises V and the classifier minimises it. For fixed Phi the best
    critic is p / (p + p_Phi) with p_Phi proportional to Phi(x) p_U(x), and then
    V = 2 JS(p, p_Phi) - 2 log 2: the classifier reweighs U until it looks like P. For K
    classes the value is the mean of one such term per labeled class.

    Parameters
    ----------
    critic_p : Tensor of shape (..., n_positive)
        Unbounded critic scores (logits of D) of labeled rows.
    critic_u : Tensor of shape (..., n_unlabeled)
        Critic scores of unlabeled rows.
    log_phi_u : Tensor of shape (..., n_unlabeled)
        log Phi(x) of unlabeled rows.

    Returns
    -------
    value : Tensor
        V in nats, the mean over the leading dimensions; a scalar in [-inf, 0].

    References
    ----------
    F. Liu, H. Chen, H. Wu, "Discriminative adversarial networks for positive-unlabeled
    learning", arXiv 1906.00642, equation 4.

    Examples
    --------
    >>> import torch
    >>> from skgen.losses.pu import adversarial_value
    >>> zero = torch.zeros(5)
    >>> round(adversarial_value(zero, zero, zero).item(), 4)  # an undecided critic
    -1.3863
    """
    weight = torch.softmax(log_phi_u, dim=-1)  # Phi / sum Phi
    on_p = F.logsigmoid(critic_p).mean(dim=-1)
    on_u = (weight * F.logsigmoid(-critic_u)).sum(dim=-1)
    return (on_p + on_u).mean()

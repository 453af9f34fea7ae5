"""Class priors from scores of labeled and unlabeled rows."""

import numpy as np


def best_bin_estimate(
    score_p, score_u, *, n_different=(None, None), delta=0.1, gamma=0.01
):
    r"""Best-bin estimate of the class prior (BBE).

    The share of unlabeled over the share of positive rows that score above a threshold
    bounds the prior from above, and is the prior where the rows above are purely
    positive. The threshold taken minimises the upper confidence bound of that ratio.

    Parameters
    ----------
    score_p : ndarray of shape (n_positive,)
        Scores of labeled positives that the scorer was not trained on.
    score_u : ndarray of shape (n_unlabeled,)
        Scores of rows drawn from p(x).
    n_different : tuple of int, default=(None, None)
        How many rows of each kind differ; None: all of them.
    delta : float, default=0.1
        Probability that the bound may fail.
    gamma : float, default=0.01
        Weight of the confidence term beyond 1.

    Returns
    -------
    prior : float in (0, 1]
        Estimate of P(y=1).

    References
    ----------
    S. Garg, Y. Wu, A. Smola, S. Balakrishnan, Z. Lipton, "Mixture proportion estimation
    and PU learning: a modern approach", NeurIPS 2021, algorithm 1.
    """
    score_p, score_u = np.sort(score_p), np.sort(score_u)
    thresholds = np.unique(np.concatenate([score_p, score_u]))
    share_p = 1 - np.searchsorted(score_p, thresholds, side="left") / len(score_p)
    share_u = 1 - np.searchsorted(score_u, thresholds, side="left") / len(score_u)
    share_u, share_p = share_u[share_p > 0], share_p[share_p > 0]
    n_p, n_u = n_different[0] or len(score_p), n_different[1] or len(score_u)
    doubt = np.sqrt(np.log(4 / delta) / 2) * (n_u**-0.5 + n_p**-0.5)
    best = np.argmin(share_u / share_p + (1 + gamma) * doubt / share_p)
    return float(min(share_u[best] / share_p[best], 1.0))


def best_bin_of_table(scores, labeled, population, copies=None):
    """Best-bin estimate of scores of a table, whose equal rows count as one witness.

    Parameters
    ----------
    scores : ndarray of shape (n_rows,)
        Scores that no row nor its copies took part in.
    labeled, population : ndarray of bool, shape (n_rows,)
        Which rows are labeled positives, and which are drawn from p(x).
    copies : ndarray of shape (n_rows,), default=None
        Group of equal rows that each row belongs to, see `equal_rows`.

    Returns
    -------
    prior : float in (0, 1]
        Estimate of P(y=1).
    """
    n_different = (None, None)
    if copies is not None:
        n_different = [len(np.unique(copies[rows])) for rows in (labeled, population)]
    return best_bin_estimate(
        scores[labeled], scores[population], n_different=n_different
    )


def elkan_noto_estimate(proba_p, proba_u):
    r"""Class prior after Elkan and Noto: mean score of U over mean score of P.

    With g(x) = P(s=1|x) = c P(y=1|x), labeled rows of separable classes have g = c on
    average, and the mean of g over p(x) is c times the prior.

    Parameters
    ----------
    proba_p, proba_u : ndarray
        Out-of-sample probabilities of being labeled, of positives and of p(x).

    Returns
    -------
    prior : float in [0, 1]
        Estimate of P(y=1); too large where the classes overlap.

    References
    ----------
    C. Elkan, K. Noto, "Learning classifiers from only positive and unlabeled data",
    KDD 2008, estimator e1.
    """
    return float(np.clip(np.mean(proba_u) / max(np.mean(proba_p), 1e-12), 0.0, 1.0))

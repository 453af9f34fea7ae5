"""Class priors from scores of labeled and unlabeled rows."""

import numpy as np


def best_bin_estimate(
    score_p,
    score_u,
    *,
    weight_p=None,
    weight_u=None,
    n_different=(None, None),
    delta=0.1,
    gamma=0.01,
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
    weight_p, weight_u : ndarray, default=None
        Weights of the rows.
    n_different : tuple of float, default=(None, None)
        How many rows of each kind differ; None: all of them, as far as their weights
        are even.
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
    weight_p = np.ones(len(score_p)) if weight_p is None else weight_p
    weight_u = np.ones(len(score_u)) if weight_u is None else weight_u
    thresholds = np.unique(np.concatenate([score_p, score_u]))
    share_p = _share_above(score_p, weight_p, thresholds)
    share_u = _share_above(score_u, weight_u, thresholds)
    share_u, share_p = share_u[share_p > 0], share_p[share_p > 0]
    n_p = n_different[0] or effective_size(weight_p)
    n_u = n_different[1] or effective_size(weight_u)
    doubt = np.sqrt(np.log(4 / delta) / 2) * (n_u**-0.5 + n_p**-0.5)
    best = np.argmin(share_u / share_p + (1 + gamma) * doubt / share_p)
    return float(min(share_u[best] / share_p[best], 1.0))


def _share_above(scores, weight, thresholds):
    order = np.argsort(scores, kind="stable")
    below = np.concatenate([[0.0], np.cumsum(weight[order])])
    at = np.searchsorted(scores[order], thresholds, side="left")
    return 1 - below[at] / below[-1]


def effective_size(weight):
    """Count the rows of even weight that would say as much (Kish)."""
    return weight.sum() ** 2 / max((weight**2).sum(), 1e-300)


def best_bin_of_table(scores, labeled, population, copies=None, weight=None):
    """Best-bin estimate of scores of a table, whose equal rows count as one witness.

    Parameters
    ----------
    scores : ndarray of shape (n_rows,)
        Scores that no row nor its copies took part in.
    labeled, population : ndarray of bool, shape (n_rows,)
        Which rows are labeled positives, and which are drawn from p(x).
    copies : ndarray of shape (n_rows,), default=None
        Group of equal rows that each row belongs to, see `equal_rows`.
    weight : ndarray of shape (n_rows,), default=None
        Weights of the rows.

    Returns
    -------
    prior : float in (0, 1]
        Estimate of P(y=1).
    """
    weight = np.ones(len(scores)) if weight is None else weight
    n_different = (None, None)
    if copies is not None:
        n_different = [
            effective_size(np.bincount(copies[rows], weights=weight[rows] > 0) > 0)
            for rows in (labeled, population)
        ]
    return best_bin_estimate(
        scores[labeled],
        scores[population],
        weight_p=weight[labeled],
        weight_u=weight[population],
        n_different=n_different,
    )


def elkan_noto_estimate(proba_p, proba_u):
    r"""Class prior after Elkan and Noto: mean score of U over mean score of P.

    With g(x) = P(s=1|x) = c P(y=1|x), labeled rows of separable classes have g = c on
    average, and the mean of g over p(x) is c times the prior.

    Parameters
    ----------
    proba_p, proba_u : ndarray or float
        Out-of-sample probabilities of being labeled, of positives and of p(x), or their
        means.

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

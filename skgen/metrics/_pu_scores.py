"""PU scores of real-valued outputs: risk, area under the ROC curve, VPU loss."""

import numpy as np
from sklearn.metrics import roc_auc_score

from ._pu_rows import check_prior, read_rows

LOSSES = ("sigmoid", "zero_one")


def pu_risk_score(
    y,
    score,
    *,
    prior,
    sampling="one_sample",
    loss="sigmoid",
    nonnegative=True,
    pos_label=None,
    unlabeled_label="auto",
    sample_weight=None,
):
    r"""Risk of a classifier, estimated from positive and unlabeled rows.

    .. math::

        R(g) = \pi\,E_P[\ell(g)]
        + \bigl(E_{p(x)}[\ell(-g)] - \pi\,E_P[\ell(-g)]\bigr),

    where the bracket estimates the negatives' part and is cut at zero if `nonnegative`.
    The mean over p(x) is taken over all rows in one-sample data and over the unlabeled
    rows in two-sample data. The loss is :math:`\ell(g) = 1 / (1 + e^g)` ("sigmoid") or
    1 where the sign is wrong and 0 elsewhere ("zero_one"); the unbiased zero-one risk
    is one minus `pu_accuracy_score`.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        PU labels: two symbols, or -1 for unlabeled beside 0 and 1 (PNU). Labeled
        negatives count as rows of the table in one-sample data and are ignored in
        two-sample data.
    score : array-like of shape (n_samples,)
        Unbounded scores, above 0 where positive is predicted, such as
        `decision_function`. Turn a probability p into log(p / (1 - p)) first.
    prior : float in (0, 1)
        P(y=1) in the population: the whole table in one-sample data, the unlabeled
        sample in two-sample data. Never the value that the model believes in.
    sampling : {"one_sample", "two_sample"}, default="one_sample"
        Whether some positives of one table were flagged, or positives and unlabeled
        rows were drawn separately.
    loss : {"sigmoid", "zero_one"}, default="sigmoid"
        The loss of a margin.
    nonnegative : bool, default=True
        Whether the negatives' part is cut at zero [2]_; if not, the estimate is
        unbiased [1]_.
    pos_label : label, default=None
        The positive class; None means the larger label, unless words tell.
    unlabeled_label : "auto" or a label, default="auto"
        The marker of unlabeled rows; "auto" means -1 or a word such as "unlabeled"
        among three or more labels, and the label that is not positive of two.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows, which each mean is taken with.

    Returns
    -------
    risk : float
        Estimated risk, without unit; **lower is better**. In [0, 2) if `nonnegative`;
        else sampling error can carry it below 0.

    Raises
    ------
    ValueError
        If there are no labeled positives or no unlabeled rows, the prior is outside
        (0, 1) or smaller than the labeled share of one-sample data, or a score is NaN.

    See Also
    --------
    make_pu_scorer : Minus the risk, for grid search.
    pu_accuracy_score : The accuracy of predicted labels.

    References
    ----------
    .. [1] M. C. du Plessis, G. Niu, M. Sugiyama, "Analysis of learning from positive
       and unlabeled data", NeurIPS 2014.
    .. [2] R. Kiryo, G. Niu, M. C. du Plessis, M. Sugiyama, "Positive-unlabeled learning
       with non-negative risk estimator", NeurIPS 2017, equation 6.

    Examples
    --------
    >>> from skgen.metrics import pu_risk_score
    >>> y = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    >>> score = [2, 2, 2, 2, -2, -2, -2, -2, -2, -2]
    >>> round(pu_risk_score(y, score, prior=0.4, loss="zero_one"), 3)
    0.0
    >>> round(pu_risk_score(y, score, prior=0.4), 3)  # 1 / (1 + exp(2))
    0.119
    """
    check_prior(prior, "a risk weighs the errors of either class by")
    check_loss(loss)
    rows = read_rows(
        y,
        sampling,
        pos_label,
        unlabeled_label,
        prior,
        sample_weight=sample_weight,
        score=score,
    )
    # Cost of calling a row negative is one minus that of calling it positive.
    on_positives, on_all = rows.means(_sigmoid if loss == "sigmoid" else _is_above)
    negative = on_all - prior * on_positives
    if nonnegative:
        negative = max(0.0, negative)
    return float(prior * (1 - on_positives) + negative)


def pu_roc_auc_score(
    y,
    score,
    *,
    prior=None,
    sampling="one_sample",
    pos_label=None,
    unlabeled_label="auto",
    sample_weight=None,
):
    r"""Area under the ROC curve from positive and unlabeled rows.

    Without `prior`, the area of labeled positives against unlabeled rows. It orders
    models as the true area does, but lies nearer to one half, for the unlabeled rows
    contain positives. With `prior`, the area of positives against negatives, estimated
    without bias:

    .. math::

        \mathrm{AUC} = \frac{\mathrm{AUC}_{P,T} - \pi / 2}{1 - \pi},

    where T is a sample of the population: the unlabeled rows in two-sample data; in
    one-sample data all rows, those of P included, each of which ties with itself.
    That is the same as to correct the area against the unlabeled rows by *their* share
    of positives, :math:`(n\,\pi - n_P) / n_U`.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        PU labels: two symbols, or -1 for unlabeled beside 0 and 1 (PNU). Labeled
        negatives count as rows of the table in one-sample data with `prior`, and are
        ignored otherwise.
    score : array-like of shape (n_samples,)
        Scores on any scale, larger where positive is likelier.
    prior : float in (0, 1), default=None
        P(y=1) in the population: the whole table in one-sample data, the unlabeled
        sample in two-sample data. None leaves the area uncorrected.
    sampling : {"one_sample", "two_sample"}, default="one_sample"
        Whether some positives of one table were flagged, or positives and unlabeled
        rows were drawn separately. Without `prior` it does not matter.
    pos_label : label, default=None
        The positive class; None means the larger label, unless words tell.
    unlabeled_label : "auto" or a label, default="auto"
        The marker of unlabeled rows; "auto" means -1 or a word such as "unlabeled"
        among three or more labels, and the label that is not positive of two.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows, which each mean is taken with.

    Returns
    -------
    auc : float
        Area; higher is better, 0.5 is chance. Sampling error can carry the corrected
        area out of [0, 1]. It is blind to the threshold, hence no score to choose a
        prior by.

    Raises
    ------
    ValueError
        If there are no labeled positives or no unlabeled rows, the prior is outside
        (0, 1) or smaller than the labeled share of one-sample data, or a score is NaN.

    See Also
    --------
    pu_accuracy_score : A score that sees the threshold.

    References
    ----------
    .. [1] S. Jain, M. White, P. Radivojac, "Recovering true classifier performance in
       positive-unlabeled learning", AAAI 2017.

    Examples
    --------
    >>> from skgen.metrics import pu_roc_auc_score
    >>> y = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    >>> score = [9, 6, 8, 7, 5, 4, 3, 2, 1, 0]
    >>> pu_roc_auc_score(y, score)  # two of the unlabeled rows are positive
    0.875
    >>> round(pu_roc_auc_score(y, score, prior=0.4), 3)
    1.0
    """
    check_prior(prior)
    rows = read_rows(
        y,
        sampling,
        pos_label,
        unlabeled_label,
        prior,
        sample_weight=sample_weight,
        score=score,
    )
    against = rows.unlabeled if prior is None else rows.population
    weights = None
    if sample_weight is not None:
        weights = rows.unlabeled_weight if prior is None else rows.population_weight
        weights = np.concatenate([rows.positive_weight, weights])
    is_positive = np.repeat([1, 0], [len(rows.positive), len(against)])
    # Ranks keep order and ties, and let infinite scores pass.
    _, rank = np.unique(np.append(rows.positive, against), return_inverse=True)
    auc = roc_auc_score(is_positive, rank, sample_weight=weights)
    if prior is not None:
        auc = (auc - prior / 2) / (1 - prior)
    return float(auc)


def vpu_score(
    y,
    proba,
    *,
    sampling="one_sample",
    pos_label=None,
    unlabeled_label="auto",
    sample_weight=None,
):
    r"""Variational PU loss of predicted probabilities.

    .. math:: L(\Phi) = \log E_{p(x)}[\Phi(x)] - E_P[\log \Phi(x)]

    It is smallest for :math:`\Phi` proportional to P(y=1|x), and exceeds the minimum by
    the Kullback-Leibler divergence of p(x|y=1) from its model. The first mean is taken
    over all rows in one-sample data and over the unlabeled rows in two-sample data.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        PU labels: two symbols, or -1 for unlabeled beside 0 and 1 (PNU). Labeled
        negatives count as rows of the table in one-sample data and are ignored in
        two-sample data.
    proba : array-like of shape (n_samples,)
        P(y=1|x), or anything in [0, 1] proportional to it. Values below 2.2e-16, where
        the logarithm would go to infinity, are raised to it.
    sampling : {"one_sample", "two_sample"}, default="one_sample"
        Whether some positives of one table were flagged, or positives and unlabeled
        rows were drawn separately.
    pos_label : label, default=None
        The positive class; None means the larger label, unless words tell.
    unlabeled_label : "auto" or a label, default="auto"
        The marker of unlabeled rows; "auto" means -1 or a word such as "unlabeled"
        among three or more labels, and the label that is not positive of two.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows, which each mean is taken with.

    Returns
    -------
    loss : float
        Loss in nats; **lower is better**. A constant scores 0, the best that can be had
        is minus the divergence KL(p(x|y=1) || p(x)), at least log P(y=1). It does not
        change when `proba` is multiplied by a constant, hence is no score to choose a
        prior by.

    Raises
    ------
    ValueError
        If there are no labeled positives or no unlabeled rows, or a probability is NaN
        or outside [0, 1].

    See Also
    --------
    make_pu_scorer : Minus the loss, for grid search.
    skgen.losses.pu.variational : The same as a loss to train with.

    References
    ----------
    .. [1] H. Chen, F. Liu, Y. Wang, L. Zhao, H. Wu, "A variational approach for
       learning from positive and unlabeled data", NeurIPS 2020, equation 6.

    Examples
    --------
    >>> from skgen.metrics import vpu_score
    >>> y = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    >>> round(vpu_score(y, [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]), 3)  # log 0.4
    -0.916
    >>> vpu_score(y, [0.5] * 10)
    0.0
    """
    rows = read_rows(
        y,
        sampling,
        pos_label,
        unlabeled_label,
        sample_weight=sample_weight,
        proba=proba,
    )
    low, high = np.min(proba), np.max(proba)
    if low < 0 or high > 1:
        raise ValueError(
            f"proba must lie in [0, 1], got values from {low:.3g} to {high:.3g}; pass "
            "predict_proba's column of the positive class."
        )
    tiny = np.finfo(np.float64).eps
    log_on_positives, _ = rows.means(lambda p: np.log(np.maximum(p, tiny)))
    _, on_all = rows.means(lambda p: np.maximum(p, tiny))
    return float(np.log(on_all) - log_on_positives)


def check_loss(loss):
    """Refuse an unknown name of a loss."""
    if not (isinstance(loss, str) and loss in LOSSES):
        raise ValueError(f"loss must be 'sigmoid' or 'zero_one', got {loss!r}.")


def _is_above(score):
    return score > 0


def _sigmoid(score):
    return 0.5 * (1.0 + np.tanh(0.5 * score))  # without overflow

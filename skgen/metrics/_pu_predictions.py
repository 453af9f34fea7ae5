"""PU scores of predicted labels: proxy accuracy, proxy F1, and Lee and Liu's (2003)."""

from ._pu_rows import check_prior, read_rows


def pu_accuracy_score(
    y,
    y_pred,
    *,
    prior,
    sampling="one_sample",
    pos_label=None,
    unlabeled_label="auto",
    sample_weight=None,
):
    r"""Accuracy, estimated from positive and unlabeled rows without bias.

    .. math::

        \mathrm{accuracy} = \pi\,\mathrm{TPR} + (1-\pi)\,\mathrm{TNR}, \qquad
        (1-\pi)\,\mathrm{TNR} = P(f=-) - \pi\,(1 - \mathrm{TPR}),

    so that :math:`\mathrm{accuracy} = 2\pi\,\mathrm{TPR} + P(f=-) - \pi`. TPR is
    the share of labeled positives that are predicted positive. P(f=-) is the share of
    the population that is predicted negative: of all rows in one-sample data, where the
    unlabeled rows alone have too few positives, and of the unlabeled rows in two-sample
    data. The rows must be held out from training.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        PU labels: two symbols, or -1 for unlabeled beside 0 and 1 (PNU). Labeled
        negatives count as rows of the table in one-sample data and are ignored in
        two-sample data.
    y_pred : array-like of shape (n_samples,)
        Predicted labels: the positive label of `y`, and any one other label.
    prior : float in (0, 1)
        P(y=1) in the population: the whole table in one-sample data, the unlabeled
        sample in two-sample data. Never the value that the model believes in: the
        constant prediction "positive" scores `prior`.
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
    score : float
        Estimated accuracy; higher is better. Sampling error can carry it out of [0, 1].

    Raises
    ------
    ValueError
        If there are no labeled positives or no unlabeled rows, the prior is outside
        (0, 1) or smaller than the labeled share of one-sample data, or `y_pred` holds
        more than two labels.

    See Also
    --------
    make_pu_scorer : The same for grid search.
    lee_liu_score : A score of predictions that needs no prior.

    References
    ----------
    .. [1] M. C. du Plessis, G. Niu, M. Sugiyama, "Analysis of learning from positive
       and unlabeled data", NeurIPS 2014 (its zero-one risk is one minus this).

    Examples
    --------
    >>> from skgen.metrics import pu_accuracy_score
    >>> y = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    >>> y_pred = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    >>> round(pu_accuracy_score(y, y_pred, prior=0.4), 3)
    1.0
    >>> round(pu_accuracy_score(y, y_pred, prior=0.25, sampling="two_sample"), 3)
    1.0
    """
    check_prior(prior, "accuracy weighs true positives against all predictions by")
    rows = read_rows(
        y,
        sampling,
        pos_label,
        unlabeled_label,
        prior,
        sample_weight=sample_weight,
        y_pred=y_pred,
    )
    tpr, flagged = rows.means()
    return float(2 * prior * tpr + (1 - flagged) - prior)


def pu_f1_score(
    y,
    y_pred,
    *,
    prior,
    sampling="one_sample",
    pos_label=None,
    unlabeled_label="auto",
    sample_weight=None,
):
    r"""F1 of the positive class, estimated from positive and unlabeled rows.

    .. math::

        F_1 = \frac{2\,P(f=+, y=1)}{P(f=+) + P(y=1)}
        = \frac{2\,\pi\,\mathrm{TPR}}{P(f=+) + \pi}

    The estimate is consistent. Recall is taken over the labeled positives, P(f=+) over
    the population: all rows in one-sample data, the unlabeled rows in two-sample data.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        PU labels: two symbols, or -1 for unlabeled beside 0 and 1 (PNU). Labeled
        negatives count as rows of the table in one-sample data and are ignored in
        two-sample data.
    y_pred : array-like of shape (n_samples,)
        Predicted labels: the positive label of `y`, and any one other label.
    prior : float in (0, 1)
        P(y=1) in the population: the whole table in one-sample data, the unlabeled
        sample in two-sample data.
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
    score : float
        Estimated F1, at least 0; higher is better. Sampling error can carry it above 1.

    Raises
    ------
    ValueError
        As for `pu_accuracy_score`.

    See Also
    --------
    pu_accuracy_score : Estimated accuracy.
    lee_liu_score : Proportional to precision times recall, without a prior.

    References
    ----------
    .. [1] J. Bekker, J. Davis, "Learning from positive and unlabeled data: a survey",
       Machine Learning 109, 2020.

    Examples
    --------
    >>> from skgen.metrics import pu_f1_score
    >>> y = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    >>> y_pred = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    >>> round(pu_f1_score(y, y_pred, prior=0.4), 3)
    1.0
    """
    check_prior(prior, "F1 weighs recall against the predicted positives by")
    rows = read_rows(
        y,
        sampling,
        pos_label,
        unlabeled_label,
        prior,
        sample_weight=sample_weight,
        y_pred=y_pred,
    )
    tpr, flagged = rows.means()
    return float(2 * prior * tpr / (flagged + prior))


def lee_liu_score(
    y,
    y_pred,
    *,
    sampling="one_sample",
    pos_label=None,
    unlabeled_label="auto",
    sample_weight=None,
):
    r"""Lee and Liu's criterion: recall squared over the predicted share of positives.

    .. math::

        \frac{\mathrm{TPR}^2}{P(f=+)}
        = \frac{\mathrm{precision} \cdot \mathrm{recall}}{\pi}

    It needs no prior, is large only where precision and recall both are, and sees
    where the threshold lies: a score to choose a prior or a threshold by. P(f=+) is
    taken over the population: all rows in one-sample data, the unlabeled rows in
    two-sample data. A share of zero is set to that of one row, so that no prediction
    scores infinity.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        PU labels: two symbols, or -1 for unlabeled beside 0 and 1 (PNU). Labeled
        negatives count as rows of the table in one-sample data and are ignored in
        two-sample data.
    y_pred : array-like of shape (n_samples,)
        Predicted labels: the positive label of `y`, and any one other label.
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
    score : float
        At least 0; higher is better. A perfect prediction scores 1 / P(y=1), the
        constant prediction "positive" scores 1. Compare values on the same data only.

    Raises
    ------
    ValueError
        If there are no labeled positives or no unlabeled rows, or `y_pred` holds more
        than two labels.

    See Also
    --------
    pu_f1_score : The F1 score itself, for a known prior.

    References
    ----------
    .. [1] W. S. Lee, B. Liu, "Learning with positive and unlabeled examples using
       weighted logistic regression", ICML 2003.

    Examples
    --------
    >>> from skgen.metrics import lee_liu_score
    >>> y = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    >>> lee_liu_score(y, [1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    2.5
    >>> lee_liu_score(y, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    1.0
    """
    rows = read_rows(
        y,
        sampling,
        pos_label,
        unlabeled_label,
        sample_weight=sample_weight,
        y_pred=y_pred,
    )
    tpr, flagged = rows.means()
    return float(tpr**2 / max(flagged, 1 / len(rows.population)))

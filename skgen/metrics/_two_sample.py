"""Can a classifier tell two samples apart? Its AUC, and divergences it implies."""

from collections import namedtuple

import numpy as np
from scipy.special import logit, logsumexp
from scipy.stats import mannwhitneyu, norm
from sklearn.metrics import roc_auc_score

from ._forest import held_out_probabilities
from ._rows import Samples

ClassifierTest = namedtuple("ClassifierTest", ["auc", "p_value"])
ClassifierDivergences = namedtuple(
    "ClassifierDivergences", ["kl", "reverse_kl", "js", "game_value"]
)


def classifier_two_sample_test(
    real, synthetic, *, estimator=None, cv=5, random_state=None
):
    r"""Test by a classifier whether two samples come from one distribution (C2ST).

    A classifier learns to tell synthetic rows from real ones. The AUC of its
    predictions for rows that it has not seen is 0.5 if there is nothing to tell, and 1
    if each row gives itself away. It sees whatever the classifier can see: a column
    with too many decimals as well as a missing mode.

    The p-value is that of the Mann-Whitney statistic, which is the AUC. Folds share
    their training rows, so that an average over :math:`k` of them varies more than the
    rows suggest; its standard deviation is taken to be
    :math:`\sqrt{1 + k / (k - 1)}` times as large [2]_.

    Parameters
    ----------
    real : DataFrame or array-like of shape (n_real, n_features)
        Real rows, if possible ones that the generator has not seen: with its training
        rows copies count as perfect, and the AUC can fall below 0.5.
    synthetic : DataFrame or array-like of shape (n_synthetic, n_features)
        Synthetic rows with the same columns.
    estimator : classifier, default=None
        What has `predict_proba`; it is fitted to the rows as they are. None means a
        gradient-boosted forest, which takes numbers, categories and missing values.
    cv : int, default=5
        Number of stratified folds.
    random_state : int, RandomState instance or None, default=None
        Seeds the folds. Pass an int for reproducible output.

    Returns
    -------
    result : namedtuple
        `auc`, the area under the ROC curve of the held-out predictions, and `p_value`,
        for the hypothesis of one distribution, one-sided.

    Raises
    ------
    ValueError
        If the columns differ, a sample is empty or has fewer than `cv` rows, or a
        column holds inf.
    TypeError
        If a column holds numbers in one sample and categories in the other, or values
        that are neither, such as dates.

    See Also
    --------
    divergence_from_classifier : The same predictions as divergences in nats.
    maximum_mean_discrepancy : A two-sample test without a classifier.

    References
    ----------
    .. [1] D. Lopez-Paz, M. Oquab, "Revisiting classifier two-sample tests", ICLR 2017.
    .. [2] C. Nadeau, Y. Bengio, "Inference for the generalization error", Machine
       Learning 52, 2003.

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.metrics import classifier_two_sample_test
    >>> rng = np.random.default_rng(0)
    >>> real, moved = rng.normal(size=(300, 2)), rng.normal(1, size=(300, 2))
    >>> result = classifier_two_sample_test(real, moved, random_state=0)
    >>> result.auc > 0.75, result.p_value < 1e-6
    (True, True)
    """
    samples = Samples({"real": real, "synthetic": synthetic})
    y, proba = held_out(samples, ("real", "synthetic"), estimator, cv, random_state)
    return auc_test(y, proba, cv)


def divergence_from_classifier(X, Y, *, estimator=None, cv=5, random_state=None):
    r"""Divergences of two samples, from held-out log-odds of a classifier.

    The best classifier of draws from :math:`p` and from :math:`q`, as many of each, is
    :math:`D^* = p / (p + q)`: its log-odds :math:`t` are :math:`\log p - \log q`, and
    every divergence follows. A classifier that was learned gives bounds,

    .. math::

        2\,\mathrm{JS}(p, q) - 2 \log 2 &\ge V
        = \mathbb{E}_p[\log D] + \mathbb{E}_q[\log (1 - D)], \\
        \mathrm{KL}(p \,\|\, q) &\ge \mathbb{E}_p[t] - \log \mathbb{E}_q[e^t],

    the value of the GAN game [1]_ and the bound of Donsker and Varadhan [2]_; each row
    is judged by a classifier that was fitted without it, so that overfitting lowers
    the estimates. No such bound can exceed the logarithm of the number of rows by much
    [3]_, and log-odds are clipped there, which lets votes of 0 and 1 pass.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_samples_X, n_features)
        Draws from p.
    Y : DataFrame or array-like of shape (n_samples_Y, n_features)
        Draws from q, with the same columns.
    estimator : classifier, default=None
        What has calibrated `predict_proba`; it is fitted to the rows as they are. None
        means a gradient-boosted forest, which takes numbers, categories and missing
        values.
    cv : int, default=5
        Number of stratified folds.
    random_state : int, RandomState instance or None, default=None
        Seeds the folds. Pass an int for reproducible output.

    Returns
    -------
    result : namedtuple
        In nats: `kl`, KL(p || q); `reverse_kl`, KL(q || p); `js`, the Jensen-Shannon
        divergence, at most log 2, by `game_value` / 2 + log 2; `game_value`, the value
        V of the game, -2 log 2 for a classifier that sees nothing. Estimates of
        divergences near 0 can be negative.

    Raises
    ------
    ValueError
        If the columns differ, a sample is empty or has fewer than `cv` rows, or a
        column holds inf.
    TypeError
        If a column holds numbers in one sample and categories in the other, or values
        that are neither, such as dates.

    See Also
    --------
    kl_divergence_knn : Without a classifier, for few continuous columns.
    js_divergence : Of discrete distributions that are known.

    References
    ----------
    .. [1] I. Goodfellow et al., "Generative adversarial nets", NeurIPS 2014,
       proposition 1 and theorem 1.
    .. [2] M. I. Belghazi et al., "MINE: mutual information neural estimation", ICML
       2018, theorem 1.
    .. [3] D. McAllester, K. Stratos, "Formal limitations on the measurement of mutual
       information", AISTATS 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgen.metrics import divergence_from_classifier
    >>> rng = np.random.default_rng(0)
    >>> X, Y = rng.normal(size=(5000, 1)), rng.normal(1, size=(5000, 1))
    >>> result = divergence_from_classifier(
    ...     X, Y, estimator=LogisticRegression(), random_state=0
    ... )
    >>> round(result.kl, 1)  # exactly 0.5
    0.5
    """
    samples = Samples({"X": X, "Y": Y})
    y, proba = held_out(samples, ("Y", "X"), estimator, cv, random_state)
    n_p, n_q = np.sum(y == 1), np.sum(y == 0)
    limit = np.log(max(n_p, n_q))
    with np.errstate(divide="ignore"):  # votes of 0 and 1
        t = np.clip(logit(proba) - np.log(n_p / n_q), -limit, limit)
    t_p, t_q = t[y == 1], t[y == 0]
    # log D(x) = -log(1 + exp(-t)), log(1 - D(x)) = -log(1 + exp(t))
    value = -np.logaddexp(0, -t_p).mean() - np.logaddexp(0, t_q).mean()
    return ClassifierDivergences(
        kl=float(t_p.mean() - (logsumexp(t_q) - np.log(n_q))),
        reverse_kl=float(-t_q.mean() - (logsumexp(-t_p) - np.log(n_p))),
        js=float(value / 2 + np.log(2)),
        game_value=float(value),
    )


def held_out(samples, names, estimator, cv, random_state):
    """Say which rows are of the second of two samples, and give P of it, held out."""
    y = np.repeat([0, 1], [len(samples[name]) for name in names])
    if estimator is None:
        rows = np.vstack([samples[name] for name in names])
    else:
        rows = samples.stacked(*names)
    proba = held_out_probabilities(estimator, rows, y, cv=cv, random_state=random_state)
    return y, proba


def auc_test(y, proba, cv):
    """Return AUC and p-value of held-out probabilities."""
    statistic = mannwhitneyu(
        proba[y == 1], proba[y == 0], alternative="greater", method="asymptotic"
    )
    z = norm.isf(statistic.pvalue) / np.sqrt(1 + cv / (cv - 1))
    return ClassifierTest(float(roc_auc_score(y, proba)), float(norm.sf(z)))

"""Class prior estimation from positive and unlabeled rows."""

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import cross_val_predict

from .._compat import StrOptions, validate_params
from ..encoding import TableEncoder
from ..encoding.checks import check_labels
from ..encoding.copies import equal_rows
from ..encoding.random_state import own_generator
from ._bbe import elkan_noto_estimate
from ._copies import stratified_folds
from ._evidence import Evidence
from ._problem import REMEDY, PUProblem
from ._symbol_stack import Symbols


@validate_params(
    {
        "method": [StrOptions({"bbe", "elkan_noto"})],
        "sampling": [StrOptions({"one_sample", "two_sample"})],
    },
    prefer_skip_nested_validation=True,
)
def estimate_prior(
    X,
    y,
    *,
    method="bbe",
    estimator=None,
    sampling="one_sample",
    unlabeled_label="auto",
    pos_label=None,
    cv=5,
    groups=None,
    sample_weight=None,
    random_state=None,
):
    """Estimate P(y=1) from positive and unlabeled rows.

    Each row gets a score of "is labeled" that does not know the row's own label, and
    the prior is read off the scores of labeled and unlabeled rows. Rows that are equal
    up to rounding are left out together.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        Rows.
    y : array-like of shape (n_samples,)
        PU labels, see :class:`PUGANClassifier`.
    method : {"bbe", "elkan_noto"}, default="bbe"
        ``"bbe"``: best-bin estimate (Garg et al., 2021), right if some region is purely
        positive. ``"elkan_noto"``: mean score of the population over mean score of the
        positives (Elkan and Noto, 2008), right if the classes do not overlap and too
        large otherwise.
    estimator : classifier, default=None
        Predicts which rows are labeled, cross-fitted; needs ``predict_proba``. By
        default the neighbourhood evidence of :class:`PUGANClassifier`, each row left
        out.
    sampling : {"one_sample", "two_sample"}, default="one_sample"
        Whether the prior is that of the whole table or of the unlabeled rows.
    unlabeled_label : "auto" or a label, default="auto"
        The label of unlabeled rows.
    pos_label : label, default=None
        The positive class, by default the larger label, unless words tell.
    cv : int, default=5
        Folds for `estimator`. Equal rows share a fold.
    groups : array-like of shape (n_samples,), default=None
        Rows of one group, of a page or a patient, share a fold as well.
    sample_weight : array-like of shape (n_samples,), default=None
        How many rows of the population each stands for. Near rows that agree are
        counted as they are.
    random_state : int, RandomState or None, default=None
        Seed of folds and trees.

    Returns
    -------
    prior : float in (0, 1)
        Estimate of P(y=1).

    Raises
    ------
    ValueError
        If `y` is not positive-unlabeled data; if `groups` or `sample_weight` do not
        fit the rows.

    Warns
    -----
    UserWarning
        If fewer than five labeled rows differ, or it is a guess which label is
        positive.

    References
    ----------
    S. Garg et al., "Mixture proportion estimation and PU learning: a modern approach",
    NeurIPS 2021; C. Elkan, K. Noto, "Learning classifiers from only positive and
    unlabeled data", KDD 2008.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skgen.datasets import make_pu
    >>> from skgen.pu import estimate_prior
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X, s, y = make_pu(X, y, n_labeled=150, random_state=0)
    >>> bool(abs(estimate_prior(X, s, random_state=0) - y.mean()) < 0.1)
    True
    """
    random_state = own_generator(random_state)
    n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
    y = check_labels(y, n_rows, remedy=REMEDY)
    problem = PUProblem(
        y,
        unlabeled_label=unlabeled_label,
        pos_label=pos_label,
        sampling=sampling,
        copies=equal_rows(X),
        groups=groups,
    )
    if problem.scheme.setting != "pu":
        raise ValueError(
            "estimate_prior needs labeled rows of one class and unlabeled rows, got "
            f"the labels {np.unique(y)[:6].tolist()}; with labels of several classes "
            "PUGANClassifier reports prior_."
        )
    weight = None
    if sample_weight is not None:
        weight = _check_sample_weight(sample_weight, problem)
    Z = scores = None
    if estimator is None:
        Z = TableEncoder().fit(X).transform(X)
    else:
        scores = _cross_fit(estimator, X, problem, cv, random_state)
    prior = find_prior(
        Z,
        problem,
        method=method,
        scores=scores,
        weight=weight,
        random_state=random_state,
    )
    return float(prior[problem.scheme.positive])


def _check_sample_weight(weight, problem):
    weight = np.asarray(weight, dtype=np.float64)
    if weight.shape != (problem.n_rows,):
        raise ValueError(
            "sample_weight must hold one number for each of the "
            f"{problem.n_rows} rows, got shape {weight.shape}."
        )
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise ValueError("sample_weight must be finite and not negative.")
    for rows, what in ((problem.labeled, "labeled"), (~problem.labeled, "unlabeled")):
        if not weight[rows].any():
            raise ValueError(f"sample_weight must not be 0 for all {what} rows.")
    return weight


def _cross_fit(estimator, X, problem, cv, random_state):
    """P(labeled | x) of each row by a classifier that saw neither it nor its copies."""
    if not hasattr(estimator, "predict_proba") or not is_classifier(estimator):
        raise TypeError(
            "estimator must be a classifier with predict_proba, got "
            f"{estimator!r}; a forest or boosting has it."
        )
    s = problem.labeled.astype(np.int64)
    folds = stratified_folds(s, problem.apart, cv, random_state)
    if not folds:
        raise ValueError(
            "estimator needs at least 2 labeled and 2 unlabeled rows that differ, to "
            f"predict those of one fold from the others, got {s.sum()} and "
            f"{len(s) - s.sum()}; label more rows."
        )
    proba = cross_val_predict(
        clone(estimator), X, problem.labeled, cv=folds, method="predict_proba"
    )
    return proba[:, 1]


def find_prior(
    Z,
    problem,
    *,
    method="bbe",
    scores=None,
    weight=None,
    sample=None,
    random_state,
):
    """Class prior of an encoded table as a vector, by evidence unless scores are given.

    Parameters
    ----------
    Z : ndarray of shape (n_rows, n_columns)
        Encoded table; unused with scores.
    problem : PUProblem
        The labels.
    method : {"bbe", "elkan_noto"}
        How to read the prior off the scores.
    scores : ndarray of shape (n_rows,), default=None
        Out-of-sample P(labeled | x).
    weight : ndarray of shape (n_rows,), default=None
        Weights of the rows.
    sample : Sample, default=None
        Rows to look at, see `Evidence.fit`.
    random_state : RandomState
        Seed of the evidence.

    Returns
    -------
    prior : ndarray of shape (n_classes,)
        Estimate.
    """
    model, labeled = problem.model, problem.labeled
    if scores is None:
        evidence = Evidence().fit(
            Z,
            problem,
            groups=np.arange(Z.shape[1]),
            weight=weight,
            sample=sample,
            random_state=random_state,
        )
        if method == "bbe" or problem.scheme.setting != "pu":
            return evidence.prior_
        # P(labeled | x) of the table from P(class | x): the class, then the label.
        posterior, _ = evidence.of_training_rows(Z, np.arange(len(Z)))
        table = posterior * (model.table_prior(evidence.prior_) / evidence.prior_)
        table /= table.sum(axis=1, keepdims=True)
        scores = table @ model.likelihood(evidence.prior_)[: len(model.counts)].sum(
            axis=0
        )
    else:
        problem.warn_of_few_labels()
    symbols = Symbols(
        labeled, problem.population, problem.two_sample, weight, problem.copies
    )
    if method == "bbe":
        estimate = symbols.best_bin(scores)
    elif problem.two_sample:
        # Odds are proportional to P(y=1|x) where the samples were drawn apart.
        c = symbols.mean_of(scores, labeled)
        estimate = symbols.share * (1 - c) / c
    else:
        c = symbols.mean_of(scores, labeled)
        estimate = elkan_noto_estimate(c, symbols.mean(scores))
    return problem.vector(estimate, problem.scheme.positive)

"""The one reader of PU scores: labels, predictions or scores, prior, sampling."""

from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_consistent_length, column_or_1d

from ..encoding.checks import check_labels, plain
from ..encoding.labels import UNLABELED, check_comparable, read_labels

SAMPLINGS = ("one_sample", "two_sample")
_REMEDY = "label more rows or, in cross-validation, use StratifiedKFold or fewer folds."
_MISSING = "mark unlabeled rows by a label such as -1, not by a missing value"


class PURows(NamedTuple):
    """What a model says of the rows that a PU score is made of.

    Attributes
    ----------
    positive, unlabeled : ndarray of shape (n_rows,)
        Of labeled positives, of unlabeled rows.
    population : ndarray of shape (n_rows,)
        Of the rows that are a sample of p(x): the whole table, labeled rows of either
        class and the rest, in one-sample data; the unlabeled rows in two-sample data.
    positive_weight, unlabeled_weight, population_weight : ndarray or None
        Weights of these rows.
    """

    positive: np.ndarray
    unlabeled: np.ndarray
    population: np.ndarray
    positive_weight: np.ndarray | None = None
    unlabeled_weight: np.ndarray | None = None
    population_weight: np.ndarray | None = None

    def means(self, function=np.asarray):
        """Mean of a function over the labeled positives, and over the population."""
        return (
            np.average(function(self.positive), weights=self.positive_weight),
            np.average(function(self.population), weights=self.population_weight),
        )


def read_rows(
    y, sampling, pos_label, unlabeled_label, prior=None, sample_weight=None, **output
):
    """Read PU labels and what a model says of the rows.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        PU or PNU labels.
    sampling : {"one_sample", "two_sample"}
        How the rows were drawn.
    pos_label : label or None
        The positive class.
    unlabeled_label : "auto" or a label
        The marker of unlabeled rows.
    prior : float or None, default=None
        P(y=1); in one-sample data the labeled positives alone must not exceed it.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows.
    **output : array-like of shape (n_samples,)
        `y_pred`, predicted labels, or scores by their name.

    Returns
    -------
    rows : PURows
        Scores, or of predicted labels whether they are the positive one.

    Raises
    ------
    ValueError
        If there are no labeled positives or no unlabeled rows, or the labels, the
        output or parameters make no sense.
    """
    check_sampling(sampling)
    if unlabeled_label is None:
        raise ValueError(
            "unlabeled_label must be 'auto' or the marker of unlabeled rows, got None, "
            "which means that every row is labeled; use scikit-learn's scores then."
        )
    check_comparable("unlabeled_label", unlabeled_label)
    check_comparable("pos_label", pos_label)
    y = check_labels(y, None, remedy=_MISSING)
    _check_both_kinds([plain(s) for s in pd.unique(y)], pos_label, unlabeled_label)
    scheme = read_labels(y, unlabeled_label=unlabeled_label, pos_label=pos_label)
    if scheme.setting == "supervised":
        raise ValueError(
            f"y must hold unlabeled rows, got the labels {scheme.classes.tolist()[:5]} "
            f"and unlabeled_label={unlabeled_label!r}; name the marker, or {_REMEDY}"
        )
    if scheme.positive is None:
        raise ValueError(
            f"y must hold one or two classes beside the unlabeled rows, got "
            f"{scheme.classes.tolist()[:5]}; relabel it as one class against the rest."
        )
    codes = scheme.encode(y)
    positive, unlabeled = codes == scheme.positive, codes == UNLABELED
    population, weights = unlabeled, _weights(sample_weight, positive, unlabeled)
    if sampling == "one_sample":
        population = slice(None)
        if prior is not None:
            share = np.average(positive, weights=weights)
            _check_share(share, len(y), prior)
    ((name, values),) = output.items()
    if name == "y_pred":
        if np.asarray(values).dtype.kind != "f":  # of which the next line tells more
            values = check_labels(values, len(y), remedy="predict a label", name=name)
        values = column_or_1d(values)
        check_consistent_length(y, values)
        values = _is_positive(values, plain(scheme.classes[scheme.positive]))
    else:
        values = column_or_1d(values)
        check_consistent_length(y, values)
        values = _without_nan(values.astype(np.float64), name)
    masks = positive, unlabeled, population
    parts = [a[rows] for a in (values, weights) if a is not None for rows in masks]
    return PURows(*parts)


def check_prior(prior, why=None):
    """Refuse a prior that is no number in (0, 1); None too, if `why` one is needed."""
    if prior is None and why is None:
        return
    if prior is None:
        raise ValueError(
            f"prior must be given, got None: {why} P(y=1) in the population. Estimate "
            "it once with skgen.pu.estimate_prior, or ask an expert; do not take it "
            "from the model that is scored."
        )
    number = isinstance(prior, Real) and not isinstance(prior, bool | np.bool_)
    if not (number and 0 < prior < 1):
        raise ValueError(
            f"prior must be a number in (0, 1), got {prior!r}: the share of positives "
            "in the population; if unknown, use skgen.pu.estimate_prior."
        )


def check_sampling(sampling):
    """Refuse an unknown name of a sampling scheme."""
    if not (isinstance(sampling, str) and sampling in SAMPLINGS):
        raise ValueError(
            f"sampling must be 'one_sample' or 'two_sample', got {sampling!r}; "
            "'one_sample' is one table some of whose positives were flagged, in "
            "'two_sample' data the unlabeled rows were drawn from the population."
        )


def _check_both_kinds(symbols, pos_label, unlabeled_label):
    """Refuse labels without positives or without unlabeled rows, as a fold may be."""
    auto = isinstance(unlabeled_label, str) and unlabeled_label == "auto"
    named = "" if pos_label is None else f" (pos_label={plain(pos_label)!r})"
    if not auto and len(symbols) > 1 and unlabeled_label not in symbols:
        raise ValueError(
            f"y must hold unlabeled rows, got the labels {sorted(symbols)[:5]} and "
            f"unlabeled_label={unlabeled_label!r}; name the marker, or {_REMEDY}"
        )
    only_marker = not auto and symbols == [unlabeled_label]
    if only_marker or (named and pos_label not in symbols):
        what = f"labeled positives{named}"
    elif len(symbols) > 1:
        return
    elif named or not auto:
        what = "unlabeled rows beside the positives"
    else:
        what = "labeled positives and unlabeled rows"
    shown = sorted(symbols, key=str)[:5]
    raise ValueError(f"y must hold {what}, got only the labels {shown}; {_REMEDY}")


def _check_share(share, n, prior):
    # Labeled positives are part of the positives. Five standard errors of a share leave
    # room for small folds.
    if share > prior + 5 * np.sqrt(prior * (1 - prior) / n):
        raise ValueError(
            "prior must be at least the share of labeled positives in one-sample data, "
            f"got prior={prior:.3g} with {share:.3g} of {n} rows labeled positive; it "
            "counts all positives in the whole table. If the unlabeled rows were drawn "
            "from the population by themselves, pass sampling='two_sample'."
        )


def _weights(sample_weight, positive, unlabeled):
    """Weights of the rows as numbers, None if there are none."""
    if sample_weight is None:
        return None
    weights = column_or_1d(sample_weight).astype(np.float64)
    check_consistent_length(positive, weights)
    sums = weights[positive].sum(), weights[unlabeled].sum()
    if not (np.isfinite(weights).all() and (weights >= 0).all() and min(sums) > 0):
        raise ValueError(
            "sample_weight must be finite, not negative, and above zero for some "
            f"positive and some unlabeled rows, got values from {weights.min()} to "
            f"{weights.max()} that sum to {sums[0]} and {sums[1]}; leave such rows out."
        )
    return weights


def _is_positive(y_pred, symbol):
    """Return a mask of the rows that are predicted positive."""
    mask = np.asarray(y_pred == symbol, dtype=bool)
    others = np.unique(y_pred[~mask])
    if len(others) > 1:
        raise ValueError(
            f"y_pred must hold {symbol!r} for rows predicted positive and one other "
            f"label, got {others[:5].tolist()} beside it; pass labels, not scores."
        )
    return mask


def _without_nan(score, name):
    n_missing = int(np.isnan(score).sum())
    if n_missing:
        raise ValueError(
            f"{name} must hold no NaN, got {n_missing} in {len(score)} rows; the model "
            "diverged or its input had missing values."
        )
    return score

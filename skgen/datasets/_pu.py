"""Turn a labeled table into positive-unlabeled data (Elkan and Noto, 2008)."""

from numbers import Integral, Real

import numpy as np
import pandas as pd
from sklearn.utils import check_array

from .._compat import safe_indexing
from ..encoding.checks import check_labels
from ..encoding.labels import guess_positive
from ..encoding.random_state import own_generator


def make_pu(
    X,
    y,
    *,
    n_labeled,
    sampling="one_sample",
    pos_label=None,
    propensity=None,
    n_unlabeled=None,
    prior=None,
    disjoint=True,
    random_state=None,
):
    """Turn a fully labeled table into positive-unlabeled data.

    One-sample data are one table in which some positives are flagged. Two-sample
    (case-control) data are two draws: P from the positives and U from the whole
    population. Rows are drawn without replacement and come back shuffled.

    Parameters
    ----------
    X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
        The table, of any column types. A DataFrame stays one, with its dtypes and
        its row labels.
    y : array-like of shape (n_samples,)
        Two or more classes.
    n_labeled : int or float
        Number of labeled positives, >= 1; in one-sample data also a float in (0, 1),
        the share of the positives that is labeled.
    sampling : {"one_sample", "two_sample"}, default="one_sample"
        In one-sample data every row appears once. In two-sample data U has the class
        prior of the table, or `prior`.
    pos_label : label or list of labels, default=None
        What counts as positive. None means the larger of two classes, or the one that
        words such as "positive" or "no" tell, with a warning if neither they nor 0 and
        1 do; it is an error with more than two.
    propensity : callable or array-like of shape (n_samples,), default=None
        Weights >= 0 proportional to P(labeled | x, y=1) (selected at random, SAR).
        A callable receives the positive rows of `X` and returns one weight per row;
        in an array the weights of the other rows are ignored. Exactly `n_labeled`
        positives are drawn, with inclusion probabilities `min(1, c * weight)` [2]_.
        None labels all positives alike (selected completely at random, SCAR). With
        `sampling="two_sample"` it needs `disjoint=False`.
    n_unlabeled : int, default=None
        Size of U in two-sample data. None takes as many rows as the prior, and
        `disjoint`, leave.
    prior : float in (0, 1), default=None
        P(y=1) in the population that is represented by the table (one-sample) or by
        U (two-sample), up to rounding; rows are discarded at random to reach it.
        None keeps the share in the table.
    disjoint : bool, default=True
        Whether the rows of P are kept out of U in two-sample data. If False, U is
        drawn from the whole table, whatever P is.
    random_state : int, RandomState instance or None, default=None
        Pass an int for reproducible output.

    Returns
    -------
    X_pu : ndarray, CSR matrix or DataFrame of shape (n_samples_pu, n_features)
        Rows of `X`.
    s : ndarray or Series of shape (n_samples_pu,), int64
        1 for labeled positive, 0 for unlabeled; a Series with the index of `y` if `y`
        is one.
    y_true : ndarray or Series of shape (n_samples_pu,), int64
        1 for positive, 0 for negative; hidden from a PU learner.

    Raises
    ------
    ValueError
        If a parameter is out of range, or the table has too few rows for it.
    TypeError
        If `n_labeled` or `n_unlabeled` is not a number of the type named above.

    References
    ----------
    .. [1] C. Elkan and K. Noto (2008). Learning classifiers from only positive and
       unlabeled data. KDD 2008.
    .. [2] W. G. Madow (1949). On the theory of systematic sampling, II. Annals of
       Mathematical Statistics 20, 333-354.
    .. [3] J. Bekker and J. Davis (2020). Learning from positive and unlabeled data: a
       survey. Machine Learning 109, 719-760.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skgen.datasets import make_pu
    >>> X, y = make_classification(1000, random_state=0)
    >>> X_pu, s, y_true = make_pu(X, y, n_labeled=100, prior=0.3, random_state=0)
    >>> int(s.sum()), f"{y_true.mean():.2f}"
    (100, '0.30')
    """
    if sampling not in ("one_sample", "two_sample"):
        raise ValueError(
            f"sampling must be 'one_sample' or 'two_sample', got {sampling!r}; "
            "'one_sample' is one table with some positives flagged."
        )
    _check_prior(prior)
    series = y if isinstance(y, pd.Series) else None
    X, y = _check_table(X, y)
    positive = _positives(y, pos_label)
    weights = _weights(X, positive, propensity)
    rng = own_generator(random_state)
    pos, neg = np.flatnonzero(positive), np.flatnonzero(~positive)
    if sampling == "one_sample":
        if n_unlabeled is not None or not disjoint:
            raise ValueError(
                "n_unlabeled and disjoint=False need sampling='two_sample', got "
                f"{n_unlabeled!r} and {disjoint!r} with 'one_sample'; leave them out."
            )
        labeled, unlabeled = _one_sample(pos, neg, n_labeled, weights, prior, rng)
    else:
        if weights is not None and disjoint:
            # U takes the positives that P leaves: one of the two would be biased.
            raise ValueError(
                "propensity with sampling='two_sample' needs disjoint=False, got "
                f"disjoint={disjoint!r}; U would lack positives likely to be labeled."
            )
        labeled, unlabeled = _two_sample(
            pos, neg, n_labeled, n_unlabeled, weights, prior, disjoint, rng
        )
    rows = np.concatenate([labeled, unlabeled])
    s = np.repeat([1, 0], [len(labeled), len(unlabeled)]).astype(np.int64)
    order = rng.permutation(len(rows))
    rows, s = rows[order], s[order]
    y_true = positive[rows].astype(np.int64)
    if series is not None:
        index = series.index[rows]
        s, y_true = pd.Series(s, index), pd.Series(y_true, index, name=series.name)
    return safe_indexing(X, rows), s, y_true


def _check_prior(prior):
    number = isinstance(prior, Real) and not isinstance(prior, bool)
    if prior is not None and not (number and 0 < prior < 1):
        raise ValueError(
            f"prior must lie in (0, 1) or be None, got {prior!r}; "
            "None keeps the share of positives in the table."
        )


def _check_table(X, y):
    if not (hasattr(X, "iloc") and X.ndim == 2):
        X = check_array(X, accept_sparse="csr", dtype=None, ensure_all_finite=False)
    return X, check_labels(y, X.shape[0], remedy="drop rows without a label")


def _positives(y, pos_label):
    """Return a mask of the positive rows."""
    symbols = np.unique(y)
    classes = symbols.tolist()
    if pos_label is None:
        if len(classes) > 2:
            raise ValueError(
                f"pos_label must be given for more than two classes, got None with "
                f"{classes}; name the label or labels that count as positive."
            )
        pos_label = classes[-1]
        if len(classes) == 2:
            pos_label = classes[guess_positive(symbols, marked=True)]
    listed = isinstance(pos_label, list | tuple | set | frozenset | np.ndarray)
    labels = np.ravel(list(pos_label)).tolist() if listed else [pos_label]
    unknown = [label for label in labels if label not in classes]
    if unknown or not labels:
        raise ValueError(
            f"pos_label must name labels of y, got {pos_label!r}; y has {classes}."
        )
    positive = np.isin(y, labels)
    if positive.all():
        raise ValueError(
            f"y must hold negatives too, got only positives (labels {classes}, "
            f"pos_label {labels}); name fewer labels or add the other rows."
        )
    return positive


def _weights(X, positive, propensity):
    """Return a weight per row of `X`, zero for negatives, or None for SCAR."""
    if propensity is None:
        return None
    n, whose = len(positive), "row of X"
    if callable(propensity):
        n, whose = int(positive.sum()), "positive row"
        propensity = propensity(safe_indexing(X, np.flatnonzero(positive)))
    given = np.asarray(propensity, dtype=np.float64)
    if given.shape != (n,):
        raise ValueError(
            f"propensity must give one weight per {whose}, shape {(n,)}, got shape "
            f"{given.shape}; pass a callable to weigh the positives alone."
        )
    weights = np.zeros(len(positive))
    weights[positive] = given[positive] if n == len(positive) else given
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError(
            "propensity must be finite and >= 0 on the positives, got values from "
            f"{weights.min()} to {weights.max()}; pass shares of labeled positives."
        )
    return weights


def _one_sample(pos, neg, n_labeled, weights, prior, rng):
    if prior is not None:
        n_pos = min(len(pos), round(len(neg) * prior / (1 - prior)))
        n_neg = min(len(neg), round(len(pos) * (1 - prior) / prior))
        if n_pos == 0 or n_neg == 0:
            raise ValueError(
                f"prior must leave rows of both classes, got {prior!r} for {len(pos)} "
                f"positives and {len(neg)} negatives; choose it nearer to their share."
            )
        pos = rng.choice(pos, n_pos, replace=False)
        neg = rng.choice(neg, n_neg, replace=False)
    if isinstance(n_labeled, Real) and not isinstance(n_labeled, Integral):
        if not 0 < n_labeled < 1:
            raise ValueError(
                f"n_labeled as a float must lie in (0, 1), got {n_labeled!r}; "
                "pass an int for a number of rows."
            )
        n_labeled = max(1, round(n_labeled * len(pos)))
    _check_count("n_labeled", n_labeled, len(pos), "an int or a float in (0, 1)")
    labeled = _draw(pos, n_labeled, weights, rng)
    return labeled, np.concatenate([np.setdiff1d(pos, labeled), neg])


def _two_sample(pos, neg, n_labeled, n_unlabeled, weights, prior, disjoint, rng):
    _check_count("n_labeled", n_labeled, len(pos), "an int with two-sample data")
    left = len(pos) - n_labeled if disjoint else len(pos)
    share = len(pos) / (len(pos) + len(neg)) if prior is None else prior
    # The small number undoes rounding, so that U can be the table itself.
    most = int(min(left / share, len(neg) / (1 - share)) + 1e-9)
    if n_unlabeled is None:
        n_unlabeled = most
    if most == 0:
        raise ValueError(
            f"n_labeled must leave positives for U, got {n_labeled!r} of {len(pos)}; "
            "label fewer, or pass disjoint=False."
        )
    _check_count("n_unlabeled", n_unlabeled, most, "an int or None")
    n_pos = min(round(share * n_unlabeled), left)
    n_neg = min(n_unlabeled - n_pos, len(neg))
    # U comes first: it is to represent the population, and P takes from the rest.
    in_u = rng.choice(pos, n_pos, replace=False)
    unlabeled = np.concatenate([in_u, rng.choice(neg, n_neg, replace=False)])
    candidates = np.setdiff1d(pos, in_u) if disjoint else pos
    return _draw(candidates, n_labeled, weights, rng), unlabeled


def _check_count(name, count, most, wanted):
    if not isinstance(count, Integral) or isinstance(count, bool):
        raise TypeError(f"{name} must be {wanted}, got {count!r}; pass a row count.")
    if not 1 <= count <= most:
        raise ValueError(
            f"{name} must lie in [1, {most}] here, got {count!r}; the table has no "
            "more rows for the prior, the classes and the other count asked for."
        )


def _draw(rows, size, weights, rng):
    """Draw `size` distinct rows, uniformly or with inclusion ~ `weights`."""
    if weights is None:
        return rng.choice(rows, size, replace=False)
    rows = rng.permutation(rows)
    weights = weights[rows]
    if np.count_nonzero(weights) < size:
        raise ValueError(
            f"propensity must be > 0 for at least n_labeled={size} positives, got "
            f"{np.count_nonzero(weights)}; label fewer or widen the propensity."
        )
    sure = np.zeros(len(rows), dtype=bool)
    while True:  # what has probability 1 or more is drawn for sure
        rest = np.where(sure, 0.0, weights / weights.max())
        share = rest * (size - sure.sum()) / (rest.sum() or 1.0)
        if not (share > 1 - 1e-9).any():
            break
        sure |= share > 1 - 1e-9
    # Systematic sampling: ticks at distance 1 along the summed probabilities.
    ticks = rng.uniform() + np.arange(size - sure.sum())
    hit = np.searchsorted(np.cumsum(share), ticks, side="right")
    return np.concatenate([rows[sure], rows[np.minimum(hit, len(rows) - 1)]])

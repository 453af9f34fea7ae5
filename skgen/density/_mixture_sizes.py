"""How many components a mixture gets: as many as a user says, by BIC, or averaged."""

import numpy as np
from scipy.special import logsumexp, ndtr

from ..encoding.copies import fold_of_rows
from ._table_mixture import TableMixture, joined, stack_weights

SIZES = (1, 2, 3, 4, 6, 8, 12, 20, 32)
_ROWS_EACH = 4  # rows per component at least
_NUMBERS = 1.5e7  # entries of covariances at most
_PRODUCTS = 1e8  # of a round of expectation maximisation, and of factorising for gaps
_N_FOLDS = 4
_CHOICE_ROWS, _MOST_ROWS = 10_000, 100_000
_ENOUGH = 3_000  # rows for which one fold tells sizes apart
_LEAST = 0.02  # of a weight
_HIDDEN, _HIDDEN_ROWS = 0.2, 200  # share of numbers, in so many rows of each fold


def sizes_for(columns, tokens):
    """Numbers of components that a table has rows for.

    Parameters
    ----------
    columns : list of (int, int or None)
        Tokens of each column, and the token of its numbers.
    tokens : ndarray of int, shape (n_rows, n_columns)
        Rows to fit to.

    Returns
    -------
    sizes : list of int
        At least 1.
    """
    model, n_rows = TableMixture(columns), len(tokens)
    square = max(len(model.places) ** 2, 1)
    most = min(n_rows / _ROWS_EACH, _NUMBERS / square, _PRODUCTS / (n_rows * square))
    present = model.present(tokens)
    if not present.all():
        n_patterns = len(np.unique(present, axis=0))
        most = min(most, _PRODUCTS / (n_patterns * square**1.5))
    return [k for k in SIZES if k <= most] or [1]


def fit_mixture(columns, tokens, numbers, n_components, copies, prior, random_state):
    """Fit a mixture whose number of components is given or to be found.

    Parameters
    ----------
    columns : list of (int, int or None)
        See `TableMixture`.
    tokens, numbers : ndarray of shape (n_rows, n_columns)
        Encoded rows.
    n_components : int, "auto" or "bic"
        ``"auto"`` joins mixtures of several sizes, weighted by what they say of rows
        left out.
    copies : ndarray of int, shape (n_rows,), or None
        Equal rows share a number.
    prior : float
        See `TableMixture.fit`.
    random_state : RandomState
        Source of subsets, folds and starts.

    Returns
    -------
    mixture : TableMixture
        Fitted to at most 100,000 rows; what is to be found, by at most 10,000.
    """
    n = len(tokens)
    if n > _MOST_ROWS:
        rows = np.sort(random_state.choice(n, _MOST_ROWS, replace=False))
        tokens, numbers, n = tokens[rows], numbers[rows], _MOST_ROWS
        copies = None if copies is None else copies[rows]

    def fit(size, rows=slice(None), rough=False):
        return TableMixture(columns).fit(
            tokens[rows], numbers[rows], size, random_state, prior=prior, rough=rough
        )

    rows = np.arange(n)
    if n > _CHOICE_ROWS:
        rows = np.sort(random_state.choice(n, _CHOICE_ROWS, replace=False))
    fold = fold_of_rows(
        len(rows), _N_FOLDS, random_state, None if copies is None else copies[rows]
    )
    weights = np.ones(1)
    if not isinstance(n_components, str):
        sizes = [min(n_components, n)]
    else:
        sizes = sizes_for(columns, tokens[rows])
        if n_components == "bic" and len(sizes) > 1:
            found = [_bic(fit(size), tokens, numbers) for size in sizes]
            sizes = [sizes[np.argmin(found)]]
    has_folds = len(rows) >= 2 * _N_FOLDS and len(np.unique(fold)) == _N_FOLDS
    judged = range(_N_FOLDS) if len(rows) < _ENOUGH else range(1)
    models = {}
    if has_folds and (len(sizes) > 1 or len(rows) < _ENOUGH):
        found = np.zeros((len(rows), len(sizes)))
        for f in judged:
            out = rows[fold == f]
            models[f] = [fit(size, rows[fold != f], rough=True) for size in sizes]
            for i, model in enumerate(models[f]):
                joint = model.log_joint(tokens[out], numbers[out])
                found[fold == f, i] = logsumexp(joint, axis=1)
        weights = stack_weights(found[np.isin(fold, judged)])
    used = np.flatnonzero(weights >= min(_LEAST, weights.max()))
    weights = weights[used] / weights[used].sum()
    mixture = joined([fit(sizes[i]) for i in used], weights)
    mixture.widening = 1.0
    if models and len(rows) < _ENOUGH:
        parts = [
            (joined([models[f][i] for i in used], weights), rows[fold == f])
            for f in models
        ]
        mixture.widening = _widening(parts, tokens, numbers, random_state)
    return mixture


def _widening(parts, tokens, numbers, random_state):
    """By how much deviations of gaps are to grow, for intervals to hold what they say.

    A few numbers are hidden in rows that a mixture has not seen; small tables make it
    too sure of them.
    """
    found = []
    for model, rows in parts:
        rows = rows[:_HIDDEN_ROWS]
        hidden = random_state.random_sample((len(rows), len(model.places))) < _HIDDEN
        hidden &= model.present(tokens[rows])
        if not hidden.any():
            continue
        gaps = tokens[rows].copy()
        gaps[:, model.places] = np.where(hidden, -1, gaps[:, model.places])
        shares, means, variances = model.moments(gaps, numbers[rows])
        at, place = np.nonzero(hidden)
        z = numbers[rows][at, np.array(model.places)[place]]
        deviations = np.sqrt(np.maximum(variances[:, at, place], 1e-12))
        found.append((shares[at].T, (z - means[:, at, place]), deviations))
    if not found:
        return 1.0
    low, high = np.log(0.5), np.log(4.0)
    for _ in range(20):
        middle = (low + high) / 2
        inside = [
            np.abs((w * ndtr(gap / (s * np.exp(middle)))).sum(axis=0) - 0.5) <= 0.45
            for w, gap, s in found
        ]
        covered = np.concatenate(inside).mean() >= 0.9
        low, high = (low, middle) if covered else (middle, high)
    return float(np.exp(high))


def _bic(model, tokens, numbers):
    """Bayesian information criterion; the smaller the better."""
    likelihood = logsumexp(model.log_joint(tokens, numbers), axis=1).sum()
    return model.n_parameters() * np.log(len(tokens)) - 2 * likelihood

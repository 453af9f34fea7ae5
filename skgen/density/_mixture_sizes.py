"""How many components a mixture gets: as many as a user says, by BIC, or averaged."""

import numpy as np
from scipy.special import logsumexp

from ..encoding.copies import fold_of_rows
from ._table_mixture import TableMixture, joined, stack_weights

SIZES = (1, 2, 3, 4, 6, 8, 12, 20, 32)
_ROWS_EACH = 4  # rows per component at least
_NUMBERS = 1.5e7  # entries of covariances at most
_PRODUCTS = 1e8  # of a round of expectation maximisation
_N_FOLDS = 4
_CHOICE_ROWS, _MOST_ROWS = 10_000, 100_000
_LEAST = 0.02  # of a weight


def sizes_for(columns, n_rows):
    """Numbers of components that a table has rows for.

    Parameters
    ----------
    columns : list of (int, int or None)
        Tokens of each column, and the token of its numbers.
    n_rows : int
        Rows to fit to.

    Returns
    -------
    sizes : list of int
        At least 1.
    """
    p = sum(token is not None for _, token in columns)
    square = max(p * p, 1)
    most = min(n_rows / _ROWS_EACH, _NUMBERS / square, _PRODUCTS / (n_rows * square))
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

    if not isinstance(n_components, str):
        return fit(min(n_components, n))
    rows = np.arange(n)
    if n > _CHOICE_ROWS:
        rows = np.sort(random_state.choice(n, _CHOICE_ROWS, replace=False))
    sizes = sizes_for(columns, len(rows))
    if n_components == "bic":
        return min(
            (fit(size) for size in sizes), key=lambda m: _bic(m, tokens, numbers)
        )
    if len(sizes) == 1 or len(rows) < 2 * _N_FOLDS:
        return fit(sizes[0])
    found = np.zeros((len(rows), len(sizes)))
    fold = fold_of_rows(
        len(rows), _N_FOLDS, random_state, None if copies is None else copies[rows]
    )
    judged = range(_N_FOLDS) if len(rows) < _CHOICE_ROWS else range(1)
    for f in judged:
        out = rows[fold == f]
        for i, size in enumerate(sizes):
            model = fit(size, rows[fold != f], rough=True)
            found[fold == f, i] = logsumexp(
                model.log_joint(tokens[out], numbers[out]), axis=1
            )
    weights = stack_weights(found[np.isin(fold, judged)])
    used = np.flatnonzero(weights >= min(_LEAST, weights.max()))
    mixtures = [fit(sizes[i]) for i in used]
    return joined(mixtures, weights[used] / weights[used].sum())


def _bic(model, tokens, numbers):
    """Bayesian information criterion; the smaller the better."""
    likelihood = logsumexp(model.log_joint(tokens, numbers), axis=1).sum()
    return model.n_parameters() * np.log(len(tokens)) - 2 * likelihood

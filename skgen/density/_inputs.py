"""Wide tables: linear predictions of all columns at once, and what each net sees."""

import numpy as np
from scipy.linalg import cholesky, solve_triangular

N_INPUTS = 16  # columns that a net sees at most
_RIDGES = np.logspace(-5, 1, 9)
_N_BINS = 8
_ROWS = 3000


def sequential_ridge(Z):
    """Ridge regressions of each column on those before it, from one factorisation.

    The penalty of each is the one with the least squares of a fifth of the rows, which
    is held out.

    Parameters
    ----------
    Z : ndarray of shape (n_rows, n_columns)
        Standardised columns in their order.

    Returns
    -------
    residuals : ndarray of shape (n_rows, n_columns)
        Columns minus their predictions.
    slopes : ndarray of shape (n_columns, n_columns)
        In each row the slopes of a column on those before it.
    intercepts : ndarray of shape (n_columns,)
        Of the predictions.
    deviations : ndarray of shape (n_columns,)
        Of columns from their predictions in rows held out.
    """
    n, d = Z.shape
    mean = Z.mean(axis=0)
    Zc = Z - mean
    best, deviations = np.full(d, _RIDGES[-1]), np.full(d, np.inf)
    out = np.arange(n) % 5 == 4
    if out.any():
        gram = Zc[~out].T @ Zc[~out] / (~out).sum()
        for ridge in _RIDGES[::-1]:
            left = Zc[out] @ _unit_inverse(gram, ridge).T
            deviation = np.sqrt((left**2).mean(axis=0))
            best = np.where(deviation < deviations, ridge, best)
            deviations = np.minimum(deviations, deviation)
    gram, inverse = Zc.T @ Zc / n, np.eye(d)
    for ridge in np.unique(best):
        own = best == ridge
        inverse[own] = _unit_inverse(gram, ridge)[own]
    residuals = Zc @ inverse.T
    deviations = np.where(np.isfinite(deviations), deviations, 1.0)
    slopes = -np.tril(inverse, -1)
    return residuals, slopes, mean - slopes @ mean, deviations


def _unit_inverse(gram, ridge):
    """Lower triangle that turns columns into residuals of those before them."""
    d = len(gram)
    factor = cholesky(gram + ridge * np.eye(d), lower=True)
    unit = factor / np.diag(factor)
    return solve_triangular(unit, np.eye(d), lower=True, unit_diagonal=True)


def choose_inputs(encoder, tokens, codes, numbers, orders, random_state):
    """Choose the earlier columns that tell most of what a linear prediction leaves.

    What a column tells of another is the share of the variance between eight bins of
    the one, of the other's residual and of its square, or of its tokens.

    Parameters
    ----------
    encoder : TokenEncoder
        Knows the columns.
    tokens, codes, numbers : ndarray of shape (n_rows, n_columns)
        Encoded rows.
    orders : ndarray of int, shape (n_models, n_columns)
        Order of the columns in each model.
    random_state : RandomState
        Draws the rows that it looks at, 3,000 at most.

    Returns
    -------
    inputs : ndarray of int, shape (n_models, n_columns, n_inputs)
        Columns that the nets of a column see, -1 where there are fewer.
    """
    n, d = tokens.shape
    n_inputs = min(N_INPUTS, d - 1)
    found = np.full((len(orders), d, n_inputs), -1)
    if n > _ROWS:
        rows = random_state.choice(n, _ROWS, replace=False)
        tokens, codes, numbers = tokens[rows], codes[rows], numbers[rows]
        n = _ROWS
    bins, starts = _one_hot(encoder, codes)
    counts = np.maximum(bins.sum(axis=0), 1.0)
    known = {}
    for k, order in enumerate(orders):
        key = tuple(order)
        if key not in known:
            residuals = np.empty((n, d))
            residuals[:, order] = sequential_ridge(numbers[:, order])[0]
            known[key] = _told(encoder, bins, counts, starts, residuals)
        told, place = known[key], np.argsort(order)
        for j in range(d):
            earlier = np.asarray(order[: place[j]])
            best = earlier[np.argsort(-told[earlier, j], kind="stable")[:n_inputs]]
            found[k, j, : len(best)] = best[np.argsort(place[best])]
    return found


def _told(encoder, bins, counts, starts, residuals):
    """Share of what is left of each column that each other one tells, (d, d)."""
    n, d = residuals.shape
    targets, owner = [], []
    for j, column in enumerate(encoder.columns_):
        if column["continuous"] is None:
            own = bins[:, starts[j] : starts[j + 1]]
        else:
            own = np.column_stack([residuals[:, j], residuals[:, j] ** 2])
        own = own - own.mean(axis=0)
        deviation = own.std(axis=0)
        own = own / np.where(deviation > 1e-9, deviation, np.inf)
        # Far values count as much as four deviations.
        targets.append(np.clip(own, -4, 4))
        owner += [j] * own.shape[1]
    T = np.hstack(targets).astype(np.float32)
    sums = bins.astype(np.float32).T @ T
    shares = sums.astype(np.float64) ** 2 / counts[:, None] / n
    between = np.add.reduceat(shares, starts[:-1], axis=0)
    told = np.zeros((d, d))
    np.add.at(told.T, np.array(owner), between.T)
    return told


def _one_hot(encoder, codes):
    """Codes in at most eight bins, one-hot, and where each column begins."""
    parts, starts = [], [0]
    for j, column in enumerate(encoder.columns_):
        code = codes[:, j]
        if column["continuous"] is None:
            kinds, code = np.unique(code, return_inverse=True)
            frequent = np.argsort(-np.bincount(code.ravel()), kind="stable")
            rank = np.empty(len(kinds), dtype=np.int64)
            rank[frequent] = np.arange(len(kinds))
            code = np.minimum(rank[code.ravel()], _N_BINS - 1)
        else:
            code = code * _N_BINS // max(_N_BINS, column["n_codes"])
        n_bins = int(code.max()) + 1
        parts.append(np.eye(n_bins)[code])
        starts.append(starts[-1] + n_bins)
    return np.hstack(parts), np.array(starts)

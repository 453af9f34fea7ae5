"""Where the nets of a table's columns start: marginals and linear predictions."""

import numpy as np

from ..encoding._number_tokens import NONE
from ..encoding.ridge import leave_one_out_ridge
from ._inputs import sequential_ridge

_RIDGES = np.logspace(-6, 0, 7)
_ROWS = 20_000  # for a ridge regression
# Columns beyond which one factorisation gives all regressions.
_WIDE = 40


def initial_values(nets, encoder, tokens, numbers, fold=None):
    """Give the buffers that each net starts with.

    Parameters
    ----------
    nets : ColumnNets
        The nets.
    encoder : TokenEncoder
        Its columns have the groups of tokens.
    tokens, numbers : ndarray of shape (n_rows, n_columns)
        Encoded rows to train on.
    fold : ndarray of int, shape (n_rows,), default=None
        Fold of each row; the nets of a member do not see the fold of its number.

    Yields
    ------
    m : int
        Index of a net.
    values : dict
        Log-shares of its tokens as ``base``, or the ridge regression of a number on the
        numbers before it as ``slopes``, ``intercept`` and ``deviation``.
    """
    regressions = {}
    for m, (k, j, kind) in enumerate(nets.heads):
        column = encoder.columns_[j]
        own = tokens[:, j]
        if fold is not None:
            own = np.where(fold == k, NONE, own)
        if kind == "number":
            rows = own == column["continuous"]
            before = np.asarray(nets.earlier[m], dtype=np.intp)
            if len(encoder.columns_) > _WIDE:
                if k not in regressions:
                    regressions[k] = _all_ridges(nets.orders[k].tolist(), numbers)
                yield m, regressions[k][j]
            elif rows.sum() > 2:
                some = np.flatnonzero(rows)[:_ROWS]
                yield m, _ridge(numbers[some][:, before], numbers[some, j])
        elif kind != "within":
            seen = own[own >= 0]
            if kind == "group":
                seen = column["groups"][seen]
            counts = np.bincount(seen, minlength=nets.nets[m].n_outputs) + 0.5
            yield m, {"base": np.log(counts / counts.sum())}


def _all_ridges(order, numbers):
    """Linear predictions of all columns, from the columns before them."""
    Z = numbers[:_ROWS][:, order]
    _, slopes, intercepts, deviations = sequential_ridge(Z)
    return {
        j: {
            "slopes": slopes[i, :i],
            "intercept": intercepts[i],
            "deviation": max(float(deviations[i]), 1e-4),
        }
        for i, j in enumerate(order)
    }


def _ridge(X, y):
    """Linear prediction, and its deviation from rows left out."""
    residual, slopes = leave_one_out_ridge(X, y, _RIDGES)
    deviation = float(np.sqrt(np.mean(residual**2)))
    return {
        "slopes": slopes,
        "intercept": y.mean() - X.mean(axis=0) @ slopes,
        # Numbers are standardised: no less than a ten thousandth.
        "deviation": max(deviation, 1e-4),
    }

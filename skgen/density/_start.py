"""Where the nets of a table's columns start: marginals and linear predictions."""

import numpy as np

__all__ = ["start_values"]

_RIDGES = np.logspace(-6, 0, 7)


def start_values(nets, encoder, tokens, numbers):
    """Give the buffers that each net starts with.

    Parameters
    ----------
    nets : ColumnNets
        The nets.
    encoder : TokenEncoder
        Its columns have the groups of tokens.
    tokens, numbers : ndarray of shape (n_rows, n_columns)
        Encoded rows to train on.

    Yields
    ------
    m : int
        Index of a net.
    values : dict
        Log-shares of its tokens as ``base``, or the ridge regression of a number on the
        numbers before it as ``slopes``, ``intercept`` and ``deviation``.
    """
    for m, (_, j, kind) in enumerate(nets.heads):
        column = encoder.columns_[j]
        own = tokens[:, j]
        if kind == "number":
            rows = own == column["continuous"]
            before = np.asarray(nets.before[m], dtype=np.intp)
            if rows.sum() > 2:
                yield m, _ridge(numbers[rows][:, before], numbers[rows, j])
        elif kind != "within":
            seen = own[own >= 0]
            if kind == "group":
                seen = column["groups"][seen]
            counts = np.bincount(seen, minlength=len(nets.nets[m].base)) + 0.5
            yield m, {"base": np.log(counts / counts.sum())}


def _ridge(X, y):
    """Ridge regression, its penalty and its error by leaving each row out."""
    center, mean = X.mean(axis=0), y.mean()
    X, target = X - center, y - mean
    if not X.shape[1]:
        return {"slopes": center, "intercept": mean, "deviation": _positive(target)}
    values, vectors = np.linalg.eigh(X.T @ X)
    rotated = X @ vectors
    along = rotated.T @ target
    squares, best = rotated**2, None
    for ridge in _RIDGES * len(X):
        shrink = 1 / (np.maximum(values, 0) + ridge)
        leverage = squares @ shrink + 1 / len(X)
        residual = (target - rotated @ (shrink * along)) / np.maximum(
            1 - leverage, 1e-6
        )
        error = float(residual @ residual)
        if best is None or error < best[0]:
            best = error, vectors @ (shrink * along), residual
    slopes = best[1]
    return {
        "slopes": slopes,
        "intercept": mean - center @ slopes,
        "deviation": _positive(best[2]),
    }


def _positive(residual):
    """Root mean square, bounded from below: numbers are standardised."""
    return max(float(np.sqrt(np.mean(residual**2))), 1e-4)

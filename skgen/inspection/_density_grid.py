"""The grid on which a density is looked at, and what is no density."""

import numpy as np
import pandas as pd
from sklearn.base import OutlierMixin

from ..encoding.checks import check_count
from ._estimators import require

# By the number of columns.
_N_POINTS = {1: 1000, 2: 120}


def check_density(estimator):
    """Refuse what has no log-densities."""
    name = type(estimator).__name__
    if len(getattr(estimator, "steps", ())) > 1:
        raise TypeError(
            "estimator must give log-densities in the units of X, got a Pipeline, "
            "which leaves the Jacobian of its transformers out; use "
            "skgen.density.TransformedDensity(transformer, density)."
        )
    if isinstance(estimator, OutlierMixin):
        raise TypeError(
            f"estimator must give log-densities, but the scores of {name}, an outlier "
            "detector, are none; use a density such as KernelDensity."
        )
    require(estimator, "score_samples", "use a density such as KernelDensity")


def read_rows(X):
    """Return finite rows of one or two numeric columns."""
    rows = X if isinstance(X, pd.DataFrame) else np.asarray(X)
    if rows.ndim != 2 or rows.shape[1] not in (1, 2):
        raise ValueError(
            f"X must have one column or two, got shape {rows.shape}; fit a density of "
            "two columns, or compare draws by RealVsSyntheticDisplay."
        )
    try:
        rows = np.asarray(rows, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(
            "X must hold numbers, got columns of other kinds; encode them first."
        ) from None
    rows = rows[np.isfinite(rows).all(axis=1)]
    if not len(rows):
        raise ValueError("X must have a row without missing values, got none.")
    return rows


def make_grid(X, rows, limits, n_points):
    n_columns = rows.shape[1]
    if n_points is None:
        n_points = _N_POINTS[n_columns]
    check_count("n_points", n_points, 2)
    if limits is None:
        low, high = rows.min(axis=0), rows.max(axis=0)
        margin = np.where(high > low, 0.1 * (high - low), 0.5)
        limits = np.column_stack([low - margin, high + margin])
    limits = np.atleast_2d(np.asarray(limits, dtype=np.float64))
    if limits.shape != (n_columns, 2) or not (limits[:, 0] < limits[:, 1]).all():
        raise ValueError(
            f"limits must hold a pair (low, high) for each of the {n_columns} columns, "
            f"low below high, got {limits.tolist()}."
        )
    dtypes = X.dtypes if isinstance(X, pd.DataFrame) else [np.asarray(X).dtype] * 2
    grid = []
    for (low, high), dtype in zip(limits, dtypes, strict=False):
        points = np.linspace(low, high, n_points)
        if getattr(dtype, "kind", "f") in "iu":
            points = np.unique(np.rint(np.concatenate([points, [low, high]])))
        grid.append(points)
    return grid


def like(X, points):
    """Return points in the container and the dtypes of the rows."""
    if not isinstance(X, pd.DataFrame):
        return points.astype(np.asarray(X).dtype, copy=False)
    return pd.DataFrame(points, columns=X.columns).astype(X.dtypes)


def is_whole(grid):
    """Whether a grid holds whole numbers one after the other."""
    whole = np.array_equal(grid, np.rint(grid))
    return whole and len(grid) < 200 and (np.diff(grid) == 1).all()

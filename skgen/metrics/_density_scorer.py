"""A scorer that compares densities which measure values that repeat differently."""

from dataclasses import dataclass
from inspect import signature

import numpy as np
import pandas as pd

from ..encoding._columns import as_container, is_frame


def make_density_scorer(X=None, *, ties="dequantize", random_state=0):
    """Make a scorer for `cross_val_score` that compares densities on one footing.

    On values that repeat, a density can be made as high as one likes, and a model of
    masses scores at most 0 there: their means do not compare. This scorer spreads each
    number that repeats evenly over its cell, which reaches half-way to the neighbouring
    values, and takes the log-density there; a model that knows masses spreads them over
    the same cells itself, by ``score_samples(X, ties="density")``. Of any other density
    the mean is a lower bound of the logarithm of its mass over the width of the cell
    (Jensen).

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features), default=None
        The whole table, whose values have the cells. None takes those of the rows that
        are scored.
    ties : {"dequantize", "raw"}, default="dequantize"
        ``"raw"`` scores rows as they are, by the estimator's own `score`.
    random_state : int, default=0
        Seed of the noise, the same for all estimators.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y=None)`` gives the mean log-density in nats.

    Raises
    ------
    ValueError
        If `ties` is another.

    See Also
    --------
    skgen.density.AutoregressiveDensity : Has masses for values that repeat.

    Notes
    -----
    Tables are often sorted: ``cross_val_score`` without shuffling leaves a whole
    species of iris out. Pass ``cv=KFold(5, shuffle=True, random_state=0)``.

    References
    ----------
    L. Theis, A. van den Oord, M. Bethge, "A note on the evaluation of generative
    models", ICLR 2016, section 3.1 (dequantisation).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.mixture import GaussianMixture
    >>> from sklearn.model_selection import KFold, cross_val_score
    >>> from skgen.density import MixtureDensity
    >>> from skgen.metrics import make_density_scorer
    >>> X, _ = load_iris(return_X_y=True)
    >>> folds = KFold(5, shuffle=True, random_state=0)
    >>> scorer = make_density_scorer(X)
    >>> models = [MixtureDensity(random_state=0), GaussianMixture(3, random_state=0)]
    >>> [
    ...     float(cross_val_score(m, X, scoring=scorer, cv=folds).mean().round(1))
    ...     for m in models
    ... ]
    [-1.8, -2.2]
    """
    if ties not in ("dequantize", "raw"):
        raise ValueError(f'ties must be "dequantize" or "raw", got {ties!r}.')
    cells = None if X is None else _cells(as_container(X))
    return _DensityScorer(cells, ties, random_state)


@dataclass(frozen=True)
class _DensityScorer:
    cells: list | None
    ties: str
    random_state: int

    def __call__(self, estimator, X, y=None):
        if self.ties == "raw":
            return float(estimator.score(X))
        X, options = as_container(X), {}
        cells = _cells(X) if self.cells is None else self.cells
        if "ties" in signature(estimator.score_samples).parameters:
            options["ties"] = "density"
            held = getattr(estimator, "_holds_masses", [False] * len(cells))
            cells = [None if h else c for h, c in zip(held, cells, strict=True)]
        rng = np.random.RandomState(self.random_state)
        rows = _spread(X, cells, rng)
        return float(np.mean(estimator.score_samples(rows, **options)))


def _columns(X):
    """Numbers of each column, None of one without."""
    if not is_frame(X):
        return list(np.asarray(X, dtype=np.float64).T)
    return [
        X.iloc[:, j].to_numpy(dtype=np.float64, na_value=np.nan)
        if pd.api.types.is_numeric_dtype(dtype)
        and not pd.api.types.is_bool_dtype(dtype)
        else None
        for j, dtype in enumerate(X.dtypes)
    ]


def _cells(X):
    """Values of each column that has repeated ones, and where their cells begin."""
    found = []
    for x in _columns(X):
        values = np.zeros(0) if x is None else np.unique(x[np.isfinite(x)])
        if x is None or len(values) < 2 or len(values) == np.isfinite(x).sum():
            found.append(None)
            continue
        gaps = np.diff(values)
        middles = (values[1:] + values[:-1]) / 2
        first, last = values[0] - gaps[0] / 2, values[-1] + gaps[-1] / 2
        found.append((values, np.concatenate([[first], middles, [last]])))
    return found


def _spread(X, cells, rng):
    """Rows with noise in the cells of values that repeat."""
    columns = _columns(X)
    u = rng.random_sample((len(columns[0]) if len(columns) else 0, len(columns)))
    found = X.copy() if is_frame(X) else np.array(X, dtype=np.float64)
    for j, (x, cell) in enumerate(zip(columns, cells, strict=True)):
        if x is None or cell is None:
            continue
        values, edges = cell
        place = np.searchsorted(values, x).clip(0, len(values) - 1)
        seen = values[place] == x
        noisy = edges[place] + u[:, j] * (edges[place + 1] - edges[place])
        x = np.where(seen, noisy, x)
        if is_frame(found):
            found[found.columns[j]] = x
        else:
            found[:, j] = x
    return found

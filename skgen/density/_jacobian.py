"""Volume changes and inverses of scikit-learn's transformers."""

import numpy as np
import pandas as pd
from scipy import special
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils import gen_batches

from .._compat import column_indices, power_scale, safe_indexing

# Relative to a column's spread: with the extrapolation below, truncation and rounding
# errors are both near 1e-11.
_STEP = 2.0**-10
_ROUGH = 1e-5
_MOST_STEPS = 16
_CHUNK = 1024

_LOG_DERIVATIVES = {
    np.log: lambda x: -np.log(x),
    np.log2: lambda x: -np.log(x * np.log(2)),
    np.log10: lambda x: -np.log(x * np.log(10)),
    np.log1p: lambda x: -np.log1p(x),
    np.exp: lambda x: x,
    np.expm1: lambda x: x,
    np.sqrt: lambda x: -np.log(2) - 0.5 * np.log(x),
    np.cbrt: lambda x: -np.log(3) - 2 / 3 * np.log(np.abs(x)),
    np.square: lambda x: np.log(2 * np.abs(x)),
    np.reciprocal: lambda x: -2 * np.log(np.abs(x)),
    np.arcsinh: lambda x: -0.5 * np.log1p(x**2),
    np.sinh: lambda x: np.logaddexp(x, -x) - np.log(2),
    np.tanh: lambda x: 2 * (np.log(2) - np.logaddexp(x, -x)),
    np.arctanh: lambda x: -np.log1p(-(x**2)),
    special.logit: lambda x: -np.log(x) - np.log1p(-x),
    special.expit: lambda x: special.log_expit(x) + special.log_expit(-x),
    special.ndtri: lambda x: 0.5 * special.ndtri(x) ** 2 + 0.5 * np.log(2 * np.pi),
}


def log_volume_change(transformer, X, spread):
    """Logarithm of the volume change of a fitted transformer at rows.

    Parameters
    ----------
    transformer : estimator or "passthrough"
        Fitted transformer that keeps the number of columns.
    X : DataFrame or ndarray of shape (n_samples, n_features)
        Rows.
    spread : ndarray of shape (n_features,)
        Standard deviation of the columns in fit, the scale of numerical steps.

    Returns
    -------
    log_det : ndarray of shape (n_samples,)
        log abs det dz/dx, in nats; not finite where `transformer` is not defined.
    """
    if transformer is None or transformer == "passthrough":
        return np.zeros(len(X))
    if hasattr(transformer, "log_abs_det_jacobian"):
        return np.asarray(transformer.log_abs_det_jacobian(X), dtype=np.float64)
    # A subclass may do something else.
    formula = _FORMULAS.get(type(transformer), _numerical)
    with np.errstate(all="ignore"):
        return np.zeros(len(X)) + formula(transformer, X, spread)


def invert(transformer, Z):
    """Transform rows back.

    Parameters
    ----------
    transformer : estimator or "passthrough"
        Fitted transformer.
    Z : ndarray of shape (n_samples, n_features)
        Transformed rows.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
        Rows, as numbers; not finite where there is no way back.
    """
    if transformer is None or transformer == "passthrough":
        return Z
    if type(transformer) is Pipeline:
        for _, step in reversed(transformer.steps):
            Z = invert(step, Z)
        return Z
    if type(transformer) is ColumnTransformer:
        X = np.full((len(Z), transformer.n_features_in_), np.nan)
        for name, part, _ in transformer.transformers_:
            columns = column_indices(transformer, name)
            if len(columns) and part != "drop":
                X[:, columns] = invert(part, Z[:, transformer.output_indices_[name]])
        return X
    names = getattr(transformer, "feature_names_in_", None)
    if names is not None and len(names) == Z.shape[1]:
        # Some check the names on the way back, too.
        Z = pd.DataFrame(Z, columns=names)
    with np.errstate(all="ignore"):
        return np.asarray(transformer.inverse_transform(Z), dtype=np.float64)


def _divided(scaler, X, spread):
    _refuse_clipping(scaler)
    return 0.0 if scaler.scale_ is None else -_log(scaler.scale_)


def _multiplied(scaler, X, spread):
    _refuse_clipping(scaler)
    return _log(scaler.scale_)


def _refuse_clipping(scaler):
    if getattr(scaler, "clip", False):
        raise TypeError(
            f"{type(scaler).__name__} must not clip to have an inverse, got clip=True; "
            "use clip=False."
        )


def _power(transformer, X, spread):
    x = np.asarray(X, dtype=np.float64)
    box_cox = transformer.method == "box-cox"
    log = np.log(x) if box_cox else np.sign(x) * np.log1p(np.abs(x))
    log_slope = (transformer.lambdas_ - 1) * log
    return log_slope.sum(axis=1) - _log(power_scale(transformer))


def _quantile(transformer, X, spread):
    raise TypeError(
        "the transformer must be invertible, got QuantileTransformer, which maps all "
        "numbers beyond those of fit to one; use PowerTransformer or FlowDensity."
    )


def _pca(pca, X, spread):
    n_components, n_features = pca.components_.shape
    if n_components != n_features:
        raise TypeError(
            f"PCA must keep all {n_features} components to be invertible, got "
            f"{n_components}; use n_components=None and as many rows as columns."
        )
    return -0.5 * _log(pca.explained_variance_) if pca.whiten else 0.0


def _function(transformer, X, spread):
    if transformer.func is None:
        return 0.0
    known = [g for f, g in _LOG_DERIVATIVES.items() if f is transformer.func]
    if transformer.kw_args or not known:
        return _numerical(transformer, X, spread)
    return known[0](np.asarray(X, dtype=np.float64)).sum(axis=1)


def _pipeline(pipeline, X, spread):
    total = 0.0
    for _, step in pipeline.steps:
        total += log_volume_change(step, X, spread)
        if step is not None and step != "passthrough":
            X = step.transform(X)
            # Mostly scaled by now; taken from these rows it would tie them together.
            spread = np.ones(np.shape(X)[1])
    return total


def _columns(transformer, X, spread):
    total = 0.0
    for name, part, _ in transformer.transformers_:
        columns = column_indices(transformer, name)
        if len(columns):
            rows = safe_indexing(X, columns, axis=1)
            total += log_volume_change(part, rows, spread[columns])
    return total


_FORMULAS = {
    StandardScaler: _divided,
    RobustScaler: _divided,
    MaxAbsScaler: _divided,
    MinMaxScaler: _multiplied,
    PowerTransformer: _power,
    QuantileTransformer: _quantile,
    PCA: _pca,
    FunctionTransformer: _function,
    Pipeline: _pipeline,
    ColumnTransformer: _columns,
}


def _log(scale):
    return float(np.log(scale).sum())


def _numerical(transformer, X, spread):
    """Take the determinant of central differences, extrapolated to fourth order."""
    rows = gen_batches(len(X), _CHUNK)
    parts = [_log_det(transformer, safe_indexing(X, part), spread) for part in rows]
    return np.concatenate(parts)


def _log_det(transformer, X, spread):
    x = np.asarray(X, dtype=np.float64)

    def moved(j, by):
        y = x.copy()
        y[:, j] += by
        if isinstance(X, pd.DataFrame):
            y = X.astype(np.float64).assign(**{X.columns[j]: y[:, j]})
        return np.asarray(transformer.transform(y), dtype=np.float64)

    def slopes(j, by):
        return (moved(j, by) - moved(j, -by)) / (2 * by)[:, None]

    def column(j):
        by = np.full(len(x), _STEP * spread[j])
        found, error = np.full(x.shape, np.nan), np.full(len(x), np.inf)
        for _ in range(_MOST_STEPS):
            coarse, fine = slopes(j, by), slopes(j, by / 2)
            size = np.abs(fine).max(axis=1)
            off = np.abs(fine - coarse).max(axis=1) / np.where(size > 0, size, 1)
            better = off < error
            found[better] = ((4 * fine - coarse) / 3)[better]
            error[better] = off[better]
            # A row near the end of a domain, as zero is for a logarithm, needs less.
            rough = error > _ROUGH
            if not rough.any():
                break
            by = np.where(rough, by / 32, by)
        return found

    with np.errstate(all="ignore"):
        jacobian = np.stack([column(j) for j in range(x.shape[1])], axis=2)
        jacobian[~np.isfinite(jacobian).all(axis=(1, 2))] = np.nan
        return np.linalg.slogdet(jacobian)[1]

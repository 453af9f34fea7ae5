"""The one place that reaches behind scikit-learn's public names."""

from sklearn.base import _fit_context as fit_context
from sklearn.tree._tree import Tree
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    StrOptions,
    validate_params,
)
from sklearn.utils.metaestimators import _BaseComposition as BaseComposition

__all__ = [
    "BaseComposition",
    "HasMethods",
    "Interval",
    "StrOptions",
    "Tree",
    "column_indices",
    "fit_context",
    "power_scale",
    "safe_indexing",
    "validate_params",
]


def power_scale(transformer):
    """Give the scales by which a PowerTransformer divides, if it does."""
    if not transformer.standardize:
        return [1.0]
    return transformer._scaler.scale_


def column_indices(transformer, name):
    """Give the indices of the columns that a part of a ColumnTransformer takes."""
    return list(transformer._transformer_to_input_indices[name])

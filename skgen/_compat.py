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
    "fit_context",
    "safe_indexing",
    "validate_params",
]

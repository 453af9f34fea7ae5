"""The one place that reaches behind scikit-learn's public names."""

import numpy as np
from sklearn.base import _fit_context as fit_context
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
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
    "boosted_nodes",
    "column_indices",
    "fit_context",
    "power_scale",
    "predict_boosted",
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


def boosted_nodes(model):
    """Give the first log-odds of binary boosting by histograms, and its trees."""
    return float(model._baseline_prediction.item()), [
        t.nodes for (t,) in model._predictors
    ]


def predict_boosted(nodes, X):
    """Sum of the answers of boosted trees without categories, for rows of float64."""
    bits = np.zeros((0, 8), dtype=np.uint32)
    places = np.zeros(X.shape[1], dtype=np.uint32)
    total = np.zeros(len(X))
    for tree in nodes:
        total += TreePredictor(tree, bits, bits).predict(X, bits, places, 1)
    return total

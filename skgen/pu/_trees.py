"""Fitted forests and boosted trees of scikit-learn as plain arrays and back.

Trees of scikit-learn are objects that skops does not load untold. Their arrays are: one
table of nodes, and for a forest one of values, for all trees.
"""

from copy import copy

import numpy as np
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier

from .._compat import Tree, boosted_nodes, predict_boosted

N_CHUNK = 65_536  # rows that become float64 at a time


def pack_forest(forest):
    """Give a forest without its trees, a tree without its nodes, and the arrays.

    Parameters
    ----------
    forest : ExtraTreesClassifier or ExtraTreesRegressor
        Fitted forest.

    Returns
    -------
    state : dict
        What `unpack_forest` takes.
    """
    shell, hull = copy(forest), copy(forest.estimators_[0])
    shell.estimators_ = []
    del hull.tree_
    _, sizes, _ = forest.estimators_[0].tree_.__reduce__()
    states = [tree.tree_.__reduce__()[2] for tree in forest.estimators_]
    return {
        "forest": shell,
        "tree": hull,
        "sizes": [int(sizes[0]), np.asarray(sizes[1]), int(sizes[2])],
        "counts": np.array([s["node_count"] for s in states]),
        "depths": np.array([s["max_depth"] for s in states]),
        "nodes": np.concatenate([s["nodes"] for s in states]),
        "values": np.concatenate([s["values"] for s in states]),
    }


def unpack_forest(state):
    """Undo `pack_forest`.

    Parameters
    ----------
    state : dict
        What `pack_forest` returned.

    Returns
    -------
    forest : ExtraTreesClassifier or ExtraTreesRegressor
        Forest that predicts as the packed one did.

    Raises
    ------
    ValueError
        If the arrays are not those of trees.
    """
    forest = copy(state["forest"])
    n_features, n_classes, n_outputs = state["sizes"]
    ends = np.cumsum(state["counts"])
    forest.estimators_ = []
    for start, end, depth in zip(
        ends - state["counts"], ends, state["depths"], strict=True
    ):
        nodes = np.ascontiguousarray(state["nodes"][start:end])
        _check_nodes(nodes, n_features)
        tree = copy(state["tree"])
        tree.tree_ = Tree(n_features, np.asarray(n_classes, dtype=np.intp), n_outputs)
        tree.tree_.__setstate__(
            {
                "max_depth": int(depth),
                "node_count": len(nodes),
                "nodes": nodes,
                "values": np.ascontiguousarray(state["values"][start:end]),
            }
        )
        forest.estimators_.append(tree)
    return forest


class BoostedTrees:
    """Gradient-boosted trees that tell who is labeled, as plain arrays.

    Without early stopping: what is joined by weights need not stop early, and the rows
    held out for it are missed where labels are few.

    Attributes
    ----------
    baseline_ : float
        Log-odds before the first tree.
    nodes_ : ndarray
        Nodes of all trees, one after the other.
    counts_ : ndarray of shape (n_trees,)
        How many nodes each has.
    n_columns_ : int
        Columns of the rows.
    """

    def fit(self, Z, labeled, *, weight=None, n_trees=100, random_state):
        """Grow the trees; fewer learn as much more each."""
        model = HistGradientBoostingClassifier(
            learning_rate=5.0 / n_trees,
            max_iter=n_trees,
            max_leaf_nodes=15,
            early_stopping=False,
            random_state=random_state,
        ).fit(Z, labeled, sample_weight=weight)
        self.baseline_, nodes = boosted_nodes(model)
        self.nodes_ = np.concatenate(nodes)
        self.counts_ = np.array([len(tree) for tree in nodes])
        self.n_columns_ = Z.shape[1]
        return self

    def share(self, Z):
        """P(labeled | x) of rows."""
        trees = np.split(self.nodes_, np.cumsum(self.counts_)[:-1])
        score = np.empty(len(Z))
        for start in range(0, len(Z), N_CHUNK):
            rows = np.ascontiguousarray(Z[start : start + N_CHUNK], dtype=np.float64)
            score[start : start + N_CHUNK] = predict_boosted(trees, rows)
        return expit(score + self.baseline_)

    def get_state(self):
        """Plain state of arrays and numbers."""
        return dict(self.__dict__)

    @classmethod
    def from_state(cls, state):
        """Undo `get_state`; ValueError if the arrays are not those of trees."""
        new = cls.__new__(cls)
        new.__dict__.update(state)
        for nodes in np.split(new.nodes_, np.cumsum(new.counts_)[:-1]):
            inner = nodes["is_leaf"] == 0
            if nodes["is_categorical"].any():
                raise ValueError(_DAMAGED)
            children = np.stack([nodes["left"], nodes["right"]])[:, inner]
            _check(len(nodes), inner, children, nodes["feature_idx"], new.n_columns_)
        return new


_DAMAGED = (
    "the trees of a stored forest must have their children among the nodes that follow "
    "and split on columns of the table; the file is damaged."
)


def _check_nodes(nodes, n_features):
    """Refuse nodes of a forest that `_check` refuses."""
    inner = nodes["left_child"] != -1
    children = np.stack([nodes["left_child"], nodes["right_child"]])[:, inner]
    _check(len(nodes), inner, children, nodes["feature"], n_features)


def _check(n, inner, children, feature, n_features):
    """Refuse nodes that would lead outside the arrays, or round in circles."""
    place, split = np.arange(n), feature[inner]
    children = children.astype(np.int64)
    if (
        not n
        or (children <= place[inner]).any()
        or (children >= n).any()
        or (split < 0).any()
        or (split >= n_features).any()
    ):
        raise ValueError(_DAMAGED)

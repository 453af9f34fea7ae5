"""A fitted forest of scikit-learn as plain arrays and back.

Trees of scikit-learn are Cython objects that skops does not load untold. Their arrays
are: one table of nodes and one of values for all trees.
"""

from copy import copy

import numpy as np

from .._compat import Tree


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
        _check(nodes, n_features)
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


def _check(nodes, n_features):
    """Refuse nodes that would lead outside the arrays, or round in circles."""
    place, n = np.arange(len(nodes)), len(nodes)
    inner = nodes["left_child"] != -1
    children = np.stack([nodes["left_child"], nodes["right_child"]])[:, inner]
    split = nodes["feature"][inner]
    if (
        not n
        or (children <= place[inner]).any()
        or (children >= n).any()
        or (split < 0).any()
        or (split >= n_features).any()
    ):
        raise ValueError(
            "the trees of a stored forest must have their children among the nodes "
            "that follow and split on columns of the table; the file is damaged."
        )

"""Forest evidence: P(class | x) from labels of every class, or from a posterior."""

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

from ..encoding.labels import UNLABELED
from ._adjusted import adjusted_prior
from ._trees import pack_forest, unpack_forest

FLOOR = 1e-3
MAX_ROWS = 20_000
FOLD_SHARE = 0.5  # of the trees, for a forest of one fold


class ForestEvidence:
    """P(class | x) from a forest of extremely randomised trees.

    With labels of every class it learns the classes, and the prior moves its answer to
    the population; or it learns a posterior that other evidence implies. Answers for
    training rows are out of bag, so no row votes for itself; where rows occur twice
    they come from forests of folds that keep equal rows together.

    Parameters
    ----------
    n_trees : int, default=200
        Number of trees.
    min_leaf : int, default=3
        Least number of rows in a leaf, copies aside.

    Attributes
    ----------
    forest_ : ExtraTreesClassifier or ExtraTreesRegressor
        The trees.
    prior_ : ndarray of shape (n_classes,)
        Class prior of the population.
    posterior_ : ndarray of shape (n_rows, n_classes)
        Out-of-bag posterior of the training rows.
    losses_ : ndarray of shape (n_rows,)
        Minus log probability of each row's own symbol, out of bag, in nats.

    References
    ----------
    P. Geurts, D. Ernst, L. Wehenkel, "Extremely randomized trees", Machine Learning
    2006; Y. Lin, Y. Jeon, "Random forests and adaptive nearest neighbors", JASA 2006.
    """

    def __init__(self, n_trees=200, min_leaf=3):
        self.n_trees = n_trees
        self.min_leaf = min_leaf

    def _grow(
        self, kind, X, target, random_state, *, sample_weight=None, share=1.0, **options
    ):
        return kind(
            max(1, int(share * self.n_trees)),
            min_samples_leaf=self._leaf,
            bootstrap=True,
            max_samples=MAX_ROWS if len(X) > MAX_ROWS else None,
            random_state=random_state,
            **options,
        ).fit(X, target, sample_weight=sample_weight)

    def fit(
        self, Z, codes, model, *, prior=None, copies=None, folds=None, random_state
    ):
        """Grow the forest on the labeled rows.

        Parameters
        ----------
        Z, codes, model, prior
            As for `NeighborEvidence.fit`.
        copies : ndarray of shape (n_rows,), default=None
            Group of equal rows, by `equal_rows`.
        folds : list of (train, test), default=None
            Folds that keep together what does not vouch for itself; None: answers for
            training rows are out of bag.
        random_state : int
            Seed of the trees.
        """
        self._leaf = self.min_leaf
        if copies is not None:
            # A leaf holds as many different rows as it does without copies.
            self._leaf = round(self.min_leaf * len(Z) / len(np.unique(copies)))
        labeled = codes != UNLABELED
        self.counts_, self.taught_rows_ = model.counts, None
        self.forest_ = self._grow(
            ExtraTreesClassifier, Z[labeled], codes[labeled], random_state
        )
        self.raw_ = self._without_own_vote(Z, codes, random_state, labeled, folds)
        self.prior_ = (
            adjusted_prior(self.raw_, codes, model) if prior is None else prior
        )
        self.posterior_ = self._shift(self.raw_, self.prior_)
        own = np.where(labeled, codes, len(model.counts))
        likelihood = model.likelihood(self.prior_)
        share = model.table_prior(self.prior_)
        p = (self._shift(self.raw_, share) * likelihood[own]).sum(axis=1)
        self.losses_ = -np.log(0.99 * p + 0.01 * (likelihood @ share)[own])
        return self

    def _without_own_vote(self, Z, codes, random_state, known, folds):
        """Answers of trees that saw neither a row nor what is kept with it.

        `known` are the labeled rows, which the forest was grown on.
        """
        raw = np.empty((len(Z), self.forest_.n_classes_))
        if not folds:
            raw[known] = _out_of_bag(self.forest_, Z[known])
            if not known.all():
                raw[~known] = self.forest_.predict_proba(Z[~known])
            return raw
        for train, test in folds:
            train = train[known[train]]
            forest = self._grow(
                ExtraTreesClassifier,
                Z[train],
                codes[train],
                random_state,
                share=FOLD_SHARE,
            )
            raw[test] = forest.predict_proba(Z[test])
        return raw

    def _shift(self, raw, prior):
        """Move P(class | x) from the labeled rows' class shares to a prior."""
        moved = np.maximum(raw, FLOOR) * prior / (self.counts_ / self.counts_.sum())
        return moved / moved.sum(axis=1, keepdims=True)

    def teach(self, Z, rows, posterior, weight, *, random_state):
        """Grow the forest on the posterior that other evidence gives some rows."""
        self._leaf = self.min_leaf
        self.counts_, self.taught_rows_ = None, rows
        self.forest_ = self._grow(
            ExtraTreesRegressor,
            Z[rows],
            posterior,
            random_state,
            max_features=0.5,
            sample_weight=weight + FLOOR,
        )
        taught = np.clip(_out_of_bag(self.forest_, Z[rows]), FLOOR, 1)
        self.posterior_ = taught / taught.sum(axis=1, keepdims=True)
        return self

    def posterior(self, Z):
        """P(class | x) of new rows, (n_rows, n_classes), nowhere below 0.001."""
        if self.counts_ is None:
            p = np.clip(self.forest_.predict(Z), FLOOR, 1)
            return p / p.sum(axis=1, keepdims=True)
        return self._shift(self.forest_.predict_proba(Z), self.prior_)

    def forget(self):
        """Drop what only the fit needs."""
        for name in ("posterior_", "losses_", "raw_", "taught_rows_"):
            self.__dict__.pop(name, None)
        self.forest_.__dict__.pop("_sample_weight", None)

    def get_state(self):
        """State of arrays, numbers and the shells of scikit-learn's forest."""
        return {**self.__dict__, "forest_": pack_forest(self.forest_)}

    @classmethod
    def from_state(cls, state):
        """Undo `get_state`."""
        new = cls.__new__(cls)
        new.__dict__.update(state)
        new.forest_ = unpack_forest(state["forest_"])
        return new


def _out_of_bag(forest, X):
    """Mean answer of the trees that did not see a row, (n_rows, n_outputs).

    A row that every tree saw gets the mean of the others. (scikit-learn's `oob_score`
    computes the same, but warns of such rows, and warnings are silenced for the whole
    process only.)
    """
    X = np.ascontiguousarray(X, dtype=np.float32)
    total, votes = 0.0, np.zeros((len(X), 1))
    for tree, rows in zip(forest.estimators_, forest.estimators_samples_, strict=True):
        unseen = np.ones(len(X), dtype=bool)
        unseen[rows] = False
        if not unseen.any():
            continue
        answer = getattr(tree, "predict_proba", tree.predict)
        found = answer(X[unseen], check_input=False)
        if not votes.any():
            total = np.zeros((len(X), found.shape[1]))
        total[unseen] += found
        votes[unseen] += 1
    known = votes[:, 0] > 0
    if not known.any():
        return forest.predict_proba(X)
    mean = total / np.maximum(votes, 1)
    mean[~known] = mean[known].mean(axis=0)
    return mean

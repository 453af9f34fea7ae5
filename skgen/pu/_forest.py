"""Forest evidence: rows are neighbours when trees put them into the same leaves."""

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

from ..encoding.labels import UNLABELED
from ._bbe import best_bin_of_table
from ._copies import stratified_folds
from ._linear import MAX_COLUMNS, MIN_ROWS, LinearEvidence
from ._neighbors import TINY
from ._trees import pack_forest, unpack_forest

FLOOR = 1e-3
MAX_ROWS = 50_000
N_FOLDS = 5
FOLD_SHARE = 0.5  # of the trees, for a forest of one fold


class ForestEvidence:
    """P(class | x) from a forest of extremely randomised trees on the labels' symbols.

    With labels of one class only, the forest learns "is labeled" and the class prior
    turns its answer into P(y=1|x), after a linear score was joined to it where that
    tells significantly more; with labels of every class it learns the classes and the
    prior moves its answer to the population. Answers for training rows are out of bag,
    so no row votes for itself; where rows occur twice they come from forests of folds
    that keep equal rows together.

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
    linear_ : LinearEvidence or None
        What a linear score adds to them.
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

    def fit(self, Z, codes, model, *, prior=None, copies=None, random_state):
        """Grow the forest on the symbols of the rows; `copies` as by `equal_rows`."""
        self._folds, self._leaf = None, self.min_leaf
        if copies is not None:
            draw = np.random.RandomState(random_state)
            self._folds = stratified_folds(codes, copies, N_FOLDS, draw) or None
            # A leaf holds as many different rows as it does without copies.
            self._leaf = round(self.min_leaf * len(Z) / len(np.unique(copies)))
        n_classes = len(model.counts)
        labeled = codes != UNLABELED
        self.counts_, self.linear_ = model.counts, None
        seen = np.flatnonzero(model.counts)
        if len(seen) == 1:
            self.mode_ = "positive"
            self._fit_positive(
                Z, labeled, int(seen[0]), model, prior, copies, random_state
            )
        else:
            self.mode_ = "classes"
            self._fit_classes(Z, codes, labeled, model, prior, random_state)
        own = np.where(labeled, codes, n_classes)
        chance = model.likelihood(self.prior_)[own]
        if self.mode_ == "positive":
            p = np.where(labeled, self.share_, 1 - self.share_)
        else:
            p = (self._shift(self.raw_, model.table_prior(self.prior_)) * chance).sum(1)
        marginal = model.likelihood(self.prior_) @ model.table_prior(self.prior_)
        self.losses_ = -np.log(0.99 * p + 0.01 * marginal[own])
        return self

    def _fit_positive(self, Z, labeled, positive, model, prior, copies, random_state):
        target = labeled.astype(int)
        self.forest_ = self._grow(ExtraTreesClassifier, Z, target, random_state)
        self.positive_ = positive
        self.share_ = self._without_own_vote(Z, target, random_state)[:, 1]
        if len(Z) >= MIN_ROWS and Z.shape[1] <= MAX_COLUMNS:
            linear = LinearEvidence().fit(Z, labeled, self.share_, self._folds)
            if linear.helps:
                self.linear_, self.share_ = linear, linear.share_
        if prior is None:
            population = ~labeled if model.two_sample else labeled | True
            estimate = best_bin_of_table(self.share_, labeled, population, copies)
            prior = binary_prior(estimate, positive, model)
        self.prior_ = prior
        # P(labeled | y=1), and the odds that turn a share into P(y=1|x).
        n_labeled = model.counts[positive]
        self.two_sample_ = model.two_sample
        self.rate_ = n_labeled / (
            prior[positive] * (model.n_unlabeled if model.two_sample else model.n_rows)
        )
        self.posterior_ = self._of_share(self.share_)

    def _of_share(self, share):
        odds = share / np.maximum(1 - share, TINY) if self.two_sample_ else share
        p = np.clip(odds / self.rate_, FLOOR, 1 - FLOOR)
        proba = np.empty((len(p), 2))
        proba[:, self.positive_] = p
        proba[:, 1 - self.positive_] = 1 - p
        return proba

    def _fit_classes(self, Z, codes, labeled, model, prior, random_state):
        self.forest_ = self._grow(
            ExtraTreesClassifier, Z[labeled], codes[labeled], random_state
        )
        self.raw_ = self._without_own_vote(Z, codes, random_state, labeled)
        if prior is None:
            # Label shift by expectation maximisation (Saerens et al., 2002).
            share = model.counts / model.counts.sum()
            prior = share
            if model.n_unlabeled:
                for _ in range(50):
                    inside = model.mass(share) - (
                        0 if model.two_sample else model.counts
                    )
                    inside = np.maximum(inside, TINY) / max(inside.sum(), TINY)
                    shares = self._shift(self.raw_[~labeled], inside).mean(axis=0)
                    share = model.prior_of_mass(
                        model.counts + model.n_unlabeled * shares
                    )
                prior = share
        self.prior_ = prior
        self.posterior_ = self._shift(self.raw_, prior)

    def _without_own_vote(self, Z, target, random_state, known=None):
        """Answers of classifying trees that saw neither a row nor its copies.

        `known` are the rows that the forest was grown on, all of them by default.
        """
        known = np.ones(len(Z), dtype=bool) if known is None else known
        raw = np.empty((len(Z), self.forest_.n_classes_))
        if self._folds is None:
            raw[known] = _out_of_bag(self.forest_, Z[known])
            if not known.all():
                raw[~known] = self.forest_.predict_proba(Z[~known])
            return raw
        for train, test in self._folds:
            train = train[known[train]]
            forest = self._grow(
                ExtraTreesClassifier,
                Z[train],
                target[train],
                random_state,
                share=FOLD_SHARE,
            )
            raw[test] = forest.predict_proba(Z[test])
        return raw

    def _shift(self, raw, prior):
        """Move P(class | x) from the labeled rows' class shares to a prior."""
        moved = np.maximum(raw, FLOOR) * prior / (self.counts_ / self.counts_.sum())
        return moved / moved.sum(axis=1, keepdims=True)

    def refit(self, Z, posterior, weight, *, random_state):
        """Grow the forest anew on a posterior that other evidence implies."""
        self.mode_, self.linear_ = "posterior", None
        self.forest_ = self._grow(
            ExtraTreesRegressor,
            Z,
            posterior,
            random_state,
            max_features=0.5,
            sample_weight=weight + FLOOR,
        )
        taught = np.clip(_out_of_bag(self.forest_, Z), FLOOR, 1)
        self.taught_ = taught / taught.sum(axis=1, keepdims=True)
        return self

    def posterior(self, Z):
        """P(class | x) of new rows, (n_rows, n_classes), nowhere below 0.001."""
        if self.mode_ == "posterior":
            p = np.clip(self.forest_.predict(Z), FLOOR, 1)
            return p / p.sum(axis=1, keepdims=True)
        proba = self.forest_.predict_proba(Z)
        if self.mode_ == "positive":
            share = proba[:, 1]
            if self.linear_ is not None:
                share = self.linear_.share(Z, share)
            return self._of_share(share)
        return self._shift(proba, self.prior_)

    def forget(self):
        """Drop what only the fit needs."""
        for name in ("posterior_", "losses_", "share_", "raw_", "taught_", "_folds"):
            self.__dict__.pop(name, None)
        self.forest_.__dict__.pop("_sample_weight", None)
        if self.linear_ is not None:
            del self.linear_.share_

    def get_state(self):
        """State of arrays, numbers and the shells of scikit-learn's forest."""
        state = {**self.__dict__, "forest_": pack_forest(self.forest_)}
        if self.linear_ is not None:
            state["linear_"] = dict(self.linear_.__dict__)
        return state

    @classmethod
    def from_state(cls, state):
        """Undo `get_state`."""
        new = cls.__new__(cls)
        new.__dict__.update(state)
        new.forest_ = unpack_forest(state["forest_"])
        if state["linear_"] is not None:
            new.linear_ = LinearEvidence()
            new.linear_.__dict__.update(state["linear_"])
        return new


def binary_prior(p, positive, model):
    """Vector of a two-class prior, kept where the labels allow it to be."""
    n_labeled = model.counts[positive]
    if not model.two_sample:
        p = max(p, n_labeled / model.n_rows)
    p = float(np.clip(p, FLOOR, 1 - FLOOR))
    prior = np.empty(2)
    prior[positive], prior[1 - positive] = p, 1 - p
    return prior


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

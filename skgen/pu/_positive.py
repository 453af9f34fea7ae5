"""P(y=1|x) from labels of one class, by forests, boosting and a linear score."""

import numpy as np
from scipy.special import expit
from sklearn.ensemble import ExtraTreesClassifier

from ._linear import MAX_COLUMNS, MIN_ROWS, LinearEvidence
from ._symbol_stack import FLOOR, SymbolStack
from ._trees import BoostedTrees, pack_forest, unpack_forest

MAX_BOOSTED_COLUMNS = 512


class PositiveEvidence:
    """P(y=1|x) from forests, boosted trees and a ridge regression of "is labeled".

    Forests and boosted trees are grown without one fold of the rows each; equal rows
    share a fold. Trees cut one column at a time, so many columns that each tell a
    little are out of their reach: a ridge regression gathers them, and joins where it
    tells significantly more of who is labeled. A `SymbolStack` weighs the three and
    finds the class prior.

    Parameters
    ----------
    n_trees : int, default=50
        Trees of the forest without a fold.
    n_boosted : int, default=100
        Boosted trees without a fold.
    min_leaf : int, default=10
        Least number of rows in their leaves, copies aside; a twentieth of the rows, if
        those are fewer than 200.

    Attributes
    ----------
    forests_ : list of ExtraTreesClassifier
        A forest for each fold.
    boosted_ : list of BoostedTrees
        Boosted trees for each fold; none in tables of more than 512 columns.
    linear_ : LinearEvidence or None
        Linear score, where it joins.
    stack_ : SymbolStack
        What joins them.
    prior_ : ndarray of shape (n_classes,)
        Class prior of the population.
    prior_std_ : float
        Its standard deviation over bootstraps.
    posterior_ : ndarray of shape (n_rows, n_classes)
        Posterior of the training rows, none of which took part in its own.
    losses_ : ndarray of shape (n_rows,)
        Minus log probability of each row's own symbol by the same, in nats.

    References
    ----------
    P. Geurts, D. Ernst, L. Wehenkel, "Extremely randomized trees", Machine Learning
    2006; J. Friedman, "Greedy function approximation: a gradient boosting machine",
    Annals of Statistics 2001.
    """

    def __init__(self, n_trees=50, n_boosted=100, min_leaf=10):
        self.n_trees = n_trees
        self.n_boosted = n_boosted
        self.min_leaf = min_leaf

    def fit(self, Z, symbols, folds, *, positive, prior=None, random_state):
        """Grow the trees and join them.

        Parameters
        ----------
        Z : ndarray of shape (n_rows, n_columns)
            Encoded table.
        symbols : Symbols
            Who is labeled.
        folds : list of (train, test)
            Row numbers; none if the rows are too few to part them.
        positive : int
            Index of the class that is labeled.
        prior : float, default=None
            Known P(y=1).
        random_state : RandomState
            Draws the trees and bootstraps.
        """
        labeled, weight = symbols.labeled, symbols.weight
        self.positive_ = positive
        # In-sample answers are all there is if no fold can be left out.
        rows = np.arange(len(Z))
        parts = folds or [(rows, rows)]
        n_copies = 1.0
        if symbols.copies is not None:
            # A leaf holds as many different rows as it does without copies.
            n_copies = len(Z) / len(np.unique(symbols.copies))
        boosts = Z.shape[1] <= MAX_BOOSTED_COLUMNS and bool(folds)
        self.forests_, self.boosted_ = [], []
        shares = np.empty((len(Z), 1 + boosts))
        for train, test in parts:
            seed = random_state.randint(2**31 - 1)
            w = None if weight is None else weight[train]
            leaf = n_copies * min(self.min_leaf, max(1, len(train) // 20))
            forest = ExtraTreesClassifier(
                self.n_trees,
                min_samples_leaf=max(1, round(leaf)),
                max_features=0.5,
                random_state=seed,
            ).fit(Z[train], labeled[train], sample_weight=w)
            shares[test, 0] = _second_column(forest.predict_proba(Z[test]))
            self.forests_.append(forest)
            if boosts:
                trees = BoostedTrees().fit(
                    Z[train],
                    labeled[train],
                    weight=w,
                    n_trees=self.n_boosted,
                    random_state=seed,
                )
                shares[test, 1] = trees.share(Z[test])
                self.boosted_.append(trees)
        self.linear_ = None
        if len(Z) >= MIN_ROWS and Z.shape[1] <= MAX_COLUMNS:
            linear = LinearEvidence().fit(
                Z,
                labeled,
                shares,
                parts if symbols.copies is not None else None,
                weight,
            )
            if linear.helps:
                self.linear_ = linear
                shares = np.column_stack([shares, linear.share_])
        self.stack_ = SymbolStack([False] * shares.shape[1]).fit(
            shares, symbols, prior=prior, random_state=random_state
        )
        self.prior_ = self._columns(np.array([self.stack_.prior_]))[0]
        self.prior_std_ = self.stack_.prior_std_
        score = self.stack_.log_odds_
        self.posterior_ = self._columns(expit(score))
        p = self.stack_.labeled_share(score)
        marginal = symbols.mass(labeled) / symbols.mass(labeled | True)
        chance = np.where(labeled, marginal, 1 - marginal)
        p = np.where(labeled, p, 1 - p)
        self.losses_ = -np.log(0.99 * p + 0.01 * chance)
        return self

    def _columns(self, p):
        """Probabilities of both classes, nowhere below 0.001."""
        p = np.clip(p, FLOOR, 1 - FLOOR)
        proba = np.empty((len(p), 2))
        proba[:, self.positive_], proba[:, 1 - self.positive_] = p, 1 - p
        return proba

    def posterior(self, Z):
        """P(class | x) of new rows, (n_rows, n_classes), nowhere below 0.001."""
        X = np.ascontiguousarray(Z, dtype=np.float32)
        shares = [_mean([_second_column(f.predict_proba(X)) for f in self.forests_])]
        if self.boosted_:
            shares.append(_mean([trees.share(Z) for trees in self.boosted_]))
        if self.linear_ is not None:
            shares.append(self.linear_.share(Z))
        return self._columns(expit(self.stack_.log_odds(np.stack(shares, axis=1))))

    def losses(self, Z, labeled):
        """Minus log probability of the symbols of new rows, in nats."""
        p = self.posterior(Z)[:, self.positive_]
        share = self.stack_.labeled_share(np.log(p / (1 - p)))
        return -np.log(np.where(labeled, share, 1 - share))

    def forget(self):
        """Drop what only the fit needs."""
        for name in ("posterior_", "losses_"):
            self.__dict__.pop(name, None)
        self.stack_.__dict__.pop("log_odds_", None)
        if self.linear_ is not None:
            self.linear_.__dict__.pop("share_", None)

    def get_state(self):
        """State of arrays, numbers and the shells of scikit-learn's forests."""
        stack = self.stack_
        return {
            **self.__dict__,
            "forests_": [pack_forest(forest) for forest in self.forests_],
            "boosted_": [trees.get_state() for trees in self.boosted_],
            "linear_": None if self.linear_ is None else dict(self.linear_.__dict__),
            "stack_": dict(stack.__dict__),
        }

    @classmethod
    def from_state(cls, state):
        """Undo `get_state`."""
        new = cls.__new__(cls)
        new.__dict__.update(state)
        new.forests_ = [unpack_forest(packed) for packed in state["forests_"]]
        new.boosted_ = [BoostedTrees.from_state(s) for s in state["boosted_"]]
        if state["linear_"] is not None:
            new.linear_ = LinearEvidence()
            new.linear_.__dict__.update(state["linear_"])
        new.stack_ = SymbolStack([])
        new.stack_.__dict__.update(state["stack_"])
        return new


def _second_column(proba):
    """P(labeled), which is 1 where no row is unlabeled among those that were seen."""
    return proba[:, 1] if proba.shape[1] == 2 else np.ones(len(proba))


def _mean(answers):
    return np.mean(answers, axis=0)

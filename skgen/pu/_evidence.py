"""What the labels around a row say of its class, and how far that can be trusted."""

import numpy as np

from ..encoding.labels import UNLABELED
from ._adjusted import adjusted_prior
from ._copies import fewest_witnesses, stratified_folds
from ._forest import ForestEvidence
from ._neighbors import TINY, NeighborEvidence, softmax, symbol_loss
from ._positive import PositiveEvidence
from ._symbol_stack import Symbols

MAX_FEATURES = 64
MIN_NEAR_ROWS = 500
LOCAL_Z = 3.0
LOCAL_SHARE = 0.5
# Rows that trees are grown on, that near rows are looked for among, and the rows of a
# fold of the trees.
MAX_ROWS, MAX_NEAR_ROWS, FOLD_ROWS = 40_000, 20_000, 20_000
N_FOLDS, N_FOLDS_OF_MANY = 5, 2
# Trees of a forest, and boosted ones, in each fold.
TREES, TREES_OF_MANY = (50, 100), (25, 60)


class Evidence:
    """Evidence from near rows where it is truly local, from trees everywhere.

    Two kinds of neighbourhood are tried on the symbols of the training rows: near rows
    in a few columns (each row left out) and rows that share leaves of trees (which did
    not see the row). Near rows are trusted if they predict the symbols better than the
    trees do, by a paired z of at least 3, and explain at least half of what the classes
    could tell of them; then a forest learns their posterior. Rows of one witness are
    left out together. Of large tables a part of the rows is looked at.

    Parameters
    ----------
    kind : {"auto", "neighbors", "trees"}
        Which kind to use.

    Attributes
    ----------
    neighbors_ : NeighborEvidence or None
        Evidence of near rows if it is trusted.
    trees_ : PositiveEvidence, ForestEvidence or None
        Trees.
    prior_ : ndarray of shape (n_classes,)
        Class prior of the population.
    prior_std_ : float
        Standard deviation of the prior of one class of two, over bootstraps of groups
        of equal rows; NaN where it is not found by such.
    gain_ : float
        Paired z of the near rows' log-loss over the trees'; NaN if not compared.
    """

    def __init__(self, kind="auto"):
        self.kind = kind

    def fit(
        self,
        Z,
        problem,
        *,
        groups,
        prior=None,
        weight=None,
        sample=None,
        random_state,
    ):
        """Gather the evidence.

        Parameters
        ----------
        Z : ndarray of shape (n_rows, n_columns)
            Encoded table.
        problem : PUProblem
            The labels, and which rows are one witness.
        groups : ndarray of shape (n_columns,)
            Feature that each encoded column belongs to.
        prior : ndarray of shape (n_classes,), default=None
            Known class prior; None estimates it.
        weight : ndarray of shape (n_rows,), default=None
            Weights of the rows, in positive-unlabeled data; the trees and the prior
            heed them, near rows do not.
        sample : Sample, default=None
            Rows to look at; by default drawn here, if they are many.
        random_state : RandomState
            Draws trees and rows.
        """
        self.neighbors_ = self.trees_ = None
        self.gain_ = self.prior_std_ = np.nan
        if prior is None and problem.n_unlabeled:
            problem.warn_of_few_labels()
        seen = np.flatnonzero(problem.counts)
        if self.kind != "neighbors":
            self._grow_trees(Z, problem, prior, weight, sample, seen, random_state)
        n_features = len(np.unique(groups))
        affordable = len(Z) >= MIN_NEAR_ROWS and n_features <= MAX_FEATURES
        if self.kind == "neighbors" or (self.kind == "auto" and affordable):
            even = np.arange(len(Z)) if sample is None else sample.even
            self._look_around(Z, problem, groups, prior, even, seen, random_state)
        if self.neighbors_ is None:
            self.prior_ = self.trees_.prior_
        return self

    def _grow_trees(self, Z, problem, prior, weight, sample, seen, random_state):
        if sample is None:
            rows, drawn = problem.draw_rows(MAX_ROWS, random_state)
        else:
            rows, drawn = sample.rows, sample.weight
        if drawn is not None:
            weight = drawn if weight is None else drawn * weight[rows]
        codes, copies, apart = problem.parts_of(rows)
        many = len(rows) > FOLD_ROWS
        n_folds = N_FOLDS_OF_MANY if many else N_FOLDS
        self._tree_rows = rows
        if len(seen) > 1:
            folds = apart is not None and stratified_folds(
                codes, apart, n_folds, random_state
            )
            self.trees_ = ForestEvidence(100 if many else 200).fit(
                Z[rows],
                codes,
                problem.model,
                prior=prior,
                copies=copies,
                folds=folds or None,
                random_state=random_state.randint(2**31 - 1),
            )
            return
        labeled = codes != UNLABELED
        symbols = Symbols(
            labeled, problem.population[rows], problem.two_sample, weight, copies
        )
        folds = []
        if fewest_witnesses(labeled, apart) >= 2:
            s = labeled.astype(np.int64)
            folds = stratified_folds(s, apart, n_folds, random_state)
        positive = int(seen[0])
        sizes = TREES_OF_MANY if many else TREES
        self.trees_ = PositiveEvidence(*sizes).fit(
            Z[rows],
            symbols,
            folds,
            positive=positive,
            prior=None if prior is None else float(prior[positive]),
            random_state=random_state,
        )
        self.prior_std_ = self.trees_.prior_std_ if prior is None else 0.0

    def _look_around(self, Z, problem, groups, prior, rows, seen, random_state):
        if len(rows) > MAX_NEAR_ROWS and self.kind == "auto":
            rows = np.sort(random_state.permutation(rows)[:MAX_NEAR_ROWS])
        part = problem.part(rows)
        if (part.counts[seen] == 0).any():
            return  # next to no labels in a large table: none has neighbours
        codes, copies, apart = problem.parts_of(rows)
        near = NeighborEvidence().fit(
            Z[rows],
            codes,
            part.model,
            groups=groups,
            prior=prior,
            copies=copies,
            apart=apart,
            random_state=random_state,
        )
        self._near_rows = rows
        evidence = near.leave_one_out()
        # Expectation maximisation, which found the subsets, is a little off.
        if prior is None and len(seen) > 1:
            posterior = softmax(evidence + np.log(np.maximum(near.prior_, TINY)))
            near.prior_ = adjusted_prior(posterior, codes, part.model)
        elif prior is None:
            score = evidence[:, seen[0]] - evidence[:, 1 - seen[0]]
            symbols = Symbols(part.labeled, part.population, part.two_sample)
            estimate = symbols._replace(copies=copies).best_bin(score)
            near.prior_ = part.vector(estimate, int(seen[0]))
        if self.kind == "auto" and not self._is_local(near, evidence, Z, part, rows):
            return
        self.neighbors_, self.prior_ = near, near.prior_
        if prior is None:
            self.prior_std_ = np.nan  # of the trees' prior

    def _is_local(self, near, evidence, Z, part, rows):
        own = np.where(part.codes == UNLABELED, len(part.counts), part.codes)
        losses = symbol_loss(evidence, own, part.model, near.prior_)
        place = np.searchsorted(self._tree_rows, rows)
        both = self._tree_rows[np.minimum(place, len(self._tree_rows) - 1)] == rows
        gain = self.trees_.losses_[place[both]] - losses[both]
        if not both.all() and isinstance(self.trees_, PositiveEvidence):
            # Labeled rows are drawn more often for the trees than for the near rows.
            few = np.flatnonzero(~both)[:5000]
            other = self.trees_.losses(Z[rows[few]], part.labeled[few]) - losses[few]
            gain = np.concatenate([gain, other])
        self.gain_ = float(gain.mean() / max(gain.std() / np.sqrt(len(gain)), TINY))
        explained = near.explained(losses.mean())
        return self.gain_ >= LOCAL_Z and explained >= LOCAL_SHARE

    def of_training_rows(self, Z, rows):
        """Posterior and near rows' evidence of training rows, none voting for itself.

        Parameters
        ----------
        Z : ndarray of shape (n_rows, n_columns)
            The table of the fit.
        rows : ndarray of int
            Row numbers, in order.

        Returns
        -------
        posterior : ndarray of shape (len(rows), n_classes)
            P(class | x).
        hint : ndarray of shape (len(rows), n_classes)
            Evidence of near rows; zero if they are not trusted.
        """
        if self.neighbors_ is None:
            found = _looked_up(
                rows, self._tree_rows, self.trees_.posterior_, Z, self.trees_.posterior
            )
            return found, np.zeros_like(found)
        near = self.neighbors_
        hint = _looked_up(rows, self._near_rows, near.leave_one_out(), Z, near.evidence)
        return softmax(hint + np.log(np.maximum(self.prior_, TINY))), hint

    def teach_trees(self, Z, rows, posterior, weight, *, random_state):
        """Let trusted near rows teach a forest what far rows may look like."""
        if self.neighbors_ is not None and self.kind != "neighbors":
            seed = random_state.randint(2**31 - 1)
            self.trees_ = ForestEvidence().teach(
                Z, rows, posterior, weight, random_state=seed
            )
            self._tree_rows = rows

    def parts(self, Z):
        """Log-evidence of near rows and log-posterior of the trees, or None."""
        near = None if self.neighbors_ is None else self.neighbors_.evidence(Z)
        trees = None if self.trees_ is None else np.log(self.trees_.posterior(Z))
        return near, trees

    def trees_without_own_vote(self, Z, rows):
        """Log-posterior of the trees for training rows, none voting for itself."""
        trees = self.trees_
        return np.log(
            _looked_up(rows, self._tree_rows, trees.posterior_, Z, trees.posterior)
        )

    def forget(self):
        """Drop what only the fit needs."""
        for name in ("_tree_rows", "_near_rows"):
            self.__dict__.pop(name, None)
        if self.trees_ is not None:
            self.trees_.forget()

    def get_state(self):
        """Plain state, with scikit-learn's forests as they are."""
        parts = {"neighbors": self.neighbors_}
        if self.trees_ is not None:
            name = "positive" if isinstance(self.trees_, PositiveEvidence) else "forest"
            parts[name] = self.trees_
        return {
            "kind": self.kind,
            "prior": self.prior_,
            "prior_std": self.prior_std_,
            "gain": self.gain_,
            "parts": {k: v.get_state() for k, v in parts.items() if v is not None},
        }

    @classmethod
    def from_state(cls, state):
        """Undo `get_state`."""
        new = cls(state["kind"])
        new.prior_, new.gain_ = state["prior"], state["gain"]
        new.prior_std_ = state["prior_std"]
        kinds = {
            "neighbors": NeighborEvidence,
            "positive": PositiveEvidence,
            "forest": ForestEvidence,
        }
        parts = {k: kinds[k].from_state(s) for k, s in state["parts"].items()}
        new.neighbors_ = parts.pop("neighbors", None)
        new.trees_ = next(iter(parts.values()), None)
        return new


def _looked_up(rows, known_rows, known, Z, answer):
    """Values of rows that are known, and answers for the others."""
    place = np.minimum(np.searchsorted(known_rows, rows), len(known_rows) - 1)
    there = known_rows[place] == rows
    if there.all():
        return known[place]
    found = np.empty((len(rows), known.shape[1]))
    found[there] = known[place[there]]
    found[~there] = answer(Z[rows[~there]])
    return found


def information(posterior, prior):
    """Share of the prior's entropy that each posterior takes away, in [0, 1]."""

    def entropy(p):
        return -(p * np.log(np.maximum(p, TINY))).sum(axis=1)

    before = max(float(entropy(prior[None])[0]), TINY)
    return np.clip(1 - entropy(posterior) / before, 0.0, 1.0)

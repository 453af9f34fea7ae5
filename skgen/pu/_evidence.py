"""What the labels around a row say of its class, and how far that can be trusted."""

import numpy as np

from ..encoding.copies import equal_rows
from ..encoding.labels import UNLABELED
from ._bbe import best_bin_of_table
from ._forest import ForestEvidence, binary_prior
from ._linear import MIN_ROWS
from ._neighbors import TINY, NeighborEvidence, softmax, symbol_loss
from ._problem import warn_of_few_labels

MAX_FEATURES = 64
LOCAL_Z = 3.0
LOCAL_SHARE = 0.5


class Evidence:
    """Evidence from near rows where it is truly local, from a forest everywhere.

    Two kinds of neighbourhood are tried on the symbols of the training rows: near rows
    in a few columns (each row left out) and rows that share leaves of a forest (out of
    bag). Near rows are trusted if they predict the symbols better than the forest does,
    by a paired z of at least 3, and explain at least half of what the classes could
    tell of them; then they also teach the forest. Copies of a row are left out with it.

    Parameters
    ----------
    kind : {"auto", "neighbors", "forest"}
        Which kind to use.

    Attributes
    ----------
    neighbors_ : NeighborEvidence or None
        Evidence of near rows if it is trusted.
    forest_ : ForestEvidence or None
        Forest.
    prior_ : ndarray of shape (n_classes,)
        Class prior of the population.
    posterior_ : ndarray of shape (n_rows, n_classes)
        P(class | x) of the training rows, none voting for itself.
    hint_ : ndarray of shape (n_rows, n_classes)
        Evidence of near rows for the training rows; zero if it is not trusted.
    gain_ : float
        Paired z of the near rows' log-loss over the forest's; NaN if not compared.
    """

    def __init__(self, kind="auto"):
        self.kind = kind

    def fit(self, Z, codes, model, *, groups, prior=None, random_state):
        """Gather the evidence; see `NeighborEvidence.fit` for the arguments."""
        self.neighbors_ = self.forest_ = None
        self.gain_ = np.nan
        copies = equal_rows(Z)
        if prior is None and model.n_unlabeled:
            warn_of_few_labels(codes, model, copies)
        seed = random_state.randint(2**31 - 1)
        if self.kind != "neighbors":
            self.forest_ = ForestEvidence().fit(
                Z, codes, model, prior=prior, copies=copies, random_state=seed
            )
        affordable = len(Z) >= MIN_ROWS and len(np.unique(groups)) <= MAX_FEATURES
        if self.kind == "neighbors" or (self.kind == "auto" and affordable):
            near = NeighborEvidence().fit(
                Z,
                codes,
                model,
                groups=groups,
                prior=prior,
                copies=copies,
                random_state=random_state,
            )
            seen = np.flatnonzero(model.counts)
            if prior is None and len(seen) == 1:
                near.prior_ = _sharper_prior(near, codes, int(seen[0]), model, copies)
            if self.kind == "neighbors" or self._is_local(near, codes, model):
                self.neighbors_ = near
        if self.neighbors_ is None:
            self.prior_ = self.forest_.prior_
            self.posterior_ = self.forest_.posterior_
            self.hint_ = np.zeros_like(self.posterior_)
        else:
            self.prior_ = self.neighbors_.prior_
            self.hint_ = self.neighbors_.leave_one_out()
            self.posterior_ = softmax(
                self.hint_ + np.log(np.maximum(self.prior_, TINY))
            )
        return self

    def _is_local(self, near, codes, model):
        own = np.where(codes == UNLABELED, len(model.counts), codes)
        losses = symbol_loss(near.leave_one_out(), own, model, near.prior_)
        gain = self.forest_.losses_ - losses
        self.gain_ = float(gain.mean() / max(gain.std() / np.sqrt(len(gain)), TINY))
        explained = near.explained(losses.mean())
        return self.gain_ >= LOCAL_Z and explained >= LOCAL_SHARE

    def teach_forest(self, Z, rows, posterior, weight, *, random_state):
        """Let trusted near rows teach the forest what far rows may look like."""
        if self.neighbors_ is not None and self.forest_ is not None:
            seed = random_state.randint(2**31 - 1)
            self.forest_.refit(Z[rows], posterior, weight, random_state=seed)

    def parts(self, Z):
        """Log-evidence of near rows (or None) and log-posterior of the forest."""
        near = None if self.neighbors_ is None else self.neighbors_.evidence(Z)
        forest = None
        if self.forest_ is not None:
            forest = np.log(self.forest_.posterior(Z))
        return near, forest

    def out_of_bag(self, rows):
        """Log-posterior of the forest for training rows, none voting for itself."""
        forest = self.forest_
        # A forest that was taught saw these rows only.
        taught = forest.mode_ == "posterior"
        return np.log(forest.taught_ if taught else forest.posterior_[rows])

    def forget(self):
        """Drop what only the fit needs."""
        self.posterior_ = self.hint_ = None
        if self.forest_ is not None:
            self.forest_.forget()

    def get_state(self):
        """Plain state, with scikit-learn's forest as it is."""
        parts = {"neighbors": self.neighbors_, "forest": self.forest_}
        return {
            "kind": self.kind,
            "prior": self.prior_,
            "gain": self.gain_,
            "parts": {k: v.get_state() for k, v in parts.items() if v is not None},
        }

    @classmethod
    def from_state(cls, state):
        """Undo `get_state`."""
        new = cls(state["kind"])
        new.prior_, new.gain_ = state["prior"], state["gain"]
        parts = state["parts"]
        near, forest = parts.get("neighbors"), parts.get("forest")
        new.neighbors_ = None if near is None else NeighborEvidence.from_state(near)
        new.forest_ = None if forest is None else ForestEvidence.from_state(forest)
        return new


def _sharper_prior(near, codes, positive, model, copies):
    """Prior by BBE on the evidence: expectation maximisation is a little too high."""
    evidence = near.leave_one_out()
    score = evidence[:, positive] - evidence[:, 1 - positive]
    labeled = codes != UNLABELED
    population = ~labeled if model.two_sample else labeled | True
    estimate = best_bin_of_table(score, labeled, population, copies)
    return binary_prior(estimate, positive, model)


def information(posterior, prior):
    """Share of the prior's entropy that each posterior takes away, in [0, 1]."""

    def entropy(p):
        return -(p * np.log(np.maximum(p, TINY))).sum(axis=1)

    before = max(float(entropy(prior[None])[0]), TINY)
    return np.clip(1 - entropy(posterior) / before, 0.0, 1.0)

"""Neighbourhood evidence: what the labels of near rows in a few columns say of a class.

The model is a mixture. The neighbours of a row share its class with probability
1 - noise, and a row of class k carries the symbol s ("unlabeled" or a class) with
probability L[s, k], known from the class prior and the number of labels. So the
evidence for class k is sum_j K_h(d_j) log P(s_j | k): unlabeled neighbours count too.
Which columns make rows neighbours, the kernel width and the noise are found by the
log-loss of each row's own symbol given its neighbours, the row itself left out.
"""

from itertools import combinations, product

import numpy as np
from scipy.spatial import cKDTree

from ..encoding.labels import UNLABELED
from ._copies import witness_weights

N_NEIGHBORS = 12
WIDTHS = (0.0, 0.03, 0.1, 0.3, 1.0, np.inf)
NOISES = (0.003, 0.01, 0.03, 0.1)
WEIGHTS = (1.0, 0.5, 0.2)
MAX_COPIES = 64  # more copies of a row than these leave it with fewer neighbours
TINY = 1e-12


class SymbolModel:
    """How often a row of each class carries each symbol, for given class priors.

    Parameters
    ----------
    counts : ndarray of shape (n_classes,)
        Labeled rows of each class.
    n_unlabeled : int
        Unlabeled rows.
    two_sample : bool
        Whether the unlabeled rows alone are the population (else the whole table is).
    """

    def __init__(self, counts, n_unlabeled, two_sample):
        self.counts = np.asarray(counts, dtype=np.float64)
        self.n_unlabeled = int(n_unlabeled)
        self.two_sample = bool(two_sample)

    @property
    def n_rows(self):
        """All rows of the table."""
        return self.counts.sum() + self.n_unlabeled

    def mass(self, prior):
        """Rows of each class expected in the table; never fewer than its labels."""
        if self.two_sample:
            return self.counts + prior * self.n_unlabeled
        return np.maximum(prior * self.n_rows, self.counts)

    def prior_of_mass(self, mass):
        """Class prior of the population, from the rows of each class in the table."""
        if self.n_unlabeled == 0:
            return mass / mass.sum()
        if self.two_sample:
            mass = np.maximum(mass - self.counts, 0.0)
        return mass / mass.sum()

    def likelihood(self, prior):
        """P(symbol | class); the last of the n_classes + 1 rows is "unlabeled"."""
        mass = np.maximum(self.mass(prior), TINY)
        labeled = np.clip(self.counts / mass, 0.0, 1.0)
        return np.vstack([np.diag(labeled), 1.0 - labeled])

    def table_prior(self, prior):
        """Share of each class among the rows of the table."""
        mass = self.mass(prior)
        return mass / mass.sum()


def kernel(distances, width):
    """Gaussian kernel; width 0 counts exact ties, infinite width every neighbour."""
    if width == 0.0:
        return (distances <= 1e-9).astype(np.float64)
    if np.isinf(width):
        return np.isfinite(distances).astype(np.float64)
    return np.exp(-0.5 * (distances / width) ** 2)


def count_symbols(weights, symbols, n_symbols):
    """Weighted count of each symbol among the neighbours, (n_rows, n_symbols)."""
    return np.stack(
        [(weights * (symbols == s)).sum(axis=1) for s in range(n_symbols)], axis=1
    )


def class_evidence(counts, model, prior, noise, weight):
    """Sum over the neighbours of log P(symbol | class), (n_rows, n_classes)."""
    likelihood = model.likelihood(prior)
    average = likelihood @ model.table_prior(prior)
    mixed = (1 - noise) * likelihood + noise * average[:, None]
    return weight * counts @ np.log(np.maximum(mixed, TINY))


def softmax(logits):
    """Row-wise softmax."""
    # Called ten thousand times in a search: scipy's logsumexp costs three times this.
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def symbol_loss(evidence, own, model, prior):
    """Minus log probability of each row's own symbol, in nats, (n_rows,)."""
    log_prior = np.log(np.maximum(model.table_prior(prior), TINY))
    posterior = softmax(evidence + log_prior)
    probability = (posterior * model.likelihood(prior)[own]).sum(axis=1)
    # A symbol is never impossible: keep a thousandth for the marginal.
    marginal = model.likelihood(prior) @ model.table_prior(prior)
    return -np.log(0.999 * probability + 0.001 * marginal[own])


def em_prior(evidence, own, model, prior, n_steps=1):
    """Class prior of the population by expectation maximisation.

    Each row's class is inferred from its neighbours and from its own symbol.
    """
    for _ in range(n_steps):
        likelihood = model.likelihood(prior)
        log_joint = (
            evidence
            + np.log(np.maximum(model.table_prior(prior), TINY))
            + np.log(np.maximum(likelihood[own], TINY))
        )
        shares = softmax(log_joint)
        # The rows at hand may be a sample: weigh labeled and unlabeled as in the table.
        free = own == len(model.counts)
        mass = model.counts + model.n_unlabeled * shares[free].mean(axis=0)
        prior = model.prior_of_mass(mass)
    return prior


class NeighborEvidence:
    """Evidence for each class from near rows, in column subsets chosen without labels.

    Parameters
    ----------
    n_neighbors : int, default=12
        Neighbours that vote.
    n_subsets : int, default=3
        Column subsets whose evidence is averaged.
    n_queries : int, default=2000
        Rows whose symbol is predicted to choose among the candidates.

    Attributes
    ----------
    subsets_ : list of dict
        ``columns`` (of the encoded matrix), ``width``, ``noise``, ``weight``, ``loss``.
    prior_ : ndarray of shape (n_classes,)
        Class prior of the population by expectation maximisation, unless given.
    explained_ : float
        Share of what the classes could tell of the symbols that the neighbours do tell.
    width_ : float
        Kernel width of the best subset.
    """

    def __init__(self, n_neighbors=N_NEIGHBORS, n_subsets=3, n_queries=2000):
        self.n_neighbors = n_neighbors
        self.n_subsets = n_subsets
        self.n_queries = n_queries

    def fit(
        self,
        Z,
        codes,
        model,
        *,
        groups,
        prior=None,
        copies=None,
        apart=None,
        random_state,
    ):
        """Search for neighbourhoods.

        Parameters
        ----------
        Z : ndarray of shape (n_rows, n_columns)
            Encoded table.
        codes : ndarray of shape (n_rows,)
            Index of the class, -1 for unlabeled.
        model : SymbolModel
            How classes and symbols go together.
        groups : ndarray of shape (n_columns,)
            Feature that each encoded column belongs to.
        prior : ndarray of shape (n_classes,), default=None
            Known class prior; None estimates it.
        copies : ndarray of shape (n_rows,), default=None
            Group of equal rows that each row belongs to, see `equal_rows`. Those with
            one symbol have one vote between them.
        apart : ndarray of shape (n_rows,), default=None
            Groups of rows none of which votes for another; None: those of `copies`.
        random_state : RandomState
            Draws the query rows.
        """
        self.Z_ = np.asarray(Z, dtype=np.float64)
        n_classes = len(model.counts)
        self.own_ = np.where(codes == UNLABELED, n_classes, codes)
        self._copies, self._most_copies = np.arange(len(Z)), 1
        self.votes_ = witness_weights(copies, self.own_)
        apart = copies if apart is None else apart
        if apart is not None:
            self._copies = apart
            self._most_copies = min(int(np.bincount(apart).max()), MAX_COPIES)
        self.model_ = model
        self._fixed = prior
        n = len(Z)
        few = random_state.permutation(n)[: min(n, 600)]
        many = random_state.permutation(n)[: min(n, self.n_queries)]
        coarse = [
            self._best(columns, few, (0.0, 0.1, 1.0), (0.01, 0.1), (1.0, 0.3))
            for columns in column_subsets(groups)
        ]
        coarse.sort(key=lambda c: c["loss"])
        fine = []
        for candidate in coarse[:8]:
            fine += self._grid(candidate["columns"], many, WIDTHS, NOISES, WEIGHTS)
        fine.sort(key=lambda c: c["loss"])
        best = fine[0]
        near = [c for c in fine if c["loss"] <= best["loss"] + 2 * best["stderr"]]
        near.sort(key=lambda c: (c["width"], -len(c["columns"]), c["loss"]))
        chosen = {}
        for c in near:
            chosen.setdefault(c["columns"], c)
        self.subsets_ = list(chosen.values())[: self.n_subsets]
        self.prior_ = prior
        if prior is None:
            self.prior_ = np.mean([c["prior"] for c in self.subsets_], axis=0)
        self.width_ = self.subsets_[0]["width"]
        self.explained_ = self.explained(self.subsets_[0]["loss"])
        return self

    def explained(self, loss):
        """Share of what the classes could tell of the symbols that a loss attains."""
        model, prior = self.model_, self.prior_
        likelihood, share = model.likelihood(prior), model.table_prior(prior)
        marginal = likelihood @ share
        total = -(marginal * np.log(np.maximum(marginal, TINY))).sum()
        inside = -((likelihood * np.log(np.maximum(likelihood, TINY))) @ share).sum()
        return float((total - loss) / max(total - inside, TINY))

    def _neighbors(self, columns, queries=None, rows=None):
        """Distances and row numbers; `rows` are training rows, their copies left out.

        A labeled row may lie among the unlabeled ones too.
        """
        tree = cKDTree(self.Z_[:, columns], balanced_tree=False, compact_nodes=False)
        k = min(self.n_neighbors, len(self.Z_) - (rows is not None))
        if rows is None:
            d, i = tree.query(queries[:, columns], k=k)
            return d.reshape(len(queries), k), i.reshape(len(queries), k)
        more = min(k + self._most_copies, len(self.Z_))
        d, i = tree.query(self.Z_[rows][:, columns], k=more)
        itself = self._copies[i] == self._copies[rows][:, None]
        d = np.where(itself, np.inf, d)
        order = np.argsort(itself, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(d, order, 1), np.take_along_axis(i, order, 1)

    def _grid(self, columns, rows, widths, noises, weights, n_steps=3):
        distances, neighbors = self._neighbors(columns, rows=rows)
        votes = self.votes_[neighbors]
        symbols, own = self.own_[neighbors], self.own_[rows]
        n_symbols = len(self.model_.counts) + 1
        found = []
        for width in widths:
            near = kernel(distances, width) * votes
            counts = count_symbols(near, symbols, n_symbols)
            for noise, weight in product(noises, weights):
                prior = self._fit_prior(counts, own, noise, weight, n_steps)
                evidence = class_evidence(counts, self.model_, prior, noise, weight)
                losses = symbol_loss(evidence, own, self.model_, prior)
                found.append(
                    {
                        "columns": columns,
                        "width": width,
                        "noise": noise,
                        "weight": weight,
                        "prior": prior,
                        "loss": float(losses.mean()),
                        "stderr": float(losses.std() / np.sqrt(len(losses))),
                    }
                )
        return found

    def _fit_prior(self, counts, own, noise, weight, n_steps):
        if self._fixed is not None:
            return self._fixed
        model = self.model_
        if model.n_unlabeled == 0:
            return model.counts / model.counts.sum()
        prior = np.full(len(model.counts), 1.0 / len(model.counts))
        for _ in range(n_steps):
            evidence = class_evidence(counts, model, prior, noise, weight)
            prior = em_prior(evidence, own, model, prior)
        return prior

    def _best(self, *args):
        return min(self._grid(*args), key=lambda c: c["loss"])

    def leave_one_out(self):
        """Evidence for the training rows, each without its own vote and its copies'."""
        return self._average(rows=np.arange(len(self.Z_)))

    def evidence(self, Z):
        """Evidence for new rows, (n_rows, n_classes)."""
        return self._average(queries=np.asarray(Z, dtype=np.float64))

    def _average(self, **rows):
        n_symbols = len(self.model_.counts) + 1
        total = 0.0
        for c in self.subsets_:
            distances, neighbors = self._neighbors(c["columns"], **rows)
            weights = kernel(distances, c["width"]) * self.votes_[neighbors]
            counts = count_symbols(weights, self.own_[neighbors], n_symbols)
            total = total + class_evidence(
                counts, self.model_, self.prior_, c["noise"], c["weight"]
            )
        return total / len(self.subsets_)

    def get_state(self):
        """Plain state of arrays and numbers."""
        state = dict(self.__dict__)
        model = state.pop("model_")
        state["model"] = [model.counts, model.n_unlabeled, model.two_sample]
        return state

    @classmethod
    def from_state(cls, state):
        """Undo `get_state`."""
        new = cls.__new__(cls)
        new.__dict__.update({k: v for k, v in state.items() if k != "model"})
        new.model_ = SymbolModel(*state["model"])
        return new


def column_subsets(groups):
    """Candidate column subsets: all of up to 3 features of at most 12, else fewer."""
    features = np.unique(groups)
    n = len(features)
    largest = 3 if n <= 12 else 2 if n <= 24 else 1
    largest = min(largest, n)
    subsets = [
        tuple(int(c) for c in np.flatnonzero(np.isin(groups, chosen)))
        for size in range(1, largest + 1)
        for chosen in combinations(features, size)
    ]
    everything = tuple(range(len(groups)))
    return subsets if everything in subsets else [*subsets, everything]

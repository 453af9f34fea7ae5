"""The detector's own model of a table: a mixture, and the nearest row."""

import numpy as np
from scipy.special import logsumexp
from sklearn.neighbors import NearestNeighbors

from ..density._table_mixture import TableMixture
from ..encoding import TokenEncoder
from ..encoding._columns import (
    PlainState,
    as_container,
    mean_and_deviation,
    read_numbers,
)
from ..encoding.copies import equal_rows, fold_of_rows
from ._tails import Tail

_N_COMPONENTS = 20
_PRIOR = 3.0  # rows per column that the common shape of the components counts as
_MIXTURE_ROWS, _NEAR_ROWS = 2_000, 20_000
_PRODUCTS = 1e8  # of a round of expectation maximisation: fewer components beyond
_N_FOLDS = 4
_CHUNK = 1024


class OddRows(PlainState):
    """Surprise of rows by a mixture and by the distance to the nearest row.

    Numbers are standardised; categories count for the mixture by their shares, for the
    distance by 1 where they differ. A row that `fit` saw is not its own neighbour.

    Attributes
    ----------
    encoder_ : TokenEncoder
        Knows the columns.
    """

    def fit(self, X, random_state):
        """Fit both, and the tails of their scores of rows left out.

        Parameters
        ----------
        X : ndarray or DataFrame of shape (n_rows, n_columns)
            Table.
        random_state : RandomState
            Source of subsets, folds and starts.

        Returns
        -------
        surprise : ndarray of shape (n_some,)
            Of rows left out.
        """
        self.encoder_ = TokenEncoder(discrete=None).fit(X)
        numbers = read_numbers(X, self.encoder_.numbers_)
        self.center, self.scale = mean_and_deviation(numbers, ~np.isnan(numbers))
        # A column of one value: by how much of that value a row differs.
        still = self.scale <= 1e-12 * np.abs(self.center)
        self.scale[still] = np.maximum(np.abs(self.center[still]), 1e-12)
        self.scale[still & (self.center == 0)] = 1.0
        copies = equal_rows(as_container(X))
        first = np.arange(len(numbers))
        if copies is not None:
            first = np.unique(copies, return_index=True)[1]
        first = random_state.permutation(first)
        tokens, Z = self._encode(X)
        some = first[:_MIXTURE_ROWS]
        self._mixture = self._fit_mixture(tokens[some], Z[some], random_state)
        odd = np.empty(len(some))
        fold = fold_of_rows(len(some), min(_N_FOLDS, len(some)), random_state)
        for f in np.unique(fold):
            rest, out = some[fold != f], some[fold == f]
            model = self._fit_mixture(tokens[rest], Z[rest], random_state)
            odd[fold == f] = -_log_density(model, tokens[out], Z[out])
        self._near = self._flat(tokens, Z)[first[:_NEAR_ROWS]]
        self._search = None
        distance = self._distance(self._flat(tokens[some], Z[some]))
        self._tails = [Tail(odd), Tail(distance)]
        return self._surprise(odd, distance)

    def surprise(self, X):
        """How odd rows are, in nats.

        Parameters
        ----------
        X : ndarray or DataFrame of shape (n_rows, n_columns)
            Table.

        Returns
        -------
        surprise : ndarray of shape (n_rows,)
            Sum of the surprises by both.
        """
        tokens, Z = self._encode(X)
        odd = -_log_density(self._mixture, tokens, Z)
        return self._surprise(odd, self._distance(self._flat(tokens, Z)))

    def explain(self, X):
        """Log-density of each column given those before it, (n_rows, n_columns)."""
        tokens, Z = self._encode(X)
        found = self._mixture.conditionals(tokens, Z)
        found[:, self.encoder_.numbers_] -= np.log(self.scale)
        return found

    def get_state(self):
        """Plain values; the mixture as its own."""
        state = {k: v for k, v in vars(self).items() if k != "_search"}
        state["encoder_"] = self.encoder_.get_state()
        state["_tails"] = [tail.get_state() for tail in self._tails]
        return {**state, "_mixture": self._mixture.get_state()}

    @classmethod
    def from_state(cls, state):
        """Rebuild the model from what `get_state` returned."""
        found = super().from_state(state)
        found.encoder_ = TokenEncoder.from_state(found.encoder_)
        found._tails = [Tail.from_state(tail) for tail in found._tails]
        found._mixture = TableMixture.from_state(found._mixture)
        found._search = None
        return found

    def _surprise(self, odd, distance):
        by_mixture, by_distance = self._tails
        return by_mixture.surprise(odd) + by_distance.surprise(distance)

    def _fit_mixture(self, tokens, Z, random_state):
        own = set(self.encoder_.numbers_)
        columns = [
            (2 if j in own else c["n_tokens"], 0 if j in own else None)
            for j, c in enumerate(self.encoder_.columns_)
        ]
        cost = len(tokens) * max(1, len(own)) ** 2
        size = max(1, min(_N_COMPONENTS, len(tokens) // 4, int(_PRODUCTS / cost)))
        return TableMixture(columns).fit(tokens, Z, size, random_state, prior=_PRIOR)

    def _encode(self, X):
        """Tokens and standardised numbers; of a number the token 1 if it is missing."""
        tokens, *_ = self.encoder_.transform(X, unknown=True)
        places = self.encoder_.numbers_
        numbers = read_numbers(X, places)
        missing = np.isnan(numbers)
        Z = np.zeros(tokens.shape)
        Z[:, places] = np.where(missing, 0.0, (numbers - self.center) / self.scale)
        tokens[:, places] = missing
        return tokens, Z

    def _flat(self, tokens, Z):
        """Rows whose distances count, by the sum of differences."""
        own = set(self.encoder_.numbers_)
        places = self.encoder_.numbers_
        parts = [Z[:, places], tokens[:, places].astype(np.float64)]
        for j, column in enumerate(self.encoder_.columns_):
            if j not in own:
                # Two entries differ where two categories do.
                parts.append(0.5 * np.eye(column["n_tokens"] + 1)[tokens[:, j]])
        return np.hstack(parts)

    def _distance(self, rows):
        """Distance to the nearest other row."""
        if self._search is None:
            n = min(2, len(self._near))
            self._search = NearestNeighbors(n_neighbors=n, metric="manhattan")
            self._search.fit(self._near)
        found = np.empty(len(rows))
        for i in range(0, len(rows), _CHUNK):
            near = self._search.kneighbors(rows[i : i + _CHUNK])[0]
            found[i : i + _CHUNK] = np.where(near[:, 0] > 0, near[:, 0], near[:, -1])
        return found


def _log_density(mixture, tokens, Z):
    return logsumexp(mixture.log_joint(tokens, Z), axis=1)

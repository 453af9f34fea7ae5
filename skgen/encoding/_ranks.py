"""Tables as normal scores and one-hot codes, for networks that generate rows."""

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from ._columns import PlainState, read_codes
from ._dtypes import load_index
from ._tokens import TokenEncoder

# Probabilities stay off 0 and 1, where scores are infinite.
_EDGE = 1e-6
_CHANCE = 1e-9  # of independent columns to look as if one determined the other


class RankEncoder(PlainState):
    r"""Turn a table into normal scores of numbers and one-hot codes, and back.

    A number becomes :math:`\Phi^{-1}(u)` with u drawn evenly between the shares of rows
    below it and not above it, the randomised probability integral transform: columns
    are standard normal whatever they hold. A value that repeats owns an interval of
    scores and comes back from all of it; between other values numbers are interpolated.
    Categories, booleans, numbers of at most two values, and whether a number is
    missing, are one-hot. A column of repeating values that another one determines (a
    code beside its label) is left out and comes back from that one.

    Parameters
    ----------
    keep : sequence of int, default=()
        Columns that are not left out.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of the table.
    n_encoded_ : int
        Number of columns of the matrix.
    blocks_ : list of dict
        Columns of the matrix that belong together: ``kind`` ("score" or "category"),
        ``start`` and ``width``, ``column`` of the table, and ``shares`` of the
        categories; ``flagged`` is the token of missing numbers where the categories are
        whether a number is missing.
    laws_ : list of dict
        Columns that are left out: ``column``, ``of``, the column that determines it,
        and ``tokens``, its entry for each of those.

    Notes
    -----
    A column counts as determined if the rows with the same entry of the other column
    agree in it, all of them, and would do so with a probability below 1e-9 if the two
    columns were independent.

    References
    ----------
    L. Rueschendorf, "On the distributional transform, Sklar's theorem, and the
    empirical copula process", J. Statistical Planning and Inference 2009.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from skgen.encoding import RankEncoder
    >>> X = pd.DataFrame({"kind": list("abc") * 9, "size": [0] * 9 + [2] * 9 + [5] * 9})
    >>> encoder = RankEncoder().fit(X)
    >>> Z = encoder.transform(X, np.random.RandomState(0))
    >>> Z.shape
    (27, 4)
    >>> encoder.inverse_transform(Z).equals(X)
    True
    """

    def __init__(self, *, keep=()):
        self.keep = keep

    def fit(self, X):
        """Learn shares and ranks.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table; in an array every column is numeric and NaN is a missing value.

        Returns
        -------
        self : RankEncoder
            The fitted encoder.
        """
        tokens = TokenEncoder().fit(X)
        self.tokens_ = tokens.get_state()
        self.n_features_in_ = tokens.n_features_in_
        entries, _, numbers, _ = tokens.transform(X)
        discrete = [c["continuous"] is None for c in tokens.columns_]
        self.laws_ = _laws(entries, np.flatnonzero(discrete), self.keep)
        determined = {law["column"] for law in self.laws_}
        self.blocks_, self.n_encoded_ = [], 0
        for j, column in enumerate(tokens.columns_):
            if j in determined:
                continue
            missing, masses = column["missing"], column["masses"]
            if tokens.kinds_[j] in ("category", "boolean") or not (
                column["continuous"] is not None or len(column["values"]) > 2
            ):
                self._add("category", j, masses / masses.sum(), flagged=None)
                continue
            present = entries[:, j] != missing
            if missing is not None:
                share = (~present).mean()
                self._add("category", j, np.array([1 - share, share]), flagged=missing)
            knots, counts = np.unique(numbers[present, j], return_counts=True)
            self._add(
                "score",
                j,
                knots=knots,
                below=np.append(0.0, counts.cumsum() / counts.sum()),
                exact=column["continuous"] is None,
                alone=counts == 1,
            )
        return self

    def _add(self, kind, column, shares=None, **learned):
        width = 1 if shares is None else len(shares)
        place = {"kind": kind, "start": self.n_encoded_, "width": width}
        self.blocks_.append({**place, "column": column, "shares": shares, **learned})
        self.n_encoded_ += width

    @property
    def names_(self):
        """Names of the columns, their places if the table was an array."""
        names = self.tokens_["names_"]
        return list(range(self.n_features_in_) if names is None else load_index(names))

    def warn_of_new_categories(self, X):
        """Warn of categories that `fit` did not see, which count as none of its own.

        Parameters
        ----------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Checked rows, to go on with.
        """
        self._tokens().warn_of_new_categories(X)

    def category_block(self, j):
        """Block of a column that is one-hot as a whole.

        Parameters
        ----------
        j : int
            Column of the table.

        Returns
        -------
        block : dict or None
            Its block of `blocks_` and the ``place`` of that; None for a column of
            numbers or one that is left out.
        """
        own = [i for i, b in enumerate(self.blocks_) if b["column"] == j]
        if [self.blocks_[i]["kind"] for i in own] != ["category"]:
            return None
        return {**self.blocks_[own[0]], "place": own[0]}

    def category_codes(self, j, values):
        """Codes of values of a column that is one-hot.

        Parameters
        ----------
        j : int
            Column of the table.
        values : array-like of shape (n_samples,)
            Its values.

        Returns
        -------
        codes : ndarray of shape (n_samples,)
            Places in the block of the column; -1 for what `fit` did not see.
        """
        known = pd.Index(self.categories(j), dtype=object)  # a missing one is last
        values = pd.Series(list(values), dtype=object)
        codes = read_codes(values, known[known.notna()])
        return np.where(codes < len(known), codes, -1)

    def categories(self, j):
        """Values of a column that is one-hot, in the order of their codes.

        Parameters
        ----------
        j : int
            Column of the table.

        Returns
        -------
        values : list
            Values.
        """
        return self._tokens().categories(j)

    def _tokens(self):
        return TokenEncoder.from_state(self.tokens_)

    def transform(self, X, rng):
        """Encode a table.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table with the columns that `fit` saw.
        rng : RandomState
            Draws scores within the intervals of their values.

        Returns
        -------
        Z : ndarray of shape (n_samples, n_encoded), dtype float32
            Scores and one-hot codes; all zeros for a category that `fit` did not see.
        """
        tokens = self._tokens()
        entries, _, numbers, _ = tokens.transform(X)
        Z = np.zeros((len(entries), self.n_encoded_), dtype=np.float32)
        rows = np.arange(len(entries))
        for block in self.blocks_:
            j, start = block["column"], block["start"]
            missing = tokens.columns_[j]["missing"]
            if block["kind"] == "category":
                own = entries[:, j]
                if block["flagged"] is not None:
                    own = (own == block["flagged"]).astype(np.int64)
                known = own >= 0
                Z[rows[known], start + own[known]] = 1
                continue
            place = np.searchsorted(block["knots"], numbers[:, j])
            place = place.clip(0, len(block["knots"]) - 1)
            low, high = block["below"][place], block["below"][place + 1]
            u = low + rng.random_sample(len(rows)) * (high - low)
            if missing is not None:
                absent = entries[:, j] == missing
                u[absent] = rng.random_sample(int(absent.sum()))
            Z[:, start] = ndtri(u.clip(_EDGE, 1 - _EDGE))
        return Z

    def inverse_transform(self, Z):
        """Decode a matrix, also such as a network generates.

        Parameters
        ----------
        Z : ndarray of shape (n_samples, n_encoded)
            Scores and codes of categories, of which the largest is taken.

        Returns
        -------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table in the container and the dtypes that `fit` saw.
        """
        Z = np.asarray(Z)
        found = np.empty((len(Z), len(self.blocks_)))
        for own, block in zip(found.T, self.blocks_, strict=True):
            start, width = block["start"], block["width"]
            if block["kind"] == "category":
                own[:] = Z[:, start : start + width].argmax(axis=1)
            else:
                own[:] = Z[:, start]
        return self.decode(found)

    def decode(self, found):
        """Decode rows whose categories are given by their codes.

        Parameters
        ----------
        found : ndarray of shape (n_samples, n_blocks)
            For each of `blocks_` a score, or the place of a category in it.

        Returns
        -------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table in the container and the dtypes that `fit` saw.
        """
        tokens = self._tokens()
        entries = np.zeros((len(found), self.n_features_in_), dtype=np.int64)
        numbers = np.zeros(entries.shape)
        for own, block in zip(found.T, self.blocks_, strict=True):
            j = block["column"]
            column = tokens.columns_[j]
            if block["kind"] == "category":
                if block["flagged"] is not None:
                    own = np.where(own == 1, block["flagged"], 0)
                entries[:, j] = own
                continue
            numbers[:, j] = self._number(block, ndtr(own))
            token = self._token(column, numbers[:, j])
            if column["missing"] is not None:
                absent = entries[:, j] == column["missing"]
                token = np.where(absent, column["missing"], token)
            entries[:, j] = token
        for law in self.laws_:
            entries[:, law["column"]] = law["tokens"][entries[:, law["of"]]]
        return tokens.inverse_transform(entries, numbers)

    @staticmethod
    def _number(block, u):
        """Give the number that has a share of rows below it."""
        knots, below = block["knots"], block["below"]
        place = np.searchsorted(below[1:-1], u, side="right")
        if block["exact"]:
            return knots[place]
        # Halfway to the neighbours; a value that repeats stays what it is.
        middle = 0.5 * (knots[1:] + knots[:-1])
        left = np.append(knots[:1], middle)[place]
        right = np.append(middle, knots[-1:])[place]
        share = (u - below[place]) / (below[place + 1] - below[place])
        number = left + share * (right - left)
        return np.where(block["alone"][place], number, knots[place])

    @staticmethod
    def _token(column, numbers):
        """Token of standardised numbers."""
        scores = column["scores"]
        if not len(scores):
            return np.full(len(numbers), column["continuous"] or 0)
        place = np.searchsorted(scores, numbers).clip(0, len(scores) - 1)
        if column["continuous"] is None:
            return place
        return np.where(scores[place] == numbers, place, column["continuous"])


def _laws(entries, columns, keep):
    """Find columns that another column determines."""
    found, out = [], set()
    for i in columns:
        if i in out:
            continue
        _, first, group, sizes = np.unique(
            entries[:, i], return_index=True, return_inverse=True, return_counts=True
        )
        others = [j for j in columns if j != i and j not in out and j not in keep]
        agree = (entries[:, others] == entries[first[group]][:, others]).all(axis=0)
        for j in np.asarray(others, dtype=int)[agree]:
            if not _by_chance(entries[:, j], sizes):
                tokens = np.zeros(entries[:, i].max() + 1, dtype=np.int64)
                tokens[entries[first, i]] = entries[first, j]
                found.append({"column": int(j), "of": int(i), "tokens": tokens})
                out.add(j)
    return found[::-1]  # what determines a column that determines comes first


def _by_chance(own, sizes):
    """Whether groups of these sizes could agree in a column that is independent."""
    shares = np.unique(own, return_counts=True)[1] / len(own)
    sizes, times = np.unique(sizes, return_counts=True)
    agree = np.log((shares[:, None] ** sizes).sum(axis=0).clip(1e-300))
    return (times * agree).sum() > np.log(_CHANCE)

"""Tables as tokens and numbers, for models that give columns masses and densities."""

import numpy as np
import pandas as pd

from ._columns import (
    ColumnEncoder,
    label,
    read_codes,
    read_numbers,
)
from ._dtypes import load_index
from ._number_tokens import (
    NONE,
    count_tokens,
    decode_numbers,
    encode_numbers,
    fit_numbers,
    spread_numbers,
    standardise,
)


class TokenEncoder(ColumnEncoder):
    """Turn each column of a table into tokens and numbers, and back.

    A *token* has a mass: each category, each boolean, a missing value, and each value
    of a numeric column whose values repeat (at least 5 rows per distinct value in the
    mean). Numbers that hardly repeat share one token and have a *density*; a value that
    alone carries much mass among them (a zero, say) is a token all the same.

    The number that goes with a numeric token is its normal score. A number with a
    density is scaled by median and interquartile range, transformed by Yeo and Johnson,
    and standardised.

    Parameters
    ----------
    discrete : {"auto"} or None, default="auto"
        None gives every column of numbers a density, but for booleans and columns of
        at most two values.
    max_values : int, default=2048
        Columns of numbers with more different values than these have a density, whether
        they repeat or not.
    min_share : float, default=0.01
        Share of the rows that a single value must have to get a mass of its own beside
        the density of the others.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns.
    kinds_ : list of str
        "numeric", "integer", "boolean" or "category", for each column of the table.
    columns_ : list of dict
        What was learned of each column; ``n_tokens`` and ``n_codes`` count its tokens
        and its codes, ``continuous`` is the token of numbers with a density, or None.

    Notes
    -----
    A value that `fit` did not see has a mass too: of the unseen mass of its column, for
    which the number of values seen once speaks (Good, 1953), it gets as much as any
    other number of the column's resolution in the cell of its nearest seen value;
    beyond the range the share falls off exponentially, at the interquartile range. All
    unseen categories together have the unseen mass of their column, and so have all
    numbers where `fit` saw missing values only.

    References
    ----------
    I.-K. Yeo, R. A. Johnson, "A new family of power transformations to improve
    normality or symmetry", Biometrika 2000; I. J. Good, "The population frequencies of
    species and the estimation of population parameters", Biometrika 1953.

    Examples
    --------
    >>> import pandas as pd
    >>> from skgen.encoding import TokenEncoder
    >>> X = pd.DataFrame({"sex": ["f", "m", "f"], "income": [0.0, 12.5, 31.0]})
    >>> encoder = TokenEncoder().fit(X)
    >>> [column["continuous"] for column in encoder.columns_]
    [None, 0]
    >>> tokens, codes, numbers, extra = encoder.transform(X)
    >>> tokens.tolist()
    [[0, 0], [1, 0], [0, 0]]
    >>> encoder.inverse_transform(tokens, numbers).equals(X)
    True
    """

    def __init__(self, *, discrete="auto", max_values=2048, min_share=0.01):
        self.discrete = discrete
        self.max_values = max_values
        self.min_share = min_share

    # -- fit ---------------------------------------------------------------------------

    def fit(self, X):
        """Learn tokens and scales.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table; in an array every column is numeric and NaN is a missing value.

        Returns
        -------
        self : TokenEncoder
            The fitted encoder.
        """
        X = self._learn_columns(X)
        numbers = iter(read_numbers(X, self.numbers_).T)
        with np.errstate(all="ignore"):
            self.columns_ = [
                self._fit_category(X, j)
                if kind == "category"
                else fit_numbers(
                    next(numbers),
                    kind,
                    self.discrete is not None,
                    self.max_values,
                    self.min_share,
                )
                for j, kind in enumerate(self.kinds_)
            ]
        return self

    def _fit_category(self, X, j):
        masses, missing = self.counts_[j], None
        if self.has_missing_[j]:
            missing = len(masses)
            masses = np.append(masses, len(X) - masses.sum())
        return {
            "missing": missing,
            "continuous": None,
            "n_codes": len(masses) + 1,
            **count_tokens(masses, masses),
        }

    # -- encode ------------------------------------------------------------------------

    def transform(self, X, *, ties="mass", unknown=False):
        """Encode a table.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table with the columns that `fit` saw, or the first of them.
        ties : {"mass", "density"}, default="mass"
            What numeric tokens contribute to `extra`: nothing beyond their mass, or
            minus the logarithm of their cell's width, so that the mass becomes the
            density of a number drawn uniformly from the cell.
        unknown : bool or ndarray of bool of shape (n_features,), default=False
            Whether a missing value, of each column, stands for one that is not known:
            such entries get the token -1 also where `fit` saw missing values.

        Returns
        -------
        tokens : ndarray of shape (n_samples, n_features), dtype int64
            Token of each entry; -1 for what has no token.
        codes : ndarray of shape (n_samples, n_features), dtype int64
            What a model may look up: tokens, numbers with a density in bins, and last
            whatever has no token.
        numbers : ndarray of shape (n_samples, n_features)
            Standardised numbers, 0 where there is none.
        extra : ndarray of shape (n_samples, n_features)
            What is to be added to the logarithm of a token's mass, or of the density of
            a standardised number, to make it one in the units of `X`.
        """
        X = self._check(X, first=True)
        shape, unknown = X.shape, np.broadcast_to(unknown, X.shape[1])
        tokens = np.empty(shape, dtype=np.int64)
        codes, numbers, extra = np.empty_like(tokens), np.empty(shape), np.empty(shape)
        values = iter(read_numbers(X, [j for j in self.numbers_ if j < shape[1]]).T)
        for j, column in enumerate(self.columns_[: shape[1]]):
            if self.kinds_[j] == "category":
                known = load_index(self.categories_[j])
                token, z = read_codes(X.iloc[:, j], known), None
                absent = token == len(known)
                if column["missing"] is None:
                    token[absent] = NONE
                new, seen = np.log(column["new"]), np.log1p(-column["new"])
                extra[:, j] = np.where(token < 0, new, seen)
            else:
                x = next(values)
                absent = np.isnan(x)
                with np.errstate(all="ignore"):
                    token, z, extra[:, j] = encode_numbers(x, column, ties)
            if absent.any():
                if unknown[j]:
                    token[absent] = NONE
                elif column["missing"] is None:
                    self._refuse_missing(X, j)
            tokens[:, j] = token
            codes[:, j], numbers[:, j] = self.numbers_of(j, token, z)
        return tokens, codes, numbers, extra

    def numbers_of(self, j, tokens, z=None):
        """Codes and standardised numbers of tokens of one column.

        Parameters
        ----------
        j : int
            Column.
        tokens : ndarray of shape (n_samples,)
            Tokens; -1 for what has none.
        z : ndarray of shape (n_samples,), default=None
            Standardised numbers of those that have a density.

        Returns
        -------
        codes, numbers : ndarray of shape (n_samples,)
            As `transform` gives them for the decoded values.
        """
        column = self.columns_[j]
        # The token -1 takes the last entry.
        places = np.append(np.arange(column["n_tokens"]), column["n_codes"] - 1)
        scores = np.zeros(len(places))
        known = column.get("scores", ())
        scores[: len(known)] = known
        codes, numbers = places[tokens], scores[tokens]
        if column["continuous"] is not None:
            free = tokens == column["continuous"]
            numbers[free] = z[free]
            codes[free] += np.searchsorted(column["edges"], z[free])
            codes[tokens == column["missing"]] += len(column["edges"])
        return codes, numbers

    def holds_masses(self):
        """Whether columns have values with masses of their own.

        Returns
        -------
        masses : list of bool
            For each column; true of all categories.
        """
        return [c["continuous"] is None or len(c["values"]) > 0 for c in self.columns_]

    # -- decode ------------------------------------------------------------------------

    def in_range(self, j):
        """Lowest and highest standardised number of a column that has a density."""
        column = self.columns_[j]
        return standardise(np.array([column["low"], column["high"]]), column)[0]

    def inverse_transform(self, tokens, numbers):
        """Decode rows.

        Parameters
        ----------
        tokens : ndarray of shape (n_samples, n_features)
            Tokens.
        numbers : ndarray of shape (n_samples, n_features)
            Standardised numbers; used where the token has a density.

        Returns
        -------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table with the dtypes and within the ranges that `fit` saw.
        """
        self._check_fitted()
        return self._to_table(
            [
                self.values_of(j, tokens[:, j], numbers[:, j])
                for j in range(len(self.kinds_))
            ]
        )

    def values_of(self, j, tokens, numbers):
        """Numbers of one column; of categories their places.

        Parameters
        ----------
        j : int
            Column.
        tokens : ndarray of int
            Its tokens.
        numbers : ndarray
            Standardised numbers, used where the token has a density.

        Returns
        -------
        values : ndarray
            Of the same shape.
        """
        if self.kinds_[j] == "category":
            return tokens
        return decode_numbers(tokens, numbers, self.columns_[j])

    def restore(self, columns):
        """Table of columns as `values_of` gives them.

        Parameters
        ----------
        columns : list of ndarray of shape (n_samples,)
            Numbers, or places among the categories.

        Returns
        -------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table with the dtypes that `fit` saw.
        """
        self._check_fitted()
        return self._to_table(columns)

    def rounded(self, j, values):
        """Means of numbers as numbers that column `j` could hold.

        Parameters
        ----------
        j : int
            Column.
        values : ndarray
            Numbers, or places among the categories, which stay.

        Returns
        -------
        values : ndarray
            Whole numbers among integers and booleans.
        """
        if self.kinds_[j] in ("integer", "boolean"):
            return np.rint(values)
        return values

    def categories(self, j):
        """Values of the tokens of a column that has no density.

        Parameters
        ----------
        j : int
            Column.

        Returns
        -------
        values : list
            Values, in the order of the tokens.
        """
        tokens = np.arange(self.columns_[j]["n_tokens"])
        if self.kinds_[j] != "category":
            tokens = decode_numbers(tokens, np.zeros(len(tokens)), self.columns_[j])
        return self._restore(j, tokens).tolist()

    def empty_columns(self, n):
        """Rows that hold nothing, with the names that `fit` saw or with indices.

        Parameters
        ----------
        n : int
            Number of rows.

        Returns
        -------
        X : DataFrame of shape (n, n_features)
            Missing values only.
        """
        X = pd.DataFrame({j: np.full(n, np.nan) for j in range(self.n_features_in_)})
        for j, kind in enumerate(self.kinds_):
            if kind == "category":
                X[j] = pd.Categorical([None] * n)
        if self.names_ is not None:
            X.columns = load_index(self.names_)
        return X

    def dequantize(self, X, rng):
        """Spread each number that repeats over its cell.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table of numbers.
        rng : RandomState
            Source of the draws.

        Returns
        -------
        Z : ndarray of shape (n_samples, n_features)
            Numbers.
        """
        X = self._check(X)
        if len(self.numbers_) < self.n_features_in_:
            j = next(j for j, k in enumerate(self.kinds_) if k == "category")
            raise ValueError(
                f"{label(X, j)} holds categories, which have no cells; leave it out."
            )
        Z = np.array(read_numbers(X, self.numbers_))  # which may be X itself
        for j, column in enumerate(self.columns_):
            Z[:, j] = spread_numbers(Z[:, j], column, rng)
        return Z

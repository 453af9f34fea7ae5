"""Tables of numbers, booleans, categories and missing values as float32 matrices."""

import numpy as np
from pandas.api import types
from sklearn.exceptions import NotFittedError

from ._columns import (
    BOUND,
    PlainState,
    as_table,
    assemble,
    check_kinds,
    count_categories,
    dump_dtypes,
    dump_index,
    factorize,
    is_frame,
    kinds,
    label,
    load_dtype,
    load_index,
    missing_value,
    read_numbers,
    restore_categories,
    restore_numbers,
    robust_scale,
)

__all__ = ["TableEncoder"]

_EDGE = 1 - 2.0**-25  # a larger fraction of the bound rounds to the bound in float32
_MAX = np.finfo(np.float64).max


class TableEncoder(PlainState):
    """Turn a table into a float32 matrix, and back.

    A number becomes its distance to the median in units of the interquartile range
    (of a wider quantile range, then of the standard deviation, where that is zero),
    clipped smoothly: ``z / sqrt(1 + (z / 3) ** 2)``. Equal numbers stay equal. A
    boolean becomes -0.5 or 0.5. Where `fit` saw missing values, an indicator column
    follows. A category becomes a one-hot block, most frequent first, then one column
    for all rarer ones together, then one for missing values, each where needed.

    Parameters
    ----------
    max_categories : int, default=50
        Number of categories of a column that get an encoded column of their own.
    handle_unknown : {"ignore", "error"}, default="ignore"
        What `transform` does with a category, or a missing one, that `fit` did not see:
        a block of zeros, or a ValueError.

    Attributes
    ----------
    n_features_in_, n_encoded_ : int
        Number of columns of the table and of the matrix.
    groups_ : ndarray of shape (`n_encoded_`,)
        Index of the table's column that each encoded column comes from.
    kinds_ : list of str
        "numeric", "integer", "boolean" or "category", for each column of the table.

    Examples
    --------
    >>> import pandas as pd
    >>> from skgen.encoding import TableEncoder
    >>> X = pd.DataFrame({"age": [20, 30, 40, 50], "sex": ["f", "m", "f", "f"]})
    >>> encoder = TableEncoder().fit(X)
    >>> encoder.transform(X).round(2)
    array([[-0.95,  1.  ,  0.  ],
           [-0.33,  0.  ,  1.  ],
           [ 0.33,  1.  ,  0.  ],
           [ 0.95,  1.  ,  0.  ]], dtype=float32)
    >>> encoder.inverse_transform(encoder.transform(X)).equals(X)
    True
    """

    def __init__(self, *, max_categories=50, handle_unknown="ignore"):
        self.max_categories = max_categories
        self.handle_unknown = handle_unknown

    def fit(self, X):
        """Learn scales and categories.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table; in an array every column is numeric and NaN is a missing value.

        Returns
        -------
        self : TableEncoder
            The fitted encoder.
        """
        if self.handle_unknown not in ("ignore", "error"):
            raise ValueError(
                'handle_unknown must be "ignore" or "error", got '
                f"{self.handle_unknown!r}."
            )
        if not (types.is_integer(self.max_categories) and self.max_categories > 0):
            raise ValueError(
                "max_categories must be an integer of at least 1, got "
                f"{self.max_categories!r}."
            )
        X = as_table(X)
        if 0 in X.shape:
            raise ValueError(f"X must have rows and columns, got shape {X.shape}.")
        self.n_features_in_ = X.shape[1]
        self.names_ = dump_index(X.columns) if is_frame(X) else None
        self.kinds_ = kinds(X)
        self.dtypes_ = dump_dtypes(X)
        self.missing_values_ = [
            missing_value(X.iloc[:, j]) if is_frame(X) else None
            for j in range(self.n_features_in_)
        ]
        self.numbers_ = [j for j, k in enumerate(self.kinds_) if k != "category"]
        values = read_numbers(X, self.numbers_)
        self.has_missing_ = np.isnan(values).any(axis=0)
        booleans = [self.kinds_[j] == "boolean" for j in self.numbers_]
        with np.errstate(all="ignore"):  # subnormal numbers underflow
            scales = [
                (0.5, 1.0, 1.0, np.inf, 0.0, 1.0) if boolean else robust_scale(x)
                for boolean, x in zip(booleans, values.T, strict=True)
            ]
        self.scales_ = np.array(scales).reshape(-1, 6).T.copy()
        self.categories_ = [
            count_categories(X.iloc[:, j], self.max_categories)
            for j, k in enumerate(self.kinds_)
            if k == "category"
        ]
        widths = np.ones(self.n_features_in_, dtype=np.int64)
        widths[self.numbers_] += self.has_missing_
        for j, found in zip(self._category_columns(), self.categories_, strict=True):
            widths[j] = len(found["decode"])
        self.starts_ = np.cumsum(widths) - widths
        self.groups_ = np.repeat(np.arange(self.n_features_in_), widths)
        self.n_encoded_ = len(self.groups_)
        return self

    def transform(self, X):
        """Encode a table.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table with the columns that `fit` saw, in the same order.

        Returns
        -------
        Z : ndarray of shape (n_samples, `n_encoded_`), dtype float32
            Encoded rows.
        """
        X = self._check(X)
        Z = np.zeros((len(X), self.n_encoded_), dtype=np.float32)
        values, missing = self._numbers(X)
        center, scale, unit, bound, _, _ = self.scales_
        with np.errstate(all="ignore"):
            z = (values * unit - center) / scale
            np.clip(z, -1e8 * BOUND, 1e8 * BOUND, out=z)  # the same, but no overflow
            z /= np.sqrt(1 + (z / bound) ** 2)
            z[missing] = 0
            at = self.starts_[self.numbers_]
            Z[:, at] = z
        Z[:, at[self.has_missing_] + 1] = missing[:, self.has_missing_]
        for j, found in zip(self._category_columns(), self.categories_, strict=True):
            column = X.iloc[:, j]
            codes, values = factorize(column)
            known = load_index(found["values"]).astype(object)
            # One place more, for the code -1 of a missing value.
            place = known.get_indexer(values.astype(object))
            place = np.append(place, len(known))
            place = np.where(place < 0, -1, found["encode"][place])
            unknown = place[codes] < 0
            if self.handle_unknown == "error" and unknown.any():
                new = column[unknown].drop_duplicates().tolist()
                raise ValueError(
                    f"column {X.columns[j]!r} holds categories that fit did not see: "
                    f"{str(new[:10])[1:-1]}; fit on them too, replace them, or use "
                    'handle_unknown="ignore".'
                )
            rows = np.flatnonzero(~unknown)
            Z[rows, self.starts_[j] + place[codes][rows]] = 1
        return Z

    def inverse_transform(self, Z, *, clip=False):
        """Decode rows, also such as a network generates.

        The largest entry of a one-hot block wins: a block of zeros becomes the most
        frequent category, the column of rare categories the most frequent of these.
        Numbers come back up to float32 rounding, far tails (thousands of
        interquartile ranges away) as the farthest number that can be told apart.

        Parameters
        ----------
        Z : ndarray of shape (n_samples, `n_encoded_`)
            Encoded rows.
        clip : bool, default=False
            Whether to clip numbers to the range that `fit` saw.

        Returns
        -------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table with the dtypes that `fit` saw.
        """
        self._check_fitted()
        Z = np.asarray(Z, dtype=np.float64)
        if Z.ndim != 2 or Z.shape[1] != self.n_encoded_:
            raise ValueError(
                f"Z must have shape (n_samples, {self.n_encoded_}), got {Z.shape}."
            )
        if not np.isfinite(Z).all():
            raise ValueError("Z must not hold NaN or inf; a network has diverged.")
        center, scale, unit, bound, low, high = self.scales_
        at = self.starts_[self.numbers_]
        z = np.clip(Z[:, at], -_EDGE * bound, _EDGE * bound)
        with np.errstate(all="ignore"):
            z /= np.sqrt((1 - z / bound) * (1 + z / bound))
            x = np.clip((center + scale * z) / unit, -_MAX, _MAX)
        if clip:
            x = np.clip(x, low, high)
        x[:, self.has_missing_] = np.where(
            Z[:, at[self.has_missing_] + 1] > 0.5, np.nan, x[:, self.has_missing_]
        )
        dtypes = [load_dtype(spec) for spec in self.dtypes_]
        missing = self.missing_values_
        with np.errstate(under="ignore"):
            columns = {
                j: restore_numbers(values, self.kinds_[j], dtypes[j], missing[j])
                for j, values in zip(self.numbers_, x.T, strict=True)
            }
        for j, found in zip(self._category_columns(), self.categories_, strict=True):
            block = Z[:, self.starts_[j] :][:, : len(found["decode"])]
            codes = found["decode"][block.argmax(axis=1)]
            columns[j] = restore_categories(
                codes, found["values"], dtypes[j], missing[j]
            )
        return assemble([columns[j] for j in range(self.n_features_in_)], self.names_)

    def log_abs_det_jacobian(self, X):
        """Logarithm of the volume change of the numeric columns, booleans left out.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table; a missing number contributes nothing.

        Returns
        -------
        log_det : ndarray of shape (n_samples,)
            Natural logarithm of the derivative, summed over the columns, in nats.
        """
        values, missing = self._numbers(self._check(X))
        center, scale, unit, bound, _, _ = self.scales_
        with np.errstate(all="ignore"):
            distance = np.minimum(np.abs(values * unit - center), _MAX)
            u = np.log(distance) - np.log(scale) - np.log(bound)
            # log(dz/dx) - 1.5 * log(1 + exp(u)**2), without overflow
            terms = np.log(unit) - np.log(scale) - 1.5 * np.logaddexp(0, 2 * u)
        return np.where(missing | np.isinf(bound), 0.0, terms).sum(axis=1)

    def _check_fitted(self):
        if not hasattr(self, "n_encoded_"):
            raise NotFittedError("This TableEncoder is not fitted; call fit first.")

    def _check(self, X):
        """Return the table if its columns are of the kinds that `fit` saw."""
        self._check_fitted()
        X = as_table(X)
        if X.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X must have the {self.n_features_in_} columns that fit saw, got "
                f"{X.shape[1]}."
            )
        return check_kinds(X, self.kinds_)

    def _numbers(self, X):
        """Return the values of the numeric columns and where they are missing."""
        values = read_numbers(X, self.numbers_)
        missing = np.isnan(values)
        bad = np.flatnonzero(missing.any(axis=0) & ~self.has_missing_)
        if bad.size:
            raise ValueError(
                f"{label(X, self.numbers_[bad[0]])} has missing values, but had none "
                "in fit; impute them (sklearn.impute.SimpleImputer) or fit on rows "
                "that have some."
            )
        return values, missing

    def _category_columns(self):
        return [j for j, kind in enumerate(self.kinds_) if kind == "category"]

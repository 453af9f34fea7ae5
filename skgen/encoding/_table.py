"""Tables of numbers, booleans, categories and missing values as float32 matrices."""

import numpy as np
from pandas.api import types

from ._columns import (
    BOUND,
    ColumnEncoder,
    label,
    read_codes,
    read_numbers,
    robust_scale,
    standard_scale,
)
from ._dtypes import load_index
from ._modes import fit_modes, join_modes, spread_modes

_EDGE = 1 - 2.0**-25  # a larger fraction of the bound rounds to the bound in float32
_MAX = np.finfo(np.float64).max
# Center, scale, unit, bound, minimum and maximum of a column of booleans.
_BOOLEAN = 0.5, 1.0, 1.0, np.inf, 0.0, 1.0


class TableEncoder(ColumnEncoder):
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
    linear : bool, default=False
        Whether numbers are only brought to mean 0 and deviation 1, without clipping.

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

    def __init__(self, *, max_categories=50, handle_unknown="ignore", linear=False):
        self.max_categories = max_categories
        self.handle_unknown = handle_unknown
        self.linear = linear

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
        how, most = self.handle_unknown, self.max_categories
        if how not in ("ignore", "error"):
            raise ValueError(
                f'handle_unknown must be "ignore" or "error", got {how!r}.'
            )
        if not (types.is_integer(most) and most > 0):
            raise ValueError(
                f"max_categories must be an integer of at least 1, got {most!r}."
            )
        X = self._learn_columns(X)
        values = read_numbers(X, self.numbers_)
        self.modes_ = [
            None if self.linear else fit_modes(x[~np.isnan(x)]) for x in values.T
        ]
        scale = standard_scale if self.linear else robust_scale
        values, _ = spread_modes(values, self.modes_)
        with np.errstate(all="ignore"):  # subnormal numbers underflow
            scales = [
                _BOOLEAN if self.kinds_[j] == "boolean" else scale(x)
                for j, x in zip(self.numbers_, values.T, strict=True)
            ]
        self.scales_ = np.array(scales).reshape(-1, 6).T.copy()
        # Columns of the matrix beside the one of missing values.
        self.widths_ = np.ones(self.n_features_in_, dtype=np.int64)
        for j, known in self._known_categories():
            self.widths_[j] = min(len(known), most + 1)
        widths = self.widths_ + self.has_missing_
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
        values, missing, _ = self._numbers(X)
        numbers, flags = self._places()
        center, scale, unit, bound, _, _ = self.scales_
        with np.errstate(all="ignore"):
            z = (values * unit - center) / scale
            np.clip(z, -1e8 * BOUND, 1e8 * BOUND, out=z)  # the same, but no overflow
            z /= np.sqrt(1 + (z / bound) ** 2)
            z[missing] = 0
            Z[:, numbers] = z
        Z[:, flags] = missing[:, self.has_missing_[self.numbers_]]
        for j, known in self._known_categories():
            width = self.widths_[j]
            places = np.minimum(np.arange(len(known)), width - 1)
            # Last those of a missing value, and of the code -1.
            places = np.append(places, [width if self.has_missing_[j] else -1, -1])
            place = places[read_codes(X.iloc[:, j], known)]
            unknown = place < 0
            if self.handle_unknown == "error" and unknown.any():
                new = X.iloc[:, j][unknown].drop_duplicates().tolist()
                raise ValueError(
                    f"{label(X, j)} holds categories that fit did not see: "
                    f"{str(new[:10])[1:-1]}; fit on them too, replace them, or use "
                    'handle_unknown="ignore".'
                )
            rows = np.flatnonzero(~unknown)
            Z[rows, self.starts_[j] + place[rows]] = 1
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
        Z = self._check_encoded(Z)
        if not np.isfinite(Z).all():
            raise ValueError("Z must not hold NaN or inf; a network has diverged.")
        center, scale, unit, bound, low, high = self.scales_
        numbers, flags = self._places()
        z = np.clip(Z[:, numbers], -_EDGE * bound, _EDGE * bound)
        with np.errstate(all="ignore"):
            z /= np.sqrt((1 - z / bound) * (1 + z / bound))
            x = np.clip((center + scale * z) / unit, -_MAX, _MAX)
        if clip:
            x = np.clip(x, low, high)
        x = join_modes(x, self.modes_)
        flagged = self.has_missing_[self.numbers_]
        x[:, flagged] = np.where(Z[:, flags] > 0.5, np.nan, x[:, flagged])
        columns = dict(zip(self.numbers_, x.T, strict=True))
        for j in set(range(self.n_features_in_)).difference(columns):
            width = self.widths_[j]
            block = Z[:, self.starts_[j] :][:, : width + self.has_missing_[j]]
            places = np.append(np.arange(width), -1)
            columns[j] = places[block.argmax(axis=1)]
        with np.errstate(under="ignore"):
            return self._to_table([columns[j] for j in sorted(columns)])

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
        values, missing, log_slopes = self._numbers(self._check(X))
        center, scale, unit, bound, _, _ = self.scales_
        with np.errstate(all="ignore"):
            distance = np.minimum(np.abs(values * unit - center), _MAX)
            u = np.log(distance) - np.log(scale) - np.log(bound)
            # log(dz/dx) - 1.5 * log(1 + exp(u)**2), without overflow
            terms = np.log(unit) - np.log(scale) - 1.5 * np.logaddexp(0, 2 * u)
        terms = np.where(missing, 0.0, terms)
        return (terms + log_slopes).sum(axis=1)

    def _known_categories(self):
        """Columns of categories, and the categories of each."""
        for j, spec in enumerate(self.categories_):
            if spec is not None:
                yield j, load_index(spec)

    def _places(self):
        """Columns of the matrix that hold numbers, and those that flag missing ones."""
        numbers = self.starts_[self.numbers_]
        return numbers, numbers[self.has_missing_[self.numbers_]] + 1

    def _numbers(self, X):
        """Return numbers, where they are missing, and the log of slopes by modes."""
        values = read_numbers(X, self.numbers_)
        missing = np.isnan(values)
        new = missing.any(axis=0) & ~self.has_missing_[self.numbers_]
        if new.any():
            self._refuse_missing(X, self.numbers_[new.argmax()])
        values, log_slopes = spread_modes(values, self.modes_)
        return values, missing, log_slopes

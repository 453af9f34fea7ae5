"""The columns of a table: what encoders, metrics and displays know of them."""

import warnings
from copy import deepcopy

import numpy as np
import pandas as pd
from pandas.api import types
from scipy.sparse import issparse
from sklearn.exceptions import NotFittedError

from ._dtypes import (
    dump_dtype,
    dump_index,
    load_dtype,
    load_index,
    missing_value,
    restore_categories,
    restore_numbers,
)

BOUND = 3.0  # numbers are clipped smoothly to (-3, 3), in robust standard units
_TAILS = np.array([0.25, 0.1, 0.05, 0.025, 0.01])
_HUGE = 1e300  # above it a column is scaled down first, lest differences overflow
NUMERIC = ("numeric", "integer")
_CASTS = {"numbers": "float", "strings": "str"}
_EXACT = 2.0**53  # whole numbers up to here are floats of double precision
_KINDS = {
    "categorical": "category",
    "string": "category",
    "empty": "category",
    "boolean": "boolean",
    "integer": "integer",
    "floating": "numeric",
    "mixed-integer-float": "numeric",
}


class PlainState:
    """An object that is rebuilt from its attributes, all of them plain."""

    def get_state(self):
        """Return everything learned as a dict of plain Python and numpy objects.

        Returns
        -------
        state : dict
            What `from_state` takes.
        """
        return deepcopy(vars(self))

    @classmethod
    def from_state(cls, state):
        """Rebuild an encoder.

        Parameters
        ----------
        state : dict
            What `get_state` returned.

        Returns
        -------
        encoder : object
            An encoder equal to the one that the state was taken from.
        """
        encoder = cls.__new__(cls)
        vars(encoder).update(deepcopy(state))
        return encoder

    def _check_fitted(self):
        if not hasattr(self, "n_features_in_"):
            name = type(self).__name__
            raise NotFittedError(f"This {name} is not fitted; call fit first.")


class ColumnEncoder(PlainState):
    """What encoders of tables know of the columns, as lists with an entry for each.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns.
    names_ : dict or None
        Their names, for `load_index`; None for an array.
    kinds_ : list of str
        "numeric", "integer", "boolean" or "category".
    dtypes_ : list
        Their dtypes, for `load_dtype`.
    categories_ : list of dict or None
        The categories that `fit` saw, most frequent first, for `load_index`; None for
        numbers.
    counts_ : list of ndarray or None
        In how many rows `fit` saw each of these.
    has_missing_ : ndarray of bool of shape (`n_features_in_`,)
        Whether `fit` saw missing values.
    missing_values_ : list
        What stands for a missing value among objects, None or NaN.
    """

    def _learn_columns(self, X, n_least=1):
        """Note what the columns of a table are; return the table."""
        X = as_table(X, n_least=n_least)
        d = X.shape[1]
        self.kinds_, self.names_ = kinds(X), None
        self.categories_, self.counts_ = [None] * d, [None] * d
        self.missing_values_ = [None] * d
        if is_frame(X):
            self._learn_frame(X)
        else:
            self.dtypes_ = [str(X.dtype)] * d
            self.has_missing_ = np.isnan(X).any(axis=0)
        self.n_features_in_ = d
        return X

    def _learn_frame(self, X):
        try:
            self.names_ = dump_index(X.columns)
        except TypeError as error:
            raise TypeError(
                f"columns must have strings or numbers for names, but {error}; rename "
                "them, by X.columns = X.columns.map(str) for instance."
            ) from error
        self.dtypes_ = [dump_dtype(t, label(X, j)) for j, t in enumerate(X.dtypes)]
        self.has_missing_ = np.zeros(X.shape[1], dtype=bool)
        self.has_missing_[self.numbers_] = X.iloc[:, self.numbers_].isna().any()
        for j, kind in enumerate(self.kinds_):
            column = X.iloc[:, j]
            self.missing_values_[j] = missing_value(column)
            if kind == "category":
                codes, values = _factorize(column)
                present = codes >= 0
                counts = np.bincount(codes[present], minlength=len(values))
                order = np.argsort(-counts, kind="stable")
                order = order[counts[order] > 0]
                self.categories_[j] = dump_index(values[order])
                self.counts_[j] = counts[order]
                self.has_missing_[j] = not present.all()

    @property
    def numbers_(self):
        """Places of the columns that hold no categories."""
        return [j for j, kind in enumerate(self.kinds_) if kind != "category"]

    def _read(self, X, *, first=False):
        """Return the table if it has as many columns as `fit` saw, or the first."""
        self._check_fitted()
        X = as_table(X)
        d, known = X.shape[1], self.n_features_in_
        if d > known or (d < known and not first):
            raise ValueError(f"X must have the {known} columns that fit saw, got {d}.")
        return X

    def _check(self, X, *, first=False):
        """Return the table if its columns are of the kinds that `fit` saw, too."""
        X = self._read(X, first=first)
        for j, kind in enumerate(kinds(X)):
            fitted = self.kinds_[j]
            if fitted in NUMERIC and kind != "category":
                continue
            column = column_of(X, j)
            same = column.dtype == load_dtype(self.dtypes_[j])
            if same and not types.is_object_dtype(column.dtype):
                continue
            present = column[column.notna()]
            zero_one = kind in NUMERIC and present.isin([0, 1]).all()
            if present.empty or (fitted == "boolean" and (kind == fitted or zero_one)):
                continue
            if fitted != "category":
                raise TypeError(
                    f"{label(X, j)} was {fitted} in fit and is {kind} now (dtype "
                    f"{column.dtype}); convert it, with pd.to_numeric for instance."
                )
            known, given = _held(load_index(self.categories_[j])), _held(present)
            if known and given and known.isdisjoint(given):
                raise TypeError(
                    f"{label(X, j)} was category in fit, of {_listed(known)}, and is "
                    f"{kind} now, of {_listed(given)} (dtype {column.dtype}); convert "
                    f"it, with astype({_CASTS.get(min(known), 'object')}) for instance."
                )
        return X

    def warn_of_new_categories(self, X):
        """Warn of categories that `fit` did not see, which count as none of its own.

        Parameters
        ----------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Checked rows, to go on with.
        """
        for j, known in enumerate(self.categories_):
            if known is None:
                continue
            column = column_of(X, j)
            codes = read_codes(column, load_index(known))
            new = column[(codes < 0) & column.notna().to_numpy()].unique()[:5]
            if len(new):
                warnings.warn(
                    f"{label(X, j)} holds categories that the encoding does not know: "
                    f"{str(list(new))[1:-1]}; they count as none of those known and "
                    "are never drawn. Show all batches to fit_encoder before the first "
                    "partial_fit.",
                    UserWarning,
                    stacklevel=4,
                )

    def _refuse_missing(self, X, j):
        raise ValueError(
            f"{label(X, j)} has missing values (NaN), but had none in fit; impute "
            "them by sklearn.impute or MixtureDensity.impute or fit on some too."
        )

    def _check_encoded(self, Z):
        """Return encoded rows as float64 if they have as many columns as `fit` made."""
        self._check_fitted()
        Z = np.asarray(Z, dtype=np.float64)
        if Z.ndim != 2 or Z.shape[1] != self.n_encoded_:
            raise ValueError(
                f"Z must have shape (n_samples, {self.n_encoded_}), got {Z.shape}."
            )
        return Z

    def _restore(self, j, values):
        """Give numbers, or places among the categories, the dtype of column `j`."""
        dtype, missing = load_dtype(self.dtypes_[j]), self.missing_values_[j]
        if self.categories_[j] is not None:
            known = load_index(self.categories_[j])
            return restore_categories(values, known, dtype, missing)
        return restore_numbers(values, self.kinds_[j], dtype, missing)

    def _to_table(self, columns):
        """Restore all columns, in the container that `fit` saw."""
        places = range(self.n_features_in_)
        columns = [self._restore(j, x) for j, x in zip(places, columns, strict=True)]
        if self.names_ is None:
            return np.column_stack(columns)
        frame = pd.DataFrame(dict(enumerate(columns)))
        frame.columns = load_index(self.names_)
        return frame


def is_frame(X):
    return isinstance(X, pd.DataFrame)


def label(X, j):
    return f"column {X.columns[j]!r}" if is_frame(X) else f"column {j}"


def column_of(X, j):
    """Return a column of a table as a Series."""
    return X.iloc[:, j] if is_frame(X) else pd.Series(X[:, j])


def as_container(X, name="X"):
    """Return pandas' frame of any library's table, and a plain array of a masked one.

    Raises
    ------
    TypeError
        If a table of another library cannot become a frame of pandas.
    ValueError
        If `X` is a single row, has rows of different lengths or several levels of
        column names, or holds whole numbers that float64 does not tell apart.
    """
    check_lengths(X, name)
    if isinstance(X, pd.Series):
        raise ValueError(
            f"{name} must be a table with two dimensions, got a Series; pass "
            f"{name}.to_frame() for a column, {name}.to_frame().T for a row."
        )
    if not is_frame(X) and hasattr(X, "to_pandas"):
        try:
            X = X.to_pandas()
        except ImportError as error:
            raise TypeError(
                f"{name} must be a DataFrame of pandas or an array, got "
                f"{type(X).__module__}.{type(X).__name__}, which becomes one by "
                f"to_pandas() only with {error.name}; install it."
            ) from error
    if isinstance(X, np.ma.MaskedArray):
        return X.astype(np.float64).filled(np.nan)
    if not is_frame(X):
        if isinstance(X, np.ndarray | list) and _has_strings(X):
            _as_array(X, name)  # which says what to pass instead
        if isinstance(X, np.ndarray) and X.dtype.kind == "O":
            # Frames of nullable columns become such arrays, with pandas' NA.
            X = np.where(pd.isna(X), np.nan, X)
            try:
                X.astype(np.float64)
            except ValueError:
                _as_array(X, name)
            except TypeError:  # for scikit-learn's own words
                pass
            return X
        if isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind in "iu":
            read_numbers(X, range(X.shape[1]))
        return X
    if X.columns.nlevels > 1:
        raise ValueError(
            f"{name} must have one level of column names, got {X.columns.nlevels}; "
            f"join them, by {name}.columns = {name}.columns.map(str) for instance."
        )
    return X


def as_rows(X):
    """Return what `as_container` does; ValueError if two columns have one name."""
    X = as_container(X)
    if is_frame(X) and not X.columns.is_unique:
        twice = X.columns[X.columns.duplicated()].unique().tolist()
        raise ValueError(
            f"X must have columns of different names, got several of {twice[:10]!r}; "
            "rename them."
        )
    return X


def check_lengths(X, name):
    """Refuse rows of different lengths, where numpy would not say what to do."""
    if not isinstance(X, list | tuple) and not (
        isinstance(X, np.ndarray) and X.dtype.kind == "O" and X.ndim == 1
    ):
        return
    lengths = {_length(row) for row in X}
    if len(lengths) > 1:
        least, *_, most = sorted(lengths)
        found = f"{least} and of {most} entries"
        if least < 0:
            found = f"{most} entries and single values"
        raise ValueError(
            f"{name} must have rows of one length, got rows of {found}; fill shorter "
            "ones up with NaN, which stands for what is missing and in sequences for "
            "their end."
        )


def _length(row):
    """Entries of a row, -1 of a single value."""
    if isinstance(row, str | bytes | dict) or getattr(row, "ndim", 1) == 0:
        return -1
    return len(row) if hasattr(row, "__len__") else -1


def only_numbers(X, what):
    """Refuse columns of a frame that hold anything else; make sparse ones dense."""
    for name, dtype in getattr(X, "dtypes", {}).items():
        if not types.is_numeric_dtype(dtype) or types.is_complex_dtype(dtype):
            raise ValueError(
                f"X must hold numbers, {what}, but column {name!r} has dtype {dtype}; "
                "code categories with OrdinalEncoder, or pass a table to "
                "AutoregressiveDensity."
            )
        if isinstance(dtype, pd.SparseDtype):
            X = X.astype({name: dtype.subtype})
    return X


def _has_strings(X):
    try:
        values = np.asarray(X)
    except ValueError:  # rows of several lengths
        return False
    if values.dtype.kind == "O":
        return any(isinstance(value, str | bytes) for value in values.flat)
    return values.dtype.kind in "SU"


def as_table(X, name="X", n_least=0):
    """Return a DataFrame as it is, anything else as a numeric array.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_samples, n_features)
        Table.
    name : str
        Its name in messages.
    n_least : int
        How many rows and columns it must have.
    """
    if issparse(X):
        kind = type(X).__name__
        raise TypeError(f"{name} must be dense, got {kind}; pass {name}.toarray().")
    X = as_container(X, name)
    if not is_frame(X):
        X = _as_array(X, name)
    if min(X.shape) < n_least:
        raise ValueError(f"{name} must have rows and columns, got shape {X.shape}.")
    return X


def _as_array(X, name):
    X = np.asarray(X)
    if X.ndim != 2:
        raise ValueError(
            f"{name} must be a table with two dimensions, got shape {X.shape}; reshape "
            "a column to (-1, 1), a row to (1, -1), images to flat rows."
        )
    if X.dtype.kind in "biuf":
        return X
    try:
        if X.dtype.kind == "O":
            return X.astype(np.float64)
    except (TypeError, ValueError):
        pass
    raise TypeError(
        f"{name} must hold numbers if it is an array, got dtype {X.dtype}; pass a "
        "pandas DataFrame for strings, categories and mixed columns."
    )


def kinds(X):
    """Say for each column "numeric", "integer", "boolean" or "category"."""
    if is_frame(X):
        return [_kind(X.iloc[:, j], label(X, j)) for j in range(X.shape[1])]
    kind = {"b": "boolean", "i": "integer", "u": "integer"}.get(X.dtype.kind, "numeric")
    return [kind] * X.shape[1]


def _kind(column, label):
    inferred = types.infer_dtype(column, skipna=True)
    if inferred in _KINDS:
        return _KINDS[inferred]
    remedy = "convert it to numbers, strings or a categorical dtype"
    if inferred.startswith("date"):
        remedy = (
            "turn it into days since a date, (column - start).dt.days, or parts such "
            "as column.dt.month"
        )
    elif inferred.startswith("timedelta"):
        remedy = "turn it into numbers with column.dt.total_seconds()"
    raise TypeError(
        f"{label} holds {inferred} values (dtype {column.dtype}), which cannot be "
        f"encoded; {remedy}, or leave it out."
    )


def read_numbers(X, indices):
    """Return columns as a float64 array, with NaN where a value is missing.

    Raises
    ------
    ValueError
        If a column holds infinity, or whole numbers that float64 does not tell apart.
    """
    with np.errstate(over="ignore"):
        if is_frame(X):
            values = np.empty((len(X), len(indices)))
            for k, j in enumerate(indices):
                column = X.iloc[:, j]
                values[:, k] = column.to_numpy(dtype=np.float64, na_value=np.nan)
                if types.is_object_dtype(column) or types.is_integer_dtype(column):
                    refuse_large_integers(values[:, k], label(X, j))
        else:
            values = np.asarray(X, dtype=np.float64)
            if np.asarray(X).dtype.kind in "iu":
                for k, j in enumerate(indices):
                    refuse_large_integers(values[:, k], label(X, j))
    infinite = np.isinf(values).any(axis=0)
    if infinite.any():
        j = indices[np.flatnonzero(infinite)[0]]
        raise ValueError(
            f"{label(X, j)} holds inf or a value too large for float64; replace it, by "
            "NaN if it stands for a missing value."
        )
    return values


def refuse_large_integers(values, label):
    """Refuse whole numbers beyond 2**53, such as ids: not all of them are floats."""
    largest = np.nanmax(np.abs(values), initial=0.0)
    if largest > _EXACT and np.isfinite(largest):
        raise ValueError(
            f"{label} holds whole numbers up to {largest:.17g}, and beyond 2**53 they "
            "are no longer told apart as numbers; if they are codes or ids, use "
            "astype('category'), else divide them or leave the column out."
        )


def robust_scale(x):
    """Return center, scale, unit, bound, minimum and maximum of a column."""
    x = x[~np.isnan(x)]
    if not x.size:
        return 0.0, 1.0, 1.0, BOUND, -np.inf, np.inf
    low, high = x.min(), x.max()
    unit = 2.0**-10 if max(-low, high) > _HUGE else 1.0
    if low == high:
        return low * unit, 1.0, unit, BOUND, low, high
    x = x * unit
    center, *tails = np.quantile(x, [0.5, *_TAILS, *(1 - _TAILS)])
    spans = np.subtract(tails[len(_TAILS) :], tails[: len(_TAILS)])
    if spans.any():
        scale = spans[spans > 0][0]
    else:
        span = (high - low) if unit == 1 else x.max() - x.min()
        scale = np.std((x - x.min()) / span) * span or span
    return center, scale, unit, BOUND, low, high


def standard_scale(x):
    """Return mean, deviation, unit, no bound, minimum and maximum of a column."""
    center, scale, unit, bound, low, high = robust_scale(x)
    if np.isfinite(low) and low < high:
        x = x[~np.isnan(x)] * unit
        largest = np.abs(x).max()
        center = largest * (x / largest).mean()
        scale = largest * (x / largest).std() or scale
    return center, scale, unit, np.inf, low, high


def mean_and_deviation(X, known):
    """Return mean and standard deviation of the known numbers of each column.

    Squares of large numbers do not overflow.
    """
    Z, exponent = scaled_down(X, known)
    mean, deviation = moments(Z, known)
    return np.ldexp(mean, exponent), np.ldexp(deviation, exponent)


def scaled_down(X, known):
    """Return columns over powers of two that leave them below one, and the exponents.

    Sums of squares of thousands of them are then floats.
    """
    _, exponent = np.frexp(np.max(np.abs(X), axis=0, initial=0.0, where=known))
    return np.ldexp(X, -exponent), exponent


def moments(Z, known):
    """Return mean and standard deviation of known numbers whose squares are floats."""
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.sum(Z, axis=0, where=known) / count
    return mean, np.sqrt(np.sum((Z - mean) ** 2, axis=0, where=known) / count)


def read_codes(column, categories):
    """Return places among categories: -1 for others, the number of them if missing."""
    codes, values = _factorize(column)
    places = categories.astype(object).get_indexer(values.astype(object))
    return np.append(places, len(categories))[codes]  # the code -1 takes the last


def _held(values):
    """Return the kinds of objects that a column holds: numbers, strings, others."""
    values = pd.Index(values).unique()
    if isinstance(values, pd.CategoricalIndex):
        values = values.categories
    if types.is_bool_dtype(values.dtype) or types.is_numeric_dtype(values.dtype):
        return {"numbers"}
    kinds = (
        "strings"
        if isinstance(value, str)
        else "numbers"
        if isinstance(value, int | float | np.number | np.bool_)
        else type(value).__name__
        for value in values
    )
    return set(kinds)


def _listed(kinds):
    return " and ".join(sorted(kinds))


def _factorize(column):
    """Return codes (-1: missing) and the values that they stand for."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(np.intp), column.cat.categories
    codes, values = pd.factorize(column)
    return codes, pd.Index(values).astype(object)

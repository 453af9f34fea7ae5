"""Columns of tables: reading, writing, and their dtypes as plain objects."""

from copy import deepcopy

import numpy as np
import pandas as pd
from pandas.api import types

BOUND = 3.0  # numbers are clipped smoothly to (-3, 3), in robust standard units
_TAILS = np.array([0.25, 0.1, 0.05, 0.025, 0.01])
_HUGE = 1e300  # above it a column is scaled down first, lest differences overflow
NUMERIC = ("numeric", "integer")
_OBJECT_KINDS = {
    "string": "category",
    "empty": "category",
    "boolean": "boolean",
    "integer": "integer",
    "floating": "numeric",
    "mixed-integer-float": "numeric",
}


# Reading columns


def is_frame(X):
    return isinstance(X, pd.DataFrame)


def label(X, j):
    return f"column {X.columns[j]!r}" if is_frame(X) else f"column {j}"


def as_table(X):
    """Return a DataFrame as it is, anything else as a numeric array."""
    if is_frame(X):
        return X
    X = np.asarray(X)
    if X.ndim != 2:
        raise ValueError(
            f"X must be a table with two dimensions, got shape {X.shape}; reshape a "
            "single column with X.reshape(-1, 1), a single row with X.reshape(1, -1)."
        )
    if X.dtype.kind in "biuf":
        return X
    try:
        if X.dtype.kind == "O":
            return X.astype(np.float64)
    except (TypeError, ValueError):
        pass
    raise TypeError(
        f"An array must hold numbers, got dtype {X.dtype}; pass a pandas DataFrame for "
        "strings, categories and mixed columns."
    )


def kinds(X):
    """Say for each column "numeric", "integer", "boolean" or "category"."""
    if is_frame(X):
        return [_kind(X.iloc[:, j], label(X, j)) for j in range(X.shape[1])]
    kind = {"b": "boolean", "i": "integer", "u": "integer"}.get(X.dtype.kind, "numeric")
    return [kind] * X.shape[1]


def _kind(column, label):
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if types.is_bool_dtype(dtype):
        return "boolean"
    if types.is_integer_dtype(dtype):
        return "integer"
    if types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype):
        return "numeric"
    is_object = types.is_object_dtype(dtype)
    if types.is_string_dtype(dtype) and not is_object:
        return "category"
    held = types.infer_dtype(column, skipna=True) if is_object else str(dtype)
    if held in _OBJECT_KINDS:
        return _OBJECT_KINDS[held]
    if held.startswith(("date", "timestamp")):
        remedy = (
            "turn it into numbers first, for instance days since a date, "
            "(column - start).dt.days, or parts such as column.dt.month"
        )
    elif held.startswith(("timedelta", "duration")):
        remedy = "turn it into numbers first, with column.dt.total_seconds()"
    else:
        remedy = "convert it to numbers, strings or a categorical dtype"
    raise TypeError(
        f"{label} holds {held} values (dtype {dtype}), which cannot be encoded; "
        f"{remedy}, or leave it out."
    )


def check_kinds(X, fitted_kinds):
    """Return a table if its columns are of the kinds that an encoder was fitted to."""
    X = as_table(X)
    for j, (kind, fitted) in enumerate(zip(kinds(X), fitted_kinds, strict=False)):
        if kind == fitted or (kind != "category" and fitted in NUMERIC):
            continue
        column = X.iloc[:, j] if is_frame(X) else pd.Series(X[:, j])
        present = column[column.notna()]
        zero_one = kind in NUMERIC and present.isin([0, 1]).all()
        if present.empty or (fitted == "boolean" and zero_one):
            continue
        remedy = "astype('category')" if fitted == "category" else "pd.to_numeric"
        raise TypeError(
            f"{label(X, j)} was {fitted} in fit and is {kind} now (dtype "
            f"{column.dtype}); convert it, with {remedy} for instance."
        )
    return X


def read_numbers(X, indices):
    """Return columns as a float64 array, with NaN where a value is missing."""
    with np.errstate(over="ignore"):
        if is_frame(X):
            values = np.empty((len(X), len(indices)))
            for k, j in enumerate(indices):
                column = X.iloc[:, j]
                values[:, k] = column.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            values = np.asarray(X, dtype=np.float64)
    infinite = np.isinf(values).any(axis=0)
    if infinite.any():
        j = indices[np.flatnonzero(infinite)[0]]
        raise ValueError(
            f"{label(X, j)} holds inf or a value too large for float64; replace it, "
            "by NaN if it stands for a missing value."
        )
    return values


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


def factorize(column):
    """Return codes (-1: missing) and the values that they stand for."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(np.intp), column.cat.categories
    codes, values = pd.factorize(column)
    return codes, pd.Index(values).astype(object)


def count_categories(column, max_categories):
    """Lay out the one-hot block of a column."""
    codes, values = factorize(column)
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] > 0]
    encode = np.full(len(values) + 1, -1)
    encode[order] = np.minimum(np.arange(len(order)), max_categories)
    decode = order[: max_categories + 1]
    if (codes < 0).any():
        encode[-1] = len(decode)
        decode = np.append(decode, -1)
    return {
        "values": dump_index(values),
        "encode": encode,  # place in the block; last that of a missing value
        "decode": decode,  # index into values, -1 for a missing one
    }


# Writing columns


def assemble(columns, names):
    """Return a table of columns: a DataFrame if there are names, else an array."""
    if names is None:
        return np.column_stack(columns)
    frame = pd.DataFrame(dict(enumerate(columns)))
    frame.columns = load_index(names)
    return frame


def restore_numbers(x, kind, dtype, missing_value):
    """Return a column of a dtype from float64 numbers."""
    plain = getattr(dtype, "subtype", getattr(dtype, "numpy_dtype", dtype))
    missing = np.isnan(x)
    if kind == "boolean":
        values = x > 0.5
    elif kind == "integer":
        plain = plain if plain.kind in "iu" else np.dtype(np.int64)
        values = (
            np.rint(np.where(missing, 0, x)).clip(*dtype_limits(plain)).astype(plain)
        )
    else:
        plain = plain if plain.kind == "f" else np.dtype(np.float64)
        values = x.clip(*dtype_limits(plain)).astype(plain)
    if missing.any() and (kind != "numeric" or dtype != plain):
        values = values.astype(object)
        values[missing] = missing_value
    return pd.Series(values, dtype=dtype)


def restore_categories(codes, known, dtype, missing_value):
    """Return a column of a dtype from indices into the known categories."""
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical.from_codes(codes, dtype=dtype)
    values = load_index(known).to_numpy(dtype=object)
    # The code -1 takes the last value.
    return pd.Series(np.append(values, missing_value)[codes], dtype=dtype)


def missing_value(column):
    """Return what stands for a missing value, as a plain object."""
    if not types.is_object_dtype(column.dtype):
        return None
    return None if any(v is None for v in column[column.isna()]) else np.nan


# dtypes as plain objects


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


def dump_dtypes(X):
    if not is_frame(X):
        return [str(X.dtype)] * X.shape[1]
    specs = []
    for j, dtype in enumerate(X.dtypes):
        try:
            specs.append(_dump_dtype(dtype))
            if load_dtype(specs[-1]) != dtype:
                raise TypeError("it cannot be rebuilt from its name")
        except TypeError as error:
            raise TypeError(
                f"{label(X, j)} has dtype {dtype!r}, which cannot be stored: {error}; "
                "convert it to numbers, strings or categories that are strings, for "
                "instance with column.astype(str).astype('category')."
            ) from error
    return specs


def _dump_dtype(dtype):
    if isinstance(dtype, pd.CategoricalDtype):
        return {
            "categories": dump_index(dtype.categories),
            "ordered": bool(dtype.ordered),
        }
    if isinstance(dtype, pd.StringDtype):
        return {"storage": dtype.storage, "nan": dtype.na_value is not pd.NA}
    if isinstance(dtype, pd.ArrowDtype):
        return {"arrow": str(dtype.pyarrow_dtype)}
    return str(dtype)


def load_dtype(spec):
    if isinstance(spec, str):
        return types.pandas_dtype(spec)
    if "categories" in spec:
        categories = load_index(spec["categories"])
        return pd.CategoricalDtype(categories, ordered=spec["ordered"])
    if "arrow" in spec:
        import pyarrow

        return pd.ArrowDtype(pyarrow.type_for_alias(spec["arrow"]))
    if not spec["nan"]:
        return pd.StringDtype(spec["storage"])
    try:
        return pd.StringDtype(spec["storage"], na_value=np.nan)
    except TypeError:  # pandas 2 keeps such strings as objects
        return np.dtype(object)


def dump_index(index):
    if isinstance(index, pd.IntervalIndex):
        left, right = dump_index(index.left), dump_index(index.right)
        return {"left": left, "right": right, "closed": index.closed}
    values = index.to_numpy()
    if values.dtype.kind == "O":
        values = [_plain(value) for value in values]
    return {"values": values, "dtype": _dump_dtype(index.dtype)}


def load_index(spec):
    if "closed" in spec:
        left, right = load_index(spec["left"]), load_index(spec["right"])
        return pd.IntervalIndex.from_arrays(left, right, closed=spec["closed"])
    return pd.Index(spec["values"], dtype=load_dtype(spec["dtype"]))


def _plain(value):
    value = value.item() if isinstance(value, np.generic) else value
    for plain in (str, bool, int, float):
        if isinstance(value, plain):
            return plain(value)
    raise TypeError(
        f"{value!r} is a {type(value).__name__}, neither a string nor a number"
    )


def dtype_limits(dtype):
    """Return the smallest and the largest float64 that a dtype takes."""
    if dtype.kind == "b":
        return 0.0, 1.0
    if dtype.kind == "f":
        return float(np.finfo(dtype).min), float(np.finfo(dtype).max)
    limits = np.iinfo(dtype)
    top = float(limits.max)
    top = float(np.nextafter(top, 0)) if int(top) > limits.max else top
    return float(limits.min), top

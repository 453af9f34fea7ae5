"""dtypes and labels of pandas as plain objects, and columns of a dtype from numbers."""

import numpy as np
import pandas as pd
from pandas.api import types


def restore_numbers(x, kind, dtype, missing_value):
    """Return a column of a dtype from float64 numbers."""
    plain = getattr(dtype, "subtype", getattr(dtype, "numpy_dtype", dtype))
    missing = np.isnan(x)
    if kind == "boolean":
        values = x > 0.5
    elif kind == "integer":
        plain = plain if plain.kind in "iu" else np.dtype(np.int64)
        x = np.rint(np.where(missing, 0, x))
        values = x.clip(*dtype_limits(plain)).astype(plain)
    else:
        plain = plain if plain.kind == "f" else np.dtype(np.float64)
        values = x.clip(*dtype_limits(plain)).astype(plain)
    if missing.any() and (kind != "numeric" or dtype != plain):
        values = values.astype(object)
        values[missing] = missing_value
    return pd.Series(values, dtype=dtype)


def restore_categories(codes, categories, dtype, missing_value):
    """Return a column of a dtype from places among categories, -1 where missing."""
    if isinstance(dtype, pd.CategoricalDtype):
        own = np.append(dtype.categories.get_indexer_for(categories), -1)
        return pd.Categorical.from_codes(own[codes], dtype=dtype)
    # The code -1 takes the last value.
    values = np.append(categories.to_numpy(dtype=object), missing_value)
    return pd.Series(values[codes], dtype=dtype)


def missing_value(column):
    """Return what stands for a missing value, as a plain object."""
    if not types.is_object_dtype(column.dtype):
        return None
    return None if any(v is None for v in column[column.isna()]) else np.nan


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


# dtypes and labels as plain objects


def dump_dtype(dtype, label):
    try:
        spec = _dump_dtype(dtype)
        if load_dtype(spec) != dtype:
            raise TypeError("it cannot be rebuilt from its name")
        return spec
    except TypeError as error:
        raise TypeError(
            f"{label} has dtype {dtype!r}, which cannot be stored: {error}; convert "
            "it, with column.astype(str).astype('category') for instance."
        ) from error


def _dump_dtype(dtype):
    if isinstance(dtype, pd.CategoricalDtype):
        categories = dump_index(dtype.categories)
        return {"categories": categories, "ordered": bool(dtype.ordered)}
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
    kind = type(value).__name__
    raise TypeError(f"{value!r} is a {kind}, neither a string nor a number")

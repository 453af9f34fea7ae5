"""Fitted states in safetensors files: arrays as tensors, the plain rest as JSON."""

import functools
import importlib
import json
import os
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.lib.format import descr_to_dtype, dtype_to_descr
from sklearn.base import BaseEstimator

from ._state import replacing

# What JSON gives back as it was, and the dtypes that safetensors knows.
_PLAIN = (type(None), bool, int, float, str)
_DTYPES = {
    np.dtype(name)
    for name in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")
}
# Marks a JSON object that is no dict with strings for keys.
_KIND = "$kind"


def save_state(path: str | os.PathLike, state: dict, notes: dict | None = None) -> None:
    """Write what an estimator has learned to a safetensors file.

    Parameters
    ----------
    path : str or path
        The file; an existing one is replaced as a whole, or not at all.
    state : dict
        Nested dicts, lists, tuples, arrays, scalars, strings and fitted estimators of
        scikit-learn. The arrays of ``state["weights_"]`` keep their names.
    notes : dict, default=None
        Plain values to keep beside it.

    Raises
    ------
    TypeError
        If the state holds anything else.

    Examples
    --------
    >>> import tempfile, os
    >>> import numpy as np
    >>> from skgen.training import load_state, save_state
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "net.safetensors")
    ...     save_state(path, {"bias": np.zeros(2), "names": ("a", "b")})
    ...     load_state(path)
    ({'bias': array([0., 0.]), 'names': ('a', 'b')}, {})
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    tensors: dict[str, np.ndarray] = {}
    metadata = {
        "state": json.dumps(_pack(state, (), tensors)),
        "notes": json.dumps(notes or {}),
    }
    try:
        with replacing(path) as part:
            save_file(tensors, part, metadata=metadata)
    except SafetensorError as error:
        raise OSError(
            f"{os.fspath(path)!r} could not be written, which a full disk explains; "
            f"what it held before is as it was. {error}"
        ) from error


def load_state(path: str | os.PathLike) -> tuple[dict, dict]:
    """Read a file of `save_state`; nothing in it is run.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    state : dict
        What was saved, bit for bit.
    notes : dict
        What was saved beside it.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not in the safetensors format, or was written by something else.
    """
    from safetensors import SafetensorError, safe_open

    path = os.fspath(path)
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(
            f"weights must come from a safetensors file, {path!r} is not one "
            f"({error}); write it by save_weights."
        ) from error
    if not {"state", "notes"} <= metadata.keys():
        raise ValueError(
            f"{path!r} must be a file that save_weights wrote: it holds tensors, but "
            "not how rows are encoded and whatever else predictions need; fit an "
            "estimator and write it by save_weights."
        )
    try:
        state = _unpack(json.loads(metadata["state"]), tensors)
        return state, json.loads(metadata["notes"])
    except (KeyError, TypeError, AttributeError, ImportError, ValueError) as error:
        raise ValueError(
            f"{path!r} is damaged, or written by another version of skgen "
            f"({type(error).__name__}: {error}); write it anew by save_weights."
        ) from error


def describe(value: Any) -> Any:
    """Put a parameter in words that JSON keeps, to compare it with another.

    Parameters
    ----------
    value : object
        Value of a parameter.

    Returns
    -------
    words : object
        Plain values as they are, functions and classes by their names.
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if type(value) in _PLAIN:
        return value if value == value else "nan"
    if isinstance(value, list | tuple):
        return [describe(item) for item in value]
    if isinstance(value, dict):
        return {str(key): describe(item) for key, item in value.items()}
    if isinstance(value, functools.partial):
        return [describe(part) for part in (value.func, value.args, value.keywords)]
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


# -- plain values and tensors ----------------------------------------------------------


def _pack(value: Any, path: tuple[str, ...], tensors: dict[str, np.ndarray]) -> Any:
    """Give a value as JSON keeps it; arrays go to the tensors."""

    def each(items: Iterable) -> list:
        return [_pack(v, (*path, str(i)), tensors) for i, v in enumerate(items)]

    # Exactly these types: a subclass would not come back as itself.
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is list:
        return each(value)
    if kind is tuple:
        return {_KIND: "tuple", "items": each(value)}
    if kind is dict:
        if all(type(key) is str for key in value) and _KIND not in value:
            return {k: _pack(v, (*path, k), tensors) for k, v in value.items()}
        return {_KIND: "dict", "items": each(map(list, value.items()))}
    if kind is np.ndarray:
        return _pack_array(value, path, tensors)
    if isinstance(value, np.generic):
        return {_KIND: "scalar", "of": _pack_array(np.asarray(value), path, tensors)}
    if isinstance(value, BaseEstimator) and kind.__module__.startswith("sklearn."):
        state = _pack(value.__getstate__(), path, tensors)
        name = [kind.__module__, kind.__name__]
        return {_KIND: "estimator", "class": name, "state": state}
    raise TypeError(
        f"a safetensors file cannot hold {'.'.join(path)} of type {kind.__name__}; "
        "write the estimator with joblib.dump instead."
    )


def _pack_array(
    array: np.ndarray, path: tuple[str, ...], tensors: dict[str, np.ndarray]
) -> dict[str, Any]:
    shape = list(array.shape)
    if array.dtype.kind == "O":
        items = _pack(list(array.ravel()), path, tensors)
        return {_KIND: "objects", "items": items, "shape": shape}
    name = path[1] if path[0] == "weights_" and len(path) == 2 else "/".join(path)
    while name in tensors:
        name += "'"
    node = {_KIND: "array", "tensor": name}
    if array.flags.f_contiguous and not array.flags.c_contiguous:
        # Products of matrices may round otherwise in another layout.
        node["transposed"], array = True, array.T
    # Not ascontiguousarray, which makes a scalar a vector.
    array = np.array(array, order="C")
    if array.dtype not in _DTYPES:
        node["dtype"], node["shape"] = dtype_to_descr(array.dtype), list(array.shape)
        array = np.frombuffer(array.tobytes(), dtype=np.uint8)
    tensors[name] = array
    return node


def _unpack(node: Any, tensors: dict[str, np.ndarray]) -> Any:
    """Undo `_pack`."""
    if isinstance(node, list):
        return [_unpack(item, tensors) for item in node]
    if not isinstance(node, dict):
        return node
    kind = node.get(_KIND)
    if kind is None:
        return {key: _unpack(value, tensors) for key, value in node.items()}
    if kind == "tuple":
        return tuple(_unpack(node["items"], tensors))
    if kind == "dict":
        return dict(_unpack(node["items"], tensors))
    if kind == "scalar":
        return _unpack(node["of"], tensors)[()]
    if kind == "objects":
        array = np.empty(len(node["items"]), dtype=object)
        for i, item in enumerate(_unpack(node["items"], tensors)):
            array[i] = item
        return array.reshape(node["shape"])
    if kind == "array":
        array = tensors[node["tensor"]]
        if "dtype" in node:
            dtype = descr_to_dtype(_as_descr(node["dtype"]))
            array = np.frombuffer(array.tobytes(), dtype=dtype).copy()
            array = array.reshape(node["shape"])
        return array.T if node.get("transposed") else array
    if kind == "estimator":
        return _rebuild(*node["class"], _unpack(node["state"], tensors))
    raise ValueError(f"it holds the unknown kind {kind!r}")


def _as_descr(node: Any) -> Any:
    """Give the tuples back to the description of a structured dtype."""
    if not isinstance(node, list):
        return node
    return [
        (name, _as_descr(dtype), *map(tuple, shape)) for name, dtype, *shape in node
    ]


def _rebuild(module: str, name: str, state: dict) -> BaseEstimator:
    """Rebuild an estimator of scikit-learn, and of nothing else."""
    if not module.startswith("sklearn."):
        raise ValueError(f"it holds {module}.{name}, which is not of scikit-learn")
    kind = getattr(importlib.import_module(module), name)
    if not (isinstance(kind, type) and issubclass(kind, BaseEstimator)):
        raise ValueError(f"it holds {module}.{name}, which is no estimator")
    estimator = kind.__new__(kind)
    # Warns of another version of scikit-learn.
    estimator.__setstate__(state)
    return estimator

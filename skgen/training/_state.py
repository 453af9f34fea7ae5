"""Plain states: nested dicts and lists of tensors, arrays and scalars, and files."""

import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

_SCALARS = (bool, int, float, str, type(None))


def to_plain(state: Any) -> Any:
    """Replace the tensors of a nested state by numpy arrays.

    Parameters
    ----------
    state : object
        Nested dicts, lists and tuples.

    Returns
    -------
    state : object
        The same with arrays for tensors, and lists for tuples.
    """
    if isinstance(state, Tensor):
        return state.detach().cpu().numpy()
    if isinstance(state, dict):
        return {key: to_plain(value) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return [to_plain(value) for value in state]
    return state


def from_plain(state: Any) -> Any:
    """Undo `to_plain`.

    Parameters
    ----------
    state : object
        Nested dicts and lists.

    Returns
    -------
    state : object
        The same with tensors on the CPU for arrays.
    """
    if isinstance(state, np.ndarray):
        return torch.from_numpy(np.array(state))
    if isinstance(state, dict):
        return {key: from_plain(value) for key, value in state.items()}
    if isinstance(state, list):
        return [from_plain(value) for value in state]
    return state


def only_plain(state: Any) -> Any:
    """Keep tensors and Python scalars of a nested state; drop what is neither.

    Numpy scalars become Python's. What cannot be kept is left out of its dict, and a
    list that holds such a thing is left out as a whole.
    """
    kept = _only_plain(state)
    return None if kept is _DROPPED else kept


_DROPPED = object()


def _only_plain(state: Any) -> Any:
    if isinstance(state, np.generic):
        state = state.item()
    # Exactly these types: a subclass may not come back as itself.
    if type(state) in _SCALARS or type(state) is Tensor:
        return state
    if isinstance(state, dict):
        kept = {k: _only_plain(v) for k, v in state.items() if isinstance(k, str | int)}
        return {k: v for k, v in kept.items() if v is not _DROPPED}
    if type(state) in (list, tuple):
        items = [_only_plain(value) for value in state]
        if not any(item is _DROPPED for item in items):
            return type(state)(items)
    return _DROPPED


def contents(data: Any) -> tuple[list[Tensor], list[torch.Generator]]:
    """Tensors and generators that batches hold, also batches wrapped in others."""
    tensors: list[Tensor] = []
    generators: list[torch.Generator] = []
    seen: set[int] = set()

    def visit(item: Any) -> None:
        if id(item) in seen or isinstance(item, nn.Module | str):
            return
        seen.add(id(item))
        if isinstance(item, Tensor):
            tensors.append(item)
        elif isinstance(item, torch.Generator):
            generators.append(item)
        elif isinstance(item, list | tuple):
            for part in item:
                visit(part)
        elif isinstance(item, dict):
            for part in item.values():
                visit(part)
        elif hasattr(item, "__iter__") and hasattr(item, "__dict__"):
            for part in vars(item).values():
                visit(part)

    visit(data)
    return tensors, generators


def checksum(tensors: list[Tensor]) -> int:
    """CRC-32 of the bytes of tensors, the same on each device."""
    crc = 0
    for tensor in tensors:
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        crc = zlib.crc32(flat.view(torch.uint8).numpy(), crc)
    return crc


@contextmanager
def replacing(path: str | os.PathLike) -> Iterator[str]:
    """Give a file to write, which then replaces `path` as a whole or not at all."""
    path = os.path.abspath(os.fspath(path))
    folder, name = os.path.split(path)
    handle, part = tempfile.mkstemp(prefix=f".{name}.", suffix=".part", dir=folder)
    os.close(handle)
    try:
        yield part
        # A private temporary file gets the mode that an ordinary one would have.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(part, 0o666 & ~mask)
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(part)
        raise

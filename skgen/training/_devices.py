"""Devices and threads."""

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


def resolve_device(device: str, *, fitted_on: str | None = None) -> torch.device:
    """Find the device that a string stands for.

    Parameters
    ----------
    device : str
        ``"auto"`` (CUDA, then MPS, then CPU) or a torch device such as ``"cuda:1"``.
    fitted_on : str, default=None
        Type of the device of an earlier fit. With it a device that is missing here is
        replaced by the CPU with a warning, instead of an error.

    Returns
    -------
    device : torch.device
        The device.

    Raises
    ------
    ValueError
        If the string names no device, or one that this machine lacks.
    """
    if device == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        if torch.backends.mps.is_available():
            return torch.device("mps")
        if fitted_on not in (None, "cpu"):
            _warn_moved(fitted_on)
        return torch.device("cpu")
    try:
        found = torch.device(device)
    except RuntimeError as error:
        raise ValueError(
            f'device must be "auto" or a torch device such as "cpu" or "cuda", got '
            f"{device!r}."
        ) from error
    present = {
        "cpu": True,
        "cuda": torch.cuda.is_available()
        and (found.index or 0) < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }.get(found.type, True)
    if present:
        return found
    if fitted_on is not None:
        _warn_moved(found.type)
        return torch.device("cpu")
    raise ValueError(
        f'device must be present on this machine, got {device!r}; use device="auto" to '
        "take the best one there is."
    )


def _warn_moved(device: str) -> None:
    # The user's line, however deep inside the package this is asked.
    package, level = __name__.split(".")[0], 1
    frame = sys._getframe()
    while frame.f_back and frame.f_globals["__name__"].split(".")[0] == package:
        frame, level = frame.f_back, level + 1
    warnings.warn(
        f"This model was fitted on {device!r}, which this machine lacks; it runs on "
        "the CPU.",
        UserWarning,
        stacklevel=level,
    )


def has_bfloat16(device: torch.device) -> bool:
    """Whether a device multiplies in bfloat16 natively.

    Parameters
    ----------
    device : torch.device
        The device.

    Returns
    -------
    native : bool
        False also where that is not known: emulation is slower than float32.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device)[0] >= 8
    known = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return device.type == "cpu" and known is not None and bool(known())


def is_small(module: nn.Module, batch_size: int) -> bool:
    """Whether a net is fastest on one thread: no convolution, few products a batch.

    Parameters
    ----------
    module : torch.nn.Module
        The net.
    batch_size : int
        Rows of a batch.

    Returns
    -------
    small : bool
        Whether to set one intra-op thread, see `few_threads`.
    """
    convolutional = any(
        isinstance(m, nn.modules.conv._ConvNd) for m in module.modules()
    )
    n_products = batch_size * sum(p.numel() for p in module.parameters())
    return not convolutional and n_products < 2**29


_lock = threading.Lock()
_own = threading.local()
_inside = 0
_before = 1


@contextmanager
def few_threads(enable: bool = True) -> Iterator[None]:
    """Run on one intra-op thread; the caller's setting is back afterwards.

    The setting belongs to the calling thread, but a new thread inherits the last one
    set anywhere. So the first to come keeps what there was, for threads that are born
    meanwhile and see only the one that was set here.

    Parameters
    ----------
    enable : bool, default=True
        False leaves the setting alone.

    Yields
    ------
    None
        Nothing; the setting holds for the calling thread.

    Examples
    --------
    >>> import torch
    >>> from skgen.training import few_threads
    >>> before = torch.get_num_threads()
    >>> with few_threads():
    ...     torch.get_num_threads()
    1
    >>> torch.get_num_threads() == before
    True
    """
    global _inside, _before
    if not enable or getattr(_own, "inside", False):
        yield
        return
    with _lock:
        mine = torch.get_num_threads()
        if _inside == 0:
            _before = mine
        elif mine == 1:
            mine = _before
        _inside += 1
        torch.set_num_threads(1)
    _own.inside = True
    try:
        yield
    finally:
        _own.inside = False
        with _lock:
            _inside -= 1
            torch.set_num_threads(mine)

"""Running a fitted module over arrays, chunk by chunk."""

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from ._devices import few_threads, is_small

# On the CPU smaller chunks stay in the cache, and padding to a multiple keeps matrix
# products on the kernels whose results for a row ignore how many others there are.
_CPU_CHUNK = 512
_CPU_MULTIPLE = 16


def infer(
    module: nn.Module,
    *arrays: np.ndarray,
    device: str | torch.device = "cpu",
    chunk_size: int = 8192,
    dtype: torch.dtype = torch.float64,
    row_axis: int = -2,
    cpu_chunk_size: int = _CPU_CHUNK,
    call: Callable = nn.Module.__call__,
    whole: bool = False,
) -> np.ndarray:
    """Run a module in eval mode over the rows of arrays.

    The module itself stays as it is: a copy that shares what need not be converted does
    the work, so several threads may call this for one module.

    Parameters
    ----------
    module : torch.nn.Module
        Module whose forward takes a tensor per array and returns a tensor.
    *arrays : ndarray of shape (n_rows, ...)
        Input, rows along the first axis. Floats are converted to `dtype`; integers and
        booleans are handed over as they are.
    device : str or torch.device, default="cpu"
        Where to run.
    chunk_size : int, default=8192
        Most rows at a time.
    dtype : torch.dtype, default=torch.float64
        Precision; float32 on MPS, which knows no float64.
    row_axis : int, default=-2
        Axis of the module's output that holds the rows.
    cpu_chunk_size : int, default=512
        Most rows at a time on the CPU; more for modules of many small layers.
    call : callable, default=torch.nn.Module.__call__
        What to run, ``call(module, *tensors)``: a method of the module's class, say.

    whole : bool, default=False
        Whether to fill the last chunk up too. In single precision the kernels for few
        rows round otherwise; then a row's result ignores how many others there are.

    Returns
    -------
    output : ndarray
        Output for all rows, float64.

    Raises
    ------
    ValueError
        If the module returns another number of rows than it was given.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from skgen.training import infer
    >>> infer(torch.nn.Linear(3, 2), np.zeros((5, 3))).shape
    (5, 2)
    """
    device = torch.device(device)
    if device.type == "mps" and dtype == torch.float64:
        dtype = torch.float32
    n_rows = len(arrays[0])
    on_cpu = device.type == "cpu"
    size = min(chunk_size, cpu_chunk_size) if on_cpu else chunk_size
    live = placed(module, device, dtype)
    parts = []
    with few_threads(on_cpu and is_small(live, size)), torch.inference_mode():
        for start in range(0, max(n_rows, 1), size):
            n = min(size, n_rows - start)
            padded = size
            if on_cpu and not whole:
                padded = -(-max(n, 1) // _CPU_MULTIPLE) * _CPU_MULTIPLE
            chunk = [
                _padded(np.asarray(a[start : start + n]), padded, device, dtype)
                for a in arrays
            ]
            output = call(live, *chunk)
            if output.shape[row_axis] != padded:
                raise ValueError(
                    f"the module must return a row per row on axis {row_axis}, got "
                    f"shape {tuple(output.shape)} for {padded} rows."
                )
            output = output.narrow(row_axis, 0, n)
            parts.append(output.cpu().to(torch.float64).numpy())
    return parts[0].copy() if len(parts) == 1 else np.concatenate(parts, axis=row_axis)


def _padded(
    rows: np.ndarray, n: int, device: torch.device, dtype: torch.dtype
) -> Tensor:
    """Copy rows to the device, followed by zeros up to `n` rows."""
    number = torch.from_numpy(np.empty(0, dtype=rows.dtype.newbyteorder("="))).dtype
    target = dtype if number.is_floating_point else number
    padded = torch.zeros(n, *rows.shape[1:], dtype=target, device=device)
    if len(rows):
        native = np.array(rows, dtype=rows.dtype.newbyteorder("="), order="C")
        padded[: len(rows)] = torch.from_numpy(native).to(device)
    return padded


def placed(module: nn.Module, device: torch.device, dtype: torch.dtype) -> nn.Module:
    """Give a module on a device, in eval mode and in some precision.

    Parameters
    ----------
    module : torch.nn.Module
        The module, which stays as it is.
    device : torch.device
        Where the other shall lie.
    dtype : torch.dtype
        Precision of its floats.

    Returns
    -------
    module : torch.nn.Module
        A copy that shares what need not be converted, or the module itself.
    """
    tensors = [*module.parameters(), *module.buffers()]
    if not any(part.training for part in module.modules()) and all(
        t.device == device and (t.dtype == dtype or not t.is_floating_point())
        for t in tensors
    ):
        return module

    def convert(tensor: Tensor) -> Tensor:
        tensor = tensor.detach()
        return tensor.to(device, dtype if tensor.is_floating_point() else tensor.dtype)

    # The copy takes these in place of the originals.
    memo: dict[int, Tensor] = {id(b): convert(b) for b in module.buffers()}
    for p in module.parameters():
        memo[id(p)] = nn.Parameter(convert(p), requires_grad=False)
    return copy.deepcopy(module, memo).eval()

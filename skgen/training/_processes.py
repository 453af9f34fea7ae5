"""Data-parallel training by the processes that torchrun or accelerate launched."""

import multiprocessing
import os
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, distributed, nn


class Processes:
    """The processes that train one net together, each on its share of a batch.

    Each process runs the same script on the same rows. The gradients of the shares are
    averaged before each step, so that all processes keep the same weights. A batch of n
    rows is split into n / `size` for each, whatever the number of processes; noise and
    dropout are drawn by each on its own.

    Parameters
    ----------
    cpu : bool
        Whether to train on the CPU although there are GPUs.

    Attributes
    ----------
    rank, size : int
        Number of this process, and how many there are.
    device : torch.device
        The one of this process.

    Raises
    ------
    ImportError
        If accelerate is missing.

    See Also
    --------
    processes : Those that were launched.

    Examples
    --------
    >>> import torch
    >>> from skgen.training import processes
    >>> processes(torch.device("cpu")) is None  # this one is alone
    True
    """

    def __init__(self, cpu: bool) -> None:
        try:
            from accelerate import PartialState
        except ImportError as error:
            raise ImportError(
                "training by several processes needs accelerate; install "
                '"skgen[parallel]", or set SKGEN_PARALLEL=0 to let each process train '
                "alone."
            ) from error
        state = PartialState(cpu=cpu)
        self.rank, self.size = state.process_index, state.num_processes
        self.device = state.device

    def agree(self, thing: Any) -> Any:
        """Give all processes what the first one has, a picklable object."""
        things = [thing]
        with self._in_touch():
            distributed.broadcast_object_list(things, src=0, device=self.device)
        return things[0]

    def gather(self, thing: Any) -> list:
        """Give all processes what each one has, by rank."""
        things: list[Any] = [None] * self.size
        with self._in_touch():
            distributed.all_gather_object(things, thing)
        return things

    def check_same(self, facts: dict[str, Any]) -> None:
        """Refuse to train if the processes have other rows or networks."""
        found = self.gather(facts)
        for name, here in facts.items():
            values = [other[name] for other in found]
            if any(value != here for value in values):
                raise ValueError(
                    "all processes must fit the same model to the same rows, but "
                    f"{name} differ: {values}; read the same data with the same "
                    "parameters everywhere, each process takes its share of a batch."
                )

    def share(self, batch: Any, fewest: int = 1) -> tuple[Any, float]:
        """Give this process's share of a batch, and the weight of its gradient.

        Groups that are too small to be split are used by all as they are.

        Parameters
        ----------
        batch : tuple of Tensor, or of such tuples
            Rows, or groups of rows.
        fewest : int
            Rows that a batch must have.
        """
        is_plain = isinstance(batch[0], Tensor)
        groups = [batch] if is_plain else batch
        shares, own, total = [], 0.0, 0
        for group in groups:
            n = len(group[0])
            start, end = self._bounds(n, fewest)
            shares.append(tuple(tensor[start:end] for tensor in group))
            is_split = end - start < n
            own += end - start if is_split else n / self.size
            total += n
        return shares[0] if is_plain else tuple(shares), own / total

    def _bounds(self, n: int, fewest: int) -> tuple[int, int]:
        if n < self.size * fewest:
            return 0, n
        # Where two packs are the fewest, a share is a number of packs.
        unit = max(1, fewest // 2)
        ends = [unit * (n // unit * k // self.size) for k in range(self.size)] + [n]
        return ends[self.rank], ends[self.rank + 1]

    def average(self, parameters: Sequence[nn.Parameter], weight: float) -> None:
        """Replace gradients by their weighted sum over the processes."""
        grads = [p.grad for p in parameters]
        has_grad = torch.tensor([float(g is not None) for g in grads])
        flat = [
            (torch.zeros_like(p) if g is None else g * weight).reshape(-1)
            for p, g in zip(parameters, grads, strict=True)
        ]
        whole = torch.cat([*flat, has_grad.to(flat[0])])
        with self._in_touch():
            distributed.all_reduce(whole)
        *parts, counts = whole.split([*(len(f) for f in flat), len(grads)])
        for p, part, count in zip(parameters, parts, counts.tolist(), strict=True):
            p.grad = part.view_as(p).clone() if count else None

    def same_buffers(self, module: nn.Module) -> None:
        """Give all processes the buffers of the first, running moments for instance."""
        with self._in_touch():
            for buffer in module.buffers():
                distributed.broadcast(buffer, src=0)

    def same_weights(self, module: nn.Module) -> None:
        """Give all processes the weights of the first."""
        with self._in_touch(), torch.no_grad():
            for tensor in module.state_dict().values():
                distributed.broadcast(tensor, src=0)

    def mean(self, means: dict[str, float], n_rows: int) -> dict[str, float]:
        """Mean of losses over the rows of all processes."""
        found = self.gather((means, n_rows))
        names = dict.fromkeys(name for own, _ in found for name in own)
        totals = {name: sum(n for own, n in found if name in own) for name in names}
        return {
            name: sum(own[name] * n for own, n in found if name in own) / totals[name]
            for name in names
        }

    def generator(self, like: torch.Generator, step: int) -> torch.Generator:
        """Source of the noise of this process from a step on."""
        seed = zlib.crc32(f"{like.initial_seed()} {step} {self.rank}".encode())
        return torch.Generator(like.device).manual_seed(seed)

    @contextmanager
    def _in_touch(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            raise RuntimeError(
                "another process of this training has ended or does not answer; with a "
                "TrainingCheckpoint among the callbacks the same command goes on from "
                f"the last epoch that was written. {error}"
            ) from error


_found: dict[bool, Processes] = {}


def processes(device: torch.device) -> Processes | None:
    """Find the processes to train with; None for one that trains alone.

    Several train together if torchrun or ``accelerate launch`` has started them, which
    they say by the environment variables WORLD_SIZE and RANK. Workers of joblib and
    threads beside the main one train alone, and so do all with SKGEN_PARALLEL=0.

    Parameters
    ----------
    device : torch.device
        Where to train.

    Returns
    -------
    processes : Processes or None
        The processes.

    Examples
    --------
    >>> import torch
    >>> from skgen.training import processes
    >>> processes(torch.device("cpu")) is None
    True
    """
    environment = os.environ
    if (
        int(environment.get("WORLD_SIZE") or 1) < 2
        or environment.get("SKGEN_PARALLEL") == "0"
        or multiprocessing.current_process().name != "MainProcess"
        or threading.current_thread() is not threading.main_thread()
    ):
        return None
    cpu = device.type == "cpu"
    if cpu not in _found:
        _found[cpu] = Processes(cpu)
    return _found[cpu]

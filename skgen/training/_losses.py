"""What is known of the losses of an epoch."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

Logs = dict[str, Tensor]

# Losses that wait on the device before they are read: a read stalls a GPU.
_UNREAD = 2048


class EpochLosses:
    """Losses of an epoch: left on the device, read now and then.

    Parameters
    ----------
    prefix : str
        ``"train"`` or ``"valid"``.
    epoch : int
        Number of the epoch, for messages.
    """

    def __init__(self, prefix: str, epoch: int) -> None:
        self.prefix = prefix
        self.epoch = epoch
        self.unread: list[tuple[Logs, int]] = []
        self.sums: dict[str, float] = {}
        self.weights: dict[str, int] = {}
        self.n_rows = self.n_batches = 0

    def add(self, logs: Logs, size: int) -> None:
        """Take note of a batch."""
        self.unread.append((logs, size))
        if len(self.unread) >= _UNREAD:
            self.read()

    def read(self) -> None:
        """Read what waits, and raise if some of it is not finite."""
        names = dict.fromkeys(name for logs, _ in self.unread for name in logs)
        bad: dict[int, str] = {}
        for name in names:
            rows = [i for i, (logs, _) in enumerate(self.unread) if name in logs]
            stacked = torch.stack([self.unread[i][0][name].reshape(()) for i in rows])
            values = stacked.cpu().double().numpy()
            finite = np.isfinite(values)
            if not finite.all():
                bad.setdefault(rows[int(finite.argmin())], name)
            sizes = np.array([self.unread[i][1] for i in rows])
            self.sums[name] = self.sums.get(name, 0.0) + float(values @ sizes)
            self.weights[name] = self.weights.get(name, 0) + int(sizes.sum())
        if bad:
            self._fail(bad[min(bad)], min(bad))
        self.n_batches += len(self.unread)
        self.n_rows += sum(size for _, size in self.unread)
        self.unread = []

    def _fail(self, name: str, i: int) -> None:
        logs = {key: value.item() for key, value in self.unread[i][0].items()}
        listed = ", ".join(f"{key}={value:.4g}" for key, value in logs.items())
        raise FloatingPointError(
            f"The {self.prefix} loss {name!r} became {logs[name]} in epoch "
            f"{self.epoch}, batch {self.n_batches + i + 1} ({listed}); lower "
            "learning_rate, or look for extreme values in the data."
        )

    def means(self) -> dict[str, float]:
        """Mean of each loss over the rows of its batches."""
        self.read()
        return {name: total / self.weights[name] for name, total in self.sums.items()}


def split_logs(loss: Any) -> tuple[Tensor, Logs]:
    """Part what an objective returned into the loss and the further scalars."""
    if isinstance(loss, tuple):
        return loss[0], {name: value.detach() for name, value in loss[1].items()}
    return loss, {}


def n_rows(batch: Any) -> int:
    """Count the rows of a batch, those of its first group if it has several."""
    first = batch[0]
    while isinstance(first, tuple | list):
        first = first[0]
    return len(first)

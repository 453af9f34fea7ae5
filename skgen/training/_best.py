"""The best weights by validation loss: of a net as a whole, or of each of its parts."""

import copy
import math
from typing import Any

import torch
from torch import Tensor

from ._state import checksum, contents
from ._step import Step

# One-sided level of 5 %.
_SIGNIFICANT_Z = 1.645


class BestWeights:
    """The weights of the epoch with the smallest validation loss.

    Attributes
    ----------
    weights : dict of Tensor or None
        The best weights so far; None without validation rows.
    loss : float
        Their validation loss.
    misses : int
        Epochs since then.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.weights: dict[str, Tensor] | None = None
        self.loss = math.inf
        self.misses = 0
        self.rows: int | None = None

    def begin(self, net: Any, valid: Any) -> None:
        """Begin a training: what other validation rows found best is forgotten."""
        rows = checksum(contents(valid)[0]) if valid is not None else None
        if rows is None or rows != self.rows:
            self.forget()
            self.rows = rows
        self.misses = 0

    def judge_start(self, net: Any, valid: Any) -> None:
        """Judge the weights before the first epoch, where they are a candidate."""

    def see(self, step: Step) -> None:
        """Take note of a validation batch."""

    def update(self, net: Any) -> None:
        """Compare the weights after an epoch with the best ones."""
        loss = net.history[-1, "valid_loss"]
        if loss < self.loss:
            self.weights, self.loss, self.misses = net.snapshot(), loss, 0
        else:
            self.misses += 1

    def has_ended(self, patience: int) -> bool:
        """Whether there was no improvement for so many epochs."""
        return self.misses >= patience

    def state(self) -> dict[str, Any]:
        """Everything known, as nested dicts and lists of tensors."""
        return copy.deepcopy(vars(self))

    def load_state(self, state: dict[str, Any] | None, net: Any) -> None:
        """Go back to a `state`; None forgets all."""
        self.forget()
        vars(self).update(copy.deepcopy(state) or {})
        if self.weights is not None:
            self.weights = {k: v.to(net.device) for k, v in self.weights.items()}


class BestParts(BestWeights):
    """Of each part of a module the weights with its own smallest validation loss.

    Parts overfit at different times. Each rests when it has not improved for `patience`
    epochs; training ends when all rest. A part keeps the weights that it started with
    unless later ones are significantly better, by a paired test over the validation
    rows.

    The module of the only player holds the parts in the ModuleList ``nets`` and the
    indices of those that rest in the set ``finished``; the objective leaves the losses
    of each row and part, (batch, n_parts), in ``step.shared["row_losses"]``, NaN for
    rows that a part is not to be judged by.

    Attributes
    ----------
    part_losses : list of float
        Best validation loss of each part.
    part_misses : list of int
        Epochs since then.
    first_losses : Tensor or None
        Losses of each validation row and part at the start.
    """

    def forget(self) -> None:
        """Begin anew."""
        super().forget()
        self.part_losses: list[float] = []
        self.part_misses: list[int] = []
        self.first_losses: Tensor | None = None
        self._seen: list[Tensor] = []

    def begin(self, net: Any, valid: Any) -> None:
        """Begin a training: no part rests."""
        super().begin(net, valid)
        self.part_misses = [0] * len(self.part_misses)
        _module(net).finished = set()

    def judge_start(self, net: Any, valid: Any) -> None:
        """Judge the weights before the first epoch: they are candidates too."""
        if self.weights is None:
            with net.evaluating():
                for batch in valid:
                    net.valid_step(batch)
            self._improve(net)

    def see(self, step: Step) -> None:
        """Take note of a validation batch."""
        self._seen.append(step.shared["row_losses"].detach().double())

    def update(self, net: Any) -> None:
        """Compare each part after an epoch with its best weights."""
        improved = self._improve(net)
        self.loss = sum(self.part_losses)
        net.history.record("kept_loss", self.loss)
        self.misses = 0 if improved else self.misses + 1
        if net.patience is not None:
            resting = (i for i, n in enumerate(self.part_misses) if n >= net.patience)
            _module(net).finished = set(resting)

    def _improve(self, net: Any) -> bool:
        """Keep the parts that became better; whether there are any."""
        rows, self._seen = torch.cat(self._seen), []
        found = rows.nanmean(dim=0).tolist()
        now = net.snapshot()
        if self.weights is None:
            self.weights, self.first_losses = now, rows
            self.part_losses, self.part_misses = found, [0] * len(found)
            return True
        gains = self.first_losses - rows
        n, gain = (~gains.isnan()).sum(dim=0), gains.nanmean(dim=0)
        error = ((gains - gain).square().nansum(dim=0)).sqrt() / n
        # One row alone proves nothing.
        sure = (gain >= _SIGNIFICANT_Z * error) & (n > 1)
        better = {
            i
            for i, loss in enumerate(found)
            if sure[i] and loss < self.part_losses[i] - 1e-5
        }
        for name, value in now.items():
            if _part_of(name) in better:
                self.weights[name] = value
        for i, loss in enumerate(found):
            self.part_misses[i] = 0 if i in better else self.part_misses[i] + 1
            if i in better:
                self.part_losses[i] = loss
        return bool(better)

    def has_ended(self, patience: int) -> bool:
        """Whether all parts rest."""
        return bool(self.part_misses) and min(self.part_misses) >= patience

    def load_state(self, state: dict[str, Any] | None, net: Any) -> None:
        """Go back to a `state`."""
        super().load_state(state, net)
        if self.first_losses is not None:
            self.first_losses = self.first_losses.to(net.device)
        resting = (
            i for i, n in enumerate(self.part_misses) if n >= (net.patience or math.inf)
        )
        _module(net).finished = set(resting)


def _module(net: Any) -> Any:
    (module,) = net.module_.values()
    return module


def _part_of(name: str) -> int | None:
    """Index of the part that a weight belongs to: "player.nets.3.weight" is of 3."""
    words = name.split(".")
    return int(words[2]) if words[1] == "nets" else None

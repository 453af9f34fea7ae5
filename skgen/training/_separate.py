"""Training of parts that share nothing but the batches."""

from typing import Any

import torch
from torch import Tensor

from ._nets import Net

__all__ = ["SeparateNet"]

# One-sided level of 5 %.
_SIGNIFICANT_Z = 1.645


class SeparateNet(Net):
    """One module of many parts, each with its own best weights and its own end.

    Parts overfit at different times. Each keeps the weights of its own best validation
    loss, and rests when it has not improved for `patience` epochs; training ends when
    all rest. A part keeps the weights that it started with unless later ones are
    significantly better, by a paired test over the validation rows.

    Parameters
    ----------
    module : callable
        Recipe of a module that holds the parts in the ModuleList ``nets``, and the
        indices of those that rest in the set ``finished``.
    objective : callable
        ``objective(module, batch, generator)`` returns the losses of each row and
        part, (batch, n_parts).
    **options
        As for `Net`.

    Attributes
    ----------
    part_losses_ : list of float
        Best validation loss of each part.
    """

    def __init__(self, module: Any, objective: Any, **options: Any) -> None:
        super().__init__(module, objective, **options)

    def _forget_best(self) -> None:
        super()._forget_best()
        self.part_losses_: list[float] = []
        self.part_misses_: list[int] = []
        self.first_losses_: Tensor | None = None
        if hasattr(self, "module_"):
            self.module_.finished = set()

    def fit_loop(
        self, X: Any, y: Any = None, epochs: int | None = None, **data: Any
    ) -> "SeparateNet":
        """Run epochs; the weights before the first are candidates too."""
        valid = data.get("valid")
        if self._resumed is None:
            # Patience begins anew, as in `Net`.
            self.part_misses_ = [0] * len(self.part_misses_)
            self.module_.finished = set()
        if valid is not None and self.best_ is None:
            self.module_.eval()
            self._rows_seen: list[Tensor] = []
            with self.averaged(), torch.no_grad():
                for batch in valid:
                    self.valid_step(batch)
            self._keep_better_parts()
        super().fit_loop(X, y, epochs, **data)
        return self

    def run_single_epoch(
        self, iterator: Any, training: bool, *args: Any, **kw: Any
    ) -> None:
        """Run over the batches once; see `Net`."""
        self._rows_seen = []
        super().run_single_epoch(iterator, training, *args, **kw)

    def _evaluate(self, objective: Any, batch: Any) -> Tensor:
        losses = super()._evaluate(objective, batch)
        if not torch.is_grad_enabled():
            self._rows_seen.append(losses.detach().double())
        return losses.mean(dim=0).sum()

    def _keep_best(self) -> None:
        improved = self._keep_better_parts()
        self.history.record("kept_loss", sum(self.part_losses_))
        self.best_loss_ = sum(self.part_losses_)
        self.misses_ = 0 if improved else self.misses_ + 1

    def _keep_better_parts(self) -> bool:
        rows = torch.cat(self._rows_seen)
        found = rows.mean(dim=0).tolist()
        now = self._snapshot()
        if self.best_ is None:
            self.best_, self.first_losses_ = now, rows
            self.part_losses_, self.part_misses_ = found, [0] * len(found)
            return True
        gains = self.first_losses_ - rows
        error = gains.std(dim=0, correction=0) / len(rows) ** 0.5
        sure = (gains.mean(dim=0) >= _SIGNIFICANT_Z * error).tolist()
        better = {
            i
            for i, x in enumerate(found)
            if sure[i] and x < self.part_losses_[i] - 1e-5
        }
        for name, value in now.items():
            if _part_of(name) in better:
                self.best_[name] = value
        for i, x in enumerate(found):
            if i in better:
                self.part_losses_[i], self.part_misses_[i] = x, 0
            else:
                self.part_misses_[i] += 1
        if self.patience is not None:
            self.module_.finished = {
                i for i, n in enumerate(self.part_misses_) if n >= self.patience
            }
        return bool(better)

    def _lost_patience(self) -> bool:
        return bool(self.part_misses_) and len(self.module_.finished) == len(
            self.part_misses_
        )

    def training_state(self) -> dict[str, Any]:
        """Everything needed to go on, see `Net`; the parts' losses included."""
        parts = {
            "losses": list(self.part_losses_),
            "misses": list(self.part_misses_),
            "finished": sorted(self.module_.finished),
            "first": self.first_losses_,
        }
        return {**super().training_state(), "parts": parts}

    def load_training_state(self, state: dict[str, Any]) -> "SeparateNet":
        """Go back to a `training_state`."""
        super().load_training_state(state)
        parts = state["parts"]
        self.part_losses_ = list(parts["losses"])
        self.part_misses_ = list(parts["misses"])
        self.module_.finished = set(parts["finished"])
        first = parts["first"]
        self.first_losses_ = None if first is None else first.to(self.device)
        return self


def _part_of(name: str) -> int | None:
    """Index of the part that a weight of the module belongs to."""
    words = name.split(".")
    return int(words[1]) if words[0] == "nets" else None

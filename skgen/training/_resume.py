"""The whole state of training, and how to go back to it."""

import math
from typing import Any

from ._callbacks import TrainingCheckpoint
from ._state import only_plain


class Resumable:
    """What a `Net` gives away of its state, and takes back."""

    def training_state(self) -> dict[str, Any]:
        """Everything needed to go on training, as nested dicts and lists of tensors."""
        optimizers = self.optimizers()
        parameters = self.module_.named_parameters()
        return {
            "module": self.module_.state_dict(),
            "frozen": [name for name, p in parameters if not p.requires_grad],
            "optimizers": {k: o.state_dict() for k, o in optimizers.items()},
            "average": self.average_,
            "best": self.best_.state(),
            "step": self.step_,
            "total_steps": self.total_steps_,
            "epochs_done": self.epochs_done_,
            "generator": self.generator.get_state(),
            "history": self._rows(),
            "callbacks": {
                name: _callback_state(cb)
                for name, cb in self.callbacks_
                if not isinstance(cb, TrainingCheckpoint)
            },
        }

    def load_training_state(self, state: dict[str, Any]) -> "Resumable":
        """Go back to a `training_state`, but for the callbacks."""
        if not self.initialized_:
            self.initialize()
        self.module_.load_state_dict(state["module"])
        for name, p in self.module_.named_parameters():
            p.requires_grad_(name not in state["frozen"])
        for name, optimizer in self.optimizers().items():
            optimizer.load_state_dict(state["optimizers"][name])
        average = state["average"]
        if average is not None:
            # Training goes on in place, and the state must stay.
            average = [a.detach().clone().to(self.device) for a in average]
        self.average_ = average
        self.best_.load_state(state["best"], self)
        self.step_, self.total_steps_ = state["step"], state["total_steps"]
        self.epochs_done_ = state["epochs_done"]
        try:
            self.generator.set_state(state["generator"])
        except (RuntimeError, TypeError):
            # Drawn on another kind of device; go on with the present stream.
            pass
        self._lowest = {}
        self.history.clear()
        for row in state["history"]:
            self.history.append({"batches": [{}], **row})
            for prefix in ("train", "valid"):
                loss = row.get(f"{prefix}_loss", math.inf)
                self._lowest[prefix] = min(loss, self._lowest.get(prefix, math.inf))
        return self

    def resume(self, state: dict[str, Any]) -> None:
        """Go on in the middle of a training; called when one begins."""
        self.load_training_state(state)
        self._resumed = state

    def _load_callbacks(self, state: dict[str, Any]) -> None:
        for name, cb in self.callbacks_:
            for key, value in state["callbacks"].get(name, {}).items():
                part = getattr(cb, key, None)
                if hasattr(part, "load_state_dict"):
                    part.load_state_dict(value)
                else:
                    setattr(cb, key, value)


def _callback_state(callback: Any) -> dict[str, Any]:
    """Give what a callback has come to know, as far as it is plain."""
    state: dict[str, Any] = {}
    for key, value in vars(callback).items():
        if key.endswith("_") and not key.startswith("_"):
            if hasattr(value, "load_state_dict") and not isinstance(value, type):
                value = value.state_dict()
            state[key] = value
    return only_plain(state)

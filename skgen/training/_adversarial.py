"""Several modules trained against each other."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import nn

from ._losses import Logs, split_logs
from ._nets import Net
from ._optimizers import JointOptimizer, adamw

__all__ = ["AdversarialNet"]


class AdversarialNet(Net):
    """Several modules trained against each other, each by its own objective.

    Parameters
    ----------
    module : dict of callables
        Recipes by the name of the player. The players take their steps in this order.
    objective : dict of callables
        For each player ``objective(players, batch, generator)``, the loss that this
        player minimises; `players` is a ModuleDict of all of them.
    every : dict of int, default=None
        A player takes a step on each k-th batch only; ``{"generator": 5}`` is what
        is called ``n_critic=5``.
    after : dict of callables, default=None
        Called with a player after each of its steps, to bound its weights for instance.
    **options
        As for `Net`; ``learning_rate`` and ``betas`` are one for all players or a dict
        by player. With validation batches the objective ``"valid"`` is required.

    Attributes
    ----------
    module_ : torch.nn.ModuleDict
        The players.
    optimizer_ : torch.optim.Optimizer
        All players' optimizers as one; skorch's callbacks ask for it.
    """

    def __init__(
        self,
        module: dict[str, Any],
        objective: dict[str, Any],
        *,
        every: dict[str, int] | None = None,
        after: dict[str, Callable] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(module, objective, **options)
        self.every = every
        self.after = after

    def initialize_module(self) -> "AdversarialNet":
        """Build all players."""
        self.module_ = nn.ModuleDict(
            {name: self._build(recipe) for name, recipe in self.module.items()}
        )
        return self

    def initialize_optimizer(
        self, triggered_directly: bool | None = None
    ) -> "AdversarialNet":
        """Build an optimizer per player."""
        optimizers = {
            name: adamw(player, **self._rates(name))
            for name, player in self.module_.items()
        }
        self.optimizer_ = JointOptimizer(optimizers)
        return self

    def optimizers(self) -> dict[str, Any]:
        """All optimizers by name."""
        return dict(self.optimizer_.optimizers)

    def _rates(self, name: str) -> dict[str, Any]:
        return {
            "lr": _of_player(self.lr, name),
            "betas": _of_player(self.betas, name),
            "weight_decay": self.weight_decay,
        }

    def _prepare(self) -> None:
        super()._prepare()
        every = self.every or {}
        optimizers = self.optimizers()
        self._turns = [
            _Turn(
                f"{name}_loss",
                self.objective[name],
                optimizers[name],
                player,
                list(player.parameters()),
                [p for p in player.parameters() if p.requires_grad],
                every.get(name, 1),
                (self.after or {}).get(name),
            )
            for name, player in self.module_.items()
        ]

    def train_step(self, batch: Any, **fit_params: Any) -> Logs:
        """One step of each player whose turn it is; returns detached scalars."""
        logs: Logs = {}
        if self._watched:
            # A callback may have frozen a player's parameters since the epoch began.
            self._prepare()
        for turn in self._turns:
            if self.total_steps_ % turn.every or not turn.trained:
                continue
            for p in turn.parameters:
                p.grad = None
            loss, more = split_logs(self._evaluate(turn.objective, batch))
            loss.backward(inputs=turn.trained)
            self._update(turn.optimizer, turn.player, batch)
            if turn.after is not None:
                turn.after(turn.player)
            logs[turn.label] = loss.detach()
            logs.update(more)
        self._count_step()
        return logs

    def valid_step(self, batch: Any) -> Logs:
        """Loss of a validation batch by the objective named ``"valid"``."""
        loss, logs = split_logs(self._evaluate(self.objective["valid"], batch))
        logs["loss"] = loss.detach()
        return logs


class _Turn(NamedTuple):
    """What a player's step needs."""

    label: str
    objective: Callable
    optimizer: torch.optim.Optimizer
    player: nn.Module
    parameters: list[nn.Parameter]
    trained: list[nn.Parameter]
    every: int
    after: Callable | None


def _of_player(value: Any, name: str) -> Any:
    return value[name] if isinstance(value, dict) else value

"""Optimizers: AdamW of one player, and the view of all players' as one."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


def adamw(
    module: nn.Module, lr: float, betas: tuple[float, float], weight_decay: float
) -> torch.optim.AdamW:
    """AdamW over all parameters, fused where that exists; frozen ones just rest."""
    parameters = list(module.parameters())
    fused = all(p.device.type in ("cpu", "cuda") for p in parameters)
    return torch.optim.AdamW(
        parameters, lr=lr, betas=tuple(betas), weight_decay=weight_decay, fused=fused
    )


def refresh(
    optimizer: torch.optim.Optimizer,
    lr: float,
    betas: tuple[float, float],
    weight_decay: float,
    schedule: str,
) -> None:
    """Start a training with these settings, unless the last one had the same.

    What a schedule made of the learning rate stays if the settings are the old ones, so
    that training in pieces under a constant schedule is training in one go.
    """
    settings = [lr, *betas, weight_decay, schedule]
    for group in optimizer.param_groups:
        if group.get("settings") != settings:
            group.update(lr=lr, betas=tuple(betas), weight_decay=weight_decay)
            # torch's schedulers ask for this one when they go on after some epochs.
            group.update(initial_lr=lr, settings=settings)


class JointOptimizer(torch.optim.Optimizer):
    """The optimizers of all players as one, for callbacks such as LRScheduler.

    Parameters
    ----------
    optimizers : dict of torch.optim.Optimizer
        The optimizers by player; they do the steps.
    """

    def __init__(self, optimizers: dict[str, torch.optim.Optimizer]) -> None:
        self.optimizers = optimizers
        self.defaults: dict[str, Any] = {}
        # The players' own steps count as this one's, or schedulers warn.
        self._opt_called = True

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """Parameter groups of all players, in order."""
        return [g for o in self.optimizers.values() for g in o.param_groups]

    @property
    def state(self) -> dict[Tensor, Any]:
        """State of all parameters."""
        return {p: s for o in self.optimizers.values() for p, s in o.state.items()}

    def step(self, closure: Callable | None = None) -> None:
        """Step all players."""
        for optimizer in self.optimizers.values():
            optimizer.step()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients."""
        for optimizer in self.optimizers.values():
            optimizer.zero_grad(set_to_none)

    def state_dict(self) -> dict[str, Any]:
        """State of each player's optimizer by name."""
        return {name: o.state_dict() for name, o in self.optimizers.items()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go back to a `state_dict`."""
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state_dict[name])

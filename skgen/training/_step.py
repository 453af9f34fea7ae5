"""What an objective gets to see: the players, the batch, and where training is."""

from typing import Any

import torch
from torch import nn


class Step:
    """One step of training, as every objective of a net sees it.

    Parameters
    ----------
    players : torch.nn.ModuleDict
        The networks by name.
    batch : tuple
        Tensors of the batch, or groups of tensors.
    generator : torch.Generator
        Source of all randomness.
    progress : float
        Share of the training that this step completes, in (0, 1].
    total : int
        Steps done before this one, earlier trainings included.

    Attributes
    ----------
    shared : dict
        What the objectives of one step have in common: it is empty when the step begins
        and is gone when it ends. The players take their turns in their order.

    Examples
    --------
    >>> import torch
    >>> from skgen.training import Step
    >>> players = torch.nn.ModuleDict({"module": torch.nn.Linear(2, 1)})
    >>> batch = (torch.zeros(3, 2),)
    >>> step = Step(players, batch, torch.Generator(), progress=0.5, total=10)
    >>> step.player(step.batch[0]).shape
    torch.Size([3, 1])
    """

    __slots__ = ("batch", "generator", "players", "progress", "shared", "total")

    def __init__(
        self,
        players: nn.ModuleDict,
        batch: Any,
        generator: torch.Generator,
        progress: float = 1.0,
        total: int = 0,
    ) -> None:
        self.players = players
        self.batch = batch
        self.generator = generator
        self.progress = progress
        self.total = total
        self.shared: dict[str, Any] = {}

    @property
    def player(self) -> nn.Module:
        """The network of a net of one player."""
        (player,) = self.players.values()
        return player

    @property
    def training(self) -> bool:
        """Whether the players learn from this batch."""
        return self.players.training

"""Randomness from explicit generators, without touching torch's global one."""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

__all__ = ["SeededDraws", "draws_inside", "make_generator"]


def make_generator(
    random_state: np.random.RandomState, device: str | torch.device = "cpu"
) -> torch.Generator:
    """Torch generator seeded by a draw from a numpy one.

    Parameters
    ----------
    random_state : numpy.random.RandomState
        Where the seed comes from; it advances by one draw.
    device : str or torch.device, default="cpu"
        Device that the generator draws on.

    Returns
    -------
    generator : torch.Generator
        Seeded generator.
    """
    generator = torch.Generator(device=device)
    generator.manual_seed(int(random_state.randint(2**31 - 1)))
    return generator


# Calls that accept a generator but take the global one when none is given.
_DRAWS = {
    torch.rand,
    torch.randn,
    torch.randint,
    torch.randperm,
    torch.bernoulli,
    torch.multinomial,
    torch.normal,
    torch.poisson,
    torch.Tensor.uniform_,
    torch.Tensor.normal_,
    torch.Tensor.bernoulli_,
    torch.Tensor.bernoulli,
    torch.Tensor.exponential_,
    torch.Tensor.geometric_,
    torch.Tensor.cauchy_,
    torch.Tensor.log_normal_,
    torch.Tensor.random_,
    torch.Tensor.multinomial,
}
_LIKE = {
    torch.rand_like: torch.rand,
    torch.randn_like: torch.randn,
}


class SeededDraws(TorchFunctionMode):
    """Inside this context each random torch call of this thread uses one generator.

    Modes are local to a thread, so fits in several threads do not disturb each other,
    and torch's global generator stays as it was. Initialisation of layers, dropout and
    the usual draws are covered.

    Parameters
    ----------
    generator : torch.Generator
        The generator; draws go to its device.

    Examples
    --------
    >>> import torch
    >>> from skgen.training import SeededDraws
    >>> def draw():
    ...     with SeededDraws(torch.Generator().manual_seed(0)):
    ...         return torch.nn.Linear(2, 2).weight
    >>> bool((draw() == draw()).all())
    True
    """

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        self.generator = generator

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        """Add the generator to random calls; leave the others alone."""
        kwargs = dict(kwargs or {})
        if func in _DRAWS:
            if kwargs.get("generator") is None:
                kwargs["generator"] = self.generator
        elif func in _LIKE:
            like = args[0] if args else kwargs.pop("input")
            kwargs.setdefault("dtype", like.dtype)
            kwargs.setdefault("device", like.device)
            kwargs.pop("memory_format", None)
            return _LIKE[func](like.shape, generator=self.generator, **kwargs)
        elif func in _DROPOUTS:
            return _DROPOUTS[func](self.generator, *args, **kwargs)
        return func(*args, **kwargs)


def _dropout(
    generator: torch.Generator,
    input: torch.Tensor,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
) -> torch.Tensor:
    return _drop(generator, input, p, training, input.shape)


def _channel_dropout(
    generator: torch.Generator,
    input: torch.Tensor,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
) -> torch.Tensor:
    shape = (*input.shape[:2], *[1] * (input.ndim - 2))
    return _drop(generator, input, p, training, shape)


def _drop(
    generator: torch.Generator,
    input: torch.Tensor,
    p: float,
    training: bool,
    shape: tuple,
) -> torch.Tensor:
    if not training or p == 0.0:
        return input
    if p == 1.0:
        return input * 0.0
    keep = torch.rand(shape, generator=generator, device=input.device) >= p
    return input * keep.to(input.dtype) / (1.0 - p)


_DROPOUTS = {
    nn.functional.dropout: _dropout,
    nn.functional.dropout1d: _channel_dropout,
    nn.functional.dropout2d: _channel_dropout,
    nn.functional.dropout3d: _channel_dropout,
}


def draws_inside(module: nn.Module) -> bool:
    """Whether the forward pass of a module may draw random numbers.

    True for dropout, and for any class that is neither torch's nor skgen's own.
    """
    for part in module.modules():
        home = type(part).__module__
        if "Dropout" in type(part).__name__ or getattr(part, "dropout", 0):
            return True
        if not home.startswith(("torch.nn.", "skgen.nn.")):
            return True
    return False

"""Randomness from explicit generators, without touching torch's global one."""

import threading
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode


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


class Streams:
    """Independent streams of random numbers, each known by its name.

    All randomness of a fit comes from one of these, so that a draw more in one place
    changes nothing in another, and numpy's global generator stays as it was.

    Parameters
    ----------
    random_state : int, RandomState or None
        Seed of all streams; a RandomState advances by one draw, None is a new seed from
        the operating system.

    Examples
    --------
    >>> from skgen.training import Streams
    >>> streams = Streams(0)
    >>> a, b = streams("split").rand(), Streams(0)("split").rand()
    >>> a == b, a == streams("batches").rand()
    (True, False)
    """

    def __init__(self, random_state: int | np.random.RandomState | None) -> None:
        # numpy's module stands for its global generator.
        if random_state is np.random or isinstance(random_state, np.random.RandomState):
            random_state = random_state.randint(2**31 - 1)
        self.seed = np.random.SeedSequence(random_state).entropy

    def __call__(self, name: str) -> np.random.RandomState:
        """Give the stream of this name, from its beginning."""
        key = zlib.crc32(name.encode())
        seeds = np.random.SeedSequence(self.seed, spawn_key=(key,))
        return np.random.RandomState(np.random.MT19937(seeds))

    def torch(self, name: str, device: str | torch.device = "cpu") -> torch.Generator:
        """Give the stream of this name as a torch generator."""
        return make_generator(self(name), device)


class SeededDraws(TorchDispatchMode):
    """Inside this context each random torch call of this thread uses one generator.

    The calls are caught below autograd, where everything random comes down to a few
    operations: the initialisation of layers, dropout (also inside recurrent and
    attention layers), ``rand_like``, ``torch.distributions``. Contexts are local to a
    thread, so fits in several threads do not disturb each other, and torch's global
    generator stays as it was. A call that names a generator keeps it.

    Parameters
    ----------
    generator : torch.Generator
        The generator; tensors on another device get its draws copied.

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

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        """Give random operations the generator; leave the others alone."""
        kwargs = kwargs or {}
        if torch.Tag.nondeterministic_seeded not in getattr(func, "tags", ()):
            return func(*args, **kwargs)
        names = [a.name for a in func._schema.arguments]
        if "generator" in names:
            place = names.index("generator")
            given = args[place] if len(args) > place else kwargs.get("generator")
            if given is not None:
                return func(*args, **kwargs)
            return self._draw(func, args[:place], kwargs)
        packet = func.overloadpacket
        seeded = _SEEDED_OVERLOAD.get(func._overloadname)
        if seeded in packet.overloads():
            return self._draw(getattr(packet, seeded), args, kwargs)
        if packet in _WITHOUT_OVERLOAD:
            return _WITHOUT_OVERLOAD[packet](self, *args, **kwargs)
        return self._borrow(func, args, kwargs)

    def _draw(self, func: Any, args: tuple, kwargs: dict) -> Any:
        """Run an operation that accepts a generator."""
        source = self.generator.device
        tensors = [a for a in args if isinstance(a, Tensor)]
        target = tensors[0].device if tensors else _device(kwargs)
        kwargs = {**kwargs, "generator": self.generator}
        if target.type == source.type or target.type == "meta":
            if target.type == "meta":
                kwargs["generator"] = None
            return func(*args, **kwargs)
        # Draw where the generator lives; only the numbers travel.
        moved = tuple(a.to(source) if isinstance(a, Tensor) else a for a in args)
        if not tensors:
            kwargs["device"] = source
        drawn = func(*moved, **kwargs)
        if func._schema.is_mutable:
            return args[0].copy_(drawn)
        return drawn.to(target)

    def fill(self, method: str, empty: Tensor, *args: Any) -> Tensor:
        """Call an in-place random method of a tensor with the generator."""
        func = getattr(torch.ops.aten, method)
        overload = {"random_": "from", "bernoulli_": "float"}.get(method, "default")
        return self._draw(getattr(func, overload), (empty, *args), {})

    def _borrow(self, func: Any, args: tuple, kwargs: dict) -> Any:
        """Run an operation that only knows the global generator, which is put back."""
        seed = torch.randint(
            2**62, (1,), generator=self.generator, device=self.generator.device
        )
        with _lock, torch.random.fork_rng():
            torch.manual_seed(int(seed))
            return func(*args, **kwargs)


_lock = threading.Lock()

_SEEDED_OVERLOAD = {"default": "generator", "low": "low_generator"}


def _device(kwargs: dict) -> torch.device:
    device = kwargs.get("device")
    return torch.get_default_device() if device is None else torch.device(device)


def _rand_like(mode: SeededDraws, like: Tensor, **kwargs: Any) -> Tensor:
    return mode.fill("uniform_", torch.empty_like(like, **kwargs))


def _randn_like(mode: SeededDraws, like: Tensor, **kwargs: Any) -> Tensor:
    return mode.fill("normal_", torch.empty_like(like, **kwargs))


def _randint_like(
    mode: SeededDraws, like: Tensor, *range_: int, **kwargs: Any
) -> Tensor:
    low, high = range_ if len(range_) == 2 else (0, *range_)
    return mode.fill("random_", torch.empty_like(like, **kwargs), low, high)


def _native_dropout(
    mode: SeededDraws, input: Tensor, p: float, train: bool | None = True
) -> tuple[Tensor, Tensor]:
    keep = torch.empty_like(input, dtype=torch.bool)
    if train is False:
        return input.clone(), keep.fill_(True)
    keep = mode.fill("bernoulli_", keep, 1.0 - p)
    return input * keep * (0.0 if p == 1.0 else 1.0 / (1.0 - p)), keep


# Operations without a variant that accepts a generator.
_WITHOUT_OVERLOAD: dict[Any, Callable] = {
    torch.ops.aten.rand_like: _rand_like,
    torch.ops.aten.randn_like: _randn_like,
    torch.ops.aten.randint_like: _randint_like,
    torch.ops.aten.native_dropout: _native_dropout,
}


# The last is zuko's free-form Jacobian, which probes a trace at random.
_DRAWING = ("Dropout", "RReLU", "FractionalMax", "FFJ")


def draws_inside(module: nn.Module) -> bool:
    """Whether the forward pass of a module may draw random numbers.

    True for dropout and its like, and for any class that is neither torch's nor
    zuko's nor skgen's own.

    Parameters
    ----------
    module : torch.nn.Module
        Module to look through.

    Returns
    -------
    draws : bool
        False only if no part of it can draw.
    """
    for part in module.modules():
        kind = type(part)
        if any(word in kind.__name__ for word in _DRAWING):
            return True
        if getattr(part, "dropout", 0):
            return True
        if not kind.__module__.startswith(("torch.nn.", "skgen.", "zuko.")):
            return True
    return False

"""Whole batches sliced from tensors that already lie on the device."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor


class Batches:
    """Random batches of rows; each epoch visits each row once.

    Parameters
    ----------
    *tensors : Tensor
        Row-aligned tensors on one device. A batch is the tuple of their slices.
    batch_size : int
        Rows per batch; the last batch of an epoch may be smaller.
    generator : torch.Generator, default=None
        Draws the order; None keeps the order of the rows.
    fewest : int, default=1
        Rows that a last batch must have, lest it be left out.

    Examples
    --------
    >>> import torch
    >>> from skgen.training import Batches
    >>> [len(x) for (x,) in Batches(torch.zeros(5, 2), batch_size=2)]
    [2, 2, 1]
    """

    def __init__(
        self,
        *tensors: Tensor,
        batch_size: int,
        generator: torch.Generator | None = None,
        fewest: int = 1,
    ) -> None:
        self.fewest = fewest
        self.tensors = tensors
        self.batch_size = batch_size
        self.generator = generator

    def __len__(self) -> int:
        whole, rest = divmod(self.n_rows, self.batch_size)
        return max(1, whole + (rest >= self.fewest)) if rest else whole

    @property
    def n_rows(self) -> int:
        """Rows per epoch."""
        return len(self.tensors[0])

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        n, size = self.n_rows, self.batch_size
        starts = range(0, len(self) * size, size)
        if self.generator is None:
            for start in starts:
                yield tuple(t[start : start + size] for t in self.tensors)
            return
        device = self.generator.device
        order = torch.randperm(n, generator=self.generator, device=device)
        order = order.to(self.tensors[0].device)
        for start in starts:
            rows = order[start : start + size]
            yield tuple(t[rows] for t in self.tensors)


class PairedBatches:
    """Batches that hold rows of several groups, each never empty.

    An epoch has a given number of steps; each group is walked through in random order,
    again and again, independently of the others.

    Parameters
    ----------
    *groups : tuple of Tensor
        Row-aligned tensors of each group, on one device, at least one row each.
    batch_size : int or sequence of int
        Rows of each group per batch (all its rows if it has fewer), one number for all
        groups or one for each.
    n_steps : int
        Batches per epoch.
    generator : torch.Generator
        Draws the order.

    Examples
    --------
    >>> import torch
    >>> from skgen.training import PairedBatches
    >>> p, u = torch.zeros(3, 2), torch.ones(9, 2)
    >>> draw = torch.Generator().manual_seed(0)
    >>> for (xp,), (xu,) in PairedBatches(
    ...     (p,), (u,), batch_size=4, n_steps=2, generator=draw
    ... ):
    ...     print(len(xp), len(xu))
    3 4
    3 4
    """

    def __init__(
        self,
        *groups: tuple[Tensor, ...],
        batch_size: int | Sequence[int],
        n_steps: int,
        generator: torch.Generator,
    ) -> None:
        if any(len(group[0]) == 0 for group in groups):
            raise ValueError("each group of rows must hold at least one row, got none.")
        self.groups = groups
        sizes = (
            [batch_size] * len(groups) if isinstance(batch_size, int) else batch_size
        )
        self.sizes = [min(s, len(g[0])) for s, g in zip(sizes, groups, strict=True)]
        self.n_steps = n_steps
        self.generator = generator

    def __len__(self) -> int:
        return self.n_steps

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All tensors of all groups."""
        return tuple(t for group in self.groups for t in group)

    def _walk(
        self, group: tuple[Tensor, ...], size: int
    ) -> Iterator[tuple[Tensor, ...]]:
        n = len(group[0])
        while True:
            device = self.generator.device
            order = torch.randperm(n, generator=self.generator, device=device)
            order = order.to(group[0].device)
            for start in range(0, n - size + 1, size):
                rows = order[start : start + size]
                yield tuple(t[rows] for t in group)

    def __iter__(self) -> Iterator[tuple[tuple[Tensor, ...], ...]]:
        walks = [self._walk(g, s) for g, s in zip(self.groups, self.sizes, strict=True)]
        for _ in range(self.n_steps):
            yield tuple(next(walk) for walk in walks)

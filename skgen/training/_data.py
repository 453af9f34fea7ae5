"""Encoded rows of a fit: which are held out, and the batches they make."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..encoding.copies import rarest_labels
from ._batches import Batches, PairedBatches

# Of fewer rows than these none is held out.
_FEWEST = 10


class Group(NamedTuple):
    """Rows that every batch shall hold some of.

    Parameters
    ----------
    mask : ndarray of shape (n_rows,), dtype bool
        Which rows they are.
    arrays : sequence of ndarray
        What a batch holds of them, aligned with all rows.
    share : float, default=1.0
        Share of the batch size that they get.
    """

    mask: np.ndarray
    arrays: Sequence[np.ndarray]
    share: float = 1.0


@dataclass
class TrainingData:
    """Encoded rows, and how batches are made of them.

    Parameters
    ----------
    arrays : sequence of ndarray
        Aligned rows; a plain batch is a tuple of some rows of each.
    strata : ndarray of shape (n_rows,), default=None
        Of each value the same share of rows is held out.
    groups : sequence of Group, default=None
        Batches then hold rows of each group, as a tuple of tuples.
    leader : int, default=None
        The group that an epoch goes through once; None for the largest.
    copies : ndarray of int, shape (n_rows,), default=None
        Equal rows share a number, and are held out together; None if no two are equal.
    train : ndarray of int, default=None
        Rows to train on, once others are held out.
    device : torch.device, default=None
        Where batches lie.
    goes_on : bool, default=False
        Whether networks that are trained already go on.
    foreseen : TrainingData, default=None
        The rows that the encoding was learned from, if these are others.
    """

    arrays: Sequence[np.ndarray]
    strata: np.ndarray | None = None
    groups: Sequence[Group] | None = None
    leader: int | None = None
    copies: np.ndarray | None = None
    train: np.ndarray | None = None
    device: Any = None
    goes_on: bool = False
    foreseen: "TrainingData | None" = None

    def __len__(self) -> int:
        return len(self.arrays[0])

    def plain(self, rows: np.ndarray, device: Any, **options: Any) -> Batches:
        """Batches of some of the rows."""
        tensors = [as_tensor(a[rows], device) for a in self.arrays]
        return Batches(*tensors, **options)

    def grouped(self, rows: np.ndarray, device: Any) -> list[tuple[Tensor, ...]]:
        """Tensors of each group, as far as its rows are among these."""
        chosen = np.zeros(len(self), dtype=bool)
        chosen[rows] = True
        return [
            tuple(as_tensor(a[group.mask & chosen], device) for a in group.arrays)
            for group in self.groups or ()
        ]

    def paired(
        self,
        rows: np.ndarray,
        *,
        batch_size: int,
        min_steps: int,
        generator: torch.Generator,
    ) -> PairedBatches:
        """Batches that hold some rows of each group."""
        tensors = self.grouped(rows, generator.device)
        sizes = [max(1, int(batch_size * group.share)) for group in self.groups or ()]
        passes = [-(-len(t[0]) // n) for t, n in zip(tensors, sizes, strict=True)]
        n_steps = max(passes) if self.leader is None else passes[self.leader]
        return PairedBatches(
            *tensors,
            batch_size=sizes,
            n_steps=max(min_steps, n_steps),
            generator=generator,
        )


def as_tensor(array: np.ndarray, device: Any) -> Tensor:
    """Make a tensor on a device, of single precision if it holds floats.

    Parameters
    ----------
    array : ndarray
        Numbers.
    device : str or torch.device
        Where it shall lie.

    Returns
    -------
    tensor : Tensor
        It may share the memory of the array.
    """
    if array.dtype.kind == "f":
        array = array.astype(np.float32, copy=False)
    return torch.as_tensor(array, device=device)


def hold_out(
    n_rows: int,
    fraction: float,
    random_state: np.random.RandomState,
    strata: np.ndarray | None = None,
    copies: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Part rows into those to train on and those to validate with.

    Parameters
    ----------
    n_rows : int
        Number of rows; of fewer than ten none is held out.
    fraction : float in [0, 1)
        Share of the rows to hold out, at least one; 0 for none.
    random_state : RandomState
        Draws them.
    strata : ndarray of shape (n_rows,), default=None
        Of each value the same share is held out, at least one row and not all.
    copies : ndarray of int, shape (n_rows,), default=None
        Numbers from 0; rows that share one are held out together, by the stratum of
        them that is rarest. Ignored if a stratum has rows of one number only.

    Returns
    -------
    train, held_out : ndarray of int
        Places of the rows, in random order.
    """
    strata = np.zeros(n_rows, dtype=int) if strata is None else strata
    if copies is not None and fraction and n_rows >= _FEWEST:
        parts = _hold_out_copies(n_rows, fraction, random_state, strata, copies)
        if parts is not None:
            return parts
    train, held_out = [], []
    for value in np.unique(strata):
        rows = random_state.permutation(np.flatnonzero(strata == value))
        n = 0
        if fraction and n_rows >= _FEWEST:
            n = min(max(1, round(fraction * len(rows))), len(rows) - 1)
        train.append(rows[n:])
        held_out.append(rows[:n])
    return np.concatenate(train), np.concatenate(held_out)


def _hold_out_copies(
    n_rows: int,
    fraction: float,
    random_state: np.random.RandomState,
    strata: np.ndarray,
    copies: np.ndarray,
) -> tuple[np.ndarray, np.ndarray] | None:
    """Part rows as `hold_out` does, equal ones together; None if that cannot be."""
    # The rarest stratum decides where a row is in several.
    rarest = rarest_labels(strata, copies)
    if min(np.bincount(rarest, minlength=len(np.unique(strata)))) < 2:
        return None
    _, held_out = hold_out(len(rarest), fraction, random_state, rarest)
    is_held_out = np.isin(copies, held_out)
    order = random_state.permutation(n_rows)
    return order[~is_held_out[order]], order[is_held_out[order]]

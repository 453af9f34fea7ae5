"""Flat rows of sequences: steps of features that end in NaN, and back."""

import numpy as np
import pandas as pd

from ._pixels import PixelEncoder, read_sides
from ._tokens import TokenEncoder


def read_sequence_shape(sequence_shape, n_columns):
    """Return (n_steps, n_features).

    Parameters
    ----------
    sequence_shape : tuple of int or None
        What the user gave; None stands for one number a step.
    n_columns : int
        Columns of the rows.

    Returns
    -------
    n_steps, n_features : int
        Their product is `n_columns`.

    Raises
    ------
    TypeError
        If it does not hold whole numbers.
    ValueError
        If they are not two of at least 1, or do not fit the rows.
    """
    if sequence_shape is None:
        return n_columns, 1
    message = (
        "sequence_shape must be (n_steps, n_features), two whole numbers of at least "
        f"1, got {sequence_shape!r}."
    )
    n_steps, n_features = read_sides(sequence_shape, (2,), message)
    if n_steps * n_features != n_columns:
        raise ValueError(
            f"sequence_shape={(n_steps, n_features)} needs rows of "
            f"{n_steps * n_features} numbers, got rows of {n_columns}; pass the "
            "sequence_shape of these rows, or fill shorter ones up with NaN."
        )
    return n_steps, n_features


def read_lengths(steps):
    """Count the steps of each sequence.

    Parameters
    ----------
    steps : ndarray of shape (n_rows, n_steps, n_features)
        Sequences; a shorter one ends in NaN.

    Returns
    -------
    lengths : ndarray of int, shape (n_rows,)
        Steps before the first NaN.

    Raises
    ------
    ValueError
        If a sequence is empty or has a gap.
    """
    absent = np.isnan(steps)
    present = ~absent.all(axis=2)
    lengths = present.sum(axis=1)
    inside = np.arange(steps.shape[1]) < lengths[:, None]
    gaps = (absent.any(axis=2) & inside) | (present & ~inside)
    if gaps.any():
        row, step = np.argwhere(gaps)[0]
        raise ValueError(
            "X must hold sequences that are whole up to their end, NaN after it; row "
            f"{row} lacks something at step {step} and goes on. Input X contains NaN; "
            "fill gaps, by the last value for instance."
        )
    if not lengths.all():
        raise ValueError(
            "X must hold sequences of at least one step, got NaN only in row "
            f"{int(lengths.argmin())}; leave such rows out."
        )
    return lengths


class SequenceEncoder(PixelEncoder):
    """Turn flat rows of sequences into tokens and numbers, and back.

    A feature has one encoding for all steps, that of a column of a `TokenEncoder`.

    Parameters
    ----------
    sequence_shape : tuple or None
        ``(n_steps, n_features)``; None for one number a step.
    discrete : {"auto"} or None, default="auto"
        See `TokenEncoder`.

    Attributes
    ----------
    shape_ : tuple of int
        Steps and features.
    tokens_ : TokenEncoder
        Of the features.
    has_ends_ : bool
        Whether there were sequences shorter than others could be.
    """

    def __init__(self, sequence_shape=None, *, discrete="auto"):
        self.sequence_shape = sequence_shape
        self.discrete = discrete

    def get_state(self):
        """All that was learned, as plain values."""
        return {**vars(self), "tokens_": self.tokens_.get_state()}

    @classmethod
    def from_state(cls, state):
        """Rebuild the encoder from what `get_state` returned."""
        found = super().from_state({k: v for k, v in state.items() if k != "tokens_"})
        found.tokens_ = TokenEncoder.from_state(state["tokens_"])
        return found

    def fit(self, rows, frame=None):
        """Learn the encoding of each feature.

        Parameters
        ----------
        rows : ndarray of shape (n_samples, n_steps * n_features)
            Checked rows.
        frame : DataFrame, default=None
            Where they came from.

        Returns
        -------
        self : SequenceEncoder
            The fitted encoder.
        """
        self.shape_ = read_sequence_shape(self.sequence_shape, rows.shape[1])
        self._learn_container(rows, frame)
        steps = rows.reshape(-1, *self.shape_)
        lengths = read_lengths(steps)
        self.has_ends_ = bool((lengths < self.shape_[0]).any())
        inside = np.arange(self.shape_[0]) < lengths[:, None]
        self.tokens_ = TokenEncoder(discrete=self.discrete).fit(steps[inside])
        return self

    def transform(self, rows):
        """Encode rows.

        Parameters
        ----------
        rows : ndarray of shape (n_samples, n_steps * n_features)
            Checked rows.

        Returns
        -------
        tokens, codes, numbers, extra : ndarray
            As of a `TokenEncoder`, of shape (n_samples, n_steps, n_features); 0 after
            the end.
        lengths : ndarray of int, shape (n_samples,)
            Steps of each sequence.
        """
        steps = rows.reshape(-1, *self.shape_)
        lengths = read_lengths(steps)
        inside = np.arange(self.shape_[0]) < lengths[:, None]
        parts = self.tokens_.transform(steps[inside])
        found = [np.zeros(steps.shape, dtype=part.dtype) for part in parts]
        for whole, part in zip(found, parts, strict=True):
            whole[inside] = part
        return *found, lengths

    def inverse_transform(self, tokens, numbers, lengths):
        """Decode sequences to flat rows, in the container that `fit` saw."""
        n_steps, n_features = self.shape_
        inside = np.arange(n_steps) < np.asarray(lengths)[:, None]
        values = self.tokens_.inverse_transform(
            tokens.reshape(-1, n_features), numbers.reshape(-1, n_features)
        )
        values = np.asarray(values, dtype=np.float64).reshape(-1, n_steps, n_features)
        dtype = np.dtype(self.dtype_)
        if inside.all() and dtype.kind in "iu":
            values = np.rint(values)
        else:
            values = np.where(inside[:, :, None], values, np.nan)
        rows = values.reshape(len(values), -1)
        if dtype.kind == "f" or inside.all():
            rows = rows.astype(dtype)
        if self.names_ is None or inside.all():
            return self._in_container(rows)
        # Columns that only ended in a draw have no whole numbers to be of.
        found = pd.DataFrame(rows, columns=self.names_)
        for j, name in enumerate(self.dtypes_):
            if not (np.isnan(rows[:, j]).any() and np.dtype(name).kind in "biu"):
                found.isetitem(j, found.iloc[:, j].astype(name))
        return found

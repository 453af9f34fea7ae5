"""A sample of rows that come in batches, with whatever occurs in any of them."""

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from ._columns import as_container, kinds, label

_MOST_VALUES = 100_000  # of a column of categories


class RowSample:
    """A uniform sample, and one row for each category, extreme and kind of gap.

    Parameters
    ----------
    n_rows : int
        Rows of the sample, the further ones not counted.
    random_state : RandomState
        Source of the choice.
    """

    def __init__(self, n_rows, random_state):
        self.n_rows = n_rows
        self.random_state = random_state
        self._uniform = self._further = self._keys = self._names = None
        self._seen = {}

    def add(self, X, y=None):
        """Look at a batch.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : array-like, default=None
            What belongs to the rows, in all batches or in none.
        """
        X = as_container(X)
        rows = X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X))
        told = None if y is None else pd.DataFrame(_plain(y)).set_axis(rows.index)
        names = X.columns if isinstance(X, pd.DataFrame) else rows.shape[1]
        self._check(names, told)
        both = rows if told is None else pd.concat([rows, told], axis=1)
        both = both.set_axis(range(both.shape[1]), axis=1).reset_index(drop=True)
        new = self._new_values(both, rows)
        self._further = _joined(self._further, both[new])
        both, keys = both[~new], self.random_state.uniform(size=(~new).sum())
        if self._keys is not None:
            both, keys = _joined(self._uniform, both), np.append(self._keys, keys)
        chosen = np.sort(np.argsort(keys)[: self.n_rows])
        self._uniform, self._keys = both.iloc[chosen], keys[chosen]

    def rows(self):
        """Give the sample.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_rows, n_features)
            Rows in the container of the batches.
        y : ndarray or DataFrame or None
            What belongs to them.
        """
        if self._keys is None:
            raise ValueError("batches must hold at least one table, got none.")
        both = _joined(self._further, self._uniform)
        n_columns = self._names if isinstance(self._names, int) else len(self._names)
        X, y = both.iloc[:, :n_columns], both.iloc[:, n_columns:]
        if isinstance(self._names, int):
            X = X.to_numpy()
        else:
            X = X.set_axis(self._names, axis=1)
        if self._told is None:
            return X, None
        return X, y.iloc[:, 0].to_numpy() if self._told == 1 else y.to_numpy()

    def _check(self, names, told):
        width = None if told is None else told.shape[1]
        if self._names is None:
            self._names, self._told = names, width
        known = self._names
        same = isinstance(names, int) == isinstance(known, int) and (
            names == known if isinstance(names, int) else names.equals(known)
        )
        if not same or width != self._told:
            raise ValueError(
                "batches must hold the same columns, and labels in all or in none, got "
                f"{_described(names, width)} after {_described(known, self._told)}."
            )

    def _new_values(self, both, rows):
        """Mark rows that show a category, an extreme or a gap for the first time."""
        new = np.zeros(len(both), dtype=bool)
        n_columns = rows.shape[1]
        for j, kind in enumerate([*kinds(rows), *["category"] * (self._told or 0)]):
            column = both[j]
            present = column.notna()
            seen = self._seen.setdefault(j, {"values": set(), "gap": False})
            if kind == "category":
                first = ~column.duplicated() & present
                first &= ~column.isin(seen["values"])
                seen["values"] |= set(column[first])
                new |= first.to_numpy()
                if j < n_columns and len(seen["values"]) > _MOST_VALUES:
                    raise ValueError(
                        f"{label(rows, j)} must have at most {_MOST_VALUES:,} "
                        "categories, got more; leave ids out."
                    )
            elif present.any():
                values = column.to_numpy(dtype=np.float64, na_value=np.nan)
                for sign in (-1, 1):  # of the smallest and of the largest
                    place = np.nanargmax(sign * values)
                    if sign * values[place] > seen.get(sign, -np.inf):
                        seen[sign] = sign * values[place]
                        new[place] = True
            if not present.all() and not seen["gap"]:
                seen["gap"] = True
                new[np.flatnonzero(~present)[0]] = True
        return new


def _plain(y):
    return y.to_numpy() if isinstance(y, pd.Series) else y


def _described(names, width):
    columns = names if isinstance(names, int) else len(names)
    return f"{columns} columns {'without' if width is None else 'with'} labels"


def _joined(first, second):
    """One frame below another; categories of both stay categories."""
    if first is None:
        return second
    columns = {}
    for j in first.columns:
        pair = first[j], second[j]
        if all(isinstance(column.dtype, pd.CategoricalDtype) for column in pair):
            columns[j] = union_categoricals(pair, ignore_order=True)
        else:
            columns[j] = pd.concat(pair, ignore_index=True)
    return pd.DataFrame(columns)

"""A sample of rows that come in batches, with whatever occurs in any of them."""

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from ._columns import as_container, is_frame, kinds, label
from .conditions import is_continuous, is_text

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
        self._uniform = self._further = self._keys = self._columns = None
        self._label_names, self._seen = None, {}

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
        framed = is_frame(X)
        rows = X if framed else pd.DataFrame(np.asarray(X))
        told = None if y is None else pd.DataFrame(_plain(y)).set_axis(rows.index)
        if is_frame(y):
            self._label_names = y.columns
        self._check(framed, rows.columns, 0 if told is None else told.shape[1])
        both = rows if told is None else pd.concat([rows, told], axis=1)
        both = both.set_axis(range(both.shape[1]), axis=1).reset_index(drop=True)
        found = kinds(rows)
        if told is not None:
            found += self._label_kinds(told.infer_objects())
        new = self._new_values(both, rows, found)
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
        framed, names, n_labels = self._columns
        X, y = both.iloc[:, : len(names)], both.iloc[:, len(names) :]
        X = X.set_axis(names, axis=1) if framed else X.to_numpy()
        if not n_labels:
            return X, None
        if self._label_names is not None:
            return X, y.set_axis(self._label_names, axis=1)
        return X, y.iloc[:, 0].to_numpy() if n_labels == 1 else y.to_numpy()

    def _check(self, framed, names, n_labels):
        if self._columns is None:
            self._columns = framed, names, n_labels
        was_framed, known, n_before = self._columns
        if (framed, n_labels) != (was_framed, n_before) or not names.equals(known):
            raise ValueError(
                "batches must hold the same columns, and labels in all or in none, got "
                f"{_described(names, n_labels)} after {_described(known, n_before)}."
            )

    def _label_kinds(self, told):
        """Tell what columns of labels or conditions hold."""
        if told.shape[1] == 1:
            column = told.iloc[:, 0]
            if self._seen.get("continuous") or is_continuous(column):
                self._seen["continuous"] = True
                return ["number"]
            found = ["category"]
        else:
            found = list(kinds(told))
        for j, kind in enumerate(found):
            if kind == "category" and is_text(told.iloc[:, j]):
                found[j] = "text"
        return found

    def _new_values(self, both, rows, found):
        """Mark rows that show a category, an extreme or a gap for the first time."""
        new = np.zeros(len(both), dtype=bool)
        n_columns = rows.shape[1]
        for j, kind in enumerate(found):
            column = both[j]
            present = column.notna()
            seen = self._seen.setdefault(j, {"values": set(), "gap": False})
            if kind == "text":
                pass
            elif kind == "category":
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


def _described(names, n_labels):
    return f"{len(names)} columns {'with' if n_labels else 'without'} labels"


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

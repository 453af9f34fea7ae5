"""Samples of one table: their columns, as codes and as points with distances."""

from copy import copy
from numbers import Integral

import numpy as np
import pandas as pd
from scipy.sparse import issparse

from ..encoding._columns import (
    as_table,
    is_frame,
    kinds,
    read_codes,
    read_numbers,
)

# Rarer categories share one coordinate: a column of names has as many as rows.
MAX_CATEGORIES = 500
_KINDS = ("boolean", "integer", "numeric", "category")  # a later holds an earlier


class Samples:
    """Samples of one table, aligned, with each column's kind and codes.

    Parameters
    ----------
    tables : dict of str to DataFrame or array-like of shape (n_samples, n_features)
        The samples by their names in error messages, the first of them the one that
        names and orders the columns. None is left out.
    min_rows : int
        The number of rows that each of them must have.

    Attributes
    ----------
    tables : dict of str to DataFrame or ndarray
        The samples, with the columns of the first in its order.
    names : Index
        Names of the columns, 0, 1, ... in arrays.
    kinds : list of str
        "numeric", "integer", "boolean" or "category" for each column.
    categories : dict of int to Index
        The categories of each column that holds some.
    codes : dict of str to ndarray of shape (n_samples, n_features), dtype float64
        Numbers as they are, categories as their place in the order of categories (of
        the dtype, if all samples have the same, else sorted), NaN where missing.
    """

    def __init__(self, tables, *, min_rows=1):
        tables = {
            name: as_table(X, name, n_least=1)
            for name, X in tables.items()
            if X is not None
        }
        self.tables = _align(tables)
        for name, X in tables.items():
            if len(X) < min_rows:
                raise ValueError(
                    f"{name} must have at least {min_rows} rows, got {len(X)}."
                )
        first, *_ = self.tables.values()
        if is_frame(first):
            self.names, self.kinds = first.columns, self._joint_kinds(first.columns)
        else:
            self.names = pd.RangeIndex(first.shape[1])
            self.kinds = ["numeric"] * len(self.names)
        self.codes = {name: self._numbers(name) for name in self.tables}
        self.categories = {}
        for j in np.flatnonzero(self.is_category):
            columns = {name: X.iloc[:, j] for name, X in self.tables.items()}
            known = self.categories[j] = _categories(columns.values())
            for name, column in columns.items():
                code = read_codes(column, known)
                self.codes[name][:, j] = np.where(code < len(known), code, np.nan)

    def only(self, *names):
        """Return some of the samples, in this order."""
        part = copy(self)
        part.tables = {name: self.tables[name] for name in names}
        part.codes = {name: self.codes[name] for name in names}
        return part

    def __getitem__(self, name):
        return self.codes[name]

    @property
    def is_category(self):
        """Mask of the columns of categories."""
        return np.array([kind == "category" for kind in self.kinds])

    def values_of(self, j, codes):
        """Return what codes of a column stand for."""
        if j in self.categories:
            return [self.categories[j][int(code)] for code in codes]
        first, *_ = self.tables.values()
        plain = {"boolean": bool, "integer": int}.get(kinds(first)[j], float)
        return [plain(code) if plain(code) == code else float(code) for code in codes]

    def _joint_kinds(self, names):
        found = {name: kinds(X) for name, X in self.tables.items()}
        filled = {name: X.notna().any() for name, X in self.tables.items()}
        joint = []
        for j, name in enumerate(names):
            both = {sample: own[j] for sample, own in found.items()}
            both = {k: v for k, v in both.items() if filled[k].iloc[j]} or both
            if "category" in both.values() and len(set(both.values())) > 1:
                got = ", ".join(f"{kind} in {sample}" for sample, kind in both.items())
                raise TypeError(
                    f"column {name!r} must hold the same kind of values everywhere, "
                    f"got {got}; convert one, by pd.to_numeric or astype('category')."
                )
            joint.append(max(both.values(), key=_KINDS.index))
        return joint

    def _numbers(self, name):
        """Return the numbers of a sample; columns of categories are left empty."""
        X = self.tables[name]
        codes, numbers = np.empty(X.shape), np.flatnonzero(~self.is_category)
        try:
            codes[:, numbers] = read_numbers(X, numbers)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        return codes

    def points(self, reference, embedding=None):
        """Return the samples as matrices of coordinates.

        Parameters
        ----------
        reference : str
            The sample that numbers are standardised by.
        embedding : callable, transformer or None
            What takes a table to coordinates. None: numbers standardised, 0 where
            missing, a flag beside them if any are; categories one-hot.

        Returns
        -------
        points : dict of str to ndarray of shape (n_samples, n_coordinates)
            The samples, dtype float64.
        """
        if embedding is not None:
            return _embed(embedding, self.tables)
        parts = {name: [] for name in self.codes}
        for j in range(len(self.kinds)):
            columns = {name: codes[:, j] for name, codes in self.codes.items()}
            missing = any(np.isnan(x).any() for x in columns.values())
            if j in self.categories:
                place = _places(columns[reference], len(self.categories[j]))
            else:
                center, scale = _standard(columns[reference], self.names[j])
            for name, x in columns.items():
                absent = np.isnan(x)
                if j in self.categories:
                    code = place[np.where(absent, len(place) - 1, x).astype(np.intp)]
                    parts[name].append(np.eye(place.max() + 1)[code])
                else:
                    z = np.where(absent, 0, (x - center) / scale)
                    parts[name].append(np.column_stack([z, absent] if missing else [z]))
        return {name: np.hstack(blocks) for name, blocks in parts.items()}

    def stacked(self, *names):
        """Return samples below one another, in the container they came in."""
        tables = [self.tables[name] for name in names]
        if is_frame(tables[0]):
            return pd.concat(tables, ignore_index=True)
        return np.vstack(tables)

    def place(self, target):
        """Return the index of a column that is given by its name or index."""
        matches = np.flatnonzero(self.names == target)
        if len(matches) == 1:
            return int(matches[0])
        number = isinstance(target, Integral) and not isinstance(target, bool)
        if number and -len(self.names) <= target < len(self.names):
            return int(target) % len(self.names)
        raise ValueError(
            f"target must be the name or index of a column, got {target!r}; there are "
            f"{list(self.names[:10])}{' and more' if len(self.names) > 10 else ''}."
        )


def _align(tables):
    """Return samples with the columns of the first, in its order."""
    (own, first), *_ = tables.items()
    columns = next((X.columns for X in tables.values() if is_frame(X)), None)
    aligned = {}
    for name, X in tables.items():
        d, width = first.shape[1], X.shape[1]
        if width != d:
            raise ValueError(f"{name} must have the {d} columns of {own}, got {width}.")
        if columns is not None and not is_frame(X):
            X = pd.DataFrame(X, columns=columns)
        elif columns is not None and not X.columns.equals(columns):
            lost = columns.difference(X.columns, sort=False)
            if len(lost) or not columns.is_unique:
                raise ValueError(
                    f"{name} must have the columns of {own}, got "
                    f"{list(X.columns[:10])} where {list(columns[:10])} are expected; "
                    "rename or reorder them."
                )
            X = X[columns]
        aligned[name] = X
    return aligned


def _categories(columns):
    """Return the categories of a column of several samples, as objects, in order."""
    dtypes = [column.dtype for column in columns]
    first = dtypes[0]
    if isinstance(first, pd.CategoricalDtype) and all(
        dtype == first and dtype.categories.equals(first.categories) for dtype in dtypes
    ):
        return first.categories.astype(object)
    values = set()
    for column in columns:
        values.update(column.dropna().unique())
    try:
        ordered = sorted(values)
    except TypeError:
        ordered = sorted(values, key=lambda value: (type(value).__name__, str(value)))
    return pd.Index(ordered, dtype=object)


def _places(x, n_categories):
    """Return the coordinate of each category, the last entry that of a missing one."""
    if n_categories <= MAX_CATEGORIES:
        return np.arange(n_categories + 1)
    counts = np.bincount(x[~np.isnan(x)].astype(np.intp), minlength=n_categories)
    place = np.full(n_categories + 1, MAX_CATEGORIES)
    frequent = np.argsort(-counts, kind="stable")[:MAX_CATEGORIES]
    place[frequent] = np.arange(MAX_CATEGORIES)
    place[-1] = MAX_CATEGORIES + 1
    return place


def _standard(x, name):
    """Return mean and standard deviation of a column; 1 if it is constant."""
    x = x[~np.isnan(x)]
    if not x.size:
        return 0.0, 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        center, scale = x.mean(), x.std()
    if not np.isfinite(scale):
        raise ValueError(
            f"column {name!r} holds values up to {np.abs(x).max():.3g}, whose "
            "variance is too large for float64; divide the column by a constant."
        )
    return center, scale if x.max() > x.min() and scale > 0 else 1.0


def _embed(embedding, tables):
    """Return what an embedding makes of samples, checked."""
    function = getattr(embedding, "transform", embedding)
    if not callable(function):
        raise TypeError(
            "embedding must be a callable, a fitted transformer or None, got "
            f"{embedding!r}."
        )
    points = {}
    for name, X in tables.items():
        Z = function(X)
        Z = Z.toarray() if issparse(Z) else np.asarray(Z, dtype=np.float64)
        if Z.ndim != 2 or len(Z) != len(X):
            raise ValueError(
                f"embedding must return one row of coordinates per row, got shape "
                f"{Z.shape} for the {len(X)} rows of {name}."
            )
        if not np.isfinite(Z).all():
            raise ValueError(
                f"embedding must return finite coordinates, got NaN or inf for {name}; "
                "impute missing values."
            )
        points[name] = Z.astype(np.float64, copy=False)
    return points

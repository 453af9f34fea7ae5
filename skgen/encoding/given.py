"""Values of columns that a draw is to have: dicts, frames and rows."""

from collections.abc import Mapping
from numbers import Integral

import numpy as np
import pandas as pd


def index_of(name, names):
    """Index of a column from its name or its index.

    Parameters
    ----------
    name : object
        Name or index.
    names : list
        Names of the columns, those of an array being 0, 1, ...

    Returns
    -------
    j : int
        Index.

    Raises
    ------
    ValueError
        If there is no such column.
    """
    if name in names:
        return names.index(name)
    if isinstance(name, Integral) and not isinstance(name, bool):
        if 0 <= name < len(names):
            return int(name)
    more = " and more" if len(names) > 20 else ""
    raise ValueError(
        f"{name!r} is neither the name nor the index of a column; the {len(names)} "
        f"columns are {names[:20]}{more}."
    )


def read_given(given, names, n_rows):
    """Read what columns are to hold.

    Parameters
    ----------
    given : dict, DataFrame, Series or None
        By the name or index of a column one value for all rows, or one for each; a
        frame of one row or of all; a Series that is a row of a frame, or a column.
    names : list
        Names of the columns.
    n_rows : int
        Number of rows.

    Returns
    -------
    values : dict of list
        For the index of each column that is given its `n_rows` values.

    Raises
    ------
    TypeError
        If `given` is nothing of the kind.
    ValueError
        If a column is unknown, or has another number of values than there are rows.
    """
    if given is None:
        return {}
    if isinstance(given, pd.Series):
        is_column = given.name in names and not set(given.index) <= set(names)
        given = {given.name: given} if is_column else given.to_dict()
    if isinstance(given, pd.DataFrame):
        given = {name: given[name] for name in given}
    if not isinstance(given, Mapping):
        raise TypeError(
            "given must be a dict of columns and values, a DataFrame or a Series, got "
            f"{given!r} of type {type(given).__name__}; write given={{column: value}}."
        )
    found = {}
    for name, value in given.items():
        values = [value] if np.ndim(value) == 0 else list(value)
        if len(values) not in (1, n_rows):
            raise ValueError(
                f"given[{name!r}] must be one value or {n_rows}, one for each row, got "
                f"{len(values)}."
            )
        found[index_of(name, names)] = values * (n_rows if len(values) == 1 else 1)
    return found


def refuse_unseen(name, values, unseen, known):
    """Refuse values of a column that `fit` did not see, naming some that it saw."""
    if np.any(unseen):
        strange = pd.unique(pd.Series(values, dtype=object)[unseen])[:5].tolist()
        raise ValueError(
            f"given[{name!r}] holds {strange}, which fit did not see; it saw "
            f"{list(known)[:20]}{' and more' if len(known) > 20 else ''}."
        )

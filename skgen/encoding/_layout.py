"""The container and the dtypes of a table of numbers, as plain objects."""

import numpy as np

from ._columns import (
    assemble,
    dump_dtypes,
    dump_index,
    is_frame,
    kinds,
    load_dtype,
    restore_numbers,
)

__all__ = ["dump_layout", "to_layout"]


def dump_layout(X):
    """Note names, dtypes and kinds of the columns.

    Parameters
    ----------
    X : DataFrame or ndarray of shape (n_samples, n_features)
        Table of numbers.

    Returns
    -------
    layout : dict
        Plain objects, for `to_layout`.

    Examples
    --------
    >>> import pandas as pd
    >>> from skgen.encoding import dump_layout, to_layout
    >>> layout = dump_layout(pd.DataFrame({"age": [31, 42]}))
    >>> to_layout([[36.7], [51.2]], layout)
       age
    0   37
    1   51
    """
    return {
        "names": dump_index(X.columns) if is_frame(X) else None,
        "dtypes": dump_dtypes(X),
        "kinds": kinds(X),
    }


def to_layout(X, layout):
    """Give numbers a container and dtypes.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Numbers; they are rounded for a column of integers, and clipped to what a dtype
        holds.
    layout : dict
        What `dump_layout` noted.

    Returns
    -------
    X : DataFrame or ndarray of shape (n_samples, n_features)
        Table.

    Examples
    --------
    See :func:`dump_layout`.
    """
    columns = [
        restore_numbers(x, kind, load_dtype(spec), None)
        for x, kind, spec in zip(
            np.asarray(X, dtype=np.float64).T,
            layout["kinds"],
            layout["dtypes"],
            strict=True,
        )
    ]
    return assemble(columns, layout["names"])

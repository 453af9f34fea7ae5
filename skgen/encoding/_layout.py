"""The container and the dtypes of a table of numbers, as plain objects."""

import numpy as np

from ._columns import ColumnEncoder


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
    columns = ColumnEncoder()
    columns._learn_columns(X, n_least=0)
    columns.categories_ = [None] * X.shape[1]  # numbers, whatever their dtype
    return columns.get_state()


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
    columns = ColumnEncoder.from_state(layout)
    return columns._to_table(np.asarray(X, dtype=np.float64).T)

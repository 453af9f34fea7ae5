"""Copies among synthetic rows: distances to training rows, beside held-out rows."""

from collections import namedtuple

import numpy as np
import pandas as pd
from sklearn.metrics import pairwise_distances_argmin
from sklearn.utils import shuffle

from ..encoding.random_state import own_generator
from ._rows import Samples

Memorization = namedtuple(
    "Memorization",
    ["closer_to_train", "twins", "holdout_twins", "distance", "holdout_distance"],
)
# Rows are equal if their numbers are, up to the rounding of arithmetic.
_DIGITS = 12


def closest_row_distances(real, rows, *, embedding=None):
    """Distance from each row to the closest real row.

    With the rows that a generator was fitted to as `real` a copy has the distance 0.
    Small distances alone prove nothing where rows lie close together: compare with
    those of held-out rows, or use `memorization_score`.

    Parameters
    ----------
    real : DataFrame or array-like of shape (n_real, n_features)
        Rows to search, such as the training rows.
    rows : DataFrame or array-like of shape (n_rows, n_features)
        Rows with the same columns, such as synthetic ones.
    embedding : callable or fitted transformer, default=None
        What gives the coordinates, finite numbers, of a table's rows. None means
        numbers standardised by the real rows, a flag where values are missing, and
        one-hot categories; ``np.asarray`` takes an array as it is.

    Returns
    -------
    distances : ndarray of shape (n_rows,)
        Euclidean distances in these coordinates.

    Raises
    ------
    ValueError
        If the columns differ, a sample is empty, or a column holds inf.
    TypeError
        If a column holds numbers in one sample and categories in the other, or values
        that are neither, such as dates.

    See Also
    --------
    memorization_score : Distances judged by those of held-out rows.
    twin_share : Exact copies only.

    Examples
    --------
    >>> import pandas as pd
    >>> from skgen.metrics import closest_row_distances
    >>> real = pd.DataFrame({"x": [-1.0, 1.0, -1.0, 1.0], "y": list("aabb")})
    >>> rows = pd.DataFrame({"x": [1.0, 3.0], "y": ["b", "a"]})
    >>> closest_row_distances(real, rows)
    array([0., 2.])
    """
    samples = Samples({"real": real, "rows": rows})
    return closest(*samples.points("real", embedding).values())


def twin_share(real, rows):
    """Share of rows that equal a real row in every column.

    Numbers are compared to 12 significant digits, and missing values equal one another.
    Rows of few or coarse columns have twins by chance: compare with the share of
    held-out rows, not with 0.

    Parameters
    ----------
    real : DataFrame or array-like of shape (n_real, n_features)
        Rows to search, such as the training rows.
    rows : DataFrame or array-like of shape (n_rows, n_features)
        Rows with the same columns, such as synthetic ones.

    Returns
    -------
    share : float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If the columns differ, a sample is empty, or a column holds inf.
    TypeError
        If a column holds numbers in one sample and categories in the other, or values
        that are neither, such as dates.

    See Also
    --------
    memorization_score : Nearly equal rows as well.

    Examples
    --------
    >>> import pandas as pd
    >>> from skgen.metrics import twin_share
    >>> real = pd.DataFrame({"x": [1.0, 2.0, None], "y": ["a", "b", "b"]})
    >>> twin_share(real, pd.DataFrame({"x": [2.0, 2.0, None], "y": ["a", "b", "b"]}))
    0.666...
    """
    samples = Samples({"real": real, "rows": rows})
    return twins(samples["real"], samples["rows"])


def memorization_score(real, synthetic, holdout, *, embedding=None, random_state=None):
    """Tell copied rows from new ones by held-out rows.

    A generator that has learned the distribution makes rows that are as near to its
    training rows as held-out rows are, so that they are nearer to a training row than
    to a held-out one half of the time. One that copies is nearer to its training rows.
    The larger of the two real samples is cut to the size of the other, at random, since
    the nearest of more rows is nearer.

    Parameters
    ----------
    real : DataFrame or array-like of shape (n_real, n_features)
        The rows that the generator was fitted to.
    synthetic : DataFrame or array-like of shape (n_synthetic, n_features)
        Synthetic rows with the same columns.
    holdout : DataFrame or array-like of shape (n_holdout, n_features)
        Real rows of the same distribution that the generator has not seen.
    embedding : callable or fitted transformer, default=None
        What gives the coordinates, finite numbers, of a table's rows. None means
        numbers standardised by the real rows, a flag where values are missing, and
        one-hot categories; ``np.asarray`` takes an array as it is.
    random_state : int, RandomState instance or None, default=None
        Seeds the choice of rows of the larger sample. Pass an int for reproducible
        output.

    Returns
    -------
    result : namedtuple
        `closer_to_train`, the share of synthetic rows that are nearer to a training row
        than to a held-out one, ties counted half: 0.5 if nothing was copied, 1 if all
        was; `twins`, the share that equals a training row, and `holdout_twins`, that of
        the held-out rows, to compare it with; `distance`, the median distance of
        synthetic rows to the closest training row, and `holdout_distance`, that of the
        held-out rows.

    Raises
    ------
    ValueError
        If the columns differ, a sample is empty, or a column holds inf.
    TypeError
        If a column holds numbers in one sample and categories in the other, or values
        that are neither, such as dates.

    See Also
    --------
    closest_row_distances : The distances themselves, to find suspicious rows.

    References
    ----------
    .. [1] C. Meehan, K. Chaudhuri, S. Dasgupta, "A non-parametric test to detect
       data-copying in generative models", AISTATS 2020.
    .. [2] M. Platzer, T. Reutterer, "Holdout-based empirical assessment of mixed-type
       synthetic data", Frontiers in Big Data 4, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.metrics import memorization_score
    >>> rng = np.random.default_rng(0)
    >>> real, holdout, new = rng.normal(size=(3, 400, 3))
    >>> noisy_copies = real + 0.01 * rng.normal(size=real.shape)
    >>> abs(memorization_score(real, new, holdout).closer_to_train - 0.5) < 0.05
    True
    >>> memorization_score(real, noisy_copies, holdout).closer_to_train > 0.95
    True
    """
    samples = Samples({"real": real, "synthetic": synthetic, "holdout": holdout})
    points = samples.points("real", embedding)
    return memorization(samples, points, own_generator(random_state))


def memorization(samples, points, random_state):
    """Judge samples "synthetic" by "real" and "holdout", of which the points are."""
    train, new, holdout = (points[k] for k in ("real", "synthetic", "holdout"))
    n = min(len(train), len(holdout))
    to_train, to_holdout = (
        closest(_some(part, n, random_state), new) for part in (train, holdout)
    )
    nearer = np.mean(to_train < to_holdout) + 0.5 * np.mean(to_train == to_holdout)
    if len(train) > n:
        to_train = closest(train, new)
    return Memorization(
        closer_to_train=float(nearer),
        twins=twins(samples["real"], samples["synthetic"]),
        holdout_twins=twins(samples["real"], samples["holdout"]),
        distance=float(np.median(to_train)),
        holdout_distance=float(np.median(closest(train, holdout))),
    )


def closest(X, rows):
    """Distance from each of some points to the closest of X."""
    center = X.mean(axis=0)
    found = pairwise_distances_argmin(rows - center, X - center)
    # The search expands the square and loses digits: a copy has the distance 0.
    return np.sqrt(np.sum((rows - X[found]) ** 2, axis=1))


def twins(real, rows):
    """Share of rows of codes that equal one of `real`."""
    known, searched = (
        pd.util.hash_pandas_object(pd.DataFrame(_rounded(X)), index=False)
        for X in (real, rows)
    )
    return float(searched.isin(known).mean())


def _rounded(X):
    """Round to significant digits."""
    size = np.abs(np.where(np.isnan(X) | (X == 0), 1.0, X))
    unit = 10.0 ** np.clip(np.floor(np.log10(size)), -290, 290)
    with np.errstate(over="ignore"):
        return np.round(X / unit, _DIGITS - 1) * unit + 0.0  # -0.0 becomes 0.0


def _some(X, n, random_state):
    return X if len(X) == n else shuffle(X, n_samples=n, random_state=random_state)

"""Similarity of single columns and of pairs of columns."""

import numpy as np
import pandas as pd

from ._rows import Samples

_BINS = 10


def marginal_similarity(real, synthetic):
    r"""Similarity of each column of two tables, between 0 and 1.

    For numbers one minus the Kolmogorov-Smirnov distance, the largest gap between the
    distribution functions; for categories and booleans one minus the total variation
    distance,

    .. math::

        1 - \sup_x |F_{\mathrm{real}}(x) - F_{\mathrm{synthetic}}(x)|, \qquad
        1 - \tfrac12 \sum_v |p_{\mathrm{real}}(v) - p_{\mathrm{synthetic}}(v)| .

    Without missing values their mean is the "column shapes" of SDMetrics' quality
    report [1]_. A missing value is a category of its own. Numbers are compared where
    they are present, and the similarity is at most one minus the difference of the
    missing shares.

    It sees one column at a time: rows whose columns were shuffled independently, and
    copies of the training rows, have a similarity of 1.

    Parameters
    ----------
    real : DataFrame or array-like of shape (n_real, n_features)
        Real rows.
    synthetic : DataFrame or array-like of shape (n_synthetic, n_features)
        Synthetic rows with the same columns.

    Returns
    -------
    similarity : Series of shape (n_features,)
        1 for equal columns, 0 for columns without a common value; its index holds the
        names of the columns, 0, 1, ... for arrays.

    Raises
    ------
    ValueError
        If the columns differ, a sample is empty, or a column holds inf.
    TypeError
        If a column holds numbers in one sample and categories in the other, or values
        that are neither, such as dates.

    See Also
    --------
    pairwise_similarity : Of pairs of columns.

    References
    ----------
    .. [1] N. Patki, R. Wedge, K. Veeramachaneni, "The synthetic data vault", DSAA 2016,
       and the documentation of SDMetrics, "QualityReport".

    Examples
    --------
    >>> import pandas as pd
    >>> from skgen.metrics import marginal_similarity
    >>> real = pd.DataFrame({"age": [20, 30, 40, 50], "sex": ["f", "m", "f", "m"]})
    >>> synthetic = pd.DataFrame({"age": [20, 30, 30, 50], "sex": ["f", "f", "f", "m"]})
    >>> marginal_similarity(real, synthetic)
    age    0.75
    sex    0.75
    Name: similarity, dtype: float64
    """
    return marginals(Samples({"real": real, "synthetic": synthetic}))


def pairwise_similarity(real, synthetic):
    r"""Similarity of each pair of columns of two tables, between 0 and 1.

    For two columns of numbers, with Pearson's correlations :math:`\rho` of the rows
    where both are present; for all others, with the shares of the cells of their
    contingency table:

    .. math::

        1 - \tfrac12 |\rho_{\mathrm{real}} - \rho_{\mathrm{synthetic}}|, \qquad
        1 - \tfrac12 \sum_{u, v}
        |p_{\mathrm{real}}(u, v) - p_{\mathrm{synthetic}}(u, v)| .

    A column of numbers beside one of categories or booleans is cut into ten bins of
    equal width over the range of its real values. A missing value is a category of its
    own. A constant column has a correlation of 0 with all others. The mean over pairs
    is the "column pair trends" of SDMetrics' quality report [1]_.

    Parameters
    ----------
    real : DataFrame or array-like of shape (n_real, n_features)
        Real rows.
    synthetic : DataFrame or array-like of shape (n_synthetic, n_features)
        Synthetic rows with the same columns.

    Returns
    -------
    similarity : DataFrame of shape (n_features, n_features)
        Symmetric, 1 for pairs that are alike, and NaN on the diagonal, so that
        ``np.nanmean`` is the mean over pairs.

    Raises
    ------
    ValueError
        If the columns differ, there is only one, a sample is empty, or a column holds
        inf.
    TypeError
        If a column holds numbers in one sample and categories in the other, or values
        that are neither, such as dates.

    See Also
    --------
    marginal_similarity : Of single columns.

    References
    ----------
    .. [1] N. Patki, R. Wedge, K. Veeramachaneni, "The synthetic data vault", DSAA 2016,
       and the documentation of SDMetrics, "QualityReport".

    Examples
    --------
    >>> import pandas as pd
    >>> from skgen.metrics import pairwise_similarity
    >>> real = pd.DataFrame({"a": [1, 2, 3, 4], "b": [2, 4, 6, 8]})
    >>> synthetic = real.assign(b=[8, 6, 4, 2])  # a correlation of -1 instead of 1
    >>> pairwise_similarity(real, synthetic)
         a    b
    a  NaN  0.0
    b  0.0  NaN
    """
    return pairs(Samples({"real": real, "synthetic": synthetic}))


def marginals(samples):
    """Similarity of the columns of two samples, the first of them the real one."""
    real, synthetic = samples.codes.values()
    discrete = _is_discrete(samples)
    found = [
        (_total_variation if discrete[j] else _kolmogorov)(real[:, j], synthetic[:, j])
        for j in range(len(discrete))
    ]
    return pd.Series(1.0 - np.array(found), index=samples.names, name="similarity")


def pairs(samples):
    """Similarity of the pairs of columns of two samples, the real one first."""
    real, synthetic = samples.codes.values()
    width = real.shape[1]
    if width < 2:
        raise ValueError("There must be two columns or more to pair, got one.")
    discrete = _is_discrete(samples)
    found = np.full((width, width), np.nan)
    numbers = np.flatnonzero(~discrete)
    if len(numbers) > 1:
        rho = [_correlations(X[:, numbers]) for X in (real, synthetic)]
        found[np.ix_(numbers, numbers)] = 1 - np.abs(rho[0] - rho[1]) / 2
    if discrete.any():
        cells = [_cells(real[:, j], synthetic[:, j], discrete[j]) for j in range(width)]
    for j in np.flatnonzero(discrete):
        for k in range(width):
            if k < j or not discrete[k]:
                both = [
                    a * (cells[k][2] + 1.0) + b
                    for a, b in zip(cells[j][:2], cells[k][:2], strict=True)
                ]
                found[j, k] = found[k, j] = 1 - _total_variation(*both)
    np.fill_diagonal(found, np.nan)
    return pd.DataFrame(found, index=samples.names, columns=samples.names)


def _is_discrete(samples):
    return np.array([kind in ("category", "boolean") for kind in samples.kinds])


def _total_variation(x, y):
    """Half the sum of the differences of shares, NaN a value like others."""
    _, (p, q) = value_shares(x, y)
    return min(np.abs(p - q).sum() / 2, 1.0)


def value_shares(x, y):
    """Return the distinct values of two columns, NaN the last, and their shares."""
    values, code = np.unique(np.concatenate([x, y]), return_inverse=True)
    parts = np.split(code, [len(x)])
    size = len(values)
    return values, [np.bincount(part, minlength=size) / len(part) for part in parts]


def _kolmogorov(x, y):
    """Largest gap of distribution functions, or of the missing shares if larger."""
    missing = abs(np.isnan(x).mean() - np.isnan(y).mean())
    x, y = np.sort(x[~np.isnan(x)]), np.sort(y[~np.isnan(y)])
    if not (x.size and y.size):
        return missing
    both = np.concatenate([x, y])
    below = [np.searchsorted(part, both, side="right") / len(part) for part in (x, y)]
    return max(missing, np.abs(below[0] - below[1]).max())


def _correlations(X):
    """Pearson's correlations of the rows where both columns are present."""
    # A constant column must be exactly 0, or rounding correlates with rounding.
    X = np.where(np.fmax.reduce(X) == np.fmin.reduce(X), 0.0 * X, X)
    with np.errstate(all="ignore"):
        X = X / np.fmax.reduce(np.abs(X))  # squares neither overflow nor vanish
        X[:, np.isnan(X).all(axis=0)] = 0.0
        if np.isnan(X).any():
            rho = pd.DataFrame(X).corr().to_numpy()
        else:
            rho = np.corrcoef(X, rowvar=False)
    return np.nan_to_num(rho, nan=0.0)


def _cells(x, y, discrete):
    """Return two columns as whole numbers from 0, and the largest of them."""
    if discrete:
        known = np.concatenate([x, y])
        top = 0 if np.isnan(known).all() else np.nanmax(known) + 1
    else:
        low, high = np.fmin.reduce(x), np.fmax.reduce(x)
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges = np.linspace(low, high, _BINS + 1)[1:-1]
        x, y = (
            np.where(np.isnan(part), np.nan, np.searchsorted(edges, part, side="right"))
            for part in (x, y)
        )
        top = _BINS
    return np.nan_to_num(x, nan=top), np.nan_to_num(y, nan=top), top

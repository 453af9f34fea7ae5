"""Maximum mean discrepancy and Frechet distance of two samples."""

from collections import namedtuple

import numpy as np
from scipy.linalg import eigh, svdvals
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.utils import shuffle

from ..encoding.random_state import own_generator
from ._checks import check_integer, is_positive
from ._rows import Samples

MeanDiscrepancy = namedtuple("MeanDiscrepancy", ["mmd2", "p_value", "bandwidth"])
_BLOCK = 1000  # rows of the kernel matrix that are held at once
_N_MEDIAN = 2000


def maximum_mean_discrepancy(
    real,
    synthetic,
    *,
    bandwidth=None,
    embedding=None,
    n_permutations=0,
    random_state=None,
):
    r"""Squared maximum mean discrepancy (MMD) of two samples, unbiased.

    With a Gaussian kernel :math:`k(x, y) = \exp(-\|x - y\|^2 / 2 \sigma^2)`,

    .. math::

        \frac{\sum_{i \ne j} k(x_i, x_j)}{n (n - 1)}
        + \frac{\sum_{i \ne j} k(y_i, y_j)}{m (m - 1)}
        - \frac{2 \sum_{i, j} k(x_i, y_j)}{n m} ,

    the squared distance of the two samples' means in the space of the kernel. Its
    expectation is 0 for equal distributions and positive for others.

    Parameters
    ----------
    real : DataFrame or array-like of shape (n_real, n_features)
        Real rows, at least two.
    synthetic : DataFrame or array-like of shape (n_synthetic, n_features)
        Synthetic rows with the same columns, at least two.
    bandwidth : float, default=None
        The kernel's :math:`\sigma`, above 0. None means the median distance of the rows
        of both samples, or of 2000 of them drawn at random.
    embedding : callable or fitted transformer, default=None
        What gives the coordinates, finite numbers, of a table's rows. None means
        numbers standardised by the real rows, a flag where values are missing, and
        one-hot categories; ``np.asarray`` takes an array as it is.
    n_permutations : int, default=0
        How often the rows are dealt anew to two samples to find a p-value.
    random_state : int, RandomState instance or None, default=None
        Seeds the median's rows and the permutations. Pass an int for reproducible
        output.

    Returns
    -------
    result : namedtuple
        `mmd2`, the estimate, which can be a little below 0; `p_value`, the share of
        permutations, the samples themselves counted among them, with an estimate as
        large, NaN without permutations; `bandwidth`, the one used.

    Raises
    ------
    ValueError
        If the columns differ, a sample has fewer than two rows, or a parameter is out
        of range.
    TypeError
        If a column holds numbers in one sample and categories in the other, or values
        that are neither, such as dates.

    See Also
    --------
    classifier_two_sample_test : Finds the differences that no fixed kernel looks for.

    References
    ----------
    .. [1] A. Gretton, K. M. Borgwardt, M. J. Rasch, B. Schoelkopf, A. Smola, "A kernel
       two-sample test", JMLR 13, 2012, lemma 6 and section 8.

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.metrics import maximum_mean_discrepancy
    >>> rng = np.random.default_rng(0)
    >>> X, Y = rng.normal(size=(200, 2)), rng.normal(0.5, size=(200, 2))
    >>> result = maximum_mean_discrepancy(X, Y, n_permutations=99, random_state=0)
    >>> result.mmd2 > 0.01, round(result.p_value, 2)
    (True, 0.01)
    """
    if bandwidth is not None and not is_positive(bandwidth):
        raise ValueError(
            f"bandwidth must be None or a number above 0, got {bandwidth!r}."
        )
    check_integer("n_permutations", n_permutations, 0)
    samples = Samples({"real": real, "synthetic": synthetic}, min_rows=2)
    X, Y = samples.points("real", embedding).values()
    random_state = own_generator(random_state)
    return mean_discrepancy(X, Y, bandwidth, n_permutations, random_state)


def frechet_distance(real, synthetic, *, embedding=None):
    r"""Frechet distance of the normal distributions with two samples' moments.

    .. math::

        \|\mu_1 - \mu_2\|^2
        + \mathrm{tr}\bigl(\Sigma_1 + \Sigma_2 - 2 (\Sigma_1 \Sigma_2)^{1/2}\bigr)

    With features of an Inception network it is the FID [1]_; with any embedding it
    compares means and covariances there, and nothing else. It is biased upwards by an
    amount that shrinks with the number of rows: compare values of samples of one size,
    and with that of further real rows.

    Parameters
    ----------
    real : DataFrame or array-like of shape (n_real, n_features)
        Real rows, at least two.
    synthetic : DataFrame or array-like of shape (n_synthetic, n_features)
        Synthetic rows with the same columns, at least two.
    embedding : callable or fitted transformer, default=None
        What gives the features, finite numbers, of a table's rows: the `transform` of
        a `TableEncoder`, the activations of a classifier. None takes the columns as
        they are, which must be numbers without missing values.

    Returns
    -------
    distance : float
        The squared distance, at least 0, as the FID is given; in squared units of the
        features.

    Raises
    ------
    ValueError
        If the columns differ, a sample has fewer than two rows, or columns are no
        finite numbers and there is no embedding.
    TypeError
        If a column holds numbers in one sample and categories in the other, or values
        that are neither, such as dates.

    See Also
    --------
    precision_recall_density_coverage : Tells missing variety from poor quality.

    References
    ----------
    .. [1] M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter, "GANs
       trained by a two time-scale update rule converge to a local Nash equilibrium",
       NeurIPS 2017, equation 6.

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.metrics import frechet_distance
    >>> X = np.random.default_rng(0).normal(size=(1000, 2))
    >>> round(frechet_distance(X, X + [3, 4]), 6)
    25.0
    """
    samples = Samples({"real": real, "synthetic": synthetic}, min_rows=2)
    if embedding is None:
        if samples.is_category.any() or any(
            np.isnan(codes).any() for codes in samples.codes.values()
        ):
            raise ValueError(
                "Without an embedding all columns must be numbers without missing "
                "values, got others; pass embedding=TableEncoder().fit(real)."
            )
        X, Y = samples.codes.values()
    else:
        X, Y = samples.points("real", embedding).values()
    return frechet(X, Y)


def frechet(X, Y):
    """Squared Frechet distance of two matrices of features."""
    (mean_x, root_x), (mean_y, root_y) = _moments(X), _moments(Y)
    # The trace of the root is the sum of the singular values of a product of roots:
    # no eigenvalue is squared and none comes out negative.
    overlap = svdvals(root_x.T @ root_y).sum()
    spread = np.sum(root_x**2) + np.sum(root_y**2) - 2 * overlap
    return float(np.sum((mean_x - mean_y) ** 2) + max(spread, 0.0))


def _moments(X):
    """Return mean and a root R of the covariance, R @ R.T."""
    mean = X.mean(axis=0)
    Z = X - mean
    values, vectors = eigh(Z.T @ Z / (len(X) - 1))
    return mean, vectors * np.sqrt(np.maximum(values, 0))


def mean_discrepancy(X, Y, bandwidth, n_permutations, random_state):
    """Squared MMD of two matrices of coordinates, and its p-value."""
    n, m = len(X), len(Y)
    Z = np.vstack([X, Y])
    Z = Z - Z.mean(axis=0)  # distances lose fewer digits
    if bandwidth is None:
        bandwidth = _median_distance(Z, random_state)
    # Columns mark the rows of the first sample: the true ones, then permuted ones.
    first = np.zeros((n + m, 1 + n_permutations))
    first[:n, 0] = 1
    for k in range(1, 1 + n_permutations):
        first[random_state.permutation(n + m)[:n], k] = 1
    inside = across = total = 0.0
    for start in range(0, n + m, _BLOCK):
        rows = slice(start, start + _BLOCK)
        kernel = euclidean_distances(Z[rows], Z, squared=True)
        kernel /= -2 * bandwidth**2
        np.exp(kernel, out=kernel)
        np.fill_diagonal(kernel[:, start:], 0)  # no row is paired with itself
        inside += np.sum(first[rows] * (kernel @ first), axis=0)
        sums = kernel.sum(axis=1)
        across += sums @ first[rows]
        total += sums.sum()
    across -= inside
    estimates = (
        inside / (n * (n - 1))
        + (total - inside - 2 * across) / (m * (m - 1))
        - 2 * across / (n * m)
    )
    # Equal deals differ by rounding.
    as_large = np.sum(estimates[1:] >= estimates[0] - 1e-12)
    p_value = (1 + as_large) / (1 + n_permutations) if n_permutations else np.nan
    return MeanDiscrepancy(float(estimates[0]), float(p_value), float(bandwidth))


def _median_distance(Z, random_state):
    if len(Z) > _N_MEDIAN:
        Z = shuffle(Z, n_samples=_N_MEDIAN, random_state=random_state)
    distances = euclidean_distances(Z)[np.triu_indices(len(Z), 1)]
    median = np.median(distances)
    if median > 0:
        return median
    # More than half of the pairs are equal.
    return distances[distances > 0].mean() if (distances > 0).any() else 1.0

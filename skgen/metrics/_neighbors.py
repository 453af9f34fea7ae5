"""What nearest neighbours tell of two samples: divergence, precision and coverage."""

from collections import namedtuple
from numbers import Integral

import numpy as np
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.neighbors import NearestNeighbors

from ._rows import Samples

Fidelity = namedtuple("Fidelity", ["precision", "recall", "density", "coverage"])
_BLOCK = 1000


def kl_divergence_knn(X, Y, *, n_neighbors=5):
    r"""Kullback-Leibler divergence of two samples, from nearest neighbours.

    For :math:`n` draws from :math:`p` and :math:`m` from :math:`q` in :math:`d`
    columns, with :math:`\rho_k(i)` the distance from the i-th draw to the k-th nearest
    other draw from :math:`p`, and :math:`\nu_k(i)` to the k-th nearest from :math:`q`,

    .. math::

        \widehat{\mathrm{KL}}(p \,\|\, q)
        = \frac{d}{n} \sum_{i=1}^n \log \frac{\nu_k(i)}{\rho_k(i)}
        + \log \frac{m}{n - 1} .

    The divergence does not depend on the units of the columns, and they are
    standardised before distances are taken. The estimate is consistent; its error
    grows quickly with the number of columns, mostly to the small side.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_samples_X, n_features)
        Draws from p: continuous numbers without missing values.
    Y : DataFrame or array-like of shape (n_samples_Y, n_features)
        Draws from q, with the same columns.
    n_neighbors : int, default=5
        The neighbour k; more of them lower the variance and raise the bias.

    Returns
    -------
    divergence : float
        Estimate in nats; near 0 it can be negative.

    Raises
    ------
    ValueError
        If there are too few rows, missing values or inf, or so many equal rows that a
        distance is 0: then there are no densities to compare.
    TypeError
        If a column does not hold numbers.

    See Also
    --------
    divergence_from_classifier : For many columns, categories and ties.

    References
    ----------
    .. [1] Q. Wang, S. R. Kulkarni, S. Verdu, "Divergence estimation for
       multidimensional densities via k-nearest-neighbor distances", IEEE Transactions
       on Information Theory 55, 2009.

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.metrics import kl_divergence_knn
    >>> rng = np.random.default_rng(0)
    >>> X, Y = rng.normal(size=(5000, 1)), rng.normal(1, size=(5000, 1))
    >>> round(kl_divergence_knn(X, Y), 1)  # exactly 0.5
    0.5
    """
    samples = Samples({"X": X, "Y": Y})
    if samples.is_category.any():
        j = np.flatnonzero(samples.is_category)[0]
        raise TypeError(
            f"X and Y must hold numbers, got categories in column "
            f"{samples.names[j]!r}; use divergence_from_classifier."
        )
    X, Y = samples["X"], samples["Y"]
    if np.isnan(X).any() or np.isnan(Y).any():
        raise ValueError("X and Y must have no missing values, got some; impute them.")
    _check_neighbors(n_neighbors, {"X": len(X) - 1, "Y": len(Y)})
    both = np.vstack([X, Y])
    varies = both.max(axis=0) > both.min(axis=0)
    if not varies.any():
        raise ValueError("X and Y must hold a column that is not constant.")
    center, scale = both[:, varies].mean(axis=0), both[:, varies].std(axis=0)
    X, Y = (X[:, varies] - center) / scale, (Y[:, varies] - center) / scale
    search = NearestNeighbors(n_neighbors=n_neighbors)
    rho = search.fit(X).kneighbors()[0][:, -1]
    nu = search.fit(Y).kneighbors(X)[0][:, -1]
    if not (rho.min() > 0 and nu.min() > 0):
        raise ValueError(
            f"No row may have n_neighbors={n_neighbors} equal rows, got some: draws "
            "from densities do not repeat. Raise n_neighbors, add noise as wide as the "
            "numbers were rounded to, or use divergence_from_classifier."
        )
    n, d = X.shape
    return float(d * np.mean(np.log(nu / rho)) + np.log(len(Y) / (n - 1)))


def precision_recall_density_coverage(
    real, synthetic, *, n_neighbors=5, embedding=None
):
    r"""Quality and variety of samples, apart from each other.

    Around each row lies a ball that reaches to its k-th nearest neighbour in its own
    sample; together the balls are an estimate of where that sample lives. For the
    :math:`n` real rows and the :math:`m` synthetic ones

    - *precision* is the share of synthetic rows in any real ball, and *density* the
      mean number of real balls that they lie in, divided by :math:`k`: quality;
    - *recall* is the share of real rows in any synthetic ball, and *coverage* the share
      of real balls that hold a synthetic row: variety.

    Density and coverage mind outliers less: one real outlier has a ball that is wide
    enough to make anything precise, and one synthetic outlier makes recall perfect.

    Parameters
    ----------
    real : DataFrame or array-like of shape (n_real, n_features)
        Real rows, more than `n_neighbors`.
    synthetic : DataFrame or array-like of shape (n_synthetic, n_features)
        Synthetic rows with the same columns, more than `n_neighbors`; as many as there
        are real rows.
    n_neighbors : int, default=5
        The neighbour k that the balls reach to.
    embedding : callable or fitted transformer, default=None
        What gives the coordinates, finite numbers, of a table's rows. None means
        numbers standardised by the real rows, a flag where values are missing, and
        one-hot categories; ``np.asarray`` takes an array as it is. Distances of images
        mean little in pixels: pass features of a network.

    Returns
    -------
    result : namedtuple
        `precision`, `recall`, `density` and `coverage`. All are in [0, 1] but density,
        which can exceed 1. For equal distributions and many rows density tends to 1 and
        coverage to 1 - 2 ** -k if both samples are of one size.

    Raises
    ------
    ValueError
        If the columns differ or a sample has no more than `n_neighbors` rows.
    TypeError
        If a column holds numbers in one sample and categories in the other, or values
        that are neither, such as dates.

    See Also
    --------
    mode_coverage : Variety where the modes are known.

    References
    ----------
    .. [1] T. Kynkaanniemi, T. Karras, S. Laine, J. Lehtinen, T. Aila, "Improved
       precision and recall metric for assessing generative models", NeurIPS 2019,
       equations 1 and 2.
    .. [2] M. F. Naeem, S. J. Oh, Y. Uh, Y. Choi, J. Yoo, "Reliable fidelity and
       diversity metrics for generative models", ICML 2020, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.metrics import precision_recall_density_coverage
    >>> rng = np.random.default_rng(0)
    >>> real, narrow = rng.normal(size=(500, 2)), rng.normal(0, 0.2, size=(500, 2))
    >>> result = precision_recall_density_coverage(real, narrow)
    >>> result.precision > 0.95, result.coverage < 0.3
    (True, True)
    """
    samples = Samples({"real": real, "synthetic": synthetic})
    sizes = {name: len(codes) - 1 for name, codes in samples.codes.items()}
    _check_neighbors(n_neighbors, sizes)
    return fidelity(*samples.points("real", embedding).values(), n_neighbors)


def fidelity(X, Y, n_neighbors):
    """Precision, recall, density and coverage of two matrices of coordinates."""
    center = X.mean(axis=0)
    X, Y = X - center, Y - center  # distances lose fewer digits
    search = NearestNeighbors(n_neighbors=n_neighbors, algorithm="brute")
    # Balls are closed, and rounding must not put an equal row outside.
    slack = 1e-12 * max(np.sum(X**2, axis=1).max(), np.sum(Y**2, axis=1).max())
    reach_x, reach_y = (
        search.fit(part).kneighbors()[0][:, -1] ** 2 + slack for part in (X, Y)
    )
    balls = np.zeros(len(Y))
    recalled, covered = np.zeros(len(X), dtype=bool), np.zeros(len(X), dtype=bool)
    for start in range(0, len(Y), _BLOCK):
        rows = slice(start, start + _BLOCK)
        distances = euclidean_distances(Y[rows], X, squared=True)
        within = distances <= reach_x
        balls[rows] = within.sum(axis=1)
        covered |= within.any(axis=0)
        recalled |= (distances <= reach_y[rows, None]).any(axis=0)
    return Fidelity(
        precision=float(np.mean(balls > 0)),
        recall=float(np.mean(recalled)),
        density=float(np.mean(balls) / n_neighbors),
        coverage=float(np.mean(covered)),
    )


def _check_neighbors(n_neighbors, sizes):
    if not isinstance(n_neighbors, Integral) or isinstance(n_neighbors, bool):
        raise ValueError(f"n_neighbors must be an integer, got {n_neighbors!r}.")
    for name, size in sizes.items():
        if not 1 <= n_neighbors <= size:
            raise ValueError(
                f"n_neighbors must be from 1 to {size}, the number of neighbours that "
                f"{name} has to offer, got {n_neighbors}; pass more rows or a lower k."
            )

"""Which of the known modes a sample reaches, and how precisely."""

from collections import namedtuple

import numpy as np
from sklearn.metrics import pairwise_distances_argmin_min

from ._checks import check_integer, is_positive
from ._rows import Samples

ModeCoverage = namedtuple("ModeCoverage", ["n_modes", "high_quality", "counts"])


def mode_coverage(samples, modes, *, scale, n_scales=3, min_count=1):
    """Count the modes that samples reach, and the samples that belong to one.

    For mixtures whose centers are known, such as the ring of 8 and the grid of 25
    Gaussians that GANs are tried on. A sample is of high quality if it lies within
    `n_scales` standard deviations of the nearest mode, and a mode is reached if enough
    such samples are nearest to it.

    Parameters
    ----------
    samples : DataFrame or array-like of shape (n_samples, n_features)
        Numbers, without missing values.
    modes : array-like of shape (n_modes, n_features)
        Centers of the modes.
    scale : float or array-like of shape (n_modes,)
        Standard deviation of the modes in each coordinate, above 0.
    n_scales : float, default=3
        How many standard deviations a mode reaches. In two dimensions 98.9 % of draws
        from the mixture itself lie within 3.
    min_count : int, default=1
        Number of high-quality samples that a mode needs to count as reached.

    Returns
    -------
    result : namedtuple
        `n_modes`, the number of modes that were reached; `high_quality`, the share of
        samples of high quality; `counts`, an array of shape (n_modes,), the number of
        these nearest to each mode.

    Raises
    ------
    ValueError
        If `samples` and `modes` differ in their columns, hold missing values, inf or
        categories, or a parameter is out of range.

    See Also
    --------
    precision_recall_density_coverage : Where modes are not known.

    References
    ----------
    .. [1] A. Srivastava, L. Valkov, C. Russell, M. U. Gutmann, C. Sutton, "VEEGAN:
       reducing mode collapse in GANs using implicit variational learning", NeurIPS
       2017, section 5.1.

    Examples
    --------
    >>> from skgen.metrics import mode_coverage
    >>> samples = [[0.0, 0.1], [0.1, 0.0], [4.0, 4.2], [2.0, 2.0]]
    >>> result = mode_coverage(samples, [[0, 0], [4, 4], [0, 4]], scale=0.1)
    >>> result.n_modes, result.high_quality, result.counts
    (2, 0.75, array([2, 1, 0]))
    """
    both = Samples({"samples": samples, "modes": modes})
    if both.is_category.any() or any(np.isnan(x).any() for x in both.codes.values()):
        raise ValueError(
            "samples and modes must hold numbers without missing values, got others."
        )
    X, centers = both["samples"], both["modes"]
    try:
        scale = np.broadcast_to(np.asarray(scale, dtype=np.float64), len(centers))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"scale must be a number or one per mode, got {scale!r} for "
            f"{len(centers)} modes."
        ) from error
    if not (np.isfinite(scale).all() and scale.min() > 0):
        raise ValueError(f"scale must be above 0, got {scale.min()!r}.")
    if not is_positive(n_scales):
        raise ValueError(f"n_scales must be a number above 0, got {n_scales!r}.")
    check_integer("min_count", min_count, 1)
    nearest, distance = pairwise_distances_argmin_min(X, centers)
    good = distance <= n_scales * scale[nearest]
    counts = np.bincount(nearest[good], minlength=len(centers))
    return ModeCoverage(int(np.sum(counts >= min_count)), float(good.mean()), counts)

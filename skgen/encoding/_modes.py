"""Columns of narrow modes far apart: scores by a mixture of Gaussians.

Any linear scale squeezes such modes to points, and networks smear them. Through the
distribution function of a mixture they become one standard normal, exactly invertible.
"""

import numpy as np
from scipy.special import log_ndtr, logsumexp, ndtri_exp
from sklearn.mixture import GaussianMixture

_FEWEST = 10  # rows on each side of a gap, or one in a hundred
_FAR = 8.0  # times the room that the rows next to a gap take
_MOST_ROWS = 5000
_MORE = 3  # components beyond one for each side of a gap
_BROAD = 1e-4  # mass of a component as wide as the column
_STEPS = 100  # halvings of the interval that a number is looked for in


def fit_modes(x):
    """Fit a mixture to a column, if it has gaps that are wide beside its modes.

    Parameters
    ----------
    x : ndarray of shape (n_rows,)
        Numbers, none missing.

    Returns
    -------
    modes : dict of ndarray or None
        Weights, means and deviations; None for a column without such gaps.
    """
    x = np.sort(x)
    starts = _find_gaps(x)
    if not len(starts):
        return None
    parts = np.split(x, starts)
    means = np.array([part.mean() for part in parts])
    deviations = np.array([max(part.std(), 1e-3 * np.ptp(part)) for part in parts])
    center, scale = means.mean(), deviations.min()
    some = x[np.linspace(0, len(x) - 1, min(len(x), _MOST_ROWS)).astype(int)]
    some = ((some - center) / scale)[:, None]
    best = None
    for n_more in range(_MORE + 1):
        # The widest parts are split first.
        extra = np.argsort(-deviations, kind="stable")[:n_more]
        first = np.append(means, means[extra] + deviations[extra])
        model = GaussianMixture(
            len(first),
            means_init=((first - center) / scale)[:, None],
            reg_covar=1e-4,
            max_iter=50,
            tol=1e-2,
            random_state=0,
        )
        model.fit(some)
        bic = model.bic(some)
        if best is None or bic < best[0]:
            best = bic, model
        else:
            break
    model = best[1]
    order = np.argsort(model.means_[:, 0])
    weights = (1 - _BROAD) * model.weights_[order]
    found = model.means_[order, 0] * scale + center
    widths = np.sqrt(model.covariances_[order, 0, 0]) * scale
    # A little mass everywhere: numbers between the modes are told apart too.
    return {
        "weights": np.append(weights, _BROAD),
        "means": np.append(found, x.mean()),
        "deviations": np.append(widths, np.ptp(x)),
    }


def _find_gaps(x):
    """Places in sorted numbers where a part begins that lies far from the last."""
    n_least = max(_FEWEST, len(x) // 100)
    values, first = np.unique(x, return_index=True)
    if len(x) < 2 * n_least or len(values) < 6:
        return np.zeros(0, dtype=int)
    places = []
    for k in np.argsort(-np.diff(values))[:20]:
        start = first[k + 1]
        others = [0, *places, len(x)]
        if min(abs(start - place) for place in others) < n_least:
            continue
        left, right = x[start - n_least], x[start + n_least - 1]
        room = max(x[start - 1] - left, right - x[start])
        # Of fewer values a part may be a grid, whose steps are no gaps.
        apart = min(k + 1 - np.searchsorted(values, left), n_least)
        apart = min(apart, np.searchsorted(values, right) - k)
        if apart >= 3 and values[k + 1] - values[k] > _FAR * room:
            places.append(start)
    return np.sort(places).astype(int)


def to_scores(x, modes):
    """Give the normal scores of numbers, and the log of their slope.

    Parameters
    ----------
    x : ndarray of shape (n_rows,)
        Numbers; NaN stays NaN.
    modes : dict
        What `fit_modes` found.

    Returns
    -------
    z, log_slope : ndarray of shape (n_rows,)
        Standard normal where x is of the mixture.
    """
    below, above = _log_tails(x, modes)
    z = np.where(below < above, ndtri_exp(below), -ndtri_exp(above))
    # Far out a tail is as good as one Gaussian's; rounding must not end it.
    s = (x[:, None] - modes["means"]) / modes["deviations"]
    log_density = logsumexp(
        -0.5 * s**2 + np.log(modes["weights"] / modes["deviations"]), axis=1
    )
    return z, log_density + 0.5 * z**2


def from_scores(z, modes):
    """Undo `to_scores`, by halving intervals."""
    reach = (np.abs(z).max(initial=0.0) + 10) * modes["deviations"]
    low = np.full(len(z), (modes["means"] - reach).min())
    high = np.full(len(z), (modes["means"] + reach).max())
    log_below, log_above = log_ndtr(z), log_ndtr(-z)
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        below, above = _log_tails(middle, modes)
        # In the tail that is small, where numbers are told apart best.
        is_low = np.where(z < 0, below < log_below, above > log_above)
        low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
    return 0.5 * (low + high)


def _log_tails(x, modes):
    """Logarithms of the probabilities below and above numbers."""
    s = (x[:, None] - modes["means"]) / modes["deviations"]
    log_weights = np.log(modes["weights"])
    return tuple(logsumexp(log_ndtr(t) + log_weights, axis=1) for t in (s, -s))


def spread_modes(values, modes):
    """Give columns that have modes their scores, and sum up the log of the slopes.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        Numbers; missing ones stay such and have a slope of 1.
    modes : list of dict or None
        What `fit_modes` found in each column.

    Returns
    -------
    values, log_slopes : ndarray of shape (n_rows, n_columns)
        Scores where there are modes, else the numbers, whose slope is 1.
    """
    log_slopes = np.zeros(values.shape)
    for j, own in enumerate(modes):
        if own is not None:
            values = values.copy()
            rows = ~np.isnan(values[:, j])
            values[rows, j], log_slopes[rows, j] = to_scores(values[rows, j], own)
    return values, log_slopes


def join_modes(values, modes):
    """Undo `spread_modes`."""
    for j, own in enumerate(modes):
        if own is not None:
            values = values.copy()
            rows = ~np.isnan(values[:, j])
            values[rows, j] = from_scores(values[rows, j], own)
    return values

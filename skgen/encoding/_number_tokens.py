"""Columns of numbers as tokens and standardised numbers, and back."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import ndtri
from scipy.stats import yeojohnson_llf

from ._columns import robust_scale
from ._modes import fit_modes, from_scores, to_scores
from ._powers import yeo_johnson, yeo_johnson_inverse

NONE = -1  # the token of what has none
_MIN_REPEATS = 5.0
_GROUPED_ABOVE = 128
_N_GROUPS = 24
_MAX_DECIMALS = 6
_FAR = 1e6  # standardised numbers are clipped here
_FARTHEST = 1e100  # and before the transform here, lest squares overflow
_POWER_ROWS = 5000


def fit_numbers(x, kind, discrete, max_values, min_share):
    """Learn tokens, cells and scale of a column of numbers."""
    present = x[~np.isnan(x)]
    n = len(present)
    values, counts = np.unique(present, return_counts=True)
    repeats = n / max(len(values), 1)
    column = {
        "continuous": None,
        "missing": None,
        "step": _resolution(values, kind),
        "spread": float(robust_scale(present)[1]) if n else 1.0,
        "edges": np.zeros(0),
    }
    masses, seen = list(counts), counts
    scores = ndtri((np.cumsum(counts) - 0.5 * counts) / max(n, 1))
    few = kind == "boolean" or len(values) <= 2
    repeating = repeats >= _MIN_REPEATS and len(values) <= max_values
    if not few and not (discrete and repeating):
        heavy = counts >= max(_MIN_REPEATS, min_share * len(x), 10 * repeats)
        heavy &= discrete
        rest = present[~np.isin(present, values[heavy])]
        column.update(_fit_density(rest), low=values[0], high=values[-1])
        column["integer"] = kind == "integer"
        column["decimals"] = _decimals(values)
        values, masses = values[heavy], [*counts[heavy], len(rest)]
        column["continuous"] = len(values)
        scores, _ = standardise(values, column)
        seen = seen[:0]
    if n < len(x):
        column["missing"] = len(masses)
        masses.append(len(x) - n)
    if not len(values):  # there were only missing values
        seen = np.array(masses[-1:])
    elif kind == "boolean" and len(values) == 2:
        seen = seen[:0]  # there is nothing else to see
    gaps = _gaps(values, column["step"])
    column.update(
        values=values,
        scores=scores,
        cells=0.5 * (gaps[:-1] + gaps[1:]),
        unseen=_count_unseen(np.rint(gaps / column["step"])),
        n_codes=len(masses) + len(column["edges"]) + 1,
        **count_tokens(np.array(masses), seen),
    )
    return column


def encode_numbers(x, found, ties):
    """Give tokens, standardised numbers and what `TokenEncoder.transform` calls extra.

    Missing numbers have no meaning in the second.
    """
    missing = np.isnan(x)
    values, free = found["values"], found["continuous"]
    tokens = np.full(len(x), NONE)
    z = extra = np.zeros(len(x))
    if len(values):
        tokens = nearest = _nearest(x, values)
    if free is not None:
        apart = ~np.isin(x, values)
        tokens = np.where(apart, free, tokens)
        z, log_slope = standardise(x, found)
        extra = np.where(apart, log_slope, 0.0)
        if found["integer"] and ties == "mass":
            extra[apart] += np.log(found["step"])
        if ties == "density" and len(values):
            extra[~apart] -= np.log(found["step"])
    elif len(values):
        extra = _log_share(x, nearest, found, ties)
    extra = np.where(missing, 0.0, extra)
    if found["missing"] is not None:
        tokens = np.where(missing, found["missing"], tokens)
    if not len(values) and free is None:
        extra = np.where(missing, np.log1p(-found["new"]), np.log(found["new"]))
    return tokens, z, extra


def decode_numbers(token, z, found):
    """Numbers of tokens, and of standardised numbers where these have a density."""
    x = np.append(found["values"], np.nan)
    x = x[np.minimum(token, len(x) - 1)]
    if found["continuous"] is not None:
        free = token == found["continuous"]
        x[free] = _destandardise(z[free], found)
    if found["missing"] is not None:
        x[token == found["missing"]] = np.nan
    return x


def spread_numbers(x, found, rng):
    """Spread each number over the cell of the nearest one that repeats."""
    values, u = found["values"], rng.random_sample(len(x))
    if found["continuous"] is not None:
        return x + np.where(np.isin(x, values), (u - 0.5) * found["step"], 0.0)
    if not len(values):
        return x
    gaps = _gaps(values, found["step"])
    nearest = _nearest(x, values)
    left, right = 0.5 * gaps[nearest], 0.5 * gaps[nearest + 1]
    start, width = values[nearest] - left, left + right
    inside = (x >= start) & (x <= start + width)
    return np.where(inside, start + u * width, x)


def count_tokens(masses, seen):
    """Count tokens, group them by about equal mass, and estimate the unseen mass."""
    groups = None
    if len(masses) > _GROUPED_ABOVE:
        groups = np.zeros(len(masses), dtype=np.int64)
        group = total = 0
        for i, mass in enumerate(masses):
            if total and total + mass / 2 > masses.sum() / _N_GROUPS:
                group, total = group + 1, 0
            groups[i] = group
            total += mass
    new = ((seen == 1).sum() + 0.5) / (seen.sum() + 1) if len(seen) else 0.0
    return {
        "n_tokens": len(masses),
        "masses": np.asarray(masses, dtype=np.int64),
        "groups": groups,
        "new": float(new),
    }


# -- masses of cells -------------------------------------------------------------------


def _log_share(x, nearest, found, ties):
    """Log of the share of its nearest value's mass that a number has."""
    values, cells, new = found["values"], found["cells"], found["new"]
    step, spread = found["step"], found["spread"]
    distance = np.maximum(values[0] - x, x - values[-1])
    outside = distance > 0.5 * cells[nearest]
    if ties == "density":
        inside = np.log1p(-new) - np.log(cells[nearest])
        tail = np.log(new) - np.log(2 * spread) - distance / spread
        return np.where(outside, tail, inside)
    within = np.log(new / 2) - np.log(found["unseen"][nearest])
    tail = np.log(new / 2) + np.log(step / spread) - distance / spread
    share = np.where(outside, tail, within)
    return np.where(x == values[nearest], np.log1p(-new), share)


def _gaps(values, step):
    """Distance of each value to the one before; the ends as their only neighbours."""
    gaps = np.diff(values)
    if not len(gaps):
        return np.full(len(values) + 1, step)
    return np.concatenate([gaps[:1], gaps, gaps[-1:]])


def _count_unseen(gaps):
    """Count other numbers in each cell, at least 1; `gaps` are counted in steps."""
    left, right = np.floor((gaps[:-1] - 1) / 2), np.floor(gaps[1:] / 2)
    left[:1] = np.floor(gaps[:1] / 2)  # beyond the range there is no neighbour
    return np.maximum(left + right, 1)


def _nearest(x, values):
    """Index of the nearest value, the lower of two."""
    right = np.searchsorted(values, x).clip(0, len(values) - 1)
    left = np.maximum(right - 1, 0)
    return np.where(x - values[left] <= values[right] - x, left, right)


def _resolution(values, kind):
    """Distance of neighbouring numbers that the column could hold."""
    if kind in ("integer", "boolean") or not len(values):
        return 1.0
    decimals = _decimals(values)
    if decimals is not None:
        return 10.0**-decimals
    return float(np.diff(values).min()) if len(values) > 1 else 1.0


def _decimals(values):
    """Least number of decimals that all numbers have, None if they have many."""
    for decimals in range(_MAX_DECIMALS + 1):
        if np.array_equal(np.round(values, decimals), values):
            return decimals
    return None


# -- scaling ---------------------------------------------------------------------------


def _fit_density(x):
    """Scale, power and standardisation of numbers with a density."""
    modes = fit_modes(x)
    if modes is not None:
        x, _ = to_scores(x, modes)
    center, scale, unit, *_ = robust_scale(x)
    column = {"center": center, "scale": scale, "unit": unit, "modes": modes}
    r = np.clip((x * unit - center) / scale, -_FARTHEST, _FARTHEST)
    some = r[:: max(1, len(r) // _POWER_ROWS)]
    # Within these bounds the transform takes the line onto the line.
    found = minimize_scalar(
        lambda power: -yeojohnson_llf(power, some), bounds=(0, 2), method="bounded"
    )
    column["power"] = float(found.x) if np.isfinite(found.fun) else 1.0
    z, _ = yeo_johnson(r, column["power"])
    column["mean"], column["deviation"] = float(z.mean()), float(z.std()) or 1.0
    z = (z - column["mean"]) / column["deviation"]
    n_bins = int(np.clip(len(x) // 50, 2, 32))
    column["edges"] = np.unique(np.quantile(z, np.arange(1, n_bins) / n_bins))
    return column


def standardise(x, column):
    """Standardised numbers, and the log of the derivative."""
    log_slope = 0.0
    if column["modes"] is not None:
        x, log_slope = to_scores(x, column["modes"])
    r = (x * column["unit"] - column["center"]) / column["scale"]
    r = np.clip(r, -_FARTHEST, _FARTHEST)
    y, slope = yeo_johnson(r, column["power"])
    z = (y - column["mean"]) / column["deviation"]
    scale = log_slope + np.log(column["unit"]) - np.log(column["scale"])
    return np.clip(z, -_FAR, _FAR), slope + scale - np.log(column["deviation"])


def _destandardise(z, column):
    """Numbers within the range of `fit`, rounded as those were."""
    y = z * column["deviation"] + column["mean"]
    with np.errstate(over="ignore"):  # of the branch that does not count
        r = yeo_johnson_inverse(y, column["power"])
    x = (r * column["scale"] + column["center"]) / column["unit"]
    if column["modes"] is not None:
        x = from_scores(x, column["modes"])
    x = np.clip(x, column["low"], column["high"])
    if column["decimals"] is not None:
        x = np.round(x, column["decimals"])
    return x

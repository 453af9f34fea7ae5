"""Columns, and pairs of columns, of real and of synthetic rows."""

import numpy as np

from ..encoding._columns import NUMERIC
from ..metrics._similarity import value_shares

# Bars to a column of categories, the last for those that are rarer.
MOST_BARS = 8
# A number with so few values, all whole, is drawn by bars.
_FEW_VALUES = 10
_MOST_BINS = 30
# Histograms reach over the middle of the values; beyond lies the outer bins' share.
_INNER = 0.5, 99.5
REAL = {"facecolor": "0.75", "edgecolor": "0.75"}
SYNTHETIC = {"facecolor": "none", "edgecolor": "C0", "hatch": "////"}
LINES = (
    {"color": "0.65", "linewidth": 3},
    {"color": "C0", "linewidth": 1.4, "linestyle": "--"},
)
OTHER, MISSING = "other", "missing"
# The least side of a cell that holds a number, in inches.
_CELL = 0.27


def draw_column(ax, samples, j, numbers):
    """Draw the shares of the values of a column.

    Parameters
    ----------
    ax : matplotlib Axes
        Axes to draw into.
    samples : Samples
        Real and synthetic rows.
    j : int
        Column.
    numbers : {"hist", "ecdf"}
        How numbers are drawn.
    """
    parts = [codes[:, j] for codes in samples.codes.values()]
    present = [part[~np.isnan(part)] for part in parts]
    if samples.kinds[j] not in NUMERIC or _is_short(*present):
        _draw_bars(ax, samples, j, parts)
        return
    if all(len(part) for part in present):
        draw = _draw_ecdf if numbers == "ecdf" else _draw_histogram
        draw(ax, *present)
    missing = [np.isnan(part).mean() for part in parts]
    if max(missing):
        ax.set_xlabel(
            f"missing: {missing[0]:.1%} and {missing[1]:.1%}", fontsize="small"
        )


def _is_short(real, synthetic):
    """Whether a column of numbers has few values, as a code has."""
    values = np.unique(real)
    if len(values) > _FEW_VALUES or len(np.unique(synthetic)) > 2 * _FEW_VALUES:
        return False
    return len(values) > 0 and (values == np.rint(values)).all()


def _draw_bars(ax, samples, j, parts):
    seen, shares = value_shares(*parts)
    shares = np.stack(shares)
    n = int(np.sum(~np.isnan(seen)))  # a missing value is the last
    shown = np.arange(n)
    if n > MOST_BARS:
        order = np.argsort(-shares[:, :n].sum(axis=0), kind="stable")
        shown = np.sort(order[: MOST_BARS - 1])
    names = [shorten(value, 16) for value in samples.values_of(j, seen[shown])]
    lengths = [shares[:, shown]]
    if len(shown) < n:
        names.append(OTHER)
        lengths.append(np.delete(shares[:, :n], shown, axis=1).sum(axis=1)[:, None])
    if n < len(seen):
        names.append(MISSING)
        lengths.append(shares[:, n:])
    real, synthetic = np.hstack(lengths)
    places = np.arange(len(names))
    ax.barh(places - 0.2, real, 0.4, **REAL)
    ax.barh(places + 0.2, synthetic, 0.4, **SYNTHETIC)
    ax.set_yticks(places, names, fontsize="small")
    ax.invert_yaxis()


def _draw_histogram(ax, real, synthetic):
    edges = _edges(real, synthetic)
    for part, style in ((real, REAL), (synthetic, SYNTHETIC)):
        inside = part.clip(edges[0], edges[-1])
        heights = np.histogram(inside, edges)[0] / len(part)
        style = {key: value for key, value in style.items() if key != "hatch"}
        ax.stairs(heights, edges, fill=style["facecolor"] != "none", **style, lw=1.4)


def _edges(real, synthetic):
    """Return the edges of bins that both share."""
    low, high = np.percentile(np.concatenate([real, synthetic]), _INNER)
    inner = np.percentile(real, _INNER)
    low, high = min(low, inner[0]), max(high, inner[1])
    if (real == np.rint(real)).all():
        # As many whole numbers in each bin, or even shares would look uneven.
        step = max(1, np.ceil((high - low) / _MOST_BINS))
        return np.arange(np.floor(low) - 0.5, np.ceil(high) + step, step)
    if low == high:
        low, high = low - 0.5, high + 0.5
    inside = real[(real >= low) & (real <= high)]
    n_bins = len(np.histogram_bin_edges(inside, bins="auto", range=(low, high))) - 1
    return np.linspace(low, high, int(np.clip(n_bins, 5, _MOST_BINS)) + 1)


def _draw_ecdf(ax, real, synthetic):
    for part, style in zip((real, synthetic), LINES, strict=True):
        ax.ecdf(part, **style)
    low, high = np.percentile(np.concatenate([real, synthetic]), _INNER)
    if low < high:
        ax.set_xlim(low, high)


def shorten(name, length=22):
    """Return the name of a column or a value, cut to the room that it has."""
    text = str(name)
    return text if len(text) <= length else text[: length - 1] + "…"


def tidy(ax):
    """Leave a panel what is needed: two spines, few ticks, short numbers."""
    from matplotlib.ticker import EngFormatter, MaxNLocator

    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize="small")
    ax.xaxis.set_major_locator(MaxNLocator(4))
    if max(map(abs, ax.get_xlim())) >= 5000:
        ax.xaxis.set_major_formatter(EngFormatter(sep=""))


def add_legend(host, rows, *, lines):
    """Say below the panels what is real, and what is drawn.

    Parameters
    ----------
    host : matplotlib Figure or SubFigure
        Holds the panels.
    rows : dict of str to int
        Names and numbers of rows of the two tables.
    lines : bool
        Whether panels are of lines.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if lines:
        handles = [Line2D([], [], **style) for style in LINES]
    else:
        handles = [Patch(**style) for style in (REAL, SYNTHETIC)]
    host.legend(
        handles,
        [f"{name}, {n:,} rows" for name, n in rows.items()],
        loc="outside lower center",
        ncols=2,
        frameon=False,
        title="shares of rows; above a panel the similarity, 1 for equal shares",
        title_fontsize="small",
    )


def draw_pairs(host, similarity, names):
    """Draw by how much pairs of columns differ, the darker the more.

    Parameters
    ----------
    host : matplotlib Figure or SubFigure
        To hold the map.
    similarity : ndarray of shape (n_columns, n_columns)
        Similarity of the pairs, 1 for those that are alike.
    names : list of str
        Names of the columns.

    Returns
    -------
    ax : matplotlib Axes
        Axes with the map.
    """
    ax = host.subplots()
    gaps = 1 - similarity
    below = np.tri(len(gaps), k=-1, dtype=bool)
    gaps = np.where(below, gaps, np.nan)[1:, :-1]
    top = max(np.nanmax(gaps), 0.1)
    image = ax.imshow(gaps, cmap="Greys", vmin=0, vmax=top)
    places, names = range(len(gaps)), [shorten(name) for name in names]
    ax.set_xticks(places, names[:-1], rotation=90, fontsize="small")
    ax.set_yticks(places, names[1:], fontsize="small")
    ax.spines[:].set_visible(False)
    box = ax.get_window_extent()
    if min(box.width, box.height) / host.dpi / len(gaps) < _CELL:
        host.colorbar(image, ax=ax)
    else:
        style = {"ha": "center", "va": "center", "fontsize": "small"}
        for i, j in zip(*np.nonzero(np.isfinite(gaps)), strict=True):
            color = "white" if gaps[i, j] > 0.6 * top else "black"
            ax.text(j, i, f"{gaps[i, j]:.2f}".lstrip("0"), color=color, **style)
    mean = 1 - np.nanmean(gaps)
    ax.set_title(
        f"1 - similarity of pairs (mean similarity {mean:.2f})", fontsize="medium"
    )
    return ax

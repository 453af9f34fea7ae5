"""DensityDisplay: a density of one or two columns, with rows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._axes import Display, auto_edges, line_style
from ._checks import check_choice
from ._density_grid import check_density, is_whole, like, make_grid, read_rows
from ._estimators import best_of, name_of

SCALES = ("density", "log")
_LABELS = {"density": "density", "log": "log-density (nats)"}
# Shares of the rows that contour lines hold, and how the lines are drawn.
_HOLDS = {0.5: "-", 0.9: "--"}
# How far below its values at the rows a log-density is told apart, in nats.
_DEPTH = 3.0


@dataclass(kw_only=True, eq=False, repr=False)
class DensityDisplay(Display):
    """Density of one or two columns: a curve, or filled contours, with rows.

    Make one by :meth:`from_estimator`. A curve lies over a histogram of the rows. On
    filled contours, lines mark the regions of highest density that hold half and nine
    tenths of the rows.

    Parameters
    ----------
    grid : list of array-like of shape (n_points,)
        Coordinates of the grid, for each column.
    log_density : array-like of shape (n_points,) or (n_points_0, n_points_1)
        Log-density at the points of the grid, in nats.
    data : array-like of shape (n_samples, n_features), default=None
        Rows to draw.
    data_log_density : array-like of shape (n_samples,), default=None
        Log-density of these rows, in nats, for the contour lines.
    names : list of str, default=None
        Names of the columns.
    estimator_name : str, default=None
        Name of the estimator, for the title.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the density.
    figure_ : matplotlib Figure
        Figure that holds the axes.
    line_ : matplotlib Line2D or None
        The density of one column.
    contour_ : matplotlib QuadContourSet or QuadMesh, or None
        The density of two columns; a mesh if one of them is of whole numbers.
    regions_ : matplotlib QuadContourSet or None
        Lines around the regions that hold half and nine tenths of the rows.
    data_ : matplotlib artist or None
        Histogram or points of the rows.

    See Also
    --------
    RealVsSyntheticDisplay : Rows beside rows that a model draws.
    skgen.density.TransformedDensity : A density behind a scaler.

    Notes
    -----
    A column of integers is looked at on whole numbers only, where densities of discrete
    columns give probabilities.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from sklearn.neighbors import KernelDensity
    >>> from skgen.inspection import DensityDisplay
    >>> X, _ = make_moons(500, noise=0.1, random_state=0)
    >>> model = KernelDensity(bandwidth=0.1).fit(X)
    >>> display = DensityDisplay.from_estimator(model, X)  # doctest: +SKIP
    >>> display.figure_.savefig("density.png")  # doctest: +SKIP
    """

    grid: list[ArrayLike]
    log_density: ArrayLike
    data: ArrayLike | None = None
    data_log_density: ArrayLike | None = None
    names: list[str] | None = None
    estimator_name: str | None = None

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        limits=None,
        n_points=None,
        score_params=None,
        name=None,
        ax=None,
        **kwargs,
    ):
        """Draw the density of a fitted estimator around rows.

        Parameters
        ----------
        estimator : estimator or search
            Fitted density with `score_samples`, log-densities in nats.
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows to draw, of the one or two columns that the density has.
        limits : list of (float, float), default=None
            Ends of the grid for each column; by default those of the rows and a tenth
            of their range to either side.
        n_points : int, default=None
            Points of the grid in each column; by default 1,000 in one and 120 in two.
        score_params : dict, default=None
            Arguments of `score_samples` besides the rows.
        name : str, default=None
            Title; by default the name of the estimator's class.
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        **kwargs : dict
            Passed on to :meth:`plot`.

        Returns
        -------
        display : DensityDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `estimator` has no `score_samples`, or scores that are no log-densities:
            an outlier detector or a pipeline; if columns are not numeric.
        ValueError
            If `X` has more than two columns or no finite rows, or `limits` or
            `n_points` do not make a grid.

        Examples
        --------
        >>> from skgen.inspection import DensityDisplay
        >>> DensityDisplay.from_estimator(model, X, scale="log")  # doctest: +SKIP
        """
        cls._pyplot()
        estimator = best_of(estimator)
        check_density(estimator)
        rows = read_rows(X)
        grid = make_grid(X, rows, limits, n_points)
        mesh = np.meshgrid(*grid, indexing="ij")
        points = np.column_stack([part.ravel() for part in mesh])
        options = score_params or {}
        values = [
            np.asarray(estimator.score_samples(like(X, part), **options), np.float64)
            for part in (points, rows)
        ]
        display = cls(
            grid=grid,
            log_density=values[0].reshape(mesh[0].shape),
            data=rows,
            data_log_density=values[1],
            names=list(X.columns) if isinstance(X, pd.DataFrame) else None,
            estimator_name=name_of(estimator, name),
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, *, scale="density", name=None, **kwargs):
        """Draw the density and the rows.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        scale : {"density", "log"}, default="density"
            Whether to draw the density or its logarithm, in nats, which shows tails.
        name : str, default=None
            Title; by default `estimator_name`.
        **kwargs : dict
            Passed on to matplotlib's `plot` of the curve or `contourf` of the contours.

        Returns
        -------
        display : DensityDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `scale` is unknown, or the density is zero on the whole grid.
        """
        check_choice("scale", scale, SCALES)
        log_density = np.asarray(self.log_density, dtype=np.float64)
        if not np.isfinite(log_density).any():
            raise ValueError(
                "the density must be positive somewhere on the grid, got none; pass "
                "limits around the rows that it was fitted to."
            )
        ax = self._make_axes(ax)
        self.line_ = self.contour_ = self.regions_ = self.data_ = None
        if log_density.ndim == 1:
            self._draw_curve(log_density, scale, kwargs)
        else:
            self._draw_contours(log_density, scale, kwargs)
        ax.set_xlabel(self._name_of(0))
        self._set_title(name)
        return self

    def _draw_curve(self, log_density, scale, options):
        from matplotlib.ticker import MaxNLocator

        ax, grid = self.ax_, np.asarray(self.grid[0])
        whole = is_whole(grid)
        if self.data is not None:
            self.data_ = _draw_histogram(ax, np.ravel(self.data), grid, scale, whole)
        style = {"color": "C0", "label": "density", "linewidth": 1.8}
        if whole:
            # A density of whole numbers is nothing between them.
            style.update(marker="o", markersize=4, linewidth=0.8)
            ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        values = np.exp(log_density) if scale == "density" else log_density
        (self.line_,) = ax.plot(grid, values, **line_style(style, options))
        ax.set_ylabel(_LABELS[scale])
        if scale == "density":
            ax.set_ylim(bottom=0)
        else:
            bars = [] if self.data_ is None else self.data_.get_data().values
            low, high = self._floor(values), max([np.nanmax(values), *bars])
            margin = 0.05 * (high - low)
            ax.set_ylim(low - margin, high + margin)
        ax.margins(x=0)
        if self.data is not None:
            ax.legend()

    def _draw_contours(self, log_density, scale, options):
        from matplotlib.ticker import MaxNLocator

        ax = self.ax_
        low, high = self._floor(log_density), np.nanmax(log_density)
        values = np.nan_to_num(log_density, nan=-np.inf, neginf=-np.inf)
        if scale == "density":
            low, high, values = 0, np.exp(high), np.exp(values)
        whole = any(is_whole(np.asarray(points)) for points in self.grid)
        if whole:
            # Nothing lies between whole numbers that contours could follow.
            shown = {"vmin": low, "cmap": "Blues", "shading": "nearest", **options}
            self.contour_ = ax.pcolormesh(*self.grid, values.T, **shown)
        else:
            levels = MaxNLocator(10).tick_values(low, high)
            # Far below the lowest level, but not infinitely: contours need numbers.
            values = values.clip(levels[0] - 1)
            shown = {"levels": levels, "cmap": "Blues", **options}
            self.contour_ = ax.contourf(*self.grid, values.T, **shown)
        self.figure_.colorbar(self.contour_, ax=ax, label=_LABELS[scale])
        if self.data is not None:
            data = np.asarray(self.data)
            size = float(np.clip(4000 / len(data), 1, 12))
            self.data_ = ax.scatter(*data.T, s=size, c="0.15", linewidths=0, alpha=0.6)
        if self.data_log_density is not None and not whole:
            self._draw_regions(log_density)
        if not whole:
            ax.set_xlim(np.min(self.grid[0]), np.max(self.grid[0]))
            ax.set_ylim(np.min(self.grid[1]), np.max(self.grid[1]))
        ax.set_ylabel(self._name_of(1))

    def _draw_regions(self, log_density):
        """Draw the lines above which the density of a share of the rows lies."""
        ax = self.ax_
        rows = np.asarray(self.data_log_density, dtype=np.float64)
        inside = log_density[np.isfinite(log_density)]
        low, high = inside.min(), inside.max()
        levels = {np.quantile(rows, 1 - share): share for share in _HOLDS}
        shares = {v: levels[v] for v in sorted(levels) if low < v < high}
        if not shares:
            return
        bottom = min(shares) - 1000
        values = np.nan_to_num(log_density, nan=bottom, neginf=bottom).clip(bottom)
        style = {"colors": "k", "linewidths": 1.1}
        lines = [_HOLDS[share] for share in shares.values()]
        self.regions_ = ax.contour(
            *self.grid, values.T, levels=list(shares), linestyles=lines, **style
        )
        for share in sorted(shares.values()):
            style = {"color": "k", "linestyle": _HOLDS[share], "linewidth": 1.1}
            ax.plot([], [], label=f"{share:.0%} of the rows", **style)
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.13)}
        ax.legend(**place, ncols=2, fontsize="small", frameon=False)

    def _floor(self, log_density):
        """Least log-density that is told apart: a little below that of the rows."""
        values = log_density[np.isfinite(log_density)]
        low = values.min()
        if self.data_log_density is not None:
            rows = np.asarray(self.data_log_density, dtype=np.float64)
            rows = rows[np.isfinite(rows)]
            if rows.size:
                low = max(low, np.quantile(rows, 0.01) - _DEPTH)
        return min(low, values.max() - 1e-6 * max(1, abs(values.max())))

    def _name_of(self, place):
        if self.names is not None:
            return str(self.names[place])
        return "x" if len(self.grid) == 1 else f"column {place}"


def _draw_histogram(ax, data, grid, scale, whole):
    data = data[(data >= grid[0]) & (data <= grid[-1])]
    if not len(data):
        return None
    bins = np.append(grid - 0.5, grid[-1] + 0.5) if whole else auto_edges(data, 100)
    heights, bins = np.histogram(data, bins, density=True)
    heights, bottom = heights.astype(np.float64), 0.0
    if scale == "log":
        # Bars stand on the lower edge, wherever the axis ends.
        bottom = -1e4
        with np.errstate(divide="ignore"):
            heights = np.maximum(np.log(heights), bottom)
    style = {"fill": True, "color": "0.82", "label": "rows"}
    return ax.stairs(heights, bins.astype(np.float64), baseline=bottom, **style)

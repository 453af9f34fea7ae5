"""RealVsSyntheticDisplay: columns and pairs of columns of two tables."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._compat import safe_indexing
from ..metrics import marginal_similarity, pairwise_similarity
from ..metrics._rows import Samples
from ._axes import Display
from ._columns import add_legend, draw_column, draw_pairs, shorten, tidy
from ._estimators import draw_rows, name_of

KINDS = ("all", "marginals", "pairs", "scatter")
NUMBERS = ("hist", "ecdf")
# Columns to a figure: more panels cannot be read.
MOST_COLUMNS = 16
_IN_LINE = 4


@dataclass(kw_only=True, eq=False, repr=False)
class RealVsSyntheticDisplay(Display):
    """Synthetic rows beside real ones: each column, and each pair of columns.

    Make one by :meth:`from_samples` or :meth:`from_estimator`. A panel for each column
    shows the shares of its values, real ones filled, synthetic ones as an outline or
    hatched; a map shows by how much pairs of columns differ. Two columns of numbers are
    drawn as points, too.

    Parameters
    ----------
    real : DataFrame or array-like of shape (n_real, n_features)
        Real rows.
    synthetic : DataFrame or array-like of shape (n_synthetic, n_features)
        Synthetic rows with the same columns.
    columns : list, default=None
        Names or indices of the columns to draw; by default all, of more than 16 those
        whose similarity is least.
    estimator_name : str, default=None
        Name of the estimator, for the title.

    Attributes
    ----------
    axes_ : list of matplotlib Axes
        Panels of the columns, points of real and synthetic rows, map of the pairs, as
        far as they are drawn.
    figure_ : matplotlib Figure
        Figure that holds the axes.
    similarity_ : Series
        :func:`~skgen.metrics.marginal_similarity` of the columns that are drawn.
    pairs_ : DataFrame or None
        :func:`~skgen.metrics.pairwise_similarity` of these columns.

    See Also
    --------
    skgen.metrics.sample_report : The same and more in figures.
    SampleGridDisplay : For images.

    Notes
    -----
    The number above a column is its similarity, 1 for equal shares. A map value is one
    minus the similarity of the pair, 0 for pairs that are alike.

    Histograms reach from the 0.5th to the 99.5th percentile of the values; what lies
    beyond counts in the outer bins. Of more than 8 categories, the rarer ones are drawn
    as one. Whole numbers of at most 10 values are drawn like categories.

    A table of copies of the real rows looks perfect here: see
    :func:`~skgen.metrics.memorization_score`.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.mixture import GaussianMixture
    >>> from skgen.inspection import RealVsSyntheticDisplay
    >>> X, _ = load_wine(return_X_y=True, as_frame=True)
    >>> model = GaussianMixture(3, random_state=0).fit(X)
    >>> display = RealVsSyntheticDisplay.from_estimator(
    ...     model, X, columns=["alcohol", "hue", "proline"], random_state=0
    ... )  # doctest: +SKIP
    >>> display.figure_.savefig("wine.png")  # doctest: +SKIP
    """

    real: ArrayLike
    synthetic: ArrayLike
    columns: list | None = None
    estimator_name: str | None = None

    @classmethod
    def from_samples(
        cls, real, synthetic, *, columns=None, name=None, ax=None, **kwargs
    ):
        """Draw two tables that are given.

        Parameters
        ----------
        real : DataFrame or array-like of shape (n_real, n_features)
            Real rows.
        synthetic : DataFrame or array-like of shape (n_synthetic, n_features)
            Synthetic rows with the same columns; those of an array are taken to be in
            the order of `real`.
        columns : list, default=None
            Names or indices of the columns to draw; by default all, of more than 16
            those whose similarity is least.
        name : str, default=None
            Title; none by default.
        ax : matplotlib Axes, default=None
            Axes in whose place to draw; by default a new figure.
        **kwargs : dict
            Passed on to :meth:`plot`.

        Returns
        -------
        display : RealVsSyntheticDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If a column holds numbers in one table and categories in the other, or
            values that are neither.
        ValueError
            If the columns differ, a table is empty, a column holds inf, or `columns`
            names others.

        Examples
        --------
        >>> from skgen.inspection import RealVsSyntheticDisplay
        >>> display = RealVsSyntheticDisplay.from_samples(
        ...     real, synthetic, columns=["age", "income"]
        ... )  # doctest: +SKIP
        """
        display = cls(
            real=real, synthetic=synthetic, columns=columns, estimator_name=name
        )
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_estimator(
        cls,
        estimator,
        real,
        *,
        n_samples=None,
        columns=None,
        random_state=None,
        name=None,
        ax=None,
        **kwargs,
    ):
        """Draw rows that an estimator draws beside real ones.

        Parameters
        ----------
        estimator : estimator, Pipeline or search
            Fitted estimator with `sample`. Samples of a pipeline's last step go back
            through the steps before it.
        real : DataFrame or array-like of shape (n_real, n_features)
            Real rows, best such as were not fitted to.
        n_samples : int, default=None
            Number of rows to draw; by default as many as there are real ones.
        columns : list, default=None
            Names or indices of the columns to draw; by default all, of more than 16
            those whose similarity is least.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.
        name : str, default=None
            Title; by default the name of the estimator's class.
        ax : matplotlib Axes, default=None
            Axes in whose place to draw; by default a new figure.
        **kwargs : dict
            Passed on to :meth:`plot`.

        Returns
        -------
        display : RealVsSyntheticDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If the estimator cannot sample, or a column holds values of another kind.
        ValueError
            If the columns differ, or `columns` names others.

        Examples
        --------
        >>> from skgen.inspection import RealVsSyntheticDisplay
        >>> RealVsSyntheticDisplay.from_estimator(
        ...     model, X_test, random_state=0
        ... )  # doctest: +SKIP
        """
        cls._pyplot()
        n_samples = len(real) if n_samples is None else n_samples
        synthetic = draw_rows(estimator, n_samples, random_state=random_state)
        return cls.from_samples(
            real,
            synthetic,
            columns=columns,
            name=name_of(estimator, name),
            ax=ax,
            **kwargs,
        )

    def plot(self, ax=None, *, kind="all", numbers="hist", name=None):
        """Draw the columns, their pairs, or both.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes in whose place to draw; by default a new figure.
        kind : {"all", "marginals", "pairs", "scatter"}, default="all"
            ``"marginals"``: a panel for each column; ``"pairs"``: the map of the pairs;
            ``"scatter"``: points, of two columns of numbers; ``"all"``: the columns
            and, of two columns of numbers, their points, of others the map.
        numbers : {"hist", "ecdf"}, default="hist"
            Whether columns of numbers are drawn by histograms or by the shares of
            values up to each one.
        name : str, default=None
            Title; by default `estimator_name`.

        Returns
        -------
        display : RealVsSyntheticDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If a column holds numbers in one table and categories in the other, or
            values that are neither.
        ValueError
            If the columns differ, `columns` names others, `kind` or `numbers` is
            unknown or needs other columns, or `ax` cannot be divided.
        """
        if kind not in KINDS or numbers not in NUMBERS:
            raise ValueError(
                f"kind must be one of {KINDS} and numbers one of {NUMBERS}, got "
                f"{kind!r} and {numbers!r}."
            )
        samples, n_columns = self._choose()
        n = len(samples.names)
        numeric = [kind in ("numeric", "integer") for kind in samples.kinds]
        parts = _parts(kind, n, plane=n == 2 and all(numeric))
        widths, heights = zip(*(_size(part, n) for part in parts), strict=True)
        host = self._make_host(ax, (max(*widths, 4.4), sum(heights) + 0.3))
        title = self._title(name)
        if self.columns is None and n < n_columns:
            note = f"the {n} least similar of {n_columns} columns"
            title = note if title is None else f"{title}: {note}"
        if title is not None:
            host.suptitle(title)
        rooms = [host]
        if len(parts) > 1:
            rooms = host.subfigures(len(parts), 1, height_ratios=heights)
        self.axes_ = []
        for part, room in zip(parts, rooms, strict=True):
            draw = getattr(self, f"_draw_{part}")
            self.axes_ += draw(room, samples, numeric, numbers)
        return self

    def _choose(self):
        """Return the columns to draw, and how many there are in all."""
        samples = Samples({"real": self.real, "synthetic": self.synthetic})
        similarity = marginal_similarity(self.real, self.synthetic)
        places = self._places(samples, similarity)
        tables = {
            name: safe_indexing(table, places, axis=1)
            for name, table in samples.tables.items()
        }
        self.similarity_ = similarity.iloc[places]
        self.pairs_ = pairwise_similarity(*tables.values()) if len(places) > 1 else None
        chosen = Samples(tables)
        if not hasattr(tables["real"], "iloc"):
            chosen.names = [f"column {j}" for j in places]
            if self.pairs_ is not None:
                index = self.similarity_.index
                self.pairs_.index = self.pairs_.columns = index
        return chosen, len(samples.names)

    def _places(self, samples, similarity):
        if self.columns is None:
            order = np.argsort(similarity.to_numpy(), kind="stable")
            return sorted(order[:MOST_COLUMNS].tolist())
        named = isinstance(self.columns, str) or not np.ndim(self.columns)
        chosen = [self.columns] if named else list(self.columns)
        places = [_place(samples, column) for column in chosen]
        if not places or len(set(places)) < len(places):
            raise ValueError(
                f"columns must name one column or more, each once, got {chosen}."
            )
        return places

    def _draw_marginals(self, host, samples, numeric, numbers):
        n = len(numeric)
        n_lines, n_columns = math.ceil(n / _IN_LINE), min(n, _IN_LINE)
        grid = host.subplots(n_lines, n_columns, squeeze=False)
        for ax in grid.ravel()[n:]:
            ax.remove()
        for j, ax in enumerate(grid.ravel()[:n]):
            draw_column(ax, samples, j, numbers)
            label = shorten(samples.names[j])
            ax.set_title(f"{label}: {self.similarity_.iloc[j]:.2f}", fontsize="medium")
            tidy(ax)
        rows = {name: len(table) for name, table in samples.tables.items()}
        add_legend(host, rows, lines=numbers == "ecdf" and any(numeric))
        return list(grid.ravel()[:n])

    def _draw_scatter(self, host, samples, numeric, numbers):
        axes = list(host.subplots(1, 2, sharex=True, sharey=True))
        colors = {"real": "0.3", "synthetic": "C0"}
        for ax, (name, points) in zip(axes, samples.codes.items(), strict=True):
            size = float(np.clip(8000 / len(points), 1, 20))
            ax.scatter(*points.T, s=size, color=colors[name], linewidths=0, alpha=0.7)
            ax.set_title(f"{name}, {len(points):,} rows", fontsize="medium")
            ax.set_xlabel(str(samples.names[0]))
        axes[0].set_ylabel(str(samples.names[1]))
        return axes

    def _draw_pairs(self, host, samples, numeric, numbers):
        return [draw_pairs(host, self.pairs_.to_numpy(), samples.names)]


def _place(samples, column):
    try:
        return samples.place(column)
    except ValueError as error:
        raise ValueError(str(error).replace("target", "columns", 1)) from None


def _parts(kind, n, plane):
    """Return what is drawn, from top to bottom."""
    if kind == "scatter" and not plane:
        raise ValueError(
            'kind="scatter" needs two columns of numbers, got others; set columns.'
        )
    if kind == "pairs" and n < 2:
        raise ValueError('kind="pairs" needs two columns or more, got one.')
    if kind != "all":
        return [kind]
    if n == 1:
        return ["marginals"]
    return ["marginals", "scatter" if plane else "pairs"]


def _size(part, n):
    """Return the width and the height of a part in inches."""
    if part == "scatter":
        return 6.2, 3.2
    if part == "pairs":
        return 3.2 + 0.42 * n, 1.9 + 0.3 * n
    return 2.6 * min(n, _IN_LINE) + 0.2, 1.9 * math.ceil(n / _IN_LINE) + 0.4

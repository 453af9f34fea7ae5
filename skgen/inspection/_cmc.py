"""CMCDisplay: how early the match of a query comes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..metrics import cmc_curve
from ._axes import Display, line_style


@dataclass(kw_only=True, eq=False, repr=False)
class CMCDisplay(Display):
    """Cumulative matching characteristic of a ranking.

    Make one by :meth:`from_distances`.

    Parameters
    ----------
    cmc : array-like of shape (n_ranks,)
        Share of the queries with a match among the first 1, 2, ... entries.
    estimator_name : str, default=None
        Label of the curve.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the curve.
    figure_ : matplotlib Figure
        Figure that holds the axes.
    line_ : matplotlib Line2D
        The curve.

    See Also
    --------
    skgen.metrics.cmc_curve : The numbers, and what is left out of a ranking.
    RankingDisplay : The first entries of some queries.

    Examples
    --------
    >>> from skgen.inspection import CMCDisplay
    >>> display = CMCDisplay(cmc=[0.5, 0.7, 0.8])
    >>> display.plot()  # doctest: +SKIP
    """

    cmc: ArrayLike
    estimator_name: str | None = None

    @classmethod
    def from_distances(
        cls,
        distances,
        query_ids,
        gallery_ids,
        *,
        query_groups=None,
        gallery_groups=None,
        junk_label=-1,
        max_rank=50,
        name=None,
        ax=None,
        **kwargs,
    ):
        """Draw the curve of a ranking by distances.

        Parameters
        ----------
        distances : array-like of shape (n_queries, n_gallery)
            Smaller is nearer.
        query_ids : array-like of shape (n_queries,)
            Identities of the queries.
        gallery_ids : array-like of shape (n_gallery,)
            Identities in the gallery.
        query_groups, gallery_groups : array-like, default=None
            Cameras, both or neither, see :func:`~skgen.metrics.cmc_curve`.
        junk_label : label, default=-1
            Identity of gallery entries that do not count.
        max_rank : int, default=50
            Length of the curve.
        name : str, default=None
            Label of the curve.
        ax : matplotlib Axes, default=None
            Axes to draw into, several curves into the same; by default those of a new
            figure.
        **kwargs : dict
            Passed on to matplotlib's `plot`.

        Returns
        -------
        display : CMCDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            As :func:`~skgen.metrics.cmc_curve` does.
        """
        cmc = cmc_curve(
            distances,
            query_ids,
            gallery_ids,
            query_groups=query_groups,
            gallery_groups=gallery_groups,
            junk_label=junk_label,
            max_rank=max_rank,
        )
        return cls(cmc=cmc, estimator_name=name).plot(ax=ax, **kwargs)

    def plot(self, ax=None, *, name=None, **kwargs):
        """Draw the curve.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        name : str, default=None
            Label of the curve; by default `estimator_name`.
        **kwargs : dict
            Passed on to matplotlib's `plot`.

        Returns
        -------
        display : CMCDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = self._make_axes(ax)
        cmc = np.asarray(self.cmc, dtype=np.float64)
        name = self._title(name)
        label = f"rank-1 {cmc[0]:.3f}"
        label = label if name is None else f"{name} ({label})"
        style = {"label": label, "marker": "o", "markersize": 3}
        ranks = np.arange(1, len(cmc) + 1)
        (self.line_,) = ax.plot(ranks, cmc, **line_style(style, kwargs))
        ax.set_xscale("log")
        ticks = [t for t in (1, 2, 5, 10, 20, 50, 100, 200, 500) if t <= len(cmc)]
        ax.set_xticks(ticks, ticks)
        ax.set_xticks([], minor=True)
        ax.set_ylim(0, 1.02)
        ax.set_xlabel("rank")
        ax.set_ylabel("share of queries with a match by then")
        ax.legend()
        return self

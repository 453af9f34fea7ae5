"""RankingDisplay: queries and the first entries of their rankings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ._axes import Display
from ._images import read_images, to_rgba
from ._mosaic import draw_lines, frames

RIGHT, WRONG = "#1a7f37", "#b42318"


@dataclass(kw_only=True, eq=False, repr=False)
class RankingDisplay(Display):
    """A line for each query: the query, and the first entries of its ranking.

    Entries of the query's identity have a solid frame, others a dashed one, and junk
    none. Make one by :meth:`from_ranking`.

    Parameters
    ----------
    queries : ndarray of shape (n_queries, height, width, channels)
        Images that are looked for.
    entries : ndarray of shape (n_queries, n_entries, height, width, channels)
        The first of each ranking.
    right : ndarray of shape (n_queries, n_entries)
        1 where an entry shows what its query does, 0 where not, -1 for junk.
    estimator_name : str, default=None
        Title.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the images.
    figure_ : matplotlib Figure
        Figure that holds the axes.
    image_ : matplotlib AxesImage
        The images.

    See Also
    --------
    CMCDisplay : All queries in one curve.

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.inspection import RankingDisplay
    >>> queries, entries = np.zeros((2, 4, 4, 1)), np.zeros((2, 3, 4, 4, 1))
    >>> display = RankingDisplay(
    ...     queries=queries, entries=entries, right=[[1, 0, 0], [0, 0, 1]]
    ... )
    >>> display.plot()  # doctest: +SKIP
    """

    queries: ArrayLike
    entries: ArrayLike
    right: ArrayLike
    estimator_name: str | None = None

    @classmethod
    def from_ranking(
        cls,
        ranking,
        query,
        gallery,
        query_ids,
        gallery_ids,
        *,
        k=10,
        junk_label=-1,
        image_shape=None,
        name=None,
        ax=None,
        **kwargs,
    ):
        """Draw the first entries of rankings.

        Parameters
        ----------
        ranking : array-like of int, shape (n_queries, n_ranked)
            Row numbers of the gallery, nearest first, as
            :meth:`PUPairTransformer.rank <skgen.pu.PUPairTransformer.rank>` gives them.
        query : array-like of shape (n_queries, n_pixels)
            Images that are looked for.
        gallery : array-like of shape (n_gallery, n_pixels)
            Images among which they are looked for.
        query_ids : array-like of shape (n_queries,)
            Identities of the queries.
        gallery_ids : array-like of shape (n_gallery,)
            Identities in the gallery.
        k : int, default=10
            Entries to draw of each ranking.
        junk_label : label, default=-1
            Identity of gallery entries that count neither as right nor as wrong.
        image_shape : tuple, default=None
            Shape of an image; by default square and grey.
        name : str, default=None
            Title.
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        **kwargs : dict
            Passed on to matplotlib's `imshow`.

        Returns
        -------
        display : RankingDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If the numbers of queries, rankings and identities differ.
        """
        ranking = np.asarray(ranking)
        query_ids, gallery_ids = np.asarray(query_ids), np.asarray(gallery_ids)
        if ranking.ndim != 2 or len(ranking) != len(query_ids):
            raise ValueError(
                "ranking must have a line for each of the queries, shape "
                f"({len(query_ids)}, n_ranked), got {ranking.shape}."
            )
        queries = read_images(query, image_shape)
        found = read_images(gallery, image_shape)
        if len(queries) != len(query_ids) or len(found) != len(gallery_ids):
            raise ValueError(
                "there must be an identity for each image, got "
                f"{len(query_ids)} for {len(queries)} queries and {len(gallery_ids)} "
                f"for {len(found)} of the gallery."
            )
        first = ranking[:, :k]
        ids = gallery_ids[first]
        right = (ids == query_ids[:, None]).astype(int)
        right[ids == junk_label] = -1
        display = cls(
            queries=queries, entries=found[first], right=right, estimator_name=name
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, *, cmap="gray", name=None, **kwargs):
        """Draw the queries and their entries.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        cmap : str or matplotlib Colormap, default="gray"
            Colours of grey images.
        name : str, default=None
            Title; by default `estimator_name`.
        **kwargs : dict
            Passed on to matplotlib's `imshow`.

        Returns
        -------
        display : RankingDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        queries, entries = np.asarray(self.queries), np.asarray(self.entries)
        right = np.asarray(self.right)
        n_lines, k, height, width, channels = entries.shape
        gap, apart = max(2, round(0.16 * max(height, width))), round(0.7 * width)
        tops = np.arange(n_lines) * (height + gap)
        lefts = np.concatenate([[0], width + apart + np.arange(k) * (width + gap)])
        colours = to_rgba(
            np.concatenate([queries[:, None], entries], axis=1),
            self._pyplot().get_cmap(cmap),
        )
        canvas = np.zeros((tops[-1] + height, lefts[-1] + width, 4))
        for line, top in enumerate(tops):
            for place, left in enumerate(lefts):
                canvas[top : top + height, left : left + width] = colours[line, place]
        inch = min(9 / canvas.shape[1], 11 / canvas.shape[0])
        size = canvas.shape[1] * inch + 0.2, canvas.shape[0] * inch + 0.9
        ax = self._make_axes(ax, size)
        self.image_ = ax.imshow(canvas, **{"interpolation": "nearest", **kwargs})
        corners = np.stack(np.meshgrid(tops, lefts, indexing="ij"), axis=-1)
        draw_lines(ax, frames(corners[:, 0], height, width), color="0.6")
        for value, color, style in ((1, RIGHT, "-"), (0, WRONG, (0, (2.5, 1.5)))):
            boxes = frames(corners[:, 1:][right == value], height, width)
            self._draw_frames(ax, boxes, color, style)
        ax.set_axis_off()
        ax.set_xlim(-gap, canvas.shape[1] + gap)
        ax.set_ylim(canvas.shape[0] + gap, -2.5 * gap)
        ax.text(width / 2, -gap, "query", ha="center", va="bottom", fontsize=9)
        words = "nearest first; solid: right, dashed: wrong"
        ax.text(lefts[1], -gap, words, ha="left", va="bottom", fontsize=9)
        self._set_title(name)
        return self

    @staticmethod
    def _draw_frames(ax, boxes, color, style):
        from matplotlib.collections import LineCollection

        if len(boxes):
            ax.add_collection(
                LineCollection(
                    boxes,
                    colors=color,
                    linestyles=[style],
                    linewidths=1.8,
                    clip_on=False,
                ),
                autolim=False,
            )

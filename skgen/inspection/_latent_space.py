"""LatentSpaceDisplay: codes of rows, and what codes stand for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ._axes import Display, auto_edges
from ._codes import decode, read_codes, read_dims
from ._estimators import best_of, name_of, require
from ._groups import MISSING, OTHER, is_hollow, mark, read_groups, spread_out, text_of
from ._images import shape_of, to_rgba

# Right of the axes.
_ASIDE = {"loc": "upper left", "bbox_to_anchor": (1.01, 1), "borderaxespad": 0}


@dataclass(kw_only=True, eq=False, repr=False)
class LatentSpaceDisplay(Display):
    """Codes of rows in two dimensions, and a grid of decoded codes beside them.

    Make one by :meth:`from_estimator` or :meth:`from_codes`. Rows of different labels
    differ in colour and marker. Codes of more than two dimensions are shown in the two
    of largest variance, codes of one as a histogram.

    Parameters
    ----------
    codes : array-like of shape (n_samples, n_dims)
        Codes.
    labels : array-like of shape (n_samples,), default=None
        Label of each row; numbers on a scale get a colour bar.
    dims : pair of int, default=None
        Columns of `codes` to show; by default those of largest variance.
    names : list of str, default=None
        Names of the columns of `codes`.
    images : array-like of shape (n_rows, n_columns, height, width, channels), \
            default=None
        Images that a grid of codes decodes to; the first row lies lowest.
    limits : array-like of shape (2, 2), default=None
        Least and greatest code of the grid, in each of the two dimensions.
    estimator_name : str, default=None
        Name of the estimator, for the title.

    Attributes
    ----------
    axes_ : list of matplotlib Axes
        Axes of the codes and, if codes were decoded, of the images.
    ax_ : matplotlib Axes
        Axes of the codes.
    figure_ : matplotlib Figure
        Figure that holds the axes.
    dims_ : tuple of int
        The columns of `codes` that are shown.
    image_ : matplotlib AxesImage or None
        Decoded images, at the places of their codes.

    See Also
    --------
    SampleGridDisplay : Images in a grid.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.decomposition import PCA
    >>> from skgen.inspection import LatentSpaceDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> pca = PCA(n_components=2).fit(X)
    >>> display = LatentSpaceDisplay.from_estimator(
    ...     pca, X, y, n_decoded=12
    ... )  # doctest: +SKIP
    >>> display.figure_.savefig("codes.png")  # doctest: +SKIP
    """

    codes: ArrayLike
    labels: ArrayLike | None = None
    dims: tuple[int, int] | None = None
    names: list[str] | None = None
    images: ArrayLike | None = None
    limits: ArrayLike | None = None
    estimator_name: str | None = None

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y=None,
        *,
        dims=None,
        n_decoded=None,
        image_shape=None,
        name=None,
        ax=None,
        **kwargs,
    ):
        """Draw the codes of rows, and the images that a grid of codes stands for.

        Parameters
        ----------
        estimator : estimator, Pipeline or search
            Fitted estimator with `transform`, and with `inverse_transform` if codes are
            decoded.
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,), default=None
            Labels.
        dims : pair of int, default=None
            Columns of the codes to show; by default those of largest variance.
        n_decoded : int, default=None
            Images to a side of the grid of decoded codes; none are decoded by default.
            The grid is even, from the 2nd to the 98th percentile of the codes in the
            two dimensions; in all others codes are at their medians.
        image_shape : tuple, default=None
            ``(height, width)`` or ``(height, width, channels)`` of a decoded row; by
            default the estimator's, or square and grey.
        name : str, default=None
            Title; by default the name of the estimator's class.
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        **kwargs : dict
            Passed on to every call of matplotlib's `scatter`, of codes of one dimension
            to its `hist`.

        Returns
        -------
        display : LatentSpaceDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If the estimator has no `transform`, or no `inverse_transform` to decode.
        ValueError
            If `dims` are no two columns of the codes, there is not one label per row,
            decoded rows do not fill `image_shape`, or codes of one dimension are to be
            decoded to a grid.

        Examples
        --------
        >>> from skgen.inspection import LatentSpaceDisplay
        >>> LatentSpaceDisplay.from_estimator(model, X, y)  # doctest: +SKIP
        """
        cls._pyplot()
        require(estimator, "transform", "from_codes draws codes from elsewhere")
        codes, names = read_codes(estimator.transform(X))
        dims = read_dims(dims, codes)
        images = limits = None
        if n_decoded is not None:
            if image_shape is None:
                image_shape = shape_of(best_of(estimator))
            images, limits = decode(estimator, codes, dims, n_decoded, image_shape)
        display = cls(
            codes=codes,
            labels=y,
            dims=dims,
            names=names,
            images=images,
            limits=limits,
            estimator_name=name_of(estimator, name),
        )
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_codes(cls, codes, y=None, *, dims=None, name=None, ax=None, **kwargs):
        """Draw codes that are given.

        Parameters
        ----------
        codes : array-like or DataFrame of shape (n_samples, n_dims)
            Codes.
        y : array-like of shape (n_samples,), default=None
            Labels.
        dims : pair of int, default=None
            Columns of the codes to show; by default those of largest variance.
        name : str, default=None
            Title; none by default.
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        **kwargs : dict
            Passed on to every call of matplotlib's `scatter`, of codes of one dimension
            to its `hist`.

        Returns
        -------
        display : LatentSpaceDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `dims` are no two columns of the codes, or there is not one label per
            row.

        Examples
        --------
        >>> from skgen.inspection import LatentSpaceDisplay
        >>> codes = [[0.1, 2.0], [0.3, -1.0], [0.2, 0.5]]
        >>> LatentSpaceDisplay.from_codes(codes, ["a", "b", "a"])  # doctest: +SKIP
        """
        codes, names = read_codes(codes)
        display = cls(
            codes=codes, labels=y, dims=dims, names=names, estimator_name=name
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, *, cmap="gray", name=None, **kwargs):
        """Draw the codes, and decoded images beside them.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw into, divided if there are decoded images; by default those of
            a new figure.
        cmap : str or matplotlib Colormap, default="gray"
            Colours of grey images.
        name : str, default=None
            Title; by default `estimator_name`.
        **kwargs : dict
            Passed on to every call of matplotlib's `scatter`, of codes of one dimension
            to its `hist`.

        Returns
        -------
        display : LatentSpaceDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `dims` are no two columns of the codes, there is not one label per row,
            or `ax` cannot be divided.
        """
        codes, _ = read_codes(self.codes)
        self.dims_ = read_dims(self.dims, codes)
        groups, values = read_groups(self.labels, len(codes))
        self.image_ = None
        if self.images is None:
            self.axes_ = [self._make_axes(ax, (6.4, 5.2))]
        else:
            self.axes_ = list(self._make_host(ax, (10.6, 5.2)).subplots(1, 2))
        self.ax_ = self.axes_[0]
        self.figure_ = self.ax_.figure.figure  # the root of subfigures
        shown = codes[:, list(self.dims_)]
        if shown.shape[1] == 1:
            _draw_histograms(self.ax_, shown[:, 0], groups, kwargs)
        else:
            _draw_points(self.ax_, shown, groups, values, kwargs)
        for ax in self.axes_:
            for axis, dim in zip((ax.xaxis, ax.yaxis), self.dims_, strict=False):
                axis.set_label_text(self._name_of(dim, codes.shape[1]))
        if self.images is not None:
            self._draw_images(self._pyplot().get_cmap(cmap))
        self._set_title(name)
        return self

    def _draw_images(self, cmap):
        codes_ax, ax = self.axes_
        images, limits = np.asarray(self.images), np.asarray(self.limits)
        n_rows, n_columns, height, width, _ = images.shape
        rgba = to_rgba(images, cmap)
        canvas = rgba[::-1].swapaxes(1, 2).reshape(n_rows * height, -1, 4)
        # An image lies around its code: half a step beyond the outer ones.
        step = np.diff(limits, axis=1)[:, 0] / (np.array([n_columns, n_rows]) - 1)
        extent = np.column_stack([limits[:, 0] - step / 2, limits[:, 1] + step / 2])
        style = {"interpolation": "nearest", "aspect": "auto"}
        self.image_ = ax.imshow(canvas, extent=extent.ravel(), **style)
        ax.set_box_aspect(n_rows * height / (n_columns * width))
        ax.set_title("decoded codes")
        across, up = extent
        style = {"color": "0.6", "linewidth": 0.5}
        ax.vlines(np.linspace(*across, n_columns + 1)[1:-1], *up, **style)
        ax.hlines(np.linspace(*up, n_rows + 1)[1:-1], *across, **style)
        outline = across[[0, 1, 1, 0, 0]], up[[0, 0, 1, 1, 0]]
        codes_ax.plot(*outline, color="0.2", linestyle="--", linewidth=1)

    def _name_of(self, dim, n_dims):
        if self.names is not None:
            return str(self.names[dim])
        return "code" if n_dims == 1 else f"dimension {dim} of the code"


def _draw_points(ax, codes, groups, values, options):
    size = float(np.clip(20000 / len(codes), 5, 30))
    if values is not None:
        known = ~np.isnan(values)
        style = {"s": size, "color": "0.7", "marker": "x", **options}
        ax.scatter(*codes[~known].T, **style)
        drawn = ax.scatter(*codes[known].T, c=values[known], **{"s": size, **options})
        ax.figure.colorbar(drawn, ax=ax, label="label")
        return

    own_colors = not {"c", "color"} & options.keys()
    if groups is None:
        style = {"s": size, "linewidths": 0}
        if own_colors:
            style["facecolors"] = "0.3"
        ax.scatter(*codes.T, **{**style, **options})
        return
    for place, (label, rows) in enumerate(groups.items()):
        color, marker, _ = mark(place, label)
        hollow = is_hollow(place)
        style = {"s": size, "marker": marker, "label": text_of(label)}
        style["linewidths"] = 0.8 if hollow else 0
        if own_colors:
            style |= {"facecolors": "none" if hollow else color, "edgecolors": color}
        ax.scatter(*codes[rows].T, **{**style, **options})
    for handle in ax.legend(**_ASIDE).legend_handles:
        handle.set_sizes([36])
    _write_labels(ax, codes, groups)


def _write_labels(ax, codes, groups):
    """Write short labels amid their rows: small markers are hard to tell apart."""
    from matplotlib.patheffects import withStroke

    texts = [text_of(label) for label in groups if label not in (OTHER, MISSING)]
    if len(texts) < 2 or max(map(len, texts)) > 3:
        return
    middle = [np.nanmedian(codes[rows], axis=0) for rows in groups.values()]
    ax.autoscale_view()
    to_axes = ax.transData + ax.transAxes.inverted()
    places = spread_out(to_axes.transform(middle[: len(texts)]))
    style = {"ha": "center", "va": "center", "weight": "bold"}
    style["path_effects"] = [withStroke(linewidth=3, foreground="white")]
    for text, place in zip(texts, places, strict=True):
        ax.text(*place, text, transform=ax.transAxes, **style)


def _draw_histograms(ax, codes, groups, options):
    bins = auto_edges(codes[np.isfinite(codes)], 60)
    ax.set_ylabel("rows")
    if groups is None:
        ax.hist(codes, **{"bins": bins, "color": "0.6", **options})
        return
    for place, (label, rows) in enumerate(groups.items()):
        color, _, line = mark(place, label)
        style = {"color": color, "linestyle": line, "label": text_of(label)}
        ax.hist(codes[rows], **{"bins": bins, "histtype": "step", **style, **options})
    ax.legend(**_ASIDE)

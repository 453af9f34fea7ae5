"""VolumeDisplay: volumes as voxels, or slice by slice."""

from dataclasses import dataclass

import numpy as np

from skgen.encoding._pixels import read_volume_shape

from ..encoding.checks import check_count
from ._axes import Display
from ._checks import check_choice
from ._estimators import best_of, draw_rows, name_of

STYLES = ("voxels", "slices")
_SLICES = 6


@dataclass(kw_only=True, eq=False, repr=False)
class VolumeDisplay(Display):
    """Volumes side by side, each as seen from one corner or cut into slices.

    Make one by :meth:`from_samples` or :meth:`from_estimator`.

    Parameters
    ----------
    volumes : ndarray of shape (n_volumes, depth, height, width)
        Volumes; the first axis is drawn downwards.
    labels : list of str, default=None
        A label for each.
    threshold : float, default=None
        Values above it are solid; None for the middle of the range.
    estimator_name : str, default=None
        Name of the estimator, for the title.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the volumes.
    figure_ : matplotlib Figure
        Figure that holds the axes.
    image_ : matplotlib AxesImage
        The volumes as one image.

    See Also
    --------
    SampleGridDisplay : Images in a grid.

    Examples
    --------
    >>> from skgen.datasets import make_solids
    >>> from skgen.inspection import VolumeDisplay
    >>> X, y = make_solids(4, random_state=0)
    >>> display = VolumeDisplay.from_samples(X, volume_shape=(16, 16, 16), labels=y)
    """

    volumes: np.ndarray
    labels: list[str] | None = None
    threshold: float | None = None
    estimator_name: str | None = None

    @classmethod
    def from_samples(
        cls,
        X,
        *,
        volume_shape,
        labels=None,
        threshold=None,
        name=None,
        ax=None,
        **kwargs,
    ):
        """Draw volumes that are given.

        Parameters
        ----------
        X : array-like of shape (n_volumes, n_voxels)
            Flat rows in C order.
        volume_shape : tuple
            ``(depth, height, width)``, or with channels, whose mean is drawn.
        labels : array-like of str of shape (n_volumes,), default=None
            A label for each.
        threshold : float, default=None
            Values above it are solid; None for the middle of the range.
        name : str, default=None
            Title.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : VolumeDisplay
            The display.

        Raises
        ------
        ValueError
            If rows do not have the voxels of the shape.
        """
        *sides, channels = read_volume_shape(volume_shape)
        rows = np.asarray(X, dtype=float)
        if rows.ndim != 2 or rows.shape[1] != np.prod(sides) * channels:
            raise ValueError(
                f"X must hold rows of {np.prod(sides) * channels} voxels, got shape "
                f"{rows.shape}."
            )
        volumes = rows.reshape(len(rows), *sides, channels).mean(axis=-1)
        display = cls(
            volumes=volumes,
            labels=None if labels is None else [str(label) for label in labels],
            threshold=threshold,
            estimator_name=name,
        )
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_estimator(
        cls, estimator, *, n_volumes=5, y=None, random_state=None, ax=None, **kwargs
    ):
        """Draw volumes that an estimator draws.

        Parameters
        ----------
        estimator : estimator
            Fitted, with ``sample`` and a `volume_shape`.
        n_volumes : int, default=5
            Volumes to draw.
        y : label, array-like of shape (n_volumes,) or DataFrame, default=None
            Labels, which are drawn below the volumes, or other conditions to ask for.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : VolumeDisplay
            The display.
        """
        check_count("n_volumes", n_volumes, 1)
        model = best_of(estimator)
        if y is not None and np.ndim(y) == 0:
            y = [y] * n_volumes
        n_volumes = n_volumes if y is None else len(y)
        rows = draw_rows(model, n_volumes, y=y, random_state=random_state)
        return cls.from_samples(
            rows,
            volume_shape=model.volume_shape,
            labels=y if np.ndim(y) == 1 else None,
            name=name_of(estimator),
            ax=ax,
            **kwargs,
        )

    def plot(self, *, style="voxels", ax=None, name=None, cmap="gray_r"):
        """Draw the volumes.

        Parameters
        ----------
        style : {"voxels", "slices"}, default="voxels"
            ``"voxels"``: what is solid, seen from a corner, light where it faces up.
            ``"slices"``: six cuts across the first axis below one another.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.
        name : str, default=None
            Title; None for the name of the estimator.
        cmap : str, default="gray_r"
            Colours of slices.

        Returns
        -------
        display : VolumeDisplay
            Itself.
        """
        check_choice("style", style, STYLES)
        height = 2.6 if style == "voxels" else 7.0
        self._make_axes(ax, (1.8 * len(self.volumes), height))
        if style == "voxels":
            middle = (self.volumes.max() + self.volumes.min()) / 2
            level = middle if self.threshold is None else self.threshold
            pictures = [isometric(volume > level) for volume in self.volumes]
            options = {"cmap": "gray", "vmin": 0.0, "vmax": 1.0}
        else:
            depth = self.volumes.shape[1]
            at = np.linspace(0, depth - 1, min(_SLICES, depth)).round().astype(int)
            pictures = [
                np.pad(v[at], ((0, 0), (1, 0), (0, 0)), constant_values=np.nan).reshape(
                    -1, v.shape[2]
                )[1:]
                for v in self.volumes
            ]
            colours = self._pyplot().get_cmap(cmap)
            options = {"cmap": colours.with_extremes(bad="lightsteelblue")}
        gap = np.full((pictures[0].shape[0], 2), np.nan)
        strip = [part for picture in pictures for part in (picture, gap)][:-1]
        self.image_ = self.ax_.imshow(np.hstack(strip), **options)
        width = pictures[0].shape[1]
        places = [i * (width + 2) + (width - 1) / 2 for i in range(len(pictures))]
        self.ax_.set(xticks=[], yticks=[])
        self._set_title(name)
        if self.labels is not None:
            self.ax_.set_xticks(places, self.labels)
        self.ax_.tick_params(length=0)
        for spine in self.ax_.spines.values():
            spine.set_visible(False)
        return self


def isometric(solid, scale=4):
    """Picture of a solid seen from a corner above it.

    Parameters
    ----------
    solid : ndarray of bool, shape (depth, height, width)
        Voxels; the first axis runs downwards.
    scale : int, default=4
        Pixels of half an edge.

    Returns
    -------
    picture : ndarray
        Brightness of what is seen: of faces to the top .95, to the left .7, to the
        right .45; NaN where there is nothing.
    """
    depth, height, width = solid.shape
    s = scale
    picture = np.full(
        (2 * s * depth + s * (height + width), 2 * s * (height + width)), np.nan
    )
    rows, columns = np.mgrid[: 4 * s, : 4 * s]
    # A cube is a hexagon: a rhombus on top, two sides below.
    across = np.abs(columns - 2 * s + 0.5)
    top = (rows >= across / 2) & (rows < 2 * s - across / 2)
    side = (rows >= 2 * s - across / 2 - 0.5) & (rows < 4 * s - across / 2 - 0.5) & ~top
    left, right = side & (columns < 2 * s), side & (columns >= 2 * s)
    # From the back to the front, and from below to the top.
    for z, y, x in sorted(
        np.argwhere(solid).tolist(), key=lambda v: (v[1] + v[2], -v[0])
    ):
        i = 2 * s * z + s * (y + x)
        j = 2 * s * (x - y + height - 1)
        part = picture[i : i + 4 * s, j : j + 4 * s]
        shape = part.shape
        for face, light in ((top, 0.95), (left, 0.7), (right, 0.45)):
            part[face[: shape[0], : shape[1]]] = light
    return picture

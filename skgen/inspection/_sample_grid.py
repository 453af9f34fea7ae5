"""SampleGridDisplay: images in a grid."""

import math
from dataclasses import dataclass

import numpy as np

from ..encoding.checks import check_count
from ._axes import Display
from ._checks import check_choice
from ._estimators import best_of, draw_rows, name_of
from ._images import read_images, shape_of, to_rgba
from ._mosaic import draw_lines, frames, missing_strokes, mosaic

SCALES = ("all", "block", "image")
# Images of each class, and images in all, if nothing else is asked for.
N_PER_CLASS, N_IMAGES = 8, 25
# As many images make a single line.
N_IN_LINE = 10


@dataclass(kw_only=True, eq=False, repr=False)
class SampleGridDisplay(Display):
    """Images in a grid, from flat rows.

    Make one by :meth:`from_samples` or :meth:`from_estimator`. Several sets of images
    are drawn below one another, image by image: samples above their nearest training
    images, or images above the masks that hide parts of them.

    Parameters
    ----------
    images : list of array-like of shape (n_images, height, width, channels)
        One set of images or more, with as many images each.
    n_columns : int, default=None
        Images in a row of the grid; by default up to 10 make a single row, and
        more a grid that is about square.
    row_labels : list of str, default=None
        A label for each row of the grid, or, with several sets, for each set.
    estimator_name : str, default=None
        Name of the estimator, for the title.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the grid.
    figure_ : matplotlib Figure
        Figure that holds the axes.
    image_ : matplotlib AxesImage
        The grid; a pixel of an image is one unit of the axes.

    See Also
    --------
    LatentSpaceDisplay : Codes, with the images that a grid of codes stands for.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skgen.inspection import SampleGridDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> display = SampleGridDisplay.from_samples(
    ...     {"digits": X[:8], "reversed": 16 - X[:8]}
    ... )  # doctest: +SKIP
    >>> display.figure_.savefig("digits.png")  # doctest: +SKIP
    """

    images: list[np.ndarray]
    n_columns: int | None = None
    row_labels: list[str] | None = None
    estimator_name: str | None = None

    @classmethod
    def from_samples(
        cls,
        X,
        *,
        image_shape=None,
        n_columns=None,
        row_labels=None,
        name=None,
        ax=None,
        **kwargs,
    ):
        """Draw images that are given.

        Parameters
        ----------
        X : array-like of shape (n_images, n_pixels), or list or dict of such
            Flat image rows in C order, of any range; also of shape (n_images, height,
            width) or (n_images, height, width, channels). A list holds several sets of
            as many images each, a dict the same by their labels. Boolean arrays are
            masks, white where True; NaN is a missing pixel, drawn crossed out.
        image_shape : tuple, default=None
            ``(height, width)`` or ``(height, width, channels)`` of the rows; by default
            they are square and grey.
        n_columns : int, default=None
            Images in a row of the grid; by default up to 10 make a single row, and
            more a grid that is about square.
        row_labels : list of str, default=None
            A label for each row of the grid, or, with several sets, for each set.
        name : str, default=None
            Title; none by default.
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        **kwargs : dict
            Passed on to :meth:`plot`.

        Returns
        -------
        display : SampleGridDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If images are no numbers.
        ValueError
            If rows do not fill `image_shape`, sets differ in their numbers of images,
            or there is not one label per row or set.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from skgen.inspection import SampleGridDisplay
        >>> X, y = load_digits(return_X_y=True)
        >>> display = SampleGridDisplay.from_samples(X[:20])  # doctest: +SKIP
        """
        if isinstance(X, dict):
            row_labels = list(X) if row_labels is None else row_labels
            X = list(X.values())
        elif not (isinstance(X, list | tuple) and X and np.ndim(X[0]) > 1):
            X = [X]
        images = [read_images(part, image_shape) for part in X]
        if len({len(part) for part in images}) != 1:
            raise ValueError(
                "all sets of images must have as many images, got "
                f"{list(map(len, images))}; cut them to the shortest."
            )
        if len({part.shape[1:] for part in images}) != 1:
            raise ValueError(
                "all sets of images must have one image shape, got "
                f"{[part.shape[1:] for part in images]}; draw them one by one."
            )
        display = cls(
            images=images,
            n_columns=n_columns,
            row_labels=row_labels,
            estimator_name=name,
        )
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_estimator(
        cls,
        estimator,
        *,
        n_samples=None,
        y=None,
        image_shape=None,
        n_columns=None,
        row_labels=None,
        random_state=None,
        name=None,
        ax=None,
        **kwargs,
    ):
        """Draw images that an estimator draws.

        Parameters
        ----------
        estimator : estimator, Pipeline or search
            Fitted estimator with `sample`. Samples of a pipeline's last step go back
            through the steps before it.
        n_samples : int, default=None
            Number of images; by default 25, or 8 for each label in a list `y`.
        y : label or array-like of shape (n_rows,), default=None
            Classes to draw from: one for all images, or one for each row of the grid,
            whose labels they become. `n_samples` is a multiple of their number.
        image_shape : tuple, default=None
            ``(height, width)`` or ``(height, width, channels)``; by default the
            estimator's, or square and grey.
        n_columns : int, default=None
            Images in a row of the grid; see :meth:`from_samples`.
        row_labels : list of str, default=None
            A label for each row of the grid; by default the labels in a list `y`.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.
        name : str, default=None
            Title; by default the name of the estimator's class.
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        **kwargs : dict
            Passed on to :meth:`plot`.

        Returns
        -------
        display : SampleGridDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If the estimator cannot sample, or not by class.
        ValueError
            If samples do not fill `image_shape`, or `n_samples` is not a multiple of
            the number of labels.

        Examples
        --------
        >>> from skgen.inspection import SampleGridDisplay
        >>> display = SampleGridDisplay.from_estimator(
        ...     model, y=model.classes_, random_state=0
        ... )  # doctest: +SKIP
        """
        cls._pyplot()
        if y is not None and np.ndim(y) > 0:
            y = np.asarray(y)
            n_samples, n_each = _per_label(y, n_samples)
            row_labels = list(map(str, y)) if row_labels is None else row_labels
            n_columns, y = n_each, np.repeat(y, n_each)
        n_samples = N_IMAGES if n_samples is None else n_samples
        X = draw_rows(estimator, n_samples, y=y, random_state=random_state)
        if image_shape is None:
            image_shape = shape_of(best_of(estimator))
        return cls.from_samples(
            X,
            image_shape=image_shape,
            n_columns=n_columns,
            row_labels=row_labels,
            name=name_of(estimator, name),
            ax=ax,
            **kwargs,
        )

    def plot(
        self,
        ax=None,
        *,
        cmap="gray",
        vmin=None,
        vmax=None,
        scale="all",
        name=None,
        **kwargs,
    ):
        """Draw the grid.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        cmap : str or matplotlib Colormap, default="gray"
            Colours of grey images.
        vmin : float, default=None
            Value drawn as black; by default the least of what is scaled together.
        vmax : float, default=None
            Value drawn as white; by default the greatest.
        scale : {"all", "block", "image"}, default="all"
            What is scaled together: all images, the images of a set, or each image by
            itself. Masks always run from 0 to 1.
        name : str, default=None
            Title; by default `estimator_name`.
        **kwargs : dict
            Passed on to matplotlib's `imshow`.

        Returns
        -------
        display : SampleGridDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `scale` is unknown, `n_columns` no positive whole number, or there is not
            one label per row or set.
        """
        check_choice("scale", scale, SCALES)
        n_images, height, width, _ = self.images[0].shape
        n_columns = self._columns(n_images)
        n_lines = math.ceil(n_images / n_columns)
        labels = self._labels(n_lines)

        colours = self._colours(self._pyplot().get_cmap(cmap), vmin, vmax, scale)
        canvas, corners = mosaic(np.stack(colours, axis=1), n_columns)
        title = self._title(name)
        inch = np.clip(7 / n_columns, 0.35, 1.2) / max(width, height)
        inch = min(inch, 11 / canvas.shape[0])
        chars = max(map(len, "\n".join(labels).split("\n")))
        size = (
            max(canvas.shape[1] * inch, 0.09 * len(title or "")) + 0.09 * chars + 0.2,
            canvas.shape[0] * inch + (0.5 if title else 0.2),
        )
        ax = self._make_axes(ax, size)
        self.image_ = ax.imshow(canvas, **{"interpolation": "nearest", **kwargs})
        draw_lines(ax, missing_strokes(self.images, corners), color="0.2")
        # A white image on white paper has an edge, too.
        draw_lines(ax, frames(corners, height, width), color="0.6")
        ax.set_xticks([])
        centres = np.unique(corners[:, 0]) + (height - 1) / 2
        ax.set_yticks(centres if labels else [], labels)
        ax.tick_params(length=0)
        if labels:
            # Shrunk to its aspect from the right: the labels keep their room.
            ax.set_anchor("W")
        ax.spines[:].set_visible(False)
        self._set_title(name)
        return self

    def _columns(self, n_images):
        n = self.n_columns
        if n is None:
            if n_images <= N_IN_LINE:
                return n_images
            if len(self.images) > 1:
                return math.ceil(n_images / math.ceil(n_images / N_IN_LINE))
            _, height, width, _ = self.images[0].shape
            return min(math.ceil(math.sqrt(n_images * height / width)), n_images)
        check_count("n_columns", n, 1)
        return min(int(n), n_images)

    def _labels(self, n_lines):
        """Return the label of each row of the grid, or none."""
        if self.row_labels is None:
            return []
        labels = [str(label) for label in self.row_labels]
        several = len(self.images) > 1
        n = len(self.images) if several else n_lines
        if len(labels) != n:
            kind = "set of images" if several else "row of the grid"
            raise ValueError(
                f"row_labels must have one label per {kind}, {n}, got {len(labels)}: "
                f"{labels[:5]}."
            )
        return labels * n_lines if several else labels

    def _colours(self, cmap, vmin, vmax, scale):
        colours = []
        for part in self.images:
            if scale == "image":
                colours.append(np.stack([to_rgba(x, cmap, vmin, vmax) for x in part]))
            else:
                apart = scale == "block" or part.dtype.kind == "b"
                scaled_with = [part] if apart else self.images
                colours.append(to_rgba(part, cmap, vmin, vmax, scaled_with))
        return colours


def _per_label(y, n_samples):
    """Return the number of samples, and of those for each label."""
    if n_samples is None:
        n_samples = N_PER_CLASS * len(y)
    if y.ndim != 1 or not len(y) or n_samples % len(y):
        raise ValueError(
            "n_samples must be a multiple of the number of labels in y, which are one "
            f"per row of the grid, got n_samples={n_samples} and y of shape {y.shape}."
        )
    return n_samples, n_samples // len(y)

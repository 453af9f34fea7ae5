"""TranslationDisplay: images, their translations, the truth, and the way back."""

from dataclasses import dataclass

import numpy as np

from ..encoding.checks import check_count
from ._axes import Display
from ._estimators import best_of, name_of, require
from ._images import read_images
from ._sample_grid import SampleGridDisplay


@dataclass(kw_only=True, eq=False, repr=False)
class TranslationDisplay(Display):
    """Images above their translations, what these should have been, and the way back.

    Make one by :meth:`from_estimator` or :meth:`from_translations`.

    Parameters
    ----------
    images : dict of str to ndarray of shape (n_images, height, width, channels)
        Sets of as many images, by their labels, drawn below one another.
    estimator_name : str, default=None
        Name of the estimator, for the title.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the images.
    figure_ : matplotlib Figure
        Figure that holds the axes.
    image_ : matplotlib AxesImage
        The images as one.

    See Also
    --------
    SampleGridDisplay : Images in a grid.
    skgen.metrics.translation_report : The same in numbers.

    Examples
    --------
    >>> from skgen.inspection import TranslationDisplay
    >>> display = TranslationDisplay.from_estimator(
    ...     model, X_test, y_true=Y_test
    ... )  # doctest: +SKIP
    """

    images: dict[str, np.ndarray]
    estimator_name: str | None = None

    @classmethod
    def from_translations(cls, sets, *, image_shape=None, name=None, ax=None, **kwargs):
        """Draw sets of images that are given.

        Parameters
        ----------
        sets : dict of str to array-like of shape (n_images, n_pixels)
            Flat images by their labels; smaller ones are drawn as large as the others.
        image_shape : tuple or dict of str to tuple, default=None
            ``(height, width)`` or ``(height, width, channels)``, of all or by label; by
            default they are square and grey.
        name : str, default=None
            Title; none by default.
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        **kwargs : dict
            Passed on to :meth:`plot`.

        Returns
        -------
        display : TranslationDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If there are no sets, rows do not fill their shape, sets differ in their
            numbers of images, or sides are no whole multiples of each other.
        """
        cls._pyplot()
        if not sets:
            raise ValueError("sets must hold one set of images or more, got none.")
        shapes = image_shape if isinstance(image_shape, dict) else {}
        images = {
            label: read_images(rows, shapes.get(label) if shapes else image_shape)
            for label, rows in sets.items()
        }
        images = _alike(images)
        return cls(images=images, estimator_name=name).plot(ax=ax, **kwargs)

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        y_true=None,
        source=None,
        target=None,
        n_images=10,
        name=None,
        ax=None,
        **kwargs,
    ):
        """Draw images and what a fitted translator makes of them.

        Parameters
        ----------
        estimator : DomainTranslator, PairedTranslator or search
            Fitted translator.
        X : array-like of shape (n_rows, n_pixels)
            Images to translate.
        y_true : array-like of shape (n_rows, n_outputs), default=None
            What they should become, where it is known.
        source, target : label, default=None
            Domains of a `DomainTranslator`; None: the first and the second.
        n_images : int, default=10
            Images at most, the first ones.
        name : str, default=None
            Title; by default the name of the estimator's class.
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        **kwargs : dict
            Passed on to :meth:`plot`.

        Returns
        -------
        display : TranslationDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If the estimator neither translates nor predicts.
        ValueError
            If the rows are no images of the estimator's shape.
        """
        cls._pyplot()
        check_count("n_images", n_images, 1)
        X, model = X[:n_images], best_of(estimator)
        shape = model.image_shape
        shapes = {"source": shape}
        if hasattr(model, "translate"):
            first, second = model.classes_[:2]
            source = first if source is None else source
            target = second if target is None else target
            sets = {
                "source": X,
                "translation": model.translate(X, source=source, target=target),
            }
            back = model.cycle(X, source=source, target=target)
        else:
            require(model, "predict", "pass the rows to from_translations")
            sets, back = {"source": X, "translation": model.predict(X)}, None
            wide = getattr(model, "target_shape", None)
            shape = shape if wide is None else wide
        if y_true is not None:
            sets["truth"] = y_true[:n_images]
        if back is not None:
            sets["back again"] = back
        shapes |= {label: shape for label in sets if label != "source"}
        return cls.from_translations(
            sets, image_shape=shapes, name=name_of(estimator, name), ax=ax, **kwargs
        )

    def plot(self, ax=None, *, cmap="gray", name=None, **kwargs):
        """Draw the images.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        cmap : str or matplotlib Colormap, default="gray"
            Colours of grey images.
        name : str, default=None
            Title; by default `estimator_name`.
        **kwargs : dict
            Passed on to :meth:`SampleGridDisplay.plot`.

        Returns
        -------
        display : TranslationDisplay
            This one.
        """
        grid = SampleGridDisplay(
            images=list(self.images.values()),
            n_columns=len(next(iter(self.images.values()))),
            row_labels=list(self.images),
            estimator_name=self.estimator_name,
        ).plot(ax=ax, cmap=cmap, name=name, **kwargs)
        self.ax_, self.figure_, self.image_ = grid.ax_, grid.figure_, grid.image_
        return self


def _alike(images):
    """Bring sets of images to the largest sides, and to colours if any has them."""
    sides = np.max([part.shape[1:3] for part in images.values()], axis=0)
    channels = max(part.shape[3] for part in images.values())
    counts = {len(part) for part in images.values()}
    if len(counts) != 1:
        raise ValueError(
            f"all sets must have as many images, got {sorted(counts)}; cut them to the "
            "shortest."
        )
    found = {}
    for label, part in images.items():
        times, rest = np.divmod(sides, part.shape[1:3])
        if rest.any():
            raise ValueError(
                f"sides of images must be whole multiples of each other, got "
                f"{part.shape[1:3]} for {label!r} beside {tuple(sides.tolist())}."
            )
        part = part.repeat(times[0], axis=1).repeat(times[1], axis=2)
        if part.shape[3] == 1 and channels > 1:
            part = part.repeat(3, axis=3)
        found[label] = part
    return found

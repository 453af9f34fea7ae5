"""What the displays share: matplotlib found, axes made, marks told apart in print."""

from numbers import Integral

import numpy as np

# Told apart without colour: as many as there are lines in a display that can be read.
STYLES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "*", "X", "<", ">")


class Display:
    """What a display is drawn in: axes, or a figure that holds several, and a title."""

    def _make_axes(self, ax, size=None):
        """Return the axes to draw into: the given ones, or those of a new figure.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        plt = find_pyplot(self)
        if ax is None:
            _, ax = plt.subplots(figsize=size, layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        return ax

    def _make_host(self, ax, size):
        """Return what several axes are made in: a new figure, or the place of `ax`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `ax` is not part of a grid, so that it cannot be divided.
        """
        plt = find_pyplot(self)
        if ax is None:
            self.figure_ = plt.figure(figsize=size, layout="constrained")
            return self.figure_
        place = ax.get_subplotspec()
        if place is None:
            raise ValueError(
                f"ax must be made by plt.subplots or add_subplot for "
                f"{type(self).__name__} to divide it, got axes placed by hand; leave "
                "ax out to get a figure."
            )
        host = ax.figure
        ax.remove()
        self.figure_ = host.figure  # the root of subfigures
        return host.add_subfigure(place)

    def _title(self, name):
        return self.estimator_name if name is None else name

    def _set_title(self, name):
        title = self._title(name)
        if title is not None:
            self.ax_.set_title(title)


def find_pyplot(display):
    """Return matplotlib's pyplot for a display or its class, or say how to get it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        name = getattr(display, "__name__", type(display).__name__)
        raise ImportError(
            f"{name} needs matplotlib, which is not installed; "
            "`pip install skgen[plot]` brings it."
        ) from error
    return plt


def line_style(defaults, given):
    """Return how a line is drawn: what is given goes first, whatever it is called."""
    from matplotlib.cbook import normalize_kwargs
    from matplotlib.lines import Line2D

    return {**defaults, **normalize_kwargs(given, Line2D)}


def auto_edges(values, most):
    """Return the edges of bins that fit the values, at most as many bins."""
    edges = np.histogram_bin_edges(values, bins="auto")
    if len(edges) > most + 1:
        return np.linspace(edges[0], edges[-1], most + 1)
    return edges


def check_count(name, value, least, remedy=""):
    """Refuse what is no whole number, or too small a one."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(
            f"{name} must be a whole number of at least {least}, got {value!r}{remedy}."
        )


def check_choice(name, value, choices):
    """Refuse what is none of the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {choices}, got {value!r}.")


def name_of(estimator, name=None):
    """Return the given name, or that of the estimator's class inside what wraps it."""
    return type(unwrap(estimator)).__name__ if name is None else name


def unwrap(estimator):
    """Return what a search or a pipeline, or one in the other, holds at its end."""
    while True:
        estimator = best_of(estimator)
        if not hasattr(estimator, "steps"):
            return estimator
        estimator = estimator.steps[-1][1]


def best_of(estimator):
    """Return the best estimator of a search, others as they are."""
    while hasattr(estimator, "best_estimator_"):
        estimator = estimator.best_estimator_
    return estimator

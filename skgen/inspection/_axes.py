"""What the displays share: matplotlib found, axes made, marks told apart in print."""

import numpy as np

# Told apart without colour: as many as there are lines in a display that can be read.
STYLES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "*", "X", "<", ">")


class Display:
    """What a display is drawn in: axes, or a figure that holds several, and a title."""

    @classmethod
    def _pyplot(cls):
        """Return matplotlib's pyplot, or say how to get it.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        try:
            import matplotlib.pyplot as plt
        except ImportError as error:
            raise ImportError(
                f"{cls.__name__} needs matplotlib, which is not installed; "
                "`pip install skgen[plot]` brings it."
            ) from error
        return plt

    def _make_axes(self, ax, size=None):
        """Return the axes to draw into: the given ones, or those of a new figure."""
        plt = self._pyplot()
        if ax is None:
            _, ax = plt.subplots(figsize=size, layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        return ax

    def _make_host(self, ax, size):
        """Return what several axes are made in: a new figure, or the place of `ax`.

        Raises
        ------
        ValueError
            If `ax` is not part of a grid, so that it cannot be divided.
        """
        plt = self._pyplot()
        if ax is None:
            self.figure_ = plt.figure(figsize=size, layout="constrained")
            return self.figure_
        place = ax.get_subplotspec()
        if place is None:
            raise ValueError(
                "ax must be made by plt.subplots or add_subplot to be divided, got "
                "axes placed by hand; leave ax out to get a figure."
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

"""What the displays share: matplotlib found, axes made, marks told apart in print."""

# Told apart without colour: as many as there are lines in a display that can be read.
STYLES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "*", "X", "<", ">")


def make_axes(ax, caller, size=None):
    """Return the axes to draw into: the given ones, or those of a new figure.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    plt = find_pyplot(caller)
    if ax is None:
        _, ax = plt.subplots(figsize=size, layout="constrained")
    return ax


def make_host(ax, caller, size):
    """Return what several axes are made in: a new figure, or the place of `ax`.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If `ax` is not part of a grid, so that it cannot be divided.
    """
    plt = find_pyplot(caller)
    if ax is None:
        return plt.figure(figsize=size, layout="constrained")
    place = ax.get_subplotspec()
    if place is None:
        raise ValueError(
            f"ax must be made by plt.subplots or add_subplot for {caller} to divide "
            "it, got axes placed by hand; leave ax out to get a figure."
        )
    figure = ax.figure
    ax.remove()
    return figure.add_subfigure(place)


def find_pyplot(caller):
    """Return matplotlib's pyplot, or say how to get it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{caller} needs matplotlib, which is not installed; "
            "`pip install skgen[plot]` brings it."
        ) from error
    return plt


def line_style(defaults, given):
    """Return how a line is drawn: what is given goes first, whatever it is called."""
    from matplotlib.cbook import normalize_kwargs
    from matplotlib.lines import Line2D

    return {**defaults, **normalize_kwargs(given, Line2D)}


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

"""What the displays share: matplotlib found, axes made, lines told apart in print."""

# Told apart without colour: as many as there are lines in a display that can be read.
STYLES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))


def make_axes(ax, caller):
    """Return the axes to draw into: the given ones, or those of a new figure.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{caller} needs matplotlib, which is not installed; "
            "`pip install skgen[plot]` brings it."
        ) from error
    if ax is None:
        _, ax = plt.subplots(layout="constrained")
    return ax


def unwrap(estimator):
    """Return what a search or a pipeline, or one in the other, holds at its end."""
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif hasattr(estimator, "steps"):
            estimator = estimator.steps[-1][1]
        else:
            return estimator

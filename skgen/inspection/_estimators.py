"""Any estimator, scikit-learn's included: its name, what it holds, rows drawn."""

import copy
from inspect import signature

import numpy as np

from ..encoding.checks import check_count


def draw_rows(estimator, n_samples, *, y=None, random_state=None):
    """Draw rows from a fitted estimator, in the container that it gives.

    Parameters
    ----------
    estimator : estimator, Pipeline or search
        Has `sample`. Draws of a pipeline's last step go back through the other steps.
    n_samples : int
        Number of rows.
    y : label or array-like of shape (n_samples,), default=None
        Classes to draw from.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Returns
    -------
    X : ndarray or DataFrame of shape (n_samples, n_features)
        Drawn rows.

    Raises
    ------
    TypeError
        If the estimator cannot sample, or not by class, or not from a seed.
    ValueError
        If `n_samples` is not a positive whole number.
    """
    check_count("n_samples", n_samples, 1)
    estimator = best_of(estimator)
    if hasattr(estimator, "steps"):
        last = estimator.steps[-1][1]
        rows = draw_rows(last, n_samples, y=y, random_state=random_state)
        before = estimator[:-1]
        if len(before.steps) and not hasattr(before, "inverse_transform"):
            raise TypeError(
                "a pipeline must have steps with inverse_transform before the one that "
                f"samples, got {[name for name, _ in before.steps]}; use from_samples."
            )
        return before.inverse_transform(rows) if len(before.steps) else rows
    name = type(estimator).__name__
    require(estimator, "sample", "draw the rows yourself and use from_samples")
    known = signature(estimator.sample).parameters
    options = {}
    if y is not None:
        if "y" not in known:
            raise TypeError(
                f"estimator must have sample(n_samples, y=...) for draws by class, got "
                f"{name} without it; leave y out."
            )
        options["y"] = y
    if random_state is not None:
        if "random_state" in known:
            options["random_state"] = random_state
        elif not hasattr(estimator, "random_state"):
            raise TypeError(
                f"estimator must take a random_state to be seeded, got {name} without "
                "it; leave random_state out, or use from_samples."
            )
        else:
            # GaussianMixture seeds its draws by its own parameter.
            estimator = copy.copy(estimator)
            estimator.random_state = random_state
    rows = estimator.sample(n_samples, **options)
    if not isinstance(rows, tuple):
        return rows
    # GaussianMixture: rows and their components, one component after the other.
    order = np.random.default_rng(0).permutation(n_samples)
    return rows[0][order]


def require(estimator, method, remedy):
    """Refuse an estimator without a method."""
    if not hasattr(estimator, method):
        raise TypeError(
            f"estimator must have a method {method}, got {name_of(estimator)} without "
            f"it; {remedy}."
        )


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

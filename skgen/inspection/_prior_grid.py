"""PriorGridDisplay: a score over the candidates for the class prior."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.exceptions import NotFittedError

from ._axes import Display


@dataclass(kw_only=True, eq=False, repr=False)
class PriorGridDisplay(Display):
    """Score of a search over the candidates for the class prior.

    Make one by :meth:`from_estimator`. The candidate with the best mean is marked; the
    band is one standard error of the mean over the folds to either side.

    Parameters
    ----------
    priors : array-like of shape (n_candidates,)
        Candidates for P(y=1), ascending.
    mean : array-like of shape (n_candidates,)
        Mean score over the folds; higher is better.
    stderr : array-like of shape (n_candidates,)
        Standard error of the mean.
    score_name : str, default="score"
        Name of the score, for the axis.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the curve.
    figure_ : matplotlib Figure
        Figure that holds the axes.
    line_ : matplotlib Line2D
        Mean score.
    band_ : matplotlib PolyCollection
        Standard error.
    chosen_ : matplotlib Line2D
        Mark on the chosen candidate.
    true_prior_ : matplotlib Line2D or None
        Vertical line at the true prior.

    See Also
    --------
    skgen.metrics.make_pu_scorer : Scorers that fix their own prior.
    LossCurveDisplay : Losses over the epochs.

    Notes
    -----
    A candidate must not be scored by its own prior: see :ref:`pu_scoring`.

    Examples
    --------
    >>> from skgen.inspection import PriorGridDisplay
    >>> display = PriorGridDisplay(
    ...     priors=[0.2, 0.4, 0.6], mean=[0.7, 0.9, 0.8], stderr=[0.02, 0.01, 0.02]
    ... )
    >>> display.plot(true_prior=0.4)  # doctest: +SKIP
    """

    priors: ArrayLike
    mean: ArrayLike
    stderr: ArrayLike
    score_name: str = "score"

    @classmethod
    def from_estimator(
        cls,
        search,
        *,
        param=None,
        metric="score",
        true_prior=None,
        name=None,
        ax=None,
        **kwargs,
    ):
        """Draw the scores of a fitted search.

        Parameters
        ----------
        search : GridSearchCV or another search
            Fitted search over candidates for the prior. Where it went over other
            parameters too, each candidate is drawn with the best of these.
        param : str, default=None
            Name of the searched parameter; by default the one that is ``"prior"`` or
            ends with ``"__prior"``.
        metric : str, default="score"
            Which score of a search with several.
        true_prior : float, default=None
            The true P(y=1), where it is known.
        name : str, default=None
            Label of the curve; none by default.
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        **kwargs : dict
            Passed on to matplotlib's `plot` of the curve.

        Returns
        -------
        display : PriorGridDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        sklearn.exceptions.NotFittedError
            If the search is not fitted.
        ValueError
            If the search has no such parameter or score, or a candidate is no number.

        Examples
        --------
        >>> from skgen.inspection import PriorGridDisplay
        >>> PriorGridDisplay.from_estimator(search)  # doctest: +SKIP
        """
        if not hasattr(search, "cv_results_"):
            raise NotFittedError(
                "search must be fitted and have cv_results_, got "
                f"{type(search).__name__} without it; call fit first."
            )
        results = search.cv_results_
        priors = _candidates(results, param)
        means = np.asarray(_entry(results, f"mean_test_{metric}", metric))
        errors = results[f"std_test_{metric}"] / np.sqrt(search.n_splits_)
        finite = pd.Series(np.nan_to_num(means, nan=-np.inf))
        best = finite.groupby(priors).idxmax()
        display = cls(
            priors=best.index.to_numpy(),
            mean=means[best],
            stderr=errors[best],
            score_name=metric,
        )
        return display.plot(ax=ax, true_prior=true_prior, name=name, **kwargs)

    def plot(self, ax=None, *, true_prior=None, name=None, **kwargs):
        """Draw the curve, its band, the chosen candidate and the true prior.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        true_prior : float, default=None
            The true P(y=1), where it is known.
        name : str, default=None
            Label of the curve; none by default.
        **kwargs : dict
            Passed on to matplotlib's `plot` of the curve.

        Returns
        -------
        display : PriorGridDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = self._make_axes(ax)
        table = self.priors, self.mean, self.stderr
        priors, mean, stderr = np.asarray(table, dtype=np.float64)
        style = {"marker": "o", "markersize": 4, "label": name, **kwargs}
        (self.line_,) = ax.plot(priors, mean, **style)
        color = self.line_.get_color()
        style = {"color": color, "alpha": 0.2, "linewidth": 0}
        self.band_ = ax.fill_between(priors, mean - stderr, mean + stderr, **style)
        best = int(np.nanargmax(mean))
        style = {"ms": 11, "mfc": "none", "mew": 1.8, "color": color}
        label = f"chosen: {priors[best]:.3g}"
        (self.chosen_,) = ax.plot(priors[best], mean[best], "o", **style, label=label)
        self.true_prior_ = None
        if true_prior is not None:
            style = {"color": "0.25", "linestyle": ":", "zorder": 0}
            label = f"true prior: {true_prior:.3g}"
            self.true_prior_ = ax.axvline(true_prior, **style, label=label)
        if len(priors) <= 8:
            ax.set_xticks(priors, [f"{p:.3g}" for p in priors])
        ax.set_xlabel("candidate for the prior P(y=1)")
        ax.set_ylabel(self.score_name.replace("_", " "))
        ax.legend()
        return self


def _candidates(results, param):
    """Return the searched priors, one per candidate of the search."""
    searched = [key.removeprefix("param_") for key in results if key[:6] == "param_"]
    if param is None:
        names = [n for n in searched if n == "prior" or n.endswith("__prior")]
        if len(names) != 1:
            raise ValueError(
                "search must go over one parameter named 'prior', got "
                f"{names or searched}; name it by param=."
            )
        param = names[0]
    values = np.ma.getdata(_entry(results, f"param_{param}", param))
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            f"the candidates of {param!r} must be numbers, got {list(values)}; leave "
            "None and 'auto' out of the grid and pass them to a fit of their own."
        ) from None


def _entry(results, key, name):
    if key not in results:
        kind = key[: -len(name)]
        known = [k[len(kind) :] for k in results if k.startswith(kind)]
        raise ValueError(f"search must have {name!r}, got one with {known}.")
    return results[key]

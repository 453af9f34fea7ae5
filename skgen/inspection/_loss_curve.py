"""LossCurveDisplay: losses over the epochs."""

import re
from dataclasses import dataclass

import pandas as pd
from numpy.typing import ArrayLike
from sklearn.exceptions import NotFittedError

from ._axes import MARKERS, STYLES, Display, line_style
from ._estimators import name_of, unwrap

# Losses of one kind, on the rows trained on and on those held out.
_PARTS = ("train_", "valid_")
_PART_AND_STEM = re.compile(r"(train_|valid_|)(.*)", re.DOTALL)


@dataclass(kw_only=True, eq=False, repr=False)
class LossCurveDisplay(Display):
    """Losses of a training over its epochs.

    Make one by :meth:`from_estimator` or :meth:`from_history`. Where there are several
    pairs of names, as ``"train_kl"`` and ``"valid_kl"`` beside others, a pair has one
    colour and marker, the first of it solid and the second dashed.

    Parameters
    ----------
    epochs : array-like of shape (n_epochs,)
        Numbers of the epochs.
    losses : dict of str to array-like of shape (n_epochs,)
        Losses by name, in the units of the losses; NaN where an epoch has none.
    estimator_name : str, default=None
        Name of the estimator, for the title.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the curves.
    figure_ : matplotlib Figure
        Figure that holds the axes.
    lines_ : dict of str to matplotlib Line2D
        Curves by the names of their losses.

    See Also
    --------
    PriorGridDisplay : A score over the candidates for the class prior.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skgen.datasets import make_pu
    >>> from skgen.inspection import LossCurveDisplay
    >>> from skgen.pu import PUClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X, s, _ = make_pu(X, y, n_labeled=100, random_state=0)
    >>> model = PUClassifier(max_epochs=3, random_state=0).fit(X, s)
    >>> display = LossCurveDisplay.from_estimator(model)  # doctest: +SKIP
    >>> display.figure_.savefig("loss.png")  # doctest: +SKIP
    """

    epochs: ArrayLike
    losses: dict[str, ArrayLike]
    estimator_name: str | None = None

    @classmethod
    def from_estimator(cls, estimator, *, losses=None, name=None, ax=None, **kwargs):
        """Draw the losses that a fitted estimator has in its `history_`.

        Parameters
        ----------
        estimator : estimator, Pipeline or search
            Fitted estimator with `history_`. Of a pipeline the last step is taken, of
            a search the best estimator.
        losses : list of str, default=None
            Names of the losses to draw, as in `history_`, or without ``train_`` and
            ``valid_`` for both; by default all.
        name : str, default=None
            Title; by default the name of the estimator's class.
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        **kwargs : dict
            Passed on to every call of matplotlib's `plot`.

        Returns
        -------
        display : LossCurveDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        sklearn.exceptions.NotFittedError
            If the estimator has no `history_`.
        ValueError
            If the history is empty or lacks a loss of that name.

        Examples
        --------
        >>> from skgen.inspection import LossCurveDisplay
        >>> LossCurveDisplay.from_estimator(
        ...     model, losses=["train_value"]
        ... )  # doctest: +SKIP
        """
        inner = unwrap(estimator)
        if not hasattr(inner, "history_"):
            raise NotFittedError(
                f"estimator must be fitted and have history_, got {name_of(inner)} "
                "without it; call fit first, or from_history with a list of dicts."
            )
        name = name_of(inner, name)
        return cls.from_history(
            inner.history_, losses=losses, name=name, ax=ax, **kwargs
        )

    @classmethod
    def from_history(cls, history, *, losses=None, name=None, ax=None, **kwargs):
        """Draw the losses of a history.

        Parameters
        ----------
        history : list of dict
            One dict per epoch: the entry ``"epoch"``, if there is one, is its number;
            other entries that are numbers are losses.
        losses : list of str, default=None
            Names of the losses to draw, or without ``train_`` and ``valid_`` for both;
            by default all.
        name : str, default=None
            Title; none by default.
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        **kwargs : dict
            Passed on to every call of matplotlib's `plot`.

        Returns
        -------
        display : LossCurveDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If the history is empty or lacks a loss of that name.

        Examples
        --------
        >>> from skgen.inspection import LossCurveDisplay
        >>> history = [{"epoch": 1, "loss": 0.7}, {"epoch": 2, "loss": 0.5}]
        >>> display = LossCurveDisplay.from_history(history)  # doctest: +SKIP
        """
        history = list(history)
        if not history:
            raise ValueError(
                "history must hold at least one epoch, got none; an estimator that "
                "was fitted without networks has no losses to draw."
            )
        table = pd.DataFrame(history).drop(columns="epoch", errors="ignore")
        known = list(table.select_dtypes("number"))
        names = known if losses is None else _in_full(losses, known)
        unknown = [n for n in names if n not in known]
        if unknown or not names:
            raise ValueError(f"losses must be among {known}, got {unknown or names}.")
        epochs = [epoch.get("epoch", i + 1) for i, epoch in enumerate(history)]
        curves = {n: table[n].to_numpy() for n in names}
        display = cls(epochs=epochs, losses=curves, estimator_name=name)
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, *, name=None, **kwargs):
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw into; by default those of a new figure.
        name : str, default=None
            Title; by default `estimator_name`.
        **kwargs : dict
            Passed on to every call of matplotlib's `plot`.

        Returns
        -------
        display : LossCurveDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = self._make_axes(ax)
        from matplotlib.ticker import MaxNLocator

        self.lines_ = {}
        for key, style in _styles(list(self.losses), len(self.epochs)).items():
            style = line_style(style, kwargs)
            (self.lines_[key],) = ax.plot(self.epochs, self.losses[key], **style)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.set_xlabel("epoch")
        self._set_title(name)
        stems = {_split(key)[1] for key in self.lines_}
        if len(self.lines_) == 1:
            ax.set_ylabel(next(iter(self.lines_)))
        else:
            ax.set_ylabel(stems.pop() if len(stems) == 1 else "loss")
            ax.legend(handlelength=3)
        return self


def _in_full(names, known):
    """Return names of losses, those without a part replaced by both parts."""
    found = []
    for name in names:
        parts = [part + name for part in _PARTS if part + name in known]
        found += [name] if name in known or not parts else parts
    return found


def _split(key):
    """Return the part that a loss is of, if any, and the rest of its name."""
    return _PART_AND_STEM.fullmatch(key).groups()


def _styles(keys, n_epochs):
    """Return how each line is drawn, told apart without colour, too."""
    stems = list(dict.fromkeys(_split(key)[1] for key in keys))
    pairs = len(stems) > 1 and len(stems) < len(keys)
    styles = {}
    for i, key in enumerate(keys):
        part, stem = _split(key)
        if pairs:
            k = stems.index(stem)
            color, marker = f"C{k % 10}", MARKERS[k % len(MARKERS)]
            line = "--" if part == "valid_" else "-"
        else:
            color, line = f"C{i % 10}", STYLES[i % len(STYLES)]
            marker = MARKERS[i // len(STYLES)] if i >= len(STYLES) else None
        styles[key] = {"label": key, "color": color, "linestyle": line}
        # A single epoch makes no line.
        if marker or n_epochs == 1:
            every = max(1, n_epochs // 8)
            mark = {"marker": marker or "o", "markersize": 5}
            styles[key].update(mark, markevery=(i % every, every))
    return styles

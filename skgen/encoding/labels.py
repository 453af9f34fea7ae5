"""Labels of positive-unlabeled and semi-supervised data, and what they mean."""

from dataclasses import dataclass
from numbers import Number, Real

import numpy as np

__all__ = ["LabelScheme", "read_labels"]

UNLABELED = -1


@dataclass(frozen=True)
class LabelScheme:
    """What the symbols of a label vector stand for.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        The labels that predictions return, sorted.
    unlabeled : object or None
        The symbol that marks an unlabeled row, None if there is none.
    setting : {"pu", "semi_supervised", "supervised"}
        ``"pu"``: one class has labels; ``"semi_supervised"`` (PNU for two classes, K
        classes plus unlabeled for more): every class has labels and there are
        unlabeled rows; ``"supervised"``: every row has a label.
    positive : int or None
        Index in `classes` of the positive class, for two classes.
    """

    classes: np.ndarray
    unlabeled: object
    setting: str
    positive: int | None

    @property
    def n_classes(self):
        """Number of classes that predictions distinguish."""
        return len(self.classes)

    @property
    def labeled_classes(self):
        """Indices of the classes of which labeled rows can exist."""
        if self.setting == "pu":
            return np.array([self.positive])
        return np.arange(self.n_classes)

    def encode(self, y):
        """Turn labels into codes: the index of the class, or -1 for unlabeled.

        Parameters
        ----------
        y : ndarray of shape (n_samples,)
            Labels.

        Returns
        -------
        codes : ndarray of shape (n_samples,), dtype int64
            Codes.

        Raises
        ------
        ValueError
            If `y` holds a symbol that the scheme does not know.
        """
        codes = np.full(len(y), UNLABELED, dtype=np.int64)
        known = np.zeros(len(y), dtype=bool)
        if self.setting != "supervised":
            known |= y == self.unlabeled
        for k in self.labeled_classes:
            mask = y == self.classes[k]
            codes[mask] = k
            known |= mask
        if not known.all():
            raise ValueError(
                f"y must hold the labels seen in fit, {list(self.classes)} with "
                f"unlabeled rows marked {self.unlabeled!r}; got "
                f"{np.unique(y[~known])[:5].tolist()}."
            )
        return codes


def read_labels(y, *, unlabeled_label="auto", pos_label=None):
    """Find out which symbol of `y` is "unlabeled" and which classes there are.

    The rules are those of DESIGN: with ``unlabeled_label="auto"``, ``-1`` is
    "unlabeled" when it is among three or more distinct numeric labels; with exactly two
    distinct labels the one that is not `pos_label` is "unlabeled", and is also what a
    negative prediction returns; three or more labels without ``-1`` are supervised.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Labels, numbers, booleans or strings.
    unlabeled_label : "auto", None or a label, default="auto"
        None reads every row as labeled; any other value names the marker.
    pos_label : label, default=None
        The positive class of two, by default the larger label.

    Returns
    -------
    scheme : LabelScheme
        The reading.

    Raises
    ------
    ValueError
        If the labels make no sense: one distinct label, only unlabeled rows, or a
        `pos_label` that is not among the classes.
    """
    symbols = np.unique(y)
    automatic = isinstance(unlabeled_label, str) and unlabeled_label == "auto"
    if unlabeled_label is None:
        return _supervised(symbols, pos_label)
    if automatic:
        numeric = np.issubdtype(symbols.dtype, np.number) or all(
            isinstance(s, Number) for s in symbols
        )
        if len(symbols) == 2:
            positive = _find_positive(symbols, pos_label, "two distinct labels")
            return LabelScheme(symbols, symbols[1 - positive], "pu", positive)
        if len(symbols) > 2 and numeric and UNLABELED in symbols:
            marker = symbols[symbols == UNLABELED][0]
        else:
            return _supervised(symbols, pos_label)
    else:
        if isinstance(unlabeled_label, Real) and np.isnan(unlabeled_label):
            raise ValueError(
                "unlabeled_label must be a label that can be compared, got nan; mark "
                "unlabeled rows by a number such as -1 or a string."
            )
        hits = symbols[[bool(s == unlabeled_label) for s in symbols]]
        if len(hits) == 0:
            return _supervised(symbols, pos_label)
        marker = hits[0]
    classes = symbols[symbols != marker]
    if len(classes) == 0:
        raise ValueError(
            f"y must hold labeled rows of at least one class, got only unlabeled rows "
            f"(all {marker!r}); label some positives."
        )
    if len(classes) == 1:
        # One class and a marker: the marker is what a negative prediction returns.
        both = np.unique(y)
        positive = int(np.flatnonzero(both == classes[0])[0])
        if pos_label is not None and pos_label != classes[0]:
            raise ValueError(
                f"pos_label must be the labeled class {classes[0]!r}, "
                f"got {pos_label!r}; {marker!r} marks unlabeled rows."
            )
        return LabelScheme(both, marker, "pu", positive)
    positive = None
    if len(classes) == 2:
        positive = _find_positive(classes, pos_label, "two classes")
    return LabelScheme(classes, marker, "semi_supervised", positive)


def _supervised(symbols, pos_label):
    if len(symbols) < 2:
        raise ValueError(
            f"y must hold at least two distinct labels, got one class only: "
            f"{symbols.tolist()}. Positive-unlabeled data needs labeled positives and "
            "unlabeled rows."
        )
    positive = None
    if len(symbols) == 2:
        positive = _find_positive(symbols, pos_label, "two classes")
    return LabelScheme(symbols, None, "supervised", positive)


def _find_positive(classes, pos_label, what):
    if pos_label is None:
        return 1
    hits = np.flatnonzero([bool(c == pos_label) for c in classes])
    if len(hits) == 0:
        raise ValueError(
            f"pos_label must be one of the {what} {classes.tolist()}, got "
            f"{pos_label!r}."
        )
    return int(hits[0])

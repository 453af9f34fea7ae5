"""Labels of positive-unlabeled and semi-supervised data, and what they mean."""

from dataclasses import dataclass
from numbers import Number, Real

import numpy as np

__all__ = ["LabelScheme", "read_labels"]

UNLABELED = -1


@dataclass(frozen=True)
class LabelScheme:
    """What the symbols of a label vector stand for.

    Parameters
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

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.encoding import read_labels
    >>> scheme = read_labels(np.array(["?", "spam", "?"]), unlabeled_label="?")
    >>> scheme.setting, scheme.positive, scheme.encode(np.array(["spam", "?"])).tolist()
    ('pu', 1, [1, -1])
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
                f"y must hold the labels seen in fit, {self.classes.tolist()} with "
                f"unlabeled rows marked {plain(self.unlabeled)!r}; got "
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
        The positive class of two, by default the larger label. Ignored with more than
        two classes.

    Returns
    -------
    scheme : LabelScheme
        The reading.

    Raises
    ------
    ValueError
        If the labels make no sense: one distinct label, only unlabeled rows, missing
        labels (NaN), or a `pos_label` that is not one of the two classes.
    TypeError
        If numbers and strings are mixed, or labels are None.

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.encoding.labels import read_labels
    >>> read_labels(np.array([0, 0, 1])).setting
    'pu'
    >>> scheme = read_labels(np.array([-1, -1, 0, 1]))
    >>> scheme.setting, scheme.classes.tolist()
    ('semi_supervised', [0, 1])
    >>> scheme.encode(np.array([1, -1, 0])).tolist()
    [1, -1, 0]
    """
    symbols = _symbols(y)
    marker = _find_marker(symbols, unlabeled_label, pos_label)
    if marker is None:
        if len(symbols) < 2:
            raise ValueError(
                "y must hold at least two distinct labels, got one class only: "
                f"{symbols.tolist()}; PU data needs labeled positives and unlabeled "
                "rows."
            )
        positive = _find_positive(symbols, pos_label)
        return LabelScheme(symbols, None, "supervised", positive)
    classes = symbols[symbols != marker]
    if len(classes) == 0:
        raise ValueError(
            f"y must hold labeled rows of at least one class, got only unlabeled rows "
            f"(all {plain(marker)!r}); label some positives."
        )
    if len(classes) > 1:
        positive = _find_positive(classes, pos_label)
        return LabelScheme(classes, marker, "semi_supervised", positive)
    # One class and a marker: the marker is what a negative prediction returns.
    if pos_label is not None and pos_label != classes[0]:
        raise ValueError(
            f"pos_label must be the labeled class {plain(classes[0])!r}, "
            f"got {pos_label!r}; {plain(marker)!r} marks unlabeled rows."
        )
    positive = int(np.flatnonzero(symbols == classes[0])[0])
    return LabelScheme(symbols, marker, "pu", positive)


def _find_marker(symbols, unlabeled_label, pos_label):
    """Return the symbol that marks unlabeled rows, None if there is none."""
    if unlabeled_label is None:
        return None
    if isinstance(unlabeled_label, str) and unlabeled_label == "auto":
        if len(symbols) == 2:
            return symbols[1 - _find_positive(symbols, pos_label, "distinct labels")]
        numeric = all(isinstance(s, Number) for s in symbols)
        unlabeled_label = UNLABELED if len(symbols) > 2 and numeric else None
    elif isinstance(unlabeled_label, Real) and np.isnan(unlabeled_label):
        raise ValueError(
            "unlabeled_label must be a label that can be compared, got nan; mark "
            "unlabeled rows by a number such as -1 or a string."
        )
    return next((s for s in symbols if bool(s == unlabeled_label)), None)


def _symbols(y):
    """Return the distinct labels, sorted."""
    try:
        symbols = np.unique(y)
    except TypeError as error:
        kinds = sorted({type(label).__name__ for label in y})
        raise TypeError(
            f"y must hold labels of one kind, none missing, got {kinds}; write the "
            "marker of unlabeled rows in the kind of the other labels."
        ) from error
    missing = np.array([label is None or bool(label != label) for label in symbols])
    if missing.any():
        raise ValueError(
            f"y must have no missing labels, got {symbols[missing].tolist()}; mark "
            "unlabeled rows by a number such as -1 or a string."
        )
    return symbols


def plain(label):
    """Return a label as Python writes it, 1 and not np.int64(1)."""
    return label.item() if isinstance(label, np.generic) else label


def _find_positive(classes, pos_label, what="classes"):
    """Return the index of the positive class of two, None if there are more."""
    if len(classes) != 2:
        return None
    if pos_label is None:
        return 1
    hits = np.flatnonzero([bool(c == pos_label) for c in classes])
    if len(hits) == 0:
        raise ValueError(
            f"pos_label must be one of the two {what} {classes.tolist()}, "
            f"got {pos_label!r}; name the label of the positive rows."
        )
    return int(hits[0])

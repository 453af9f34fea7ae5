"""Labels of positive-unlabeled and semi-supervised data, and what they mean."""

import warnings
from dataclasses import dataclass
from numbers import Number

import numpy as np
import pandas as pd

from .checks import plain

__all__ = ["LabelScheme", "read_labels"]

UNLABELED = -1
CAST = 255  # what -1 becomes in eight bits
UNLABELED_WORDS = {"unlabeled", "unlabelled", "unl", "u", "unknown", "unk", "nan"}
UNLABELED_WORDS |= {"none", "null", "na", "n/a", "<na>", "?", "", "-1", "-1.0"}
# Of these a table may mean a class of its own.
DOUBTFUL_WORDS = {"u", "unknown", "unk", "nan", "none", "null", "na", "n/a"}
POSITIVE_WORDS = {"positive", "pos", "p", "yes", "y", "true", "t"}
POSITIVE_WORDS |= {"1", "+1", "1.0", "+1.0", "+"}
NEGATIVE_WORDS = {"negative", "neg", "n", "no", "false", "f", "0", "0.0", "-"}


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

    With ``unlabeled_label="auto"`` the marker is found so:

    - Two labels: the one that is not `pos_label`. Without a `pos_label`, -1 and words
      that mean "unlabeled" (unlabeled, unl, u, unknown, none, nan, ?, -1 as a string,
      the empty string) are the marker, and so is 255 beside 1; words that mean positive
      or negative (positive, yes, true, 1; negative, no, false, 0) say which label is
      which; else the larger label is positive. A negative prediction returns the other.
    - Three or more: -1, such a word, or 255 beside 0, 1, ...; without one of these
      every row has a label.

    A choice that neither {0, 1}, -1 nor words decide is told in a warning.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Labels, numbers, booleans or strings.
    unlabeled_label : "auto", None or a label, default="auto"
        None reads every row as labeled; any other value names the marker, which must
        be among the labels.
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
        labels (NaN), a marker that is not among them, or a `pos_label` that is not one
        of the two classes.
    TypeError
        If numbers and strings are mixed, or labels are None.

    Warns
    -----
    UserWarning
        If it is a guess which label means what.

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
    check_comparable("pos_label", pos_label)
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
        if positive is not None and pos_label is None:
            positive = guess_positive(classes, marked=True)
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
        if len(symbols) > 2:
            return _known_marker(symbols)
        if len(symbols) < 2:
            return None
        if pos_label is None:
            return symbols[1 - guess_positive(symbols)]
        return symbols[1 - _find_positive(symbols, pos_label, "distinct labels")]
    check_comparable("unlabeled_label", unlabeled_label)
    marker = next((s for s in symbols if bool(s == unlabeled_label)), None)
    if marker is None and len(symbols) > 1:
        raise ValueError(
            f"unlabeled_label must be one of the labels of y, {_shown(symbols)}, got "
            f"{unlabeled_label!r}; name the label of the unlabeled rows, or pass None "
            "if every row has its label."
        )
    return marker


def check_comparable(name, label):
    """Refuse what cannot be compared with labels."""
    if label is None:
        return
    if np.ndim(label) or pd.isna(label):
        raise ValueError(
            f"{name} must be a label that can be compared, got {label!r}; mark "
            "unlabeled rows by a number such as -1 or a string."
        )


def _known_marker(symbols):
    """Return the one of three or more symbols that means "unlabeled", None if none."""
    if all(isinstance(s, Number | np.bool_) for s in symbols):
        if UNLABELED in symbols:
            return symbols[symbols == UNLABELED][0]
        # Behind classes that are counted from 0 or 1, as far as there is a gap.
        first, n = symbols[0], len(symbols) - 1
        counted = first in (0, 1) and (symbols[:-1] == first + np.arange(n)).all()
        cast = counted and symbols[-1] == CAST and n < CAST
        return symbols[-1] if cast else None
    found = [s for s in symbols if _means_unlabeled(_word(s))]
    if len(found) != 1:
        return None
    (marker,) = found
    others = {_word(s) for s in symbols if s != marker}
    if (
        _word(marker) in DOUBTFUL_WORDS
        and not others <= POSITIVE_WORDS | NEGATIVE_WORDS
    ):
        _warn(
            f"{plain(marker)!r} among the labels {_shown(symbols)} was taken as the "
            "mark of unlabeled rows; name the mark in unlabeled_label, or pass "
            "unlabeled_label=None if it is a class."
        )
    return marker


def guess_positive(symbols, marked=False):
    """Return the index of the positive one of two symbols, with a warning if in doubt.

    With `marked` both are classes; else the other one marks unlabeled rows.
    """
    other = "negative" if marked else "unlabeled"
    if isinstance(symbols[0], str):
        words = [_word(s) for s in symbols]
        for known, is_positive in (
            (_means_unlabeled, False),
            (POSITIVE_WORDS.__contains__, True),
            (NEGATIVE_WORDS.__contains__, False),
        ):
            hits = [known(word) for word in words]
            if sum(hits) == 1:
                return int(hits[1] if is_positive else hits[0])
    else:
        pair = symbols.tolist()
        if pair in ([0, 1], [UNLABELED, 1]):
            return 1
        if not marked and UNLABELED in pair:
            return int(pair[0] == UNLABELED)
        if not marked and pair == [1, CAST]:
            return 0
    _warn(
        f"{plain(symbols[1])!r} was taken as the positive label and "
        f"{plain(symbols[0])!r} as the {other} one; name the positive one in pos_label."
    )
    return 1


def _warn(message):
    warnings.warn(message, UserWarning, stacklevel=4)


def _word(symbol):
    return str(symbol).strip().lower()


def _means_unlabeled(word):
    return word in UNLABELED_WORDS or word.startswith(("unlab", "unknown"))


def _shown(symbols):
    """Labels for a message, the first ten of many."""
    shown = [plain(s) for s in symbols[:10]]
    return f"{shown}" if len(symbols) <= 10 else f"{shown} and {len(symbols) - 10} more"


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

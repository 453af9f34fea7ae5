"""Labels of class-conditional models: classes in, codes of classes out."""

import numpy as np
from sklearn.utils.validation import column_or_1d

from .checks import check_labels

_REMEDY = "give each row a label, or fit without labels"


def read_classes(y, n_rows, classes=None):
    """Classes and the code of each label.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Labels.
    n_rows : int
        Number of rows.
    classes : array-like, default=None
        All classes, if the labels may not show them all.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        Sorted labels.
    codes : ndarray of shape (n_rows,), dtype int64
        Place of each label among the classes.
    """
    y = check_labels(y, n_rows, remedy=_REMEDY)
    known = np.unique(y if classes is None else column_or_1d(classes))
    return known, class_codes(y, known, n_rows)


def class_codes(y, classes, n_rows):
    """Place of each label among the classes of the fit; unknown ones are refused."""
    y = check_labels(y, n_rows, remedy=_REMEDY)
    codes = np.searchsorted(classes, y).clip(max=len(classes) - 1)
    unknown = classes[codes] != y
    if unknown.any():
        raise ValueError(
            f"y must hold labels seen in fit, {classes.tolist()}, got "
            f"{np.unique(y[unknown]).tolist()[:5]}; fit with rows of these classes, or "
            "name them in classes= where partial_fit takes it."
        )
    return codes.astype(np.int64)


class ClassConditional:
    """What models of rows given their class share: labels in, codes of classes out."""

    # What a model without classes is, and how to fit one with.
    _without = "was fitted without labels"
    _to_condition = "fit with fit(X, y) to condition on classes"

    @property
    def _n_classes(self):
        return len(self.classes_) if hasattr(self, "classes_") else 0

    def _read_y(self, y, n_rows, goes_on, classes):
        """Codes of the labels, or None; learns or checks the classes."""
        if goes_on:
            if (y is None) != (not self._n_classes):
                with_ = "with" if self._n_classes else "without"
                raise ValueError(
                    f"a fit that goes on from one {with_} labels must be {with_} "
                    "labels too; set warm_start=False to begin anew."
                )
            return None if y is None else class_codes(y, self.classes_, n_rows)
        if y is None:
            for name in ("classes_", "class_log_prior_"):
                self.__dict__.pop(name, None)
            return None
        self.classes_, codes = read_classes(y, n_rows, classes)
        counts = np.bincount(codes, minlength=len(self.classes_))
        if classes is not None:
            # One more of each, so that no class that is still to come is impossible.
            counts = counts + 1
        self.class_log_prior_ = np.log(counts / counts.sum())
        return codes

    def _class_codes(self, y, n_rows):
        """Codes of given labels, one for all rows or one per row."""
        if not self._n_classes:
            raise ValueError(
                f"y must be None for a model that {self._without}, got labels; "
                f"{self._to_condition}."
            )
        y = np.asarray(y)
        y = np.full(n_rows, y) if y.ndim == 0 else y
        return class_codes(y, self.classes_, n_rows)

    def _needed_codes(self, y, n_rows):
        """Codes of labels, which a conditional model needs and others refuse."""
        if y is not None:
            return self._class_codes(y, n_rows)
        if self._n_classes:
            raise ValueError(
                "y must give the classes of the rows, since the model is conditional; "
                f"its classes are {self.classes_.tolist()}."
            )
        return None

    def _drawn_codes(self, y, n_rows, random_state):
        """Codes of labels, drawn by their shares in the fit if there are none."""
        if self._n_classes and y is None:
            shares = np.exp(self.class_log_prior_)
            return random_state.choice(self._n_classes, n_rows, p=shares)
        return self._needed_codes(y, n_rows)

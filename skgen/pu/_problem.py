"""A PU problem: labels read, class counts taken, priors checked."""

import warnings
from numbers import Real

import numpy as np

from ..encoding.checks import check_labels
from ..encoding.labels import UNLABELED, read_labels
from ._neighbors import TINY, SymbolModel, softmax

REMEDY = "mark unlabeled rows by a label such as -1 and name it in unlabeled_label"
FEWEST_LABELS = 5


def check_pu_labels(estimator, y, n_rows):
    """Check labels, some of which may mark unlabeled rows; see `check_labels`."""
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but "
            "the target y is None."
        )
    return check_labels(y, n_rows, remedy=REMEDY)


def warn_of_few_labels(codes, model, copies):
    """Warn of a class prior that rests on next to no rows."""
    seen = np.flatnonzero(model.counts)
    kinds = [(codes == k, "labeled rows of a class") for k in seen]
    if model.two_sample:
        kinds.append((codes == UNLABELED, "unlabeled rows"))
    for rows, what in kinds:
        n = rows.sum() if copies is None else len(np.unique(copies[rows]))
        if n < FEWEST_LABELS:
            warnings.warn(
                f"the class prior is estimated from {n} different {what}, and fewer "
                f"than {FEWEST_LABELS} say next to nothing of it; give more rows, or "
                "pass the prior to the classifier as prior=...",
                UserWarning,
                stacklevel=2,
            )
            return


class PUProblem:
    """Codes of the labels and what they say of the table.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Labels.
    unlabeled_label, pos_label
        As in :func:`~skgen.encoding.read_labels`.
    sampling : {"one_sample", "two_sample"}
        Which rows are the population.
    scheme : LabelScheme, default=None
        A reading found earlier, for `partial_fit`.
    """

    def __init__(self, y, *, unlabeled_label, pos_label, sampling, scheme=None):
        if scheme is None:
            scheme = read_labels(
                y, unlabeled_label=unlabeled_label, pos_label=pos_label
            )
        self.scheme = scheme
        self.codes = scheme.encode(y)
        self.counts = np.bincount(
            self.codes[self.codes != UNLABELED], minlength=scheme.n_classes
        )
        self.labeled = self.codes != UNLABELED
        self.n_unlabeled = int((~self.labeled).sum())
        self.two_sample = sampling == "two_sample" and scheme.setting != "supervised"
        missing = [k for k in scheme.labeled_classes if self.counts[k] == 0]
        if missing:
            raise ValueError(
                "y must hold labeled rows of each class, got none of "
                f"{scheme.classes[missing].tolist()}; label some or stratify the folds."
            )
        if scheme.setting != "supervised" and self.n_unlabeled == 0:
            raise ValueError(
                f"y must hold unlabeled rows, marked {scheme.unlabeled!r}, got none; "
                "pass unlabeled_label=None to learn from labels of every class."
            )
        self.model = SymbolModel(self.counts, self.n_unlabeled, self.two_sample)

    @property
    def labeled_classes(self):
        """Indices of the classes that have labels."""
        return self.scheme.labeled_classes

    @property
    def population(self):
        """Mask of the rows that are a sample of p(x)."""
        if self.two_sample:
            return ~self.labeled
        return np.ones(len(self.codes), dtype=bool)

    def check_can_be_held_out(self):
        """Refuse labels of a single row, which validation would take from training."""
        counts = np.unique(self.codes, return_counts=True)[1]
        if counts.min() < 2:
            raise ValueError(
                "early_stopping needs at least two rows of each label, got "
                f"{counts.min()}; use early_stopping=False."
            )

    def check_prior(self, prior):
        """Turn a user's prior into one entry per class; None if it is to be found.

        Raises
        ------
        ValueError
            If it lies outside (0, 1), does not fit the classes, or leaves fewer
            positives in the table than are labeled.
        """
        if prior is None or (isinstance(prior, str) and prior == "auto"):
            return None
        n_classes = self.scheme.n_classes
        if isinstance(prior, Real):
            if not 0 < prior < 1:
                raise ValueError(
                    f"prior must lie in (0, 1), got {prior!r}; estimate it by "
                    'prior="auto" if it is unknown.'
                )
            if n_classes != 2:
                raise ValueError(
                    f"prior must hold one entry per class for {n_classes} classes, got "
                    f"{prior!r}."
                )
            vector = np.empty(2)
            positive = self.scheme.positive
            vector[positive], vector[1 - positive] = prior, 1 - prior
        else:
            try:
                vector = np.asarray(prior, dtype=np.float64)
            except (TypeError, ValueError):
                vector = np.empty(0)
            if (
                vector.shape != (n_classes,)
                or not (vector > 0).all()
                or not np.isclose(vector.sum(), 1)
            ):
                raise ValueError(
                    f"prior must hold {n_classes} positive entries that sum to 1, in "
                    f"the order of the classes {self.scheme.classes.tolist()}, got "
                    f"{prior!r}."
                )
        if self.n_unlabeled and not self.two_sample:
            share = self.counts / len(self.codes)
            if (vector < share - 1e-12).any():
                raise ValueError(
                    "prior must not be below the share of labeled rows, "
                    f"{share.max():.4g}, in one-sample data, got {prior!r}; it is "
                    "P(y=1) in the whole table. If P and U were drawn apart, say "
                    'sampling="two_sample".'
                )
        return vector


def shift_to_prior(scores, prior, n_steps=100):
    """Shift of the log-posteriors that makes their mean over the rows the prior.

    Parameters
    ----------
    scores : ndarray of shape (n_rows, n_classes)
        Log-posteriors, up to a constant per row.
    prior : ndarray of shape (n_classes,)
        Wanted mean.

    Returns
    -------
    shift : ndarray of shape (n_classes,)
        To be added to each row.
    """
    shift = np.zeros(scores.shape[1])
    for _ in range(n_steps):
        mean = softmax(scores + shift).mean(axis=0)
        step = np.log(prior) - np.log(np.maximum(mean, TINY))
        shift += np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-8:
            break
    return shift - shift.mean()

"""A PU problem: labels read, class counts taken, priors checked."""

import warnings
from copy import copy
from numbers import Real

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..encoding.checks import check_labels
from ..encoding.labels import UNLABELED, read_labels
from ._neighbors import TINY, SymbolModel, softmax

REMEDY = "mark unlabeled rows by a label such as -1 and name it in unlabeled_label"
FEWEST_LABELS = 5
FLOOR = 1e-3


def check_pu_labels(estimator, y, n_rows):
    """Check labels, some of which may mark unlabeled rows; see `check_labels`."""
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but "
            "the target y is None."
        )
    return check_labels(y, n_rows, remedy=REMEDY)


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
    copies : ndarray of shape (n_samples,), default=None
        Groups of equal rows, by `equal_rows`: one witness each.
    groups : array-like of shape (n_samples,), default=None
        Rows that must not vouch for each other; equal rows never do.
    streamed : bool, default=False
        Whether the rows are a chunk of more.
    """

    def __init__(
        self,
        y,
        *,
        unlabeled_label,
        pos_label,
        sampling,
        scheme=None,
        copies=None,
        groups=None,
        streamed=False,
    ):
        if scheme is None:
            scheme = read_labels(
                y, unlabeled_label=unlabeled_label, pos_label=pos_label
            )
        self.scheme = scheme
        self.codes = scheme.encode(y)
        self._sampling, self.streamed = sampling, streamed
        self.copies = self.apart = copies
        if groups is not None:
            self.apart = join_groups(copies, check_groups(groups, len(y)))
        self._count()
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

    def _count(self):
        self.labeled = self.codes != UNLABELED
        self.counts = np.bincount(
            self.codes[self.labeled], minlength=self.scheme.n_classes
        )
        self.n_rows, self.n_labeled = len(self.codes), int(self.labeled.sum())
        self.n_unlabeled = self.n_rows - self.n_labeled
        is_two_sample = self._sampling == "two_sample"
        self.two_sample = is_two_sample and self.scheme.setting != "supervised"
        self.model = SymbolModel(self.counts, self.n_unlabeled, self.two_sample)

    def part(self, rows):
        """Problem of some of the rows."""
        part = copy(self)
        part.codes, part.copies, part.apart = self.parts_of(rows)
        part._count()
        return part

    def of_codes(self, codes, copies, n_seen):
        """Problem of other rows that stand for so many labeled and unlabeled ones."""
        other = copy(self)
        other.codes, other.copies, other.apart = codes, copies, copies
        other._count()
        share = other.counts / max(other.n_labeled, 1)
        other.model = SymbolModel(share * n_seen[0], n_seen[1], other.two_sample)
        return other

    def parts_of(self, rows):
        """Codes of some rows, their copies, and what is left out with them."""
        if len(rows) == self.n_rows:
            return self.codes, self.copies, self.apart
        groups = [
            None if g is None else np.unique(g[rows], return_inverse=True)[1].ravel()
            for g in (self.copies, self.apart)
        ]
        return self.codes[rows], *groups

    def draw_rows(self, n, random_state):
        """Draw at most `n` rows, labeled ones first, up to half of them.

        Returns
        -------
        rows : ndarray of int
            Row numbers, in order.
        weight : ndarray or None
            How many rows of the table each stands for; None if all are drawn.
        """
        if self.n_rows <= n:
            return np.arange(self.n_rows), None
        parts, weight = [], np.empty(self.n_rows)
        n_labeled = min(self.n_labeled, max(n // 2, n - self.n_unlabeled))
        for mask, size in (
            (self.labeled, n_labeled),
            (~self.labeled, min(n - n_labeled, self.n_unlabeled)),
        ):
            rows = random_state.permutation(np.flatnonzero(mask))
            parts.append(rows[:size])
            weight[rows[:size]] = len(rows) / max(size, 1)
        rows = np.sort(np.concatenate(parts))
        return rows, weight[rows]

    def warn_of_few_labels(self):
        """Warn of a class prior that rests on next to no rows."""
        seen = np.flatnonzero(self.counts)
        kinds = [(self.codes == k, "labeled rows of a class") for k in seen]
        if self.two_sample:
            kinds.append((~self.labeled, "unlabeled rows"))
        for rows, what in kinds:
            alike = self.copies
            n = rows.sum() if alike is None else len(np.unique(alike[rows]))
            if n < FEWEST_LABELS:
                warnings.warn(
                    f"the class prior is estimated from {n} different {what}, and "
                    f"fewer than {FEWEST_LABELS} say next to nothing of it; give more "
                    "rows, or pass the prior to the classifier as prior=...",
                    UserWarning,
                    stacklevel=2,
                )
                return

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

    def vector(self, p, positive):
        """Vector of a two-class prior, kept where the labels allow it to be."""
        if not self.two_sample:
            p = max(p, self.counts[positive] / self.n_rows)
        p = float(np.clip(p, FLOOR, 1 - FLOOR))
        prior = np.empty(2)
        prior[positive], prior[1 - positive] = p, 1 - p
        return prior


def check_groups(groups, n_rows):
    """Give the groups of rows as numbers from 0.

    Raises
    ------
    ValueError
        If there is not one group for each row, or some are missing.
    """
    groups = np.asarray(groups)
    if groups.shape != (n_rows,):
        raise ValueError(
            f"groups must hold one group for each of the {n_rows} rows, got shape "
            f"{groups.shape}."
        )
    codes = pd.factorize(groups)[0]
    if (codes < 0).any():
        raise ValueError(
            f"groups must not be missing, got {(codes < 0).sum()} rows without one; "
            "give each of these a group of its own."
        )
    return codes


def join_groups(one, two):
    """Join the rows that share a group in either of two groupings; from 0."""
    if one is None or two is None:
        return two if one is None else one
    n, n_one = len(one), one.max() + 1
    links = coo_array(
        (np.ones(n), (one, n_one + two)), shape=[n_one + two.max() + 1] * 2
    )
    joined = connected_components(links, directed=False)[1][one]
    return np.unique(joined, return_inverse=True)[1].ravel()


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

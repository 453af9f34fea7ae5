"""What the PU estimators with networks share: labels in, paired batches out."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .._compat import StrOptions, fit_context
from ..base import NeuralClassifier
from ..encoding import ImageEncoder, LabelScheme, TableEncoder, read_labels
from ..encoding.checks import check_labels
from ..encoding.copies import equal_rows
from ..training import Group, TrainingData
from ._problem import PUProblem, check_pu_labels
from ._reservoir import Reservoir

MOST_FOR_A_MEAN = 20_000


@dataclass
class PUData(TrainingData):
    """Encoded rows to train on, and what is known of them.

    Parameters
    ----------
    problem : PUProblem
        What the labels say of the table.
    table : ndarray of shape (n_rows, ...)
        The table, of which the arrays hold some rows, or all.
    rows : ndarray of int
        Which these are.
    """

    problem: PUProblem | None = None
    table: np.ndarray | None = None
    rows: np.ndarray | None = None

    def population(self, random_state):
        """Places of rows that are drawn from p(x), in order; enough for a mean."""
        places = np.flatnonzero(self.groups[-1].mask)
        if len(places) > MOST_FOR_A_MEAN:
            places = np.sort(random_state.permutation(places)[:MOST_FOR_A_MEAN])
        return places


class Sample(NamedTuple):
    """Rows of a table that evidence is gathered from.

    Parameters
    ----------
    rows : ndarray of int
        Row numbers, in order.
    weight : ndarray or None
        How many rows each stands for.
    even : ndarray of int or None
        Rows that stand for as many rows each.
    """

    rows: np.ndarray
    weight: np.ndarray | None
    even: np.ndarray | None


class GroupedLabels(NamedTuple):
    """Labels, the groups of their rows, and whether further rows are to come."""

    y: Any
    groups: Any = None
    streamed: bool = False


class NeuralPUClassifier(NeuralClassifier):
    """Template of a PU estimator with networks."""

    _parameter_constraints = {
        "sampling": [StrOptions({"one_sample", "two_sample"})],
        "unlabeled_label": "no_validation",
        "pos_label": "no_validation",
    }
    _parts = {"encoder_": (TableEncoder, ImageEncoder), "reservoir_": (Reservoir,)}
    _min_steps = 60
    # Rows of the population that the networks see of large tables, and labeled rows.
    _most_rows = 200_000

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, *, groups=None):
        """Learn from rows, some of which are labeled.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table, or flat image rows.
        y : array-like of shape (n_samples,)
            Labels, one of which marks unlabeled rows.
        groups : array-like of shape (n_samples,), default=None
            Rows of one group, of a page, a patient or a session, are left out together
            wherever rows are left out, so that they do not vouch for each other. Pass
            it if predictions are for new groups. Equal rows always are.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If `X` is empty or holds infinity; if `y` marks no unlabeled rows or makes
            no sense; if `groups` is of another length; if the prior does not suit the
            labels.
        TypeError
            If a column cannot be encoded, dates for instance.
        FloatingPointError
            If a loss is no longer finite.
        """
        return self._fit(X, GroupedLabels(y, groups), goes_on=self.warm_start)

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y=None, classes=None):
        """Train the networks for one more epoch, on these rows.

        The first call is a `fit` of one epoch; later calls keep the encoding, the
        classes, the networks and their optimizers. The class prior and the evidence
        are found anew from at most 40,000 rows drawn from those of all calls.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Labels, one of which marks unlabeled rows.
        classes : array-like, default=None
            All labels that can come; needed only if the first rows do not show them
            all.

        Returns
        -------
        self : object
            Fitted estimator.
        """
        y = self._wrap_labels(y)
        return self._fit(X, y, goes_on=True, epochs=1, classes=classes)

    def _wrap_labels(self, y):
        return GroupedLabels(y, streamed=True)

    def _read(self, X, y, goes_on, classes):
        y, groups, streamed = y
        X = self._read_X(X, reset=not goes_on)
        y = check_pu_labels(self, y, X.shape[0])
        scheme = None
        if goes_on:
            scheme = LabelScheme(
                self.classes_, self.unlabeled_label_, self.setting_, self._positive
            )
        elif classes is not None:
            marker = self.unlabeled_label
            if not (marker is None or (isinstance(marker, str) and marker == "auto")):
                # Named beside the classes, the marker need not be one of them.
                classes = [*np.asarray(classes).tolist(), marker]
            classes = check_labels(classes, len(classes), name="classes")
            scheme = read_labels(
                classes,
                unlabeled_label=self.unlabeled_label,
                pos_label=self.pos_label,
            )
        problem = PUProblem(
            y,
            unlabeled_label=self.unlabeled_label,
            pos_label=self.pos_label,
            sampling=self.sampling,
            scheme=scheme,
            copies=equal_rows(X),
            groups=groups,
            streamed=streamed,
        )
        if self.early_stopping:
            problem.check_can_be_held_out()
        return X, problem

    def _prepare(self, X, problem, goes_on, streams):
        prior = problem.check_prior(self.prior)
        if not goes_on:
            self.encoder_ = self._fit_encoder(X)
        scheme = problem.scheme
        self.classes_, self.setting_ = scheme.classes, scheme.setting
        self.unlabeled_label_, self._positive = scheme.unlabeled, scheme.positive
        Z, sample = self._encode(X), None
        table, n_before = Z, 0
        if problem.streamed:
            table, problem, sample, n_before = self._stream(
                Z, problem, goes_on, streams
            )
        else:
            self.reservoir_ = None
        rows, is_drawn = self._draw(problem, n_before, streams)
        Z = table if len(rows) == len(table) else table[rows]
        arrays = [Z, *self._teach(table, problem, prior, streams, rows, sample)]
        labeled, codes = [int(k) for k in problem.labeled_classes], problem.codes[rows]
        groups = [
            *[Group(codes == k, [Z], 1 / len(labeled)) for k in labeled],
            Group(is_drawn, arrays),
        ]
        # An epoch goes through the population.
        return PUData(
            arrays, codes, groups, leader=-1, problem=problem, table=table, rows=rows
        )

    def _stream(self, Z, problem, goes_on, streams):
        """Add rows to those that are kept of earlier calls."""
        reservoir = getattr(self, "reservoir_", None) if goes_on else None
        self.reservoir_ = reservoir = reservoir or Reservoir()
        n_before = 0 if reservoir.Z_ is None else len(reservoir.Z_)
        table, codes, *sample = reservoir.add(
            Z, problem.codes, streams(f"reservoir {reservoir.n_seen_.sum()}")
        )
        if n_before:
            copies = equal_rows(table.reshape(len(table), -1))
            problem = problem.of_codes(codes, copies, reservoir.n_seen_)
        return table, problem, Sample(*sample), n_before

    def _draw(self, problem, n_before, streams):
        """Rows to train on, and which of them are drawn from the population."""
        is_new = np.arange(problem.n_rows) >= n_before
        parts = []
        for mask in (problem.labeled & is_new, problem.population & is_new):
            rows = np.flatnonzero(mask)
            if len(rows) > self._most_rows:
                rows = streams("rows").permutation(rows)[: self._most_rows]
            parts.append(rows)
        rows = np.unique(np.concatenate(parts))
        return rows, np.isin(rows, parts[1])

    def _copies(self, X, data):
        return data.problem.parts_of(data.rows)[2]

    def _teach(self, table, problem, prior, streams, rows, sample):
        """Find the prior, and what accompanies the rows to train on; hook."""
        raise NotImplementedError

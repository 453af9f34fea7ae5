"""What the PU estimators with networks share: labels in, paired batches out."""

from dataclasses import dataclass

import numpy as np

from .._compat import StrOptions
from ..base import NeuralClassifier
from ..encoding import LabelScheme, read_labels
from ..encoding.checks import check_labels
from ..training import Group, TrainingData
from ._problem import PUProblem, check_pu_labels


@dataclass
class PUData(TrainingData):
    """Encoded rows, first among the arrays, and what the labels say of them."""

    problem: PUProblem | None = None


class NeuralPUClassifier(NeuralClassifier):
    """Template of a PU estimator with networks."""

    _parameter_constraints = {
        "sampling": [StrOptions({"one_sample", "two_sample"})],
        "unlabeled_label": "no_validation",
        "pos_label": "no_validation",
    }
    _min_steps = 60

    def _read(self, X, y, goes_on, classes):
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
        Z = self._encode(X)
        arrays = [Z, *self._teach(Z, problem, prior, streams)]
        labeled = [int(k) for k in problem.labeled_classes]
        groups = [
            *[Group(problem.codes == k, [Z], 1 / len(labeled)) for k in labeled],
            Group(problem.population, arrays),
        ]
        # An epoch goes through the population.
        return PUData(arrays, problem.codes, groups, leader=-1, problem=problem)

    def _teach(self, Z, problem, prior, streams):
        """Find the prior, and what accompanies the rows of the population; hook."""
        raise NotImplementedError

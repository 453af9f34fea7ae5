"""What the PU estimators with networks share: labels in, paired batches out."""

import numpy as np
import torch
from sklearn.utils import check_random_state

from .._compat import StrOptions, fit_context
from ..base import NeuralClassifier, check_labels
from ..encoding import LabelScheme, read_labels
from ..training import PairedBatches, resolve_device
from ._problem import PUProblem, hold_out

# Steps of an epoch at least, on small tables: a teacher shortens the way.
MIN_STEPS = 60
MIN_STEPS_TAUGHT = 20


class NeuralPUClassifier(NeuralClassifier):
    """Template of a PU estimator with networks; a subclass writes `_learn`."""

    _parameter_constraints = {
        **NeuralClassifier._parameter_constraints,
        "sampling": [StrOptions({"one_sample", "two_sample"})],
        "unlabeled_label": "no_validation",
        "pos_label": "no_validation",
    }

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Learn from labeled and unlabeled rows.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows: numbers, or a DataFrame that may hold booleans, categories, strings
            and missing values; flat image rows with `image_shape`.
        y : array-like of shape (n_samples,)
            Labels, see `unlabeled_label`.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If the labels make no sense (one label only, no unlabeled or no labeled
            rows), the prior does not fit them, or `X` is not a table of finite numbers
            and categories.
        FloatingPointError
            If a loss is no longer finite.
        """
        return self._fit(X, y, resume=self.warm_start)

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None):
        """Train the networks for one more epoch, on these rows.

        The first call is a `fit` of one epoch. Later calls keep the encoding, the
        networks and their optimizers; the evidence is gathered anew from the rows of
        the call.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Labels.
        classes : array-like, default=None
            All labels that can come, the one of unlabeled rows included; needed only
            if the first rows do not show them all.

        Returns
        -------
        self : object
            Fitted estimator.
        """
        return self._fit(X, y, resume=True, epochs=1, symbols=classes)

    def _fit(self, X, y, *, resume, epochs=None, symbols=None):
        resume = resume and getattr(self, "training_state_", None) is not None
        X = self._read_X(X, reset=not resume)
        y = check_labels(self, X, y)
        scheme = self._scheme() if resume else None
        if symbols is not None and scheme is None:
            scheme = read_labels(
                np.asarray(symbols),
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
        prior = problem.check_prior(self.prior)
        device = resolve_device(self.device)
        random_state = check_random_state(self.random_state)
        if not resume:
            self.encoder_ = self._fit_encoder(X)
            self.training_state_ = None
        self.classes_ = problem.scheme.classes
        self.setting_ = problem.scheme.setting
        self.unlabeled_label_ = problem.scheme.unlabeled
        self._positive = problem.scheme.positive
        with self._fitting(resume or epochs is not None):
            self._learn(self._encode(X), problem, prior, random_state, device, epochs)
            self.fitted_on_ = device.type
        return self

    def _scheme(self):
        """Give the reading of labels of the fit that this one goes on from."""
        return LabelScheme(
            self.classes_, self.unlabeled_label_, self.setting_, self._positive
        )

    def _learn(self, Z, problem, prior, random_state, device, epochs):
        """Fit what the subclass is made of, on encoded rows."""
        raise NotImplementedError

    def _train_paired(self, net, Z, problem, extra, random_state, epochs):
        """Train on batches of the labeled classes and of the population.

        Parameters
        ----------
        net : Net
            Net to train.
        Z : ndarray
            Encoded rows.
        problem : PUProblem
            Labels.
        extra : list of ndarray
            What accompanies each row of the population.
        random_state : RandomState
            Draws the validation part.
        epochs : int or None
            Epochs, by default `max_epochs`.
        """
        labeled = [int(k) for k in problem.labeled_classes]
        held_out = np.zeros(len(Z), dtype=bool)
        if self.early_stopping:
            held_out = hold_out(problem.codes, self.validation_fraction, random_state)

        def groups(mask):
            """Labeled rows of each class, then the population."""
            chosen = mask & problem.population
            of_class = [[Z[mask & (problem.codes == k)]] for k in labeled]
            return tuple(
                tuple(
                    torch.as_tensor(a, dtype=torch.float32, device=net.device)
                    for a in group
                )
                for group in [*of_class, [a[chosen] for a in (Z, *extra)]]
            )

        *of_class, population = groups(~held_out)
        batches = PairedBatches(
            *of_class,
            population,
            batch_size=[
                *[max(1, self.batch_size // len(labeled))] * len(labeled),
                self.batch_size,
            ],
            n_steps=max(
                MIN_STEPS_TAUGHT if extra else MIN_STEPS,
                -(-len(population[0]) // self.batch_size),
            ),
            generator=net.generator,
        )
        valid = [groups(held_out)] if self.early_stopping else None
        self._train(net, batches, valid=valid, epochs=epochs)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.image_shape is None
        return tags

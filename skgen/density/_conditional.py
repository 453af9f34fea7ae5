"""Densities of rows given their class, and classification by Bayes' rule."""

import math

import numpy as np
from scipy.special import log_softmax, logsumexp
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ..base import NeuralDensity
from ..encoding.classes import ClassConditional


def _is_conditional(estimator):
    if not hasattr(estimator, "classes_"):
        raise AttributeError(
            "predictions by Bayes' rule need a fit with labels: fit(X, y)."
        )
    return True


class ConditionalDensity(ClassConditional, NeuralDensity):
    """Template of a density that is class-conditional after a fit with labels.

    A subclass gives `_encoded`, the checked and encoded rows, and `_log_prob`, their
    log-probabilities given codes of classes, or None.
    """

    def _joint(self, rows, counted=None):
        """Logarithm of p(x, y) for each class, (n_samples, n_classes)."""
        columns = [
            self._log_prob(rows, np.full(len(rows), k), counted)
            for k in range(self._n_classes)
        ]
        return np.stack(columns, axis=1) + self.class_log_prior_

    def _draw_codes(self, rows, counted, random_state):
        """Draw a class for each row, given those of its pixels that count."""
        joint = np.tile(self.class_log_prior_, (len(rows), 1))
        if counted.any():
            joint = self._joint(rows, counted)
        below = np.exp(log_softmax(joint, axis=1)).cumsum(axis=1)
        draws = random_state.random_sample((len(rows), 1))
        return (draws >= below).sum(axis=1).clip(max=self._n_classes - 1)

    # -- log-probabilities -------------------------------------------------------------

    def score_samples(self, X, y=None):
        """Log-probability of each image, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Flat image rows.
        y : label or array-like of shape (n_samples,), default=None
            Classes, one for all rows or one per row. Without them a class-conditional
            density is summed over its classes, weighted by their shares.

        Returns
        -------
        log_density : ndarray of shape (n_samples,), dtype float64
            log p(x), or log p(x|y).
        """
        check_is_fitted(self)
        rows = self._encoded(X)
        if y is not None:
            return self._log_prob(rows, self._class_codes(y, len(rows)))
        if not self._n_classes:
            return self._log_prob(rows)
        return logsumexp(self._joint(rows), axis=1)

    def score(self, X, y=None):
        """Mean log-probability of the images, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Flat image rows.
        y : array-like of shape (n_samples,), default=None
            Classes; not used by a density that was fitted without.

        Returns
        -------
        log_density : float
            Mean of `score_samples`.
        """
        check_is_fitted(self)
        y = y if self._n_classes else None
        return float(self.score_samples(X, y).mean())

    def bits_per_dim(self, X, y=None):
        """Mean negative log-probability per pixel and channel, in bits.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Flat image rows.
        y : array-like of shape (n_samples,), default=None
            Classes; not used by a density that was fitted without.

        Returns
        -------
        bits : float
            ``-score(X, y) / (n_features * log(2))``; lower is better.
        """
        return -self.score(X, y) / (self.n_features_in_ * math.log(2))

    @available_if(_is_conditional)
    def predict_proba(self, X):
        """Probability of each class by Bayes' rule, after a fit with labels.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Flat image rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``; rows sum to 1.
        """
        check_is_fitted(self)
        rows = self._encoded(X)
        return np.exp(log_softmax(self._joint(rows), axis=1))

    @available_if(_is_conditional)
    def predict(self, X):
        """Most probable class of each image by Bayes' rule, after a fit with labels.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Flat image rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Labels out of ``classes_``.
        """
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

"""DensityRatioEstimator: the optimal discriminator of two samples."""

from functools import partial

import numpy as np
import torch
from scipy.special import log_expit
from sklearn.utils.validation import check_is_fitted

from .. import nn
from ..base import NeuralClassifier
from ..encoding.classes import class_codes, read_classes
from ..metrics._rows import Samples
from ..training import Group, TrainingData
from ._divergences import GAME, Divergences


class DensityRatioEstimator(Divergences, NeuralClassifier):
    r"""The log-ratio of two densities, from a sample of each.

    A network learns to tell rows of p from as many rows of q. The best discriminator
    knows the ratio of densities that nobody knows [1]_,

    .. math::

        D^*(x) = \frac{p(x)}{p(x) + q(x)}, \qquad
        \log \frac{D^*(x)}{1 - D^*(x)} = \log \frac{p(x)}{q(x)},

    and the value of the game that it plays is a divergence,
    :math:`V(D^*) = 2\,\mathrm{JS}(p, q) - 2 \log 2`. Real rows against generated ones
    tell what the critic of a GAN should say.

    `fit` is that of a classifier: rows of ``classes_[1]`` are draws from p, those of
    ``classes_[0]`` draws from q; `fit_samples` takes two tables. All outputs are those
    for samples of one size, however many rows there were of each.

    Parameters
    ----------
    module : "auto", str or callable, default="auto"
        Recipe ``module(n_features, n_outputs)`` of the network, which returns one
        unbounded score per row. ``"auto"`` is :class:`~skgen.nn.MLP`, or
        :class:`~skgen.nn.ConvNet` for images; another string names a class of
        :mod:`skgen.nn`.
    image_shape : tuple, default=None
        ``(height, width)`` or ``(height, width, channels)`` of image rows in C order.
    max_epochs : int, default=100
        Passes over the larger sample. An epoch has at least 30 steps.
    batch_size : int, default=256
        Rows of each sample in a step.
    learning_rate : float, default=1e-3
        Step size of AdamW.
    weight_decay : float, default=1e-3
        Decoupled weight decay.
    early_stopping : bool, default=True
        Whether to hold rows out, to stop when their loss no longer falls and to keep
        the best weights.
    validation_fraction : float, default=0.2
        Share of the rows held out for early stopping.
    n_iter_no_change : int, default=10
        Epochs without improvement before stopping early.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights and optimizers of the last fit.
    callbacks : list of skorch callbacks, default=None
        Called during training.
    device : str, default="auto"
        ``"auto"``: CUDA, then MPS, then the CPU.
    random_state : int, RandomState or None, default=None
        Seed of everything random.
    verbose : int, default=0
        1 shows a progress bar with the losses.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        The labels of rows of q and of p; 0 and 1 after `fit_samples`.
    encoder_ : object
        How rows become numbers.
    weights_ : dict of ndarray
        Weights of the network.
    history_ : list of dict
        Losses of each epoch: the negative values of the game, in nats.
    n_epochs_ : int
        Epochs trained.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    GANSampler : The game with both players.
    skgen.metrics.divergence_from_classifier : Divergences by any classifier, each row
        judged by one that was fitted without it.

    Notes
    -----
    Where neither sample has rows the ratio is an extrapolation. Nor can samples tell
    ratios much larger than their numbers of rows.

    References
    ----------
    .. [1] I. Goodfellow et al., "Generative adversarial nets", NeurIPS 2014,
       proposition 1 and theorem 1.
    .. [2] X. Nguyen, M. J. Wainwright, M. I. Jordan, "Estimating divergence functionals
       and the likelihood ratio by convex risk minimization", IEEE Transactions on
       Information Theory 56, 2010, lemma 1 (the bounds of `divergence`).
    .. [3] S. Nowozin, B. Cseke, R. Tomioka, "f-GAN: training generative neural samplers
       using variational divergence minimization", NeurIPS 2016, equation 4.

    Examples
    --------
    >>> import numpy as np
    >>> from skgen import DensityRatioEstimator
    >>> rng = np.random.default_rng(0)
    >>> P, Q = rng.normal(1, size=(2000, 1)), rng.normal(0, size=(2000, 1))
    >>> ratio = DensityRatioEstimator(random_state=0).fit_samples(P, Q)
    >>> ratio.discriminator([[0.5]]).round(1)  # both densities are equal there
    array([0.5])
    >>> P, Q = rng.normal(1, size=(2000, 1)), rng.normal(0, size=(2000, 1))
    >>> round(ratio.divergence("kl", P, Q), 1)  # of rows not seen; exactly 0.5
    0.5
    """

    def __init__(
        self,
        module="auto",
        *,
        image_shape=None,
        max_epochs=100,
        batch_size=256,
        learning_rate=1e-3,
        weight_decay=1e-3,
        early_stopping=True,
        validation_fraction=0.2,
        n_iter_no_change=10,
        warm_start=False,
        callbacks=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self._store(locals())

    _parameter_constraints = {
        "module": [str, callable],
    }
    _min_steps = 30

    # -- learning ----------------------------------------------------------------------

    def fit_samples(self, P, Q):
        """Learn the log-ratio from two samples.

        Parameters
        ----------
        P : array-like or DataFrame of shape (n_samples_P, n_features)
            Draws from p, such as real rows.
        Q : array-like or DataFrame of shape (n_samples_Q, n_features)
            Draws from q, such as generated rows, with the columns of `P`.

        Returns
        -------
        self : DensityRatioEstimator
            As fitted to the rows of both, labeled 1 and 0.

        Raises
        ------
        ValueError
            If the columns differ, a sample is empty, or as for `fit`.
        TypeError
            If a column holds numbers in one sample and categories in the other.
        """
        samples = Samples({"P": P, "Q": Q})
        y = np.repeat([1, 0], [len(samples["P"]), len(samples["Q"])])
        return self.fit(samples.stacked("P", "Q"), y)

    def _read_y(self, y, n_rows, goes_on, classes):
        """Say for each row whether it is of p (1) or of q (0)."""
        if y is None:
            raise ValueError(
                "This DensityRatioEstimator estimator requires y to be passed, but the "
                "target y is None; label the rows of p 1 and those of q 0, or use "
                "fit_samples."
            )
        if goes_on:
            known, codes = self.classes_, class_codes(y, self.classes_, n_rows)
        else:
            known, codes = read_classes(y, n_rows, classes)
        if len(known) > 2:
            raise ValueError(
                "y must hold two labels, one for each sample: Only binary "
                f"classification is supported, got {len(known)} classes, "
                f"{known.tolist()[:5]}; leave the rows of the others out."
            )
        counts = np.bincount(codes, minlength=2)
        if len(known) < 2 or not counts.all():
            raise ValueError(
                "y must hold two classes, since a ratio needs rows of both samples, "
                f"got {np.unique(known[codes]).tolist()}; fit with rows of both."
            )
        self.classes_ = known
        return codes

    def _prepare(self, X, y, goes_on, streams):
        if not goes_on:
            self.encoder_ = self._fit_encoder(X)
        Z = self._encode(X)
        self._check_recipe(1, Z)
        return TrainingData([Z], y, [Group(y == code, [Z]) for code in (1, 0)])

    def _networks(self, data):
        return partial(self._recipe(), self._net_shape, 1)

    def _objectives(self, data):
        return _negative_value

    def _net_options(self, data):
        return {"ema": 0.99}

    def _recipe(self):
        return self._resolve(nn.MLP)

    # -- outputs -----------------------------------------------------------------------

    def log_ratio(self, X):
        """Logarithm of the ratio of densities, log p(x) - log q(x).

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_ratio : ndarray of shape (n_samples,), dtype float64
            In nats; positive where rows of p are denser. The same as
            `decision_function`.
        """
        check_is_fitted(self)
        Z = self._encode(self._read_X(X, reset=False))
        scores = self._run(Z, row_axis=-2)[..., 0]
        return scores.mean(axis=0) if scores.ndim == 2 else scores

    def discriminator(self, X):
        """Best discriminator of the two samples, D* = p / (p + q).

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        discriminator : ndarray of shape (n_samples,)
            From 0, surely of q, to 1, surely of p; the second column of
            `predict_proba`.
        """
        return self.predict_proba(X)[:, 1]

    def _log_proba(self, X):
        log_ratio = self.log_ratio(X)
        return np.stack([log_expit(-log_ratio), log_expit(log_ratio)], axis=1)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


def _negative_value(step):
    """Negative value of the game, its mean over the members of an ensemble."""
    (p,), (q,) = step.batch
    scores = step.player(torch.cat([p, q]))[..., 0]
    return GAME.critic(scores[..., : len(p)], scores[..., len(p) :])

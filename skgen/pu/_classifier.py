"""PUClassifier: one network trained on a PU risk."""

import warnings
from functools import partial
from numbers import Real

import numpy as np
import torch
import torch.nn.functional as F
from scipy.special import log_expit
from scipy.stats import rankdata
from sklearn.utils.validation import check_is_fitted

from .. import nn
from .._compat import Interval, StrOptions
from ..losses import pu as risks
from ..losses.pu import mixup_consistency
from ._base import MOST_FOR_A_MEAN, NeuralPUClassifier
from ._game import members
from ._prior import find_prior
from ._problem import shift_to_prior

RISKS = ("nonnegative", "unbiased", "variational")
RARE = 0.3


class PUClassifier(NeuralPUClassifier):
    r"""A network trained on a risk estimated from positive and unlabeled rows.

    Parameters
    ----------
    risk : {"nonnegative", "unbiased", "variational"} or callable, default="nonnegative"
        A function of :mod:`skgen.losses.pu` by its name, or any
        ``risk(score_p, score_u, *, prior)`` that returns a scalar tensor. The
        non-negative risk weighs the errors of a class that is rarer than 0.3 as if it
        were not, since it would otherwise call all rows negative.
    module : "auto", str or callable, default="auto"
        Recipe ``module(n_features, n_outputs)`` of the network, which returns one
        unbounded score per row. ``"auto"`` is :class:`~skgen.nn.MLP`, or
        :class:`~skgen.nn.ConvNet` for images; another string names a class of
        :mod:`skgen.nn`.
    mixup_weight : float, default=0.0
        Weight of :func:`~skgen.losses.pu.mixup_consistency`. The variational risk
        collapses in a long fit without it: 3, with ``learning_rate=3e-4`` and
        ``max_epochs=10``, served well on tables.
    sampling : {"one_sample", "two_sample"}, default="one_sample"
        ``"one_sample"``: one table, in which some positives were flagged.
        ``"two_sample"``: the unlabeled rows alone are drawn from the population, and
        the labeled rows come beside them.
    prior : float, "auto" or None, default="auto"
        P(y=1) in the population; ``"auto"`` and None call :func:`estimate_prior`.
    unlabeled_label : "auto" or a label, default="auto"
        The label of unlabeled rows.
    pos_label : label, default=None
        The positive class of two; by default the larger label, unless words tell.
    image_shape : tuple, default=None
        ``(height, width)`` or ``(height, width, channels)`` of image rows in C order.
    max_epochs : int, default=20
        Passes over the population. An epoch has at least 60 steps.
    batch_size : int, default=256
        Rows of the population in a step, and as many positives.
    learning_rate : float, default=1e-3
        Step size of AdamW.
    weight_decay : float, default=1e-3
        Decoupled weight decay.
    early_stopping : bool, default=False
        Whether to hold rows out, to stop when their loss no longer falls and to keep
        the best weights.
    validation_fraction : float, default=0.1
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
        The label of unlabeled rows, which stands for a negative, and the positive.
    prior_ : float
        P(y=1) in the population.
    history_ : list of dict
        Losses of each epoch.
    weights_ : dict of ndarray
        Weights of the network.
    n_epochs_ : int
        Epochs trained.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if `X` has string names.

    See Also
    --------
    PUGANClassifier : Adversarial networks joined by neighbourhood evidence.

    Notes
    -----
    Scores are shifted so that the mean of P(y=1|x) over the population is `prior_`;
    the sigmoid loss of the non-negative risk separates the classes well but its scores
    are steeper than log-odds.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skgen.datasets import make_pu
    >>> from skgen.pu import PUClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X, s, y = make_pu(X, y, n_labeled=100, random_state=0)
    >>> model = PUClassifier(max_epochs=3, prior=y.mean(), random_state=0).fit(X, s)
    >>> bool((model.predict(X) == y).mean() > 0.85)
    True
    """

    _parameter_constraints = {
        "risk": [StrOptions(set(RISKS)), callable],
        "module": [str, callable],
        "mixup_weight": [Interval(Real, 0, None, closed="left")],
        "prior": [Real, StrOptions({"auto"}), None],
    }

    def __init__(
        self,
        risk="nonnegative",
        *,
        module="auto",
        mixup_weight=0.0,
        sampling="one_sample",
        prior="auto",
        unlabeled_label="auto",
        pos_label=None,
        image_shape=None,
        max_epochs=20,
        batch_size=256,
        learning_rate=1e-3,
        weight_decay=1e-3,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        warm_start=False,
        callbacks=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self._store(locals())

    def _teach(self, table, problem, prior, streams, rows, sample):
        if problem.scheme.setting != "pu":
            raise ValueError(
                "PUClassifier learns from labeled rows of one class and unlabeled "
                "rows. Only binary classification is supported, with two labels or one "
                f"label and a marker; got the classes {self.classes_.tolist()} and "
                f"unlabeled_label={self.unlabeled_label!r}. Use PUGANClassifier for "
                "labels of several classes."
            )
        if prior is None:
            flat = table.reshape(len(table), -1)
            prior = find_prior(
                flat, problem, sample=sample, random_state=streams("prior")
            )
        self.prior_, self._shift = float(prior[self._positive]), 0.0
        self._check_recipe(1, table)
        return []

    def _networks(self, data):
        return partial(self._recipe(), self._net_shape, 1)

    def _objectives(self, data):
        risk = self.risk if callable(self.risk) else getattr(risks, self.risk)
        if risk is risks.nonnegative:
            risk = partial(risk, share=max(self.prior_, RARE))
        return partial(_mean_risk, risk, self.prior_, self.mixup_weight)

    def _net_options(self, data):
        return {"ema": 0.99}

    def _finish(self, data, streams):
        """Shift the scores so that their mean over the population is the prior."""
        positive, prior = self._positive, np.empty(2)
        prior[positive], prior[1 - positive] = self.prior_, 1 - self.prior_
        Z = data.arrays[0]
        places = data.population(streams("shift"))
        scores = self._scores(Z[places])
        labeled = np.flatnonzero(data.groups[0].mask)[:MOST_FOR_A_MEAN]
        _warn_of_collapse(self._scores(Z[labeled]), scores)
        shift = shift_to_prior(_two_columns(scores, positive), prior)
        self._shift = float(shift[positive] - shift[1 - positive])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def _recipe(self):
        return self._resolve(nn.MLP)

    def _scores(self, Z):
        """Unbounded scores of encoded rows, positive for the positive class."""
        scores = self._run(Z, row_axis=-2)[..., 0]
        return (scores.mean(axis=0) if scores.ndim == 2 else scores) + self._shift

    def _log_proba(self, X):
        check_is_fitted(self)
        Z = self._encode(self._read_X(X, reset=False))
        return _two_columns(self._scores(Z), self._positive)


def _warn_of_collapse(score_p, score_u):
    """Warn of scores that put the labeled positives behind the population."""
    n_p, n_u = len(score_p), len(score_u)
    ranks = rankdata(np.concatenate([score_p, score_u]))[:n_p]
    auc = (ranks.mean() - (n_p + 1) / 2) / n_u
    # Two standard errors of an area of one half.
    if auc < 0.5 - 2 * np.sqrt((n_p + n_u + 1) / (12 * n_p * n_u)):
        warnings.warn(
            "the risk collapsed: labeled positives score below the population (area "
            f"under the ROC curve {auc:.2f}), so that predictions are the wrong way "
            'round; try risk="unbiased", another learning_rate, or PUGANClassifier.',
            UserWarning,
            stacklevel=2,
        )


def _two_columns(score, positive):
    """Log-probabilities of both classes, the positive one in its place."""
    columns = [log_expit(-score), log_expit(score)]
    return np.stack(columns if positive == 1 else columns[::-1], axis=1)


def _mean_risk(risk, prior, mixup_weight, step):
    """Mean over the members of the risk of their scores."""
    module = step.player
    (x_p,), (x_u,) = step.batch
    n_p = len(x_p)
    score = members(module(torch.cat([x_p, x_u])))[..., 0]
    total = sum(risk(s[:n_p], s[n_p:], prior=prior) for s in score) / len(score)
    if not mixup_weight:
        return total
    error = mixup_consistency(
        lambda x: F.logsigmoid(members(module(x))[..., 0]),
        x_p,
        x_u,
        F.logsigmoid(score[:, n_p:]),
        generator=step.generator,
    )
    return total + mixup_weight * error, {"risk": total, "mixup": error}

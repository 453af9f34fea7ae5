"""BoostedSampler: samplers that each learn what those before them miss (AdaGAN)."""

from inspect import signature
from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from .._compat import HasMethods, Interval, fit_context, safe_indexing
from .._reading import RowReader
from ..density._transformed import draw
from ..encoding._columns import is_frame
from ..encoding.checks import check_n_samples
from ..encoding.random_state import give_seed, own_generator
from ..gan import DensityRatioEstimator, GANSampler

_FEWEST = 20  # rows that a further sampler learns from


class BoostedSampler(RowReader, BaseEstimator):
    r"""Mixture of samplers, each fitted to what the mixture before it misses.

    With q the mixture of the first t - 1 samplers, sampler t is fitted to rows that are
    drawn with the weights

    .. math:: w_i \propto \Big( \lambda - (1 - \beta) \frac{q(x_i)}{p(x_i)} \Big)_+ ,
        \qquad \beta = 1 / t ,

    which are those of its best answer for any f-divergence; :math:`\lambda` makes their
    sum one. A :class:`~skgen.gan.DensityRatioEstimator` that tells the rows from as
    many draws finds q / p.

    Parameters
    ----------
    sampler : estimator, default=None
        Any estimator with ``fit`` and ``sample``, a GAN, a density or an autoencoder;
        None is ``GANSampler()``.
    n_estimators : int, default=4
        Number of samplers.
    ratio : estimator, default=None
        Any classifier with ``predict_proba`` of two classes; None is
        ``DensityRatioEstimator()``.
    random_state : int, RandomState or None, default=None
        Seed of everything random.

    Attributes
    ----------
    estimators_ : list of estimator
        The samplers.
    n_rows_ : list of int
        Rows that each was fitted to; those of weight zero are left out.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    skgen.gan.Packing : Against collapse within one game, at the price of one.

    Notes
    -----
    Deviation from the paper: a sampler has no weights of rows, so rows are drawn
    without replacement, as many as the weights are worth,
    :math:`(\sum w_i)^2 / \sum w_i^2`. The number of samplers costs time in proportion;
    where a single sampler misses nothing, further ones only add their noise.

    References
    ----------
    I. Tolstikhin et al., "AdaGAN: boosting generative models", NeurIPS 2017, equations
    9 and 16, algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skgen import BoostedSampler, MixtureDensity
    >>> X = np.random.default_rng(0).normal(size=(400, 2))
    >>> X[:100] += 9
    >>> boosted = BoostedSampler(MixtureDensity(1), n_estimators=2, random_state=0)
    >>> boosted.fit(X).sample(3, random_state=0).shape
    (3, 2)
    """

    _parameter_constraints = {
        "sampler": [HasMethods(["fit", "sample"]), None],
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "ratio": [HasMethods(["fit", "predict_proba"]), None],
        "random_state": ["random_state"],
    }
    _keeps_dtypes = True

    def __init__(self, sampler=None, *, n_estimators=4, ratio=None, random_state=None):
        self.sampler = sampler
        self.n_estimators = n_estimators
        self.ratio = ratio
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Fit the samplers one after the other.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows that the sampler can read.
        y : None
            Not used.

        Returns
        -------
        self : BoostedSampler
            Fitted estimator.

        Raises
        ------
        ValueError
            If `X` is empty, or holds what the sampler cannot read.
        """
        X = self._read_X(X, reset=True)
        rng = own_generator(self.random_state)
        n = len(X)
        members, n_rows = [], []
        rows = X
        for t in range(1, self.n_estimators + 1):
            member = give_seed(clone(self._sampler), rng).fit(rows)
            members.append(member)
            n_rows.append(len(rows))
            if t == self.n_estimators:
                break
            self.estimators_ = members  # so far, to draw from
            weights = self._missed(X, 1 / (t + 1), rng)
            size = int(1 / np.square(weights).sum())
            size = min(max(_FEWEST, size), n, np.count_nonzero(weights))
            chosen = rng.choice(n, size, replace=False, p=weights)
            rows = safe_indexing(X, np.sort(chosen))
        self.estimators_, self.n_rows_ = members, n_rows
        return self

    def sample(self, n_samples=1, *, random_state=None):
        """Draw rows, each from one of the samplers with equal chances.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Rows as the samplers draw them.
        """
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        return self._draw(n_samples, own_generator(random_state))

    def _draw(self, n_samples, rng):
        members = self.estimators_
        counts = rng.multinomial(n_samples, np.full(len(members), 1 / len(members)))
        parts = [
            self._draw_from(member, int(k), rng)
            for member, k in zip(members, counts, strict=True)
            if k
        ]
        order = rng.permutation(n_samples)
        if is_frame(parts[0]):
            return pd.concat(parts).iloc[order].reset_index(drop=True)
        return np.concatenate(parts)[order]

    def _draw_from(self, member, n_samples, rng):
        if "random_state" in signature(member.sample).parameters:
            return member.sample(n_samples, random_state=rng.randint(2**31 - 1))
        # A density of scikit-learn, whose rows are arrays with their labels.
        rows = draw(member, n_samples, rng)
        names = getattr(self, "feature_names_in_", None)
        return rows if names is None else pd.DataFrame(rows, columns=names)

    def _missed(self, X, beta, rng):
        """Weights of the rows for the next sampler."""
        drawn = self._draw(len(X), rng)
        classifier = give_seed(clone(self._ratio), rng)
        both = pd.concat([X, drawn]) if is_frame(X) else np.concatenate([X, drawn])
        if is_frame(both):
            both = both.reset_index(drop=True)
        classifier.fit(both, np.repeat([1, 0], len(X)))
        proba = classifier.predict_proba(X)[:, list(classifier.classes_).index(1)]
        odds = (1 - proba) / np.maximum(proba, 1e-12)
        return next_weights(odds, beta)

    @property
    def _sampler(self):
        return GANSampler() if self.sampler is None else self.sampler

    @property
    def _ratio(self):
        return DensityRatioEstimator() if self.ratio is None else self.ratio

    @property
    def image_shape(self):
        """That of the sampler, whose rows may be images."""
        return getattr(self._sampler, "image_shape", None)

    @property
    def _allows_nan_here(self):
        return get_tags(self._sampler).input_tags.allow_nan

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = get_tags(self._sampler).input_tags.string
        return tags


def next_weights(odds, beta):
    """Weights of rows for the next sampler of a mixture.

    Parameters
    ----------
    odds : ndarray of shape (n_rows,)
        q / p at the rows, with q of the mixture so far.
    beta : float in (0, 1]
        Weight of the next sampler in the mixture.

    Returns
    -------
    weights : ndarray of shape (n_rows,)
        They are not negative and sum to 1.
    """
    covered = (1 - beta) * np.sort(odds)
    # lambda for the k rows that are least covered: their weights shall have mean beta.
    k = np.arange(1, len(odds) + 1)
    levels = (beta * len(odds) + np.cumsum(covered)) / k
    last = np.flatnonzero(levels >= covered)[-1]
    weights = np.maximum(levels[last] - (1 - beta) * odds, 0)
    return weights / weights.sum()

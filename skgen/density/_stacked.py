"""StackedDensity: several densities as one, weighted by rows left out."""

from inspect import signature
from numbers import Integral

import numpy as np
import pandas as pd
from scipy.special import logsumexp
from sklearn.base import DensityMixin, clone
from sklearn.utils import Bunch, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from .._compat import BaseComposition, Interval, fit_context, safe_indexing
from .._reading import RowReader
from ..encoding import dump_layout, to_layout
from ..encoding._columns import as_container, is_frame, kinds
from ..encoding.checks import check_n_samples
from ..encoding.copies import equal_rows, fold_of_rows
from ..encoding.random_state import give_seed, own_generator
from ._table_mixture import stack_weights
from ._transformed import draw


def _can_sample(self):
    members = getattr(self, "estimators_", None)
    members = [m for _, m in self.estimators] if members is None else members
    return all(hasattr(member, "sample") for member in members)


class StackedDensity(DensityMixin, RowReader, BaseComposition):
    r"""Mix densities with weights that rows left out give them.

    .. math:: p(x) = \sum_m w_m \, p_m(x)

    Each estimator scores the rows of folds that it has not seen, and expectation
    maximisation finds the weights under which these rows are most probable [1]_; then
    all are fitted to all rows. The mixture is seldom worse than the best of its
    members, and often better than each.

    Parameters
    ----------
    estimators : list of (str, estimator)
        Densities of skgen or scikit-learn, anything with ``score_samples`` in nats, and
        with ``sample`` to draw rows. A density behind a scaler must be a
        :class:`TransformedDensity`: a pipeline scores scaled rows, in another unit.
    cv : int, default=5
        Number of folds. Equal rows share a fold.
    n_jobs : int, default=None
        Members and folds that are fitted at the same time.
    random_state : int, RandomState or None, default=None
        Seed of everything random.

    Attributes
    ----------
    estimators_ : list of estimator
        The densities, fitted to all rows.
    named_estimators_ : Bunch
        The same by name.
    weights_ : ndarray of shape (n_estimators,)
        Weights; they sum to 1.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if `X` has string names.

    See Also
    --------
    AutoregressiveDensity : Has such a stack for each column, in small tables.

    Notes
    -----
    One more row than there are counts for all estimators alike, so that no weight is
    zero. Densities of values that repeat must measure the same: those of skgen that
    have masses are scored with ``ties="density"`` if others have densities only.

    References
    ----------
    .. [1] P. Smyth, D. Wolpert, "Linearly combining density estimators via stacking",
       Machine Learning 1999.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.mixture import GaussianMixture
    >>> from skgen.density import MixtureDensity, StackedDensity
    >>> X, _ = load_iris(return_X_y=True)
    >>> members = [
    ...     ("one", GaussianMixture(1)),
    ...     ("three", GaussianMixture(3)),
    ...     ("mixture", MixtureDensity(2, discrete=None)),
    ... ]
    >>> model = StackedDensity(members, random_state=0).fit(X)
    >>> float(model.weights_.sum().round(6))
    1.0
    >>> model.sample(2, random_state=0).shape
    (2, 4)
    """

    _parameter_constraints = {
        "estimators": [list],
        "cv": [Interval(Integral, 2, None, closed="left")],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }
    _keeps_dtypes = True

    def __init__(self, estimators, *, cv=5, n_jobs=None, random_state=None):
        self.estimators = estimators
        self.cv = cv
        self.n_jobs = n_jobs
        self.random_state = random_state

    def get_params(self, deep=True):
        """Parameters, those of the estimators included.

        Parameters
        ----------
        deep : bool, default=True
            Whether to list the estimators and their parameters.

        Returns
        -------
        params : dict
            Parameters by name.
        """
        return self._get_params("estimators", deep=deep)

    def set_params(self, **params):
        """Set parameters, estimators and their parameters.

        Parameters
        ----------
        **params : dict
            Parameters by name.

        Returns
        -------
        self : StackedDensity
            Itself.
        """
        return self._set_params("estimators", **params)

    @property
    def named_estimators_(self):
        """Fitted densities by name."""
        names = [name for name, _ in self.estimators]
        return Bunch(**dict(zip(names, self.estimators_, strict=True)))

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Find the weights, and fit all densities.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows that each estimator can read.
        y : None
            Not used.

        Returns
        -------
        self : StackedDensity
            Fitted estimator.

        Raises
        ------
        ValueError
            If there are no estimators, or one scores rows by NaN or infinity.
        TypeError
            If an estimator is no density.
        """
        names = self._check_estimators()
        X = self._read_X(X, reset=True)
        self._layout = _layout_of(X)
        rng = own_generator(self.random_state)
        members = [give_seed(clone(member), rng) for _, member in self.estimators]
        self._ties = None
        if not all(_knows_ties(member) for member in members):
            self._ties = "density"
        fold = fold_of_rows(len(X), self.cv, rng, equal_rows(as_container(X)))
        folds = [fold == f for f in np.unique(fold)]
        everything = np.zeros(len(X), dtype=bool)
        jobs = [(m, out) for m in members for out in [*folds, everything]]
        found = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit_and_score)(clone(m), X, out, self._ties) for m, out in jobs
        )
        scores = np.empty((len(X), len(members)))
        self.estimators_ = []
        for i, name in enumerate(names):
            *parts, (whole, _) = found[i * (len(folds) + 1) :][: len(folds) + 1]
            self.estimators_.append(whole)
            for out, (_, own) in zip(folds, parts, strict=True):
                scores[out, i] = own
            if np.isnan(scores[:, i]).any() or np.isposinf(scores[:, i]).any():
                raise ValueError(
                    f"estimator {name!r} must score rows by log-densities, got NaN or "
                    "infinity; give it a larger bandwidth or regularisation."
                )
        self.weights_ = stack_weights(np.maximum(scores, -1e10))
        return self

    def _check_estimators(self):
        if not self.estimators:
            raise ValueError("estimators must hold at least one (name, estimator).")
        names, members = zip(*self.estimators, strict=True)
        self._validate_names(names)
        for name, member in self.estimators:
            if not hasattr(member, "fit") or not hasattr(member, "score_samples"):
                raise TypeError(
                    f"estimator {name!r} must have fit and score_samples, got "
                    f"{member!r}; use a density."
                )
        return names

    # -- outputs -----------------------------------------------------------------------

    def score_samples(self, X):
        """Log-density of each row, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_density : ndarray of shape (n_samples,), dtype float64
            In the units of the estimators.
        """
        check_is_fitted(self)
        X = self._read_X(X, reset=False)
        scores = [_scores(member, X, self._ties) for member in self.estimators_]
        return logsumexp(np.stack(scores, axis=1) + np.log(self.weights_), axis=1)

    def score(self, X, y=None):
        """Mean log-density of the rows, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : None
            Not used.

        Returns
        -------
        log_density : float
            Mean of `score_samples`.
        """
        return float(self.score_samples(X).mean())

    @available_if(_can_sample)
    def sample(self, n_samples=1, *, random_state=None):
        """Draw rows, each from a density chosen by its weight.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Rows in the container and the dtypes that `fit` saw.
        """
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        rng = own_generator(random_state)
        counts = rng.multinomial(n_samples, self.weights_)
        parts = []
        for member, n in zip(self.estimators_, counts, strict=True):
            if not n:
                continue
            if self._layout is None:  # a frame with categories
                parts.append(member.sample(n, random_state=rng.randint(2**31 - 1)))
            else:
                parts.append(to_layout(draw(member, n, rng), self._layout))
        order = rng.permutation(n_samples)
        if is_frame(parts[0]):
            return pd.concat(parts).iloc[order].reset_index(drop=True)
        return np.concatenate(parts)[order]

    @property
    def _allows_nan_here(self):
        return all(
            get_tags(member).input_tags.allow_nan
            for _, member in self.estimators
            if hasattr(member, "fit")
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = all(
            get_tags(member).input_tags.string
            for _, member in self.estimators
            if hasattr(member, "fit")
        )
        return tags


def _layout_of(X):
    """Layout of a table of numbers; None of one with categories."""
    return None if "category" in kinds(X) else dump_layout(X)


def _knows_ties(member):
    return "ties" in signature(member.score_samples).parameters


def _scores(member, X, ties):
    if ties is not None and _knows_ties(member):
        return member.score_samples(X, ties=ties)
    return np.asarray(member.score_samples(X), dtype=np.float64)


def _fit_and_score(member, X, out, ties):
    """Fit to the rows that are not left out; scores of those that are, if any."""
    if not out.any():
        return member.fit(X), None
    member.fit(safe_indexing(X, np.flatnonzero(~out)))
    return member, _scores(member, safe_indexing(X, np.flatnonzero(out)), ties)

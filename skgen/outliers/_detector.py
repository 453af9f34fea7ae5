"""OutlierDetector: rows that a density, an autoencoder or their neighbours find odd."""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, OutlierMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from .._compat import HasMethods, Interval, StrOptions, fit_context, safe_indexing
from .._reading import RowReader
from .._saving import SavedEstimator
from ..encoding._columns import as_container
from ..encoding.copies import equal_rows, fold_of_rows
from ..encoding.random_state import give_seed, own_generator
from ._rows import OddRows

_FOLDS = 4  # of which one is left out
_FLAGGED = 0.01  # share of ordinary rows that contamination="auto" flags


class OutlierDetector(OutlierMixin, RowReader, SavedEstimator):
    r"""Find rows that are unlike those of a table.

    By default a row is odd if a mixture of Gaussians finds it improbable, and if it
    lies far from the nearest row of the table. Each of the two is measured against rows
    that were left out: with the share :math:`q` of them that are as odd or odder, the
    score is

    .. math:: s(x) = \log q_{mixture}(x) + \log q_{nearest}(x) ,

    with exponential tails beyond the rows of `fit`. Any density or autoencoder of skgen
    or scikit-learn can take their place.

    Parameters
    ----------
    estimator : estimator or "auto", default="auto"
        What scores rows: an estimator with ``score_samples``, a density; with
        ``anomaly_scores``, such as :class:`~skgen.GANTransformer` (AnoGAN); or with
        ``reconstruct``, an autoencoder, whose score is minus the mean squared
        difference of a row and its reconstruction, in standard deviations.
    contamination : "auto" or float in (0, 0.5], default="auto"
        Share of the rows of `fit` that are outliers. ``"auto"`` takes them for ordinary
        ones and flags what is odder than 99 % of the rows left out.
    random_state : int, RandomState or None, default=None
        Seed of everything random.

    Attributes
    ----------
    estimator_ : estimator or None
        The fitted estimator; None for ``"auto"``.
    offset_ : float
        Score below which a row is an outlier.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    skgen.density.MixtureDensity : A density of a table of mixed types.
    sklearn.ensemble.IsolationForest : Random trees; faster on a million rows.

    Notes
    -----
    ``"auto"`` takes tables of mixed types with missing values; numbers are
    standardised, so columns that tell nothing of what is odd dilute it. The mixture has
    20 components that share most of their shape, fitted to at most 2,000 rows, and the
    nearest row is sought among at most 20,000, by the sum of absolute differences,
    which many columns serve better than squares [2]_. Equal rows count once, and a row
    that `fit` saw is not its own neighbour. On eight sets of the ODDS collection its
    mean ROC AUC is .929, that of the distance to the nearest row alone as well, of the
    fifth nearest .923, of :class:`~sklearn.neighbors.LocalOutlierFactor` .916 and of an
    isolation forest .880 (``tests/benchmarks/bench_outliers.py``).

    References
    ----------
    .. [1] S. Ramaswamy, R. Rastogi, K. Shim, "Efficient algorithms for mining outliers
       from large data sets", SIGMOD 2000 (distances to neighbours).
    .. [2] C. C. Aggarwal, A. Hinneburg, D. A. Keim, "On the surprising behavior of
       distance metrics in high dimensional space", ICDT 2001.

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.outliers import OutlierDetector
    >>> X = np.random.default_rng(0).normal(size=(500, 3))
    >>> model = OutlierDetector(random_state=0).fit(X)
    >>> model.predict([[0.0, 0.0, 0.0], [6.0, -6.0, 6.0]])
    array([ 1, -1])
    """

    _parameter_constraints = {
        "estimator": [
            HasMethods(["fit", "score_samples"]),
            HasMethods(["fit", "reconstruct"]),
            StrOptions({"auto"}),
        ],
        "contamination": [
            StrOptions({"auto"}),
            Interval(Real, 0, 0.5, closed="right"),
        ],
        "random_state": ["random_state"],
    }
    _parts = {"_odd_rows": (OddRows,)}
    _of_training = frozenset({"contamination", "random_state"})
    _keeps_dtypes = True

    def __init__(self, estimator="auto", *, contamination="auto", random_state=None):
        self.estimator = estimator
        self.contamination = contamination
        self.random_state = random_state

    # The parameters of the estimator are checked, too.
    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Fit the estimator, and the threshold to rows left out.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows, most of them ordinary ones.
        y : None
            Not used.

        Returns
        -------
        self : OutlierDetector
            Fitted estimator.

        Raises
        ------
        ValueError
            If `X` is empty, has one row, or holds what the estimator cannot read.
        """
        X = self._read_X(X, reset=True)
        rng = own_generator(self.random_state)
        self.estimator_ = self._odd_rows = None
        if isinstance(self.estimator, str):
            self._odd_rows = OddRows()
            left_out = -self._odd_rows.fit(X, rng)
        else:
            left_out = self._fit_given(X, rng)
        if self.contamination == "auto":
            self.offset_ = float(np.quantile(left_out, _FLAGGED))
        else:
            scores = self._score(X)
            self.offset_ = float(np.percentile(scores, 100 * self.contamination))
        return self

    def _fit_given(self, X, rng):
        """Fit the estimator, once without some rows, whose scores are returned."""
        model = give_seed(clone(self.estimator), rng)
        self._unit = _spreads(X)
        n = X.shape[0]
        out = np.zeros(n, dtype=bool)
        if self.contamination == "auto" and n >= 2 * _FOLDS:
            out = fold_of_rows(n, _FOLDS, rng, equal_rows(as_container(X))) == 0
        scores = None
        if out.any() and not out.all():
            part = clone(model).fit(safe_indexing(X, np.flatnonzero(~out)))
            scores = self._score_by(part, safe_indexing(X, np.flatnonzero(out)))
        self.estimator_ = model.fit(X)
        return self._score_by(model, X) if scores is None else scores

    # -- scores ------------------------------------------------------------------------

    def score_samples(self, X):
        """How ordinary rows are; higher is more ordinary.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,), dtype float64
            For ``"auto"`` the sum of two log-shares in nats, at most 0; otherwise the
            log-density, or minus the error of reconstruction.
        """
        check_is_fitted(self)
        return self._score(self._read_X(X, reset=False))

    def decision_function(self, X):
        """Score minus the threshold.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Negative for outliers.
        """
        return self.score_samples(X) - self.offset_

    def predict(self, X):
        """Tell outliers from ordinary rows.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        labels : ndarray of int, shape (n_samples,)
            -1 for outliers, 1 for ordinary rows.
        """
        return np.where(self.decision_function(X) < 0, -1, 1)

    def explain(self, X):
        """Share of each column in how odd rows are.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        terms : ndarray of shape (n_samples, n_features)
            Lower is odder. Of a density that has them, and of ``"auto"``'s mixture, the
            log-density of each column given those before it, in nats; of an autoencoder
            minus the squared error of the column, in standard deviations.

        Raises
        ------
        TypeError
            If the estimator's scores do not fall into columns.
        """
        check_is_fitted(self)
        X = self._read_X(X, reset=False)
        if self._odd_rows is not None:
            return self._odd_rows.explain(X)
        if hasattr(self.estimator_, "score_columns"):
            return self.estimator_.score_columns(X)
        if hasattr(self.estimator_, "reconstruct"):
            return -self._errors(self.estimator_, X)
        raise TypeError(
            "explain needs an estimator with score_columns or reconstruct, got "
            f"{self.estimator_!r}; use MixtureDensity, AutoregressiveDensity, an "
            'autoencoder or "auto".'
        )

    def _score(self, X):
        if self._odd_rows is not None:
            return -self._odd_rows.surprise(X)
        return self._score_by(self.estimator_, X)

    def _score_by(self, model, X):
        if hasattr(model, "score_samples"):
            return np.asarray(model.score_samples(X), dtype=np.float64)
        if hasattr(model, "anomaly_scores"):
            return -np.asarray(model.anomaly_scores(X), dtype=np.float64)
        return -self._errors(model, X).mean(axis=1)

    def _errors(self, model, X):
        """Squared errors of reconstruction, in the variances of the columns."""
        difference = _values(X) - _values(model.reconstruct(X))
        return (difference / self._unit) ** 2

    @property
    def image_shape(self):
        """That of the estimator, whose rows may be images."""
        return getattr(self.estimator, "image_shape", None)

    def _check_flat(self, X):
        if self.image_shape is None:
            super()._check_flat(X)

    @property
    def _allows_nan_here(self):
        if isinstance(self.estimator, str) or not isinstance(
            self.estimator, BaseEstimator
        ):
            return True
        return get_tags(self.estimator).input_tags.allow_nan

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = isinstance(self.estimator, str)
        return tags


def _values(X):
    """Numbers of a table; an autoencoder's errors need them."""
    try:
        return np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(
            "the error of an autoencoder needs columns of numbers; encode categories "
            'first, or use estimator="auto" or a density.'
        ) from error


def _spreads(X):
    try:
        spread = np.nanstd(np.asarray(X, dtype=np.float64), axis=0)
    except (TypeError, ValueError):
        return 1.0  # of a density, which needs none
    return np.where(spread > 0, spread, 1.0)

"""TransformedDensity: a density behind an invertible transformer."""

import copy
from inspect import signature

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, DensityMixin, clone
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import StandardScaler
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from .._compat import HasMethods, fit_context
from ..encoding import dump_layout, to_layout
from ..encoding._columns import as_rows, mean_and_deviation, only_numbers
from ..encoding._pixels import check_flat
from ..encoding.checks import check_n_samples
from ..encoding.random_state import own_generator
from ._jacobian import invert, log_volume_change

_CHECKED_ROWS = 100
_PRECISION = 1e-4  # of a standard deviation
_MOST_DRAWS = 100
_LARGEST = 1e150


def _can_sample(self):
    density = getattr(self, "density_", self.density)
    return density is None or hasattr(density, "sample")


class TransformedDensity(DensityMixin, BaseEstimator):
    r"""A density of transformed rows, given in the units of the rows themselves.

    With the transformer :math:`z = t(x)` and the density :math:`q` of its output,

    .. math:: \log p(x) = \log q(t(x))
        + \log \left| \det \frac{\partial t(x)}{\partial x} \right| ,

    the change of variables [1]_. A :class:`~sklearn.pipeline.Pipeline` returns the
    first term alone, so its scores depend on the units, cannot be compared between
    scalers, and it cannot sample.

    Parameters
    ----------
    transformer : estimator, default=None
        Any invertible transformer that keeps the number of columns, see Notes; None is
        :class:`~sklearn.preprocessing.StandardScaler`.
    density : estimator, default=None
        Density with `score_samples` and, for `sample`, a `sample`: scikit-learn's or
        skgen's. None is ``KernelDensity(bandwidth="scott")``.

    Attributes
    ----------
    transformer_ : estimator
        The fitted transformer.
    density_ : estimator
        The density, fitted to transformed rows.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if `X` has string names.

    See Also
    --------
    FlowDensity : A learned transformer and its density in one.

    Notes
    -----
    The determinant is exact for ``StandardScaler``, ``RobustScaler``, ``MinMaxScaler``,
    ``MaxAbsScaler``, ``PowerTransformer``, ``PCA`` with all components,
    ``FunctionTransformer`` of an elementary numpy function with its ``inverse_func``,
    :class:`FlowDensity`, any transformer with a method ``log_abs_det_jacobian(X)``, and
    for ``Pipeline`` and ``ColumnTransformer`` of these. For others it is that of
    central differences extrapolated to fourth order, with a relative error near 1e-10
    where the transformer is smooth, for the price of 4 * n_features transforms of `X`,
    more where it is not.

    Rows where the transformer is not defined, such as numbers below zero for a
    logarithm, have log-density -inf. Probability that `density` gives to points that no
    row maps to is lost: with bounded ranges, as of a Yeo-Johnson power outside [0, 2],
    the density integrates to less than one, and `sample` draws such points anew.

    References
    ----------
    .. [1] G. Papamakarios et al. (2021). Normalizing flows for probabilistic modeling
       and inference. JMLR 22(57), equation 4. https://arxiv.org/abs/1912.02762

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.mixture import GaussianMixture
    >>> from sklearn.preprocessing import FunctionTransformer
    >>> from skgen.density import TransformedDensity
    >>> X = np.exp(np.random.default_rng(0).normal(size=(1000, 1)))
    >>> log = FunctionTransformer(np.log, inverse_func=np.exp)
    >>> model = TransformedDensity(log, GaussianMixture()).fit(X)
    >>> model.score_samples([[1.0], [2.0]]).round(2)
    array([-0.9 , -1.88])
    >>> bool((model.sample(5, random_state=0) > 0).all())
    True
    """

    _parameter_constraints = {
        "transformer": [HasMethods(["fit", "transform"]), None],
        "density": [HasMethods(["fit", "score_samples"]), None],
    }

    def __init__(self, transformer=None, density=None):
        self.transformer = transformer
        self.density = density

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Fit the transformer, then the density to what it returns.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            At least two rows of finite numbers.
        y : None
            Not used.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        TypeError
            If the transformer has no `inverse_transform` or is known to lose
            information.
        ValueError
            If `X` is not a table of finite numbers, if what the transformer makes of it
            has another number of columns or is not finite, or if `inverse_transform`
            does not return the rows.
        """
        X = self._read_X(X, reset=True)
        transformer = StandardScaler() if self.transformer is None else self.transformer
        density = self.density
        if density is None:
            density = KernelDensity(bandwidth="scott")
        values = np.asarray(X, dtype=np.float64)
        huge = np.flatnonzero(np.abs(values).max(axis=0) > _LARGEST)
        if huge.size:
            raise ValueError(
                f"X must hold numbers of at most {_LARGEST:g}, whose squares are "
                f"finite, got larger ones in column {huge[0]}; divide it first."
            )
        self.layout_ = dump_layout(X)
        _, self.spread_ = mean_and_deviation(values, np.isfinite(values))
        # A column of one value moves by a little of this value.
        still = self.spread_ == 0
        self.spread_[still] = np.maximum(1.0, np.abs(values[0, still]))
        self.transformer_ = clone(transformer).fit(X)
        with np.errstate(all="ignore"):
            Z = self.transformer_.transform(X)
        self._check_invertible(values, Z)
        # Refuses before the density is fitted what has no determinant.
        log_volume_change(self.transformer_, X[:2], self.spread_)
        self.density_ = clone(density).fit(Z)
        return self

    def score_samples(self, X):
        """Log-density of each row, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_density : ndarray of shape (n_samples,), dtype float64
            In the units of `X`; -inf where the transformer is not defined.
        """
        check_is_fitted(self)
        X = self._read_X(X, reset=False)
        with np.errstate(all="ignore"):
            Z = self.transformer_.transform(X)
        log_det = log_volume_change(self.transformer_, X, self.spread_)
        inside = np.isfinite(np.asarray(Z)).all(axis=1) & np.isfinite(log_det)
        found = np.full(len(inside), -np.inf)
        if inside.any():
            rows = Z[inside]
            found[inside] = self.density_.score_samples(rows) + log_det[inside]
        return found

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
        """Draw rows from the density.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Rows in the container and the dtypes that `fit` saw; columns of integers
            are rounded.

        Raises
        ------
        ValueError
            If next to nothing that `density` draws can be transformed back.
        """
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        random_state = own_generator(random_state)
        parts, missing = [], n_samples
        for _ in range(_MOST_DRAWS):
            X = invert(self.transformer_, draw(self.density_, missing, random_state))
            parts.append(X[np.isfinite(X).all(axis=1)])
            missing -= len(parts[-1])
            if not missing:
                return to_layout(np.concatenate(parts), self.layout_)
        raise ValueError(
            f"density must draw points that {type(self.transformer_).__name__} can "
            f"transform back, but {missing} of {n_samples} rows are missing after "
            f"{_MOST_DRAWS} rounds; use another transformer."
        )

    def _read_X(self, X, *, reset):
        """Check rows; a DataFrame stays one, for transformers that choose columns."""
        check_flat(X, takes_images=False)
        X = only_numbers(as_rows(X), "which alone have a change of volume")
        checked = validate_data(
            self,
            X,
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_min_samples=2 if reset else 1,
        )
        return X if isinstance(X, pd.DataFrame) else checked

    def _check_invertible(self, X, Z):
        """Refuse a transformer whose way back is another than its way there."""
        name = type(self.transformer_).__name__
        # A sparse table becomes an array without columns.
        Z = Z if hasattr(Z, "shape") else np.asarray(Z)
        if Z.shape != X.shape:
            raise ValueError(
                f"transformer must keep the {X.shape[1]} columns, got {name} with "
                f"{Z.shape[-1]}; a density needs an invertible one."
            )
        if issparse(Z):
            raise TypeError(
                f"transformer must return an array, but {name} returns a sparse table; "
                "use one that returns an array, with sparse_output=False where it can."
            )
        Z = np.asarray(Z)
        if Z.dtype.kind not in "fiu" or not np.isfinite(Z).all():
            raise ValueError(
                f"transformer must make finite numbers of X, but {name} does not; X "
                "may hold numbers where it is not defined, such as 0 for a logarithm."
            )
        X, Z = X[:_CHECKED_ROWS], Z[:_CHECKED_ROWS]
        try:
            back = invert(self.transformer_, Z)
        except AttributeError as error:
            raise TypeError(
                f"transformer must have inverse_transform, but {name} fails: {error}; "
                "use an invertible one."
            ) from error
        error = np.abs(back - X) / self.spread_
        # NaN is an error, too.
        if not (error <= _PRECISION).all():
            raise ValueError(
                "transformer must be invertible, but inverse_transform of "
                f"{name} misses the rows of fit by up to {np.max(error):.2g} standard "
                "deviations; use an invertible one, with all components of a PCA and "
                "the inverse_func of a FunctionTransformer, and scale columns before a "
                "PowerTransformer."
            )


def draw(density, n_samples, random_state):
    """Draw points from any density, in an order that tells nothing.

    Parameters
    ----------
    density : estimator
        Fitted density of scikit-learn or skgen.
    n_samples : int
        Number of points.
    random_state : RandomState
        Source of the draws.

    Returns
    -------
    Z : ndarray of shape (n_samples, n_features)
        Points.
    """
    seed = random_state.randint(2**31 - 1)
    if "random_state" in signature(density.sample).parameters:
        found = density.sample(n_samples, random_state=seed)
    else:
        # GaussianMixture seeds its draws by its own parameter.
        density = copy.copy(density)
        density.random_state = np.random.RandomState(seed)
        found = density.sample(n_samples)
    if isinstance(found, tuple):
        # Rows and their components, one component after the other.
        found = found[0][random_state.permutation(n_samples)]
    if isinstance(found, pd.DataFrame):
        return found.to_numpy(np.float64, na_value=np.nan)
    return np.asarray(found, dtype=np.float64)

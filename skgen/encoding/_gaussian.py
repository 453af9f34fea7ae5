"""Tables of continuous columns as nearly Gaussian, uncorrelated matrices, and back."""

import numpy as np

from ._columns import (
    NUMERIC,
    ColumnEncoder,
    as_table,
    is_frame,
    kinds,
    label,
    read_numbers,
    robust_scale,
)
from ._modes import fit_modes, join_modes, spread_modes
from ._powers import bend, soften, unbend, unsoften, yeo_johnson, yeo_johnson_inverse
from .copies import equal_rows, fold_of_rows

_NORMAL_IQR = 1.349  # interquartile range of a standard normal
_POWERS = np.linspace(0, 2, 65)
_SHRINKAGES = np.array(
    [1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01]
    + [0.02, 0.03, 0.045, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0]
)
_FOLDS = 5
_ROWS_PER_COLUMN = 20  # with fewer, powers must prove themselves on rows held out
_MOST_ROWS = 20_000  # enough for one power per column
_OUTLYING = 30.0  # robust units
_OUTER = 5.0
_FAR = 1e75  # robust units; farther out the squares of squares overflow
_MAX = np.finfo(np.float64).max
_MIXED = "use skgen.density.AutoregressiveDensity, which models such columns"


class GaussianEncoder(ColumnEncoder):
    r"""Turn continuous columns into a nearly standard normal matrix, and back.

    Invertible steps, each with its Jacobian. A column becomes its distance to the
    median in robust units, :math:`u = (x - m) / s`, s the interquartile range over that
    of a standard normal. Then a Yeo-Johnson power [1]_ of
    :math:`\lambda \in [0, 2]`, where it maps the line onto the line, takes the skewness
    away; :math:`\lambda` maximises the Gaussian likelihood on a grid of step 1/32. Last
    the columns are standardised and multiplied by the symmetric root of the inverse of
    their correlation matrix, shrunk to the identity by the amount that is best for
    held-out rows. Outliers come nearer: before this product a distance :math:`r` beyond
    4 becomes :math:`4 + \log(r - 3)`, after it :math:`3 + \sqrt{2 r - 7}`. All of it is
    the same for ``a * X + b``, a > 0, up to rounding.

    Parameters
    ----------
    power : bool, default=True
        Whether to apply the powers.
    whiten : bool, default=True
        Whether to take the correlations away.

    Attributes
    ----------
    n_features_in_, n_encoded_ : int
        Number of columns of the table, and of those that hold more than one value, of
        which the matrix is made.
    constants_ : ndarray of shape (`n_features_in_`,)
        The value of a column that holds one only, else NaN.
    powers_ : ndarray of shape (`n_encoded_`,)
        Power of each column; 1 is the identity.
    shrinkage_ : float
        Share of the identity in the correlation matrix.

    References
    ----------
    .. [1] I.-K. Yeo, R. A. Johnson (2000). A new family of power transformations to
       improve normality or symmetry. Biometrika 87(4).

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.encoding import GaussianEncoder
    >>> X = np.exp(np.random.default_rng(0).normal(size=(500, 2)))
    >>> encoder = GaussianEncoder().fit(X)
    >>> Z = encoder.transform(X)
    >>> bool(np.abs(np.cov(Z.T) - np.eye(2)).max() < 0.1)
    True
    >>> bool(np.allclose(encoder.inverse_transform(Z), X))
    True
    """

    def __init__(self, *, power=True, whiten=True):
        self.power = power
        self.whiten = whiten

    def fit(self, X):
        """Learn scales, powers and correlations.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            At least two rows of finite numbers.

        Returns
        -------
        encoder : GaussianEncoder
            The fitted encoder.

        Raises
        ------
        ValueError
            If a column is not numeric or misses values, or if all hold one value only:
            there is no density then.
        """
        X = as_table(X)
        values = _read_finite(X)
        self.unseen_ = 0.5 / (len(X) + 1)
        self.constants_ = np.where(np.ptp(values, axis=0) == 0, values[0], np.nan)
        values = self._varied(values)
        if not values.shape[1]:
            raise ValueError(
                f"{label(X, 0)} must hold more than one value to have a density, or "
                f"another column must, got {float(self.constants_[0])!r} in every "
                f"row; {_MIXED}."
            )
        self.modes_ = [fit_modes(x) for x in values.T]
        values, _ = spread_modes(values, self.modes_)
        self.scales_ = _robust_scales(values)
        U, _ = self._robust(values)
        powers = [np.ones(U.shape[1])]
        if self.power:
            powers.append(np.array([_best_power(u) for u in _thin(U).T]))
            # A power for each column is many parameters where rows are few.
            if not self.whiten or len(U) >= _ROWS_PER_COLUMN * U.shape[1]:
                del powers[0]
        gains = [self._fit_margins(U, p) for p in powers]
        T = self._fit_margins(U, powers[int(np.argmax(gains))], final=True)
        values, vectors = self._shrunk(T)
        # Symmetric: unlike principal axes it has no signs to choose, and rotates least.
        self.whitening_ = (vectors / np.sqrt(values)) @ vectors.T
        self.coloring_ = (vectors * np.sqrt(values)) @ vectors.T
        self.log_volume_ = float(-0.5 * np.log(values).sum())
        self._learn_columns(X)
        self.n_encoded_ = T.shape[1]
        return self

    def transform(self, X):
        """Encode rows.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table with the columns that `fit` saw.

        Returns
        -------
        Z : ndarray of shape (n_samples, `n_encoded_`), dtype float64
            Encoded rows.
        """
        return self.transform_with_log_det(X)[0]

    def log_abs_det_jacobian(self, X):
        """Logarithm of the volume change of `transform`.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table.

        Returns
        -------
        log_det : ndarray of shape (n_samples,)
            log abs det dz/dx, in nats.
        """
        return self.transform_with_log_det(X)[1]

    def transform_with_log_det(self, X):
        """Encode rows and measure the volume change in one go.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table.

        Returns
        -------
        Z : ndarray of shape (n_samples, `n_encoded_`), dtype float64
            What `transform` returns.
        log_det : ndarray of shape (n_samples,)
            What `log_abs_det_jacobian` returns.
        """
        T, log_det = self._margins(X)
        Z, log_outer = bend(_rows_times(T, self.whitening_))
        return Z, log_det + (log_outer.sum(axis=1) + self.log_volume_)

    def transform_held_out(self, X):
        """Encode rows of `fit`, each by the correlations of others.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table.

        Returns
        -------
        Z : ndarray of shape (n_samples, `n_encoded_`), dtype float64
            Rows as they would be encoded if they were new, but for the margins; equal
            rows are left out together.
        """
        T, _ = self._margins(X)
        Z = _rows_times(T, self.whitening_)
        if self.whiten and len(T) >= 2 * _FOLDS:
            rng = np.random.RandomState(0)
            fold = fold_of_rows(len(T), _FOLDS, rng, equal_rows(T))
            inner = np.clip(T, -_OUTER, _OUTER)
            for k in np.unique(fold):
                values, vectors = self._shrunk(inner[fold != k])
                Z[fold == k] = T[fold == k] @ (vectors / np.sqrt(values)) @ vectors.T
        return bend(Z)[0]

    def log_mass(self, X):
        """Log-probability of the columns of one value.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table.

        Returns
        -------
        log_mass : ndarray of shape (n_samples,)
            In nats. After n rows another value has a probability of 1 / (2 n + 2) in
            all, spread by a Cauchy distribution about the one seen.
        """
        values = _read_finite(self._read(X))
        known = ~np.isnan(self.constants_)
        constants = self.constants_[known]
        scale = np.maximum(1.0, np.abs(constants))
        far = np.abs(values[:, known] / scale - constants / scale)
        other = np.log(self.unseen_ / np.pi / scale) - 2 * np.log(np.hypot(1, far))
        found = np.where(far == 0, np.log1p(-self.unseen_), other)
        return found.sum(axis=1)

    def inverse_transform(self, Z):
        """Decode rows to numbers.

        Parameters
        ----------
        Z : ndarray of shape (n_samples, `n_encoded_`)
            Encoded rows.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features), dtype float64
            Numbers; those too large for float64 become the largest.
        """
        Z = self._check_encoded(Z)
        center, scale, unit = self.scales_
        with np.errstate(over="ignore", invalid="ignore"):
            T = _rows_times(unbend(Z), self.coloring_)
            T = T * self.inner_moments_[1] + self.inner_moments_[0]
            Y = unsoften(T) * self.moments_[1] + self.moments_[0]
            U = yeo_johnson_inverse(Y, self.powers_)
            X = np.clip((U * scale + center) / unit, -_MAX, _MAX)
        found = np.tile(self.constants_, (len(X), 1))
        found[:, np.isnan(self.constants_)] = join_modes(X, self.modes_)
        return found

    def to_table(self, X):
        """Give numbers the container and the dtypes that `fit` saw.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Numbers; they are rounded for a column of integers.

        Returns
        -------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Table.
        """
        self._check_fitted()
        return self._to_table(np.asarray(X, dtype=np.float64).T)

    def _fit_margins(self, U, powers, final=False):
        """Learn what `_margins` does after the robust units, and the shrinkage.

        Returns the columns, or for a trial their log-likelihood, rows held out.
        """
        self.powers_ = powers
        Y, log_slopes = yeo_johnson(U, powers)
        self.moments_ = _robust_scales(Y)[:2]
        T, _ = soften((Y - self.moments_[0]) / self.moments_[1])
        # What outliers have left would still widen the rest.
        T = np.clip(T, -_OUTER, _OUTER)
        self.inner_moments_ = np.stack([T.mean(axis=0), T.std(axis=0)])
        T = (T - self.inner_moments_[0]) / self.inner_moments_[1]
        self.shrinkage_, gain = _best_shrinkage(T) if self.whiten else (1.0, 0.0)
        if final:
            return T
        log_scales = np.log(self.moments_[1] * self.inner_moments_[1]).sum()
        # A nat for each parameter that these rows have chosen (Akaike).
        cost = len(powers) if (powers != 1).any() else 0
        return gain + log_slopes.sum() - len(U) * log_scales - cost

    def _margins(self, X):
        """Each column nearly standard normal, and the volume change of each row."""
        values = self._varied(_read_finite(self._read(X)))
        values, log_slopes = spread_modes(values, self.modes_)
        U, log_unit = self._robust(values)
        Y, log_power = yeo_johnson(U, self.powers_)
        T, log_inner = soften((Y - self.moments_[0]) / self.moments_[1])
        T = (T - self.inner_moments_[0]) / self.inner_moments_[1]
        log_scale = np.log(self.moments_[1] * self.inner_moments_[1]).sum()
        log_det = (log_slopes + log_power + log_inner).sum(axis=1)
        return T, log_det + (log_unit - log_scale)

    def _shrunk(self, T):
        """Eigenvalues and eigenvectors of the shrunken covariance."""
        shared = self.shrinkage_ * np.eye(T.shape[1])
        return np.linalg.eigh((1 - self.shrinkage_) * _covariance(T) + shared)

    def _varied(self, values):
        """Columns that `fit` saw more than one value of."""
        return values[:, np.isnan(self.constants_)]

    def _robust(self, values):
        """Columns in robust units, and the logarithm of the volume change."""
        center, scale, unit = self.scales_
        with np.errstate(over="ignore"):
            U = np.clip((values * unit - center) / scale, -_FAR, _FAR)
        return U, float((np.log(unit) - np.log(scale)).sum())


def _read_finite(X):
    """Return finite numbers as float64, or say what is there instead."""
    for j, kind in enumerate(kinds(X)):
        if kind not in NUMERIC and is_frame(X):
            raise ValueError(
                f"{label(X, j)} must be continuous to have a density, got a {kind} "
                f"column (dtype {X.dtypes.iloc[j]}); {_MIXED}."
            )
    values = read_numbers(X, range(X.shape[1]))
    missing = np.isnan(values).any(axis=0)
    if missing.any():
        raise ValueError(
            f"X must hold finite numbers, got NaN in {label(X, missing.argmax())}; "
            f"impute it, or {_MIXED}."
        )
    return values


def _thin(U):
    """Order statistics of each column, evenly spaced if there are many rows."""
    U = np.sort(U, axis=0)
    if len(U) <= _MOST_ROWS:
        return U
    return U[np.linspace(0, len(U) - 1, _MOST_ROWS).round().astype(int)]


def _robust_scales(values):
    """Center, scale and unit of each column; a normal one has scale 1."""
    center, scale, unit, *_ = np.array([robust_scale(x) for x in values.T]).T
    return np.stack([center, scale / _NORMAL_IQR, unit])


def _best_power(u):
    """Power of the greatest Gaussian likelihood, but for outliers."""
    best, found = -np.inf, 1.0
    distance = np.abs(u)
    u = u[distance <= max(_OUTLYING, np.quantile(distance, 0.99))]
    for power in _POWERS:
        y, log_slope = yeo_johnson(u[:, None], np.array([power]))
        gain = log_slope.mean() - np.log(y.std())
        if gain > best:
            best, found = gain, power
    return found


def _rows_times(Z, matrix):
    """Multiply so that a row's product ignores which rows are around it."""
    return np.einsum("ij,jk->ik", Z, matrix)


def _covariance(Y):
    Y = Y - Y.mean(axis=0)
    return Y.T @ Y / len(Y)


def _best_shrinkage(Y):
    """Share of the identity that held-out rows find most likely, and how likely."""
    if len(Y) < 2 * _FOLDS:
        return 1.0, 0.0
    gains = np.zeros(len(_SHRINKAGES))
    fold = np.arange(len(Y)) % _FOLDS
    for k in range(_FOLDS):
        values, vectors = np.linalg.eigh(_covariance(Y[fold != k]))
        squares = ((Y[fold == k] - Y[fold != k].mean(axis=0)) @ vectors) ** 2
        for i, share in enumerate(_SHRINKAGES):
            spread = (1 - share) * np.maximum(values, 0) + share
            gains[i] -= 0.5 * (squares / spread + np.log(spread)).sum()
    return float(_SHRINKAGES[gains.argmax()]), float(gains.max())

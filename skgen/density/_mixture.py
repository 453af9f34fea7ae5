"""MixtureDensity: a mixture model of a table of mixed types, in closed form."""

from numbers import Integral, Real

import numpy as np
from scipy.special import logsumexp, ndtr
from sklearn.base import DensityMixin
from sklearn.utils.validation import check_is_fitted

from .._compat import Interval, StrOptions, fit_context
from .._reading import RowReader
from .._saving import SavedEstimator
from ..encoding import TokenEncoder
from ..encoding._columns import as_container
from ..encoding.checks import check_n_samples
from ..encoding.copies import equal_rows, without_repeats
from ..encoding.random_state import own_generator
from ._filling import (
    check_coverage,
    check_strategy,
    fill_in,
    interval_table,
    missing_entries,
    restored,
    rows_at,
)
from ._given import put_back, rows_of
from ._mixture_sizes import fit_mixture
from ._table_mixture import TableMixture
from ._ties import HoldsMasses

# Numbers with at most so many values have masses and no density.
_FEW_VALUES = 10
# Share of the rows that gives a value a mass of its own; rows with different gaps cost
# a factorisation each, so wide tables have no such values.
_ATOM, _MOST_COLUMNS = 0.1, 30
_ROWS = 4096  # completed at a time
_NODES, _NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_NODE_WEIGHTS = _NODE_WEIGHTS / _NODE_WEIGHTS.sum()
_HALVINGS = 40


class MixtureDensity(HoldsMasses, DensityMixin, RowReader, SavedEstimator):
    r"""Mixture model of a table of mixed types, in closed form.

    .. math:: p(x) = \sum_k w_k \, N(z(x); m_k, C_k) \prod_j s_{kj}(t_j(x))

    Within a component numbers are jointly Gaussian, after a power transformation of
    each column, and categories independent. It takes missing values, fits a table of
    some thousand rows in seconds, and everything asked of it is exact: densities,
    draws, columns given others, missing entries and their intervals.

    Parameters
    ----------
    n_components : int, "auto" or "bic", default="auto"
        Number of components. ``"auto"`` averages mixtures of 1 to 32 components,
        weighted by what they say of rows left out, which scores higher than any of
        them; ``"bic"`` takes the one with the least Bayesian information criterion, for
        clusters.
    covariance_prior : float, default=0.3
        Rows, for each column of numbers, that the pooled covariance within components
        counts as in the covariance of each; more for smoother mixtures.
    discrete : {"auto"} or None, default="auto"
        ``"auto"`` gives masses to the values of a numeric column of at most ten
        different values that repeat, and, in tables of up to 30 columns, to single
        values that a tenth of the rows have. None gives every
        column of numbers with more than two values a density.
    ties : {"mass", "density"}, default="mass"
        What `score` counts for numeric values that repeat, see `score_samples`.
    random_state : int, RandomState or None, default=None
        Seed of everything random.

    Attributes
    ----------
    encoder_ : TokenEncoder
        Which entries have masses and which have densities, in ``columns_``.
    mixture_ : TableMixture
        Weights, shares, means and covariances of encoded rows.
    weights_ : ndarray of shape (n_components,)
        Weights of the components.
    n_components_ : int
        Number of components, with ``"auto"`` of all mixtures averaged.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    AutoregressiveDensity : Its big brother: networks beside mixtures of this kind.
    sklearn.mixture.GaussianMixture : Numbers only, in the units they come in.

    Notes
    -----
    Components are fitted by expectation maximisation with a conjugate prior: the
    covariance of one with N rows and scatter S is (S + a d P) / (N + a d), P being the
    pooled covariance within components, d the number of columns of numbers and a
    `covariance_prior` [1]_; shares of categories have one row more, spread as in the
    table. Where columns are nearly as many as rows, P is shrunk by Ledoit and Wolf. At
    most 100,000 rows are used, 10,000 to choose the number of components.

    References
    ----------
    .. [1] C. Fraley, A. E. Raftery, "Bayesian regularization for normal mixture
       estimation and model-based clustering", Journal of Classification 2007.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skgen.density import MixtureDensity
    >>> X, _ = load_iris(return_X_y=True, as_frame=True)
    >>> model = MixtureDensity(random_state=0).fit(X)
    >>> model.sample(2, random_state=0).columns.equals(X.columns)
    True
    >>> holes = X.mask(X > 6)
    >>> int(model.impute(holes, strategy="mean").isna().sum().sum())
    0
    """

    _parameter_constraints = {
        "n_components": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto", "bic"}),
        ],
        "covariance_prior": [Interval(Real, 0, None, closed="neither")],
        "discrete": [StrOptions({"auto"}), None],
        "ties": [StrOptions({"mass", "density"})],
        "random_state": ["random_state"],
    }
    _parts = {"encoder_": (TokenEncoder,), "mixture_": (TableMixture,)}
    _of_training = frozenset({"n_components", "covariance_prior", "random_state"})
    _keeps_dtypes = True

    def __init__(
        self,
        n_components="auto",
        *,
        covariance_prior=0.3,
        discrete="auto",
        ties="mass",
        random_state=None,
    ):
        self.n_components = n_components
        self.covariance_prior = covariance_prior
        self.discrete = discrete
        self.ties = ties
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Fit the components.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table; in an array all columns are numbers and NaN is missing.
        y : None
            Not used.

        Returns
        -------
        self : MixtureDensity
            Fitted estimator.

        Raises
        ------
        ValueError
            If `X` is empty, has one row, or holds infinity.
        TypeError
            If a column cannot be encoded, dates for instance.
        """
        X = self._read_X(X, reset=True)
        rng = own_generator(self.random_state)
        copies = equal_rows(as_container(X))
        # Values that repeat because whole rows do are no levels.
        self.encoder_ = TokenEncoder(
            discrete=self.discrete,
            max_values=_FEW_VALUES,
            min_share=_ATOM if X.shape[1] <= _MOST_COLUMNS else np.inf,
        ).fit(without_repeats(X, copies))
        tokens, _, numbers, _ = self.encoder_.transform(X)
        self.mixture_ = fit_mixture(
            [(c["n_tokens"], c["continuous"]) for c in self.encoder_.columns_],
            tokens,
            numbers,
            self.n_components,
            copies,
            self.covariance_prior,
            rng,
        )
        self.weights_ = np.exp(self.mixture_.log_weights)
        self.n_components_ = len(self.weights_)
        return self

    # -- scores ------------------------------------------------------------------------

    def score_samples(self, X, *, ties=None):
        """Log-density of each row, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        ties : {"mass", "density"}, default=None
            What numeric values with masses contribute: the logarithm of their mass, or
            that of the density of a number drawn uniformly from their cell; None is the
            parameter `ties`.

        Returns
        -------
        log_density : ndarray of shape (n_samples,), dtype float64
            In the units of `X`: log-masses of categories, booleans, missing values and
            numbers of few values, plus log-densities of the other numbers; integers
            among these by the mass of an interval of length 1.

        Raises
        ------
        ValueError
            If a value is missing in a column that had none in `fit`.
        """
        tokens, numbers, extra = self._encode(X, ties)
        joint = self.mixture_.log_joint(tokens, numbers)
        return logsumexp(joint, axis=1) + extra.sum(axis=1)

    def score_columns(self, X, *, ties=None):
        """Split the log-density of each row into what each column adds.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        ties : {"mass", "density"}, default=None
            See `score_samples`.

        Returns
        -------
        terms : ndarray of shape (n_samples, n_features)
            Log-density of each column given those before it, in nats; rows sum to
            `score_samples`.
        """
        tokens, numbers, extra = self._encode(X, ties)
        return self.mixture_.conditionals(tokens, numbers) + extra

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
            Mean of `score_samples` with the parameter `ties`.
        """
        return float(self.score_samples(X).mean())

    def predict_proba(self, X):
        """Probability of each component.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_components)
            Rows sum to 1.
        """
        tokens, numbers, _ = self._encode(X, None)
        joint = self.mixture_.log_joint(tokens, numbers)
        return np.exp(joint - logsumexp(joint, axis=1, keepdims=True))

    def predict(self, X):
        """Most probable component of each row.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        labels : ndarray of int, shape (n_samples,)
            Index of a component.
        """
        return self.predict_proba(X).argmax(axis=1)

    def _encode(self, X, ties):
        check_is_fitted(self)
        ties = self._check_ties(ties)
        X = self._read_X(X, reset=False)
        tokens, _, numbers, extra = self.encoder_.transform(X, ties=ties)
        return tokens, numbers, extra

    # -- draws -------------------------------------------------------------------------

    def sample(self, n_samples=1, *, given=None, random_state=None):
        """Draw rows, all columns or those that are not given.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        given : dict, DataFrame or Series, default=None
            Values of some columns, by name or index: one value for all rows, or one for
            each; a frame of one row or of all, or a row of a frame.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Rows in the container and dtypes that `fit` saw, within the ranges of its
            numbers.

        Raises
        ------
        ValueError
            If a given column is unknown, or has another number of values than rows, or
            one that `fit` did not see in a column whose values have masses.
        """
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        rng = own_generator(random_state)
        rows, tokens, numbers, known = rows_of(self.encoder_, given, n_samples)
        tokens[:, ~known] = -1
        drawn = self._complete(tokens, numbers, rng, full=False)
        return put_back(self.encoder_, drawn, rows, known)

    def impute(self, X, *, strategy="draw", n_imputations=None, random_state=None):
        """Fill in the missing values of rows, given the others.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows with missing values, also in columns that had none in `fit`.
        strategy : {"draw", "mean"}, default="draw"
            ``"draw"`` draws them, so that the table has the spread it should have;
            ``"mean"`` gives the mean of numbers and the most probable category, which
            are off by the least.
        n_imputations : int, default=None
            With ``"draw"`` the number of tables to return in a list, for multiple
            imputation; None returns one table.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features), or list of these
            Rows without missing values, but in a column of which `fit` saw nothing
            else; entries that were there are unchanged.

        Raises
        ------
        ValueError
            If the dtype of a column of `X` cannot hold what is found for it.
        """
        check_is_fitted(self)
        check_strategy(strategy, n_imputations)
        X, holes, rows, tokens, numbers = self._with_gaps(X)
        rng = own_generator(random_state)
        if strategy == "mean":
            found = self._expected(tokens, numbers, holes[rows])
            return fill_in(X, holes, rows, found) if rows.size else X.copy()
        tables = []
        for _ in range(n_imputations or 1):
            drawn = self._complete(tokens, numbers, rng, full=True)
            tables.append(fill_in(X, holes, rows, drawn) if rows.size else X.copy())
        return tables[0] if n_imputations is None else tables

    def impute_interval(self, X, *, coverage=0.9):
        """Intervals that hold missing numbers with a given probability.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows with missing values.
        coverage : float, default=0.9
            Probability of each interval; as much is left out below as above.

        Returns
        -------
        low, high : ndarray of shape (n_samples, n_features)
            Bounds: quantiles of each missing number given what the row has, the number
            itself where it is known, NaN for categories. In tables of fewer than 3,000
            rows they are widened until they hold numbers of rows left out.
        """
        check_is_fitted(self)
        check_coverage(coverage)
        X, holes, rows, tokens, numbers = self._with_gaps(X)
        tails = (0.5 - coverage / 2, 0.5 + coverage / 2)
        bounds = self._quantiles(tokens, numbers, holes[rows], tails)
        return interval_table(X, holes, rows, *bounds)

    def _with_gaps(self, X):
        """Rows, what they lack, and the rows that lack something, encoded."""
        X = self._read_X(X, reset=False)
        holes, rows = missing_entries(X)
        if not rows.size:
            nothing = np.zeros((0, X.shape[1]))
            return X, holes, rows, nothing.astype(np.int64), nothing
        tokens, _, numbers, _ = self.encoder_.transform(rows_at(X, rows), unknown=True)
        return X, holes, rows, tokens, numbers

    def _barred(self, full):
        """Tokens that are not drawn: missing values, where there are others."""
        return [
            c["missing"] if full and c["n_tokens"] > 1 else None
            for c in self.encoder_.columns_
        ]

    def _complete(self, tokens, numbers, rng, *, full):
        bounds = [
            None if c["continuous"] is None else self.encoder_.in_range(j)
            for j, c in enumerate(self.encoder_.columns_)
        ]
        parts = [
            self.mixture_.complete(
                tokens[i : i + _ROWS],
                numbers[i : i + _ROWS],
                rng,
                bounds,
                self._barred(full),
            )
            for i in range(0, max(1, len(tokens)), _ROWS)
        ]
        tokens, numbers = (np.concatenate(p) for p in zip(*parts, strict=True))
        for j in range(tokens.shape[1]):
            numbers[:, j] = self.encoder_.numbers_of(j, tokens[:, j], numbers[:, j])[1]
        return self.encoder_.inverse_transform(tokens, numbers)

    def _beliefs(self, tokens, numbers, holes):
        """Tell what each gap may hold, column by column.

        Yields
        ------
        rows : ndarray of int
            Rows in which the column is missing.
        j : int
            The column.
        shares : ndarray of shape (len(rows), n_tokens)
            Posterior probability of each token.
        weights, means, deviations : ndarray of shape (len(rows), n_components)
            Of the Gaussians that a number has; None for a column without.
        """
        mixture, barred = self.mixture_, self._barred(True)
        for i in range(0, len(tokens), _ROWS):
            part = slice(i, i + _ROWS)
            posterior, means, variances = mixture.moments(tokens[part], numbers[part])
            for j, (n_tokens, continuous) in enumerate(mixture.columns):
                rows = np.flatnonzero(holes[part, j])
                if not rows.size:
                    continue
                own = np.ones((len(mixture), n_tokens))
                if mixture.log_shares[j] is not None:
                    own = np.exp(mixture.log_shares[j])
                if barred[j] is not None:
                    own[:, barred[j]] = 0.0
                    # Those that expect it to be missing say little of what it holds.
                joint = posterior[rows][:, :, None] * own
                joint /= joint.sum(axis=(1, 2), keepdims=True)
                gaussians = None, None, None
                if continuous is not None:
                    place = mixture.places.index(j)
                    weights = joint[:, :, continuous]
                    total = weights.sum(axis=1, keepdims=True)
                    gaussians = (
                        weights / np.maximum(total, 1e-300),
                        means[:, rows, place].T,
                        np.sqrt(np.maximum(variances[:, rows, place].T, 1e-12)),
                    )
                yield rows + i, j, joint.sum(axis=1), *gaussians

    def _expected(self, tokens, numbers, holes):
        """Rows whose gaps hold means of numbers and the most probable categories."""
        encoder = self.encoder_
        found = [
            encoder.values_of(j, np.maximum(tokens[:, j], 0), numbers[:, j])
            for j in range(tokens.shape[1])
        ]
        for rows, j, shares, weights, means, deviations in self._beliefs(
            tokens, numbers, holes
        ):
            if encoder.kinds_[j] == "category":
                found[j][rows] = shares.argmax(axis=1)
                continue
            values, continuous = self._values(j), encoder.columns_[j]["continuous"]
            mean = shares @ np.where(np.isnan(values), 0.0, values)
            if continuous is not None:
                z = means[:, :, None] + deviations[:, :, None] * _NODES
                x = encoder.values_of(j, np.full(z.shape, continuous), z)
                mean += shares[:, continuous] * (weights * (x @ _NODE_WEIGHTS)).sum(1)
            found[j] = found[j].astype(np.float64)
            found[j][rows] = mean
        return restored(encoder, found)

    def _values(self, j):
        """Numbers of the tokens of a column, NaN for those that have none."""
        column = self.encoder_.columns_[j]
        values = np.full(column["n_tokens"], np.nan)
        values[: len(column["values"])] = column["values"]
        return values

    def _quantiles(self, tokens, numbers, holes, levels):
        """Quantiles of gaps, NaN where there are none and for categories."""
        encoder = self.encoder_
        found = np.full((len(levels), *holes.shape), np.nan)
        for rows, j, shares, weights, means, deviations in self._beliefs(
            tokens, numbers, holes
        ):
            if encoder.kinds_[j] == "category":
                continue
            values, continuous = self._values(j), encoder.columns_[j]["continuous"]
            atoms = np.flatnonzero(~np.isnan(values))
            order = atoms[np.argsort(values[atoms])]
            for i, level in enumerate(levels):
                if continuous is None:
                    reached = shares[:, order].cumsum(axis=1) >= level * shares[
                        :, order
                    ].sum(axis=1, keepdims=True)
                    found[i, rows, j] = values[order][reached.argmax(axis=1)]
                    continue
                deviations = deviations * (self.mixture_.widening if not i else 1.0)
                at = np.array(encoder.columns_[j]["scores"])[: len(values)][atoms]
                low, high = (np.full(len(rows), b) for b in encoder.in_range(j))
                total = shares[:, continuous] + shares[:, atoms].sum(axis=1)
                for _ in range(_HALVINGS):
                    z = (low + high) / 2
                    below = (weights * ndtr((z[:, None] - means) / deviations)).sum(1)
                    below *= shares[:, continuous]
                    below += (shares[:, atoms] * (at <= z[:, None])).sum(axis=1)
                    above = below >= level * total
                    low, high = np.where(above, low, z), np.where(above, z, high)
                x = encoder.values_of(j, np.full(len(rows), continuous), high)
                for atom, z in zip(values[atoms], at, strict=True):
                    x[np.abs(high - z) < 1e-6] = atom
                found[i, rows, j] = x
        return found

"""AutoregressiveDensity: each column of a table given the columns before it."""

from numbers import Integral

import numpy as np
import pandas as pd
import torch
from scipy.special import logsumexp
from sklearn.utils.validation import check_is_fitted

from .._compat import Interval, StrOptions
from ..base import NeuralDensity
from ..encoding import TokenEncoder
from ..encoding._columns import as_container, is_frame
from ..encoding.checks import check_n_samples, check_widths
from ..encoding.copies import equal_rows, fold_of_rows, without_repeats
from ..encoding.given import index_of
from ..encoding.random_state import own_generator
from ..nn import ColumnNets, ColumnSpec
from ..training import BestParts, TrainingData, make_generator
from ._experts import ColumnExperts
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
from ._initial_values import initial_values
from ._inputs import N_INPUTS, choose_inputs
from ._rows import RowSampler
from ._ties import HoldsMasses

# Rows below which n_estimators="auto" averages models, beside which mixtures stand.
_SMALL = 2000
_FEWEST = 20
_MEMBERS = 4
_WIDE = 64  # columns beyond which there is one model, without mixtures
_ENTRIES = 4_000_000  # inputs of all networks that are held at a time


class AutoregressiveDensity(HoldsMasses, NeuralDensity):
    r"""Density of a table of mixed types, column by column.

    .. math:: p(x) = \prod_j p(x_j \mid x_1, \dots, x_{j-1})

    A small network for each column tells what comes next: a softmax over categories,
    missing values and the values of numeric columns that repeat; a mixture of Gaussians
    around a linear prediction for numbers that do not. Networks overfit at different
    times, so each stops, and keeps its best weights, by its own validation loss.

    It scores rows, draws new ones with the dtypes, categories, ranges and missing
    values of the table, draws columns given others, and fills in missing values.

    Parameters
    ----------
    order : "random", array-like of shape (n_features,) or None, default=None
        Order of the columns: their names or their indices; None is the order of the
        table. Leading columns have exact marginals and are conditioned on exactly.
    n_estimators : int or "auto", default="auto"
        Number of models whose densities are averaged; they differ in their initial
        weights, and with ``order="random"`` in their orders. More cost in proportion
        and score higher in small tables. ``"auto"``: 4 in tables of fewer than 2,000
        rows and at most 64 columns, else 1.
    discrete : {"auto"} or None, default="auto"
        ``"auto"`` gives masses to the values of a numeric column if there are at least
        5 rows for each in the mean, and to a single value that carries much mass in
        another. None gives every column of numbers with more than two values a density,
        to be compared with those of continuous models.
    ties : {"mass", "density"}, default="mass"
        What `score` counts for numeric values that repeat, see `score_samples`.
    hidden : tuple of int, default=(48, 48)
        Widths of each network's hidden layers.
    embedding_size : int, default=8
        Length of the embeddings of tokens.
    n_components : int, default=8
        Components of each mixture.
    max_epochs : int or "auto", default="auto"
        Passes over the rows; ``"auto"``: 4,000 steps, fewer beyond 20 columns, in 1 to
        40 epochs.
    batch_size : int, default=256
        Rows of a batch; fewer in small tables, so that an epoch has 8 steps.
    learning_rate : float, default=6e-3
        Step size of AdamW, decaying to zero by a cosine.
    weight_decay : float, default=0.3
        Decoupled weight decay.
    early_stopping : bool, default=True
        Whether to hold rows out, to stop when their loss no longer falls and to keep
        the best weights.
    validation_fraction : float, default=0.1
        Share of the rows held out for early stopping.
    n_iter_no_change : int, default=5
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
    encoder_ : TokenEncoder
        Which entries have masses and which have densities, in ``columns_``.
    orders_ : ndarray of shape (n_models, n_features)
        Column indices in the order of each model.
    weights_ : dict of ndarray
        Weights of the networks.
    history_ : list of dict
        Losses of each epoch; ``kept_loss`` sums the best validation losses of the
        networks.
    n_epochs_ : int
        Epochs trained.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    FlowDensity : Normalizing flows, for continuous tables.
    PixelCNNDensity : The same idea for images.

    Notes
    -----
    Weight decay draws each conditional to the column's marginal, or to the linear
    prediction; that is where the networks start, and where one stays that is not
    significantly better on the held-out rows. A network that does not improve for
    `n_iter_no_change` epochs rests, and training ends when all rest.

    Compare the scores of densities only if they measure the same: a mass is at most 1,
    a density has the unit of one over that of the column, and on values that repeat a
    density can be made as high as one likes. ``score_samples(X, ties="density")``
    spreads the mass of each repeated number over its cell and so compares with a
    continuous density on ``dequantize(X)``; `discrete` None has densities only.

    References
    ----------
    M. Germain, K. Gregor, I. Murray, H. Larochelle, "MADE: masked autoencoder for
    distribution estimation", ICML 2015, equation 3. H. Larochelle, I. Murray, "The
    neural autoregressive distribution estimator", AISTATS 2011. B. Uria, I. Murray,
    H. Larochelle, "RNADE: the real-valued neural autoregressive density-estimator",
    NeurIPS 2013 (mixtures for numbers).

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skgen.density import AutoregressiveDensity
    >>> X, _ = load_wine(return_X_y=True, as_frame=True)
    >>> model = AutoregressiveDensity(max_epochs=3, random_state=0).fit(X[:150])
    >>> model.score_samples(X[150:]).shape
    (28,)
    >>> model.sample(2, random_state=0).columns.equals(X.columns)
    True
    """

    _parameter_constraints = {
        "order": [StrOptions({"random"}), "array-like", None],
        "n_estimators": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "discrete": [StrOptions({"auto"}), None],
        "ties": [StrOptions({"mass", "density"})],
        "hidden": ["array-like"],
        "embedding_size": [Interval(Integral, 1, None, closed="left")],
        "n_components": [Interval(Integral, 1, None, closed="left")],
    }
    _parts = {"encoder_": (TokenEncoder,), "experts_": (ColumnExperts,)}
    _keeps_dtypes = True
    _auto_epochs = (1, 40)
    _min_steps = 8

    def __init__(
        self,
        *,
        order=None,
        n_estimators="auto",
        discrete="auto",
        ties="mass",
        hidden=(48, 48),
        embedding_size=8,
        n_components=8,
        max_epochs="auto",
        batch_size=256,
        learning_rate=6e-3,
        weight_decay=0.3,
        early_stopping=True,
        validation_fraction=0.1,
        n_iter_no_change=5,
        warm_start=False,
        callbacks=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self._store(locals())

    # -- fit ---------------------------------------------------------------------------

    def _prepare(self, X, y, goes_on, streams):
        copies = equal_rows(as_container(X))
        if not goes_on:
            self._hidden = check_widths(self.hidden, fewest=1)
            self.orders_ = self._find_orders(X, streams("orders"))
            # Values that repeat because whole rows do are no levels.
            self.encoder_ = TokenEncoder(discrete=self.discrete).fit(
                without_repeats(X, copies)
            )
            self.experts_ = None
            self._has_folds = (
                self.n_estimators == "auto"
                and not isinstance(self.order, str)
                and _FEWEST <= len(X) < _SMALL
                and X.shape[1] <= _WIDE
            )
        tokens, codes, numbers, _ = self.encoder_.transform(X)
        if not goes_on:
            self.inputs_ = None
            if X.shape[1] > N_INPUTS + 1:
                self.inputs_ = choose_inputs(
                    self.encoder_,
                    tokens,
                    codes,
                    numbers,
                    self.orders_,
                    streams("inputs"),
                )
        if not self._has_folds:
            return TrainingData([tokens, codes, numbers], copies=copies)
        fold = fold_of_rows(len(X), _MEMBERS, streams("folds"), copies)
        return TrainingData([tokens, codes, numbers, fold])

    def _copies(self, X, data):
        return data.copies  # None where folds keep equal rows together

    def _batches(self, data, train, held_out, generator):
        if self._has_folds:  # each member learns from the rows of the other folds
            train = np.arange(len(data))
            held_out = train if self.early_stopping else train[:0]
        return super()._batches(data, train, held_out, generator)

    def _networks(self, data):
        if all(
            c["n_tokens"] == 1 and c["continuous"] is None
            for c in self.encoder_.columns_
        ):
            return {}  # each column holds one value

        def recipe():
            """Nets that start as linear predictions and marginals."""
            nets = self._build_module("module")
            tokens, _, numbers, *fold = data.arrays
            if not fold:
                tokens, numbers = tokens[data.train], numbers[data.train]
            for m, values in initial_values(
                nets, self.encoder_, tokens, numbers, *fold
            ):
                nets.start(m, **values)
            return nets

        return recipe

    @property
    def _auto_steps(self):
        # A step costs by the column, and the last steps gain little in many.
        return max(1500, int(4000 * min(1, 20 / self.n_features_in_)))

    def _objectives(self, data):
        return _of_other_folds if self._has_folds else _negative_log_likelihood

    def _net_options(self, data):
        return {
            "betas": (0.9, 0.99),
            "schedule": "cosine",
            "ema": 0.995,
            "best": BestParts,
        }

    def _finish(self, data, streams):
        self.weights_.setdefault("module.orders", self.orders_)
        if not self._has_folds or len(self.weights_) == 1:
            return
        if not _FEWEST <= len(data) < _SMALL:
            return  # a chunk of another size than the first
        tokens, codes, numbers, fold = data.arrays
        if np.bincount(fold, minlength=_MEMBERS).min() == 0:
            return  # all rows of a chunk are equal
        terms = self._net_terms(tokens, codes, numbers)
        own = terms[np.arange(len(fold)), fold]  # by the member that has not seen it
        self.experts_ = ColumnExperts(self.encoder_, self.orders_[0]).fit(
            tokens, numbers, fold, own, streams("mixtures")
        )

    def _net_terms(self, tokens, codes, numbers):
        """Give what each member says of each column, (n_rows, n_members, d)."""
        _, nets = self._fitted_module()
        size = _ENTRIES // max(1, len(nets.heads) * nets.width)
        size = int(np.clip(size, 64, 2048)) // 16 * 16
        terms = self._run(tokens, codes, numbers, cpu_chunk_size=size)
        found = np.zeros((len(terms), len(self.orders_), tokens.shape[1]))
        for m, head in enumerate(nets.heads):
            found[:, head.member, head.column] += terms[:, m]
        return found

    def _find_orders(self, X, random_state):
        """Order of each model."""
        d, n_models = X.shape[1], self.n_estimators
        if n_models == "auto":
            n_models = _MEMBERS if len(X) < _SMALL and d <= _WIDE else 1
        if isinstance(self.order, str):
            return np.stack([random_state.permutation(d) for _ in range(n_models)])
        if self.order is None:
            first = np.arange(d)
        else:
            names = X.columns.tolist() if is_frame(X) else list(range(d))
            first = np.array([index_of(name, names) for name in self.order])
            if sorted(first.tolist()) != list(range(d)):
                raise ValueError(
                    f"order must name each of the {d} columns once, got {self.order!r}."
                )
        return np.tile(first, (n_models, 1))

    def _build_module(self, player):
        columns = [
            ColumnSpec(
                c["n_tokens"],
                c["n_codes"],
                c["continuous"],
                None if c["groups"] is None else tuple(c["groups"].tolist()),
            )
            for c in self.encoder_.columns_
        ]
        return ColumnNets(
            columns,
            self.orders_.tolist(),
            hidden=self._hidden,
            embedding_size=self.embedding_size,
            n_components=self.n_components,
            inputs=None
            if self.inputs_ is None
            else [[own[own >= 0] for own in member] for member in self.inputs_],
        )

    # -- scores ------------------------------------------------------------------------

    def score_samples(self, X, *, ties=None, marginal=False):
        """Log-density of each row, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows; with `marginal` their first columns.
        ties : {"mass", "density"}, default=None
            What numeric values that repeat contribute: the logarithm of their mass, or
            that of the density of a number drawn uniformly from their cell, which
            reaches half-way to the neighbouring values; see `dequantize`. None is the
            parameter `ties`.
        marginal : bool, default=False
            Whether `X` holds only the columns that come first in the order of the
            model, whose marginal density is asked for: in a DataFrame by their names,
            in an array the first columns of the table.

        Returns
        -------
        log_density : ndarray of shape (n_samples,), dtype float64
            In the units of `X`: log-masses of tokens (categories, booleans, missing
            values, numbers that repeat) plus log-densities of other numbers; integers
            among these by the mass of an interval of length 1.

        Raises
        ------
        ValueError
            If columns other than the leading ones are missing, if the models'
            orders differ in which columns lead, or a value is missing in a column
            that had none in `fit`.
        """
        check_is_fitted(self)
        ties = self._check_ties(ties)
        given = np.ones(self.n_features_in_, dtype=bool)
        if marginal:
            X, given = self._fill_up(X)
        else:
            X = self._read_X(X, reset=False)
        terms, extra = self._terms(X, ties, ~given)
        scores = []
        for own, order in zip(terms.transpose(1, 0, 2), self.orders_, strict=False):
            leading = order[: given.sum()]
            scores.append(own[:, leading].sum(axis=1) + extra[:, leading].sum(axis=1))
        return logsumexp(scores, axis=0) - np.log(len(scores))

    def _terms(self, X, ties, unknown=False):
        """Conditionals of columns, (n_rows, n_members, d), and terms of their units.

        Where there are experts, all members are one.
        """
        tokens, codes, numbers, extra = self.encoder_.transform(
            X, ties=ties, unknown=unknown
        )
        terms = self._net_terms(tokens, codes, numbers)
        if self.experts_ is not None:
            mean = logsumexp(terms, axis=1) - np.log(terms.shape[1])
            terms = self.experts_.mix(mean, tokens, numbers)[:, None]
        return terms, extra

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
            `score_samples`. Of several models with orders of their own it is the mean
            by how likely the row is in each.
        """
        check_is_fitted(self)
        X = self._read_X(X, reset=False)
        terms, extra = self._terms(X, self._check_ties(ties))
        whole = terms.sum(axis=2)
        total = logsumexp(whole, axis=1, keepdims=True)
        shares = np.exp(whole - total)
        found = np.einsum("nk,nkd->nd", shares, terms)
        rest = total[:, 0] - np.log(terms.shape[1]) - found.sum(axis=1)
        return found + rest[:, None] / terms.shape[2] + extra

    def _fill_up(self, X):
        """Rows of leading columns with the others missing, and which lead."""
        if not isinstance(X, pd.DataFrame):
            X = pd.DataFrame(np.asarray(X))
        whole = self.encoder_.empty_columns(len(X))
        found = {index_of(name, whole.columns.tolist()) for name in X.columns}
        leading = {frozenset(order[: len(found)].tolist()) for order in self.orders_}
        if leading != {frozenset(found)}:
            first = whole.columns[self.orders_[0][: len(found)]].tolist()
            raise ValueError(
                "a marginal needs the columns that come first in the order of each "
                f"model, {first} in that of the first one, got {X.columns.tolist()}; "
                "fit with `order` beginning with these and n_estimators=1."
            )
        for name in X.columns:
            whole[whole.columns[index_of(name, whole.columns.tolist())]] = X[name].array
        return whole, np.isin(np.arange(whole.shape[1]), list(found))

    def dequantize(self, X, *, random_state=None):
        """Spread each number that repeats over its cell.

        Densities of continuous models on these rows compare with
        ``score_samples(X, ties="density")``: the density is constant in the cell.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            Numbers; those that repeat plus uniform noise over the cell that reaches
            half-way to the neighbouring values of the column.

        Raises
        ------
        ValueError
            If there are columns that hold no numbers.
        """
        check_is_fitted(self)
        rng = own_generator(random_state)
        return self.encoder_.dequantize(self._read_X(X, reset=False), rng)

    # -- draws -------------------------------------------------------------------------

    def sample(self, n_samples=1, *, given=None, n_particles=32, random_state=None):
        """Draw rows, all columns or those that are not given.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        given : dict, DataFrame or Series, default=None
            Values of some columns, by name or index: one value for all rows, or
            one for each; a frame of one row or of all, or a row of a frame.
        n_particles : int, default=32
            Candidates for each row where columns are given that do not come first: they
            are drawn in order and resampled by how likely the given values are after
            them (sequential Monte Carlo). More come closer to the exact conditional;
            given columns that come first need none.
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

        References
        ----------
        A. Doucet, N. de Freitas, N. Gordon, "Sequential Monte Carlo methods in
        practice", 2001.
        """
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        sampler = self._sampler(n_particles, random_state)
        rows, tokens, numbers, known = rows_of(self.encoder_, given, n_samples)
        if not known.any():
            return self.encoder_.inverse_transform(*sampler.draw(n_samples))
        known = np.broadcast_to(known, tokens.shape)
        drawn = self.encoder_.inverse_transform(
            *sampler.complete(tokens, numbers, known)
        )
        return put_back(self.encoder_, drawn, rows, known[0])

    def impute(
        self,
        X,
        *,
        strategy="draw",
        n_imputations=None,
        n_particles=32,
        random_state=None,
    ):
        """Fill in the missing values of rows, given the others.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows with missing values, also in columns that had none in `fit`.
        strategy : {"draw", "mean"}, default="draw"
            ``"draw"`` draws them, so that the table has the spread it should have;
            ``"mean"`` gives the mean of numbers and the most frequent category of
            `n_particles` draws, which are off by less, at the price of one.
        n_imputations : int, default=None
            With ``"draw"`` the number of tables to return in a list, for multiple
            imputation; None returns one table.
        n_particles : int, default=32
            Candidates for each row, see `sample`.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features), or list of these
            Rows without missing values, but in a column of which `fit` saw nothing
            else; entries that were there are unchanged. Columns keep their dtypes;
            whole numbers that were floats because of missing ones are integers again.

        Raises
        ------
        ValueError
            If the dtype of a column of `X` cannot hold what is found for it.
        """
        check_is_fitted(self)
        check_strategy(strategy, n_imputations)
        X = self._read_X(X, reset=False)
        holes, rows = missing_entries(X)
        if n_imputations is not None and n_imputations > n_particles:
            n_particles = n_imputations
        sampler = self._sampler(n_particles, random_state)
        if not rows.size:
            return X.copy() if n_imputations is None else [X.copy()] * n_imputations
        tokens, _, numbers, _ = self.encoder_.transform(rows_at(X, rows), unknown=True)
        known = ~holes[rows]
        if strategy == "mean":
            found = self._expected(sampler, tokens, numbers, holes[rows])
            return fill_in(X, holes, rows, found)
        if n_imputations is None:
            drawn = sampler.complete(tokens, numbers, known, full=True)
            return fill_in(X, holes, rows, self.encoder_.inverse_transform(*drawn))
        rng = own_generator(random_state)
        tables = np.empty((n_imputations, *tokens.shape), dtype=np.int64)
        values = np.empty(tables.shape)
        for part, own_tokens, own_numbers in sampler.particles(tokens, numbers, known):
            some = rng.permutation(n_particles)[:n_imputations]
            tables[:, part] = own_tokens[:, some].transpose(1, 0, 2)
            values[:, part] = own_numbers[:, some].transpose(1, 0, 2)
        return [
            fill_in(X, holes, rows, self.encoder_.inverse_transform(*drawn))
            for drawn in zip(tables, values, strict=True)
        ]

    def impute_interval(self, X, *, coverage=0.9, n_particles=200, random_state=None):
        """Intervals that hold missing numbers with a given probability.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows with missing values.
        coverage : float, default=0.9
            Probability of each interval; as much is left out below as above.
        n_particles : int, default=200
            Draws whose quantiles the bounds are.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        low, high : ndarray of shape (n_samples, n_features)
            Bounds of each missing number given what the row has, the number itself
            where it is known, NaN for categories.
        """
        check_is_fitted(self)
        check_coverage(coverage)
        X = self._read_X(X, reset=False)
        holes, rows = missing_entries(X)
        sampler = self._sampler(n_particles, random_state)
        bounds = np.full((2, len(rows), X.shape[1]), np.nan)
        levels = 0.5 - coverage / 2, 0.5 + coverage / 2
        if rows.size:
            part = rows_at(X, rows)
            tokens, _, numbers, _ = self.encoder_.transform(part, unknown=True)
            for some, *drawn in sampler.particles(tokens, numbers, ~holes[rows]):
                for j, values in self._drawn_values(*drawn, holes[rows][some]):
                    if self.encoder_.kinds_[j] != "category":
                        bounds[:, some, j] = np.quantile(values, levels, axis=1)
        return interval_table(X, holes, rows, *bounds)

    def _expected(self, sampler, tokens, numbers, holes):
        """Rows whose gaps hold means of numbers and the most frequent categories."""
        encoder = self.encoder_
        found = [
            encoder.values_of(j, np.maximum(tokens[:, j], 0), numbers[:, j]) + 0
            for j in range(tokens.shape[1])
        ]
        found = [
            x if kind == "category" else x.astype(np.float64)
            for x, kind in zip(found, encoder.kinds_, strict=True)
        ]
        for part, *drawn in sampler.particles(tokens, numbers, ~holes):
            for j, values in self._drawn_values(*drawn, holes[part]):
                if encoder.kinds_[j] == "category":
                    counts = np.eye(encoder.columns_[j]["n_tokens"])[values].sum(axis=1)
                    own = counts.argmax(axis=1)
                else:
                    own = values.mean(axis=1)
                found[j][part] = np.where(holes[part, j], own, found[j][part])
        return restored(encoder, found)

    def _drawn_values(self, tokens, numbers, holes):
        """Values of the columns that have gaps, each (n_rows, n_particles)."""
        for j in np.flatnonzero(holes.any(axis=0)):
            yield j, self.encoder_.values_of(j, tokens[:, :, j], numbers[:, :, j])

    def _sampler(self, n_particles, random_state):
        if (
            not isinstance(n_particles, Integral)
            or isinstance(n_particles, bool)
            or n_particles < 1
        ):
            raise ValueError(
                "n_particles must be a whole number of at least 1, got "
                f"{n_particles!r}."
            )
        device, nets = self._placed_module()
        rng = own_generator(random_state)
        return RowSampler(
            nets,
            self.encoder_,
            self.orders_,
            generator=make_generator(rng, device),
            n_particles=n_particles,
            experts=self.experts_,
        )


def _negative_log_likelihood(step):
    """Sum over the nets of their mean losses."""
    losses = -step.player(*step.batch)
    step.shared["row_losses"] = losses
    return losses.mean(dim=0).sum()


def _of_other_folds(step):
    """Loss of each member on the folds that it learns from, or is judged by."""
    *rows, fold = step.batch
    losses = -step.player(*rows)
    member = torch.tensor([h.member for h in step.player.heads], device=losses.device)
    own = fold[:, None] == member
    step.shared["row_losses"] = losses.masked_fill(~own, torch.nan)
    counts = own if not step.player.training else ~own
    total = (losses * counts).sum(dim=0) / counts.sum(dim=0).clamp(min=1)
    return total.sum()

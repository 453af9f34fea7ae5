"""SequenceDensity: what comes next, step by step."""

from functools import partial
from numbers import Integral, Real

import numpy as np
import pandas as pd
import torch
from sklearn.utils.validation import check_is_fitted

from .._compat import Interval, StrOptions
from ..base import NeuralDensity
from ..encoding._sequence import SequenceEncoder
from ..encoding.checks import check_n_samples
from ..encoding.random_state import own_generator
from ..nn._sequence import BODIES, SequenceNet, named_body
from ..training import (
    SeededDraws,
    TrainingData,
    build_network,
    make_generator,
    run_network,
)
from ._draws import SequenceSampler

_CHUNK = 256  # sequences scored at a time


class SequenceDensity(NeuralDensity):
    r"""Autoregressive density of sequences, of notes, categories or numbers.

    .. math:: \log p(x) = \sum_t \sum_f \log p(x_{tf} \mid x_{<t}, x_{t,<f})

    A recurrent network sums up the steps before; a small network for each feature of a
    step sees this and the features before it. Likelihoods are exact, and sequences are
    drawn or continued step by step.

    Parameters
    ----------
    sequence_shape : tuple, default=None
        ``(n_steps, n_features)`` of rows in C order; a shorter sequence ends in NaN.
        None: each column is a step of one number.
    module : {"gru", "conv"} or callable, default="gru"
        What sums up the steps: gated recurrent units, causal convolutions that see 32
        steps, or a recipe ``module(n_inputs)`` of a causal network, which maps
        (batch, n_steps, n_inputs) to (batch, n_steps, n_outputs).
    n_channels : int, default=256
        Units or channels of the named networks.
    dropout : float in [0, 1), default=0.4
        Share of the inputs and of the outputs of `module` that are dropped in training.
    embedding_size : int, default=16
        Length of the embeddings of tokens.
    n_components : int, default=8
        Gaussians in the density of a number.
    discrete : {"auto"} or None, default="auto"
        ``"auto"`` gives masses to the values of a feature whose values repeat, None a
        density to every feature with more than two values.
    augment : callable, default=None
        ``augment(X)`` returns further rows to learn from, in blocks of ``len(X)`` rows
        in the order of `X`, :func:`skgen.datasets.transpose_chords` for instance. They
        are held out together with the row that they are made of.
    max_epochs : int or "auto", default="auto"
        Passes over the rows; ``"auto"``: 3,000 steps, in 10 to 400 epochs.
    batch_size : int, default=16
        Rows of a batch.
    learning_rate : float, default=4e-3
        Largest step size of AdamW, which rises and falls along a cosine.
    weight_decay : float, default=1e-2
        Decoupled weight decay.
    early_stopping : bool, default=True
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
    encoder_ : SequenceEncoder
        Tokens and scales of the features.
    sequence_shape_ : tuple of int
        Steps and features.
    weights_ : dict of ndarray
        Weights of the network.
    history_ : list of dict
        Losses of each epoch, in nats per step.
    n_epochs_ : int
        Epochs trained.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    AutoregressiveDensity : Rows whose columns differ in kind.
    skgen.datasets.fetch_chorales : Chords to learn from.

    Notes
    -----
    All steps share the encoding of a feature and the networks. Where sequences of the
    fit differ in length, each step after the first has a probability that the sequence
    is over, and likelihoods count it; where none does, a shorter sequence is a
    beginning.

    References
    ----------
    N. Boulanger-Lewandowski, Y. Bengio, P. Vincent, "Modeling temporal dependencies in
    high-dimensional sequences", ICML 2012 (recurrent sums of what was, a density of
    the features of a step). K. Cho et al., "Learning phrase representations using RNN
    encoder-decoder", EMNLP 2014 (gated recurrent units). A. van den Oord et al.,
    "WaveNet", 2016 (causal convolutions).

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.density import SequenceDensity
    >>> steps = np.random.default_rng(0).choice([-1, 1], (200, 12)).cumsum(axis=1)
    >>> model = SequenceDensity(n_channels=16, max_epochs=30, random_state=0).fit(steps)
    >>> model.score_steps(steps).shape
    (200, 12)
    >>> beginning = np.where(np.arange(12) < 4, steps[:3], np.nan)
    >>> model.complete(beginning, random_state=0).shape
    (3, 12)
    """

    _parameter_constraints = {
        "sequence_shape": ["array-like", None],
        "module": [StrOptions(set(BODIES)), callable],
        "n_channels": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "embedding_size": [Interval(Integral, 1, None, closed="left")],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "discrete": [StrOptions({"auto"}), None],
        "augment": [callable, None],
    }
    _parts = {"encoder_": (SequenceEncoder,)}
    # What ends in NaN is read, what has gaps is not.
    _allows_nan = False
    _reads_nan = True  # where a sequence has ended
    _only_numbers = "the steps of sequences"
    _min_steps = 4

    def __init__(
        self,
        sequence_shape=None,
        *,
        module="gru",
        n_channels=256,
        dropout=0.4,
        embedding_size=16,
        n_components=8,
        discrete="auto",
        augment=None,
        max_epochs="auto",
        batch_size=16,
        learning_rate=4e-3,
        weight_decay=1e-2,
        early_stopping=True,
        validation_fraction=0.1,
        n_iter_no_change=10,
        warm_start=False,
        callbacks=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self._store(locals())

    # -- learning ----------------------------------------------------------------------

    def _read(self, X, y, goes_on, classes):
        rows = self._read_X(X, reset=not goes_on)
        frame = X if isinstance(X, pd.DataFrame) else None
        return (rows, frame), self._read_y(y, len(rows), goes_on, classes)

    def _prepare(self, X, y, goes_on, streams):
        rows, frame = X
        n_rows = len(rows)
        if self.augment is not None:
            rows = np.concatenate([rows, self._augmented(rows)])
        if not goes_on:
            encoder = SequenceEncoder(self.sequence_shape, discrete=self.discrete)
            self.encoder_ = encoder.fit(rows, frame)
            # Further rows are numbers of any dtype.
            self.encoder_.dtype_ = X[0].dtype.str
            self.sequence_shape_ = self.encoder_.shape_
            self._built = {
                name: int(getattr(self, name))
                for name in ("n_channels", "embedding_size", "n_components")
            }
            self._body = None if callable(self.module) else self.module
        else:
            self._check_built()
        if callable(self.module):
            with SeededDraws(torch.Generator().manual_seed(0)):
                check_causal(self._body_recipe, self._n_inputs)
        tokens, codes, numbers, _, lengths = self._encoded(rows)
        data = TrainingData([tokens, codes, numbers, lengths])
        data.n_own = n_rows
        return data

    def _check_built(self):
        """Refuse to go on with networks of another size."""
        found = {name: getattr(self, name) for name in self._built}
        body = None if callable(self.module) else self.module
        if found != self._built or body != self._body:
            raise ValueError(
                "module, n_channels, embedding_size and n_components must be what they "
                f"were in the fit that this one goes on from, {self._built}, got "
                f"{found}; set warm_start=False to begin anew."
            )

    def _augmented(self, rows):
        """Further rows, checked."""
        found = np.asarray(self.augment(rows))
        if found.ndim != 2 or found.shape[1] != rows.shape[1] or len(found) % len(rows):
            raise ValueError(
                "augment must return rows like those it is given, in blocks of as "
                f"many; for shape {rows.shape} it returned {found.shape}."
            )
        return found

    def _copies(self, X, data):
        copies = super()._copies(X, data)
        n_blocks = len(data) // data.n_own
        if n_blocks == 1:
            return copies
        copies = np.arange(data.n_own) if copies is None else copies
        return np.tile(copies, n_blocks)

    def _networks(self, data):
        # What was fitted, whatever the parameters have become.
        built = {k: n for k, n in self._built.items() if k != "n_channels"}
        return partial(
            SequenceNet,
            self._features,
            self._body_recipe,
            ends=self.encoder_.has_ends_,
            dropout=self.dropout,
            **built,
        )

    @property
    def _body_recipe(self):
        if self._body is not None:
            return named_body(self._body, self._built["n_channels"])
        return partial(build_network, "module", self.module, call="module(n_inputs)")

    def _objectives(self, data):
        return partial(_per_step, float(data.arrays[-1].mean()))

    def _net_options(self, data):
        return {"schedule": "cosine", "ema": 0.99, "clip": 1.0}

    @property
    def _features(self):
        columns = self.encoder_.tokens_.columns_
        return [(c["n_tokens"], c["n_codes"], c["continuous"]) for c in columns]

    @property
    def _n_inputs(self):
        n_numbers = sum(token is not None for *_, token in self._features)
        return len(self._features) * self._built["embedding_size"] + 2 * n_numbers

    # -- scores ------------------------------------------------------------------------

    def score_samples(self, X):
        """Log-density of each sequence, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Flat rows; a shorter sequence ends in NaN.

        Returns
        -------
        log_density : ndarray of shape (n_samples,), dtype float64
            Sum of `score_steps` over the steps, and the log-mass of the length where
            lengths differed in `fit`. In the units of `X`: log-masses of values that
            repeat, plus log-densities of other numbers.

        Raises
        ------
        ValueError
            If a sequence has a gap, or no step.
        """
        terms, extra, _ = self._terms(X)
        return terms.sum(axis=(1, 2)) + extra.sum(axis=(1, 2))

    def score_steps(self, X):
        """Log-density of each step given those before it, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Flat rows; a shorter sequence ends in NaN.

        Returns
        -------
        terms : ndarray of shape (n_samples, n_steps), dtype float64
            Without the log-mass of the length; NaN after the end of a sequence. Their
            mean over all that is not NaN is what the field calls the log-likelihood per
            step.
        """
        terms, extra, lengths = self._terms(X)
        steps = terms[:, :, :-1].sum(axis=2) + extra.sum(axis=2)
        inside = np.arange(steps.shape[1]) < lengths[:, None]
        return np.where(inside, steps, np.nan)

    def _terms(self, X):
        """Terms of features and ends at each step, of their units, and lengths."""
        check_is_fitted(self)
        parts = self._encoded(self._read_X(X, reset=False))
        tokens, codes, numbers, extra, lengths = parts
        terms = self._run(tokens, codes, numbers, lengths, cpu_chunk_size=_CHUNK)
        return terms, extra, lengths

    def _encoded(self, rows):
        tokens, codes, numbers, extra, lengths = self.encoder_.transform(rows)
        return tokens, codes, numbers.astype(np.float32), extra, lengths

    # -- draws -------------------------------------------------------------------------

    def sample(self, n_samples=1, *, random_state=None):
        """Draw sequences.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Flat rows in the container and the dtypes that `fit` saw; a shorter sequence
            ends in NaN.
        """
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        shape = n_samples, *self.encoder_.shape_
        nothing = np.zeros(shape, dtype=np.int64), np.zeros(shape)
        return self._drawn(*nothing, np.zeros(n_samples, dtype=int), random_state)

    def complete(self, X, *, random_state=None):
        """Draw how sequences go on.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Flat rows; what is NaN at the end is drawn.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X_new : ndarray or DataFrame of shape (n_samples, n_features)
            The beginnings as they were, with what follows; a sequence that ends before
            the last step ends in NaN.
        """
        check_is_fitted(self)
        rows = self._read_X(X, reset=False)
        tokens, _, numbers, _, lengths = self.encoder_.transform(rows)
        found = self._drawn(tokens, numbers, lengths, random_state)
        steps = np.arange(self.encoder_.shape_[0]) < lengths[:, None]
        given = np.repeat(steps, self.encoder_.shape_[1], axis=1)
        if isinstance(found, pd.DataFrame):
            found = found.mask(given, pd.DataFrame(rows, columns=found.columns))
            return found.set_index(X.index) if isinstance(X, pd.DataFrame) else found
        return np.where(given, rows, found)

    def _drawn(self, tokens, numbers, lengths, random_state):
        device, net = self._placed_module()
        generator = make_generator(own_generator(random_state), device)
        sampler = SequenceSampler(net, self.encoder_.tokens_, generator)
        return self.encoder_.inverse_transform(
            *sampler.complete(tokens, numbers, lengths)
        )

    # -- input -------------------------------------------------------------------------


def check_causal(recipe, n_inputs):
    """Refuse a recipe of a network of other shapes, or one that sees steps to come."""
    body = recipe(n_inputs).eval()
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 6, n_inputs, generator=generator)
    other = x.clone()
    other[:, 3:] += 1.0
    with torch.no_grad():
        found, changed = (run_network("module", body, rows) for rows in (x, other))
    shape = tuple(found.shape)
    if len(shape) != 3 or shape[:2] != (2, 6):
        raise ValueError(
            "module must map (batch, n_steps, n_inputs) to (batch, n_steps, "
            f"n_outputs); for an input of shape {tuple(x.shape)} it returned {shape}."
        )
    if not torch.allclose(found[:, :3], changed[:, :3], atol=1e-5):
        raise ValueError(
            "module must be causal, but its output at a step depends on later steps; "
            "mask what comes after, or use module='gru' or 'conv'."
        )


def _per_step(mean_length, step):
    """Mean negative log-likelihood of sequences, per step."""
    terms = step.player(*step.batch)
    return -terms.sum(dim=(1, 2)).mean() / mean_length

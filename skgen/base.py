"""Abstract templates: the scikit-learn contract around trained torch modules."""

from contextlib import contextmanager
from inspect import signature
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import ClassifierMixin, DensityMixin

from . import nn
from ._compat import Interval, StrOptions, fit_context
from ._reading import RowReader
from ._saving import SavedEstimator
from .encoding import ImageEncoder, TableEncoder
from .encoding._columns import as_container
from .encoding._row_sample import RowSample
from .encoding.checks import check_n_samples
from .encoding.copies import equal_rows
from .encoding.random_state import own_generator
from .training import (
    EpochProgress,
    Net,
    SeededDraws,
    Streams,
    TrainingData,
    build_network,
    check_callbacks,
    check_monitors,
    few_threads,
    from_plain,
    hold_out,
    infer,
    is_small,
    placed,
    processes,
    resolve_device,
    run_network,
    to_plain,
)

__all__ = ["NeuralClassifier", "NeuralDensity", "NeuralEstimator"]

_COUNT = Interval(Integral, 1, None, closed="left")
# Names of networks that map rows, or images, to outputs.
_OF_ROWS = ("MLP", "MLPEnsemble")
_OF_IMAGES = ("ConvNet", "ConvEncoder", "DCGANCritic", "ResNetCritic")


class NeuralEstimator(RowReader, SavedEstimator):
    """Template of an estimator that trains networks: the only `fit`, and its hooks.

    `fit` reads and checks the rows, lets `_prepare` encode them, holds rows out for
    early stopping, trains the players of `_networks` by the functions of `_objectives`,
    keeps weights and history as plain values, and lets `_finish` add what is fitted to
    the trained networks. An estimator is its constructor, which only stores, those
    hooks, and its output methods.

    Parameters that a constructor does not take have the values of the class attributes
    below. ``_parameter_constraints`` of a class are those of its own parameters; it
    inherits the others.

    Attributes
    ----------
    weights_ : dict of ndarray
        Weights by player and name.
    history_ : list of dict
        What was recorded in each epoch.
    n_epochs_ : int
        Epochs trained.
    """

    # Parameters that most estimators share, for those that do not take them.
    max_epochs = 20
    batch_size = 256
    learning_rate = 1e-3
    weight_decay = 0.0
    early_stopping = False
    validation_fraction = 0.1
    n_iter_no_change = 10
    warm_start = False
    callbacks = None
    device = "auto"
    random_state = None
    verbose = 0

    _parameter_constraints = {
        "image_shape": ["array-like", None],
        "volume_shape": ["array-like", None],
        "max_epochs": [_COUNT, StrOptions({"auto"})],
        "batch_size": [_COUNT],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [_COUNT],
        "warm_start": ["boolean"],
        "callbacks": [list, tuple, None],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }
    _of_training = frozenset(_parameter_constraints) - {"image_shape", "volume_shape"}
    # Fitted helpers that pickles hold as plain states, and the classes they may be of.
    _parts = {"encoder_": (TableEncoder, ImageEncoder)}
    # The player that outputs come from.
    _player = "module"
    # Parameters that may be recipes of networks.
    _recipes = ("module", "encoder", "decoder", "generator", "critic", "flow")
    # What max_epochs="auto" stands for: steps, and the bounds of the epochs.
    _auto_steps, _auto_epochs = 3000, (10, 400)
    # Steps of an epoch at least in small tables, and rows of a batch at least.
    _min_steps, _min_batch = 1, 16
    _validation_batch = 1024
    # Whether the encoder of tables only standardises numbers.
    _linear_numbers = False

    def __init_subclass__(cls, **options):
        """Give a class the constraints of the parameters that it has."""
        super().__init_subclass__(**options)
        found = {}
        for base in reversed(cls.__mro__):
            found |= vars(base).get("_parameter_constraints", {})
        if cls.__init__ is not object.__init__:
            taken = signature(cls).parameters
            found = {name: values for name, values in found.items() if name in taken}
        cls._parameter_constraints = found

    def _store(self, parameters):
        """Store what a constructor was given, as it is: ``self._store(locals())``."""
        names = set(self._get_param_names())
        vars(self).update({k: v for k, v in parameters.items() if k in names})

    # -- learning ----------------------------------------------------------------------

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn from rows.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table, or flat image rows where the estimator takes such; see the class
            for what columns may hold.
        y : array-like of shape (n_samples,), default=None
            Labels, for estimators that learn from them.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If `X` is empty, has too few rows or holds values that the estimator cannot
            read, infinity for instance; if `y` is missing where it is needed, or makes
            no sense; if parameters do not suit the data or each other.
        TypeError
            If a column cannot be encoded, dates for instance.
        FloatingPointError
            If a loss is no longer finite.
        """
        return self._fit(X, y, goes_on=self.warm_start)

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y=None, classes=None):
        """Train for one more epoch, on these rows.

        The first call is a `fit` of one epoch; later calls keep the encoding, the
        classes, the networks and their optimizers.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,), default=None
            Labels, in all calls or in none.
        classes : array-like, default=None
            All labels that can come; needed only if the first rows do not show them
            all.

        Returns
        -------
        self : object
            Fitted estimator.
        """
        return self._fit(X, y, goes_on=True, epochs=1, classes=classes)

    @fit_context(prefer_skip_nested_validation=True)
    def fit_encoder(self, batches, *, n_rows=20_000):
        """Look at all batches once, to know what is to come in `partial_fit`.

        The first `partial_fit` after it learns the encoding of rows, and whatever else
        comes before training, from a sample of all batches, where it would learn it
        from its own rows alone. The sample has `n_rows` uniform rows, and one more for
        each category, for the largest and the smallest number and for a gap. A category
        that no batch had counts as none of those known, with a warning; numbers beyond
        the range are taken as they are, and the networks see them clipped.

        Parameters
        ----------
        batches : iterable of tables, or of pairs of a table and labels
            What `partial_fit` will be given, or rows that show as much. Tables are
            array-like, frames, or whatever has a method ``to_pandas``.
        n_rows : int, default=20,000
            Rows of the sample.

        Returns
        -------
        self : object
            The estimator, not yet fitted.

        Raises
        ------
        ValueError
            If there are no batches, if they differ in their columns, or if a column
            has more than 100,000 categories.
        """
        n_rows = check_n_samples(n_rows, "n_rows")
        sample = RowSample(n_rows, own_generator(self.random_state))
        for batch in batches:
            sample.add(*(batch if isinstance(batch, tuple) else (batch,)))
        self._foreseen = sample.rows()
        return self

    def _fit(self, X, y, *, goes_on, epochs=None, classes=None):
        """Learn from rows, from the beginning or from where the last fit ended."""
        self._check_choices()
        keeps_state = goes_on or self.warm_start
        goes_on = goes_on and getattr(self, "training_state_", None) is not None
        device = resolve_device(self.device)
        streams = Streams(self.random_state)
        together = processes(device)
        if together is not None:
            device = together.device
            streams.seed = together.agree(streams.seed)
        with self._fitted_or_not(goes_on):
            data = self._training_data(X, y, goes_on, epochs, classes, streams)
            if self.early_stopping:
                data.copies = self._copies(X, data)
            networks = self._networks(data)
            self.fitted_on_ = device.type
            interrupt = None
            if networks:
                net, batches, valid = self._net(
                    data, networks, device, streams, together
                )
                if goes_on:
                    net.load_training_state(from_plain(self.training_state_))
                try:
                    self._train(net, batches, valid, epochs)
                except KeyboardInterrupt as stop:
                    if not net.history:
                        raise
                    interrupt = stop
                self._keep(net, keeps_state)
            else:
                self.weights_, self.history_, self.n_epochs_ = {}, [], 0
                self.training_state_ = {} if keeps_state else None
            self._finish(data, streams)
            # Not at the first use, which must leave the estimator as it is.
            if self.weights_:
                self._fitted_module()
        if interrupt is not None:
            raise interrupt
        return self

    def _training_data(self, X, y, goes_on, epochs, classes, streams):
        """Read and encode the rows, by what was foreseen if this is a first batch."""
        sample = self.__dict__.pop("_foreseen", None)
        foreseen, is_encoded = None, goes_on
        if sample is not None and epochs is not None and not goes_on:
            told = self._wrap_labels(sample[1])
            rows, told = self._read(sample[0], told, False, classes)
            foreseen, is_encoded = self._prepare(rows, told, False, streams), True
        rows, y = self._read(X, y, is_encoded, classes)
        data = self._prepare(rows, y, is_encoded, streams)
        data.goes_on, data.foreseen = goes_on, foreseen
        encoder = getattr(self, "encoder_", None)
        if is_encoded and hasattr(encoder, "warn_of_new_categories"):
            encoder.warn_of_new_categories(rows)
        return data

    def _check_choices(self):
        """Refuse networks for recipes, and callbacks that are none."""
        for name in self._recipes:
            network = getattr(self, name, None)
            if isinstance(network, torch.nn.Module):
                raise TypeError(
                    f"{name} must be a recipe, which builds a network when it is "
                    f"called, got a network, of class {type(network).__name__}; pass "
                    "the class, functools.partial of it, or a function that returns a "
                    "new one."
                )
        check_callbacks(self.callbacks or ())

    @contextmanager
    def _fitted_or_not(self, goes_on):
        """Leave no half of a fit: what failed is not fitted, or as it was before."""
        before = self.__dict__.pop("fitted_on_", None)
        try:
            yield
        except BaseException:
            self.__dict__.pop("fitted_on_", None)
            if goes_on:
                self.fitted_on_ = before
            raise

    def _net(self, data, networks, device, streams, together):
        """Make the net, its batches, and those of the rows held out."""
        share = self.validation_fraction if self.early_stopping else 0.0
        data.device = device
        data.train, held_out = hold_out(
            len(data), share, streams("hold out"), data.strata, data.copies
        )
        generator = streams.torch("training", device)
        batches, valid = self._batches(data, data.train, held_out, generator)
        max_epochs = self.max_epochs
        if max_epochs == "auto":
            found = -(-self._auto_steps // len(batches))
            max_epochs = int(np.clip(found, *self._auto_epochs))
        callbacks = list(self.callbacks or ())
        check_monitors(
            callbacks,
            list(networks) if isinstance(networks, dict) else ["module"],
            has_valid=valid is not None,
            can_stop="early_stopping" in self._get_param_names(),
        )
        if self.verbose:
            callbacks.append(EpochProgress())
        options = {"learning_rate": self.learning_rate, **self._net_options(data)}
        net = Net(
            networks,
            self._objectives(data),
            generator=generator,
            device=device,
            max_epochs=max_epochs,
            weight_decay=self.weight_decay,
            patience=self.n_iter_no_change if self.early_stopping else None,
            callbacks=callbacks,
            together=together,
            **options,
        )
        net.initialize()
        if any(callable(getattr(self, name, None)) for name in self._recipes):
            net.check_recipes()
        return net, batches, valid

    def _train(self, net, batches, valid, epochs):
        with few_threads(is_small(net.module_, self._batch_size)):
            net.partial_fit(
                batches, valid=valid, epochs=epochs, open_ended=epochs is not None
            )

    def _keep(self, net, keeps_state):
        weights = net.final_weights()
        self.weights_ = {k: v.detach().cpu().numpy() for k, v in weights.items()}
        self.history_ = net.epochs()
        self.n_epochs_ = len(self.history_)
        self.training_state_ = to_plain(net.training_state()) if keeps_state else None
        self.__dict__.pop("_live", None)

    # -- hooks of the fit --------------------------------------------------------------

    def _read(self, X, y, goes_on, classes):
        """Check rows and labels; hook, with a default.

        Parameters
        ----------
        X : array-like or DataFrame
            Rows of the user.
        y : array-like or None
            Labels of the user.
        goes_on : bool
            Whether this fit goes on from another.
        classes : array-like or None
            All labels that can come.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Checked rows.
        y : object
            What `_prepare` wants of the labels, here what `_read_y` gives.
        """
        X = self._read_X(X, reset=not goes_on)
        return X, self._read_y(y, len(X), goes_on, classes)

    def _wrap_labels(self, y):
        """Give plain labels the form that `_read` takes; hook: as they are."""
        return y

    def _read_y(self, y, n_rows, goes_on, classes):
        """Codes of the labels; hook, by default for rows without: None."""
        if classes is not None:
            raise ValueError(
                f"classes must be None, since {type(self).__name__} does not learn "
                f"from labels, got {classes!r}."
            )
        return None

    def _prepare(self, X, y, goes_on, streams):
        """Fit the encoder and encode the rows; hook, with a default.

        Parameters
        ----------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Checked rows.
        y : object
            What `_read` made of the labels.
        goes_on : bool
            Whether this fit goes on from another, whose encoding stays.
        streams : Streams
            Random numbers by name.

        Returns
        -------
        data : TrainingData
            Arrays of the rows.
        """
        if not goes_on:
            self.encoder_ = self._fit_encoder(X)
        Z = self._encode(X)
        return TrainingData([Z] if y is None else [Z, y])

    def _copies(self, X, data):
        """Give the groups of rows that are held out together; hook: equal rows."""
        return equal_rows(as_container(X))

    def _networks(self, data):
        """Give the recipes of the players by name, or the one of ``"module"``; hook."""
        raise NotImplementedError

    def _objectives(self, data):
        """Give the functions of a `Step` that the players minimise; hook."""
        raise NotImplementedError

    def _net_options(self, data):
        """Give further options of the `Net`; hook, by default none."""
        return {}

    def _batches(self, data, train, held_out, generator):
        """Make the batches of the rows to train on and of those held out; hook."""
        if data.groups is None:
            size, fewest = self._batch_shape(len(train))
            options = {"batch_size": size, "fewest": fewest, "generator": generator}
            batches = data.plain(train, generator.device, **options)
            if not len(held_out):
                return batches, None
            size = self._validation_batch
            return batches, data.plain(held_out, generator.device, batch_size=size)
        batches = data.paired(
            train,
            batch_size=self._batch_size,
            min_steps=self._min_steps,
            generator=generator,
        )
        valid = data.grouped(held_out, generator.device)
        return batches, [valid] if all(len(group[0]) for group in valid) else None

    def _batch_shape(self, n_rows):
        """Rows of a batch, and those that a last one must have; hook."""
        if self._min_steps == 1:
            return self._batch_size, 1
        return min(self._batch_size, max(self._min_batch, n_rows // self._min_steps)), 1

    @property
    def _batch_size(self):
        """Rows of a batch, where ``"auto"`` may stand for them; hook."""
        return self.batch_size

    def _finish(self, data, streams):
        """Fit what is fitted to the trained networks; hook, by default nothing."""

    # -- input -------------------------------------------------------------------------

    def _fit_encoder(self, X):
        if self.image_shape is None:
            return TableEncoder(linear=self._linear_numbers).fit(X)
        return ImageEncoder(self.image_shape).fit(X)

    def _encode(self, X):
        """Encode checked rows."""
        return self.encoder_.transform(self._as_frame(X))

    @property
    def _net_shape(self):
        """What a module recipe is told of its input: an int, or (c, h, w)."""
        if isinstance(self.encoder_, ImageEncoder):
            return tuple(int(n) for n in self.encoder_.net_shape_)
        return int(self.encoder_.n_encoded_)

    # -- inference ---------------------------------------------------------------------

    def _build_module(self, player):
        """Build the network of a player, with any weights; hook, with a default."""
        networks = self._networks(None)
        recipe = networks[player] if isinstance(networks, dict) else networks
        return recipe()

    def _weights_of(self, player):
        """Weights of one player, by name."""
        prefix = f"{player}."
        return {
            name.removeprefix(prefix): value
            for name, value in self.weights_.items()
            if name.startswith(prefix)
        }

    def _run(self, *arrays, player=None, row_axis=0, **options):
        """Run a fitted network on encoded rows; options are those of `infer`."""
        device, module = self._fitted_module(player)
        return infer(module, *arrays, device=device, row_axis=row_axis, **options)

    def _fitted_module(self, player=None):
        """Give the device and the network of a player, rebuilt where needed."""
        player = player or self._player
        name, device, modules = self.__dict__.get("_live", (None, None, {}))
        if name != self.device:
            device, modules = resolve_device(self.device, fitted_on=self.fitted_on_), {}
            self._live = self.device, device, modules
        if player not in modules:
            with SeededDraws(torch.Generator().manual_seed(0)):
                module = self._build_module(player)
            module.load_state_dict(from_plain(self._weights_of(player)))
            modules[player] = module.eval()
        return device, modules[player]

    def _placed_module(self, player=None):
        """Give the device, and the network of a player on it, to draw with."""
        device, module = self._fitted_module(player)
        return device, placed(module, device, torch.float32)

    def __sklearn_is_fitted__(self):
        """Whether there are weights or another fitted part to predict with."""
        return hasattr(self, "n_features_in_") and hasattr(self, "fitted_on_")


class NeuralClassifier(ClassifierMixin, NeuralEstimator):
    """Template of a classifier: labels in, ``classes_``, ``predict`` out."""

    def predict_proba(self, X):
        """Probability of each class.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``; rows sum to 1.
        """
        scores = self._log_proba(X)
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True)

    def decision_function(self, X):
        """Log-odds of the classes.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            For two classes log P(classes_[1]|x) - log P(classes_[0]|x), in nats; for
            more the log-probability of each.
        """
        scores = self._log_proba(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def predict(self, X):
        """Most probable class of each row.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Labels out of ``classes_``; in PU data a negative prediction returns the
            label that marks unlabeled rows.
        """
        scores = self._log_proba(X)
        return self.classes_[scores.argmax(axis=1)]

    def _log_proba(self, X):
        """Log-probabilities of the classes for unchecked rows."""
        raise NotImplementedError

    # -- the network -------------------------------------------------------------------

    def _recipe(self):
        """Recipe of the network: what `_resolve` makes of `module`."""
        raise NotImplementedError

    def _resolve(self, default):
        """Recipe of the networks that `module` stands for."""
        if callable(self.module):
            return self.module
        if self.module == "auto":
            return default if self.image_shape is None else nn.ConvNet
        fits = _OF_ROWS if self.image_shape is None else _OF_IMAGES
        if self.module not in fits:
            raise ValueError(
                f'module must be "auto", a recipe or one of {list(fits)} for '
                f"image_shape={self.image_shape!r}, got {self.module!r}; those for "
                f"images are {list(_OF_IMAGES)}, with image_shape=(height, width)."
            )
        return getattr(nn, self.module)

    def _check_recipe(self, n_outputs, Z):
        """Refuse a recipe whose outputs do not fit, before any training."""
        x = torch.as_tensor(Z[:2], dtype=torch.float32)
        call = "module(n_features, n_outputs)"
        with SeededDraws(torch.Generator().manual_seed(0)), torch.no_grad():
            recipe, shape = self._recipe(), self._net_shape
            module = build_network("module", recipe, shape, n_outputs, call=call)
            found = tuple(run_network("module", module.eval(), x).shape)
        if len(found) not in (2, 3) or found[-2:] != (len(x), n_outputs):
            raise ValueError(
                "module must map rows to (batch, n_outputs), or (members, batch, n_"
                f"outputs) for an ensemble; for {len(x)} rows and {n_outputs} outputs "
                f"it returned shape {found}. The recipe is called as "
                "module(n_features, n_outputs)."
            )


class NeuralDensity(DensityMixin, NeuralEstimator):
    """Template of a density: log-densities of rows, their mean, and draws."""

    def score_samples(self, X):
        """Log-density of each row, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_density : ndarray of shape (n_samples,), dtype float64
            In the units of `X`; discrete columns count by their log-mass.
        """
        raise NotImplementedError

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
            Rows in the container and the dtypes that `fit` saw.
        """
        raise NotImplementedError

"""SemiSupervisedGANClassifier: a few labels, many rows without, and a game."""

import copy
import warnings
from functools import partial
from numbers import Integral, Real

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from .. import nn
from .._compat import Interval, StrOptions
from ..base import NeuralClassifier
from ..encoding import ImageEncoder, RankEncoder
from ..encoding.checks import check_labels, check_n_samples
from ..encoding.classes import class_codes
from ..encoding.random_state import own_generator
from ..training import (
    Group,
    SeededDraws,
    Streams,
    TrainingData,
    build_network,
    resolve_device,
    run_network,
)
from ._code_players import N_FEATURES, FlatMLP, flat_generator, image_bounded
from ._label_games import LABEL_GAMES, LabelGame, LabelObjectives, VirtualAdversarial
from ._label_players import LabelGenerator, LabelNet
from ._players import RowGenerator
from ._rows import GameRows
from ._teacher import neighbor_distance, spread_labels

_CALLS = {
    "critic": "critic(input_shape, n_outputs)",
    "generator": "generator(n_inputs, output_shape)",
}
_FEWEST_LABELS = 20  # that a comparison of two classifiers is made with
_SURE = 1.64  # standard errors
# Bounds of the temperature, and what its squared logarithm costs, in nats.
_TEMPERATURES, _PRIOR_ROWS = (0.25, 8.0), 10.0


def _has_generator(model):
    if model.game is None:
        raise AttributeError(
            'sample needs a generator: set game="feature_matching" before fit.'
        )
    return True


class SemiSupervisedGANClassifier(GameRows, NeuralClassifier):
    """Classifier for few labels: unlabeled rows take part in a game.

    The classifier is the critic of a generative adversarial network. It learns from the
    labeled rows, and from all rows that they are none of the generator's. Three further
    terms are what carries it on few labels: answers stay the same around a row, label
    spreading teaches at the beginning, and answers are sure.

    Parameters
    ----------
    game : str, LabelGame or None, default="feature_matching"
        :class:`FeatureMatching`, :class:`CatGAN`, :class:`AMGAN`, :class:`CCGAN`, or
        their names ``"feature_matching"``, ``"catgan"``, ``"amgan"``, ``"ccgan"``. None
        has no generator: `sample` is missing then.
    consistency : "virtual_adversarial", VirtualAdversarial or None, \
            default="virtual_adversarial"
        What keeps answers the same around a row; an object has options.
    teacher : {"spreading"} or None, default="spreading"
        Label spreading in 30 principal components, whose answers for unlabeled rows the
        classifier learns too, less and less until the end of the training.
    entropy_weight : float, default=0.1
        Weight of the entropy of the answers for unlabeled rows.
    unlabeled_label : object, default="auto"
        Label of rows without one. ``"auto"``: -1, where it is one of three or more
        numbers. None: all rows have labels.
    validate : bool, default=True
        Whether to fit twice more, each time without half of the labels and in a quarter
        of the epochs: see `validation_`. Not with fewer than 20 labels, or with none
        missing.
    image_shape : tuple, default=None
        ``(height, width)`` or ``(height, width, channels)`` of image rows in C order.
    critic : {"auto", "mlp", "conv"} or callable, default="auto"
        Network of the classifier, or a recipe ``critic(input_shape, n_outputs)`` of one
        that gives features; the classes are linear in them. A shape is an int for
        tables, else ``(channels, height, width)``. ``"auto"`` is ``"mlp"``: on small
        images it is as good as convolutions, in a third of the time.
    generator : {"auto", "mlp", "conv"} or callable, default="auto"
        Network, or a recipe ``generator(n_inputs, output_shape)`` of one; of images
        with values from -1 to 1. ``"auto"`` is ``"mlp"``.
    n_latent : int or "auto", default="auto"
        Size of the noise; ``"auto"``: 64, for narrow tables as many as the columns of
        encoded rows.
    ema : float in [0, 1), default=0.995
        Decay of the running average of the weights.
    max_epochs : int or "auto", default="auto"
        Passes over the rows; ``"auto"``: 3,000 steps, in 5 to 400 epochs.
    batch_size : int, default=128
        Unlabeled rows of a step; half as many labeled ones.
    learning_rate : float, default=1e-3
        Step size of AdamW, decaying to zero by a cosine.
    weight_decay : float, default=1e-4
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
    classes_ : ndarray of shape (n_classes,)
        Labels.
    temperature_ : float
        What the logits are divided by, so that labels left out are as likely as
        `predict_proba` says; 1 without `validate`.
    validation_ : dict or None
        Of the labels left out: ``n_labels``, ``accuracy`` and ``supervised_accuracy``,
        that of the same network with the labeled rows alone. A warning says when the
        latter is larger by more than 1.64 standard errors.
    encoder_ : object
        How rows become numbers.
    weights_ : dict of ndarray
        Weights of classifier and generator.
    history_ : list of dict
        Losses of each epoch, in nats.
    n_epochs_ : int
        Epochs trained.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    PUGANClassifier : Labeled rows of one class only.

    Notes
    -----
    Label spreading on 30 principal components is the rival to beat, in a tenth of a
    second: of 50 labels among 1,297 digits it makes .949, this class .959 in 80 CPU
    seconds (``tests/benchmarks/bench_games.py``). Of rows held out for early stopping
    only labels count, so it takes many.

    Feature matching draws no good samples, and shall not (Dai et al., 2017); for
    samples use :class:`GANSampler` or :class:`VAETransformer`.

    References
    ----------
    T. Salimans et al., "Improved techniques for training GANs", NeurIPS 2016, section
    5. J. T. Springenberg, "Unsupervised and semi-supervised learning with categorical
    generative adversarial networks", ICLR 2016. T. Miyato et al., "Virtual adversarial
    training", IEEE PAMI 2019. D. Zhou et al., "Learning with local and global
    consistency", NeurIPS 2004 (`teacher`). C. Guo et al., "On calibration of modern
    neural networks", ICML 2017, equation 9 (`temperature_`).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from skgen import SemiSupervisedGANClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> few = np.where(np.arange(len(y)) < 100, y, -1)
    >>> model = SemiSupervisedGANClassifier(
    ...     image_shape=(8, 8), max_epochs=20, validate=False, random_state=0
    ... )
    >>> bool((model.fit(X, few).predict(X) == y).mean() > 0.85)
    True
    """

    _parameter_constraints = {
        "game": [StrOptions(set(LABEL_GAMES)), LabelGame, None],
        "consistency": [
            StrOptions({"virtual_adversarial"}),
            VirtualAdversarial,
            None,
        ],
        "teacher": [StrOptions({"spreading"}), None],
        "entropy_weight": [Interval(Real, 0, None, closed="left")],
        "unlabeled_label": "no_validation",
        "validate": ["boolean"],
        "critic": [StrOptions({"auto", "mlp", "conv"}), callable],
        "generator": [StrOptions({"auto", "mlp", "conv"}), callable],
        "n_latent": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "ema": [Interval(Real, 0, 1, closed="left")],
    }
    _parts = {"encoder_": (ImageEncoder, RankEncoder)}
    _player = "classifier"
    _auto_steps, _auto_epochs = 3000, (5, 400)
    _min_steps = 30

    def __init__(
        self,
        game="feature_matching",
        *,
        consistency="virtual_adversarial",
        teacher="spreading",
        entropy_weight=0.1,
        unlabeled_label="auto",
        validate=True,
        image_shape=None,
        critic="auto",
        generator="auto",
        n_latent="auto",
        ema=0.995,
        max_epochs="auto",
        batch_size=128,
        learning_rate=1e-3,
        weight_decay=1e-4,
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

    @available_if(_has_generator)
    def sample(self, n_samples=1, *, random_state=None):
        """Draw rows from the generator; see the notes on what they are worth.

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
        _, generator = self._fitted_module("generator")
        n_categories = len(generator.rows.categories)
        arrays = [rng.standard_normal((n_samples, generator.n_latent))]
        if n_categories:
            arrays.append(rng.random_sample((n_samples, n_categories)))
        found = self._run(*arrays, player="generator", call=LabelGenerator.draw)
        return self._to_rows(found)

    def _log_proba(self, X):
        check_is_fitted(self)
        x = self._encode_midway(self._read_X(X, reset=False))
        return log_softmax(self._logits(x) / self.temperature_, axis=1)

    # -- fit ---------------------------------------------------------------------------

    def _read_y(self, y, n_rows, goes_on, classes):
        """Codes of the labels, -1 where there is none; learns or checks the classes."""
        if y is None:
            raise ValueError(
                "This SemiSupervisedGANClassifier estimator requires y to be passed, "
                "but the target y is None: give each row its label, or -1."
            )
        y = check_labels(y, n_rows, remedy="give rows without a label -1")
        if not goes_on:
            known = np.unique(y if classes is None else np.asarray(classes))
            self._marker = self._marker_of(np.union1d(known, np.unique(y)))
        unlabeled = np.zeros(n_rows, dtype=bool)
        if self._marker is not None:
            unlabeled = y == self._marker
        if not goes_on:
            if self._marker is not None:
                known = known[known != self._marker]
            if len(known) < 2:
                raise ValueError(
                    "y must hold labels of at least two classes, got one class, "
                    f"{known.tolist()}; for rows of one class beside unlabeled ones "
                    "use skgen.PUGANClassifier."
                )
            self.classes_ = known
        codes = np.full(n_rows, -1, dtype=np.int64)
        labeled = np.flatnonzero(~unlabeled)
        if not len(labeled):
            raise ValueError("y must hold at least one label, got none but unlabeled.")
        codes[labeled] = class_codes(y[labeled], self.classes_, len(labeled))
        return codes

    def _marker_of(self, labels):
        """Label of rows without one, or None."""
        marker = self.unlabeled_label
        if isinstance(marker, str) and marker == "auto":
            numbers = labels.dtype.kind in "if"
            return -1 if numbers and len(labels) > 2 and -1 in labels else None
        if marker is not None and marker not in labels.tolist():
            raise ValueError(
                f"unlabeled_label must be one of the labels, {labels.tolist()[:10]}, "
                f'got {marker!r}; "auto" is -1, None means that all rows have one.'
            )
        return marker

    def _prepare(self, X, y, goes_on, streams):
        structure = [self.game is not None, self._game_completes]
        if not goes_on:
            self._structure = structure
            is_table = self.image_shape is None
            encoder = RankEncoder() if is_table else ImageEncoder(self.image_shape)
            self.encoder_ = encoder.fit(X)
            self._check_networks()
        elif structure != self._structure:
            raise ValueError(
                "game must be of the kind that it was in the fit that this one goes "
                "on from; set warm_start=False and call fit to begin anew."
            )
        x = self._encode_midway(X)
        if not goes_on:
            self._unit = neighbor_distance(x, streams("distances"))
        return self._data(x, y, streams("teacher"))

    def _data(self, x, codes, random_state):
        """Make groups of labeled rows, and of all rows with what the teacher says."""
        groups = [Group(codes >= 0, [x, codes], share=0.5)]
        arrays = [x]
        if self.teacher is not None:
            n_classes = len(self.classes_)
            arrays.append(spread_labels(x, codes, n_classes, random_state))
        groups.append(Group(np.ones(len(x), dtype=bool), arrays))
        strata = codes if np.bincount(codes + 1)[1:].min() > 1 else None
        return TrainingData([x, codes], strata=strata, groups=groups, leader=1)

    def _networks(self, data):
        found = {"classifier": self._build_classifier}
        if self.game is not None:
            found["generator"] = self._build_generator
        return found

    def _objectives(self, data):
        return LabelObjectives(
            self._game,
            VirtualAdversarial()
            if isinstance(self.consistency, str)
            else self.consistency,
            self.teacher is not None,
            self.entropy_weight,
            self._unit,
        ).objectives()

    def _net_options(self, data):
        return {
            "betas": (0.5, 0.99),
            "schedule": "cosine",
            "ema": self.ema,
            "clip": 5.0,
        }

    def _finish(self, data, streams):
        """Judge the fit by labels left out of fits that are shorter."""
        if data.goes_on:
            return
        self.temperature_, self.validation_ = 1.0, None
        x, codes = data.arrays
        labeled = np.flatnonzero(codes >= 0)
        counts = np.bincount(codes[labeled], minlength=len(self.classes_))
        enough = len(labeled) >= _FEWEST_LABELS and counts.min() >= 2
        if not self.validate or not enough or len(labeled) == len(codes):
            return
        fold = np.full(len(codes), -1)
        fold[labeled] = _even_folds(codes[labeled], streams("folds"))
        n_epochs = max(2, self.n_epochs_ // 4)
        own, alone = (np.empty((len(codes), len(self.classes_))) for _ in range(2))
        for k in (0, 1):
            left_out = fold == k
            seen = np.where(left_out, -1, codes)
            seed = streams(f"fold {k}").randint(2**31 - 1)
            twin = self._twin(max_epochs=n_epochs)
            own[left_out] = twin._logits_after(x, seen, x[left_out], seed)
            # The same network without what unlabeled rows say.
            rows = seen >= 0
            twin = self._twin(
                game=None,
                consistency=None,
                teacher=None,
                entropy_weight=0.0,
                max_epochs=n_epochs,
            )
            alone[left_out] = twin._logits_after(x[rows], seen[rows], x[left_out], seed)
        own, alone, truth = own[labeled], alone[labeled], codes[labeled]
        self.temperature_ = _best_temperature(own, truth)
        right = own.argmax(axis=1) == truth
        right_alone = alone.argmax(axis=1) == truth
        self.validation_ = {
            "n_labels": len(truth),
            "accuracy": float(right.mean()),
            "supervised_accuracy": float(right_alone.mean()),
        }
        gain = right.astype(float) - right_alone
        if gain.mean() < -_SURE * gain.std(ddof=1) / np.sqrt(len(gain)):
            warnings.warn(
                "The unlabeled rows do not help: of labels left out the classifier "
                f"finds {right.mean():.3f}, and {right_alone.mean():.3f} without "
                "unlabeled rows; compare with a supervised classifier.",
                UserWarning,
                stacklevel=6,
            )

    def _twin(self, **changes):
        """Make an estimator that shares the encoding, with other parameters."""
        twin = copy.copy(self)
        twin.__dict__.pop("_live", None)
        vars(twin).update(
            {"early_stopping": False, "callbacks": None, "verbose": 0, **changes}
        )
        return twin

    def _logits_after(self, x, codes, new, seed):
        """Train on encoded rows and give the logits of others."""
        streams = Streams(seed)
        data = self._data(x, codes, streams("teacher"))
        device = resolve_device(self.device)
        net, batches, valid = self._net(
            data, self._networks(data), device, streams, together=None
        )
        self._train(net, batches, valid, None)
        self._keep(net, False)
        return self._logits(new)

    # -- networks ----------------------------------------------------------------------

    @property
    def _game(self):
        return LABEL_GAMES[self.game] if isinstance(self.game, str) else self.game

    @property
    def _game_completes(self):
        return self.game is not None and self._game.completes

    def _recipe_of(self, player):
        recipe = getattr(self, player)
        if callable(recipe):
            return partial(build_network, player, recipe, call=_CALLS[player])
        if player == "critic":
            return nn.ConvEncoder if recipe == "conv" else FlatMLP
        if self._is_table:
            return RowGenerator
        return image_bounded(nn.ConvDecoder if recipe == "conv" else flat_generator)

    def _build_classifier(self):
        return LabelNet(
            self._recipe_of("critic"), self._net_shape, self._blocks, len(self.classes_)
        )

    def _build_generator(self):
        return LabelGenerator(
            self._recipe_of("generator"),
            self._noise_size(),
            self._net_shape,
            self._blocks,
            self._structure[1],
        )

    def _build_module(self, player):
        if player == "generator":
            return self._build_generator()
        return self._build_classifier()

    def _check_networks(self):
        """Refuse networks that do not fit, before any training."""
        for name in ("critic", "generator"):
            if self.image_shape is None and getattr(self, name) == "conv":
                raise ValueError(
                    f'{name}="conv" needs images; set image_shape=(height, width), or '
                    'use "mlp".'
                )
        with SeededDraws(torch.Generator().manual_seed(0)), torch.no_grad():
            net = self._build_classifier().eval()
            players = {"critic": (net.net, (N_FEATURES,))}
            if self.game is not None:
                rows = self._build_generator().eval().rows
                shape = self._net_shape
                shape = shape if isinstance(shape, tuple) else (shape,)
                players["generator"] = (rows.net, shape)
        shape = self._net_shape
        x = torch.zeros(2, *(shape if isinstance(shape, tuple) else (shape,)))
        inputs = {"critic": x if net.view is None else net.view(x)}
        if self.game is not None:
            inputs["generator"] = torch.zeros(2, rows.n_noise)
        for name, (network, want) in players.items():
            with torch.no_grad():
                found = run_network(name, network, inputs[name])
            if tuple(found.shape) != (2, *want):
                raise ValueError(
                    f"{name} must be a recipe {_CALLS[name]} of a network that maps "
                    f"{tuple(inputs[name].shape)} to {(2, *want)}, got "
                    f"{tuple(found.shape)}."
                )

    # -- inference ---------------------------------------------------------------------

    def _logits(self, x):
        return self._run(x, call=LabelNet.logits)


def _even_folds(codes, random_state):
    """Two folds of rows with as many rows of each class, but for one."""
    fold = np.empty(len(codes), dtype=np.int64)
    for k in np.unique(codes):
        own = random_state.permutation(np.flatnonzero(codes == k))
        fold[own] = (np.arange(len(own)) + random_state.randint(2)) % 2
    return fold


def _best_temperature(logits, codes):
    """Temperature of the best likelihood, drawn to 1 where labels are few."""

    def loss(log_temperature):
        log_p = log_softmax(logits / np.exp(log_temperature), axis=1)
        own = -log_p[np.arange(len(codes)), codes].sum()
        return own + _PRIOR_ROWS * log_temperature**2

    bounds = tuple(np.log(_TEMPERATURES))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))

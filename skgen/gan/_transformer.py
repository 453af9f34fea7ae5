"""GANTransformer: codes that are learned in a game."""

from functools import partial
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from .. import nn
from .._compat import Interval, StrOptions
from ..base import NeuralEstimator
from ..encoding import ImageEncoder, RankEncoder
from ..encoding.checks import check_n_samples, check_n_steps
from ..encoding.classes import ClassConditional
from ..encoding.code_mixture import draw_prior, fit_prior, n_components_of
from ..encoding.lines import straight_lines
from ..encoding.random_state import own_generator
from ..training import (
    SeededDraws,
    TrainingData,
    as_tensor,
    build_network,
    run_network,
)
from ._code_games import CODE_GAMES, CodeGame
from ._code_players import (
    N_FEATURES,
    Coder,
    FeatureCritic,
    FlatMLP,
    frozen,
    image_bounded,
    row_errors,
    weighted_errors,
)
from ._draws import Middle
from ._inversion import descend, log_prior
from ._players import Generator, RowGenerator, ScoreView

_FEATURE_SHARE = 0.1  # of the features in the anomaly score (Schlegl et al., 2017)
_CHUNK = 512  # rows whose codes descend together
_MOST_ROWS = 20_000  # whose codes the mixture is fitted to
_LEAST = 1e-4  # variance of what is left of a row
_STARTS = 8  # codes from which an edit begins
_CALLS = {
    "encoder": "encoder(input_shape, n_outputs)",
    "generator": "generator(n_inputs, output_shape)",
    "critic": "critic(input_shape, n_outputs)",
}


class GANTransformer(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    ClassConditional,
    NeuralEstimator,
):
    r"""Codes of rows that are learned in a game, and rows of codes.

    A generator turns codes into rows, an encoder rows into codes, and a critic judges
    rows, or rows with their codes. What the three minimise is the `game`. The default
    is a variational autoencoder whose rows a critic judges; others learn codes from the
    critic alone.

    Parameters
    ----------
    n_components : int, default=10
        Dimensions of a code.
    game : str or CodeGame, default="vaegan"
        :class:`BiGAN`, :class:`ALI`, :class:`AEGAN`, :class:`IAN`, :class:`VAEGAN`, or
        with labels :class:`CVAEGAN` and :class:`IcGAN`; or their names in lower case.
    image_shape : tuple, default=None
        ``(height, width)`` or ``(height, width, channels)`` of image rows in C order.
    generator : {"auto", "mlp", "conv"} or callable, default="auto"
        Network, or a recipe ``generator(n_inputs, output_shape)`` of one; of images
        with values from -1 to 1. A shape is an int for tables, else ``(channels,
        height, width)``. ``"auto"`` is ``"mlp"``: on images of 28 x 28 it is as good as
        convolutions, in a fifth of the time.
    encoder : {"auto", "mlp", "conv"} or callable, default="auto"
        Network, or a recipe ``encoder(input_shape, n_outputs)`` of one that gives
        codes, or their means and then their log-variances, and after them logits of the
        classes of a game with labels. In :class:`IAN` its input are the critic's
        features.
    critic : {"auto", "mlp", "dcgan"} or callable, default="auto"
        Network, or a recipe ``critic(input_shape, n_outputs)`` of one that gives
        features; a small network judges these. ``"auto"`` is ``"mlp"``.
    prior_components : int or "auto", default="auto"
        Components of the mixture of Gaussians that is fitted to the codes after
        training, of which `sample` draws in games whose codes have distributions;
        ``"auto"``: one for 200 rows, at most 50.
    ema : float in [0, 1), default=0.995
        Decay of the running average of the weights.
    max_epochs : int or "auto", default="auto"
        Passes over the rows; ``"auto"``: 2,500 steps, in 10 to 400 epochs.
    batch_size : int or "auto", default="auto"
        Rows of a batch; ``"auto"``: 128 of a table, 64 images; fewer in small tables,
        so that an epoch has 4 steps.
    learning_rate : float, default=1e-3
        Step size of AdamW, decaying to zero by a cosine.
    weight_decay : float, default=0.0
        Decoupled weight decay.
    early_stopping : bool, default=False
        Whether to hold rows out, to stop when their loss no longer falls and to keep
        the best weights.
    validation_fraction : float, default=0.1
        Share of the rows held out for early stopping.
    n_iter_no_change : int, default=20
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
    encoder_ : object
        How rows become numbers.
    n_components_ : int
        Dimensions of a code.
    classes_ : ndarray of shape (n_classes,)
        Labels, of a game with such.
    class_log_prior_ : ndarray of shape (n_classes,)
        Logarithms of their shares in `fit`, of a game with such.
    weights_ : dict of ndarray
        Weights of the networks, and the mixture of codes (``prior.*``).
    history_ : list of dict
        Losses and scores of each epoch.
    residual_ : float
        Mean squared error of reconstructed numbers, as the networks see them.
    n_epochs_ : int
        Epochs trained.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    VAETransformer : Codes without a critic, faster, with likelihoods.
    GANSampler : Draws without an encoder.

    Notes
    -----
    The loss of the held-out rows is the energy distance of draws from them, plus the
    share of their squares that reconstructions leave.

    Games without a likelihood (BiGAN, ALI, AEGAN, IcGAN) bring rows back as another row
    of the same kind rather than as themselves.

    References
    ----------
    A. Larsen et al., "Autoencoding beyond pixels using a learned similarity metric",
    ICML 2016; J. Donahue, P. Kraehenbuehl, T. Darrell, "Adversarial feature learning",
    ICLR 2017; V. Dumoulin et al., "Adversarially learned inference", ICLR 2017. J.-Y.
    Zhu et al., "Generative visual manipulation on the natural image manifold", ECCV
    2016, equations 3 and 5 (`edit`). T. Schlegl et al., "Unsupervised anomaly detection
    with generative adversarial networks to guide marker discovery", IPMI 2017,
    equation 5 (`anomaly_scores`).

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skgen import GANTransformer
    >>> X, _ = load_digits(return_X_y=True)
    >>> model = GANTransformer(5, max_epochs=2, random_state=0).fit(X)
    >>> model.transform(X).shape
    (1797, 5)
    >>> model.sample(2, random_state=0).shape
    (2, 64)
    """

    _parameter_constraints = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "game": [StrOptions(set(CODE_GAMES)), CodeGame],
        "generator": [StrOptions({"auto", "mlp", "conv"}), callable],
        "encoder": [StrOptions({"auto", "mlp", "conv"}), callable],
        "critic": [StrOptions({"auto", "mlp", "dcgan"}), callable],
        "prior_components": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "ema": [Interval(Real, 0, 1, closed="left")],
        "batch_size": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
    }
    _parts = {"encoder_": (ImageEncoder, RankEncoder)}
    _player = "coder"
    _keeps_dtypes = True
    _min_steps = 4
    _auto_steps = 2500
    _without = "is not conditional"
    _to_condition = 'fit with a game of labels, game="cvaegan" or "icgan"'

    def __init__(
        self,
        n_components=10,
        *,
        game="vaegan",
        image_shape=None,
        generator="auto",
        encoder="auto",
        critic="auto",
        prior_components="auto",
        ema=0.995,
        max_epochs="auto",
        batch_size="auto",
        learning_rate=1e-3,
        weight_decay=0.0,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=20,
        warm_start=False,
        callbacks=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self._store(locals())

    # -- codes -------------------------------------------------------------------------

    def transform(self, X, y=None, *, method="encoder", n_steps=200):
        """Codes of rows.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : label or array-like of shape (n_samples,), default=None
            Classes, for ``method="optimize"`` of a game with labels; None takes those
            that the encoder finds.
        method : {"encoder", "optimize"}, default="encoder"
            ``"optimize"`` goes on from the encoder's codes to those whose rows come
            nearest, by gradient descent.
        n_steps : int, default=200
            Steps of the descent.

        Returns
        -------
        Z : ndarray of shape (n_samples, n_components)
            Codes.
        """
        check_is_fitted(self)
        if method not in ("encoder", "optimize"):
            raise ValueError(f'method must be "encoder" or "optimize", got {method!r}.')
        if not isinstance(n_steps, Integral) or n_steps < 1:
            raise ValueError(f"n_steps must be an integer >= 1, got {n_steps!r}.")
        x = self._encoded(X)
        found = self._found(x)
        Z = found[:, : self.n_components_]
        if method == "encoder":
            return Z
        classes = self._known_classes(y, found)
        return self._nearest_codes(x, np.ones_like(x), Z, classes, n_steps)

    def inverse_transform(self, X, y=None):
        """Rows of codes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)
            Codes.
        y : label or array-like of shape (n_samples,), default=None
            Classes, of a game with labels.

        Returns
        -------
        X_original : ndarray or DataFrame of shape (n_samples, n_features)
            Numbers and pixels, the most probable category, in the container and the
            dtypes that `fit` saw.
        """
        check_is_fitted(self)
        Z = check_array(X, dtype=np.float64)
        if Z.shape[1] != self.n_components_:
            raise ValueError(
                f"X must have the {self.n_components_} columns of the codes, got "
                f"{Z.shape[1]}; pass what transform returns."
            )
        return self._rows(Z, self._needed_codes(y, len(Z)))

    def reconstruct(self, X, y=None, *, method="encoder", n_steps=200):
        """Rows as they come back from their codes.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : label or array-like of shape (n_samples,), default=None
            Classes, of a game with labels; None takes those that the encoder finds.
        method : {"encoder", "optimize"}, default="encoder"
            How codes are found, see `transform`.
        n_steps : int, default=200
            Steps of the descent.

        Returns
        -------
        X_reconstructed : ndarray or DataFrame of shape (n_samples, n_features)
            Rows.
        """
        Z = self.transform(X, y, method=method, n_steps=n_steps)
        classes = None
        if self._n_classes:
            classes = self._known_classes(y, self._found(self._encoded(X)))
        return self._rows(Z, classes)

    def relabel(self, X, y):
        """Rows with another label, the rest kept.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : label or array-like of shape (n_samples,)
            Label that each shall have.

        Returns
        -------
        X_changed : ndarray or DataFrame of shape (n_samples, n_features)
            What the codes of the rows are with these labels.

        Raises
        ------
        ValueError
            If the game has no labels.
        """
        Z = self.transform(X)
        return self._rows(Z, self._class_codes(y, len(Z)))

    def predict_label(self, X):
        """Labels that the encoder finds, of a game with such.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Labels out of ``classes_``.
        """
        check_is_fitted(self)
        if not self._n_classes:
            self._class_codes([], 0)
        return self.classes_[self._known_classes(None, self._found(self._encoded(X)))]

    def interpolate(self, a, b, n_steps=10, y=None):
        """Rows on the straight lines between the codes of rows.

        Parameters
        ----------
        a, b : array-like or DataFrame of shape (n_pairs, n_features)
            Where the lines start and end.
        n_steps : int, default=10
            Rows of each line, both ends included; at least 2.
        y : label or array-like of shape (n_pairs,), default=None
            Classes of the lines, of a game with labels.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_pairs * n_steps, n_features)
            Decoded rows, line after line.
        """
        check_is_fitted(self)
        check_n_steps(n_steps)
        ends = [self.transform(rows) for rows in (a, b)]
        if len(ends[0]) != len(ends[1]):
            raise ValueError(
                "a and b must have as many rows as each other, got "
                f"{len(ends[0])} and {len(ends[1])}."
            )
        classes = self._needed_codes(y, len(ends[0]))
        if classes is not None:
            classes = np.repeat(classes, n_steps)
        return self._rows(straight_lines(*ends, n_steps), classes)

    def edit(self, X, mask, values=None, *, y=None, keep=0.0, n_steps=300):
        """Rows of the model that agree with given entries.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        mask : array-like of bool, shape (n_features,) or (n_samples, n_features)
            Which entries are given.
        values : array-like or DataFrame of shape (n_samples, n_features), default=None
            What they are; only the entries of `mask` are read. None: those of `X`.
        y : label or array-like of shape (n_samples,), default=None
            Classes, of a game with labels; None takes those that the encoder finds.
        keep : float in [0, 1], default=0.0
            Weight of all other entries of `X` beside the given ones: 0 completes a row
            of which only these are known, more stays near `X`.
        n_steps : int, default=300
            Steps of the descent.

        Returns
        -------
        X_edited : ndarray or DataFrame of shape (n_samples, n_features)
            Rows of the generator: they meet the given entries as well as its rows can.
        """
        check_is_fitted(self)
        if not isinstance(keep, Real) or not 0 <= keep <= 1:
            raise ValueError(f"keep must be a number from 0 to 1, got {keep!r}.")
        if not isinstance(n_steps, Integral) or n_steps < 1:
            raise ValueError(f"n_steps must be an integer >= 1, got {n_steps!r}.")
        x = self._encoded(X)
        n, d = len(x), self.n_features_in_
        mask = np.asarray(mask)
        if mask.dtype != bool or mask.shape not in ((d,), (n, d)):
            raise ValueError(
                f"mask must be boolean of shape ({d},) or {(n, d)}, got {mask.dtype} "
                f"of shape {mask.shape}."
            )
        mask = np.broadcast_to(mask, (n, d))
        given = x if values is None else self._encoded(values)
        if len(given) != n:
            raise ValueError(f"values must have the {n} rows of X, got {len(given)}.")
        weights = self._entry_weights(mask)
        x = np.where(weights > 0, given, x)
        weights = np.maximum(weights, keep)
        found = self._found(x)
        classes = self._known_classes(y, found)
        starts = [found[:, : self.n_components_]]
        # The encoder knows whole rows only: draws are further starts.
        rng = np.random.RandomState(0)
        starts += [self._prior_codes(n, classes, rng) for _ in range(_STARTS * 8)]
        errors = np.stack([self._errors(x, weights, Z, classes) for Z in starts])
        order = np.argsort(errors, axis=0)[: _STARTS if keep == 0 else 1]
        stacked = np.stack(starts)
        best, least = None, np.full(n, np.inf)
        for own in order:
            Z = self._nearest_codes(
                x, weights, stacked[own, np.arange(n)], classes, n_steps
            )
            error = self._errors(x, weights, Z, classes, energy=True)
            best = Z if best is None else np.where((error < least)[:, None], Z, best)
            least = np.minimum(error, least)
        return self._rows(best, classes)

    def anomaly_scores(self, X):
        """How far rows are from those of the model (AnoGAN).

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Nine tenths the root of the mean squared error of the reconstruction (of a
            category its surprise, in nats), one tenth that of the critic's features;
            larger is odder.
        """
        check_is_fitted(self)
        x = self._encoded(X)
        found = self._found(x)
        classes = self._known_classes(None, found)
        Z = found[:, : self.n_components_]
        n_entries = x[0].size if self._blocks is None else len(self._blocks)
        error = np.sqrt(self._errors(x, np.ones_like(x), Z, classes) / n_entries)
        more = [] if classes is None else [classes]
        back = self._run(Z, *more, call=Coder.typical)
        own, other = (
            self._run(rows, player="critic", call=FeatureCritic.features)
            for rows in (x, back)
        )
        apart = np.sqrt(np.square(own - other).mean(axis=1))
        return (1 - _FEATURE_SHARE) * error + _FEATURE_SHARE * apart

    def sample(self, n_samples=1, *, y=None, random_state=None):
        """Draw rows.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        y : label or array-like of shape (n_samples,), default=None
            Classes, of a game with labels; None draws them by their shares in `fit`.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Rows in the container and the dtypes that `fit` saw.
        """
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        random_state = own_generator(random_state)
        classes = self._drawn_codes(y, n_samples, random_state)
        Z = self._prior_codes(n_samples, classes, random_state)
        _, coder = self._fitted_module()
        n_categories = len(coder.generator.categories)
        u = None
        if n_categories:
            u = random_state.random_sample((n_samples, n_categories))
        return self._rows(Z, classes, u)

    # -- fit ---------------------------------------------------------------------------

    def _read_y(self, y, n_rows, goes_on, classes):
        """Codes of the labels, or None; learns or checks the classes."""
        wanted = self._n_classes if goes_on else self._game.conditional
        if wanted and y is None:
            raise ValueError(
                "This GANTransformer estimator requires y to be passed, but the target "
                f"y is None: game={self.game!r} needs labels, fit(X, y)."
            )
        return super()._read_y(y if wanted else None, n_rows, goes_on, classes)

    def _prepare(self, X, y, goes_on, streams):
        game = self._game
        structure = [type(game).__name__, int(self.n_components)]
        if not goes_on:
            self._structure = structure
            self.n_components_ = int(self.n_components)
            is_table = self.image_shape is None
            self.encoder_ = (
                RankEncoder() if is_table else ImageEncoder(self.image_shape)
            ).fit(X)
            self._check_networks()
        elif structure != self._structure:
            raise ValueError(
                "game and n_components must be what they were in the fit that this one "
                f"goes on from, {self._structure}, got {structure}; set "
                "warm_start=False and call fit to begin anew."
            )
        options = [streams("ranks")] if self._is_table else []
        Z = self.encoder_.transform(X, *options)
        return TrainingData([Z] if y is None else [Z, y])

    def _networks(self, data):
        return {"critic": self._build_critic, "coder": self._build_coder}

    def _objectives(self, data):
        return self._game.objectives(self._blocks)

    def _net_options(self, data):
        return {
            "betas": tuple(self._game._loss.betas),
            "schedule": "cosine",
            "ema": self.ema,
        }

    def _finish(self, data, streams):
        """Fit the mixture of codes, kept among the weights, and the variance left."""
        x, y = data.arrays if self._n_classes else (data.arrays[0], None)
        rng = streams("prior")
        some = rng.permutation(len(x))[:_MOST_ROWS]
        x, y = x[some], None if y is None else y[some]
        seen = self._run_features(x) if self._game.shares_features else x
        found = self._run(seen, call=Coder.spread_codes)
        mean, spread = np.split(found, 2, axis=1)
        rows = self._run(mean, *([] if y is None else [y]), call=Coder.typical)
        squared, _ = row_errors(
            *[torch.as_tensor(a, dtype=torch.float64) for a in (rows, x)], self._blocks
        )
        self.residual_ = float(squared.mean() + _LEAST) if squared.numel() else 1.0
        if not self._game.aggregated:
            return
        codes = mean + spread * rng.standard_normal(mean.shape)
        n_components = n_components_of(self.prior_components, len(codes))
        prior = fit_prior(codes, y, max(1, self._n_classes), n_components, rng)
        self.weights_ |= {f"prior.{name}": a for name, a in prior.items()}

    @property
    def _batch_size(self):
        if self.batch_size != "auto":
            return self.batch_size
        return 128 if self.image_shape is None else 64

    @property
    def _game(self):
        return CODE_GAMES[self.game] if isinstance(self.game, str) else self.game

    # -- networks ----------------------------------------------------------------------

    @property
    def _is_table(self):
        return isinstance(self.encoder_, RankEncoder)

    @property
    def _blocks(self):
        return self.encoder_.blocks_ if self._is_table else None

    def _recipe(self, player):
        recipe = getattr(self, player)
        if callable(recipe):
            return partial(build_network, player, recipe, call=_CALLS[player])
        shares = player == "encoder" and self._game.shares_features
        if recipe in ("auto", "mlp") or shares:
            if player != "generator":
                return FlatMLP
            return RowGenerator if self._is_table else image_bounded(_flat_generator)
        return {
            "generator": image_bounded(nn.ConvDecoder),
            "encoder": nn.ConvEncoder,
            "critic": nn.DCGANCritic,
        }[player]

    def _build_coder(self):
        game, shape = self._game, self._net_shape
        n_outputs = self.n_components_ * (1 + game.stochastic) + self._n_classes
        generator = Generator(
            self._recipe("generator"),
            self.n_components_,
            self._n_classes,
            shape,
            self._blocks,
        )
        view = None
        if game.shares_features:
            shape = N_FEATURES
        elif self._is_table:
            view = ScoreView(self._blocks)
            shape = shape + view.n_more
        encoder = self._recipe("encoder")(shape, n_outputs)
        return Coder(encoder, generator, view, game.stochastic)

    def _build_critic(self):
        n_codes = self.n_components_ if self._game.joint else 0
        return FeatureCritic(
            self._recipe("critic"),
            self._net_shape,
            self._blocks,
            n_codes,
            self._n_classes,
        )

    def _build_module(self, player):
        return self._networks(None)[player]()

    def _check_networks(self):
        """Refuse networks that do not fit, before any training."""
        for name, images in (
            ("generator", "conv"),
            ("encoder", "conv"),
            ("critic", "dcgan"),
        ):
            if self.image_shape is None and getattr(self, name) == images:
                raise ValueError(
                    f'{name}="{images}" needs images; set image_shape=(height, width), '
                    'or use "mlp".'
                )
        with SeededDraws(torch.Generator().manual_seed(0)), torch.no_grad():
            coder, critic = self._build_coder().eval(), self._build_critic().eval()
        shape = self._net_shape
        shape = shape if isinstance(shape, tuple) else (shape,)
        n, game = self.n_components_, self._game
        rows = torch.zeros(2, *shape)
        view = critic.view or torch.nn.Identity()
        seen = torch.zeros(2, N_FEATURES) if game.shares_features else view(rows)
        n_outputs = n * (1 + game.stochastic) + self._n_classes
        expected = {
            "generator": (
                coder.generator.net,
                torch.zeros(2, n + self._n_classes),
                shape,
            ),
            "encoder": (coder.encoder, seen, (n_outputs,)),
            "critic": (critic.net, view(rows), (N_FEATURES,)),
        }
        for name, (net, x, want) in expected.items():
            with torch.no_grad():
                found = run_network(name, net, x)
            if tuple(found.shape) != (2, *want):
                raise ValueError(
                    f"{name} must be a recipe {_CALLS[name]} of a network that maps "
                    f"{tuple(x.shape)} to {(2, *want)}, got {tuple(found.shape)}."
                )

    # -- inference ---------------------------------------------------------------------

    def _encoded(self, X):
        """Encode rows, scores in the middle of their intervals."""
        check_is_fitted(self)
        X = self._read_X(X, reset=False)
        if self._is_table:
            return self.encoder_.transform(X, Middle())
        return self.encoder_.transform(X)

    def _run_features(self, x):
        return self._run(x, player="critic", call=FeatureCritic.features)

    def _found(self, x):
        """Means of codes of encoded rows, and logits of classes after them."""
        seen = self._run_features(x) if self._game.shares_features else x
        return self._run(seen, call=Coder.codes)

    def _known_classes(self, y, found):
        """Codes of given labels, or of those that the encoder finds."""
        if y is not None or not self._n_classes:
            return self._needed_codes(y, len(found))
        return found[:, self.n_components_ :].argmax(axis=1)

    def _prior(self):
        """Mixture of the codes; empty for the standard normal."""
        return self._weights_of("prior")

    def _prior_codes(self, n, classes, random_state):
        places = np.zeros(n, dtype=np.int64) if classes is None else classes
        return draw_prior(self._prior(), self.n_components_, places, random_state)

    def _rows(self, Z, classes, u=None):
        """Rows of codes, their categories the most probable ones or drawn."""
        if u is not None:
            more = [u] if classes is None else [u, classes]
            found = self._run(Z, *more, call=Coder.drawn)
        else:
            more = [] if classes is None else [classes]
            found = self._run(Z, *more, call=Coder.decoded)
        if self._is_table:
            return self.encoder_.decode(found)
        return self.encoder_.inverse_transform(found, clip=True)

    def _entry_weights(self, mask):
        """Weights of encoded entries of a mask of those of rows."""
        if not self._is_table:
            return self.encoder_.to_net(mask.astype(np.float64))
        weights = np.zeros((len(mask), self.encoder_.n_encoded_))
        for block in self._blocks:
            own = slice(block["start"], block["start"] + block["width"])
            weights[:, own] = mask[:, block["column"], None]
        return weights

    def _energy(self, x, weights, classes, z, coder, prior, noise):
        """Errors of the rows of codes; in nats, less the log-prior, given `noise`."""
        squared, surprise = weighted_errors(
            coder.typical(z, classes), x, weights, self._blocks
        )
        if noise is None:
            return squared + surprise
        return squared / (2 * noise) + surprise - log_prior(prior, z, classes)

    def _in_chunks(self, call, *arrays):
        """Call with tensors of a few rows at a time; None stays None."""
        device, coder = self._fitted_module()
        dtype = next(coder.parameters()).dtype
        found = []
        for start in range(0, len(arrays[0]), _CHUNK):
            own = slice(start, start + _CHUNK)
            tensors = [
                None if a is None else as_tensor(np.ascontiguousarray(a[own]), device)
                for a in arrays
            ]
            tensors = [
                t.to(dtype) if t is not None and t.is_floating_point() else t
                for t in tensors
            ]
            with frozen(coder):
                found.append(call(coder, *tensors).cpu().numpy().astype(np.float64))
        return np.concatenate(found)

    def _prior_tensors(self):
        device, coder = self._fitted_module()
        dtype = next(coder.parameters()).dtype
        return {
            name: torch.as_tensor(a, dtype=dtype, device=device)
            for name, a in self._prior().items()
        }

    def _errors(self, x, weights, Z, classes, *, energy=False):
        """Weighted squared errors and surprises of the rows of codes, summed."""
        prior = self._prior_tensors() if energy else None
        noise = self.residual_ if energy else None

        def call(coder, x, weights, Z, classes):
            with torch.no_grad():
                return self._energy(x, weights, classes, Z, coder, prior, noise)

        return self._in_chunks(call, x, weights, Z, classes)

    def _nearest_codes(self, x, weights, Z, classes, n_steps):
        """Most probable codes of rows of which some entries weigh."""
        prior = self._prior_tensors()

        def call(coder, x, weights, Z, classes):
            def energy(z):
                return self._energy(
                    x, weights, classes, z, coder, prior, self.residual_
                )

            return descend(energy, Z, n_steps)

        return self._in_chunks(call, x, weights, Z, classes)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64"]
        return tags

    @property
    def _n_features_out(self):
        return self.n_components_


def _flat_generator(n_inputs, output_shape):
    """Residual perceptron of images."""
    return torch.nn.Sequential(
        RowGenerator(n_inputs, int(np.prod(output_shape))),
        torch.nn.Unflatten(1, output_shape),
    )

"""GANTransformer: codes that are learned in a game."""

from functools import partial
from numbers import Integral, Real

import numpy as np
import torch

from .. import nn
from .._compat import Interval, StrOptions
from ..base import NeuralEstimator
from ..encoding import ImageEncoder, RankEncoder
from ..encoding.code_mixture import fit_prior, n_components_of
from ..training import (
    SeededDraws,
    TrainingData,
    build_network,
    run_network,
)
from ._code_games import CODE_GAMES, CodeGame
from ._code_outputs import CodeOutputs
from ._code_players import (
    N_FEATURES,
    Coder,
    FeatureCritic,
    FlatMLP,
    flat_generator,
    image_bounded,
    row_errors,
)
from ._players import Generator, RowGenerator, ScoreView

_MOST_ROWS = 20_000  # whose codes the mixture is fitted to
_LEAST = 1e-4  # variance of what is left of a row
_CALLS = {
    "encoder": "encoder(input_shape, n_outputs)",
    "generator": "generator(n_inputs, output_shape)",
    "critic": "critic(input_shape, n_outputs)",
}


class GANTransformer(CodeOutputs, NeuralEstimator):
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
        training; ``"auto"``: one for 200 rows, at most 50.
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

    `sample` draws codes of the mixture in games whose codes have distributions, else of
    the standard normal, of which the generator learned.

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

    def _recipe(self, player):
        recipe = getattr(self, player)
        if callable(recipe):
            return partial(build_network, player, recipe, call=_CALLS[player])
        shares = player == "encoder" and self._game.shares_features
        if recipe in ("auto", "mlp") or shares:
            if player != "generator":
                return FlatMLP
            return RowGenerator if self._is_table else image_bounded(flat_generator)
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

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64"]
        return tags

    @property
    def _n_features_out(self):
        return self.n_components_

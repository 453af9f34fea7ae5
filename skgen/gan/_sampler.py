"""GANSampler: rows drawn by a network that learned in a game."""

import warnings
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning

from .._compat import Interval, StrOptions, fit_context
from ..base import ClassConditional, NeuralEstimator, fresh_or, hold_out
from ..encoding import ImageEncoder, RankEncoder
from ..losses.gan import LOSSES, GANLoss
from ..losses.penalties import R1, Penalty
from ..training import (
    AdversarialNet,
    Batches,
    SeededDraws,
    make_generator,
    resolve_device,
)
from ._asked import TrainingBySampling
from ._draws import Draws
from ._game import Game
from ._networks import RECIPES, Networks

__all__ = ["GANSampler"]

# Steps of a fit with max_epochs="auto", of a table or of images, and the bounds of its
# epochs.
_N_STEPS, _IMAGE_STEPS, _EPOCHS = 6000, 3000, (10, 400)
_FEWEST_STEPS = 1500  # of the generator
# Steps of an epoch at least, and rows of a batch at least, in small tables.
_MIN_STEPS, _MIN_BATCH = 4, 16
_GAMMA = 0.1  # weight of R1, for tables
_SAME = 1e-3  # share of the range of the rows that counts as none
_SETTLING = 20  # batches that settle the running moments of a generator


class GANSampler(Networks, Draws, ClassConditional, NeuralEstimator):
    r"""Generative adversarial network: draws rows like those of a table, or images.

    A generator G turns noise z into rows; a critic D learns to tell them from the rows
    of the fit, and the generator to mislead it. In the game of the first paper

    .. math:: \min_G \max_D\; E_x \log D(x) + E_z \log (1 - D(G(z)))

    the best critic is p / (p + q) and the value 2 JS(p, q) - 2 log 2: the generator's
    distribution q comes nearer to p. Other games are other `loss`.

    Parameters
    ----------
    loss : str or GANLoss, default="minimax"
        A name of `skgen.losses.gan.LOSSES`, or a loss.
    penalty : "auto", Penalty or None, default="auto"
        Penalty of the critic's gradients; ``"auto"``: that of the loss, else R1 unless
        the loss clips weights or has an autoencoding critic.
    penalty_every : int, default=4
        The penalty counts on each so-manieth step, as many times as much.
    generator : {"auto", "mlp", "dcgan", "resnet"} or callable, default="auto"
        Network, or a recipe ``generator(n_inputs, output_shape)`` of one. A shape is an
        int for tables, else ``(channels, height, width)``. ``"auto"``: ``"mlp"`` for
        tables, ``"dcgan"`` for images.
    critic : {"auto", "mlp", "dcgan", "resnet"} or callable, default="auto"
        Network, or a recipe ``critic(input_shape, n_outputs)`` of one; for a loss that
        needs an autoencoding critic, ``critic(input_shape, input_shape)``, which is not
        told of classes.
    image_shape : tuple, default=None
        ``(height, width)`` or ``(height, width, channels)`` of image rows in C order.
    n_latent : int or "auto", default="auto"
        Size of the noise; ``"auto"``: 64, for narrow tables as many as the columns of
        encoded rows.
    n_code_classes : int, default=0
        Classes of a code beside the noise that the critic has to recover (InfoGAN).
    n_code_numbers : int, default=0
        Numbers of such a code, evenly distributed from -1 to 1.
    conditions : array-like of names, or "all", default=None
        Columns of a table whose values `sample` can be asked for: categories, booleans
        and numbers of at most two values. Columns of an array are named by their
        places.
    conditioning : {"projection", "embedding", "auxiliary"}, default="projection"
        How the critic is told of classes, if `fit` is given labels: by a projection,
        with its input, or by having to classify too (AC-GAN).
    n_critic : int or "auto", default="auto"
        Steps of the critic for each of the generator; ``"auto"``: 5 for Wasserstein
        losses, else 1.
    pack : int, default=1
        Rows that the critic sees together (PacGAN), against collapse.
    minibatch_deviation : bool, default=False
        Whether the critic sees the mean deviation of a batch, against collapse.
    instance_noise : float, default=0.0
        Deviation of the noise on what the critic sees, which decays to zero in the
        course of a fit.
    ema : float in [0, 1), default=0.999
        Decay of the running average of the weights, which `sample` uses.
    max_epochs : int or "auto", default="auto"
        Passes over the rows; ``"auto"``: 6,000 steps of a table, 3,000 of images, 1,500
        of the generator at least, in 10 to 400 epochs.
    batch_size : int or "auto", default="auto"
        Rows of a batch; ``"auto"``: 256 of a table, 64 images.
    learning_rate : float, default=1.5e-3
        Step size of the generator's AdamW.
    critic_learning_rate : float, default=None
        Step size of the critic's; None: twice that of the generator.
    betas : tuple of two floats, default=(0.5, 0.99)
        Decay rates of AdamW.
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
    classes_ : ndarray of shape (n_classes,)
        Labels, if `fit` was given such.
    weights_ : dict of ndarray
        Weights of generator and critic.
    history_ : list of dict
        Losses and scores of each epoch.
    n_epochs_ : int
        Epochs trained.
    n_latent_ : int
        Size of the noise.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    AutoregressiveDensity : Samples of tables that come closer, and likelihoods.
    VAETransformer : Samples by way of codes.

    Notes
    -----
    The loss of the held-out rows is their energy distance from as many samples.

    References
    ----------
    I. Goodfellow et al., "Generative adversarial nets", NeurIPS 2014, equation 1. A.
    Radford, L. Metz, S. Chintala, "Unsupervised representation learning with deep
    convolutional generative adversarial networks", ICLR 2016. L. Mescheder, A. Geiger,
    S. Nowozin, "Which training methods for GANs do actually converge?", ICML 2018 (R1).
    T. Miyato, M. Koyama, "cGANs with projection discriminator", ICLR 2018. Z. Lin et
    al., "PacGAN", NeurIPS 2018. T. Karras et al., "Progressive growing of GANs", ICLR
    2018, section 3 (deviation of a batch). X. Chen et al., "InfoGAN", NeurIPS 2016. L.
    Xu et al., "Modeling tabular data using conditional GAN", NeurIPS 2019, section 4.3
    (conditions). E. Jang, S. Gu, B. Poole, "Categorical
    reparameterization with Gumbel-softmax", ICLR 2017 (categories).

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skgen import GANSampler
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> gan = GANSampler(max_epochs=3, random_state=0).fit(X, y)
    >>> gan.sample(2, y=[0, 2], random_state=0).shape
    (2, 13)
    """

    _parameter_constraints = {
        **NeuralEstimator._parameter_constraints,
        "loss": [StrOptions(set(LOSSES)), GANLoss],
        "penalty": [StrOptions({"auto"}), Penalty, None],
        "penalty_every": [Interval(Integral, 1, None, closed="left")],
        "generator": [StrOptions({"auto", *RECIPES}), callable],
        "critic": [StrOptions({"auto", *RECIPES}), callable],
        "n_latent": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "n_code_classes": [Interval(Integral, 0, None, closed="left")],
        "n_code_numbers": [Interval(Integral, 0, None, closed="left")],
        "conditions": [StrOptions({"all"}), "array-like", None],
        "conditioning": [StrOptions({"projection", "embedding", "auxiliary"})],
        "n_critic": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "pack": [Interval(Integral, 1, None, closed="left")],
        "minibatch_deviation": ["boolean"],
        "instance_noise": [Interval(Real, 0, None, closed="left")],
        "ema": [Interval(Real, 0, 1, closed="left")],
        "max_epochs": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "batch_size": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "critic_learning_rate": [Interval(Real, 0, None, closed="neither"), None],
        "betas": [tuple, list],
    }
    _parts = {"encoder_": (ImageEncoder, RankEncoder)}

    def __init__(
        self,
        loss="minimax",
        *,
        penalty="auto",
        penalty_every=4,
        generator="auto",
        critic="auto",
        image_shape=None,
        n_latent="auto",
        n_code_classes=0,
        n_code_numbers=0,
        conditions=None,
        conditioning="projection",
        n_critic="auto",
        pack=1,
        minibatch_deviation=False,
        instance_noise=0.0,
        ema=0.999,
        max_epochs="auto",
        batch_size="auto",
        learning_rate=1.5e-3,
        critic_learning_rate=None,
        betas=(0.5, 0.99),
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
        self.loss = loss
        self.penalty = penalty
        self.penalty_every = penalty_every
        self.generator = generator
        self.critic = critic
        self.image_shape = image_shape
        self.n_latent = n_latent
        self.n_code_classes = n_code_classes
        self.n_code_numbers = n_code_numbers
        self.conditions = conditions
        self.conditioning = conditioning
        self.n_critic = n_critic
        self.pack = pack
        self.minibatch_deviation = minibatch_deviation
        self.instance_noise = instance_noise
        self.ema = ema
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.critic_learning_rate = critic_learning_rate
        self.betas = betas
        self.weight_decay = weight_decay
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    # -- learning ----------------------------------------------------------------------

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn to draw rows, given their classes if there are labels.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table of numbers, booleans, categories, strings and missing values, or
            flat image rows; at least 2 rows.
        y : array-like of shape (n_samples,), default=None
            Labels; with them rows are drawn given a class.

        Returns
        -------
        self : GANSampler
            Fitted estimator.

        Raises
        ------
        ValueError
            If `X` holds infinite values or fewer than 2 rows, or missing values in
            images; if labels are missing or continuous; if a network returns a wrong
            shape.
        TypeError
            If a column cannot be encoded, dates for instance.
        FloatingPointError
            If a loss is no longer finite.
        """
        return self._fit(X, y, resume=self.warm_start)

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
        return self._fit(X, y, resume=True, epochs=1, classes=classes)

    def _fit(self, X, y, *, resume, epochs=None, classes=None):
        resume = resume and getattr(self, "training_state_", None) is not None
        self._check_betas()
        structure = self._described()
        if resume:
            self._check_same(structure)
        X = self._read_as_given(X, reset=not resume, fewest=1 if resume else 2)
        device = resolve_device(self.device)
        random_state = fresh_or(self.random_state)
        codes = self._read_y(y, len(X), resume, classes)
        with self._fitting(resume or epochs is not None):
            if not resume:
                self._structure, self.training_state_ = structure, None
                self.encoder_ = self._new_encoder(X)
                self.n_latent_ = self._noise_size()
                self._check_networks()
            if self._is_table:
                Z = self.encoder_.transform(X, random_state)
            else:
                Z = self.encoder_.transform(X)
            arrays = [Z] if codes is None else [Z, codes]
            self._learn(arrays, random_state, device, epochs)
        # Not at the first use, which must leave the estimator as it is.
        self._fitted_module()
        self._warn_of_collapse(Z)
        return self

    def _check_betas(self):
        betas = tuple(self.betas)
        if len(betas) != 2 or not all(
            isinstance(b, Real) and 0 <= b < 1 for b in betas
        ):
            raise ValueError(
                f"betas must be two numbers in [0, 1), got {self.betas!r}; (0.5, 0.99) "
                "is usual for GANs."
            )

    def _learn(self, arrays, random_state, device, epochs):
        generator = make_generator(random_state, device)
        share = self.validation_fraction if self.early_stopping else 0.0
        train, held_out = hold_out(len(arrays[0]), share, random_state)
        tensors = [torch.as_tensor(a, device=device) for a in arrays]
        size = min(self._batch_size, max(_MIN_BATCH, len(train) // _MIN_STEPS))
        pack = self._structure["pack"]
        if len(train) < pack:
            raise ValueError(
                f"pack must be at most the number of rows to train on, {len(train)}, "
                f"got {pack}."
            )
        batches = Batches(
            *[t[train] for t in tensors],
            batch_size=max(pack, size - size % pack),
            generator=generator,
            fewest=2 * pack,
        )
        valid = None
        if len(held_out):
            valid = Batches(*[t[held_out] for t in tensors], batch_size=1024)
        loss = self._loss
        n_critic = loss.n_critic if self.n_critic == "auto" else self.n_critic
        game = Game(
            loss,
            self.n_latent_,
            codes=self._codes,
            sampling=self._sampling(*[t[train] for t in tensors]),
            penalty=self._penalty_of(loss),
            every=self.penalty_every,
            noise=self.instance_noise,
            n_critic=n_critic,
        )
        rate = self.critic_learning_rate or 2 * self.learning_rate
        n_steps = _N_STEPS if self._is_table else _IMAGE_STEPS
        n_steps = max(n_steps, _FEWEST_STEPS * n_critic)
        options = self._net_options(
            generator, device, epochs=self._epochs_of(n_steps, len(batches), _EPOCHS)
        )
        options["learning_rate"] = {
            "critic": rate,
            "generator": self.learning_rate,
        }
        net = game.net = AdversarialNet(
            {"critic": self._critic, "generator": self._generator},
            {
                "critic": game.critic,
                "generator": game.generator,
                "valid": game.distance,
            },
            every={"generator": n_critic},
            after=None if loss.clip is None else {"critic": game.bound},
            betas=tuple(self.betas),
            ema=self.ema,
            **options,
        )
        self._train(net, batches, valid=valid, epochs=epochs)

    @property
    def _loss(self):
        return LOSSES[self.loss] if isinstance(self.loss, str) else self.loss

    def _penalty_of(self, loss):
        if not isinstance(self.penalty, str):
            return self.penalty
        if loss.penalty is not None:
            return loss.penalty
        if loss.clip is not None or loss.autoencoding:
            return None
        return R1(_GAMMA if self.image_shape is None else 1.0)

    def _keep(self, net):
        super()._keep(net)
        self._settle()

    def _settle(self):
        """Fit running moments to the averaged weights, where there are such."""
        with SeededDraws(torch.Generator().manual_seed(0)):
            module = self._build_module()
            norms = [m for m in module.modules() if hasattr(m, "running_mean")]
            if not norms:
                return
            module.load_state_dict(
                {k: torch.as_tensor(a) for k, a in self._weights_of_module().items()}
            )
            for norm in norms:
                norm.reset_running_stats()
                norm.momentum = None
            module.train()
            rng = np.random.default_rng(0)
            n = max(2, min(self._batch_size, 256))
            with torch.no_grad():
                for _ in range(_SETTLING):
                    module(*self._some_inputs(rng, n))
        for name, value in module.state_dict().items():
            self.weights_[f"generator.{name}"] = value.numpy()

    def _warn_of_collapse(self, Z):
        rng = np.random.default_rng(0)
        z, y, given = self._some_inputs(rng, 16)
        _, module = self._fitted_module()
        u = rng.random((len(z), len(module.categories))) if module.categories else None
        y, given = (None if a is None else a.numpy() for a in (y, given))
        rows = self._rows_of(z.numpy(), u, y, given)
        if np.ptp(rows, axis=0).max() < _SAME * np.ptp(Z, axis=0).max():
            warnings.warn(
                "The generator collapsed: all rows that it draws are as good as equal; "
                "train with pack=4 or instance_noise=0.1, a smaller learning_rate, or "
                "another loss.",
                ConvergenceWarning,
                stacklevel=4,
            )

    # -- input -------------------------------------------------------------------------

    def _new_encoder(self, X):
        if self.image_shape is None:
            keep = self._condition_places(X)
            encoder = RankEncoder(keep=keep).fit(X)
            for j in keep:
                if encoder.category_block(j) is None:
                    raise ValueError(
                        "conditions must be columns of categories, booleans or at most "
                        f"two values, but {encoder.names_[j]!r} has numbers; cut it "
                        "into categories, or leave it out."
                    )
            return encoder
        if self.conditions is not None:
            raise ValueError(
                "conditions are columns of tables; of images give labels to fit(X, y) "
                "instead."
            )
        return ImageEncoder(self.image_shape).fit(X)

    def _condition_places(self, X):
        """Columns whose values can be asked for, sorted."""
        if self.conditions is None:
            return []
        if isinstance(self.conditions, str):
            encoder = RankEncoder(keep=range(X.shape[1])).fit(X)
            return [j for j in range(X.shape[1]) if encoder.category_block(j)]
        names = X.columns.tolist() if hasattr(X, "columns") else [*range(X.shape[1])]
        for name in self.conditions:
            if name not in names:
                raise ValueError(
                    f"conditions holds {name!r}, which is no column of X; its columns "
                    f"are {names[:30]}."
                )
        return sorted({names.index(name) for name in self.conditions})

    @property
    def _batch_size(self):
        if self.batch_size != "auto":
            return self.batch_size
        return 256 if self.image_shape is None else 64

    def _sampling(self, rows, classes=None):
        asked = self._asked
        if asked is None:
            return None
        return TrainingBySampling(asked.to(rows.device), rows, classes)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.image_shape is None
        return tags

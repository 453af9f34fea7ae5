"""GANSampler: rows drawn by a network that learned in a game."""

import warnings
from functools import partial
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning

from .._compat import Interval, StrOptions
from ..base import NeuralEstimator
from ..encoding import ImageEncoder, RankEncoder
from ..encoding.conditions import Conditional, ConditionEncoder
from ..losses.gan import LOSSES, GANLoss, Hinge, Minimax
from ..losses.penalties import R1, Penalty
from ..training import SeededDraws, TrainingData, as_tensor
from ._augment import DiffAugment
from ._codes import NO_CODES, InfoCodes
from ._conditions import Conditions, TrainingBySampling
from ._critic_inputs import InstanceNoise
from ._draws import Draws
from ._game import GANGame
from ._growth import Growth
from ._networks import RECIPES, GANNetworks
from ._sampler_games import SamplerGame, frozen_copy

# Steps of a fit with max_epochs="auto", of a table or of images, and of the generator.
_TABLE_STEPS, _IMAGE_STEPS, _FEWEST_STEPS = 6000, 3000, 1500
_FEW_IMAGES = 5000  # of which the critic sees changed ones
_GAMMA = 0.1  # weight of R1, for tables
_SAME = 1e-3  # share of the range of the rows that counts as none
_SETTLING = 20  # batches that settle the running moments of a generator


class GANSampler(GANNetworks, Draws, Conditional, NeuralEstimator):
    r"""Generative adversarial network: draws rows like those of a table, or images.

    A generator G turns noise z into rows; a critic D learns to tell them from the rows
    of the fit, and the generator to mislead it. In the game of the first paper

    .. math:: \min_G \max_D\; E_x \log D(x) + E_z \log (1 - D(G(z)))

    the best critic is p / (p + q) and the value 2 JS(p, q) - 2 log 2: the generator's
    distribution q comes nearer to p. Other games are other `loss`.

    Parameters
    ----------
    loss : str, GANLoss or SamplerGame, default="minimax"
        A name of `skgen.losses.gan.LOSSES`, a loss, or another game:
        :class:`FeatureMatchingGAN`, :class:`BayesianGAN`, :class:`GoGAN`.
    penalty : "auto", Penalty or None, default="auto"
        Penalty of the critic's gradients; ``"auto"``: that of the loss, else R1 unless
        the loss clips weights or has an autoencoding critic.
    generator : str or callable, default="auto"
        Network, ``"mlp"``, ``"dcgan"``, ``"resnet"``, ``"biggan"`` or ``"growing"``, or
        a recipe ``generator(n_inputs, output_shape)`` of one. A shape is an int for
        tables, else ``(channels, height, width)``. ``"auto"``: ``"mlp"`` for tables,
        for images ``"dcgan"``, and ``"growing"`` with `growth`.
    critic : str or callable, default="auto"
        Network, named as those of the generator, or a recipe
        ``critic(input_shape, n_outputs)`` of one; for a loss that needs an autoencoding
        critic, ``critic(input_shape, input_shape)``, which is not given classes.
    critic_input : list or "auto", default="auto"
        What is done to rows before the critic sees them, against collapse and learning
        by heart: :class:`Packing`, :class:`MinibatchDeviation`, :class:`InstanceNoise`,
        :class:`DiffAugment`. ``"auto"``: the last, as far as the critic learns by
        heart, for fewer than 5,000 images and losses whose scores are logits. On 2,800
        emoji, after five minutes, ``[]`` was a little ahead.
    growth : Growth or None, default=None
        Networks of images that grow during the fit; on one core the plain ones are
        ahead.
    image_shape : tuple, default=None
        ``(height, width)`` or ``(height, width, channels)`` of image rows in C order.
    volume_shape : tuple, default=None
        ``(depth, height, width)`` or ``(depth, height, width, channels)`` of rows that
        are volumes, in C order.
    n_latent : int or "auto", default="auto"
        Size of the noise; ``"auto"``: 64, for narrow tables as many as the columns of
        encoded rows.
    codes : InfoCodes or None, default=None
        Codes beside the noise that the critic has to recover (InfoGAN).
    conditions : Conditions, array-like of names, "all" or None, default=None
        Columns of a table whose values `sample` can be given, or
        :class:`Conditions`, which also says what becomes of the labels or other
        conditions of ``fit(X, y)`` (a frame, an array of several columns, numbers that
        are not all whole, text, pictures), and how the critic learns of them.
    ema : float in [0, 1), default=0.999
        Decay of the running average of the weights.
    max_epochs : int or "auto", default="auto"
        Passes over the rows; ``"auto"``: 6,000 steps of a table, 3,000 of images, 1,500
        of the generator at least, in 10 to 400 epochs.
    batch_size : int or "auto", default="auto"
        Rows of a batch; ``"auto"``: 256 of a table, 64 images.
    learning_rate : float or dict of float, default=1.5e-3
        Step size of the generator's AdamW; the critic's is twice as large. A dict has
        one for ``"generator"`` and one for ``"critic"``.
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
    condition_encoder_ : ConditionEncoder
        How other conditions become numbers, if `fit` was given such.
    condition_rows_ : ndarray of shape (n_rows, n_conditions)
        Such conditions of the first fit, of at most 10,000 rows, that draws without any
        are made with.
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
        "loss": [StrOptions(set(LOSSES)), GANLoss, SamplerGame],
        "penalty": [StrOptions({"auto"}), Penalty, None],
        "generator": [StrOptions({"auto", *RECIPES}), callable],
        "critic": [StrOptions({"auto", *RECIPES}), callable],
        "critic_input": [list, tuple, StrOptions({"auto"})],
        "growth": [Growth, None],
        "n_latent": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "codes": [InfoCodes, None],
        "conditions": [Conditions, StrOptions({"all"}), "array-like", None],
        "ema": [Interval(Real, 0, 1, closed="left")],
        "batch_size": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "learning_rate": [Interval(Real, 0, None, closed="neither"), dict],
    }
    _parts = {
        "encoder_": (ImageEncoder, RankEncoder),
        "condition_encoder_": (ConditionEncoder,),
    }
    _player = "generator"
    _keeps_dtypes = True
    _min_steps = 4
    _augments_itself = False

    def __init__(
        self,
        loss="minimax",
        *,
        penalty="auto",
        generator="auto",
        critic="auto",
        critic_input="auto",
        growth=None,
        image_shape=None,
        volume_shape=None,
        n_latent="auto",
        codes=None,
        conditions=None,
        ema=0.999,
        max_epochs="auto",
        batch_size="auto",
        learning_rate=1.5e-3,
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

    # -- learning ----------------------------------------------------------------------

    def _prepare(self, X, y, goes_on, streams):
        if not goes_on:
            few = self.image_shape is not None and len(X) < _FEW_IMAGES
            self._augments_itself = few and isinstance(self._loss, Minimax | Hinge)
        structure = self._describe()
        if goes_on:
            self._check_same(structure)
        else:
            self._structure = structure
            self.encoder_ = self._new_encoder(X)
            self.n_latent_ = self._noise_size()
            self._check_networks()
        options = [streams("ranks")] if self._is_table else []
        Z = self.encoder_.transform(X, *options)
        return TrainingData([Z] if y is None else [Z, y])

    def _networks(self, data):
        networks = {"critic": self._build_critic, "generator": self._build_generator}
        third = self._structure["loss"]["third"]
        if third is not None:
            networks[third] = partial(frozen_copy, self._build_generator)
        return networks

    def _objectives(self, data):
        third = self._structure["loss"]["third"]
        found = self._game(data).objectives()
        return found if third is None else {third: None, **found}

    def _game(self, data):
        """Make the game of the two players."""
        sampling = None
        if self._columns is not None:
            device = data.device
            rows = [as_tensor(a[data.train], device) for a in data.arrays]
            x, y = rows if len(rows) == 2 else (*rows, None)
            columns = self._columns.to(device)
            sampling = TrainingBySampling(columns, x, y, self._conditions)
        game = GANGame
        if self._other_game is not None:
            n_rows = len(data if data.train is None else data.train)
            game = self._other_game.game(n_rows, self._rates()["generator"])
        return game(
            self._loss,
            self.n_latent_,
            codes=self.codes or NO_CODES,
            sampling=sampling,
            penalty=self._penalty_of(self._loss),
            noise=self._critic_input[InstanceNoise],
            augment=self._critic_input[DiffAugment],
            # What is grown already stays so.
            growth=None if data.goes_on else self.growth,
            mismatch=self._conditions.mismatch,
        )

    def _net_options(self, data):
        loss = self._loss
        return {
            "learning_rate": self._rates(),
            "every": {"generator": loss.n_critic},
            "after": None if loss.clip is None else {"critic": self._clip},
            "betas": tuple(loss.betas),
            "ema": self.ema,
        }

    def _rates(self):
        """Step size of each player."""
        rates = self.learning_rate
        if not isinstance(rates, dict):
            return dict.fromkeys(self._networks(None), rates) | {"critic": 2 * rates}
        if set(rates) != {"generator", "critic"} or not all(
            isinstance(rate, Real) and rate > 0 for rate in rates.values()
        ):
            raise ValueError(
                "learning_rate must be a number > 0, or a dict of one for "
                f'"generator" and one for "critic", got {rates!r}.'
            )
        return dict.fromkeys(self._networks(None), rates["generator"]) | rates

    def _clip(self, critic):
        """Clip the weights of the critic, where the loss asks for it."""
        with torch.no_grad():
            for p in critic.parameters():
                p.clamp_(-self._loss.clip, self._loss.clip)

    @property
    def _auto_steps(self):
        steps = _TABLE_STEPS if self._is_table else _IMAGE_STEPS
        return max(steps, _FEWEST_STEPS * self._loss.n_critic)

    def _batch_shape(self, n_rows):
        pack = self._structure["critic_input"]["pack"]
        if n_rows < pack:
            raise ValueError(
                "the pack of critic_input must be at most the number of rows to train "
                f"on, {n_rows}, got Packing({pack})."
            )
        size, _ = super()._batch_shape(n_rows)
        return max(pack, size - size % pack), 2 * pack

    def _penalty_of(self, loss):
        if not isinstance(self.penalty, str):
            return self.penalty
        if loss.penalty is not None:
            return loss.penalty
        if loss.clip is not None or loss.autoencoding:
            return None
        return R1(1.0 if self._has_pixels else _GAMMA)

    def _finish(self, data, streams):
        self._settle()
        self._warn_of_collapse(data.arrays[0])

    def _settle(self):
        """Fit running moments to the averaged weights, where there are such."""
        _, module = self._fitted_module()
        norms = [m for m in module.modules() if hasattr(m, "running_mean")]
        if not norms:
            return
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
        module.train()
        rng = np.random.default_rng(0)
        n = max(2, min(self._batch_size, 256))
        generator = torch.Generator().manual_seed(0)
        with SeededDraws(generator), torch.no_grad():
            for _ in range(_SETTLING):
                module(*self._some_inputs(rng, n))
        module.eval()
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
                "train with critic_input=[Packing(4)] or [InstanceNoise(0.1)], a "
                "smaller learning_rate, or another loss.",
                ConvergenceWarning,
                stacklevel=6,
            )

    # -- input -------------------------------------------------------------------------

    def _new_encoder(self, X):
        if not self._has_pixels:
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
        if self._conditions.columns is not None:
            raise ValueError(
                "conditions are columns of tables; of images give labels to fit(X, y) "
                "instead."
            )
        return ImageEncoder(**self._pixel_layout).fit(X)

    def _condition_places(self, X):
        """Columns that can have conditions, sorted."""
        columns = self._conditions.columns
        if columns is None:
            return []
        if isinstance(columns, str):
            encoder = RankEncoder(keep=range(X.shape[1])).fit(X)
            return [j for j in range(X.shape[1]) if encoder.category_block(j)]
        names = X.columns.tolist() if hasattr(X, "columns") else [*range(X.shape[1])]
        for name in columns:
            if name not in names:
                raise ValueError(
                    f"conditions holds {name!r}, which is no column of X; its columns "
                    f"are {names[:30]}."
                )
        return sorted({names.index(name) for name in columns})

    @property
    def _batch_size(self):
        if self.batch_size != "auto":
            return self.batch_size
        return 64 if self._has_pixels else 256

"""PairedTranslator: rows to rows, or images to images, along known pairs."""

from functools import partial
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from .. import nn
from .._compat import Interval, StrOptions
from ..base import NeuralEstimator
from ..encoding import ImageEncoder, TableEncoder
from ..encoding._columns import check_lengths
from ..encoding.checks import check_n_samples
from ..encoding.random_state import own_generator
from ..losses.gan import LOSSES, GANLoss
from ..losses.gan._usable import usable_loss
from ..training import SeededDraws, TrainingData, build_network, run_network
from ._augment import read_changes
from ._linear import answer_images, fit_images, fit_numbers, no_line
from ._paired_players import PairCritic, PairGame, PairGenerator

_TABLE_STEPS, _IMAGE_STEPS = 3000, 1600  # of a fit with max_epochs="auto"
_RECIPES = {
    "unet": nn.UNet,
    "resnet": nn.ResidualTranslator,
    "mlp": partial(nn.RowTranslator, identity=False),
}
_CALLS = {
    "generator": "generator(input_shape, output_shape)",
    "critic": "critic(input_shape, n_outputs)",
}


def _is_random(translator):
    if not (translator.n_latent or translator.dropout):
        raise AttributeError(
            "sample draws answers where there is noise: set n_latent or dropout above "
            "0 before fit."
        )
    return True


class PairedTranslator(RegressorMixin, MultiOutputMixin, NeuralEstimator):
    r"""Translation along pairs: a network that turns each row into its partner.

    The network minimises the error of its answers. With an adversarial weight a critic
    that sees questions and answers judges them besides (pix2pix):

    .. math:: E\|y - G(x)\| + \lambda\, L_G(D(x, G(x)))

    Parameters
    ----------
    loss : {"l2", "l1"}, default="l2"
        Squared error, whose best answer is the mean, or absolute error, whose best
        answer is the median and is sharper.
    adversarial_weight : float, default=0.0
        Weight of what the critic says of answers; 0 is a plain regression, without a
        critic. Some .01 makes answers sharper and their errors larger.
    adversarial_loss : str or GANLoss, default="hinge"
        A name of `skgen.losses.gan.LOSSES`, or a loss without an autoencoding critic.
    generator : {"auto", "unet", "resnet", "mlp"} or callable, default="auto"
        Network, or a recipe ``generator(input_shape, output_shape)`` of one. A shape is
        an int for tables, else ``(channels, height, width)``; values of images are from
        -1 to 1. ``"auto"``: ``"unet"`` from images to images, ``"mlp"`` for tables, and
        convolutions between images and tables.
    critic : {"auto", "patch", "mlp"} or callable, default="auto"
        Network, or a recipe ``critic(input_shape, n_outputs)`` of one, whose input has
        the channels, or the columns, of question and answer. ``"auto"``: ``"patch"``
        for answers that are images, else ``"mlp"``.
    image_shape : tuple, default=None
        ``(height, width)`` or ``(height, width, channels)`` of image rows in C order.
    target_shape : tuple, default=None
        The same of the answers; None: those with as many columns as `image_shape` are
        images too, others are numbers.
    linear : bool, default=True
        Whether the network begins at a ridge regression, in closed form. From images to
        images it is one on 200 principal components, whose answers the network sees.
    n_latent : int, default=0
        Size of a code of noise beside each row, of which `sample` draws; it says
        something only where a critic judges.
    dropout : float in [0, 1), default=0.0
        Share of hidden units that ``"unet"``, ``"resnet"`` and ``"mlp"`` drop, in
        training and in `sample`.
    projection : bool, default=False
        Whether answers are shifted so that their means over blocks are the pixels of
        the question, exactly: for images whose sides grow by a whole factor.
    augment : collection of {"flip", "shift", "hue"} or None, default=None
        Changes of training images, of both sides alike. Take those that the map
        commutes with: drawings can be flipped, digits cannot.
    ema : float in [0, 1), default=0.995
        Decay of the running average of the weights.
    max_epochs : int or "auto", default="auto"
        Passes over the rows; ``"auto"``: 3,000 steps, 1,600 to images, in 2 to 400
        epochs.
    batch_size : int or "auto", default="auto"
        Rows of a batch; ``"auto"``: 128 of a table, 32 images; fewer in small tables,
        so that an epoch has 4 steps.
    learning_rate : float, default=2e-3
        Step size of AdamW, decaying to zero by a cosine.
    weight_decay : float, default=1e-4
        Decoupled weight decay.
    early_stopping : bool, default=True
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
    target_encoder_ : object or None
        How answers become numbers, if they are images.
    linear_ : dict of ndarray or None
        The ridge regression that the network begins at.
    n_outputs_ : int
        Columns of an answer.
    weights_ : dict of ndarray
        Weights of the networks.
    history_ : list of dict
        Losses and scores of each epoch.
    n_epochs_ : int
        Epochs trained.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    DomainTranslator : Translation without pairs.

    Notes
    -----
    The loss of the held-out rows is their `loss`, of unchanged images, without what the
    critic says. The ridge regression has the penalty that is best for rows left out.
    To training images it answers without having seen them, so that the network learns
    how far to trust it.

    Pixels of answers are clipped to the range of those of `fit`, but for `projection`.
    Beyond the range they are no error in training either where the truth is at its end.

    References
    ----------
    P. Isola, J.-Y. Zhu, T. Zhou, A. Efros, "Image-to-image translation with conditional
    adversarial networks", CVPR 2017, equations 1 to 4. C. Soenderby et al., "Amortised
    MAP inference for image super-resolution", ICLR 2017, section 3.2 (`projection`).

    Examples
    --------
    Digits from their halves of the resolution:

    >>> from sklearn.datasets import load_digits
    >>> from skgen import PairedTranslator
    >>> Y, _ = load_digits(return_X_y=True)
    >>> X = Y.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16)
    >>> model = PairedTranslator(
    ...     image_shape=(4, 4), target_shape=(8, 8), max_epochs=1, random_state=0
    ... ).fit(X, Y)
    >>> model.predict(X).shape
    (1797, 64)
    """

    _parameter_constraints = {
        "loss": [StrOptions({"l1", "l2"})],
        "adversarial_weight": [Interval(Real, 0, None, closed="left")],
        "adversarial_loss": [
            StrOptions({n for n, loss in LOSSES.items() if not loss.autoencoding}),
            GANLoss,
        ],
        "generator": [StrOptions({"auto", *_RECIPES}), callable],
        "critic": [StrOptions({"auto", "patch", "mlp"}), callable],
        "target_shape": ["array-like", None],
        "linear": ["boolean"],
        "n_latent": [Interval(Integral, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "projection": ["boolean"],
        "augment": ["array-like", str, None],
        "ema": [Interval(Real, 0, 1, closed="left")],
        "batch_size": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
    }
    _parts = {
        "encoder_": (TableEncoder, ImageEncoder),
        "target_encoder_": (ImageEncoder,),
    }
    _player = "generator"
    _min_steps = 4
    _linear_numbers = True
    _auto_epochs = 2, 400

    def __init__(
        self,
        loss="l2",
        *,
        adversarial_weight=0.0,
        adversarial_loss="hinge",
        generator="auto",
        critic="auto",
        image_shape=None,
        target_shape=None,
        linear=True,
        n_latent=0,
        dropout=0.0,
        projection=False,
        augment=None,
        ema=0.995,
        max_epochs="auto",
        batch_size="auto",
        learning_rate=2e-3,
        weight_decay=1e-4,
        early_stopping=True,
        validation_fraction=0.1,
        n_iter_no_change=20,
        warm_start=False,
        callbacks=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self._store(locals())

    # -- answers -----------------------------------------------------------------------

    def predict(self, X):
        """Answers to rows, without noise: the code at zero, no dropout.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        Y : ndarray of shape (n_samples, n_outputs) or (n_samples,)
            Answers in the units of those of `fit`, pixels within their range (with
            `projection` a little beyond); one-dimensional if those were.
        """
        check_is_fitted(self)
        Z = self._encode(self._read_X(X, reset=False))
        return self._flat(self._answers(Z, self._run(*self._seen(Z))))

    @available_if(_is_random)
    def sample(self, X, n_samples=1, *, random_state=None):
        """Draw answers to rows, by codes of noise and by dropout.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_rows, n_features)
            Rows.
        n_samples : int, default=1
            Answers to each row.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        Y : ndarray of shape (n_samples, n_rows, n_outputs) or (n_samples, n_rows)
            Answers.
        """
        check_is_fitted(self)
        n_samples, rng = check_n_samples(n_samples), own_generator(random_state)
        Z = self._encode(self._read_X(X, reset=False))
        found, n_latent = [], self._structure["n_latent"]
        for _ in range(n_samples):
            noise = [rng.standard_normal((len(Z), n_latent))] if n_latent else []
            seed = torch.Generator().manual_seed(int(rng.randint(2**31 - 1)))
            with SeededDraws(seed):
                drawn = self._run(*self._seen(Z), *noise, call=PairGenerator.draw)
            found.append(self._flat(self._answers(Z, drawn)))
        return np.stack(found)

    def score(self, X, y, sample_weight=None):
        """Coefficient of determination over all outputs together.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True answers.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            1 minus the squared error over that of the mean answer, both summed over
            outputs: pixels that hardly vary count for little.
        """
        Y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
        found = self.predict(X)
        check_consistent_length(found, Y, sample_weight)
        Y, found = Y.reshape(len(Y), -1), found.reshape(len(found), -1)
        weights = (
            np.ones(len(Y)) if sample_weight is None else np.asarray(sample_weight)
        )
        mean = np.average(Y, axis=0, weights=weights)
        lost, whole = (
            weights @ np.square(a).sum(axis=1) for a in (found - Y, mean - Y)
        )
        if whole == 0:
            return 1.0 if lost == 0 else 0.0
        return float(1 - lost / whole)

    def _answers(self, Z, found):
        """Answers in the units of `fit`, of outputs of the network."""
        if not self._target_is_image:
            return self._line(Z) + found * self.linear_["scale"]
        encoder = self.target_encoder_
        center, half = encoder._scale()
        rows = center + half * encoder._to_rows(found)
        if self._structure["projection"]:
            return rows
        return rows.clip(encoder.low_, encoder.high_)

    def _seen(self, Z):
        """Give encoded rows, and the answers to them that the network begins at."""
        return [Z, self._line(Z)] if self._begins_at_images else [Z]

    @property
    def _begins_at_images(self):
        return self._target_is_image and self.linear_ is not None

    def _line(self, Z):
        """Answers of the ridge regression."""
        if self._target_is_image:
            return answer_images(self.linear_, Z, self._target_shape)
        Z = Z.reshape(len(Z), -1).astype(np.float64)
        return Z @ self.linear_["coef"].T + self.linear_["intercept"]

    def _flat(self, rows):
        return rows[:, 0] if self._structure["flat"] else rows

    # -- fit ---------------------------------------------------------------------------

    def _read_y(self, y, n_rows, goes_on, classes):
        """Answers as numbers, (n_rows, n_outputs)."""
        super()._read_y(None, n_rows, goes_on, classes)
        if y is None:
            raise ValueError(
                "This PairedTranslator estimator requires y to be passed, but the "
                "target y is None: fit(X, Y) takes the partner of each row."
            )
        check_lengths(y, "y")
        Y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
        check_consistent_length(np.empty(n_rows), Y)
        if Y.ndim > 2:
            raise ValueError(
                f"y must hold one flat answer per row, got shape {Y.shape}; use "
                "Y.reshape(len(Y), -1)."
            )
        self._flat_target = Y.ndim == 1
        return Y.reshape(n_rows, -1)

    def _prepare(self, X, y, goes_on, streams):
        self._changes = read_changes(self.augment)
        structure = {
            "n_latent": int(self.n_latent),
            "projection": bool(self.projection),
            "flat": self.__dict__.pop("_flat_target"),
            "critic": self.adversarial_weight > 0,
        }
        if not goes_on:
            self._structure = structure
            self.n_outputs_ = y.shape[1]
            self.encoder_ = self._fit_encoder(X)
            self.target_encoder_ = self._fit_target_encoder(y)
        elif structure != self._structure or y.shape[1] != self.n_outputs_:
            raise ValueError(
                "n_latent, projection, whether there is a critic, and the shape of y "
                "must be what they were in the fit that this one goes on from; set "
                "warm_start=False and call fit to begin anew."
            )
        self._check_shapes()
        Z = self._encode(X)
        arrays = self._with_answers(Z, y, goes_on, streams)
        if not goes_on:
            self._check_networks()
        return TrainingData(arrays)

    def _with_answers(self, Z, y, goes_on, streams):
        """Fit what is linear; give rows, its answers where networks see them, truth."""
        if not self._target_is_image:
            if not goes_on:
                fit = fit_numbers if self.linear else no_line
                self.linear_ = fit(Z.reshape(len(Z), -1), y)
            T = (y - self._line(Z)) / self.linear_["scale"]
            return [Z, T.astype(np.float32)]
        T = self.target_encoder_.transform(y)
        if not goes_on:
            self.linear_ = None
            if self.linear and self._is_image:
                self.linear_, answers = fit_images(Z, T, streams("linear"))
                return [Z, answers, T]
        if self.linear_ is None:
            return [Z, T]
        return [Z, self._line(Z).astype(np.float32), T]

    def _fit_target_encoder(self, y):
        """Fit an encoder to answers that are images; None for others."""
        shape = self.target_shape
        if shape is None:
            if not self._is_image or y.shape[1] != self.n_features_in_:
                return None
            shape = self.image_shape
        try:
            return ImageEncoder(shape).fit(y)
        except (TypeError, ValueError) as error:
            told = str(error).replace("image_shape", "target_shape")
            raise type(error)(f"y does not hold such images: {told}") from error

    @property
    def _is_image(self):
        return isinstance(self.encoder_, ImageEncoder)

    @property
    def _target_is_image(self):
        return self.target_encoder_ is not None

    def _check_shapes(self):
        """Refuse options that do not suit the kinds of rows and answers."""
        images = self._is_image, self._target_is_image
        for name, is_given in (
            ("augment", bool(self._changes)),
            ("projection", self.projection),
        ):
            if is_given and not all(images):
                raise ValueError(
                    f"{name} is for rows and answers that are images; set image_shape="
                    f"(height, width), or leave {name} out, got "
                    f"{getattr(self, name)!r}."
                )
        for name, value, wanted in (
            ("generator", "unet", (True, True)),
            ("generator", "resnet", (True, True)),
            ("generator", "mlp", (False, False)),
            ("critic", "patch", (images[0], True)),
            ("critic", "mlp", (images[0], False)),
        ):
            if getattr(self, name) == value and images != wanted:
                kind = "images" if wanted[1] else "numbers"
                raise ValueError(
                    f'{name}="{value}" is for answers that are {kind}, of such rows; '
                    f'set image_shape and target_shape so, or use "auto".'
                )
        usable_loss(self.adversarial_loss, LOSSES, "hinge", "adversarial_loss")

    def _networks(self, data):
        found = {"generator": self._build_generator}
        if self._structure["critic"]:
            found = {"critic": self._build_critic, **found}
        return found

    def _objectives(self, data):
        return PairGame(
            self.loss,
            self.adversarial_weight,
            self._adversarial_loss,
            self._changes,
            clipped=self._target_is_image and not self._structure["projection"],
        ).objectives()

    def _net_options(self, data):
        rates = dict.fromkeys(self._networks(None), self.learning_rate)
        if "critic" in rates:
            rates["critic"] = 0.5 * self.learning_rate
        return {
            "learning_rate": rates,
            "schedule": "cosine",
            "ema": self.ema,
            "betas": (0.5, 0.99) if self._structure["critic"] else (0.9, 0.999),
            "clip": 5.0,
        }

    @property
    def _auto_steps(self):
        return _IMAGE_STEPS if self._target_is_image else _TABLE_STEPS

    @property
    def _adversarial_loss(self):
        loss = self.adversarial_loss
        return LOSSES[loss] if isinstance(loss, str) else loss

    @property
    def _batch_size(self):
        if self.batch_size != "auto":
            return self.batch_size
        return 128 if self.image_shape is None else 32

    # -- networks ----------------------------------------------------------------------

    @property
    def _target_shape(self):
        if not self._target_is_image:
            return self.n_outputs_
        return tuple(int(n) for n in self.target_encoder_.net_shape_)

    def _recipe(self, player):
        recipe, to_image = getattr(self, player), self._target_is_image
        if callable(recipe):
            return partial(build_network, player, recipe, call=_CALLS[player])
        if player == "critic":
            return nn.PatchCritic if to_image else partial(nn.MLP, hidden=(128, 128))
        if recipe == "auto" and self._is_image != to_image:
            return nn.ConvDecoder if to_image else nn.ConvNet
        if recipe == "auto":
            recipe = "unet" if to_image else "mlp"
        return partial(_RECIPES[recipe], dropout=self.dropout)

    def _build_generator(self):
        projection = None
        if self._structure["projection"]:
            own, theirs = self.encoder_._scale(), self.target_encoder_._scale()
            projection = own[1] / theirs[1], (own[0] - theirs[0]) / theirs[1]
        return PairGenerator(
            self._recipe("generator"),
            self._net_shape,
            self._target_shape,
            self._structure["n_latent"],
            projection,
            self._begins_at_images,
        )

    def _build_critic(self):
        return PairCritic(self._recipe("critic"), self._net_shape, self._target_shape)

    def _build_module(self, player):
        return self._networks(None)[player]()

    def _check_networks(self):
        """Refuse networks that do not fit, before any training."""
        own, theirs = self._net_shape, self._target_shape
        if self._structure["projection"]:
            factor = theirs[1] // own[1]
            if theirs != (own[0], factor * own[1], factor * own[2]) or factor < 1:
                raise ValueError(
                    "projection needs answers with the channels of the rows, and sides "
                    f"that are a whole multiple of theirs, got (channels, height, "
                    f"width) of {theirs} for {own}."
                )
        rows, answers = (
            torch.zeros(2, *(shape if isinstance(shape, tuple) else (shape,)))
            for shape in (own, theirs)
        )
        with SeededDraws(torch.Generator().manual_seed(0)), torch.no_grad():
            generator = self._build_generator().eval()
            start = (answers,) if self._begins_at_images else ()
            inputs = generator.seen(rows, *start)
            found = run_network("generator", generator.net, inputs)
            if found.shape != answers.shape:
                raise ValueError(
                    f"generator must be a recipe {_CALLS['generator']} of a network "
                    f"that maps {tuple(inputs.shape)} to {tuple(answers.shape)}, got "
                    f"{tuple(found.shape)}."
                )
            if self._structure["critic"]:
                critic = self._build_critic().eval()
                pair = critic.pair(rows, answers)
                found = run_network("critic", critic.net, pair)
                if found.ndim < 2 or found.shape[:2] != (2, 1):
                    raise ValueError(
                        f"critic must be a recipe {_CALLS['critic']} of a network that "
                        f"maps {tuple(pair.shape)} to (2, 1) or (2, 1, n_patches), got "
                        f"{tuple(found.shape)}."
                    )

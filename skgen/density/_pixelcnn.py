"""PixelCNNDensity: images, pixel by pixel (van den Oord et al., 2016)."""

from functools import partial
from numbers import Integral, Real

import pandas as pd

from .. import nn
from .._compat import Interval, StrOptions
from ..encoding import LevelEncoder
from ..training import TrainingData, has_bfloat16, resolve_device
from ._conditional import ConditionalDensity
from ._pixel_draws import PixelDraws
from ._pixel_model import OUTPUTS, PixelModel, check_network, objective

MODULES = ("GatedPixelCNN", "PixelCNN")
# Images that inference looks at together: their activations fit the cache.
CHUNK = 32


class PixelCNNDensity(PixelDraws, ConditionalDensity):
    r"""Probability of small images as a product over their pixels.

    .. math:: p(x) = \prod_i p(x_i \mid x_1, \dots, x_{i-1})

    in raster order, the channels of a pixel one after the other (R, G given R, B given
    both); a convolutional network gives each factor from the earlier pixels [1]_, [2]_.
    Fitted with labels it learns p(x|y) and classifies by Bayes' rule.

    Parameters
    ----------
    image_shape : tuple, default=None
        ``(height, width)`` or ``(height, width, channels)`` of image rows in C order.
    levels : int or "auto", default="auto"
        Pixels are whole numbers from 0 to ``levels - 1``, 2 to 256 levels; ``"auto"``:
        the largest value of `fit` plus one.
    module : "auto", str or callable, default="auto"
        Recipe ``module(image_shape, n_outputs, n_classes)`` of the network; see
        :class:`~skgen.nn.GatedPixelCNN`, which is ``"auto"``, for its arguments and its
        result. ``"PixelCNN"`` is :class:`~skgen.nn.PixelCNN`. The next parameters are
        those of these two; a recipe does not get shifts, and its images are not moved.
    n_channels : int, default=64
        Channels of the network; those of the vertical stack of ``"GatedPixelCNN"``.
    n_blocks : int, default=5
        Residual blocks of the network.
    dropout : float in [0, 1), default=0.05
        Share of the channels that training drops.
    max_shift : int, default=1
        Half of the training images are moved by up to so many pixels. The network is
        given the shift, so that its density remains that of unmoved images [4]_.
    output : {"auto", "softmax", "logistic"}, default="auto"
        Distribution of a pixel: a softmax over the levels, or a mixture of ten
        discretised logistics [3]_, which knows that levels are ordered. ``"auto"``
        takes the softmax up to 64 levels.
    mixed_precision : bool or "auto", default="auto"
        Whether training multiplies in bfloat16; ``"auto"``: where the device does so
        natively. Inference and draws are in float64.
    max_epochs : int or "auto", default="auto"
        Passes over the images; ``"auto"``: 1,500 steps, in 4 to 60 epochs.
    batch_size : int, default=32
        Images in a step.
    learning_rate : float, default=5e-3
        Largest step size of AdamW, on a cosine schedule.
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
    levels_ : int
        Number of levels.
    image_shape_ : tuple of int
        ``(height, width, channels)``.
    classes_ : ndarray of shape (n_classes,)
        Labels; only after a fit with labels.
    class_log_prior_ : ndarray of shape (n_classes,)
        Logarithm of the share of each class; only after a fit with labels.
    history_ : list of dict
        Losses of each epoch, in nats per image.
    weights_ : dict of ndarray
        Weights of the network.
    n_epochs_ : int
        Epochs trained.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if `X` has string names.

    See Also
    --------
    skgen.nn.GatedPixelCNN : The network.

    Notes
    -----
    Without `image_shape` an image is a square if the number of columns is a square
    number, and else a single row of pixels.

    Log-probabilities are in nats, of levels, not of intensities: comparing two models
    needs the same levels. In bits per dimension, `bits_per_dim`, a uniform model has
    the logarithm to base 2 of `levels_`.

    References
    ----------
    .. [1] A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu (2016). Pixel recurrent
       neural networks. ICML. https://arxiv.org/abs/1601.06759
    .. [2] A. van den Oord et al. (2016). Conditional image generation with PixelCNN
       decoders. NeurIPS. https://arxiv.org/abs/1606.05328
    .. [3] T. Salimans et al. (2017). PixelCNN++. ICLR.
       https://arxiv.org/abs/1701.05517
    .. [4] H. Jun et al. (2020). Distribution augmentation for generative modeling.
       ICML. https://proceedings.mlr.press/v119/jun20a.html

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skgen.density import PixelCNNDensity
    >>> X, y = load_digits(return_X_y=True)
    >>> X = X // 4
    >>> model = PixelCNNDensity(n_blocks=1, max_epochs=3, random_state=0).fit(X)
    >>> bool(model.bits_per_dim(X) < 1.2)
    True
    >>> model.sample(2, random_state=0).shape
    (2, 64)
    """

    _parameter_constraints = {
        "levels": [Interval(Integral, 2, 256, closed="both"), StrOptions({"auto"})],
        "module": [StrOptions({"auto", *MODULES}), callable],
        "output": [StrOptions({"auto", *OUTPUTS})],
        "n_channels": [Interval(Integral, 2, None, closed="left")],
        "n_blocks": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "max_shift": [Interval(Integral, 0, None, closed="left")],
        "mixed_precision": ["boolean", StrOptions({"auto"})],
    }
    _parts = {"encoder_": (LevelEncoder,)}
    _allows_nan = False
    _only_numbers = "the levels of pixels"
    _auto_steps, _auto_epochs = 1500, (4, 60)

    def __init__(
        self,
        image_shape=None,
        *,
        levels="auto",
        module="auto",
        n_channels=64,
        n_blocks=5,
        dropout=0.05,
        max_shift=1,
        output="auto",
        mixed_precision="auto",
        max_epochs="auto",
        batch_size=32,
        learning_rate=5e-3,
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
        if not goes_on:
            encoder = LevelEncoder(self.image_shape, levels=self.levels)
            self.encoder_ = encoder.fit(rows, frame)
            self.levels_ = encoder.levels_
            channels, height, width = encoder.net_shape_
            self.image_shape_ = height, width, channels
        images = self.encoder_.transform(rows)
        if callable(self.module):
            check_network(self._build_module("module"))
        return TrainingData([images] if y is None else [images, y])

    def _networks(self, data):
        return self._recipe()

    def _objectives(self, data):
        mixed = self.mixed_precision
        if mixed == "auto":
            mixed = has_bfloat16(resolve_device(self.device))
        max_shift = 0 if callable(self.module) else self.max_shift
        return partial(objective, bool(mixed), max_shift)

    def _net_options(self, data):
        return {"schedule": "cosine", "ema": 0.995, "clip": 1.0}

    @property
    def _validation_batch(self):
        return max(256, self.batch_size)

    def _recipe(self):
        """Recipe of the network with the likelihood of its pixels."""
        if callable(self.module):
            network = self.module
        else:
            own = {"n_channels": self.n_channels, "n_blocks": self.n_blocks}
            name = "GatedPixelCNN" if self.module == "auto" else self.module
            network = partial(
                getattr(nn, name),
                dropout=self.dropout,
                max_shift=self.max_shift,
                **own,
            )
        output = self.output
        if output == "auto":
            output = "softmax" if self.levels_ <= 64 else "logistic"
        return partial(
            PixelModel,
            network,
            self.encoder_.net_shape_,
            self.levels_,
            output,
            self._n_classes,
        )

    # -- log-probabilities -------------------------------------------------------------

    def _encoded(self, X):
        return self.encoder_.transform(self._read_X(X, reset=False))

    def _log_prob(self, images, codes=None, counted=None):
        """Log-probability of encoded images, float64."""
        arrays = [a for a in (images, codes, counted) if a is not None]
        return self._run(*arrays, chunk_size=CHUNK)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.positive_only = True
        return tags

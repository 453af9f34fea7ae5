"""VAETransformer: codes with distributions (Kingma and Welling, 2014)."""

from functools import partial
from numbers import Integral, Real

import numpy as np
import torch
from scipy.special import logsumexp, ndtri
from scipy.stats import qmc
from sklearn.utils.validation import check_is_fitted

from .._compat import HasMethods, Interval, StrOptions
from ._base import LatentTransformer
from ._model import AutoencoderModel


class VAETransformer(LatentTransformer):
    r"""Variational autoencoder: latent codes, generation, likelihoods.

    A row x has a distribution of codes z, a diagonal Gaussian
    :math:`q(z|x) = N(\mu(x), \sigma^2(x))`, and a code has a distribution of rows. Both
    are networks, trained together to maximise the evidence lower bound (ELBO)

    .. math:: \log p(x) \ge E_{q(z|x)} \log p(x|z) - \beta\, KL(q(z|x) \,\|\, N(0, I))

    Parameters
    ----------
    n_components : int, default=10
        Dimensions of a code.
    likelihood : str, default="auto"
        Distribution of a row given its code: ``"gaussian"`` (one deviation, learned,
        for all pixels, or for each column), ``"bernoulli"`` (values from 0 to 1; those
        between count by their share), ``"categorical"`` (a softmax over integer
        levels), ``"logistic"`` (a discretised logistic over integer levels), or
        ``"mixed"`` (tables; each column its own: a softmax of categories, of missing
        values and of numbers that repeat, a mixture of Gaussians for other numbers).
        ``"auto"``: ``"bernoulli"`` for zeros and ones, ``"mixed"`` for tables with
        other columns than plain numbers or with missing values, else ``"gaussian"``.
    image_shape : tuple, default=None
        ``(height, width)`` or ``(height, width, channels)`` of image rows in C order.
    volume_shape : tuple, default=None
        ``(depth, height, width)`` or ``(depth, height, width, channels)`` of rows that
        are volumes, in C order.
    encoder : {"mlp", "conv"} or callable, default="mlp"
        Network, or a recipe ``encoder(input_shape, n_outputs)`` of one that gives
        codes, or their means and then their log-variances. A shape is an int for
        tables, else ``(channels, height, width)``.
    decoder : {"mlp", "conv"} or callable, default="mlp"
        Network, or a recipe ``decoder(n_inputs, output_shape)`` of one that gives the
        parameters of the distributions of rows.
    hidden : tuple of int or "auto", default="auto"
        Widths of the hidden layers of the encoder, and in reverse of the decoder;
        ``"auto"``: (256, 256) for tables, (512, 256) for pixels; () is a linear map.
    beta : float, default=1.0
        Weight of the divergence.
    warmup : float in [0, 1], default=0.1
        Share of the steps over which the weight rises to `beta` (not in
        `partial_fit`).
    free_bits : float, default=0.0
        Nats of divergence that each dimension has for free, against inactive ones.
    input_noise : float or "auto", default="auto"
        Deviation of the noise on what the encoder sees in training; the range of
        pixels is from -1 to 1, numbers of a table have a deviation of 1. ``"auto"``: 0
        for tables, else a fortieth of the root of the number of pixels, at most 1: what
        many pixels say together bears more noise.
    random_shift : int, default=0
        Pixels by which images are moved at most in training. Raises the likelihood of
        new images of centered objects.
    prior : {"mixture", "normal"}, default="mixture"
        Distribution of the codes that `sample` and `score_samples` take: a mixture of
        Gaussians fitted to the codes of the rows after training, or N(0, I), which has
        mass where no row has its code.
    prior_components : int or "auto", default="auto"
        Components of the mixture of Gaussians that is fitted to the codes after
        training; ``"auto"``: one for 200 rows, at most 50.
    conditional : bool, default=False
        Whether `fit` takes labels or other conditions (a frame, an array of several
        columns, numbers that are not all whole, text), of which the decoder is told:
        codes are then what these do not say. Off by default, since a pipeline hands
        over labels that are for its last step.
    condition_encoder : "auto" or transformer, default="auto"
        How conditions that are no labels become numbers. ``"auto"``: numbers are
        standardised, categories and booleans become codes, text its character n-grams
        by TF-IDF. A transformer of scikit-learn takes `y` whatever it is, whole
        numbers too.
    max_epochs : int or "auto", default="auto"
        Passes over the rows; ``"auto"``: 3,000 steps, in 10 to 400 epochs.
    batch_size : int, default=128
        Rows of a batch; fewer in small tables, so that an epoch has 8 steps.
    learning_rate : float, default=1e-3
        Step size of AdamW, decaying to zero by a cosine.
    weight_decay : float, default=0.0
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
    likelihood_ : str
        The likelihood that was chosen.
    n_components_ : int
        Dimensions of a code.
    encoder_ : object
        How rows become numbers.
    classes_ : ndarray of shape (n_classes,)
        Labels, of a conditional model.
    class_log_prior_ : ndarray of shape (n_classes,)
        Logarithms of their shares in `fit`, of a conditional model.
    weights_ : dict of ndarray
        Weights of the networks, and the mixture of codes (``prior.*``).
    history_ : list of dict
        Losses of each epoch: the negative ELBO, in nats of encoded rows, and its parts
        ``reconstruction`` and ``kl``.
    n_epochs_ : int
        Epochs trained.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    AutoencoderTransformer : Codes without distributions.
    AutoregressiveDensity : Exact likelihoods of tables, and samples closer to them.

    Notes
    -----
    Gaussian pixels share one deviation, which is a parameter like others: that makes
    out how much the divergence weighs, without a `beta` to tune (Rybkin et al., 2021).
    A Gaussian makes a density of values that repeat, pixels of integers for example; do
    not compare its `score_samples` with log-masses.

    In a conditional model the encoder is not told the label, so that `transform` needs
    none; the paper's (Sohn et al., 2015) is.

    References
    ----------
    D. P. Kingma, M. Welling, "Auto-encoding variational Bayes", ICLR 2014, equation 10.
    I. Higgins et al., "beta-VAE", ICLR 2017 (`beta`). D. P. Kingma et al., "Improving
    variational inference with inverse autoregressive flow", NeurIPS 2016 (`free_bits`).
    D. Im et al., "Denoising criterion for variational auto-encoding framework", AAAI
    2017 (`input_noise`). O. Rybkin, K. Daniilidis, S. Levine, "Simple and effective VAE
    training with calibrated decoders", ICML 2021. P. Ghosh et al., "From variational to
    deterministic autoencoders", ICLR 2020 (`prior`).

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skgen import VAETransformer
    >>> X, _ = load_digits(return_X_y=True)
    >>> vae = VAETransformer(5, image_shape=(8, 8), max_epochs=3, random_state=0)
    >>> vae.fit(X).transform(X).shape
    (1797, 5)
    >>> vae.sample(2, random_state=0).shape
    (2, 64)
    """

    _parameter_constraints = {
        "beta": [Interval(Real, 0, None, closed="left")],
        "warmup": [Interval(Real, 0, 1, closed="both")],
        "free_bits": [Interval(Real, 0, None, closed="left")],
        "prior": [StrOptions({"mixture", "normal"})],
        "conditional": ["boolean"],
        "condition_encoder": [StrOptions({"auto"}), HasMethods(["fit", "transform"])],
    }
    _variational = True

    @property
    def _condition_options(self):
        """Encoder and shape of the conditions of ``fit(X, y)``."""
        return self.condition_encoder, None

    def __init__(
        self,
        n_components=10,
        *,
        likelihood="auto",
        image_shape=None,
        volume_shape=None,
        encoder="mlp",
        decoder="mlp",
        hidden="auto",
        beta=1.0,
        warmup=0.1,
        free_bits=0.0,
        input_noise="auto",
        random_shift=0,
        prior="mixture",
        prior_components="auto",
        conditional=False,
        condition_encoder="auto",
        max_epochs="auto",
        batch_size=128,
        learning_rate=1e-3,
        weight_decay=0.0,
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

    # -- codes -------------------------------------------------------------------------

    def transform(self, X, return_std=False):
        """Means of the codes of rows.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        return_std : bool, default=False
            Whether to return the deviations too.

        Returns
        -------
        Z : ndarray of shape (n_samples, n_components)
            Means of q(z|x).
        Z_std : ndarray of shape (n_samples, n_components)
            Deviations of q(z|x), if `return_std`.
        """
        if not isinstance(return_std, bool | np.bool_):
            raise TypeError(
                "return_std must be True or False, got "
                f"{type(return_std).__name__}; transform takes no labels, call "
                "transform(X)."
            )
        found = self._codes(X)
        mean, std = np.split(found, 2, axis=1)
        return (mean, std) if return_std else mean

    # -- likelihoods -------------------------------------------------------------------

    def score_samples(self, X, y=None, *, method="elbo", n_samples=16):
        """Lower bound of the log-likelihood of each row, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : label or array-like of shape (n_samples,), default=None
            Classes, of a conditional model; None sums over them by their shares.
        method : {"elbo", "importance"}, default="elbo"
            ``"elbo"`` is the evidence lower bound; ``"importance"`` takes the draws as
            importance samples, which is higher, and nearer to log p(x) the more there
            are.
        n_samples : int, default=16
            Codes drawn for each row, from the same points for all rows and calls: the
            error of few of them does not average out over rows.

        Returns
        -------
        bound : ndarray of shape (n_samples,), dtype float64
            In the units of `X`; discrete columns and pixels count by their log-mass.
        """
        check_is_fitted(self)
        if method not in ("elbo", "importance"):
            raise ValueError(f'method must be "elbo" or "importance", got {method!r}.')
        if not isinstance(n_samples, Integral) or n_samples < 1:
            raise ValueError(f"n_samples must be an integer >= 1, got {n_samples!r}.")
        arrays, extra = self._encoded(X)
        call = partial(
            AutoencoderModel.bound,
            points=_points(int(n_samples), self.n_components_),
            importance=method == "importance",
        )

        def run(*more):
            # The draws weigh more than what single precision rounds.
            options = {"dtype": torch.float32, "whole": True}
            bound = self._run(*arrays, *more, call=call, **options)
            return bound[:, 0] + extra

        if not self._condition_width:
            self._needed_codes(y, len(extra))
            return run()
        if y is not None or self._is_vector:
            return run(self._needed_codes(y, len(extra)))
        joint = [
            run(np.full(len(extra), k)) + self.class_log_prior_[k]
            for k in range(self._n_classes)
        ]
        return logsumexp(joint, axis=0)

    def score(self, X, y=None):
        """Mean evidence lower bound of the rows, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,), default=None
            Classes, of a conditional model; else not used.

        Returns
        -------
        bound : float
            Mean of ``score_samples(X)``.
        """
        check_is_fitted(self)
        return float(self.score_samples(X, y if self._condition_width else None).mean())

    # -- fit ---------------------------------------------------------------------------

    def _kl_weight(self, progress):
        """Rise to `beta` over the warm-up."""
        return self.beta * (min(1.0, progress / self.warmup) if self.warmup else 1.0)

    @property
    def _kl_floor(self):
        return self.free_bits

    @property
    def _has_mixture(self):
        return self.prior == "mixture"


def _points(n_points, n_dimensions):
    """Spread points of the standard normal evenly, always the same."""
    # Named `seed`, not `rng`, which SciPy knows since 1.15.
    sobol = qmc.Sobol(n_dimensions, scramble=True, seed=np.random.default_rng(0))
    points = sobol.random_base2(int(np.ceil(np.log2(n_points))))[:n_points]
    return ndtri(points.clip(1e-9, 1 - 1e-9))

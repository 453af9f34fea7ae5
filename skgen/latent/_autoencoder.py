"""AutoencoderTransformer: codes that bring rows back."""

from ._base import LatentTransformer


class AutoencoderTransformer(LatentTransformer):
    r"""Autoencoder: codes of few dimensions that rows can be brought back from.

    .. math:: \max \sum_i \log p(x_i \mid z = f(x_i))

    For Gaussian rows that is least squares. With ``hidden=()`` codes span the space of
    the principal components.

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
    input_noise : float or "auto", default=0.0
        Deviation of the noise on what the encoder sees in training; the range of
        pixels is from -1 to 1, numbers of a table have a deviation of 1. ``"auto"``: 0
        for tables, else a fortieth of the root of the number of pixels, at most 1: what
        many pixels say together bears more noise.
    random_shift : int, default=0
        Pixels by which images are moved at most in training. Raises the likelihood of
        new images of centered objects.
    prior_components : int or "auto", default="auto"
        Components of the mixture of Gaussians that is fitted to the codes after
        training; ``"auto"``: one for 200 rows, at most 50.
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
    weights_ : dict of ndarray
        Weights of the networks, and the mixture of codes (``prior.*``).
    history_ : list of dict
        Negative log-likelihoods of each epoch, in nats of encoded rows.
    n_epochs_ : int
        Epochs trained.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    VAETransformer : Codes with distributions, and likelihoods.

    References
    ----------
    G. E. Hinton, R. R. Salakhutdinov, "Reducing the dimensionality of data with neural
    networks", Science 2006. P. Vincent et al., "Extracting and composing robust
    features with denoising autoencoders", ICML 2008 (`input_noise`). P. Ghosh et al.,
    "From variational to deterministic autoencoders", ICLR 2020 (`sample`).

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skgen import AutoencoderTransformer
    >>> X, _ = load_digits(return_X_y=True)
    >>> model = AutoencoderTransformer(5, image_shape=(8, 8), max_epochs=3)
    >>> model.fit_transform(X).shape
    (1797, 5)
    >>> model.reconstruct(X[:2]).shape
    (2, 64)
    """

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
        input_noise=0.0,
        random_shift=0,
        prior_components="auto",
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

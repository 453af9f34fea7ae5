"""FlowDensity: normalizing flows on tables of continuous columns."""

from functools import partial
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from .._compat import Interval, StrOptions
from ..base import NeuralDensity
from ..encoding import GaussianEncoder
from ..encoding.checks import check_n_samples, check_widths
from ..encoding.random_state import own_generator
from ..training import Group, TrainingData, make_generator
from ._zuko import FLOWS, FlowModule, draw_base, named_flow

# Training sees multiples of this: rounding errors of a * X must not reach the weights.
_GRAIN = 2.0**-16
# With fewer rows their correlations are their own: encoded by them rows lie nearer to
# the center than new ones will, also those held out.
_ROWS_PER_COLUMN = 20
_MOST_SPLINES = 32  # columns that splines pay for


class FlowDensity(ClassNamePrefixFeaturesOutMixin, TransformerMixin, NeuralDensity):
    r"""Normalizing flow: an exact density, and an invertible map to a normal one.

    A flow :math:`f` maps rows to a standard normal base [1]_. The log-density is that
    of the base at :math:`f(x)` plus the logarithm of the volume change,

    .. math:: \log p(x) = \log p_0(f(x))
        + \log \left| \det \frac{\partial f(x)}{\partial x} \right| .

    The first layers are :class:`~skgen.encoding.GaussianEncoder`: robust scales, a
    power per column against skewness, decorrelation. The learned ones begin as the
    identity, so that training starts from a Gaussian copula with these margins and
    departs from it as far as rows held out find better.

    Parameters
    ----------
    flow : {"auto", "nsf", "maf", "coupling"} or callable, default="auto"
        ``"auto"``: ``"nsf"`` for at most 32 columns, else ``"maf"``. ``"nsf"``:
        autoregressive rational-quadratic splines [2]_, the identity beyond five
        standard deviations; ``"maf"``: autoregressive shifts and scales [3]_;
        ``"coupling"``: the splines, but each layer maps one half of the columns given
        the other, which makes `sample` fast in many columns. Or a recipe
        ``flow(features)`` that returns a flow of zuko, such as ``zuko.flows.BPF``.
    n_transforms : int, default=2
        Number of learned layers; not used with a recipe.
    hidden : tuple of int, default=(64, 64)
        Sizes of the hidden layers of the networks; not used with a recipe.
    power : bool, default=True
        Whether to begin with a power of each column.
    whiten : bool, default=True
        Whether to take the correlations away before the learned layers.
    noise : float or "auto", default="auto"
        Standard deviation of normal noise added to the rows of each step, in units of
        whitened columns. It keeps a flexible flow from narrow peaks on single rows [4]_
        and smooths the density by as much. ``"auto"`` is n ** -(1/4 + 1 / (d + 1))
        for n rows of d columns.
    max_epochs : int or "auto", default="auto"
        Passes over the rows. ``"auto"``: 8,000 steps, in at most 200 epochs; an epoch
        has at least 20 steps.
    batch_size : int, default=256
        Rows of a step.
    learning_rate : float, default=1e-3
        Step size of AdamW.
    weight_decay : float, default=1e-3
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
    encoder_ : GaussianEncoder
        The first, invertible layers.
    history_ : list of dict
        Losses of each epoch: negative log-densities of encoded rows, in nats.
    weights_ : dict of ndarray
        Weights of the flow.
    n_epochs_ : int
        Epochs trained.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if `X` has string names.

    See Also
    --------
    TransformedDensity : Any density behind any scikit-learn scaler.

    Notes
    -----
    Columns must be continuous. On a column with ties a density has no upper bound, and
    a flexible one wins likelihood by narrow peaks at the ties; see the user guide. A
    column of one value stays out of the flow and counts by its mass. For columns that
    must stay positive, give the flow their logarithms:
    ``TransformedDensity(FunctionTransformer(np.log, np.exp), FlowDensity())``. Rows
    whose columns are linear functions of others lie in a plane, where a density is
    infinite; they are treated as if they had noise of at least a thousandth of their
    spread, as `reg_covar` does in :class:`~sklearn.mixture.GaussianMixture`.

    ``score_samples`` after ``fit(a * X + b)``, a > 0, is that of ``fit(X)`` less
    ``n_features * log(a)``: training sees the same numbers.

    References
    ----------
    .. [1] G. Papamakarios et al. (2021). Normalizing flows for probabilistic modeling
       and inference. JMLR 22(57), equation 4. https://arxiv.org/abs/1912.02762
    .. [2] C. Durkan et al. (2019). Neural spline flows. NeurIPS.
       https://arxiv.org/abs/1906.04032
    .. [3] G. Papamakarios et al. (2017). Masked autoregressive flow for density
       estimation. NeurIPS. https://arxiv.org/abs/1705.07057
    .. [4] J. Rothfuss et al. (2019). Noise regularization for conditional density
       estimation. https://arxiv.org/abs/1907.08982

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.density import FlowDensity
    >>> X = np.random.default_rng(0).gamma(2.0, size=(400, 2))
    >>> model = FlowDensity("maf", max_epochs=5, random_state=0).fit(X)
    >>> model.score_samples(X).shape
    (400,)
    >>> model.sample(3, random_state=0).shape
    (3, 2)
    >>> bool(np.allclose(model.inverse_transform(model.transform(X)), X))
    True
    """

    _parameter_constraints = {
        "flow": [StrOptions({"auto", *FLOWS}), callable],
        "n_transforms": [Interval(Integral, 1, None, closed="left")],
        "hidden": ["array-like"],
        "power": ["boolean"],
        "whiten": ["boolean"],
        "noise": [Interval(Real, 0, None, closed="left"), StrOptions({"auto"})],
    }
    _parts = {"encoder_": (GaussianEncoder,)}
    _allows_nan, _keeps_dtypes = False, True
    _min_steps = 20
    _auto_steps, _auto_epochs = 8000, (1, 200)

    def __init__(
        self,
        flow="auto",
        *,
        n_transforms=2,
        hidden=(64, 64),
        power=True,
        whiten=True,
        noise="auto",
        max_epochs="auto",
        batch_size=256,
        learning_rate=1e-3,
        weight_decay=1e-3,
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

    def score_samples(self, X):
        """Log-density of each row, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_density : ndarray of shape (n_samples,), dtype float64
            In the units of `X`; columns of one value count by their log-mass.
        """
        check_is_fitted(self)
        X = self._read_X(X, reset=False)
        _, log_det, log_base = self._forward(X)
        return log_base + log_det + self.encoder_.log_mass(X)

    def transform(self, X):
        """Map rows to the base space, where they are standard normal.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        Z : ndarray of shape (n_samples, n_varied), dtype float64
            Points of the base space; columns of one value have none.
        """
        check_is_fitted(self)
        return self._forward(self._read_X(X, reset=False))[0]

    def log_abs_det_jacobian(self, X):
        """Logarithm of the volume change of `transform`.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_det : ndarray of shape (n_samples,), dtype float64
            log abs det dz/dx of each row, in nats.
        """
        check_is_fitted(self)
        return self._forward(self._read_X(X, reset=False))[1]

    def inverse_transform(self, X):
        """Map points of the base space back to rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_varied)
            Points of the base space, as `transform` returns them.

        Returns
        -------
        X_original : ndarray of shape (n_samples, n_features), dtype float64
            Rows, as numbers.
        """
        check_is_fitted(self)
        Z = check_array(X, dtype=np.float64)
        if Z.shape[1] != self.encoder_.n_encoded_:
            raise ValueError(
                f"X must have the {self.encoder_.n_encoded_} columns of the base "
                f"space, got {Z.shape[1]}; pass what transform returns."
            )
        return self._backward(Z)

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
            Rows in the container and the dtypes that `fit` saw; columns of integers
            are rounded.
        """
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        generator = make_generator(own_generator(random_state))
        _, module = self._fitted_module()
        Z = draw_base(module, n_samples, generator)
        return self.encoder_.to_table(self._backward(Z, dtype=torch.float32))

    @property
    def _n_features_out(self):
        return self.encoder_.n_encoded_

    def _prepare(self, X, y, goes_on, streams):
        check_widths(self.hidden)
        if not goes_on:
            encoder = GaussianEncoder(power=self.power, whiten=self.whiten)
            self.encoder_ = encoder.fit(X)
        n, d = X.shape
        few = self.whiten and n < _ROWS_PER_COLUMN * d and not goes_on
        encoder = self.encoder_
        Z = encoder.transform_held_out(X) if few else encoder.transform(X)
        FlowModule.check(self._recipe(), Z[:2])
        Z = np.round(Z / _GRAIN) * _GRAIN
        return TrainingData([Z], groups=[Group(np.ones(len(Z), dtype=bool), [Z])])

    def _networks(self, data):
        return self._recipe()

    def _objectives(self, data):
        noise = self.noise
        if noise == "auto":
            n, d = data.arrays[0].shape
            # The denser the rows lie the smaller.
            noise = n ** -(1 / 4 + 1 / (d + 1))
        return partial(_noisy_likelihood, float(noise))

    def _net_options(self, data):
        return {"ema": 0.99}

    def _recipe(self):
        """Recipe of the trained module."""
        recipe = self.flow
        if not callable(recipe):
            options = {"n_transforms": self.n_transforms, "hidden": tuple(self.hidden)}
            if recipe == "auto":
                recipe = "maf" if self.encoder_.n_encoded_ > _MOST_SPLINES else "nsf"
            recipe = partial(named_flow, recipe, **options)
        return partial(FlowModule.build, recipe, self.encoder_.n_encoded_)

    def _forward(self, X):
        """Points of the base space, log-determinants and base log-densities."""
        Z, log_det = self.encoder_.transform_with_log_det(X)
        found = self._run(Z)
        return found[:, :-2], found[:, -2] + log_det, found[:, -1]

    def _backward(self, Z, **options):
        # Columns take turns, in many small steps that want many rows.
        options |= {"cpu_chunk_size": 4096}
        found = self._run(Z, call=FlowModule.inverse, **options)
        return self.encoder_.inverse_transform(found)


def _noisy_likelihood(noise, step):
    """Mean negative log-density of encoded rows, of noisy ones in training."""
    ((x,),) = step.batch
    if noise and step.training:
        device = step.generator.device
        draws = torch.randn(x.shape, generator=step.generator, device=device)
        x = x + noise * draws.to(x.device)
    return -step.player.log_prob(x).mean()

"""RBMDensity: a Boltzmann machine over the columns of a table."""

import copy
from functools import partial
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .._compat import Interval, StrOptions
from ..base import NeuralDensity
from ..encoding import TokenEncoder
from ..encoding.checks import check_n_samples
from ..encoding.random_state import own_generator
from ..nn import RestrictedBoltzmann
from ..nn._boltzmann import TableUnits
from ..training import TrainingData, make_generator
from ._partition import log_partition

# Numbers with at most so many values have masses, and so have values of so many rows.
_FEW_VALUES, _ATOM = 10, 0.1
_BETAS = (0.5, 0.99)
# Temperatures and chains that judge held-out rows after an epoch.
_QUICK = (200, 64)
_ROWS = 2048  # drawn at a time


class RBMDensity(ClassNamePrefixFeaturesOutMixin, TransformerMixin, NeuralDensity):
    r"""Restricted Boltzmann machine: a density known up to a constant, and its chain.

    .. math:: p(v) = \frac{1}{Z} \sum_h \exp(b^T v + c^T h + v^T W h - Q(v))

    Visible units v hold a row: binary ones for two values, several for categories and
    numbers of few values, Gaussian ones, with the square Q and a learned precision, for
    other numbers. Hidden units h are 0 or 1. Learning pulls the density up at the rows
    and down at the rows that Markov chains visit, which go on through the whole fit.
    Z is summed exactly or estimated by annealed importance sampling.

    Parameters
    ----------
    n_components : int, default=256
        Number of hidden units; up to 20 make likelihoods exact.
    discrete : {"auto"} or None, default="auto"
        ``"auto"`` gives masses to the values of a numeric column of at most ten
        different values that repeat, and to single values that a tenth of the rows
        have. None gives every column of numbers with more than two values a density.
    n_chains : int, default=100
        Markov chains that learning and drawing go on with.
    n_steps : int, default=1
        Steps of the chains between two updates of the weights.
    n_draw_steps : int, default=200
        Steps of a chain before a drawn row is read off.
    n_temperatures : int, default=1000
        Steps of annealed importance sampling, after the fit.
    max_epochs : int or "auto", default="auto"
        Passes over the rows; ``"auto"``: 3,000 steps, in 10 to 400 epochs.
    batch_size : int, default=100
        Rows of a batch.
    learning_rate : float, default=1e-2
        Largest step size of AdamW, which rises and falls along a cosine.
    weight_decay : float, default=0.0
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
    encoder_ : TokenEncoder
        Which entries have masses and which have densities, in ``columns_``.
    log_partition_ : float
        Logarithm of Z for encoded rows, in nats.
    log_partition_error_ : float
        Its standard error; 0 where it is exact.
    weights_ : dict of ndarray
        Weights of the machine, and the rows where its chains stand.
    history_ : list of dict
        Losses of each epoch; the training loss is what the update follows, a difference
        of energies, and says nothing of the likelihood.
    n_epochs_ : int
        Epochs trained.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    sklearn.neural_network.BernoulliRBM : Two values only, and no likelihoods.
    AutoregressiveDensity : Likelihoods of tables that are higher, and exact.
    PixelCNNDensity : The same for images.

    Notes
    -----
    The update is persistent contrastive divergence [2]_ by AdamW; the machine begins
    with the biases of independent columns. The base of the annealing has them too
    [3]_. The estimate of Z is unbiased, so that of its logarithm is rather too low than
    too high, and likelihoods are rather too high, by more the larger the standard
    error. The loss of held-out rows is their mean negative log-density, by a shorter
    annealing. A category that `fit` did not see counts as the first of its column, at
    the unseen mass.

    The machine is the branch of generative models with a Markov chain, and is here for
    that. Its likelihoods are lower than those of the other densities.

    References
    ----------
    .. [1] P. Smolensky, "Information processing in dynamical systems", 1986.
    .. [2] T. Tieleman, "Training restricted Boltzmann machines using approximations to
       the likelihood gradient", ICML 2008.
    .. [3] R. Salakhutdinov, I. Murray, "On the quantitative analysis of deep belief
       networks", ICML 2008, equations 14 to 18.
    .. [4] G. Hinton, R. Salakhutdinov, "Reducing the dimensionality of data with neural
       networks", Science 2006 (Gaussian units).

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skgen.density import RBMDensity
    >>> X = load_digits().data > 7
    >>> model = RBMDensity(16, max_epochs=5, random_state=0).fit(X)
    >>> model.transform(X).shape, model.log_partition_error_
    ((1797, 16), 0.0)
    >>> model.sample(2, random_state=0).shape
    (2, 64)
    """

    _parameter_constraints = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "discrete": [StrOptions({"auto"}), None],
        "n_chains": [Interval(Integral, 2, None, closed="left")],
        "n_steps": [Interval(Integral, 1, None, closed="left")],
        "n_draw_steps": [Interval(Integral, 1, None, closed="left")],
        "n_temperatures": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
    }
    _parts = {"encoder_": (TokenEncoder,)}
    _keeps_dtypes = True

    def __init__(
        self,
        n_components=256,
        *,
        discrete="auto",
        n_chains=100,
        n_steps=1,
        n_draw_steps=200,
        n_temperatures=1000,
        max_epochs="auto",
        batch_size=100,
        learning_rate=1e-2,
        weight_decay=0.0,
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

    # -- learning ----------------------------------------------------------------------

    def _prepare(self, X, y, goes_on, streams):
        if not goes_on:
            encoder = TokenEncoder(
                discrete=self.discrete, max_values=_FEW_VALUES, min_share=_ATOM
            )
            self.encoder_ = encoder.fit(X)
            self._built = int(self.n_components), int(self.n_chains)
        for name, fitted in zip(("n_components", "n_chains"), self._built, strict=True):
            if getattr(self, name) != fitted:
                raise ValueError(
                    f"{name} must be what it was in the fit that this one goes on "
                    f"from, {fitted}, got {getattr(self, name)!r}; set "
                    "warm_start=False to begin anew."
                )
        units, _ = self._units(X)
        return TrainingData([units])

    def _units(self, X):
        """Visible units of rows, and what makes densities those of their units."""
        tokens, _, numbers, extra = self.encoder_.transform(X)
        numbers = torch.from_numpy(numbers.astype(np.float32))
        units = TableUnits(self._columns).encode(torch.from_numpy(tokens), numbers)
        return units.numpy(), extra.sum(axis=1)

    @property
    def _columns(self):
        return [(c["n_tokens"], c["continuous"]) for c in self.encoder_.columns_]

    def _networks(self, data):
        if data is None:
            # What was fitted, whatever the parameters have become.
            return partial(_machine, self._columns, *self._built, None)
        rows = (data.foreseen or data).arrays[0]
        return partial(_machine, self._columns, *self._built, rows)

    def _objectives(self, data):
        return _Divergence(self.n_steps)

    def _net_options(self, data):
        return {"schedule": "cosine", "betas": _BETAS}

    def _finish(self, data, streams):
        device, machine = self._fitted_module()
        # Apple's GPUs know no float64.
        device = "cpu" if device.type == "mps" else device
        self.log_partition_, self.log_partition_error_ = log_partition(
            copy.deepcopy(machine).to(device).double(),
            self.n_temperatures,
            self.n_chains,
            streams.torch("partition", device),
        )

    # -- scores ------------------------------------------------------------------------

    def score_samples(self, X):
        """Log-density of each row, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_density : ndarray of shape (n_samples,), dtype float64
            In the units of `X`: log-masses of categories, booleans, missing values and
            numbers of few values, plus log-densities of the other numbers. All are off
            by one constant, the error of ``log_partition_``, whose standard error is
            ``log_partition_error_``.

        Raises
        ------
        ValueError
            If a value is missing in a column that had none in `fit`.
        """
        return -self.free_energy(X) - self.log_partition_

    def free_energy(self, X):
        """Free energy of each row: minus the log-density but for the constant Z.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        energy : ndarray of shape (n_samples,), dtype float64
            In nats; rows of low energy are probable.
        """
        check_is_fitted(self)
        units, extra = self._units(self._read_X(X, reset=False))
        return -self._run(units) - extra

    def transform(self, X):
        """Probability of 1 of each hidden unit given a row.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        H : ndarray of shape (n_samples, n_components), dtype float64
            Probabilities.
        """
        check_is_fitted(self)
        units, _ = self._units(self._read_X(X, reset=False))
        return self._run(units, row_axis=-2, call=RestrictedBoltzmann.hidden)

    # -- draws -------------------------------------------------------------------------

    def sample(self, n_samples=1, *, random_state=None):
        """Draw rows by Markov chains.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Rows in the container and the dtypes that `fit` saw. Each is the end of a
            chain of `n_draw_steps` that begins where one of those of the fit ended.
        """
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        rng = own_generator(random_state)
        device, machine = self._placed_module()
        generator = make_generator(rng, device)
        begins = machine.chains[rng.randint(len(machine.chains), size=n_samples)]
        return self._decoded(self._led(begins, self.n_draw_steps, generator))

    def gibbs(self, X, n_steps=1, *, random_state=None):
        """Lead rows along the Markov chain.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        n_steps : int, default=1
            Steps of each row's chain: hidden units given the row, a row given these.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X_new : ndarray or DataFrame of shape (n_samples, n_features)
            Rows in the container and the dtypes that `fit` saw.

        Raises
        ------
        ValueError
            If `n_steps` is no whole number of at least 1.
        """
        check_is_fitted(self)
        if not isinstance(n_steps, Integral) or n_steps < 1:
            raise ValueError(f"n_steps must be an int of at least 1, got {n_steps!r}.")
        units, _ = self._units(self._read_X(X, reset=False))
        device, _ = self._fitted_module()
        generator = make_generator(own_generator(random_state), device)
        begins = torch.as_tensor(units, device=device)
        return self._decoded(self._led(begins, n_steps, generator))

    def _led(self, units, n_steps, generator):
        _, machine = self._placed_module()
        with torch.inference_mode():
            own = machine.at(None)
            parts = [own.gibbs(part, n_steps, generator) for part in units.split(_ROWS)]
        return torch.cat(parts).cpu()

    def _decoded(self, units):
        tokens, numbers = TableUnits(self._columns).decode(units.double())
        return self.encoder_.inverse_transform(tokens.numpy(), numbers.numpy())

    @property
    def _n_features_out(self):
        return len(self.weights_["module.hidden_bias"])


class _Divergence:
    """Persistent contrastive divergence; for held-out rows their negative density.

    Parameters
    ----------
    n_steps : int
        Steps of the chains between two updates.
    """

    def __init__(self, n_steps):
        self.n_steps = n_steps
        self.judged_at, self.log_partition = None, None

    def __call__(self, step):
        """Difference of the mean energies of rows and chains, or the negative score."""
        (v,) = step.batch
        machine = step.player
        if not step.training:
            return self.value(step) - machine(v).mean()
        with torch.no_grad():
            own = machine.at(None)
            machine.chains.copy_(
                own.gibbs(machine.chains, self.n_steps, step.generator)
            )
        return machine(machine.chains).mean() - machine(v).mean()

    def value(self, step):
        """Give the partition function, estimated once for all batches of an epoch."""
        if self.judged_at != step.total:
            generator = torch.Generator(step.batch[0].device).manual_seed(0)
            self.log_partition, _ = log_partition(step.player, *_QUICK, generator)
            self.judged_at = step.total
        return self.log_partition


def _machine(columns, n_hidden, n_chains, rows):
    """Build a machine that begins with independent columns, and its chains."""
    machine = RestrictedBoltzmann(columns, n_hidden, n_chains)
    if rows is not None:
        machine.set_base(torch.as_tensor(rows))
        places = torch.randint(len(rows), (n_chains,))
        machine.chains.copy_(torch.as_tensor(rows)[places])
    return machine

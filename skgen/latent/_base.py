"""What autoencoders share: codes of rows, rows of codes, draws."""

import math
from functools import partial
from numbers import Integral, Real

import numpy as np
import pandas as pd
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from .. import nn
from .._compat import Interval, StrOptions, fit_context
from ..base import (
    NeuralEstimator,
    check_n_samples,
    check_n_steps,
    fresh_or,
    hold_out,
)
from ..encoding import ImageEncoder, LevelEncoder, TokenEncoder
from ..training import (
    Batches,
    Net,
    SeededDraws,
    infer,
    make_generator,
    resolve_device,
)
from ._data import LIKELIHOODS, RowCoder, choose_likelihood
from ._model import AutoencoderModel, Codes, Decoded, Drawn, objective
from ._prior import LatentPrior, draw_prior, fit_prior, n_components_of

__all__ = ["LatentTransformer"]

# Steps of a fit with max_epochs="auto", and the bounds of its epochs.
_N_STEPS, _EPOCHS = 3000, (10, 400)
# Steps of an epoch at least, and rows of a batch at least, in small tables.
_MIN_STEPS = 8
_MIN_BATCH = 16
_HIDDEN = {True: (256, 256), False: (512, 256)}  # of tables, of pixels


class LatentTransformer(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, NeuralEstimator
):
    """Template of an autoencoder."""

    _parameter_constraints = {
        **NeuralEstimator._parameter_constraints,
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "likelihood": [StrOptions({"auto", *LIKELIHOODS})],
        "encoder": [StrOptions({"mlp", "conv"}), callable],
        "decoder": [StrOptions({"mlp", "conv"}), callable],
        "hidden": ["array-like", StrOptions({"auto"})],
        "input_noise": [
            Interval(Real, 0, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "random_shift": [Interval(Integral, 0, None, closed="left")],
        "prior_components": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "max_epochs": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
    }
    _parts = {"encoder_": (ImageEncoder, LevelEncoder, TokenEncoder)}
    _variational = False

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the codes of the rows.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table or flat image rows; at least 2 rows.
        y : array-like of shape (n_samples,), default=None
            Not used, unless the estimator is told to be conditional.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If values do not suit the likelihood (the message names one that they
            suit), are infinite, or missing in an image; if a network returns a wrong
            shape.
        TypeError
            If a column cannot be encoded, dates for instance.
        FloatingPointError
            If a loss is no longer finite.
        """
        return self._fit(X, y, resume=self.warm_start)

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y=None):
        """Train for one more epoch, on these rows.

        The first call is a `fit` of one epoch; later calls keep the encoding, the
        networks and their optimizer. The prior is fitted anew to the codes of these
        rows.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,), default=None
            As for `fit`.

        Returns
        -------
        self : object
            Fitted estimator.
        """
        return self._fit(X, y, resume=True, epochs=1)

    # -- codes -------------------------------------------------------------------------

    def transform(self, X):
        """Codes of rows.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        Z : ndarray of shape (n_samples, n_components)
            Codes.
        """
        return self._codes(X)[:, : self.n_components_]

    def inverse_transform(self, X):
        """Rows that are expected for codes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)
            Codes.

        Returns
        -------
        X_original : ndarray or DataFrame of shape (n_samples, n_features)
            Means of numbers and pixels, the most probable category, in the container
            and the dtypes that `fit` saw.
        """
        return self._decode(X, None)

    def reconstruct(self, X):
        """Rows as they come back from their codes.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        X_reconstructed : ndarray or DataFrame of shape (n_samples, n_features)
            ``inverse_transform(transform(X))``.
        """
        return self._decode(self._codes(X)[:, : self.n_components_], None)

    def interpolate(self, a, b, n_steps=10):
        """Rows on the straight lines between the codes of rows.

        Parameters
        ----------
        a, b : array-like or DataFrame of shape (n_pairs, n_features)
            Where the lines start and end; one row alone may be one-dimensional.
        n_steps : int, default=10
            Rows of each line, both ends included; at least 2.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_pairs * n_steps, n_features)
            Decoded rows, line after line.
        """
        return self._decode(self._lines(a, b, n_steps), None)

    def sample(self, n_samples=1, *, noise="auto", random_state=None):
        """Draw rows: codes from the prior, rows given the codes.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        noise : bool or "auto", default="auto"
            Whether to draw each row given its code, or to return what is expected;
            ``"auto"``: expected for continuous pixels, which are blurred by noise,
            else drawn.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Rows in the container and the dtypes that `fit` saw.
        """
        check_is_fitted(self)
        classes = np.zeros(check_n_samples(n_samples), dtype=np.int64)
        return self._draw(classes, noise, fresh_or(random_state))

    # -- fit ---------------------------------------------------------------------------

    def _fit(self, X, y, *, resume, epochs=None):
        resume = resume and getattr(self, "training_state_", None) is not None
        X = self._read_as_given(X, reset=not resume)
        hidden = self._check_hidden()
        device = resolve_device(self.device)
        coder = self._coder if resume else self._new_coder(X)
        arrays, _ = coder.encode(X)
        classes = self._read_y(y, len(X), resume)
        random_state = fresh_or(self.random_state)
        with self._fitting(resume or epochs is not None):
            if not resume:
                self.encoder_, self.likelihood_ = coder.encoder, coder.likelihood
                self.n_components_ = int(self.n_components)
                self._hidden = _HIDDEN[coder.is_table] if hidden is None else hidden
                self.training_state_ = None
                self._check_networks()
            self._learn(arrays, classes, random_state, device, epochs)
            self._fit_prior(arrays, classes, random_state)
        # Not at the first use, which must leave the estimator as it is.
        self._fitted_module()
        return self

    def _learn(self, rows, classes, random_state, device, epochs):
        arrays = rows if classes is None else [*rows, classes]
        generator = make_generator(random_state, device)
        train, held_out = hold_out(
            len(arrays[0]),
            self.validation_fraction if self.early_stopping else 0.0,
            random_state,
        )
        size = min(self.batch_size, max(_MIN_BATCH, len(train) // _MIN_STEPS))
        tensors = [_as_tensor(a, device) for a in arrays]

        def part(own, **options):
            return Batches(*[t[own] for t in tensors], **options)

        batches = part(train, batch_size=size, generator=generator)
        valid = part(held_out, batch_size=1024) if len(held_out) else None

        def recipe():
            """Networks that start from what is expected of all rows."""
            model = self._model(0)
            model.likelihood.start(*[torch.as_tensor(a[train]) for a in rows])
            return model

        def loss(module, batch, generator):
            share = self._warmup_share(net) if module.training else 1.0
            return objective(
                module,
                batch,
                generator,
                weight=share * self._kl_weight,
                floor=self._kl_floor,
                noise=self._noise_level,
                max_shift=0 if self.image_shape is None else self.random_shift,
            )

        net = Net(
            recipe,
            loss,
            betas=(0.9, 0.99),
            schedule="cosine" if epochs is None else "constant",
            ema=0.995,
            **self._net_options(
                generator,
                device,
                epochs=self._epochs_of(_N_STEPS, len(batches), _EPOCHS),
            ),
        )
        self._train(net, batches, valid=valid, epochs=epochs)

    @property
    def _noise_level(self):
        if self.input_noise != "auto":
            return self.input_noise
        if self._coder.is_table:
            return 0.0
        return min(1.0, self.n_features_in_**0.5 / 40)

    _kl_weight, _kl_floor = 1.0, 0.0

    def _warmup_share(self, net):
        """Share of the divergence that counts at this step."""
        return 1.0

    def _fit_prior(self, arrays, classes, random_state):
        """Fit the mixture of codes, kept among the weights."""
        if not self._has_mixture:
            return
        found = self._run_codes(arrays)
        codes = found[:, : self.n_components_]
        if self._variational:
            draws = random_state.standard_normal(codes.shape)
            codes = codes + found[:, self.n_components_ :] * draws
        n_components = n_components_of(self.prior_components, len(codes))
        prior = fit_prior(
            codes, classes, max(1, self._n_classes), n_components, random_state
        )
        self.weights_.update({f"prior.{name}": a for name, a in prior.items()})
        self.__dict__.pop("_live", None)

    _has_mixture = True
    _n_classes = 0

    def _read_y(self, y, n_rows, resume):
        """Codes of the labels, or None."""
        return None

    # -- input -------------------------------------------------------------------------

    def _new_coder(self, X):
        """Fit the encoder of the likelihood asked for, or of one that suits."""
        plain = True
        if isinstance(X, pd.DataFrame):
            plain = all(isinstance(t, np.dtype) and t.kind in "biuf" for t in X.dtypes)
        plain = plain and not pd.isna(X).any(axis=None)
        likelihood = self.likelihood
        if likelihood == "auto":
            likelihood = choose_likelihood(X, plain)
        if not plain and (likelihood != "mixed" or self.image_shape is not None):
            raise ValueError(
                f"likelihood={likelihood!r} with image_shape={self.image_shape!r} "
                "needs columns of numbers, none of them missing (NaN); use "
                'likelihood="mixed" and image_shape=None for tables with categories '
                "or missing values."
            )
        if likelihood == "mixed" and self.image_shape is not None:
            raise ValueError(
                'likelihood="mixed" is for tables and image_shape='
                f"{self.image_shape!r} for images; set image_shape=None, or another "
                "likelihood."
            )
        return RowCoder.fit(X, likelihood, self.image_shape)

    def _check_hidden(self):
        """Widths of the hidden layers, or None for those that suit."""
        if isinstance(self.hidden, str):
            return None
        widths = [w for w in self.hidden if isinstance(w, Integral) and w >= 1]
        if len(widths) < len(self.hidden):
            raise ValueError(
                "hidden must hold the widths of hidden layers, whole numbers of at "
                f"least 1, got {self.hidden!r}."
            )
        return tuple(int(width) for width in widths)

    # -- networks ----------------------------------------------------------------------

    @property
    def _coder(self):
        return RowCoder(self.encoder_, self.likelihood_)

    def _model(self, n_prior):
        """Build the networks, with a prior of so many components."""
        likelihood = self._coder.build()
        recipes = {
            "encoder": partial(_mlp_encoder, self._hidden),
            "decoder": partial(_mlp_decoder, self._hidden[::-1]),
        }
        for name in recipes:
            asked = getattr(self, name)
            if callable(asked):
                recipes[name] = asked
            elif asked == "conv":
                recipes[name] = {
                    "encoder": nn.ConvEncoder,
                    "decoder": nn.ConvDecoder,
                }[name]
        return AutoencoderModel(
            **recipes,
            likelihood=likelihood,
            prior=LatentPrior(max(1, self._n_classes), n_prior, self.n_components_),
            n_latent=self.n_components_,
            n_classes=self._n_classes,
            variational=self._variational,
        )

    def _build_module(self):
        means = self.weights_.get("prior.means")
        return self._model(0 if means is None else means.shape[1])

    def _check_networks(self):
        """Refuse networks that do not fit, before any training."""
        if self.image_shape is None and "conv" in (self.encoder, self.decoder):
            raise ValueError(
                'encoder="conv" and decoder="conv" need images; set image_shape='
                '(height, width), or use "mlp".'
            )
        if not callable(self.encoder) and not callable(self.decoder):
            return
        with SeededDraws(torch.Generator().manual_seed(0)):
            model = self._model(0).eval()
        shape = model.likelihood.input_shape
        shape = shape if isinstance(shape, tuple) else (shape,)
        expected = {
            "encoder": (shape, (self.n_components_ * (1 + self._variational),)),
            "decoder": (
                (self.n_components_ + self._n_classes,),
                np.atleast_1d(model.likelihood.output_shape),
            ),
        }
        for name, (taken, given) in expected.items():
            with torch.no_grad():
                found = getattr(model, name)(torch.zeros(2, *taken))
            want = (2, *[int(n) for n in given])
            if tuple(found.shape) != want:
                raise ValueError(
                    f"{name} must be a recipe of a network that maps (batch, "
                    f"{', '.join(map(str, taken))}) to (batch, "
                    f"{', '.join(map(str, want[1:]))}), got {tuple(found.shape)} for "
                    "2 rows."
                )

    # -- inference ---------------------------------------------------------------------

    def _encoded(self, X):
        """Arrays of checked rows, and what makes log-likelihoods those of `X`."""
        check_is_fitted(self)
        X = self._read_as_given(X, reset=False)
        names = getattr(self, "feature_names_in_", None)
        if not isinstance(X, pd.DataFrame) and names is not None:
            X = pd.DataFrame(X, columns=names)
        return self._coder.encode(X)

    def _codes(self, X):
        return self._run_codes(self._encoded(X)[0])

    def _run_codes(self, arrays):
        """Means of the codes of encoded rows, and their deviations if there are any."""
        device, model = self._fitted_module()
        return infer(Codes(model), *arrays, device=device)

    def _decode(self, Z, classes):
        """Give the rows that codes and classes let expect."""
        check_is_fitted(self)
        Z = check_array(Z, dtype=np.float64)
        if Z.shape[1] != self.n_components_:
            raise ValueError(
                f"X must have the {self.n_components_} columns of the codes, got "
                f"{Z.shape[1]}; pass what transform returns."
            )
        device, model = self._fitted_module()
        more = [] if classes is None else [classes]
        return self._coder.decode(infer(Decoded(model), Z, *more, device=device))

    def _lines(self, a, b, n_steps):
        """Codes on straight lines between those of rows, line after line."""
        check_is_fitted(self)
        check_n_steps(n_steps)
        ends = [self._codes(_as_rows(r))[:, : self.n_components_] for r in (a, b)]
        if len(ends[0]) != len(ends[1]):
            raise ValueError(
                "a and b must have as many rows as each other, got "
                f"{len(ends[0])} and {len(ends[1])}."
            )
        share = np.linspace(0, 1, n_steps)[None, :, None]
        lines = (1 - share) * ends[0][:, None] + share * ends[1][:, None]
        return lines.reshape(-1, lines.shape[-1])

    def _draw(self, classes, noise, random_state):
        """Rows of codes drawn for each class; zeros if there are none."""
        if not (isinstance(noise, bool | np.bool_) or noise == "auto"):
            raise ValueError(f'noise must be True, False or "auto", got {noise!r}.')
        prior = {
            name.removeprefix("prior."): a
            for name, a in self.weights_.items()
            if name.startswith("prior.")
        }
        Z = draw_prior(prior, self.n_components_, classes, random_state)
        if isinstance(noise, str):
            noise = not (self.likelihood_ == "gaussian" and not self._coder.is_table)
        if not noise:
            return self._decode(Z, classes if self._n_classes else None)
        device, model = self._fitted_module()
        size = math.prod(model.likelihood.noise_shape)
        found = []
        step = max(1, _MOST_DRAWS // size)
        for start in range(0, len(Z), step):
            rows = slice(start, start + step)
            # Within (0, 1), where the quantiles are finite.
            u = random_state.uniform(1e-12, 1 - 1e-12, (len(Z[rows]), size))
            more = [classes[rows]] if self._n_classes else []
            drawn = infer(Drawn(model), Z[rows], u, *more, device=device)
            found.append(drawn)
        return self._coder.decode(np.concatenate(found))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.image_shape is None
        tags.transformer_tags.preserves_dtype = ["float64"]
        return tags

    @property
    def _n_features_out(self):
        return self.n_components_


# Uniform numbers drawn at a time.
_MOST_DRAWS = 2**23


def _as_tensor(array, device):
    if array.dtype.kind == "f":
        array = array.astype(np.float32)
    return torch.as_tensor(array, device=device)


def _as_rows(rows):
    if isinstance(rows, pd.DataFrame):
        return rows
    if isinstance(rows, pd.Series):  # a row of a DataFrame
        return rows.to_frame().T.infer_objects()
    rows = np.asarray(rows)
    return rows[None] if rows.ndim == 1 else rows


def _mlp_encoder(hidden, input_shape, n_outputs):
    """Flatten, then a multilayer perceptron."""
    size = math.prod(np.atleast_1d(input_shape).tolist())
    return torch.nn.Sequential(
        torch.nn.Flatten(), nn.MLP(size, n_outputs, hidden=hidden)
    )


def _mlp_decoder(hidden, n_inputs, output_shape):
    """Multilayer perceptron, then the shape of an image."""
    shape = np.atleast_1d(output_shape).tolist()
    return torch.nn.Sequential(
        nn.MLP(n_inputs, math.prod(shape), hidden=hidden),
        torch.nn.Unflatten(1, tuple(shape)),
    )

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
from .._compat import Interval, StrOptions
from ..base import NeuralEstimator
from ..encoding import ImageEncoder, LevelEncoder, TokenEncoder
from ..encoding.checks import check_n_samples, check_n_steps, check_widths
from ..encoding.code_mixture import (
    draw_prior,
    fit_prior,
    fit_slopes,
    n_components_of,
)
from ..encoding.conditions import Conditional, ConditionEncoder, n_drawn
from ..encoding.lines import straight_lines
from ..encoding.random_state import own_generator
from ..training import SeededDraws, TrainingData, run_network
from ._data import LIKELIHOODS, RowCoder, choose_likelihood
from ._model import AutoencoderModel, negative_elbo
from ._prior import LatentPrior

_HIDDEN = {True: (256, 256), False: (512, 256)}  # of tables, of pixels


class LatentTransformer(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    Conditional,
    NeuralEstimator,
):
    """Template of an autoencoder."""

    _parameter_constraints = {
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
    }
    _parts = {
        "encoder_": (ImageEncoder, LevelEncoder, TokenEncoder),
        "condition_encoder_": (ConditionEncoder,),
    }
    _keeps_dtypes = True
    _min_steps = 8
    _variational = False

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

    def inverse_transform(self, X, y=None):
        """Rows that are expected for codes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)
            Codes.
        y : label or array-like of shape (n_samples,), default=None
            Classes, for a conditional model.

        Returns
        -------
        X_original : ndarray or DataFrame of shape (n_samples, n_features)
            Means of numbers and pixels, the most probable category, in the container
            and the dtypes that `fit` saw.
        """
        check_is_fitted(self)
        return self._decode(X, self._needed_codes(y, len(X)))

    def reconstruct(self, X, y=None):
        """Rows as they come back from their codes.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : label or array-like of shape (n_samples,), default=None
            Classes, for a conditional model.

        Returns
        -------
        X_reconstructed : ndarray or DataFrame of shape (n_samples, n_features)
            ``inverse_transform(transform(X), y)``. A row that was trained on comes
            back much as it was: it is no sample.
        """
        return self.inverse_transform(self.transform(X), y)

    def interpolate(self, a, b, n_steps=10, y=None):
        """Rows on the straight lines between the codes of rows.

        Parameters
        ----------
        a, b : array-like or DataFrame of shape (n_pairs, n_features)
            Where the lines start and end; one row alone may be one-dimensional.
        n_steps : int, default=10
            Rows of each line, both ends included; at least 2.
        y : label or array-like of shape (n_pairs,), default=None
            Classes of the lines, for a conditional model.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_pairs * n_steps, n_features)
            Decoded rows, line after line.
        """
        check_is_fitted(self)
        check_n_steps(n_steps)
        ends = [self._codes(_as_rows(r))[:, : self.n_components_] for r in (a, b)]
        if len(ends[0]) != len(ends[1]):
            raise ValueError(
                "a and b must have as many rows as each other, got "
                f"{len(ends[0])} and {len(ends[1])}."
            )
        lines = straight_lines(*ends, n_steps)
        classes = self._needed_codes(y, len(ends[0]))
        return self._decode(
            lines, None if classes is None else np.repeat(classes, n_steps, axis=0)
        )

    def sample(self, n_samples=1, *, y=None, noise="auto", random_state=None):
        """Draw rows: codes from the prior, rows given the codes.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows; 1 draws a row for each condition in `y`.
        y : label, array-like of shape (n_samples,) or DataFrame, default=None
            Classes, or other conditions, of a conditional model; None draws them as
            they were in `fit`.
        noise : bool or "auto", default="auto"
            Whether to draw each row given its code, or to return what is expected;
            ``"auto"``: expected for continuous pixels, which noise blurs, else drawn.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Rows in the container and the dtypes that `fit` saw.
        """
        check_is_fitted(self)
        n_samples = n_drawn(check_n_samples(n_samples), y)
        random_state = own_generator(random_state)
        classes = self._drawn_codes(y, n_samples, random_state)
        return self._draw(n_samples, classes, noise, random_state)

    # -- fit ---------------------------------------------------------------------------

    def _prepare(self, X, y, goes_on, streams):
        if not goes_on:
            is_auto = isinstance(self.hidden, str)
            hidden = None if is_auto else check_widths(self.hidden)
            coder = self._new_coder(X)
            self.encoder_, self.likelihood_ = coder.encoder, coder.likelihood
            self.n_components_ = int(self.n_components)
            self._hidden = _HIDDEN[coder.is_table] if hidden is None else hidden
            self._check_networks()
        arrays, _ = self._coder.encode(X)
        return TrainingData(arrays if y is None else [*arrays, y])

    def _networks(self, data):
        def recipe():
            """Networks that start from what is expected of all rows."""
            model = self._model(0)
            rows, _ = model.split(data.arrays)
            model.likelihood.start(*[torch.as_tensor(a[data.train]) for a in rows])
            return model

        return recipe

    def _objectives(self, data):
        return partial(
            negative_elbo,
            weight=self._kl_weight,
            floor=self._kl_floor,
            noise=self._noise_level,
            max_shift=0 if self.image_shape is None else self.random_shift,
        )

    def _net_options(self, data):
        return {"betas": (0.9, 0.99), "schedule": "cosine", "ema": 0.995}

    @property
    def _noise_level(self):
        if self.input_noise != "auto":
            return self.input_noise
        if self._coder.is_table:
            return 0.0
        return min(1.0, self.n_features_in_**0.5 / 40)

    _kl_floor = 0.0

    def _kl_weight(self, progress):
        """Weight of the divergence at a point of the training."""
        return 1.0

    def _finish(self, data, streams):
        """Fit the mixture of codes, kept among the weights."""
        if not self._has_mixture:
            return
        random_state = streams("prior")
        arrays, classes = data.arrays, None
        if self._condition_width:
            *arrays, classes = arrays
        found = self._run_codes(arrays)
        codes = found[:, : self.n_components_]
        if self._variational:
            draws = random_state.standard_normal(codes.shape)
            codes = codes + found[:, self.n_components_ :] * draws
        n_components, slopes = n_components_of(self.prior_components, len(codes)), {}
        if self._is_vector:
            slopes["slopes"] = fit_slopes(codes, classes)
            codes, classes = codes - classes @ slopes["slopes"], None
        prior = slopes | fit_prior(
            codes, classes, max(1, self._n_classes), n_components, random_state
        )
        self.weights_ |= {f"module.prior.{name}": a for name, a in prior.items()}
        self.__dict__.pop("_live", None)

    _has_mixture = True
    conditional = False
    _without = "is not conditional"
    _to_condition = "fit a VAETransformer with conditional=True"

    def _read_y(self, y, n_rows, goes_on, classes):
        """Codes of the labels, or None; learns or checks the classes."""
        # What goes on stays what it was, whatever `conditional` has become.
        wanted = self._condition_width if goes_on else self.conditional
        if wanted and y is None:
            raise ValueError(
                "This VAETransformer estimator requires y to be passed, but the target "
                "y is None: conditional=True needs labels or other conditions by "
                "fit(X, y)."
            )
        return super()._read_y(y if wanted else None, n_rows, goes_on, classes)

    @property
    def _shape_name(self):
        return "image_shape" if self.volume_shape is None else "volume_shape"

    # -- input -------------------------------------------------------------------------

    def _new_coder(self, X):
        """Fit the encoder of the likelihood asked for, or of one that suits."""
        plain = True
        if isinstance(X, pd.DataFrame):
            dtypes = [
                t.subtype if isinstance(t, pd.SparseDtype) else t for t in X.dtypes
            ]
            plain = all(isinstance(t, np.dtype) and t.kind in "biuf" for t in dtypes)
        plain = plain and not pd.isna(X).any(axis=None)
        likelihood = self.likelihood
        if likelihood == "auto":
            likelihood = choose_likelihood(X, plain)
        if not plain and (likelihood != "mixed" or self._has_pixels):
            shape = self._pixel_layout["image_shape"]
            raise ValueError(
                f"likelihood={likelihood!r} with {self._shape_name}={shape!r} "
                "needs columns of numbers, none of them missing (NaN); use "
                f'likelihood="mixed" and {self._shape_name}=None for tables with '
                "categories or missing values."
            )
        if likelihood == "mixed" and self._has_pixels:
            shape = self._pixel_layout["image_shape"]
            raise ValueError(
                f'likelihood="mixed" is for tables, {self._shape_name}={shape!r} is '
                f"not; set {self._shape_name}=None, or another likelihood."
            )
        return RowCoder.fit(X, likelihood, **self._pixel_layout)

    # -- networks ----------------------------------------------------------------------

    @property
    def _coder(self):
        return RowCoder(self.encoder_, self.likelihood_)

    def _model(self, n_prior):
        """Build the networks, with a prior of so many components."""
        named = {
            "encoder": {
                "mlp": partial(_mlp_encoder, self._hidden),
                "conv": nn.ConvEncoder,
            },
            "decoder": {
                "mlp": partial(_mlp_decoder, self._hidden[::-1]),
                "conv": nn.ConvDecoder,
            },
        }
        recipes = {}
        for name, choices in named.items():
            recipe = getattr(self, name)
            recipes[name] = recipe if callable(recipe) else choices[recipe]
        return AutoencoderModel(
            **recipes,
            likelihood=self._coder.build(),
            prior=LatentPrior(
                max(1, self._n_classes),
                n_prior,
                self.n_components_,
                self._condition_width if self._is_vector else 0,
            ),
            n_latent=self.n_components_,
            n_classes=self._condition_width,
            variational=self._variational,
        )

    def _build_module(self, player):
        means = self.weights_.get("module.prior.means")
        return self._model(0 if means is None else means.shape[1])

    def _check_networks(self):
        """Refuse networks that do not fit, before any training."""
        if not self._has_pixels and "conv" in (self.encoder, self.decoder):
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
                (self.n_components_ + self._condition_width,),
                np.atleast_1d(model.likelihood.output_shape),
            ),
        }
        for name, (taken, given) in expected.items():
            with torch.no_grad():
                found = run_network(name, getattr(model, name), torch.zeros(2, *taken))
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
        return self._coder.encode(self._as_frame(self._read_X(X, reset=False)))

    def _codes(self, X):
        return self._run_codes(self._encoded(X)[0])

    def _run_codes(self, arrays):
        """Means of the codes of encoded rows, and their deviations if there are any."""
        return self._run(*arrays, call=AutoencoderModel.codes)

    def _decode(self, Z, classes):
        """Give the rows that codes and classes let expect."""
        check_is_fitted(self)
        Z = check_array(Z, dtype=np.float64)
        if Z.shape[1] != self.n_components_:
            raise ValueError(
                f"X must have the {self.n_components_} columns of the codes, got "
                f"{Z.shape[1]}; pass what transform returns."
            )
        more = [] if classes is None else [classes]
        rows = self._run(Z, *more, call=AutoencoderModel.expected)
        return self._coder.decode(rows)

    def _draw(self, n_samples, classes, noise, random_state):
        """Rows of codes drawn for each class, if there are any."""
        if not (isinstance(noise, bool | np.bool_) or noise == "auto"):
            raise ValueError(f'noise must be True, False or "auto", got {noise!r}.')
        prefix = "module.prior."
        prior = {
            name.removeprefix(prefix): a
            for name, a in self.weights_.items()
            if name.startswith(prefix)
        }
        plain = classes is None or self._is_vector
        places = np.zeros(n_samples, dtype=np.int64) if plain else classes
        slopes = prior.pop("slopes", None)
        Z = draw_prior(prior, self.n_components_, places, random_state)
        if slopes is not None:
            Z = Z + classes @ slopes
        if isinstance(noise, str):
            noise = not (self.likelihood_ == "gaussian" and not self._coder.is_table)
        if not noise:
            return self._decode(Z, classes)
        _, model = self._fitted_module()
        size = math.prod(model.likelihood.noise_shape)
        found = []
        step = max(1, _MOST_DRAWS // size)
        for start in range(0, len(Z), step):
            rows = slice(start, start + step)
            # Within (0, 1), where the quantiles are finite.
            u = random_state.uniform(1e-12, 1 - 1e-12, (len(Z[rows]), size))
            more = [] if classes is None else [classes[rows]]
            found.append(self._run(Z[rows], u, *more, call=AutoencoderModel.drawn))
        return self._coder.decode(np.concatenate(found))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
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

"""Abstract templates: the scikit-learn contract around a trained torch module."""

import copy
from contextlib import contextmanager
from numbers import Integral, Real

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, DensityMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from . import nn
from ._compat import Interval
from .encoding import ImageEncoder, TableEncoder
from .encoding.classes import class_codes, read_classes
from .training import (
    EpochProgress,
    SeededDraws,
    few_threads,
    from_plain,
    infer,
    is_small,
    load_weights,
    resolve_device,
    save_weights,
    to_plain,
)

__all__ = ["NeuralClassifier", "NeuralDensity", "NeuralEstimator", "check_labels"]

# Fewer rows than these are all trained on.
_FEWEST = 10


class NeuralEstimator(BaseEstimator):
    """Template of an estimator that trains a torch module.

    A subclass stores its parameters, declares `_parameter_constraints`, and names in
    `_parts` the fitted helpers that pickles hold as plain arrays. After training it
    keeps ``weights_`` (arrays by name), ``history_`` (a dict per epoch) and
    ``n_epochs_``; the live module is rebuilt from the weights when it is needed.
    """

    _parameter_constraints = {
        "image_shape": ["array-like", None],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
        "callbacks": [list, tuple, None],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }
    _parts = {"encoder_": (TableEncoder, ImageEncoder)}

    # -- input -------------------------------------------------------------------------

    def _read_X(self, X, *, reset):
        """Check a table or image rows; mixed DataFrames stay what they are."""
        if isinstance(X, pd.DataFrame) and not _all_plain_numbers(X):
            validate_data(self, X, reset=reset, skip_check_array=True)
            if X.shape[0] == 0 or X.shape[1] == 0:
                raise ValueError(
                    f"X must have rows and columns, got shape {X.shape}: Found array "
                    f"with {X.shape[0]} sample(s) and {X.shape[1]} feature(s) while a "
                    "minimum of 1 is required."
                )
            return X
        return validate_data(
            self,
            X,
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan" if self.image_shape is None else True,
            ensure_min_samples=2 if reset else 1,
        )

    def _read_as_given(self, X, *, reset, fewest=None):
        """Check rows; DataFrames stay what they are, arrays keep their dtype."""
        checked = self._read_X(X, reset=reset)
        if isinstance(X, pd.DataFrame):
            fewest = fewest or (2 if reset else 1)
            if len(X) < fewest:
                raise ValueError(
                    f"X must have at least {fewest} rows, got {len(X)}: Found array "
                    f"with {len(X)} sample(s) while a minimum of {fewest} is required."
                )
            return X
        as_numbers = isinstance(X, np.ndarray) and X.dtype.kind in "biuf"
        return X if as_numbers else checked

    def _fit_encoder(self, X):
        if self.image_shape is None:
            return TableEncoder().fit(X)
        return ImageEncoder(self.image_shape).fit(X)

    def _encode(self, X):
        """Encode checked rows; a bare array stands for the frame seen in fit."""
        names = getattr(self, "feature_names_in_", None)
        encoder = self.encoder_
        framed = getattr(encoder, "names_", None) is not None
        if framed and not isinstance(X, pd.DataFrame) and names is not None:
            X = pd.DataFrame(X, columns=names)
        return encoder.transform(X)

    @property
    def _net_shape(self):
        """What a module recipe is told of its input: an int, or (c, h, w)."""
        if isinstance(self.encoder_, ImageEncoder):
            return tuple(int(n) for n in self.encoder_.net_shape_)
        return int(self.encoder_.n_encoded_)

    # -- training ----------------------------------------------------------------------

    def _net_options(self, generator, device, *, epochs=None):
        """Options of a net that every estimator names alike.

        `epochs` are those of ``max_epochs="auto"``.
        """
        callbacks = list(self.callbacks or ())
        if self.verbose:
            callbacks.append(EpochProgress())
        return {
            "generator": generator,
            "device": device,
            "max_epochs": epochs if self.max_epochs == "auto" else self.max_epochs,
            "learning_rate": self.learning_rate,
            "weight_decay": self.weight_decay,
            "patience": self.n_iter_no_change if self.early_stopping else None,
            "callbacks": callbacks,
        }

    @property
    def _batch_size(self):
        """Rows of a batch, where ``"auto"`` may stand for them."""
        return self.batch_size

    @contextmanager
    def _fitting(self, resumes):
        """Leave no half of a fit: not fitted until there is something to predict with.

        Parameters
        ----------
        resumes : bool
            Whether training goes on from an earlier one, or will be gone on from.
        """
        self._resumes = resumes
        self.__dict__.pop("fitted_on_", None)
        try:
            yield
        except Exception:
            self.__dict__.pop("fitted_on_", None)
            raise
        finally:
            del self._resumes

    @contextmanager
    def _threads(self, net):
        if not net.initialized_:
            net.initialize()
        with few_threads(is_small(net.module_, self._batch_size)):
            yield

    def _train(self, net, batches, valid=None, epochs=None):
        """Train and keep the result, also when the user interrupts."""
        if getattr(self, "training_state_", None) is not None and self._resumes:
            net.load_training_state(from_plain(self.training_state_))
        with self._threads(net):
            try:
                net.partial_fit(batches, valid=valid, epochs=epochs)
            except KeyboardInterrupt:
                if net.history:
                    self._keep(net)
                raise
        self._keep(net)

    def _keep(self, net):
        weights = net.final_weights()
        self.weights_ = {k: v.detach().cpu().numpy() for k, v in weights.items()}
        self.history_ = net.epochs()
        self.n_epochs_ = len(self.history_)
        self.fitted_on_ = torch.device(net.device).type
        keep = self.warm_start or self._resumes
        self.training_state_ = to_plain(net.training_state()) if keep else None
        self.__dict__.pop("_live", None)

    _resumes = False

    @staticmethod
    def _epochs_of(n_steps, batches_per_epoch, bounds):
        """Epochs that hold about so many steps, within bounds."""
        return int(np.clip(-(-n_steps // batches_per_epoch), *bounds))

    # -- inference ---------------------------------------------------------------------

    def _build_module(self):
        """Build the module that predicts, with any weights."""
        raise NotImplementedError

    def _weights_of_module(self):
        """Weights of the module that predicts."""
        return self.weights_

    def _run(self, *arrays, row_axis=0, **options):
        """Run the fitted module on encoded rows, in float64 unless told otherwise."""
        device, module = self._fitted_module()
        return infer(module, *arrays, device=device, row_axis=row_axis, **options)

    def _fitted_module(self):
        """Give the module that predicts and its device, rebuilt where needed."""
        asked, device, module = self.__dict__.get("_live", (None, None, None))
        if module is None or asked != self.device:
            device = resolve_device(self.device, fitted_on=self.fitted_on_)
            with SeededDraws(torch.Generator().manual_seed(0)):
                module = self._build_module()
            module.load_state_dict(from_plain(self._weights_of_module()))
            self._live = self.device, device, module
        return device, module

    # -- persistence -------------------------------------------------------------------

    def save_weights(self, path):
        """Write the weights of the networks to a safetensors file.

        Parameters
        ----------
        path : str or path
            The file; an existing one is replaced as a whole.
        """
        check_is_fitted(self)
        save_weights(path, self.weights_, {"estimator": type(self).__name__})

    def load_weights(self, path):
        """Read the weights of the networks from a safetensors file.

        Parameters
        ----------
        path : str or path
            File written by `save_weights` of an estimator with the same networks.

        Returns
        -------
        self : object
            The fitted estimator with the weights of the file.

        Raises
        ------
        ValueError
            If names or shapes differ from those of this estimator.
        """
        check_is_fitted(self)
        weights = load_weights(path)
        here = {k: v.shape for k, v in self.weights_.items()}
        there = {k: v.shape for k, v in weights.items()}
        if here != there:
            wrong = sorted(
                k for k in here.keys() | there.keys() if here.get(k) != there.get(k)
            )
            raise ValueError(
                f"the weights in {path} must have the names and shapes of this "
                f"estimator's networks; they differ in {wrong[:5]}. Fit with the same "
                "parameters and columns first."
            )
        self.weights_ = weights
        state = getattr(self, "training_state_", None)
        if state is not None and weights.keys() <= state.get("module", {}).keys():
            # A fit that goes on does so from the weights of the file.
            self.training_state_ = {
                **state,
                "module": {**state["module"], **weights},
                "average": None,
                "best": None,
                "best_loss": np.inf,
                "misses": 0,
            }
        self.__dict__.pop("_live", None)
        return self

    def __getstate__(self):
        """State of plain values, arrays and scikit-learn estimators only."""
        state = super().__getstate__().copy()
        state.pop("_live", None)
        for name, classes in self._parts.items():
            part = state.get(name)
            if part is not None:
                kind = [c.__name__ for c in classes].index(type(part).__name__)
                state[name] = {"kind": kind, "state": part.get_state()}
        return state

    def __setstate__(self, state):
        """Rebuild the parts from their plain states."""
        state = copy.copy(state)
        for name, classes in self._parts.items():
            part = state.get(name)
            if isinstance(part, dict):
                state[name] = classes[part["kind"]].from_state(part["state"])
        super().__setstate__(state)

    def __sklearn_is_fitted__(self):
        """Whether there are weights or another fitted part to predict with."""
        return hasattr(self, "n_features_in_") and hasattr(self, "fitted_on_")


class NeuralClassifier(ClassifierMixin, NeuralEstimator):
    """Template of a classifier: labels in, ``classes_``, ``predict`` out."""

    def predict_proba(self, X):
        """Probability of each class.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``; rows sum to 1.
        """
        scores = self._log_proba(X)
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True)

    def decision_function(self, X):
        """Log-odds of the classes.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            For two classes log P(classes_[1]|x) - log P(classes_[0]|x), in nats; for
            more the log-probability of each.
        """
        scores = self._log_proba(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def predict(self, X):
        """Most probable class of each row.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Labels out of ``classes_``; in PU data a negative prediction returns the
            label that marks unlabeled rows.
        """
        scores = self._log_proba(X)
        return self.classes_[scores.argmax(axis=1)]

    def _log_proba(self, X):
        """Log-probabilities of the classes for unchecked rows."""
        raise NotImplementedError

    # -- the network -------------------------------------------------------------------

    def _recipe(self):
        """Recipe of the network: what `_resolve` makes of `module`."""
        raise NotImplementedError

    def _resolve(self, default):
        """Recipe of the networks that `module` stands for."""
        if callable(self.module):
            return self.module
        if self.module == "auto":
            return default if self.image_shape is None else nn.ConvNet
        if self.module not in nn.__all__:
            raise ValueError(
                f'module must be "auto", a recipe or one of {nn.__all__}, got '
                f"{self.module!r}."
            )
        return getattr(nn, self.module)

    def _check_recipe(self, n_outputs, Z):
        """Refuse a recipe whose outputs do not fit, before any training."""
        x = torch.as_tensor(Z[:2], dtype=torch.float32)
        with SeededDraws(torch.Generator().manual_seed(0)), torch.no_grad():
            module = self._recipe()(self._net_shape, n_outputs)
            if not isinstance(module, torch.nn.Module):
                raise TypeError(
                    "module must be a recipe that returns a torch.nn.Module, got one "
                    f"that returns {type(module).__name__}."
                )
            found = tuple(module.eval()(x).shape)
        if len(found) not in (2, 3) or found[-2:] != (len(x), n_outputs):
            raise ValueError(
                "module must map rows to (batch, n_outputs), or (members, batch, n_"
                f"outputs) for an ensemble; for {len(x)} rows and {n_outputs} outputs "
                f"it returned shape {found}. The recipe is called as "
                "module(n_features, n_outputs)."
            )


class NeuralDensity(DensityMixin, NeuralEstimator):
    """Template of a density: log-densities of rows, their mean, and draws."""

    def score_samples(self, X):
        """Log-density of each row, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_density : ndarray of shape (n_samples,), dtype float64
            In the units of `X`; discrete columns count by their log-mass.
        """
        raise NotImplementedError

    def score(self, X, y=None):
        """Mean log-density of the rows, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : None
            Not used.

        Returns
        -------
        log_density : float
            Mean of `score_samples`.
        """
        return float(self.score_samples(X).mean())

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
            Rows in the container and the dtypes that `fit` saw.
        """
        raise NotImplementedError


class ClassConditional:
    """What models of rows given their class share: labels in, codes of classes out."""

    # What a model without classes is, and how to fit one with.
    _without = "was fitted without labels"
    _to_condition = "fit with fit(X, y) to condition on classes"

    @property
    def _n_classes(self):
        return len(self.classes_) if hasattr(self, "classes_") else 0

    def _read_y(self, y, n_rows, resume, classes=None):
        """Codes of the labels, or None; learns or checks the classes."""
        if resume:
            if (y is None) != (not self._n_classes):
                with_ = "with" if self._n_classes else "without"
                raise ValueError(
                    f"a fit that goes on from one {with_} labels must be {with_} "
                    "labels too; set warm_start=False to begin anew."
                )
            return None if y is None else class_codes(y, self.classes_, n_rows)
        if y is None:
            for name in ("classes_", "class_log_prior_"):
                self.__dict__.pop(name, None)
            return None
        self.classes_, codes = read_classes(y, n_rows, classes)
        counts = np.bincount(codes, minlength=len(self.classes_))
        if classes is not None:
            # One more of each, so that no class that is still to come is impossible.
            counts = counts + 1
        self.class_log_prior_ = np.log(counts / counts.sum())
        return codes

    def _class_codes(self, y, n_rows):
        """Codes of given labels, one for all rows or one per row."""
        if not self._n_classes:
            raise ValueError(
                f"y must be None for a model that {self._without}, got labels; "
                f"{self._to_condition}."
            )
        y = np.asarray(y)
        y = np.full(n_rows, y) if y.ndim == 0 else y
        return class_codes(y, self.classes_, n_rows)

    def _needed_codes(self, y, n_rows):
        """Codes of labels, which a conditional model needs and others refuse."""
        if y is not None:
            return self._class_codes(y, n_rows)
        if self._n_classes:
            raise ValueError(
                "y must give the classes of the rows, since the model is conditional; "
                f"its classes are {self.classes_.tolist()}."
            )
        return None

    def _drawn_codes(self, y, n_rows, random_state):
        """Codes of labels, drawn by their shares in the fit if there are none."""
        if self._n_classes and y is None:
            shares = np.exp(self.class_log_prior_)
            return random_state.choice(self._n_classes, n_rows, p=shares)
        return self._needed_codes(y, n_rows)


def check_n_samples(n_samples):
    """Refuse what is no number of rows to draw."""
    if not isinstance(n_samples, Integral) or n_samples < 1:
        raise ValueError(
            f"n_samples must be an integer of at least 1, got {n_samples!r}."
        )
    return int(n_samples)


def check_n_steps(n_steps):
    """Refuse what is no number of rows of a line with two ends."""
    if not isinstance(n_steps, Integral) or n_steps < 2:
        raise ValueError(f"n_steps must be an integer >= 2, got {n_steps!r}.")


def fresh_or(random_state):
    """Give a generator of its own for None, which leaves numpy's global one alone."""
    if random_state is None:
        return np.random.RandomState()
    return check_random_state(random_state)


def hold_out(n_rows, fraction, random_state):
    """Rows to train on and rows to validate with, in random order."""
    order = random_state.permutation(n_rows)
    n_valid = 0
    if fraction and n_rows >= _FEWEST:
        n_valid = min(max(1, round(fraction * n_rows)), n_rows - 1)
    return order[n_valid:], order[:n_valid]


def check_labels(estimator, X, y):
    """Check labels as scikit-learn does.

    Parameters
    ----------
    estimator : estimator
        Named in the message when `y` is missing.
    X : array or DataFrame of shape (n_samples, n_features)
        Checked rows.
    y : array-like of shape (n_samples,)
        Labels.

    Returns
    -------
    y : ndarray of shape (n_samples,)
        Labels.

    Raises
    ------
    ValueError
        If `y` is missing, not one-dimensional, not discrete, holds NaN, or has another
        length than `X`.
    """
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but "
            "the target y is None."
        )
    if isinstance(y, pd.Series | pd.DataFrame):
        if y.isna().to_numpy().any():
            raise ValueError(f"Input y contains NaN; {_MARK}.")
        y = y.to_numpy()
    y = column_or_1d(y, warn=True)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError(f"Input y contains NaN or infinity; {_MARK}.")
    if y.dtype.kind == "O":
        _check_objects(y)
    check_classification_targets(y)
    if y.dtype.kind == "O":
        y = np.asarray(y.tolist())
    if len(y) != X.shape[0]:
        raise ValueError(
            "X and y must have one label per row: Found input variables with "
            f"inconsistent numbers of samples: [{X.shape[0]}, {len(y)}]"
        )
    return y


_MARK = "mark unlabeled rows by a label such as -1 and name it in unlabeled_label"


def _check_objects(y):
    """Refuse missing labels, and strings beside numbers."""
    if pd.isna(y).any():
        raise ValueError(f"Input y contains NaN; {_MARK}.")
    if len({isinstance(label, str) for label in y}) > 1:
        kinds = sorted({type(label).__name__ for label in y})
        raise TypeError(
            f"y must hold labels of one kind, all numbers or all strings, got {kinds}; "
            "write the marker of unlabeled rows in the kind of the other labels."
        )


def _all_plain_numbers(frame):
    return all(isinstance(t, np.dtype) and t.kind in "iuf" for t in frame.dtypes)

"""Fitted estimators as plain states, in pickles and in files of weights."""

import copy
import warnings

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .training import describe, load_state, save_state


class SavedEstimator(BaseEstimator):
    """What an estimator with networks needs to be pickled and saved.

    A class names in ``_parts`` the fitted helpers that are kept as plain states, and in
    ``_of_training`` the parameters that predictions do not depend on.
    """

    _parts = {}
    _of_training = frozenset()

    def save_weights(self, path):
        """Write all that was learned to a safetensors file.

        That is the weights of the networks, the encoding of rows, classes, priors and
        whatever else `fit` has found, as arrays and plain values. Parameters are not
        written: the estimator that reads the file must have the same.

        Parameters
        ----------
        path : str or path
            The file; an existing one is replaced as a whole.

        Raises
        ------
        TypeError
            If something learned is neither plain nor an array nor an estimator of
            scikit-learn.
        """
        check_is_fitted(self)
        own = self._own_names()
        learned = {k: v for k, v in self.__getstate__().items() if k not in own}
        notes = {"estimator": type(self).__name__, "parameters": self._described()}
        save_state(path, learned, notes)

    def load_weights(self, path):
        """Read from a safetensors file all that another estimator learned.

        Parameters
        ----------
        path : str or path
            File written by `save_weights` of an estimator of this class and with these
            parameters, but for those of training and the device. This estimator need
            not be fitted; what it had learned is replaced.

        Returns
        -------
        self : object
            The fitted estimator, whose outputs are those of the one that was saved.

        Raises
        ------
        ValueError
            If the file comes from another class, from other parameters or from
            something else than `save_weights`.

        Notes
        -----
        A fit that goes on (``warm_start=True``, `partial_fit`) needs the state of the
        optimizers, which is in the file if the estimator that was saved had been fitted
        so; otherwise it begins anew.
        """
        self._validate_params()
        learned, notes = load_state(path)
        self._check_origin(path, notes)
        new, names = type(self).__new__(type(self)), self._own_names()
        own = {k: v for k, v in vars(self).items() if k in names}
        new.__setstate__({**learned, **own})
        try:
            # The weights of a mixture are an array, and no networks.
            if isinstance(getattr(new, "weights_", None), dict) and new.weights_:
                new._fitted_module()
        except RuntimeError as error:
            raise ValueError(
                f"the weights in {path} must have the names and shapes of this "
                f"estimator's networks: {error} Build the networks as those of the "
                "estimator that was saved."
            ) from error
        if getattr(self, "warm_start", False) and new.training_state_ is None:
            warnings.warn(
                f"{path} holds no state of training: the next fit begins anew, with "
                "warm_start=True too. Save an estimator fitted with warm_start=True to "
                "go on from it.",
                UserWarning,
                stacklevel=2,
            )
        vars(self).clear()
        vars(self).update(vars(new))
        return self

    def _own_names(self):
        """Names of attributes that no fit sets: parameters, and how it is used."""
        used = {"_sklearn_output_config", "_metadata_request", "_foreseen"}
        return used | {*self._get_param_names()}

    def _described(self):
        """Give the parameters that a fitted estimator may look at, in words."""
        found = self.get_params(deep=False)
        return {k: describe(v) for k, v in found.items() if k not in self._of_training}

    def _check_origin(self, path, notes):
        """Refuse a file of another class or of other parameters."""
        here, there = type(self).__name__, notes.get("estimator")
        if here != there:
            raise ValueError(
                f"{path} must hold what a {here} learned, got that of {there}; load it "
                f"into a {there}."
            )
        here, there = self._described(), notes.get("parameters", {})
        wrong = sorted(k for k in here.keys() | there if here.get(k) != there.get(k))
        if wrong:
            raise ValueError(
                f"{path} must come from an estimator with the parameters of this one; "
                + "; ".join(
                    f"{k} is {there.get(k)!r} there, {here.get(k)!r} here"
                    for k in wrong
                )
                + ". Set them with set_params first."
            )

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

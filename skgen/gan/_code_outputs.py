"""What a fitted GANTransformer can be asked for."""

from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from ..encoding.checks import check_n_samples, check_n_steps
from ..encoding.classes import ClassConditional
from ..encoding.code_mixture import draw_prior
from ..encoding.lines import straight_lines
from ..encoding.random_state import own_generator
from ..training import as_tensor
from ._code_players import Coder, FeatureCritic, frozen, weighted_errors
from ._inversion import descend, log_prior
from ._rows import GameRows

_FEATURE_SHARE = 0.1  # of the features in the anomaly score (Schlegl et al., 2017)
_CHUNK = 512  # rows whose codes descend together
_STARTS = 8  # codes from which an edit begins


class CodeOutputs(
    GameRows, ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClassConditional
):
    """Codes, rows of codes, edits and draws of a fitted `GANTransformer`."""

    # -- codes -------------------------------------------------------------------------

    def transform(self, X, y=None, *, method="encoder", n_steps=200):
        """Codes of rows.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : label or array-like of shape (n_samples,), default=None
            Classes, for ``method="optimize"`` of a game with labels; None takes those
            that the encoder finds.
        method : {"encoder", "optimize"}, default="encoder"
            ``"optimize"`` goes on from the encoder's codes to those whose rows come
            nearest, by gradient descent.
        n_steps : int, default=200
            Steps of the descent.

        Returns
        -------
        Z : ndarray of shape (n_samples, n_components)
            Codes.
        """
        return self._codes(X, y, method, n_steps)

    def inverse_transform(self, X, y=None):
        """Rows of codes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)
            Codes.
        y : label or array-like of shape (n_samples,), default=None
            Classes, of a game with labels.

        Returns
        -------
        X_original : ndarray or DataFrame of shape (n_samples, n_features)
            Numbers and pixels, the most probable category, in the container and the
            dtypes that `fit` saw.
        """
        check_is_fitted(self)
        Z = check_array(X, dtype=np.float64)
        if Z.shape[1] != self.n_components_:
            raise ValueError(
                f"X must have the {self.n_components_} columns of the codes, got "
                f"{Z.shape[1]}; pass what transform returns."
            )
        return self._rows(Z, self._needed_codes(y, len(Z)))

    def reconstruct(self, X, y=None, *, method="encoder", n_steps=200):
        """Rows as they come back from their codes.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : label or array-like of shape (n_samples,), default=None
            Classes, of a game with labels; None takes those that the encoder finds.
        method : {"encoder", "optimize"}, default="encoder"
            How codes are found, see `transform`.
        n_steps : int, default=200
            Steps of the descent.

        Returns
        -------
        X_reconstructed : ndarray or DataFrame of shape (n_samples, n_features)
            Rows.
        """
        Z = self._codes(X, y, method, n_steps)
        classes = None
        if self._n_classes:
            classes = self._known_classes(y, self._found(self._encoded(X)))
        return self._rows(Z, classes)

    def relabel(self, X, y, *, method="encoder", n_steps=200):
        """Rows with another label, the rest kept.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : label or array-like of shape (n_samples,)
            Label that each shall have.
        method : {"encoder", "optimize"}, default="encoder"
            How codes are found, see `transform`; ``"optimize"`` keeps more of each row.
        n_steps : int, default=200
            Steps of the descent.

        Returns
        -------
        X_changed : ndarray or DataFrame of shape (n_samples, n_features)
            What the codes of the rows are with these labels.

        Raises
        ------
        ValueError
            If the game has no labels.

        References
        ----------
        G. Antipov, M. Baccouche, J.-L. Dugelay, "Face aging with conditional generative
        adversarial networks", ICIP 2017: age groups as labels, codes by optimisation.
        """
        check_is_fitted(self)
        classes = self._class_codes(y, len(X))
        return self._rows(self._codes(X, None, method, n_steps), classes)

    def predict_label(self, X):
        """Labels that the encoder finds, of a game with such.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Labels out of ``classes_``.
        """
        check_is_fitted(self)
        if not self._n_classes:
            self._class_codes([], 0)
        return self.classes_[self._known_classes(None, self._found(self._encoded(X)))]

    def interpolate(self, a, b, n_steps=10, y=None):
        """Rows on the straight lines between the codes of rows.

        Parameters
        ----------
        a, b : array-like or DataFrame of shape (n_pairs, n_features)
            Where the lines start and end.
        n_steps : int, default=10
            Rows of each line, both ends included; at least 2.
        y : label or array-like of shape (n_pairs,), default=None
            Classes of the lines, of a game with labels.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_pairs * n_steps, n_features)
            Decoded rows, line after line.
        """
        check_is_fitted(self)
        check_n_steps(n_steps)
        ends = [self._codes(rows) for rows in (a, b)]
        if len(ends[0]) != len(ends[1]):
            raise ValueError(
                "a and b must have as many rows as each other, got "
                f"{len(ends[0])} and {len(ends[1])}."
            )
        classes = self._needed_codes(y, len(ends[0]))
        if classes is not None:
            classes = np.repeat(classes, n_steps)
        return self._rows(straight_lines(*ends, n_steps), classes)

    def edit(self, X, mask, values=None, *, y=None, keep=0.0, n_steps=300):
        """Rows of the model that agree with given entries.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        mask : array-like of bool, shape (n_features,) or (n_samples, n_features)
            Which entries are given.
        values : array-like or DataFrame of shape (n_samples, n_features), default=None
            What they are; only the entries of `mask` are read. None: those of `X`.
        y : label or array-like of shape (n_samples,), default=None
            Classes, of a game with labels; None takes those that the encoder finds.
        keep : float in [0, 1], default=0.0
            Weight of all other entries of `X` beside the given ones: 0 completes a row
            of which only these are known, more stays near `X`.
        n_steps : int, default=300
            Steps of the descent.

        Returns
        -------
        X_edited : ndarray or DataFrame of shape (n_samples, n_features)
            Rows of the generator: they meet the given entries as well as its rows can.
        """
        check_is_fitted(self)
        if not isinstance(keep, Real) or not 0 <= keep <= 1:
            raise ValueError(f"keep must be a number from 0 to 1, got {keep!r}.")
        if not isinstance(n_steps, Integral) or n_steps < 1:
            raise ValueError(f"n_steps must be an integer >= 1, got {n_steps!r}.")
        x = self._encoded(X)
        n, d = len(x), self.n_features_in_
        mask = np.asarray(mask)
        if mask.dtype != bool or mask.shape not in ((d,), (n, d)):
            raise ValueError(
                f"mask must be boolean of shape ({d},) or {(n, d)}, got {mask.dtype} "
                f"of shape {mask.shape}."
            )
        mask = np.broadcast_to(mask, (n, d))
        given = x if values is None else self._encoded(values)
        if len(given) != n:
            raise ValueError(f"values must have the {n} rows of X, got {len(given)}.")
        weights = self._entry_weights(mask)
        x = np.where(weights > 0, given, x)
        weights = np.maximum(weights, keep)
        found = self._found(x)
        classes = self._known_classes(y, found)
        starts = [found[:, : self.n_components_]]
        # The encoder knows whole rows only: draws are further starts.
        rng = np.random.RandomState(0)
        starts += [self._prior_codes(n, classes, rng) for _ in range(_STARTS * 8)]
        errors = np.stack([self._errors(x, weights, Z, classes) for Z in starts])
        order = np.argsort(errors, axis=0)[: _STARTS if keep == 0 else 1]
        stacked = np.stack(starts)
        best, least = None, np.full(n, np.inf)
        for own in order:
            Z = self._nearest_codes(
                x, weights, stacked[own, np.arange(n)], classes, n_steps
            )
            error = self._errors(x, weights, Z, classes, energy=True)
            best = Z if best is None else np.where((error < least)[:, None], Z, best)
            least = np.minimum(error, least)
        return self._rows(best, classes)

    def anomaly_scores(self, X):
        """How far rows are from those of the model (AnoGAN).

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Nine tenths the root of the mean squared error of the reconstruction (of a
            category its surprise, in nats), one tenth that of the critic's features;
            larger is odder.
        """
        check_is_fitted(self)
        x = self._encoded(X)
        found = self._found(x)
        classes = self._known_classes(None, found)
        Z = found[:, : self.n_components_]
        n_entries = x[0].size if self._blocks is None else len(self._blocks)
        error = np.sqrt(self._errors(x, np.ones_like(x), Z, classes) / n_entries)
        more = [] if classes is None else [classes]
        back = self._run(Z, *more, call=Coder.typical)
        own, other = (
            self._run(rows, player="critic", call=FeatureCritic.features)
            for rows in (x, back)
        )
        apart = np.sqrt(np.square(own - other).mean(axis=1))
        return (1 - _FEATURE_SHARE) * error + _FEATURE_SHARE * apart

    def sample(self, n_samples=1, *, y=None, random_state=None):
        """Draw rows.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        y : label or array-like of shape (n_samples,), default=None
            Classes, of a game with labels; None draws them by their shares in `fit`.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Rows in the container and the dtypes that `fit` saw.
        """
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        random_state = own_generator(random_state)
        classes = self._drawn_codes(y, n_samples, random_state)
        Z = self._prior_codes(n_samples, classes, random_state)
        _, coder = self._fitted_module()
        n_categories = len(coder.generator.categories)
        u = None
        if n_categories:
            u = random_state.random_sample((n_samples, n_categories))
        return self._rows(Z, classes, u)

    # -- inference ---------------------------------------------------------------------

    def _codes(self, X, y=None, method="encoder", n_steps=1):
        """Find codes of rows; see `transform`."""
        check_is_fitted(self)
        if method not in ("encoder", "optimize"):
            raise ValueError(f'method must be "encoder" or "optimize", got {method!r}.')
        if not isinstance(n_steps, Integral) or n_steps < 1:
            raise ValueError(f"n_steps must be an integer >= 1, got {n_steps!r}.")
        x = self._encoded(X)
        found = self._found(x)
        Z = found[:, : self.n_components_]
        if method == "encoder":
            return Z
        classes = self._known_classes(y, found)
        return self._nearest_codes(x, np.ones_like(x), Z, classes, n_steps)

    def _encoded(self, X):
        """Encode rows, scores in the middle of their intervals."""
        check_is_fitted(self)
        X = self._read_X(X, reset=False)
        return self._encode_midway(X)

    def _run_features(self, x):
        return self._run(x, player="critic", call=FeatureCritic.features)

    def _found(self, x):
        """Means of codes of encoded rows, and logits of classes after them."""
        seen = self._run_features(x) if self._game.shares_features else x
        return self._run(seen, call=Coder.codes)

    def _known_classes(self, y, found):
        """Codes of given labels, or of those that the encoder finds."""
        if y is not None or not self._n_classes:
            return self._needed_codes(y, len(found))
        return found[:, self.n_components_ :].argmax(axis=1)

    def _prior(self):
        """Mixture of the codes; empty for the standard normal."""
        return self._weights_of("prior")

    def _prior_codes(self, n, classes, random_state):
        places = np.zeros(n, dtype=np.int64) if classes is None else classes
        return draw_prior(self._prior(), self.n_components_, places, random_state)

    def _rows(self, Z, classes, u=None):
        """Rows of codes, their categories the most probable ones or drawn."""
        if u is not None:
            more = [u] if classes is None else [u, classes]
            found = self._run(Z, *more, call=Coder.drawn)
        else:
            more = [] if classes is None else [classes]
            found = self._run(Z, *more, call=Coder.decoded)
        return self._to_rows(found)

    def _entry_weights(self, mask):
        """Weights of encoded entries of a mask of those of rows."""
        if not self._is_table:
            return self.encoder_.to_net(mask.astype(np.float64))
        weights = np.zeros((len(mask), self.encoder_.n_encoded_))
        for block in self._blocks:
            own = slice(block["start"], block["start"] + block["width"])
            weights[:, own] = mask[:, block["column"], None]
        return weights

    def _energy(self, x, weights, classes, z, coder, prior, noise):
        """Errors of the rows of codes; in nats, less the log-prior, given `noise`."""
        squared, surprise = weighted_errors(
            coder.typical(z, classes), x, weights, self._blocks
        )
        if noise is None:
            return squared + surprise
        return squared / (2 * noise) + surprise - log_prior(prior, z, classes)

    def _in_chunks(self, call, *arrays):
        """Call with tensors of a few rows at a time; None stays None."""
        device, coder = self._placed_module()
        dtype = next(coder.parameters()).dtype
        found = []
        for start in range(0, len(arrays[0]), _CHUNK):
            own = slice(start, start + _CHUNK)
            tensors = [
                None if a is None else as_tensor(np.ascontiguousarray(a[own]), device)
                for a in arrays
            ]
            tensors = [
                t.to(dtype) if t is not None and t.is_floating_point() else t
                for t in tensors
            ]
            with frozen(coder):
                found.append(call(coder, *tensors).cpu().numpy().astype(np.float64))
        return np.concatenate(found)

    def _prior_tensors(self):
        device, coder = self._placed_module()
        dtype = next(coder.parameters()).dtype
        return {
            name: torch.as_tensor(a, dtype=dtype, device=device)
            for name, a in self._prior().items()
        }

    def _errors(self, x, weights, Z, classes, *, energy=False):
        """Weighted squared errors and surprises of the rows of codes, summed."""
        prior = self._prior_tensors() if energy else None
        noise = self.residual_ if energy else None

        def call(coder, x, weights, Z, classes):
            with torch.no_grad():
                return self._energy(x, weights, classes, Z, coder, prior, noise)

        return self._in_chunks(call, x, weights, Z, classes)

    def _nearest_codes(self, x, weights, Z, classes, n_steps):
        """Most probable codes of rows of which some entries weigh."""
        prior = self._prior_tensors()

        def call(coder, x, weights, Z, classes):
            def energy(z):
                return self._energy(
                    x, weights, classes, z, coder, prior, self.residual_
                )

            return descend(energy, Z, n_steps)

        return self._in_chunks(call, x, weights, Z, classes)

"""Draws of a fitted GANSampler, and what its critic says of rows."""

from numbers import Real

import numpy as np
import torch
from scipy.special import ndtr, ndtri
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import check_array
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ..encoding.checks import check_n_samples, check_n_steps
from ..encoding.conditions import n_drawn
from ..encoding.given import read_given, refuse_unseen
from ..encoding.lines import great_circles, straight_lines
from ..encoding.random_state import own_generator

_MOST_DRAWS = 2**23  # random numbers drawn at a time


def _has_codes(sampler):
    if not sampler._fitted_codes.width:
        raise AttributeError(
            "transform recovers codes: set codes=InfoCodes(...) before fit."
        )
    return True


class Draws:
    """What a fitted `GANSampler` can be asked for."""

    def sample(
        self, n_samples=1, *, y=None, given=None, truncation=None, random_state=None
    ):
        """Draw rows.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows; 1 draws a row for each condition in `y`.
        y : label, array-like of shape (n_samples,) or DataFrame, default=None
            Classes, after a fit with labels; other conditions, with the columns they
            had there, one for all rows or one for each. None draws them as they were
            in the fit.
        given : dict, DataFrame or Series, default=None
            Values that rows shall have in some of the columns of `conditions`: for a
            name of a column one value, or one for each row; a frame of one row or of
            all, or a row of a frame. Nothing is drawn in vain.
            It does not change what classes are drawn: ask for them too.
        truncation : float, default=None
            Bound of the numbers of the noise, which are drawn again beyond it: below 1
            rows are nearer to the usual ones and differ less. None: no bound.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Rows in the container and the dtypes that `fit` saw.

        Raises
        ------
        ValueError
            If `n_samples` is no positive integer, if `truncation` is not above 0, if
            `y` or `given` ask for what `fit` did not see, or if the model is not
            conditional.
        """
        check_is_fitted(self)
        n_samples = n_drawn(check_n_samples(n_samples), y)
        random_state = own_generator(random_state)
        if truncation is not None and not (
            isinstance(truncation, Real) and truncation > 0
        ):
            raise ValueError(
                f"truncation must be a number > 0 or None, got {truncation!r}."
            )
        y = self._drawn_codes(y, n_samples, random_state)
        given = self._read_given(given, n_samples)
        # Draws of single precision, the fast way.
        rng = np.random.default_rng(random_state.randint(2**31 - 1))
        found = []
        _, module = self._fitted_module()
        width = module.n_noise + len(module.categories)
        step = max(1, _MOST_DRAWS // width)
        for start in range(0, n_samples, step):
            part = slice(start, min(start + step, n_samples))
            n = part.stop - start
            z = self._noise(rng, n, truncation)
            u = rng.random((n, len(module.categories)), dtype=np.float32)
            found.append(
                self._rows_of(
                    z,
                    u if module.categories else None,
                    None if y is None else y[part],
                    None if given is None else given[part],
                    dtype=torch.float32,
                )
            )
        return self._to_rows(np.concatenate(found))

    def generate(self, z, y=None, *, codes=None, given=None):
        """Rows of given noise.

        Parameters
        ----------
        z : array-like of shape (n_samples, n_latent)
            Noise; the training had that of a standard normal.
        y : label or array-like of shape (n_samples,), default=None
            Classes, after a fit with labels.
        codes : array-like of shape (n_samples, n_codes), default=None
            Codes, as `transform` returns them, of a model that has such.
        given : dict or DataFrame, default=None
            Values of columns, as in `sample`.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Rows; of each category the most probable one.
        """
        check_is_fitted(self)
        z = _check_columns(z, "z", self.n_latent_, "noise")
        return self._generated(z, self._needed_codes(y, len(z)), codes, given)

    def _generated(self, z, y, codes, given):
        """Rows of noise and of read conditions."""
        width = self._fitted_codes.width
        if width:
            if codes is None:
                raise ValueError(
                    f"codes must give the {width} columns of codes, since the model "
                    "has such; transform(X) returns them for rows."
                )
            codes = _check_columns(codes, "codes", width, "codes")
            if len(codes) != len(z):
                raise ValueError(
                    f"codes must have the {len(z)} rows of z, got {len(codes)}."
                )
            z = np.hstack([z, codes])
        elif codes is not None:
            raise ValueError(
                "codes must be None for a model without; set "
                "codes=InfoCodes(...) before fit."
            )
        given = self._read_given(given, len(z))
        return self._to_rows(self._rows_of(z, None, y, given))

    def interpolate(
        self, z0, z1, n_steps=10, *, method="spherical", y=None, codes=None
    ):
        """Rows on the lines between points of the noise.

        Parameters
        ----------
        z0, z1 : array-like of shape (n_latent,) or (n_pairs, n_latent)
            Where the lines start and end.
        n_steps : int, default=10
            Rows of each line, both ends included; at least 2.
        method : {"spherical", "linear"}, default="spherical"
            Great circles keep the length that noise of many dimensions has; straight
            lines come near the origin, where there is none.
        y : label or array-like of shape (n_pairs,), default=None
            Classes of the lines, after a fit with labels.
        codes : array-like of shape (n_pairs, n_codes), default=None
            Codes of the lines, of a model that has such.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_pairs * n_steps, n_features)
            Rows, line after line.
        """
        check_is_fitted(self)
        check_n_steps(n_steps)
        methods = {"spherical": great_circles, "linear": straight_lines}
        if method not in methods:
            raise ValueError(f'method must be "spherical" or "linear", got {method!r}.')
        z0, z1 = (
            _check_columns(np.atleast_2d(z), name, self.n_latent_, "noise")
            for z, name in ((z0, "z0"), (z1, "z1"))
        )
        if z0.shape != z1.shape:
            raise ValueError(
                f"z0 and z1 must have the same shape, got {z0.shape} and {z1.shape}."
            )
        told = self._needed_codes(y, len(z0))
        if codes is not None:
            codes = np.repeat(np.atleast_2d(codes), n_steps, axis=0)
        lines = methods[method](z0, z1, n_steps)
        told = None if told is None else np.repeat(told, n_steps, axis=0)
        return self._generated(lines, told, codes, None)

    def nearest_training(self, samples, X):
        """Nearest rows of a table, to see whether draws are copies.

        Parameters
        ----------
        samples : array-like or DataFrame of shape (n_samples, n_features)
            Rows, such as `sample` draws.
        X : array-like or DataFrame of shape (n_rows, n_features)
            Rows to look among, those of the fit for instance; they are not kept.

        Returns
        -------
        distances : ndarray of shape (n_samples,)
            Euclidean distances of encoded rows.
        indices : ndarray of shape (n_samples,)
            Places in `X`.
        """
        check_is_fitted(self)
        own, others = (
            self._midway(self._read_X(rows, reset=False)) for rows in (samples, X)
        )
        index = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(others)
        distances, indices = index.kneighbors(own)
        return distances[:, 0], indices[:, 0]

    @available_if(_has_codes)
    def transform(self, X, y=None):
        """Codes of rows, as the critic recovers them (InfoGAN).

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : label or array-like of shape (n_samples,), default=None
            Classes; needed of a model with ``conditioning="embedding"`` only.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_codes)
            Probabilities of the classes of the code, then its numbers in [-1, 1].
        """
        check_is_fitted(self)
        X = self._read_X(X, reset=False)
        if y is not None or self._structure["conditions"]["critic"] == "embedding":
            y = self._needed_codes(y, len(X))
        found = self._critic_output(self._midway(X, flat=False), "codes", y)
        return self._fitted_codes.read(torch.as_tensor(found)).numpy()

    def critic_scores(self, X, y=None):
        """Scores that the critic gives rows, large for what it takes for real.

        Of the default loss they estimate log p / q, with p of the rows of the fit and q
        of generated ones; of an autoencoding critic they are errors, small for real
        rows.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : label or array-like of shape (n_samples,), default=None
            Classes, after a fit with labels.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Scores.
        """
        check_is_fitted(self)
        X = self._read_X(X, reset=False)
        y = self._needed_codes(y, len(X))
        return self._critic_output(self._midway(X, flat=False), "scores", y)

    def _critic_output(self, x, name, y=None):
        """Give the scores or codes of encoded rows by the critic."""
        pack = self._structure["critic_input"]["pack"]
        if pack > 1:
            raise ValueError(
                f"the critic judges {pack} rows together; fit without Packing to ask "
                "it of single rows."
            )
        _, generator = self._fitted_module()
        columns = generator.columns

        def call(critic, x, y=None):
            given = None
            if columns is not None:
                given = x.new_zeros(len(x), len(columns.widths))
            return getattr(critic(x, y, given), name)

        arrays = [x] if y is None else [x, y]
        return self._run(*arrays, player="critic", call=call)

    def _midway(self, X, *, flat=True):
        """Encode rows, scores in the middle of their intervals."""
        rows = self._encode_midway(X)
        return rows.reshape(len(X), -1) if flat else rows

    def _noise(self, rng, n, truncation=None):
        """Draw noise of rows, and codes if there are any."""
        if truncation is None:
            z = rng.standard_normal((n, self.n_latent_), dtype=np.float32)
        else:
            low, high = ndtr([-float(truncation), float(truncation)])
            u = rng.uniform(low, high, (n, self.n_latent_))
            z = ndtri(u).clip(-truncation, truncation).astype(np.float32)
        if not self._fitted_codes.width:
            return z
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        return np.hstack([z, self._fitted_codes.draw(n, generator).numpy()])

    def _rows_of(self, z, u, y, given, **options):
        """Draw rows, with a column for each block of a table."""
        more = {"u": u, "y": y, "given": given}
        more = {k: a for k, a in more.items() if a is not None}
        rows = self._run(
            z,
            *more.values(),
            call=lambda generator, z, *rest: generator.draw(
                z, **dict(zip(more, rest, strict=True))
            ),
            **options,
        )
        if given is not None:
            self._columns.impose_codes(rows, given)
        return rows

    def _read_given(self, given, n_rows):
        """Read the conditions on columns, (n_rows, n_inputs), or None."""
        columns = self._columns
        if columns is None:
            if given is not None:
                raise ValueError(
                    "given must be None for a model that was fitted without "
                    'conditions; fit with conditions="all" or a list of columns.'
                )
            return None
        n_columns = len(columns.widths)
        codes = np.zeros((n_rows, columns.n_inputs - n_columns))
        mask = np.zeros((n_rows, n_columns))
        ends = np.cumsum(columns.widths)
        names = list(self.encoder_.names_)
        for j, values in read_given(given, names, n_rows).items():
            if j not in columns.columns:
                raise ValueError(
                    f"given asks for {names[j]!r}, which is not among the conditions "
                    f"{[names[k] for k in columns.columns]}; name it in conditions "
                    "before fit."
                )
            place = columns.columns.index(j)
            own = self.encoder_.category_codes(j, values)
            refuse_unseen(names[j], values, own < 0, self.encoder_.categories(j))
            codes[np.arange(n_rows), ends[place] - columns.widths[place] + own] = 1
            mask[:, place] = 1
        return np.hstack([codes, mask])


def _check_columns(rows, name, n, what):
    rows = check_array(rows, dtype=np.float64, input_name=name)
    if rows.shape[1] != n:
        raise ValueError(
            f"{name} must have the {n} columns of the {what}, got {rows.shape[1]}."
        )
    return rows

"""Rows of a table or of pixels as arrays for the networks, and back."""

import numpy as np
import pandas as pd

from ..encoding import ImageEncoder, LevelEncoder, TokenEncoder
from ..encoding._levels import to_levels
from ._columns import ColumnLikelihood
from ._pixels import PIXELS

LIKELIHOODS = ("bernoulli", "categorical", "gaussian", "logistic", "mixed")
_N_COMPONENTS = 4  # of the mixture of a number in a mixed table


def choose_likelihood(X, plain):
    """Likelihood that suits the data, for ``likelihood="auto"``.

    Parameters
    ----------
    X : DataFrame or ndarray of shape (n_samples, n_features)
        Checked rows.
    plain : bool
        Whether all columns hold plain numbers, none of them missing.

    Returns
    -------
    likelihood : str
        One of `LIKELIHOODS`.
    """
    if not plain:
        return "mixed"
    values = _as_array(X)
    if ((values == 0) | (values == 1)).all() and values.min() < values.max():
        return "bernoulli"
    return "gaussian"


class RowCoder:
    """An encoder and what the networks are told of it.

    Parameters
    ----------
    encoder : ImageEncoder, LevelEncoder or TokenEncoder
        Fitted encoder.
    likelihood : str
        One of `LIKELIHOODS`.
    """

    def __init__(self, encoder, likelihood):
        self.encoder, self.likelihood = encoder, likelihood
        self.is_table = isinstance(encoder, TokenEncoder)

    @classmethod
    def fit(cls, X, likelihood, image_shape, n_axes=2):
        """Fit the encoder that a likelihood needs.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Checked rows; numbers only but for ``"mixed"``.
        likelihood : str
            One of `LIKELIHOODS`.
        image_shape : tuple or None
            Shape of an image or of a volume.
        n_axes : int, default=2
            2 for images, 3 for volumes.

        Returns
        -------
        coder : RowCoder
            The coder.

        Raises
        ------
        ValueError
            If the values do not suit the likelihood.
        """
        if likelihood == "mixed" or (likelihood == "gaussian" and image_shape is None):
            discrete = "auto" if likelihood == "mixed" else None
            return cls(TokenEncoder(discrete=discrete).fit(X), likelihood)
        check_values(X, likelihood)
        shape = (1, X.shape[1]) if image_shape is None else image_shape
        if likelihood in ("categorical", "logistic"):
            frame = X if isinstance(X, pd.DataFrame) else None
            encoder = LevelEncoder(shape, n_axes=n_axes)
            return cls(encoder.fit(_as_array(X), frame), likelihood)
        encoder = ImageEncoder(shape, n_axes=n_axes).fit(X)
        if likelihood == "bernoulli":
            encoder.low_, encoder.high_ = 0.0, 1.0
        return cls(encoder, likelihood)

    def encode(self, X):
        """Arrays for the networks, and what makes log-likelihoods those of `X`.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Checked rows.

        Returns
        -------
        arrays : list of ndarray
            Images; or tokens, codes and numbers.
        extra : ndarray of shape (n_samples,)
            To be added to log-likelihoods, in nats.
        """
        if self.is_table:
            *arrays, extra = self.encoder.transform(X)
            return arrays, extra.sum(axis=1)
        check_values(X, self.likelihood)
        if isinstance(self.encoder, LevelEncoder):
            return [self.encoder.transform(_as_array(X))], np.zeros(len(X))
        extra = np.zeros(len(X))
        if self.likelihood == "gaussian":
            extra = self.encoder.log_abs_det_jacobian(X)
        return [self.encoder.transform(X)], extra

    def decode(self, rows):
        """Rows in the container and the dtypes of the fit.

        Parameters
        ----------
        rows : ndarray of shape (n_samples, n_values)
            What the networks expect or draw.

        Returns
        -------
        X : DataFrame or ndarray of shape (n_samples, n_features)
            Rows.
        """
        if self.is_table:
            tokens, numbers = np.split(rows, 2, axis=1)
            return self.encoder.inverse_transform(tokens.astype(np.int64), numbers)
        images = rows.reshape(-1, *self.encoder.net_shape_)
        if isinstance(self.encoder, LevelEncoder):
            return self.encoder.inverse_transform(images)
        return self.encoder.inverse_transform(images, clip=True)

    def build(self):
        """Build the module of the likelihood."""
        if not self.is_table:
            levels = getattr(self.encoder, "levels_", None)
            return PIXELS[self.likelihood](self.encoder.net_shape_, levels)
        ordered = [kind != "category" for kind in self.encoder.kinds_]
        n_components = _N_COMPONENTS if self.likelihood == "mixed" else 0
        return ColumnLikelihood(self.encoder.columns_, ordered, n_components)


def check_values(X, likelihood):
    """Refuse values that do not suit the likelihood of pixels.

    Parameters
    ----------
    X : DataFrame or ndarray of shape (n_samples, n_features)
        Rows of numbers.
    likelihood : str
        One of `LIKELIHOODS`.

    Raises
    ------
    ValueError
        If they do not; the message names a likelihood that they suit.
    """
    X = _as_array(X)
    low, high = float(X.min()), float(X.max())
    if likelihood == "bernoulli" and (low < 0 or high > 1):
        raise ValueError(
            'likelihood="bernoulli" needs values from 0 to 1, got values from '
            f'{low:g} to {high:g}: use likelihood="gaussian" for continuous ones, '
            '"categorical" or "logistic" for whole numbers from 0, or divide X by '
            "its largest value."
        )
    if likelihood in ("categorical", "logistic") and (X != np.floor(X)).any():
        wrong = X[X != np.floor(X)][0]
        raise ValueError(
            f"likelihood={likelihood!r} needs whole numbers from 0 to 255, got "
            f'{wrong:g}: use likelihood="gaussian" for continuous values, or '
            f"{to_levels(X)}."
        )


def _as_array(X):
    """Rows of numbers as one array; booleans beside numbers are numbers too."""
    X = np.asarray(X)
    return X.astype(np.float64) if X.dtype.kind == "O" else X

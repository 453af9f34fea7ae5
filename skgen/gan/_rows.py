"""Rows of a game: tables as ranks, images as they are, and back."""

import numpy as np

from ..encoding import RankEncoder

_MOST_NOISE = 64  # numbers of noise with n_latent="auto"


class GameRows:
    """How estimators of a game encode their rows, by ``encoder_``."""

    @property
    def _is_table(self):
        return isinstance(self.encoder_, RankEncoder)

    @property
    def _blocks(self):
        return self.encoder_.blocks_ if self._is_table else None

    def _noise_size(self):
        if self.n_latent != "auto":
            return int(self.n_latent)
        shape = self._net_shape
        return _MOST_NOISE if isinstance(shape, tuple) else min(_MOST_NOISE, shape)

    def _encode_midway(self, X):
        """Encode checked rows, scores in the middle of their intervals."""
        if self._is_table:
            return self.encoder_.transform(X, _Middle())
        return self.encoder_.transform(X)

    def _to_rows(self, Z):
        """Rows of what a generator draws, with a column for each block of a table."""
        if self._is_table:
            return self.encoder_.decode(Z)
        return self.encoder_.inverse_transform(Z, clip=True)


class _Middle:
    """Stands for a RandomState whose draws are all one half."""

    @staticmethod
    def random_sample(n):
        return np.full(n, 0.5)

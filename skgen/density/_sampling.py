"""What every `sample` of a density checks first."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state


def check_n_samples(n_samples):
    """Refuse what is no number of rows."""
    if not isinstance(n_samples, Integral) or n_samples < 1:
        raise ValueError(
            f"n_samples must be an integer of at least 1, got {n_samples!r}."
        )
    return int(n_samples)


def fresh_or(random_state):
    """Give a generator of its own for None, which leaves numpy's global one alone."""
    if random_state is None:
        return np.random.RandomState()
    return check_random_state(random_state)

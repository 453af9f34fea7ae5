"""Random numbers that leave numpy's global generator alone."""

import numpy as np
from sklearn.utils import check_random_state

__all__ = ["own_generator"]


def own_generator(random_state):
    """Give a generator of its own for None, which leaves numpy's global one alone."""
    if random_state is None:
        return np.random.RandomState()
    return check_random_state(random_state)

"""Random generators that leave numpy's global one alone."""

import numpy as np
from sklearn.utils import check_random_state


def own_generator(random_state):
    """Give a generator of its own for None, which leaves numpy's global one alone.

    Parameters
    ----------
    random_state : int, RandomState instance or None
        Seed, generator, or None for a new generator at each call.

    Returns
    -------
    generator : RandomState
        The generator.
    """
    if random_state is None:
        return np.random.RandomState()
    return check_random_state(random_state)


def give_seed(estimator, random_state):
    """Seed an estimator that takes a seed and has none.

    Parameters
    ----------
    estimator : estimator
        Its ``random_state`` is set where it is None.
    random_state : RandomState
        Advances by one draw in that case.

    Returns
    -------
    estimator : estimator
        The same.
    """
    if estimator.get_params().get("random_state", 0) is None:
        estimator.set_params(random_state=random_state.randint(2**31 - 1))
    return estimator

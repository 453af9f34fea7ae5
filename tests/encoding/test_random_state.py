"""own_generator: seeds as scikit-learn reads them, None without a trace."""

import numpy as np
import pytest

from skgen.encoding.random_state import own_generator


def test_none_is_a_new_generator_that_leaves_no_trace():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    one, two = own_generator(None), own_generator(None)
    assert one.randint(2**31 - 1) != two.randint(2**31 - 1)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_seeds_and_generators_are_those_of_scikit_learn():
    assert own_generator(3).randint(99) == np.random.RandomState(3).randint(99)
    generator = np.random.RandomState(0)
    assert own_generator(generator) is generator
    with pytest.raises(ValueError, match="seed"):
        own_generator("seed")

"""Equal rows: folds that keep them together, and one of each."""

import numpy as np
import pandas as pd
import pytest

from skgen.encoding.copies import fold_of_rows, without_repeats


@pytest.mark.parametrize("n_folds", [2, 4])
def test_folds_of_rows_keep_copies_together(n_folds):
    copies = np.repeat(np.arange(50), [1, 3] * 25)
    fold = fold_of_rows(100, n_folds, np.random.RandomState(0), copies)
    assert set(fold) == set(range(n_folds))
    for group in range(50):
        assert len(set(fold[copies == group])) == 1
    sizes = np.bincount(fold)
    assert sizes.max() - sizes.min() <= 6
    alone = fold_of_rows(101, n_folds, np.random.RandomState(0))
    assert np.ptp(np.bincount(alone)) <= 1


def test_a_table_given_twice_is_halved_and_frequent_rows_stay_frequent():
    X = np.array([[0.0, 0.0]] * 6 + [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    copies = np.array([0] * 6 + [1, 2, 3])
    assert without_repeats(X, copies) is X
    twice = np.concatenate([X, X])
    found = without_repeats(twice, np.concatenate([copies, copies]))
    assert sorted(found.tolist()) == sorted(X.tolist())
    frame = pd.DataFrame(twice, columns=["a", "b"])
    assert without_repeats(frame, np.concatenate([copies, copies])).shape == (9, 2)
    assert without_repeats(X, None) is X
    # Five values, each in many rows, are no table given many times.
    values = np.repeat(np.arange(5.0), 40)[:, None]
    assert without_repeats(values, np.repeat(np.arange(5), 40)) is values

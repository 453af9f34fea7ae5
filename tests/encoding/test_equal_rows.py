"""Equal rows: folds that keep them together, and one of each."""

import numpy as np
import pandas as pd
import pytest

from skgen.encoding.copies import fold_of_rows, once


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


def test_once_keeps_the_first_of_equal_rows():
    X = np.arange(12.0).reshape(6, 2)
    copies = np.array([0, 1, 0, 2, 1, 3])
    assert once(X, copies).tolist() == X[[0, 1, 3, 5]].tolist()
    frame = pd.DataFrame(X, columns=["a", "b"])
    assert once(frame, copies).equals(frame.iloc[[0, 1, 3, 5]])
    assert once(X, None) is X

"""Rows held out for early stopping: shares of strata, equal rows together."""

import numpy as np
import pytest

from skgen.training import hold_out

STRATA = np.repeat([0, 1, 2], [60, 30, 6])


def parts(copies=None, strata=STRATA, fraction=0.2, seed=0):
    n = len(strata)
    return hold_out(n, fraction, np.random.RandomState(seed), strata, copies)


@pytest.mark.parametrize("copies", [None, np.arange(96)])
def test_each_stratum_gives_its_share(copies):
    train, held_out = parts(copies)
    assert sorted([*train, *held_out]) == list(range(96))
    assert np.bincount(STRATA[held_out]).tolist() == [12, 6, 1]


@pytest.mark.parametrize("seed", range(5))
def test_equal_rows_stay_together(seed):
    copies = np.arange(96) // 3
    train, held_out = parts(copies, seed=seed)
    assert sorted([*train, *held_out]) == list(range(96))
    assert not set(copies[train]) & set(copies[held_out])
    assert np.bincount(STRATA[held_out]).tolist() == [12, 6, 3]


def test_a_row_in_two_strata_counts_for_the_rarer():
    # Each row of stratum 2 has a copy in stratum 0.
    copies = np.r_[np.arange(90), np.arange(6)]
    train, held_out = parts(copies)
    assert not set(copies[train]) & set(copies[held_out])
    assert np.sum(STRATA[held_out] == 2) == 1
    assert 2 in STRATA[train]


def test_a_stratum_of_one_row_and_its_copies_is_dealt_as_before():
    copies = np.r_[np.arange(90), np.full(6, 90)]
    for ours, plain in zip(parts(copies), parts(), strict=True):
        np.testing.assert_array_equal(ours, plain)


def test_nothing_is_held_out_without_a_fraction():
    train, held_out = parts(np.arange(96) // 3, fraction=0.0)
    assert len(train) == 96 and not len(held_out)

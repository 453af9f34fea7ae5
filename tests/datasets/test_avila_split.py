"""The lecture's splits of Avila, and its pages."""

import numpy as np
import pandas as pd
import pytest

from skgen.datasets import avila_pages, fetch_avila, load_avila_split

COUNTS = {
    "pu": {1: 2000, 0: 10430},
    "pnu": {1: 2000, 0: 2000, -1: 10430},
    "pn": {1: 2000, 0: 2000},
    "pn_all": {1: 6247, 0: 4183},
    "multiclass_u": {0: 1000, 1: 1000, 2: 1000, -1: 10430},
    "multiclass": {0: 1000, 1: 1000, 2: 1000},
    "multiclass_all": {0: 4286, 1: 3056, 2: 3088},
}


def count(labels):
    values, counts = np.unique(labels, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


@pytest.mark.parametrize("setting", COUNTS)
def test_published_split(real_data, setting):
    split = load_avila_split(setting, random_state=0)
    assert count(split.y_train) == COUNTS[setting]
    assert split.X_train.shape == (len(split.y_train), 10)
    X_test, copyist = fetch_avila(subset="test", return_X_y=True)
    assert np.array_equal(split.X_test, X_test)
    for k, letters in enumerate(split.class_copyists):
        assert set(copyist[split.y_test == k]) == set(letters)
    assert split.classes.tolist() == sorted(set(split.y_test))
    known = split.y_train == split.y_train_true
    labeled = split.y_train == 1 if setting == "pu" else split.y_train >= 0
    assert known[labeled].all() and setting in split.description


def test_unlabeled_sample_is_the_whole_training_part(real_data):
    split = load_avila_split("pu", random_state=1)
    unlabeled = split.X_train[split.y_train == 0]
    X = fetch_avila(return_X_y=True)[0]
    assert np.array_equal(np.unique(unlabeled, axis=0), np.unique(X, axis=0))
    assert split.prior == pytest.approx(0.599, abs=5e-4)
    assert split.prior_test == pytest.approx(split.y_test.mean())
    assert split.y_train_true[split.y_train == 0].mean() == pytest.approx(split.prior)
    assert 0.1 < split.y_train[:1000].mean() < 0.25  # shuffled


@pytest.mark.parametrize("setting", ["pu", "multiclass_u", "pn_all"])
def test_pages_held_out_share_no_page(real_data, setting):
    split = load_avila_split(setting, random_state=0, pages_held_out=True)
    assert not set(split.groups_train) & set(split.groups_test)
    n_train = 20867 - len(split.y_test)
    assert 10430 <= n_train < 10430 + 200
    X = fetch_avila(subset="all", return_X_y=True)[0]
    pages = avila_pages(X)
    held_out = np.isin(pages, split.groups_test)
    assert np.array_equal(X[held_out], split.X_test)
    assert np.array_equal(pages[held_out], split.groups_test)
    assert set(split.groups_train) <= set(pages[~held_out])
    assert "pages held out" in split.description


def test_published_split_leaks_pages(real_data):
    split = load_avila_split("pn_all", random_state=0)
    leaked = np.isin(split.groups_test, split.groups_train).mean()
    assert leaked == pytest.approx(0.9998, abs=1e-4)


@pytest.mark.parametrize("pages_held_out", [False, True])
def test_seed_decides(real_data, pages_held_out):
    a, b, c = (
        load_avila_split("pnu", random_state=seed, pages_held_out=pages_held_out)
        for seed in (3, 3, 4)
    )
    assert np.array_equal(a.X_train, b.X_train)
    assert np.array_equal(a.groups_test, b.groups_test)
    assert not np.array_equal(a.X_train, c.X_train[: len(a.X_train)])


def test_ternary_prior_holds_the_share_of_each_class(real_data):
    split = load_avila_split("multiclass_all", random_state=0)
    assert split.prior == pytest.approx(np.array([4286, 3056, 3088]) / 10430)


def test_pages_of_array_and_frame_agree(real_data):
    X = fetch_avila(subset="all", as_frame=True).data
    pages = avila_pages(X)
    assert len(np.unique(pages)) == pages.max() + 1 == 759
    assert np.array_equal(pages, avila_pages(X.to_numpy()))
    assert np.array_equal(pages, avila_pages(X.iloc[:, ::-1]))
    assert (X.groupby(pages).agg("nunique").iloc[:, :3] == 1).all(axis=None)


@pytest.mark.parametrize("X", [[1.0, 2.0, 3.0], np.ones((4, 2)), pd.DataFrame([[1]])])
def test_pages_need_three_columns(X):
    with pytest.raises(ValueError, match="n_features >= 3, got"):
        avila_pages(X)


def test_unknown_setting_is_named():
    with pytest.raises(ValueError, match="setting must be one of pu, .* got 'nu'"):
        load_avila_split("nu", random_state=0)

"""Fetchers: what they return."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skgen.datasets import (
    _adult,
    fetch_adult,
    fetch_avila,
    fetch_mnist10k,
    get_data_home,
)


def test_avila_subsets_have_published_sizes(real_data, data_folder):
    train, test = fetch_avila(), fetch_avila(subset="test")
    X, y = fetch_avila(subset="all", return_X_y=True)
    assert train.data.shape == (10430, 10) and test.data.shape == (10437, 10)
    assert np.array_equal(X, np.vstack([train.data, test.data]))
    assert np.array_equal(y, np.concatenate([train.target, test.target]))
    assert "".join(train.target_names) == "ABCDEFGHIWXY"
    assert train.frame is None and train.data.flags.writeable
    assert X.flags.c_contiguous and y.dtype.kind == "U"
    assert np.array_equal(
        test.data,
        np.loadtxt(data_folder / "avila-ts.txt", delimiter=",", usecols=range(10)),
    )
    assert "leak" in train.DESCR and "avila-tr.txt" in train.details["sha256"]


def test_avila_frame_joins_data_and_target(real_data):
    avila = fetch_avila(as_frame=True)
    assert list(avila.frame.columns) == [*avila.feature_names, "copyist"]
    assert avila.frame.shape == (10430, 11) and avila.target.name == "copyist"
    assert avila.feature_names[0] == "intercolumnar_distance"


def test_adult_dtypes_missing_values_and_stripped_blanks(real_data):
    adult = fetch_adult()
    assert adult.data.shape == (32561, 14) and adult.frame.shape == (32561, 15)
    assert (adult.data.dtypes == "category").sum() == 8
    assert (adult.data.dtypes == "int64").sum() == 6
    assert adult.data.isna().sum().sum() == 4262
    assert adult.target_names.tolist() == ["<=50K", ">50K"]
    for _, column in adult.data.select_dtypes("category").items():
        levels = column.cat.categories
        assert "?" not in levels and (levels == levels.str.strip()).all()


def test_adult_as_arrays(real_data):
    X, y = fetch_adult(as_frame=False, return_X_y=True)
    assert X.shape == (32561, 14) and X.dtype == object and y.dtype.kind == "U"
    assert X[0, 0] == 39 and X[0, 1] == "State-gov" and pd.isna(X).sum() == 4262


def test_mnist_rows_are_flat_images(real_data):
    mnist = fetch_mnist10k()
    assert mnist.data.shape == (10000, 784) and mnist.data.dtype == np.uint8
    assert np.array_equal(mnist.data.reshape(-1, 28, 28), mnist.images)
    assert np.bincount(mnist.target).tolist()[:3] == [980, 1135, 1032]
    assert mnist.target.dtype == np.int64 and mnist.data.max() == 255
    X, y = fetch_mnist10k(return_X_y=True, as_frame=True)
    assert X["pixel_27_27"].dtype == np.uint8 and y.name == "digit"


def test_data_home_order(monkeypatch, tmp_path):
    monkeypatch.setenv("SKGEN_HOME", str(tmp_path / "env"))
    assert get_data_home() == tmp_path / "env"
    assert get_data_home(tmp_path / "given") == tmp_path / "given"
    monkeypatch.delenv("SKGEN_HOME")
    assert get_data_home() == Path.home() / "skgen_data"


@pytest.mark.parametrize(
    "params, match",
    [
        ({"subset": "valid"}, "subset must be .* got 'valid'"),
        ({"n_retries": -1}, "n_retries must be an integer >= 0, got -1"),
        ({"delay": -1.0}, "delay must be .* got -1.0"),
    ],
    ids=["subset", "n_retries", "delay"],
)
def test_bad_parameters_are_named(home, params, match):
    with pytest.raises(ValueError, match=match):
        fetch_avila(**params)


def test_as_published_accepts_the_table_with_header_and_crlf():
    given = b"age,income\r\n39,State-gov\r\n50, Private\r\n"
    assert _adult._as_published(given) == b"39, State-gov\n50, Private\n\n"

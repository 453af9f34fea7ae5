"""Weights survive a file, and files are replaced as a whole."""

import os

import numpy as np
import pytest

from skgen.training import load_weights, save_weights


def test_round_trip(tmp_path):
    path = tmp_path / "net.safetensors"
    weights = {
        "a": np.arange(6.0).reshape(2, 3).T,
        "scalar": np.array(3, dtype=np.int64),
        "none": np.empty((0, 2), dtype=np.float32),
        "flag": np.array([True, False]),
    }
    save_weights(path, weights, {"estimator": "Some"})
    loaded = load_weights(str(path))
    assert loaded.keys() == weights.keys()
    for name, value in weights.items():
        assert loaded[name].dtype == value.dtype
        assert loaded[name].shape == value.shape
        assert np.array_equal(loaded[name], value)
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        assert file.metadata() == {"estimator": "Some"}


def test_failed_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "net.safetensors"
    save_weights(path, {"a": np.ones(2)})
    with pytest.raises(Exception):  # noqa: B017
        save_weights(path, {"a": np.array(["text"], dtype=object)})
    assert load_weights(path)["a"].tolist() == [1.0, 1.0]
    assert os.listdir(tmp_path) == ["net.safetensors"]


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_text("something else entirely")
    with pytest.raises(ValueError, match="must come from a safetensors file"):
        load_weights(path)
    with pytest.raises(FileNotFoundError):
        load_weights(tmp_path / "missing")

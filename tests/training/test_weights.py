"""States survive a file bit for bit, and files are replaced as a whole."""

import os
from functools import partial

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier

from skgen.training import describe, load_state, save_state


def assert_same(found, expected):
    assert type(found) is type(expected)
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key, value in expected.items():
            assert_same(found[key], value)
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    elif isinstance(expected, np.ndarray) and expected.dtype == object:
        assert found.shape == expected.shape
        assert_same(found.ravel().tolist(), expected.ravel().tolist())
    elif isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype and found.shape == expected.shape
        assert found.flags.c_contiguous == expected.flags.c_contiguous
        assert found.tobytes() == expected.tobytes()
    else:
        assert found == expected or (found != found and expected != expected)


def test_round_trip(tmp_path):
    path = tmp_path / "net.safetensors"
    nodes = np.zeros(3, dtype=[("left", "<i8"), ("value", "<f8", (2,)), ("flag", "u1")])
    nodes["value"] = np.pi
    state = {
        "weights_": {"module.a": np.arange(6.0).reshape(2, 3), "b": np.float32([1, 2])},
        "transposed": np.arange(6.0).reshape(2, 3).T,
        "scalar": np.array(3, dtype=np.int64),
        "none": np.empty((0, 2), dtype=np.float32),
        "flag": np.array([True, False]),
        "words": np.array(["a", "längst"]),
        "bytes": np.array([b"a", b"bc"]),
        "days": np.array(["2024-01-01", "NaT"], dtype="M8[D]"),
        "swapped": np.arange(3, dtype=">f8"),
        "complex": np.array([1j, 2.0]),
        "nodes": nodes,
        "objects": np.array([["a", 1], [None, (2, 3)]], dtype=object),
        "numpy": [np.float64(0.1), np.int32(3), np.str_("x"), np.bool_(True)],
        "plain": [None, True, 2**80, 0.1, float("nan"), -float("inf"), "a\ud800"],
        "tuple": ((1, 2), ()),
        "keys": {1: "a", None: "b", (1, 2): {"$kind": "mine"}},
        "a/b": {"c": np.ones(1)},
        "a": {"b/c": np.zeros(1)},
    }
    save_state(path, state, {"estimator": "Some"})
    found, notes = load_state(str(path))
    assert_same(found, state)
    assert notes == {"estimator": "Some"}
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        assert {"module.a", "b"} <= set(file.keys())


def test_estimators_of_scikit_learn(tmp_path):
    path = tmp_path / "net.safetensors"
    X = np.random.default_rng(0).normal(size=(30, 4))
    pca = PCA(2).fit(X)
    save_state(path, {"of": [pca]})
    (again,) = load_state(path)[0]["of"]
    assert np.array_equal(again.transform(X), pca.transform(X))
    forest = RandomForestClassifier(2).fit(X, X[:, 0] > 0)
    with pytest.raises(TypeError, match=r"hold of\.estimators_\.0.*of type Tree"):
        save_state(path, {"of": forest})
    assert np.array_equal(load_state(path)[0]["of"][0].transform(X), pca.transform(X))
    assert os.listdir(tmp_path) == ["net.safetensors"]


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_text("something else entirely")
    with pytest.raises(ValueError, match="must come from a safetensors file"):
        load_state(path)
    with pytest.raises(FileNotFoundError):
        load_state(tmp_path / "missing")
    save_state(path, {"a": 1})
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="must come from a safetensors file"):
        load_state(path)


def test_parameters_in_words():
    def local():
        """Only its name counts."""

    assert describe((1, [np.int64(2), None])) == [1, [2, None]]
    assert describe(np.array([6, 6])) == describe((6, 6))
    assert describe(partial(int, base=2)) != describe(partial(int, base=3))
    assert describe(float("nan")) == describe(np.nan)
    assert describe(local).endswith("local")
    assert describe(object()) == describe(object()) != describe(PCA())
    assert describe(PCA(2)) == describe(PCA(2)) != describe(PCA(3))

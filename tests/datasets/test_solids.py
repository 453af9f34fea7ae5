"""Solids as voxels."""

import numpy as np
import pytest
from scipy import ndimage
from sklearn.ensemble import RandomForestClassifier

from skgen.datasets import make_solids


@pytest.mark.parametrize("side", [12, 13, 16, 19])
def test_solids_are_in_one_piece_and_differ(side):
    X, y = make_solids(300, side=side, random_state=0)
    assert X.shape == (300, side**3) and X.dtype == np.uint8
    assert set(X.ravel().tolist()) == {0, 1}
    assert set(y) == {"ball", "chair", "table", "torus"}
    assert len(np.unique(X, axis=0)) > 280
    pieces = [ndimage.label(v.reshape((side,) * 3))[1] for v in X]
    assert set(pieces) == {1}


def test_kinds_can_be_told():
    X, y = make_solids(600, random_state=0)
    forest = RandomForestClassifier(100, random_state=0).fit(X[:400], y[:400])
    assert forest.score(X[400:], y[400:]) > 0.85


def test_the_first_axis_is_the_height():
    X, _ = make_solids(50, kinds=["table"], random_state=0)
    layers = X.reshape(50, 16, -1).sum(axis=2)
    top = (layers > 0).argmax(axis=1)
    assert (layers[np.arange(50), top] == layers.max(axis=1)).all()


def test_seeds():
    a, b, c = (make_solids(5, random_state=s)[0] for s in (0, 0, 1))
    assert np.array_equal(a, b) and not np.array_equal(a, c)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_samples": 0}, "n_samples must be a whole number"),
        ({"side": 8}, "side must be a whole number of at least 12"),
        ({"kinds": ["cube"]}, "kinds must be some of"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make_solids(**options)

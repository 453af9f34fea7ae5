"""make_domains: two domains, and what each row is in the other."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skgen.datasets import make_domains

X = load_digits().data[:101]
OPTIONS = {"image_shape": (8, 8), "random_state": 0}


@pytest.mark.parametrize("kind", ["inverted", "turned", "coloured", "thick"])
def test_no_image_is_on_both_sides(kind):
    data = make_domains(X, kind, **OPTIONS)
    assert sorted(data.index) == list(range(101))
    assert dict(zip(*np.unique(data.target, return_counts=True), strict=True)) == {
        "original": 51,
        kind: 50,
    }
    original = data.target == "original"
    rows = np.where(original[:, None], data.data, data.truth)
    expected = X[data.index]
    if kind == "coloured":
        assert data.image_shape == (8, 8, 3)
        expected = np.repeat(expected[:, :, None], 3, axis=2).reshape(101, -1)
    np.testing.assert_array_equal(rows, expected)
    again = make_domains(X, kind, **OPTIONS)
    np.testing.assert_array_equal(again.data, data.data)
    other = make_domains(X, kind, image_shape=(8, 8), random_state=1)
    assert not np.array_equal(other.index, data.index)


def test_maps_by_hand():
    image = np.array([[0.0, 1.0], [2.0, 4.0]])
    rows = np.tile(image.ravel(), (2, 1))

    def changed(kind):
        data = make_domains(rows, kind, image_shape=(2, 2), random_state=0)
        return np.where(data.target[:, None] == kind, data.data, data.truth)[0]

    assert changed("inverted").tolist() == [4, 3, 2, 0]
    assert changed("turned").tolist() == [1, 4, 0, 2]
    thick = changed("thick")
    assert (thick >= image.ravel()).all() and thick.sum() > image.sum()
    colours = changed("coloured").reshape(4, 3)
    np.testing.assert_allclose(colours[3], [4, 2, 4])
    np.testing.assert_allclose(colours[2], [1, 1, 2])


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="kind must be one of"):
        make_domains(X, "blue", **OPTIONS)
    with pytest.raises(ValueError, match="rows of 64 pixels"):
        make_domains(X, image_shape=(8, 9))
    with pytest.raises(ValueError, match="equal sides"):
        make_domains(X, "turned", image_shape=(4, 16))

"""make_damaged: images to mend, and what they were."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skgen import PairedTranslator
from skgen.datasets import make_damaged

X = load_digits().data[:300]
OPTIONS = {"image_shape": (8, 8), "random_state": 0}


@pytest.mark.parametrize("kind", ["rain", "patch"])
def test_only_the_damaged_pixels_change(kind):
    data = make_damaged(X, kind, **OPTIONS)
    np.testing.assert_array_equal(data.target, X)
    changed = data.data != X
    assert not (changed & ~data.damaged).any()
    assert changed.any(axis=1).mean() > 0.95
    assert data.data.min() >= X.min() and data.data.max() <= X.max()
    again = make_damaged(X, kind, **OPTIONS)
    np.testing.assert_array_equal(again.data, data.data)
    other = make_damaged(X, kind, image_shape=(8, 8), random_state=1)
    assert not np.array_equal(other.data, data.data)


def test_rain_is_bright_and_patches_are_rectangles():
    rain = make_damaged(X, "rain", **OPTIONS)
    assert (rain.data >= X).all()
    assert 0.02 < rain.damaged.mean() < 0.5
    patch = make_damaged(X, "patch", **OPTIONS).damaged.reshape(-1, 8, 8)
    for image in patch:
        rows, columns = image.any(axis=1), image.any(axis=0)
        assert image.sum() == rows.sum() * columns.sum()
        assert 2 <= rows.sum() <= 5 and 2 <= columns.sum() <= 5
    colour = np.repeat(X[:5, :, None], 3, axis=2).reshape(5, -1)
    wet = make_damaged(colour, "rain", image_shape=(8, 8, 3), random_state=0)
    same = wet.damaged.reshape(5, 64, 3)
    assert (same == same[..., :1]).all()


@pytest.mark.parametrize("kind", ["rain", "patch"])
def test_a_translator_mends_them(kind):
    data = make_damaged(load_digits().data, kind, **OPTIONS)
    train, test = slice(0, 1400), slice(1400, None)
    model = PairedTranslator(image_shape=(8, 8), max_epochs=4, random_state=0)
    model.fit(data.data[train], data.target[train])
    error, before = (
        np.square(rows - data.target[test]).mean()
        for rows in (model.predict(data.data[test]), data.data[test])
    )
    assert error < 0.7 * before


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="kind must be one of"):
        make_damaged(X, "snow", **OPTIONS)
    with pytest.raises(ValueError, match="rows of 64 pixels"):
        make_damaged(X, image_shape=(8, 9))

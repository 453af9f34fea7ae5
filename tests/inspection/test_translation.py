"""TranslationDisplay: sets of images below one another, of one size."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skgen import DomainTranslator, PairedTranslator
from skgen.inspection import TranslationDisplay

pytest.importorskip("matplotlib")
X = load_digits().data[:40]


def test_rows_are_source_translation_truth_and_the_way_back():
    y = np.repeat([0, 1], 20)
    model = DomainTranslator(image_shape=(8, 8), max_epochs=1, random_state=0)
    model.fit(X, y)
    display = TranslationDisplay.from_estimator(model, X, y_true=16 - X, n_images=5)
    assert list(display.images) == ["source", "translation", "truth", "back again"]
    np.testing.assert_allclose(
        display.images["truth"][..., 0].reshape(5, 64), 16 - X[:5]
    )
    turned = TranslationDisplay.from_estimator(model, X[:3], source=1, target=0)
    expected = model.inverse_transform(X[:3])
    found = turned.images["translation"].reshape(3, 64)
    np.testing.assert_allclose(found, expected)
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels == list(display.images)
    assert display.ax_.get_title() == "DomainTranslator"


def test_small_and_grey_images_are_drawn_as_the_others():
    small = X.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16)
    colour = np.repeat(X[:, :, None], 3, axis=2).reshape(40, -1)
    model = PairedTranslator(
        image_shape=(4, 4), target_shape=(8, 8, 3), max_epochs=1, random_state=0
    ).fit(small, colour)
    display = TranslationDisplay.from_estimator(model, small, y_true=colour)
    shapes = {part.shape for part in display.images.values()}
    assert shapes == {(10, 8, 8, 3)}
    first = display.images["source"][0]
    np.testing.assert_allclose(first[::2, ::2, 0].ravel(), small[0])


def test_what_cannot_be_drawn_is_refused():
    draw = TranslationDisplay.from_translations
    with pytest.raises(ValueError, match="one set of images or more"):
        draw({})
    with pytest.raises(ValueError, match=r"as many images, got \[2, 3\]"):
        draw({"a": X[:2], "b": X[:3]})
    with pytest.raises(ValueError, match="whole multiples of each other"):
        draw({"a": X[:2], "b": np.zeros((2, 25))})
    with pytest.raises(TypeError, match="predict"):
        TranslationDisplay.from_estimator(_Nothing(), X)


class _Nothing:
    image_shape = (8, 8)

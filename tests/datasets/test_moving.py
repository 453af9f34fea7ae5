"""Films of digits that move and bounce."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV

from skgen.datasets import make_moving_digits
from skgen.translation import PairedTranslator


def films(n, frames=6, side=16, **options):
    X, y = make_moving_digits(n, n_frames=frames, side=side, **options)
    return X.reshape(n, frames, side, side), y


def test_a_digit_keeps_its_form_and_stays_in_the_frame():
    X, y = films(100, frames=12, random_state=0)
    assert X.dtype == np.float32 and X.min() == 0 and X.max() == 1
    assert y.shape == (100, 1) and set(y.ravel()) == set(range(10))
    mass = X.sum(axis=(2, 3))
    np.testing.assert_allclose(mass, np.repeat(mass[:, :1], 12, axis=1), rtol=1e-5)


def test_digits_move_straight_but_where_they_bounce():
    X, _ = films(200, frames=8, side=24, random_state=0)
    axis = np.arange(24)
    mass = X.sum(axis=(2, 3))
    place = np.stack([(X.sum(axis=3) @ axis), (X.sum(axis=2) @ axis)], axis=-1)
    place /= mass[..., None]
    step = np.diff(place, axis=1)
    speed = np.linalg.norm(step, axis=2)
    assert 0.9 < speed.mean() < 1.4 and speed.max() < 3.5
    # A step is as the one before up to rounding, but for a wall.
    change = np.abs(np.diff(step, axis=1))
    assert np.mean(change < 1.01) > 0.85


def test_several_digits_and_seeds():
    X, y = films(5, n_digits=2, random_state=1)
    assert y.shape == (5, 2)
    again, _ = films(5, n_digits=2, random_state=1)
    np.testing.assert_array_equal(X, again)


@pytest.mark.parametrize("name", ["n_samples", "n_frames", "side", "n_digits"])
def test_bad_numbers_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be a whole number"):
        make_moving_digits(**{name: 0})


@pytest.mark.slow
def test_the_next_frame_is_nearer_than_the_last_one():
    X, _ = films(1200, frames=4, random_state=0)
    before, after = X[:, :3].transpose(0, 2, 3, 1).reshape(1200, -1), X[:, 3]
    after = after.reshape(1200, -1)
    model = PairedTranslator(
        "l1",
        image_shape=(16, 16, 3),
        target_shape=(16, 16),
        max_epochs=15,
        random_state=0,
    ).fit(before[:1000], after[:1000])
    found = model.predict(before[1000:])
    last = X[1000:, 2].reshape(200, -1)
    line = RidgeCV(np.logspace(-2, 4, 7)).fit(before[:1000], after[:1000])
    rivals = last, line.predict(before[1000:])
    error, *others = (np.abs(Y - after[1000:]).mean() for Y in (found, *rivals))
    # Half pixels are rounded, so that no frame is known for sure.
    assert error < 0.92 * min(others)

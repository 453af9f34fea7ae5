"""LevelEncoder: rows of levels to images and back."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skgen.encoding import LevelEncoder


def test_channels_come_first_and_go_back():
    X = np.arange(2 * 3 * 2 * 3).reshape(3, 12) % 7
    encoder = LevelEncoder((2, 2, 3)).fit(X)
    images = encoder.transform(X)
    assert images.shape == (3, 3, 2, 2) and images.dtype == np.uint8
    # The second channel of the pixel in row 1, column 0.
    assert_array_equal(images[:, 1, 1, 0], X[:, (1 * 2 + 0) * 3 + 1])
    assert_array_equal(encoder.inverse_transform(images), X)


@pytest.mark.parametrize(
    "n_features, shape", [(16, (1, 4, 4)), (5, (1, 1, 5)), (1, (1, 1, 1))]
)
def test_shape_without_a_word(n_features, shape):
    assert LevelEncoder().fit(np.zeros((2, n_features))).net_shape_ == shape


@pytest.mark.parametrize(
    "X, levels, expected",
    [
        ([[0, 3]], "auto", 4),
        ([[0, 0]], "auto", 2),
        ([[0, 3]], 9, 9),
        ([[255]], 256, 256),
    ],
)
def test_number_of_levels(X, levels, expected):
    assert LevelEncoder(levels=levels).fit(np.asarray(X)).levels_ == expected


def test_state_holds_everything():
    frame = pd.DataFrame({"a": [0, 1], "b": pd.array([2, 0], dtype="UInt8")})
    encoder = LevelEncoder((1, 2)).fit(frame.to_numpy(dtype=int), frame)
    again = LevelEncoder.from_state(encoder.get_state())
    found = again.inverse_transform(again.transform(frame.to_numpy(dtype=int)))
    pd.testing.assert_frame_equal(found, frame)


@pytest.mark.parametrize(
    "X, message",
    [
        ([[0.0, 1.5]], "whole numbers from 0 to 8.*got 1.5; round or bin"),
        ([[0, -2]], "Negative values.*got -2; subtract"),
        ([[0, 9]], "from 0 to 8, got 9; pass levels=10 to fit or clip"),
        ([[0, 999]], "from 0 to 8, got 999; clip or bin"),
    ],
)
def test_what_is_not_a_level(X, message):
    encoder = LevelEncoder(levels=9).fit(np.array([[0, 8]]))
    with pytest.raises(ValueError, match=message):
        encoder.transform(np.asarray(X))

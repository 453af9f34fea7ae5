"""Chords as rows, and the chorales."""

import numpy as np
import pytest

from skgen.datasets import (
    chords_to_rows,
    fetch_chorales,
    rows_to_chords,
    transpose_chords,
)

PIECES = [[[60, 64, 67], [], [72]], [[48]]]


def test_chords_come_back():
    X = chords_to_rows(PIECES)
    assert X.shape == (2, 15)
    assert X[0, :5].tolist() == [67, 64, 60, 0, 0]
    assert rows_to_chords(X) == PIECES


def test_repeated_notes_of_draws_are_one():
    assert rows_to_chords([[60, 64, 60]], n_slots=3) == [[[60, 64]]]


def test_transposed_rows_keep_rests_and_ends():
    X = chords_to_rows(PIECES)
    found = transpose_chords(X, most=2)
    assert found.shape == (8, 15)
    expected = [[[n - 2 for n in c] for c in piece] for piece in PIECES]
    assert rows_to_chords(found[:2]) == expected


@pytest.mark.parametrize(
    ("pieces", "options", "message"),
    [
        ([[[60, 60]]], {}, "different notes"),
        ([[[0]]], {}, "different notes"),
        ([[[1, 2, 3]]], {"n_slots": 2}, "at most 2 different notes"),
        (PIECES, {"n_steps": 2}, "at least that of the longest piece, 3"),
    ],
)
def test_wrong_pieces_are_refused(pieces, options, message):
    with pytest.raises(ValueError, match=message):
        chords_to_rows(pieces, **options)


def test_wrong_rows_are_refused():
    with pytest.raises(ValueError, match="steps of 5 notes"):
        rows_to_chords(np.zeros((2, 7)))


def test_unknown_parts_are_refused():
    with pytest.raises(ValueError, match="subset must be"):
        fetch_chorales(subset="dev")


def test_the_chorales(real_data):
    chorales = fetch_chorales()
    assert chorales.data.shape == (229, 800)
    assert chorales.sequence_shape == (160, 5)
    lengths = (~np.isnan(chorales.data.reshape(229, 160, 5)).any(axis=2)).sum(axis=1)
    assert (lengths == chorales.target).all()
    every = fetch_chorales(subset="all").data
    assert len(every) == 382
    notes = every[every > 0]
    assert notes.min() == 43 and notes.max() == 96
    first = [[60, 72, 79, 88], [72, 79, 88], [67, 70, 76, 84], [69, 77, 86]]
    assert rows_to_chords(chorales.data[:1])[0][:4] == first

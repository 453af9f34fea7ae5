"""Displays of retrieval: what is framed, and how high the curve is."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from skgen.inspection import CMCDisplay, RankingDisplay

RNG = np.random.default_rng(0)
QUERY, GALLERY = RNG.random((3, 16)), RNG.random((5, 16))
RANKING = np.array([[0, 1, 2], [3, 1, 4], [2, 0, 1]])


def test_curve():
    display = CMCDisplay.from_distances(
        [[0.1, 0.5, 0.9], [0.3, 0.2, 0.4]], ["a", "b"], ["a", "c", "b"], name="net"
    )
    np.testing.assert_array_equal(display.line_.get_ydata(), [0.5, 0.5, 1.0])
    np.testing.assert_array_equal(display.line_.get_xdata(), [1, 2, 3])
    label = display.ax_.get_legend().get_texts()[0].get_text()
    assert label == "net (rank-1 0.500)"
    other = CMCDisplay(cmc=[1.0, 1.0, 1.0]).plot(ax=display.ax_, color="k")
    assert other.ax_ is display.ax_ and other.line_.get_color() == "k"


def test_right_entries_are_solid_and_wrong_ones_dashed():
    display = RankingDisplay.from_ranking(
        RANKING, QUERY, GALLERY, [7, 8, 9], [7, 8, 9, -1, 8], k=2, name="first"
    )
    np.testing.assert_array_equal(display.right, [[1, 0], [-1, 1], [1, 0]])
    frames = [c for c in display.ax_.collections if isinstance(c, LineCollection)]
    queries, right, wrong = frames
    assert [len(c.get_segments()) for c in frames] == [3, 3, 2]
    assert right.get_linestyle()[0][1] is None  # solid
    assert wrong.get_linestyle()[0][1] is not None
    assert display.ax_.get_title() == "first"
    display.figure_.canvas.draw()


@pytest.mark.parametrize(
    ("ranking", "ids", "message"),
    [
        (RANKING[:2], [7, 8, 9], "a line for each of the queries"),
        (RANKING[0], [7, 8, 9], "a line for each of the queries"),
        (RANKING[:2], [7, 8], "an identity for each image, got 2 for 3 queries"),
    ],
)
def test_lengths_that_differ(ranking, ids, message):
    with pytest.raises(ValueError, match=message):
        RankingDisplay.from_ranking(ranking, QUERY, GALLERY, ids, np.arange(5))

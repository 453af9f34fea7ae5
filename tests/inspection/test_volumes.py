"""VolumeDisplay: solids from a corner, and slices."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from skgen.datasets import make_solids
from skgen.gan import GANSampler
from skgen.inspection import VolumeDisplay
from skgen.inspection._volumes import isometric

SHAPE = (12, 12, 12)


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_a_cube_shows_three_faces():
    picture = isometric(np.ones((2, 2, 2), dtype=bool))
    assert set(np.unique(picture[~np.isnan(picture)])) == {0.95, 0.7, 0.45}
    # As much of the left as of the right.
    assert (picture == 0.7).sum() == (picture == 0.45).sum() > 0
    assert np.isnan(picture[0, 0])


def test_what_is_in_front_hides_what_is_behind():
    solid = np.zeros((3, 3, 3), dtype=bool)
    solid[:, 2, 2] = True  # the corner that is nearest
    front = isometric(solid)
    solid[1, 1, 1] = True
    both = isometric(solid)
    seen = ~np.isnan(front)
    assert np.array_equal(front[seen], both[seen])


@pytest.mark.parametrize("style", ["voxels", "slices"])
def test_rows_are_drawn_with_their_labels(style):
    X, y = make_solids(4, side=12, random_state=0)
    display = VolumeDisplay.from_samples(
        X, volume_shape=SHAPE, labels=y, style=style, name="solids"
    )
    ticks = [t.get_text() for t in display.ax_.get_xticklabels()]
    assert ticks == y.tolist()
    assert display.ax_.get_title() == "solids"
    assert np.isfinite(display.image_.get_array()).any()


def test_draws_of_an_estimator():
    X, y = make_solids(40, side=12, random_state=0)
    gan = GANSampler(volume_shape=SHAPE, max_epochs=1, random_state=0).fit(X, y)
    display = VolumeDisplay.from_estimator(gan, y=["ball", "chair"], random_state=0)
    assert len(display.volumes) == 2
    assert display.estimator_name == "GANSampler"


def test_bad_input_is_refused():
    X, _ = make_solids(2, side=12, random_state=0)
    with pytest.raises(ValueError, match="rows of 1000 voxels"):
        VolumeDisplay.from_samples(X, volume_shape=(10, 10, 10))
    with pytest.raises(ValueError, match="style"):
        VolumeDisplay.from_samples(X, volume_shape=SHAPE, style="mesh")

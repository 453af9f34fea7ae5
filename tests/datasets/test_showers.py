"""Showers: energies, sparsity, depth."""

import numpy as np
import pytest

from skgen.datasets import make_showers


def layers(showers):
    ends = np.cumsum([h * w for h, w in showers.layers])
    return np.split(showers.data, ends[:-1], axis=1)


def test_the_measured_energy_is_that_of_the_particle():
    showers = make_showers(3000, random_state=0)
    total = showers.data.sum(axis=1)
    slope, _ = np.polyfit(showers.target, total, 1)
    assert slope == pytest.approx(0.98, abs=0.03)
    assert np.corrcoef(total, showers.target)[0, 1] > 0.99
    assert showers.target.min() >= 1 and showers.target.max() <= 100


def test_cells_are_sparse_and_energies_deep():
    showers = make_showers(3000, random_state=0)
    assert 0.7 < (showers.data == 0).mean() < 0.9
    assert (showers.data >= 0).all()
    assert showers.data[showers.data > 0].min() >= 0.002
    low = showers.target < 3
    depth = [part.sum(axis=1) / showers.data.sum(axis=1) for part in layers(showers)]
    # The first layer sees more of weak showers, the last less.
    assert depth[0][low].mean() > depth[0][~low].mean() + 0.1
    assert depth[2][low].mean() < depth[2][~low].mean() - 0.05


def test_showers_are_in_the_middle():
    first = layers(make_showers(500, random_state=0))[0].reshape(-1, 8, 8)
    share = first[:, 2:6, 2:6].sum() / first.sum()
    assert share > 0.9


def test_seeds_and_bad_options():
    a, b = (make_showers(4, random_state=0).data for _ in range(2))
    assert np.array_equal(a, b)
    with pytest.raises(ValueError, match="n_samples must be"):
        make_showers(0)
    with pytest.raises(ValueError, match="energy must be two numbers"):
        make_showers(2, energy=(5, 1))

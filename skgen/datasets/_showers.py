"""Showers of particles in a calorimeter: sparse energies in layers of cells."""

import numpy as np
from scipy.special import gammainc
from sklearn.utils import Bunch

from skgen.encoding.checks import check_count
from skgen.encoding.random_state import own_generator

LAYERS = (8, 8), (8, 8), (4, 4)
# Depths at which layers end, in radiation lengths; energy below which a shower no
# longer multiplies, in GeV; slope of the profile.
_ENDS, _CRITICAL, _SLOPE = (5.0, 12.0, 22.0), 0.01, 0.5
# Mean distance of hits from the axis by layer, as a share of the side of the layer.
_SPREAD = (0.05, 0.08, 0.11)
_RESOLUTION, _THRESHOLD = 0.1, 0.002


def make_showers(n_samples=1000, *, energy=(1.0, 100.0), random_state=None):
    r"""Make showers that a particle of known energy leaves in three layers of cells.

    A simple model of an electromagnetic shower. The energy E is log-uniform. The share
    deposited up to a depth t, in radiation lengths, is that of a gamma distribution of
    shape 1 + T / 2 and rate 1/2, whose peak T is normal around log(E / 10 MeV) - 1/2
    with deviation 0.8; layers end at 5, 12 and 22. What a layer measures has a relative
    deviation of :math:`0.1 / \sqrt{E_{layer} / GeV}`. It comes in hits, 13 and 6 more
    for each GeV in the mean, of exponential shares, whose distance from the axis is
    exponential; a cell below 2 MeV measures nothing.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of showers.
    energy : tuple of two floats, default=(1.0, 100.0)
        Lowest and highest energy of a particle, in GeV.
    random_state : int, RandomState instance or None, default=None
        Seed of the showers.

    Returns
    -------
    data : Bunch
        With the attributes

        data : ndarray of shape (n_samples, 144), float64
            Energies of the cells in GeV, layer after layer, each in C order.
        target : ndarray of shape (n_samples,)
            Energy of the particle in GeV.
        layers : tuple of tuple
            Cells of each layer: (8, 8), (8, 8) and (4, 4).

    Raises
    ------
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> from skgen.datasets import make_showers
    >>> showers = make_showers(10, random_state=0)
    >>> showers.data.shape, showers.layers
    ((10, 144), ((8, 8), (8, 8), (4, 4)))
    """
    check_count("n_samples", n_samples, 1)
    low, high = energy
    if not 0 < low <= high:
        raise ValueError(
            f"energy must be two numbers in GeV, 0 < low <= high, got {energy!r}."
        )
    rng = own_generator(random_state)
    E = np.exp(rng.uniform(np.log(low), np.log(high), n_samples))
    peak = np.log(E / _CRITICAL) - 0.5 + 0.8 * rng.standard_normal(n_samples)
    shape = 1 + _SLOPE * np.maximum(peak, 0.2)
    reached = gammainc(shape[:, None], _SLOPE * np.array(_ENDS))
    shares = np.diff(reached, axis=1, prepend=0.0)
    parts = [
        _layer(side, E * shares[:, i], _SPREAD[i], rng)
        for i, (side, _) in enumerate(LAYERS)
    ]
    return Bunch(data=np.hstack(parts), target=E, layers=LAYERS)


def _layer(side, deposited, spread, rng):
    """Energies of the cells of a layer, (n_showers, side * side)."""
    n = len(deposited)
    noise = _RESOLUTION / np.sqrt(np.maximum(deposited, 1e-3))
    measured = deposited * np.maximum(1 + noise * rng.standard_normal(n), 0.0)
    n_hits = 1 + rng.poisson(12 + 6 * deposited)
    owner = np.repeat(np.arange(n), n_hits)
    share = rng.standard_exponential(len(owner))
    share /= np.bincount(owner, share)[owner]
    radius = spread * side * rng.standard_exponential(len(owner))
    angle = rng.uniform(0, 2 * np.pi, len(owner))
    places = [
        (side / 2 + radius * f(angle)).astype(int).clip(0, side - 1)
        for f in (np.sin, np.cos)
    ]
    cell = owner * side * side + places[0] * side + places[1]
    found = np.bincount(cell, share * measured[owner], minlength=n * side * side)
    found = found.reshape(n, -1)
    return np.where(found < _THRESHOLD, 0.0, found)

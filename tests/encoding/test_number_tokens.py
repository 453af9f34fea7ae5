"""TokenEncoder: masses and densities of columns of numbers."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import yeojohnson

from skgen.encoding import TokenEncoder
from skgen.encoding._number_tokens import count_tokens


def column_of(x, **options):
    """The encoder of one column of numbers, and what it learned."""
    x = np.asarray(x)
    encoder = TokenEncoder(**options).fit(x[:, None])
    return encoder, encoder.columns_[0]


def encode(encoder, x, **options):
    """Tokens, codes, numbers and extra of one column."""
    found = encoder.transform(np.asarray(x)[:, None], **options)
    return tuple(a[:, 0] for a in found)


# -- what has a mass, what a density ---------------------------------------------------


@pytest.mark.parametrize(
    "x, tied",
    [
        (np.repeat(np.arange(20), 5), True),
        (np.repeat(np.arange(20), 4), False),
        (np.repeat(np.arange(20) / 8, 5), True),
        (np.arange(2.0), True),
        (np.arange(3.0), False),
        (np.repeat(np.arange(2048), 5), True),
        (np.repeat(np.arange(2049), 5), False),
        (np.array([True, False, True]), True),
    ],
)
def test_values_that_repeat_are_tokens(x, tied):
    _, column = column_of(x)
    assert (column["continuous"] is None) == tied
    assert column["n_tokens"] == (len(np.unique(x)) if tied else 1)
    _, column = column_of(x, discrete=None)
    dense = x.dtype != bool and len(np.unique(x)) > 2
    assert (column["continuous"] is not None) == dense


def test_heavy_value_among_numbers_is_a_token():
    x = np.r_[np.zeros(300), np.random.RandomState(0).lognormal(size=700)]
    encoder, column = column_of(x)
    assert column["values"].tolist() == [0.0] and column["continuous"] == 1
    assert column["masses"].tolist() == [300, 700]
    tokens, _, numbers, _ = encode(encoder, x)
    assert_array_equal(tokens, np.r_[np.zeros(300), np.ones(700)])
    # Scaled by the others, and placed among them.
    assert_allclose(numbers[300:].mean(), 0, atol=1e-12)
    assert_allclose(numbers[300:].std(), 1)
    assert (numbers[:300] <= numbers[300:].min()).all()
    assert column_of(x, discrete=None)[1]["values"].size == 0


def test_missing_value_is_the_last_token():
    x = np.r_[np.full(10, np.nan), np.repeat([1.0, 2.0, 3.0], 10)]
    encoder, column = column_of(x)
    assert column["missing"] == 3 and column["masses"].tolist() == [10] * 4
    assert encode(encoder, x)[0][:10].tolist() == [3] * 10
    tokens, codes, numbers, extra = encode(encoder, [np.nan, 2.0], unknown=True)
    assert tokens.tolist() == [-1, 1] and codes[0] == column["n_codes"] - 1
    assert numbers[0] == extra[0] == 0


@pytest.mark.parametrize("seed", range(3))
def test_groups_have_about_equal_mass(seed):
    masses = np.random.RandomState(seed).zipf(1.5, 400).clip(max=10**6)
    found = count_tokens(masses, masses)
    groups = found["groups"]
    assert groups[0] == 0 and set(np.diff(groups)) <= {0, 1}
    share = np.bincount(groups, weights=masses) / masses.sum()
    heavy = masses > 2 * masses.sum() / 24
    assert heavy.any()
    sizes = np.bincount(groups)
    assert (sizes[groups[heavy]] == 1).all()
    assert len(share) <= 48
    # A group of several is closed as soon as it has about its part.
    assert (share[sizes > 1] < 2.1 / 24).all()


def test_groups_of_equal_tokens():
    groups = count_tokens(np.ones(258), np.ones(258))["groups"]
    # 258 / 24 is 10.75, to the nearest.
    assert_array_equal(groups, np.arange(258) // 11)


def test_few_tokens_are_not_grouped():
    assert count_tokens(np.ones(128), np.ones(128))["groups"] is None
    assert count_tokens(np.ones(129), np.ones(129))["groups"].max() >= 20


# -- numbers with a density ------------------------------------------------------------


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.randn(400),
        lambda rng: rng.lognormal(size=400),
        lambda rng: -(rng.exponential(size=400) ** 2),
        lambda rng: 1e-12 * rng.standard_t(2, 400) + 5e-10,
        lambda rng: 1e304 * rng.randn(400),
    ],
)
def test_slope_is_the_derivative(draw):
    x = draw(np.random.RandomState(0))
    encoder, _ = column_of(x)
    # Between the quantiles, where differences can be taken.
    x = np.sort(x)[20:-20]
    h = 1e-6 * (x[-1] - x[0])
    z = [encode(encoder, x + d)[2] for d in (-h, h)]
    slope = encode(encoder, x)[3]
    assert_allclose(slope, np.log((z[1] - z[0]) / (2 * h)), rtol=0, atol=1e-5)


def test_slope_follows_units():
    x = np.random.RandomState(0).gamma(2, size=300)
    one = encode(column_of(x)[0], x)
    for a in (1024.0, 2.0**-40, 3.7):
        other = encode(column_of(a * x)[0], a * x)
        assert_allclose(other[2], one[2], atol=1e-6)
        assert_allclose(other[3], one[3] - np.log(a), rtol=0, atol=1e-6)


def test_numbers_are_those_of_yeo_and_johnson():
    x = np.random.RandomState(0).lognormal(size=500)
    encoder, column = column_of(x)
    q25, q75 = np.quantile(x, [0.25, 0.75])
    expected, power = yeojohnson((x - np.median(x)) / (q75 - q25))
    assert column["power"] == pytest.approx(max(power, 0), abs=1e-3)
    if power < 0:  # not a map onto the line: kept off
        expected = yeojohnson((x - np.median(x)) / (q75 - q25), column["power"])
    expected = (expected - expected.mean()) / expected.std()
    assert_allclose(encode(encoder, x)[2], expected, atol=1e-3)


@pytest.mark.parametrize("sign", [1, -1])
def test_range_is_kept(sign):
    x = sign * np.random.RandomState(0).lognormal(size=200)
    encoder, column = column_of(x)
    low, high = encoder.in_range(0)
    z = np.array([-50, low, 0, high, 50])
    tokens = np.full((5, 1), column["continuous"])
    back = encoder.inverse_transform(tokens, z[:, None])[:, 0]
    assert back.min() == x.min() and back.max() == x.max()
    assert_allclose(back[[1, 3]], [x.min(), x.max()], rtol=1e-9)
    assert x.min() < back[2] < x.max()


@pytest.mark.parametrize("step, decimals", [(1, 0), (0.25, 2), (1 / 7, None)])
def test_decimals_are_kept(step, decimals):
    x = np.arange(99) * step
    encoder, column = column_of(x.astype(int) if step == 1 else x)
    z = np.random.RandomState(0).randn(500, 1)
    back = encoder.inverse_transform(np.full((500, 1), column["continuous"]), z)
    assert back.dtype.kind == ("i" if step == 1 else "f")
    assert len(np.unique(back)) > 50
    if decimals is None:
        assert (back != np.round(back, 6)).mean() > 0.9
    else:
        assert_array_equal(back, np.round(back, decimals))


def test_integers_with_a_density_have_the_mass_of_their_interval():
    x = np.unique(np.random.RandomState(0).randint(0, 10**5, 400))
    encoder, _ = column_of(x)
    mass, density = (encode(encoder, x, ties=t)[3] for t in ("mass", "density"))
    assert_array_equal(mass, density)  # intervals of length 1
    tenths, _ = column_of(x / 10)
    assert_allclose(encode(tenths, x / 10)[3], mass + np.log(10), atol=1e-6)


# -- masses ----------------------------------------------------------------------------


def total_mass(encoder, column, x):
    """Sum over numbers of the share of the token of each times the mass it tells."""
    tokens, _, _, extra = encode(encoder, x)
    shares = column["masses"] / column["masses"].sum()
    return float(np.sum(np.exp(extra) * shares[tokens]))


@pytest.mark.parametrize("shift", [0, -1000])
@pytest.mark.parametrize(
    "values",
    [
        [0, 1, 2, 3],
        [0, 2, 4],
        [0, 3, 5, 6, 20],
        [5],
        [0, 1],
        [0, 2],
        [0, 50],
        [0, 2, 90],
    ],
    ids=str,
)
@pytest.mark.parametrize("counts", [[60, 1, 9], [9, 9, 9], [1, 40, 40]], ids=str)
def test_masses_of_all_integers_sum_to_at_most_one(values, counts, shift):
    x = np.concatenate(
        [np.full(counts[i % 3], v + shift) for i, v in enumerate(values)]
    )
    encoder, column = column_of(x)
    assert column["continuous"] is None and column["new"] > 0
    total = total_mass(encoder, column, np.arange(-9999, 9999))
    assert total <= 1 + 1e-12
    assert total >= 1 - column["new"] - 1e-12
    seen = encode(encoder, np.unique(x))[3]
    assert_allclose(np.exp(seen), 1 - column["new"])


def test_masses_of_tenths_sum_to_at_most_one():
    x = np.repeat(np.round([0.3, 0.5, 1.2, 4.0], 1), [20, 10, 5, 1])
    encoder, column = column_of(x)
    total = total_mass(encoder, column, np.round(np.arange(-900, 900) / 10, 1))
    assert 1 - column["new"] < total <= 1


def test_mass_of_unseen_numbers_falls_beyond_the_range():
    encoder, column = column_of(np.repeat(np.arange(40, 60), 10))
    extra = encode(encoder, [59, 60, 70, 80, 1000])[3]
    assert (np.diff(extra) < 0).all()
    assert_allclose(extra[3] - extra[2], -10 / column["spread"])
    assert np.isfinite(extra).all()


def test_density_of_a_token_integrates_to_its_mass():
    x = np.repeat([0, 1, 4, 10], [20, 10, 5, 5])
    encoder, column = column_of(x.astype(float))
    edges = [-0.5, 0.5, 2.5, 7.0, 13.0]
    for k, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        grid = low + (high - low) * (np.arange(1000) + 0.5) / 1000
        tokens, _, _, extra = encode(encoder, grid, ties="density")
        assert (tokens == k).all()
        mass = np.exp(extra).mean() * (high - low)
        assert mass == pytest.approx(1 - column["new"], abs=1e-9)
    h = 0.01
    for grid in (np.arange(-300, -0.5, h) + h / 2, np.arange(13, 300, h) + h / 2):
        mass = np.exp(encode(encoder, grid, ties="density")[3]).sum() * h
        assert 0 < mass <= column["new"] / 2


def test_density_of_an_atom_integrates_to_its_mass():
    x = np.r_[np.zeros(300), np.round(np.random.RandomState(0).lognormal(size=700), 2)]
    encoder, _ = column_of(x)
    assert encode(encoder, [0.0])[3] == 0
    assert_allclose(encode(encoder, [0.0], ties="density")[3], -np.log(0.01))


def test_dequantized_numbers_stay_in_their_cells():
    x = np.repeat([0.0, 1, 4, 10], [200, 100, 50, 50])
    before = x.copy()
    encoder, _ = column_of(x)
    z = encoder.dequantize(x[:, None], np.random.RandomState(0))[:, 0]
    assert_array_equal(x, before)
    edges = np.array([-0.5, 0.5, 2.5, 7.0, 13.0])
    k = np.searchsorted([0, 1, 4, 10], x)
    assert (edges[k] <= z).all() and (z <= edges[k + 1]).all()
    for i in range(4):  # and fill them
        assert np.ptp(z[k == i]) > 0.9 * (edges[i + 1] - edges[i])
    assert_array_equal(encode(encoder, z)[0], k)
    continuous = np.random.RandomState(1).randn(30, 1)
    encoder = TokenEncoder().fit(continuous)
    assert_array_equal(
        encoder.dequantize(continuous, np.random.RandomState(0)), continuous
    )


# -- odd columns -----------------------------------------------------------------------


def test_booleans_have_no_unseen_mass_unless_constant():
    assert_array_equal(encode(column_of([True, False])[0], [True, False])[3], 0)
    extra = encode(column_of([True] * 9)[0], [True, False])[3]
    assert np.isfinite(extra).all() and np.exp(extra).sum() <= 1


def test_number_where_only_missing_values_were():
    encoder, column = column_of(np.full(9, np.nan))
    tokens, codes, numbers, extra = encode(encoder, [np.nan, 3.0])
    assert tokens.tolist() == [0, -1] and codes.tolist() == [0, 1]
    assert column["n_codes"] == 2 and (numbers == 0).all()
    assert_allclose(np.exp(extra), [1 - 0.05, 0.05])


def test_constant_column():
    encoder, column = column_of(np.full(9, 3.25))
    assert column["n_tokens"] == 1 and column["continuous"] is None
    tokens, _, numbers, extra = encode(encoder, [3.25, 3.26, 4.0, -1e9])
    assert tokens.tolist() == [0] * 4 and (numbers == 0).all()
    assert (np.diff(extra[[0, 2, 3]]) < 0).all() and extra[1] < extra[0]


@pytest.mark.parametrize("scale", [1e300, 1e-300, 1.7e308])
@pytest.mark.parametrize("n", [2, 7, 200])
def test_huge_and_tiny_numbers(scale, n):
    free = scale * np.random.RandomState(0).uniform(-1, 1, n)
    for x in (free, np.repeat(free[:10], 20)):
        encoder, _ = column_of(x)
        tokens, _, numbers, extra = encode(encoder, x)
        assert np.isfinite(numbers).all() and np.isfinite(extra).all()
        back = encoder.inverse_transform(tokens[:, None], numbers[:, None])[:, 0]
        assert_allclose(back, x, rtol=1e-6, atol=1e-9 * scale)


def test_one_huge_number_spoils_no_other():
    x = np.random.RandomState(0).randn(300)
    x[7] = 1e300
    encoder, _ = column_of(x)
    tokens, _, numbers, extra = encode(encoder, x)
    assert np.isfinite(numbers).all() and np.isfinite(extra).all()
    rest = np.arange(300) != 7
    assert len(np.unique(numbers[rest])) > 290
    back = encoder.inverse_transform(tokens[:, None], numbers[:, None])[:, 0]
    assert_allclose(back[rest], x[rest], rtol=1e-6, atol=1e-9)

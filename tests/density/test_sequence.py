"""SequenceDensity: exact likelihoods, ends, beginnings, and what it is told."""

import pickle
from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import logsumexp

from skgen.datasets import transpose_chords
from skgen.density import SequenceDensity
from skgen.density._sequence import check_causal
from skgen.encoding._sequence import SequenceEncoder
from skgen.nn import CausalConvBody, RecurrentBody, SequenceNet

TINY = {"n_channels": 16, "random_state": 0}


def walks(n_rows=300, n_steps=8, seed=0):
    """Steps of a chain of three states that mostly goes on in a circle."""
    rng = np.random.default_rng(seed)
    X = np.zeros((n_rows, n_steps))
    X[:, 0] = rng.integers(0, 3, n_rows)
    for t in range(1, n_steps):
        on = rng.random(n_rows) < 0.9
        X[:, t] = np.where(on, (X[:, t - 1] + 1) % 3, X[:, t - 1])
    return X


def ragged(n_rows=300, n_steps=8, seed=0):
    """The same, over after each step from the third with probability 1/4."""
    X = walks(n_rows, n_steps, seed)
    rng = np.random.default_rng(seed + 1)
    lengths = np.minimum(n_steps, 2 + rng.geometric(0.25, n_rows))
    return np.where(np.arange(n_steps) < lengths[:, None], X, np.nan)


def log_unseen(model):
    return np.log1p(-model.encoder_.tokens_.columns_[0]["new"])


# -- likelihoods -----------------------------------------------------------------------


@pytest.mark.parametrize("module", ["gru", "conv"])
def test_masses_of_all_sequences_sum_to_one(module):
    X = walks(n_steps=4)
    model = SequenceDensity(module=module, max_epochs=3, **TINY).fit(X)
    every = np.array(list(product([0.0, 1.0, 2.0], repeat=4)))
    total = logsumexp(model.score_samples(every))
    assert total == pytest.approx(4 * log_unseen(model), abs=1e-6)


def test_masses_of_all_lengths_sum_to_one():
    X = ragged(n_steps=4)
    model = SequenceDensity(max_epochs=3, **TINY).fit(X)
    every = [
        [*values, *[np.nan] * (4 - n)]
        for n in range(1, 5)
        for values in product([0.0, 1.0, 2.0], repeat=n)
    ]
    scores = model.score_samples(np.array(every))
    lengths = np.sum(~np.isnan(every), axis=1)
    total = logsumexp(scores - lengths * log_unseen(model))
    assert total == pytest.approx(0, abs=1e-6)


def test_density_of_numbers_integrates_to_one():
    rng = np.random.default_rng(0)
    X = 10 + 3 * rng.normal(size=(200, 2)).cumsum(axis=1)
    model = SequenceDensity(max_epochs=5, **TINY).fit(X)
    grid = np.linspace(-30, 50, 401)
    points = np.array(list(product(grid, grid)))
    mass = np.exp(model.score_samples(points)).sum() * (grid[1] - grid[0]) ** 2
    assert mass == pytest.approx(1, abs=5e-3)


def test_steps_sum_to_the_whole():
    X = walks()
    model = SequenceDensity(max_epochs=2, **TINY).fit(X)
    assert np.allclose(model.score_steps(X).sum(axis=1), model.score_samples(X))


def test_a_step_does_not_see_later_ones():
    X = ragged()
    model = SequenceDensity(max_epochs=2, **TINY).fit(X)
    other = X.copy()
    other[:, 4:] = np.where(np.isnan(X[:, 4:]), np.nan, 0.0)
    a, b = model.score_steps(X), model.score_steps(other)
    assert np.allclose(a[:, :4], b[:, :4], equal_nan=True)
    assert not np.allclose(a[:, 4:], b[:, 4:], equal_nan=True)
    assert (np.isnan(a) == np.isnan(X)).all()


def test_reaches_the_entropy_of_a_chain():
    """The true density of a step after the first is that of 0.9 and 0.1."""
    model = SequenceDensity(
        max_epochs=30, dropout=0.0, early_stopping=False, **TINY
    ).fit(walks(1000))
    found = model.score_steps(walks(500, seed=5))
    truth = 0.9 * np.log(0.9) + 0.1 * np.log(0.1)
    assert found[:, 0].mean() == pytest.approx(-np.log(3), abs=0.05)
    assert found[:, 1:].mean() == pytest.approx(truth, abs=0.05)


def test_learns_a_random_walk():
    """Increments are standard normal: 1.419 nats a step."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1200, 10)).cumsum(axis=1)
    model = SequenceDensity(max_epochs=40, dropout=0.0, **TINY).fit(X[:1000])
    entropy = 0.5 * np.log(2 * np.pi * np.e)
    assert -model.score_steps(X[1000:]).mean() < entropy + 0.15


# -- draws -----------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["gru", "conv", RecurrentBody])
def test_draws_have_the_masses_of_the_model(module):
    X = ragged(n_steps=4)
    model = SequenceDensity(module=module, max_epochs=20, **TINY).fit(X)
    every = [
        [*values, *[np.nan] * (4 - n)]
        for n in range(1, 5)
        for values in product([0.0, 1.0, 2.0], repeat=n)
    ]
    expected = np.exp(model.score_samples(np.array(every)))
    drawn = pd.DataFrame(model.sample(20_000, random_state=0)).fillna(-1.0)
    counts = drawn.value_counts(normalize=True)
    found = [counts.get(tuple(np.nan_to_num(r, nan=-1.0)), 0.0) for r in every]
    assert np.abs(np.array(found) - expected).max() < 0.012


def test_the_convolution_goes_on_beyond_what_it_sees():
    body = CausalConvBody(2, 4, n_layers=2).double()
    x = torch.randn(3, 11, 2, dtype=torch.float64)
    state, found = None, []
    for t in range(11):
        out, state = body.advance(x[:, t], state)
        found.append(out)
    assert torch.allclose(torch.stack(found, dim=1), body(x))


def test_completes_beginnings():
    X = ragged()
    model = SequenceDensity(max_epochs=30, dropout=0.0, **TINY).fit(X)
    given = np.where(np.arange(8) < 3, X, np.nan)
    found = model.complete(given, random_state=0)
    assert np.array_equal(found[:, :3], X[:, :3])
    gone_on = ~np.isnan(found[:, 3])
    assert gone_on.mean() == pytest.approx(0.75, abs=0.1)
    on = found[gone_on, 3] == (found[gone_on, 2] + 1) % 3
    assert on.mean() == pytest.approx(0.9, abs=0.08)


def test_beginnings_of_whole_sequences_have_their_marginal():
    X = walks(n_steps=3)
    model = SequenceDensity(max_epochs=5, **TINY).fit(X)
    every = np.array([[1.0, 2.0, v] for v in (0.0, 1.0, 2.0)])
    whole = logsumexp(model.score_samples(every)) - log_unseen(model)
    begin = model.score_samples(np.array([[1.0, 2.0, np.nan]]))[0]
    assert begin == pytest.approx(whole, abs=1e-6)


def test_comes_back_in_a_frame():
    X = pd.DataFrame(walks().astype(int)).add_prefix("t")
    model = SequenceDensity((4, 2), max_epochs=2, **TINY).fit(X)
    drawn = model.sample(5, random_state=0)
    assert drawn.dtypes.equals(X.dtypes) and drawn.columns.equals(X.columns)
    begin = X.astype(float)
    begin.iloc[:, 4:] = np.nan
    found = model.complete(begin, random_state=0)
    assert found.iloc[:, :4].astype(int).equals(X.iloc[:, :4])


def test_whole_numbers_that_end_in_a_draw_become_floats():
    X = pd.DataFrame(ragged()).rename(columns="t{}".format)
    X = X.astype({name: int for name in X if not X[name].isna().any()})
    assert X.dtypes.nunique() == 2
    model = SequenceDensity(max_epochs=1, **TINY).fit(X)
    drawn = model.sample(2000, random_state=0)
    short = drawn.isna().any()
    assert set(drawn.dtypes[short]) == {np.dtype(float)}
    assert (drawn.dtypes[~short] == X.dtypes[~short]).all()


def test_completed_rows_keep_their_index():
    X = pd.DataFrame(ragged()).add_prefix("t").set_index(np.arange(300) * 2)
    found = SequenceDensity(max_epochs=1, **TINY).fit(X).complete(X, random_state=0)
    assert found.index.equals(X.index)
    assert found.where(X.notna()).equals(X)


def test_a_fitted_model_is_what_it_was_whatever_its_parameters_say():
    X = ragged()
    model = SequenceDensity(max_epochs=1, **TINY).fit(X)
    score = model.score(X)
    model.set_params(n_channels=5, embedding_size=3, n_components=2, module="conv")
    assert pickle.loads(pickle.dumps(model)).score(X) == score
    model = SequenceDensity(**TINY).partial_fit(X).set_params(n_channels=5)
    with pytest.raises(ValueError, match="must be what they"):
        model.partial_fit(X)


def test_a_recipe_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    SequenceDensity(module=RecurrentBody, max_epochs=1, **TINY).fit(walks(40))
    assert torch.equal(before, torch.get_rng_state())


# -- further rows ----------------------------------------------------------------------


def test_further_rows_are_learned_from_and_held_out_with_their_own():
    X = np.where(walks() > 1, 60.0, 64.0)
    model = SequenceDensity(augment=transpose_chords, max_epochs=3, **TINY).fit(X)
    seen = model.encoder_.tokens_.columns_[0]["values"]
    assert seen[0] == 55 and seen[-1] == 69
    assert np.isfinite(model.score_samples(X + 2)).all()


def test_rows_of_another_shape_are_refused():
    model = SequenceDensity(augment=lambda X: X[:, :3], **TINY)
    with pytest.raises(ValueError, match="augment must return rows like those"):
        model.fit(walks())


# -- bad input -------------------------------------------------------------------------


def test_gaps_are_refused():
    X = walks()
    X[3, 2] = np.nan
    with pytest.raises(ValueError, match="row 3 lacks something at step 2"):
        SequenceDensity(**TINY).fit(X)
    X = walks()
    X[5, 7] = np.nan  # one of two features of the last step
    with pytest.raises(ValueError, match="row 5 lacks something at step 3"):
        SequenceDensity((4, 2), **TINY).fit(X)


def test_columns_without_numbers_are_named():
    X = pd.DataFrame(walks()).rename(columns=str)
    X["3"] = "a"
    with pytest.raises(ValueError, match="column '3' has dtype"):
        SequenceDensity(**TINY).fit(X)


def test_empty_sequences_are_refused():
    X = ragged()
    X[4] = np.nan
    with pytest.raises(ValueError, match="NaN only in row 4"):
        SequenceDensity(**TINY).fit(X)


@pytest.mark.parametrize(
    ("shape", "error", "message"),
    [
        ((3, 2), ValueError, "needs rows of 6 numbers, got rows of 8"),
        ((8,), ValueError, "two whole numbers"),
        ((0, 8), ValueError, "two whole numbers"),
        ((4.0, 2), TypeError, "two whole numbers"),
    ],
)
def test_wrong_shapes_are_refused(shape, error, message):
    with pytest.raises(error, match=message):
        SequenceDensity(shape, **TINY).fit(walks())


def test_bodies_that_see_what_comes_are_refused():
    def both_ways(n_inputs):
        class Both(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.cell = torch.nn.GRU(
                    n_inputs, 4, bidirectional=True, batch_first=True
                )

            def forward(self, x):
                return self.cell(x)[0]

        return Both()

    with pytest.raises(ValueError, match="module must be causal"):
        SequenceDensity(module=both_ways, **TINY).fit(walks())
    with pytest.raises(ValueError, match="module must map"):
        check_causal(lambda n: torch.nn.Flatten(), 3)


def test_the_net_ignores_what_comes_after_the_end():
    net = SequenceNet([(4, 5, None), (1, 2, 0)], RecurrentBody, ends=True)
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(0, 2, (3, 6, 2), generator=generator)
    tokens[:, :, 1] = 0
    numbers = torch.randn(3, 6, 2, generator=generator)
    lengths = torch.tensor([6, 3, 1])
    found = net(tokens, tokens, numbers, lengths)
    inside = (torch.arange(6) < lengths[:, None])[:, :, None]
    other = net(
        tokens * inside, tokens * inside, numbers * inside + 7 * ~inside, lengths
    )
    assert torch.allclose(found, other)
    assert not found[1, 4:].any()


def test_the_encoder_is_rebuilt_from_its_state():
    X = ragged()
    encoder = SequenceEncoder().fit(X)
    again = SequenceEncoder.from_state(encoder.get_state())
    tokens, _, numbers, _, lengths = encoder.transform(X)
    assert np.array_equal(
        again.inverse_transform(tokens, numbers, lengths), X, equal_nan=True
    )

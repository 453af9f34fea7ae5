"""RBMDensity: partition functions, energies and chains against known values."""

import pickle
from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import logsumexp
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import make_pipeline

from skgen.density import AutoregressiveDensity, RBMDensity, SequenceDensity
from skgen.density._partition import annealed, log_partition
from skgen.nn import RestrictedBoltzmann

# Two tokens, several, several of which one has numbers, numbers only.
COLUMNS = [(2, None), (3, None), (3, 1), (1, 0), (2, 0), (2, 1)]


def machine(columns=COLUMNS, n_hidden=5, scale=0.6, seed=0):
    """A machine with random parameters, in double precision."""
    generator = torch.Generator().manual_seed(seed)
    made = RestrictedBoltzmann(columns, n_hidden, 4).double()
    for p in made.parameters():
        p.data = scale * torch.randn(p.shape, generator=generator, dtype=p.dtype)
    return made.requires_grad_(False)


def binary(n_rows=600, seed=0):
    """Rows of six bits of which pairs agree mostly."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 2, (n_rows, 3))
    return np.hstack([X, np.where(rng.random(X.shape) < 0.9, X, 1 - X)])


def all_rows(n):
    return np.array(list(product([0, 1], repeat=n)))


# -- the machine -----------------------------------------------------------------------


def test_hidden_sums_equal_sums_over_rows_and_numbers():
    """Sum out rows by closed form for each hidden state, and hidden states per row."""
    made = machine(COLUMNS[:4])
    with torch.no_grad():
        exact, error = log_partition(made, 1, 2, torch.Generator())
        # Rows: every combination of tokens, numbers on a grid.
        grid = torch.linspace(-12, 12, 121, dtype=torch.float64)
        step = float(grid[1] - grid[0])
        parts = []
        for tokens in product(*[range(n) for n, _ in COLUMNS[:4]]):
            owns = [own for _, own in COLUMNS[:4]]
            here = [t == own for t, own in zip(tokens, owns, strict=True)]
            k = sum(here)
            points = torch.cartesian_prod(*[grid] * k).reshape(-1, k)
            numbers = torch.zeros(len(points), 4, dtype=torch.float64)
            numbers[:, here] = points
            units = made.units.encode(
                torch.tensor([tokens]).expand(len(points), -1), numbers
            )
            parts.append(made(units).logsumexp(dim=0) + k * np.log(step))
    assert error == 0
    assert exact == pytest.approx(float(torch.stack(parts).logsumexp(0)), abs=1e-6)


def test_annealing_agrees_with_enumeration():
    made = machine()
    exact, _ = log_partition(made, 1, 2, torch.Generator())
    found, error = annealed(made, 1000, 500, torch.Generator().manual_seed(0))
    assert 0 < error < 0.05
    assert abs(found - exact) < 4 * error


def test_either_side_may_be_enumerated():
    made = machine([(2, None)] * 6, n_hidden=8)
    exact, _ = log_partition(made, 1, 2, torch.Generator())
    rows = torch.as_tensor(all_rows(6), dtype=torch.float64)
    assert float(made(rows).logsumexp(0)) == pytest.approx(exact)
    wide = machine([(2, None)] * 6, n_hidden=25)
    found, error = log_partition(wide, 1, 2, torch.Generator())
    assert error == 0
    assert found == pytest.approx(float(wide(rows).logsumexp(0)))


def test_units_and_entries_are_inverse():
    made = machine()
    rng = np.random.default_rng(0)
    tokens = np.stack([rng.integers(0, n, 50) for n, _ in COLUMNS], axis=1)
    own = np.array([-1 if c is None else c for _, c in COLUMNS])
    numbers = np.where(tokens == own, rng.normal(size=tokens.shape), 0)
    found = made.units.decode(
        made.units.encode(torch.as_tensor(tokens), torch.as_tensor(numbers))
    )
    assert (found[0].numpy() == tokens).all()
    assert np.allclose(found[1].numpy(), numbers)


def test_base_has_the_marginals_of_the_rows():
    made = machine()
    rng = np.random.default_rng(0)
    tokens = np.stack([rng.integers(0, n, 3000) for n, _ in COLUMNS], axis=1)
    numbers = rng.normal(1, 2, tokens.shape)
    rows = made.units.encode(torch.as_tensor(tokens), torch.as_tensor(numbers))
    made.set_base(rows)
    h = torch.zeros(60_000, 5, dtype=torch.float64)
    with torch.no_grad():
        drawn = made.at(0.0).draw_rows(h, torch.Generator().manual_seed(0))
    assert torch.allclose(drawn.mean(0), rows.mean(0), atol=0.03)
    assert torch.allclose(drawn.std(0), rows.std(0), atol=0.05)


def test_the_chain_draws_from_the_machine():
    made = machine([(2, None)] * 4, n_hidden=3, scale=1.0)
    rows = torch.as_tensor(all_rows(4), dtype=torch.float64)
    with torch.no_grad():
        expected = made(rows).softmax(dim=0).numpy()
        begins = torch.zeros(20_000, 4, dtype=torch.float64)
        drawn = made.at(None).gibbs(begins, 50, torch.Generator().manual_seed(0))
    places = (drawn.numpy() @ [8, 4, 2, 1]).astype(int)
    found = np.bincount(places, minlength=16) / len(drawn)
    assert np.abs(found - expected).max() < 0.012


# -- the estimator ---------------------------------------------------------------------


def test_masses_of_all_rows_sum_to_one():
    X = binary()
    model = RBMDensity(8, max_epochs=20, random_state=0).fit(X)
    assert model.log_partition_error_ == 0
    total = logsumexp(-model.free_energy(all_rows(6)) - model.log_partition_)
    # What is missing belongs to values that the columns did not show.
    unseen = sum(np.log1p(-c["new"]) for c in model.encoder_.columns_)
    assert total == pytest.approx(unseen, abs=1e-6)
    assert -0.01 < unseen < 0


def test_density_integrates_to_one_in_the_units_of_the_rows():
    rng = np.random.default_rng(0)
    X = np.where(rng.random((800, 1)) < 0.5, 100, 140) + 5 * rng.normal(size=(800, 1))
    model = RBMDensity(6, max_epochs=30, random_state=0).fit(X)
    grid = np.linspace(40, 200, 20_001)
    mass = np.exp(model.score_samples(grid[:, None])).sum() * (grid[1] - grid[0])
    assert mass == pytest.approx(1, abs=3e-3)


def test_learns_what_columns_have_to_do_with_each_other():
    X = binary(4000)
    model = RBMDensity(8, random_state=0).fit(X)
    q = np.full(6, 0.5)
    alone = np.log(q).sum()
    truth = 3 * (np.log(0.5) + 0.9 * np.log(0.9) + 0.1 * np.log(0.1))
    assert model.score(X) > alone + 0.9 * (truth - alone)
    drawn = model.sample(4000, random_state=0)
    assert np.mean(drawn[:, :3] == drawn[:, 3:]) == pytest.approx(0.9, abs=0.03)


def test_energy_is_that_of_scikit_learn():
    X = binary().astype(float)
    theirs = BernoulliRBM(5, n_iter=5, random_state=0).fit(X)
    ours = RBMDensity(5, max_epochs=1, random_state=0).fit(X)
    weights = {
        "module.weight": theirs.components_.T,
        "module.visible_bias": theirs.intercept_visible_,
        "module.hidden_bias": theirs.intercept_hidden_,
    }
    for name, values in weights.items():
        assert ours.weights_[name].shape == values.shape
        ours.weights_[name] = values.astype(np.float32)
    del ours._live
    unseen = sum(np.log1p(-c["new"]) for c in ours.encoder_.columns_)
    energy = theirs._free_energy(X) - unseen
    assert np.allclose(ours.free_energy(X), energy, atol=1e-5)
    assert np.allclose(ours.transform(X), theirs.transform(X), atol=1e-6)


def test_ahead_of_scikit_learn_on_digits():
    """Likelihoods of rows left out, of machines of one size in like time."""
    X = (load_digits().data > 7).astype(float)
    train, test = X[:1400], X[1400:]
    ours = RBMDensity(16, max_epochs=60, random_state=0).fit(train)
    best = -np.inf
    for rate in (0.1, 0.03, 0.01):
        theirs = BernoulliRBM(16, learning_rate=rate, n_iter=60, random_state=0)
        theirs.fit(train)
        own = RestrictedBoltzmann([(2, None)] * 64, 16).double().requires_grad_(False)
        own.weight.data = torch.as_tensor(theirs.components_.T.copy())
        own.visible_bias.data = torch.as_tensor(theirs.intercept_visible_)
        own.hidden_bias.data = torch.as_tensor(theirs.intercept_hidden_)
        value, _ = log_partition(own, 1, 2, torch.Generator())
        best = max(best, np.mean(-theirs._free_energy(test)) - value)
    assert ours.score(test) > best


def test_tables_of_mixed_types_come_back():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "income": rng.lognormal(size=300),
            "town": rng.choice(["a", "b", "c"], 300),
            "flag": rng.random(300) < 0.3,
            "n": rng.integers(0, 4, 300),
        }
    )
    X.loc[::7, "income"] = 0.0
    X.loc[::9, "town"] = None
    model = RBMDensity(6, max_epochs=5, random_state=0).fit(X)
    drawn = model.sample(200, random_state=0)
    assert drawn.dtypes.equals(X.dtypes)
    assert set(drawn["n"]) <= {0, 1, 2, 3}
    assert 0 < (drawn["income"] == 0).mean() < 0.5
    assert np.isfinite(model.score_samples(drawn)).all()
    led = model.gibbs(X, 3, random_state=0)
    assert led.shape == X.shape and led.dtypes.equals(X.dtypes)


def test_early_stopping_judges_by_the_density():
    X = binary(300)
    model = RBMDensity(
        8, max_epochs=40, early_stopping=True, n_iter_no_change=3, random_state=0
    ).fit(X)
    lowest = min(row["valid_loss"] for row in model.history_)
    assert 1.9 < lowest < 6 * np.log(2) + 0.2


def test_a_fitted_model_is_what_it_was_whatever_its_parameters_say():
    X = binary()
    model = RBMDensity(3, max_epochs=1, random_state=0).fit(X)
    score = model.score(X)
    model.set_params(n_chains=7, n_components=5)
    again = pickle.loads(pickle.dumps(model))
    assert again.score(X) == score and again.transform(X).shape == (600, 3)
    model = RBMDensity(3, random_state=0).partial_fit(X).set_params(n_chains=7)
    with pytest.raises(ValueError, match="n_chains must be what it was"):
        model.partial_fit(X)


def test_is_a_transformer_with_names():
    X = binary()
    model = RBMDensity(3, max_epochs=2, random_state=0).set_output(transform="pandas")
    found = model.fit(X).transform(X)
    assert list(found.columns) == ["rbmdensity0", "rbmdensity1", "rbmdensity2"]
    assert make_pipeline(RBMDensity(3, max_epochs=2)).fit_transform(X).shape == (600, 3)


@pytest.mark.parametrize("n_steps", [0, 1.5, "2"])
def test_steps_of_a_chain_are_checked(n_steps):
    model = RBMDensity(3, max_epochs=1, random_state=0).fit(binary())
    with pytest.raises(ValueError, match="n_steps must be an int of at least 1"):
        model.gibbs(binary(), n_steps)


def test_unfitted():
    with pytest.raises(NotFittedError):
        RBMDensity().free_energy(binary())


@pytest.mark.gpu
@pytest.mark.parametrize(
    "model",
    [
        RBMDensity(3, max_epochs=1, random_state=0),
        SequenceDensity(n_channels=8, max_epochs=1, random_state=0),
        AutoregressiveDensity(hidden=(8,), max_epochs=1, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_draws_on_a_gpu(model):
    X = binary().astype(float)
    model.set_params(device="cuda").fit(X)
    assert model.sample(5, random_state=0).shape == (5, 6)

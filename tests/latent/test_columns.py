"""Likelihoods of columns: masses and densities of one, draws, what is expected."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.integrate import trapezoid
from scipy.stats import chisquare, kstest

from skgen.encoding import TokenEncoder
from skgen.latent._columns import ColumnLikelihood

NAMES = ["word", "flag", "count", "number", "noted", "rain", "same", "nothing"]


def draw_table(n=400, seed=0):
    """A table of every kind of column."""
    rng = np.random.default_rng(seed)
    rain = np.where(rng.random(n) < 0.4, 0.0, rng.gamma(2.0, size=n))
    return pd.DataFrame(
        {
            "word": pd.Categorical(rng.choice(["a", "b", "c"], n)).rename_categories(
                ["x", "y", "z"]
            ),
            "flag": rng.random(n) < 0.3,
            "count": np.where(rng.random(n) < 0.1, np.nan, rng.poisson(3, n)),
            "number": rng.gamma(3.0, size=n),
            "noted": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
            "rain": rain,
            "same": np.ones(n),
            "nothing": np.full(n, np.nan),
        }
    )


COLUMNS = TokenEncoder(discrete="auto").fit(draw_table()).columns_


@pytest.fixture(scope="module", params=[0, 4], ids=["gaussian", "mixture"])
def parts(request):
    """A likelihood of float64, its encoder, arrays of the table, and outputs."""
    X = draw_table()
    encoder = TokenEncoder(discrete="auto").fit(X)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        ordered = [kind != "category" for kind in encoder.kinds_]
        model = ColumnLikelihood(encoder.columns_, ordered, request.param).double()
        if not request.param:
            model.pace.data.normal_(std=0.05)
        tokens, codes, numbers, _ = encoder.transform(X)
        arrays = [torch.as_tensor(a) for a in (tokens, codes, numbers)]
        model.start(*arrays)
        outputs = torch.randn(1, model.output_shape, dtype=torch.float64)
    model.requires_grad_(False)
    return model, encoder, arrays, outputs


def log_prob(model, outputs, j, token, number=None):
    """Log-likelihood of one column's tokens and numbers, the others without any."""
    n = len(token)
    tokens = torch.full((n, model.n_columns), -1)
    tokens[:, j] = torch.as_tensor(token)
    numbers = torch.zeros(n, model.n_columns, dtype=torch.float64)
    if number is not None:
        numbers[:, j] = torch.as_tensor(number)
    codes = torch.zeros_like(tokens)
    return model.log_prob(outputs.expand(n, -1), tokens, codes, numbers)


def masses(model, outputs, j):
    """Mass of each token of a column; that of free numbers by an integral."""
    found = []
    for token in range(COLUMNS[j]["n_tokens"]):
        if token == COLUMNS[j]["continuous"]:
            grid = np.linspace(-60, 60, 48_001)
            own = log_prob(model, outputs, j, np.full(len(grid), token), grid)
            found.append(own.exp().sum().item() * (grid[1] - grid[0]))
        else:
            found.append(log_prob(model, outputs, j, [token]).exp().item())
    return np.array(found)


def test_the_table_has_every_kind_of_column():
    kinds = {
        name: (c["n_tokens"], c["continuous"], c["missing"])
        for name, c in zip(NAMES, COLUMNS, strict=True)
    }
    assert kinds["word"] == (3, None, None) and kinds["flag"] == (2, None, None)
    assert kinds["count"][1] is None and kinds["count"][2] == kinds["count"][0] - 1
    assert kinds["number"] == (1, 0, None) and kinds["noted"] == (2, 0, 1)
    assert kinds["rain"] == (2, 1, None)
    assert kinds["same"] == (1, None, None) and kinds["nothing"] == (1, None, 0)


@pytest.mark.parametrize("j", range(8), ids=NAMES)
def test_masses_and_densities_of_a_column_make_one(parts, j):
    model, _, _, outputs = parts
    assert masses(model, outputs, j).sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", ["number", "noted", "rain"])
def test_densities_are_in_the_units_of_the_column(parts, name):
    model, encoder, _, outputs = parts
    j = NAMES.index(name)
    grid = np.sinh(np.linspace(-9, 12, 60_000))  # far out, without the zero of `rain`
    X = draw_table().iloc[np.zeros(len(grid), dtype=int)].reset_index(drop=True)
    X[name] = grid
    tokens, _, numbers, extra = encoder.transform(X)
    assert (tokens[:, j] == COLUMNS[j]["continuous"]).all()
    own = log_prob(model, outputs, j, tokens[:, j], numbers[:, j]).numpy()
    total = trapezoid(np.exp(own + extra[:, j]), grid)
    others = np.delete(masses(model, outputs, j), COLUMNS[j]["continuous"]).sum()
    assert total + others == pytest.approx(1, abs=1e-3)


def test_columns_add_up(parts):
    model, _, (tokens, codes, numbers), outputs = parts
    n = len(tokens)
    whole = model.log_prob(outputs.expand(n, -1), tokens, codes, numbers)
    alone = [
        log_prob(model, outputs, j, tokens[:, j], numbers[:, j])
        for j in range(model.n_columns)
    ]
    torch.testing.assert_close(whole, torch.stack(alone).sum(dim=0))


def test_draws_follow_the_likelihood(parts):
    model, _, _, outputs = parts
    n = 4000
    generator = torch.Generator().manual_seed(0)
    u = torch.rand(n, *model.noise_shape, generator=generator, dtype=torch.float64)
    rows = model.draw(outputs.expand(n, -1), u).numpy()
    assert rows.shape == (n, 2 * model.n_columns)
    tokens, numbers = np.split(rows, 2, axis=1)
    for j, name in enumerate(NAMES):
        own = masses(model, outputs, j)
        counts = np.bincount(tokens[:, j].astype(int), minlength=len(own))
        if len(own) > 1:
            assert chisquare(counts, n * own / own.sum()).pvalue > 1e-3, name
        else:
            assert counts == n
        if COLUMNS[j]["continuous"] is None:
            assert (numbers[:, j] == 0).all()
            continue
        grid = np.linspace(-60, 60, 48_001)
        free = np.full(len(grid), COLUMNS[j]["continuous"])
        density = log_prob(model, outputs, j, free, grid).exp().numpy()
        cumulative = density.cumsum() / density.sum()
        drawn = numbers[tokens[:, j] == COLUMNS[j]["continuous"], j]
        fits = kstest(drawn, np.interp, args=(grid, cumulative))
        assert fits.pvalue > 1e-3, name


def test_what_is_expected(parts):
    model, _, _, outputs = parts
    tokens, numbers = np.split(model.expected(outputs)[0].numpy(), 2)
    for j, name in enumerate(NAMES):
        own = masses(model, outputs, j)
        if name != "count":
            assert tokens[j] == own.argmax(), name
        if COLUMNS[j]["continuous"] is None:
            continue
        grid = np.linspace(-60, 60, 48_001)
        free = np.full(len(grid), COLUMNS[j]["continuous"])
        density = log_prob(model, outputs, j, free, grid).exp().numpy()
        mean = (grid * density).sum() / density.sum()
        assert numbers[j] == pytest.approx(mean, abs=1e-3), name


def test_numbers_that_repeat_give_their_median_unless_missing(parts):
    model, _, _, outputs = parts
    j = NAMES.index("count")
    group = next(g for g in model.softmaxes if j in g.columns)
    start = group.start + group.columns.index(j) * group.width
    middle = start + group.width
    n_numbers = group.width - 1  # the last token is a missing value
    logits = torch.zeros(middle - start, dtype=torch.float64)
    logits[0], logits[n_numbers - 1] = 1.0, 0.9
    changed = outputs.clone()
    changed[:, start:middle] = logits - model.base[start:middle]
    own = torch.softmax(logits[:n_numbers], dim=0).cumsum(dim=0)
    median = int((own < 0.5).sum())
    assert 0 < median < n_numbers - 1  # which is not the most probable one
    assert model.expected(changed)[0, j] == median
    changed[:, middle - 1] += 5.0
    assert model.expected(changed)[0, j] == n_numbers


def test_networks_start_from_the_shares(parts):
    model, _, (tokens, _, _), outputs = parts
    for j, name in enumerate(NAMES):
        counts = np.bincount(tokens[:, j], minlength=COLUMNS[j]["n_tokens"])
        own = masses(model, torch.zeros_like(outputs), j)
        assert_allclose(own, counts / counts.sum(), atol=0.01, err_msg=name)


def test_an_encoder_sees_bounded_numbers_and_each_token(parts):
    model, _, (tokens, codes, numbers), _ = parts
    seen = model.seen(tokens, codes, numbers)
    assert seen.shape == (len(tokens), model.input_shape)
    far = model.seen(tokens, codes, 1e6 * torch.ones_like(numbers))
    assert torch.isfinite(far).all() and far.abs().max() < 20
    # A missing value is told from a number by its code.
    j = NAMES.index("noted")
    one, other = codes[:1].clone(), codes[:1].clone()
    one[0, j], other[0, j] = 0, COLUMNS[j]["n_tokens"]
    differs = model.seen(tokens[:1], one, numbers[:1]) != model.seen(
        tokens[:1], other, numbers[:1]
    )
    assert differs.any()

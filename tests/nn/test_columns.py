"""ColumnNets: what each net sees, and masses that sum and integrate to one."""

import itertools

import pytest
import torch
from torch.nn import functional as F

from skgen.nn import ColumnNets, ColumnSpec

# A category with groups, a number, a category, a number beside two atoms, one value.
COLUMNS = [
    ColumnSpec(5, 6, None, (0, 0, 1, 2, 2)),
    ColumnSpec(1, 4, 0, None),
    ColumnSpec(3, 4, None, None),
    ColumnSpec(3, 6, 2, None),
    ColumnSpec(1, 2, None, None),
]
ORDERS = [[0, 1, 2, 3, 4], [3, 0, 4, 2, 1], [2, 4, 1, 3, 0]]


@pytest.fixture(autouse=True)
def seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def random_nets(columns, orders, **options):
    """Nets in float64 without a weight or a buffer that is zero."""
    options = {"hidden": (9, 9), "embedding_size": 3, "n_components": 3, **options}
    nets = ColumnNets(columns, orders, **options).double()
    for m, net in enumerate(nets.nets):
        for p in net.parameters():
            torch.nn.init.normal_(p, std=0.5)
        nets.start(m, base=torch.randn(net.n_outputs))
        if nets.heads[m].kind == "number":
            slopes = torch.randn_like(net.slopes)
            nets.start(m, slopes=slopes, intercept=0.3, deviation=0.7)
    return nets.eval()


def random_rows(columns, n=12):
    tokens = torch.stack([torch.randint(c.n_tokens, (n,)) for c in columns], dim=1)
    codes = torch.stack([torch.randint(c.n_codes, (n,)) for c in columns], dim=1)
    numbers = torch.randn(n, len(columns), dtype=torch.float64)
    return tokens, codes, numbers


def places_of(nets):
    """Columns before that of each net, from the orders alone."""
    found = []
    for head in nets.heads:
        order = ORDERS[head.member]
        found.append(order[: order.index(head.column)])
    return found


def rows_told(nets, m, tokens):
    """Rows whose term of a net is not zero by definition."""
    _, column, kind = nets.heads[m]
    if kind == "number":
        return tokens[:, column] == COLUMNS[column].continuous
    if kind == "within":
        return tokens[:, column] != 2  # alone in its group
    return torch.ones(len(tokens), dtype=torch.bool)


# -- what each net sees ----------------------------------------------------------------


def test_no_term_sees_later_numbers():
    nets = random_nets(COLUMNS, ORDERS)
    tokens, codes, numbers = random_rows(COLUMNS)
    numbers.requires_grad_()
    terms = nets(tokens, codes, numbers)
    for m, before in enumerate(places_of(nets)):
        _, column, kind = nets.heads[m]
        (slope,) = torch.autograd.grad(terms[:, m].sum(), numbers, retain_graph=True)
        told = rows_told(nets, m, tokens)
        assert told.any()
        for j in range(len(COLUMNS)):
            # As a target a number counts for its own net only.
            if j in before or (j == column and kind == "number"):
                # A place that a group lacks has no mass worth the name.
                assert (slope[told, j] != 0).all() and (
                    abs(slope[~told, j]) < 1e-60
                ).all()
            else:
                assert (slope[:, j] == 0).all()


def test_no_term_sees_later_codes():
    nets = random_nets(COLUMNS, ORDERS)
    tokens, codes, numbers = random_rows(COLUMNS)
    terms = nets(tokens, codes, numbers)
    for j, spec in enumerate(COLUMNS):
        other = codes.clone()
        other[:, j] = (codes[:, j] + 1) % spec.n_codes
        found = nets(tokens, other, numbers)
        for m, before in enumerate(places_of(nets)):
            same = found[:, m] == terms[:, m]
            told = rows_told(nets, m, tokens)
            assert (~same[told]).all() if j in before else same.all()


def test_no_term_sees_other_tokens():
    nets = random_nets(COLUMNS, ORDERS)
    tokens, codes, numbers = random_rows(COLUMNS)
    terms = nets(tokens, codes, numbers)
    for j, spec in enumerate(COLUMNS):
        other = tokens.clone()
        other[:, j] = (tokens[:, j] + 1) % spec.n_tokens
        found = nets(other, codes, numbers)
        for m, head in enumerate(nets.heads):
            if head.column != j:
                assert torch.equal(found[:, m], terms[:, m])


def test_embeddings_of_codes_not_seen_do_not_move():
    nets = random_nets(COLUMNS, ORDERS)
    tokens, codes, numbers = random_rows(COLUMNS)
    codes[:, 2] = 1
    nets(tokens, codes, numbers).sum().backward()
    for m, before in enumerate(places_of(nets)):
        net = nets.nets[m]
        sizes = [COLUMNS[j].n_codes for j in before]
        if nets.heads[m].kind == "within":
            sizes.append(3)
        assert net.embedding.shape == (sum(sizes), 3)
        if 2 in before:
            start = sum(sizes[: before.index(2)])
            moved = net.embedding.grad[start : start + 4].abs().sum(dim=1) > 0
            assert moved.tolist() == [False, True, False, False]


def test_nets_share_no_weight():
    nets = random_nets(COLUMNS, ORDERS)
    terms = nets(*random_rows(COLUMNS))
    for m in range(len(nets.heads)):
        nets.zero_grad()
        terms[:, m].sum().backward(retain_graph=True)
        for k, net in enumerate(nets.nets):
            moved = net.bias.grad is not None and bool(net.bias.grad.abs().sum() > 0)
            assert moved == (k == m)


def test_heads_of_each_kind_of_column():
    nets = ColumnNets(COLUMNS, ORDERS[:1])
    assert [(h.column, h.kind) for h in nets.heads] == [
        (0, "group"),
        (0, "within"),
        (1, "number"),
        (2, "token"),
        (3, "token"),
        (3, "number"),
    ]
    alone = ColumnSpec(3, 4, None, (0, 1, 2))
    assert [h.kind for h in ColumnNets([alone], [[0]]).heads] == ["group"]


def test_table_of_one_value_has_no_nets():
    nets = ColumnNets([COLUMNS[4]], [[0]])
    rows = torch.zeros(3, 1, dtype=torch.long)
    assert nets(rows, rows, torch.zeros(3, 1)).shape == (3, 0)


def test_chosen_inputs_are_all_that_a_net_sees():
    inputs = [[[], [0], [0], [1, 2], [2]]]
    nets = random_nets(COLUMNS, ORDERS[:1], inputs=inputs)
    tokens, codes, numbers = random_rows(COLUMNS)
    terms = nets(tokens, codes, numbers)
    for j, spec in enumerate(COLUMNS):
        other = codes.clone()
        other[:, j] = (codes[:, j] + 1) % spec.n_codes
        found = nets(tokens, other, numbers)
        for m, head in enumerate(nets.heads):
            changed = bool((found[:, m] != terms[:, m]).any())
            assert changed == (j in inputs[0][head.column])
    # The linear prediction has all numbers before.
    m = [h.kind == "number" and h.column == 3 for h in nets.heads].index(True)
    assert len(nets.nets[m].slopes) == 3


@pytest.mark.parametrize("training", [True, False])
def test_nets_that_run_together_say_what_each_says_alone(training):
    nets = random_nets(COLUMNS, ORDERS).train(training)
    nets.finished = {2} if training else set()
    tokens, codes, numbers = random_rows(COLUMNS)
    tokens[0, :] = -1
    terms = nets(tokens, codes, numbers)
    seen = nets.seen(codes, numbers)
    for m in range(len(nets.heads)):
        alone = nets.term(m, tokens, numbers, seen)
        if m in nets.finished:
            alone = torch.zeros_like(alone)
        assert torch.allclose(terms[:, m], alone, atol=1e-12)


def test_buffers_set_later_count():
    nets = random_nets([COLUMNS[1]], [[0]])
    tokens, codes, numbers = random_rows([COLUMNS[1]])
    before = nets(tokens, codes, numbers)
    nets.start(0, intercept=2.5)
    assert not torch.allclose(nets(tokens, codes, numbers), before)
    other = random_nets([COLUMNS[1]], [[0]])
    other(tokens, codes, numbers)
    other.load_state_dict(nets.state_dict())
    assert torch.allclose(other(tokens, codes, numbers), nets(tokens, codes, numbers))


# -- masses and densities --------------------------------------------------------------


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_masses_of_all_rows_sum_to_one(order):
    columns = [COLUMNS[0], COLUMNS[2], ColumnSpec(2, 3, None, None)]
    nets = random_nets(columns, [list(order)])
    rows = itertools.product(*(range(c.n_tokens) for c in columns))
    tokens = torch.tensor(list(rows))
    numbers = torch.randn(3, 5, dtype=torch.float64)
    looked_up = torch.stack([numbers[j][tokens[:, j]] for j in range(3)], dim=1)
    terms = nets(tokens, tokens, looked_up)
    assert terms.sum(dim=1).exp().sum().item() == pytest.approx(1, abs=1e-9)
    # Far from uniform, and not by chance: each conditional differs between rows.
    assert terms.std(dim=0).min() > 0.05


def test_masses_and_densities_sum_to_one():
    # Two atoms and a density, after a category.
    columns = [COLUMNS[2], COLUMNS[3]]
    for order in ([0, 1], [1, 0]):
        nets = random_nets(columns, [order])
        grid = torch.linspace(-40, 40, 8001, dtype=torch.float64)
        total = 0.0
        for first in range(3):
            for second, z in ((0, -1.0), (1, 2.0), (2, None)):
                numbers = torch.zeros(len(grid) if z is None else 1, 2).double()
                numbers[:, 1] = grid if z is None else z
                tokens = torch.tensor([[first, second]]).expand(len(numbers), -1)
                mass = nets(tokens, tokens, numbers).sum(dim=1).exp()
                total += (mass.sum() * (0.01 if z is None else 1)).item()
        assert total == pytest.approx(1, abs=1e-6)


def test_number_is_a_mixture_around_a_linear_prediction():
    columns = [COLUMNS[1], COLUMNS[1]]
    nets = random_nets(columns, [[0, 1]])
    tokens, codes, numbers = random_rows(columns)
    net = nets.nets[1]
    # Far numbers are bounded for the net, but not for the prediction.
    numbers[0, 0] = 30.0
    seen = (numbers / (1 + (numbers / 4) ** 2).sqrt())[:, :1]
    logits, means, scales = net(codes[:, :1], seen, seen**2 / 2 - 0.5).split(3, dim=1)
    center = numbers[:, :1] * net.slopes + 0.3
    deviations = 0.7 * scales.clamp(-7, 3).exp()
    parts = torch.distributions.Normal(center + 0.7 * means, deviations)
    mixture = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=logits), parts
    )
    found = nets(tokens, codes, numbers)[:, 1]
    assert torch.allclose(found, mixture.log_prob(numbers[:, 1]))


def test_groups_times_tokens_within():
    nets = random_nets(COLUMNS[:1], [[0]])
    tokens = torch.arange(5)[:, None]
    numbers = torch.zeros(5, 1, dtype=torch.float64)
    terms = nets(tokens, tokens, numbers)
    group = torch.log_softmax(nets.outputs(0, nets.seen(tokens, numbers))[0], dim=0)
    assert torch.allclose(terms[:, 0], group[[0, 0, 1, 2, 2]])
    assert terms[2, 1] == 0  # alone
    sums = terms[:, 1].exp()
    assert torch.allclose(sums[0] + sums[1], torch.ones_like(sums[0]))
    assert torch.allclose(sums[3] + sums[4], torch.ones_like(sums[0]))


def test_starts_at_base_whatever_came_before():
    nets = ColumnNets(COLUMNS, ORDERS)
    base = torch.log(torch.tensor([0.2, 0.3, 0.5]))
    m = [h.kind == "token" and h.column == 2 for h in nets.heads].index(True)
    nets.start(m, base=base)
    tokens, codes, numbers = random_rows(COLUMNS)
    terms = nets(tokens, codes, numbers.float())
    assert torch.allclose(terms[:, m], base[tokens[:, 2]])
    # A mixture starts close to a standard normal.
    m = [h.kind == "number" and h.column == 1 for h in nets.heads].index(True)
    grid = torch.linspace(-2, 2, 61)
    tokens, codes = (torch.zeros(61, 5, dtype=torch.long) for _ in range(2))
    numbers = torch.zeros(61, 5)
    numbers[:, 1] = grid
    normal = torch.distributions.Normal(0.0, 1.0).log_prob(grid)
    assert (nets(tokens, codes, numbers)[:, m] - normal).abs().max() < 0.3


# -- several orders, unknown entries, rest ---------------------------------------------


def test_each_order_is_a_model_of_its_own():
    nets = random_nets(COLUMNS, ORDERS)
    rows = random_rows(COLUMNS)
    terms = nets(*rows)
    for k, order in enumerate(ORDERS):
        own = [m for m, head in enumerate(nets.heads) if head.member == k]
        alone = ColumnNets(
            COLUMNS, [order], hidden=(9, 9), embedding_size=3, n_components=3
        ).double()
        for net, m in zip(alone.nets, own, strict=True):
            # Where its inputs are depends on the net with the most of them.
            state, other = nets.nets[m].state_dict(), nets.nets[m].used
            weight = net.layers[0].weight.detach().clone()
            weight[:, net.used] = state["layers.0.weight"][:, other]
            net.load_state_dict({**state, "layers.0.weight": weight})
        assert torch.allclose(alone(*rows), terms[:, own])


def test_unknown_entries_count_nothing():
    nets = random_nets(COLUMNS, ORDERS)
    tokens, codes, numbers = random_rows(COLUMNS)
    terms = nets(tokens, codes, numbers)
    for j in range(len(COLUMNS)):
        other = tokens.clone()
        other[:, j] = -1
        found = nets(other, codes, numbers)
        for m, head in enumerate(nets.heads):
            expected = torch.zeros(12) if head.column == j else terms[:, m]
            assert torch.equal(found[:, m], expected.double())


def test_finished_nets_rest_in_training_only():
    nets = random_nets(COLUMNS, ORDERS)
    rows = random_rows(COLUMNS)
    terms = nets(*rows)
    nets.finished = {1, 4}
    assert torch.equal(nets(*rows), terms)
    nets.train()
    found = nets(*rows)
    active = [m for m in range(len(nets.heads)) if m not in nets.finished]
    assert (found[:, [1, 4]] == 0).all()
    assert torch.allclose(found[:, active], terms[:, active], rtol=0, atol=1e-12)
    found.sum().backward()
    for m, net in enumerate(nets.nets):
        assert (net.bias.grad is None) == (m in nets.finished)


def test_rows_do_not_see_each_other():
    nets = random_nets(COLUMNS, ORDERS)
    rows = random_rows(COLUMNS)
    terms = nets(*rows)
    for i in range(3):
        alone = nets(*(a[i : i + 1] for a in rows))
        assert torch.allclose(alone, terms[i : i + 1], atol=1e-12)


def test_numbers_are_bounded_smoothly():
    numbers = torch.tensor([[0.0], [0.01], [-1e6]], dtype=torch.float64)
    nets = ColumnNets(COLUMNS[:1], [[0]])
    found = nets.seen(torch.zeros(3, 1, dtype=torch.long), numbers).bounded[:, 0]
    assert torch.allclose(found, torch.tensor([0.0, 0.01, -4.0]).double(), atol=1e-6)


def test_hidden_layers_of_equal_width_are_residual():
    net = ColumnNets(COLUMNS, ORDERS, hidden=(7, 7, 5)).nets[3].double()
    for p in net.parameters():
        torch.nn.init.normal_(p)
    codes, numbers = (
        torch.tensor([[0, 1]]),
        torch.randn(1, 2).double(),
    )
    rows = net.embedding[[0, COLUMNS[0].n_codes + 1]].flatten()
    h = torch.cat([rows, numbers[0], numbers[0] ** 2 / 2 - 0.5])
    first = net.layers[0]
    h = F.hardswish(first.weight[:, net.used] @ h + first.bias)
    h = h + F.hardswish(net.layers[1](h))
    h = F.hardswish(net.layers[2](h))
    expected = (net.weight @ h + net.base + net.bias)[: net.n_outputs]
    found = net(codes, numbers, numbers**2 / 2 - 0.5)
    assert torch.allclose(found[0], expected)

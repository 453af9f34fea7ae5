"""DomainTranslator; what all estimators must do is asked in the tests beside."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits

from skgen import DomainTranslator
from skgen.datasets import make_domains
from skgen.training import Step
from skgen.translation import DRGAN, DTN, UNIT, CycleGAN, DeepFake
from skgen.translation._closed_form import level_starts, transport
from skgen.translation._coded_games import _distorted
from skgen.translation._domain_players import (
    Columns,
    DomainCritic,
    PairwiseTranslator,
)
from skgen.translation._domains import DOMAIN_GAMES

SHORT = {"max_epochs": 2, "random_state": 0}


def gaussians(n=600, seed=0):
    """Two Gaussians, and the linear map between them."""
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(n, 2)) @ [[1.0, 0.3], [0.0, 0.5]]
    turn = np.array([[1.2, 0.2], [0.2, 0.8]])  # symmetric, positive: the transport
    B = (rng.normal(size=(n, 2)) @ [[1.0, 0.3], [0.0, 0.5]]) @ turn + [3.0, -1.0]
    return A, B, lambda X: X @ turn + [3.0, -1.0]


def inverted(n=400):
    X = load_digits().data[:n]
    return make_domains(X, "inverted", image_shape=(8, 8), random_state=0)


# -- translations ----------------------------------------------------------------------


def test_tables_begin_at_the_optimal_transport_of_gaussians():
    A, B, truth = gaussians()
    model = DomainTranslator(max_epochs=1, learning_rate=1e-9, random_state=0)
    model.fit_domains(A, B)
    assert np.square(model.transform(A) - truth(A)).mean() < 0.05
    assert np.square(model.inverse_transform(truth(A)) - A).mean() < 0.05
    assert_allclose(model.cycle(A), A, atol=0.02)
    assert_allclose(np.cov(model.transform(A).T), np.cov(B.T), atol=0.1)


def test_transports_of_gaussians_are_symmetric_and_bring_the_covariance():
    rng = np.random.default_rng(0)
    own, other = (a @ a.T for a in rng.normal(size=(2, 3, 3)))
    found = transport(own, other)
    assert_allclose(found @ own @ found.T, other, atol=1e-8)
    assert_allclose(found, found.T, atol=1e-8)
    assert np.linalg.eigvalsh(found).min() > 0


def test_images_begin_with_the_brightness_of_the_other_domain():
    images = load_digits().data.reshape(-1, 1, 8, 8)[:600] / 8 - 1
    A, B = images[:300], images[300:]
    start = level_starts([A, -B])
    assert_allclose(start["scales"][0, 1].ravel(), -1, atol=0.1)
    assert_allclose(start["shifts"][0, 1].ravel(), 0, atol=0.1)
    pale = level_starts([A, B / 2])
    assert_allclose(pale["scales"][0, 1].ravel(), 0.5, atol=0.1)
    same = level_starts([A, B])
    assert (same["scales"] == 1).all() and (same["shifts"] == 0).all()


def test_a_fit_brings_the_distribution_of_the_other_domain():
    A, B, truth = gaussians()
    model = DomainTranslator(max_epochs=20, random_state=0).fit_domains(A, B)
    found = model.transform(A)
    assert np.square(found - truth(A)).mean() < 0.05
    assert_allclose(np.cov(found.T), np.cov(B.T), atol=0.2)


def test_inverted_digits_become_inverted():
    data = inverted(1797)
    model = DomainTranslator(image_shape=(8, 8), max_epochs=1, random_state=0)
    model.fit(data.data, data.target)
    own = data.target == "original"
    found = model.translate(data.data[own], source="original", target="inverted")
    assert np.square(found - data.truth[own]).mean() < 0.05 * 16**2


@pytest.mark.parametrize("game", DOMAIN_GAMES)
def test_every_game_plays_with_tables_and_with_images(game, draw_mixed):
    X = draw_mixed(120)[0]
    y = np.where(np.arange(120) < 60, "a", "b")
    model = DomainTranslator(game, **SHORT).fit(X, y)
    found = model.transform(X)
    assert (found.dtypes == X.dtypes).all() and found.columns.equals(X.columns)
    assert set(found["category"].dropna()) <= set(X["category"].dropna())
    assert found.index.equals(X.index)
    data = inverted(60)
    model = DomainTranslator(game, image_shape=(8, 8), **SHORT)
    model.fit(data.data, data.target)
    back = model.inverse_transform(data.data)
    assert back.shape == (60, 64) and np.isfinite(back).all()


@pytest.mark.parametrize("game", ["cyclegan", "unit"])
def test_three_domains(game):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2)) + np.repeat([[0, 0], [5, 0], [0, 5]], 100, axis=0)
    y = np.repeat(["a", "b", "c"], 100)
    model = DomainTranslator(game, max_epochs=10, random_state=0).fit(X, y)
    for source, target in [("a", "c"), ("c", "b"), ("b", "a")]:
        found = model.translate(X[y == source], source=source, target=target)
        middle = X[y == target].mean(axis=0)
        assert_allclose(found.mean(axis=0), middle, atol=1.5)
    with pytest.raises(ValueError, match="seen in fit"):
        model.translate(X, source="a", target="d")
    own = model.translate(X, source="a", target="a")
    assert game == "unit" or np.allclose(own, X, atol=1e-5)


def test_domains_of_a_list_are_named_by_their_places():
    A, B, _ = gaussians(50)
    one = DomainTranslator(**SHORT).fit_domains(A, B)
    other = DomainTranslator(**SHORT).fit(np.vstack([A, B]), np.repeat([0, 1], 50))
    assert_array_equal(one.classes_, [0, 1])
    assert_array_equal(one.transform(A), other.transform(A))
    frames = [pd.DataFrame(X, columns=["u", "v"], index=range(50)) for X in (A, B)]
    found = DomainTranslator(**SHORT).fit_domains(*frames).transform(frames[0])
    assert_allclose(found.to_numpy(), one.transform(A))
    with pytest.raises(ValueError, match="two domains or more, got 1"):
        DomainTranslator().fit_domains(A)


def test_known_pairs_decide_what_distributions_cannot():
    # A cloud that looks the same after a turn by a third of a circle.
    rng = np.random.default_rng(0)
    angles = 2 * np.pi * np.arange(3) / 3
    centers = 3 * np.column_stack([np.cos(angles), np.sin(angles)])
    corner = rng.integers(3, size=600)
    X = centers[corner] + 0.2 * rng.normal(size=(600, 2))
    third = 2 * np.pi / 3
    turn = np.array([[np.cos(third), np.sin(third)], [-np.sin(third), np.cos(third)]])
    rows = np.vstack([X[:300], X[300:] @ turn, X[:30] @ turn])
    y = np.repeat([0, 1, 1], [300, 300, 30])
    pairs = np.column_stack([np.arange(30), 600 + np.arange(30)])
    errors = []
    for known in (None, pairs):
        model = DomainTranslator(max_epochs=60, random_state=0)
        found = model.fit(rows, y, pairs=known).transform(X[:300])
        errors.append(np.square(found - X[:300] @ turn).mean())
    assert errors[1] < 0.5 < 5 < errors[0]


def test_content_weight_bounds_how_far_rows_move():
    A, B, _ = gaussians(300)
    moved = []
    for weight in (0.0, 50.0):
        game = CycleGAN(content_weight=weight)
        model = DomainTranslator(game, max_epochs=20, random_state=0)
        moved.append(np.abs(model.fit_domains(A, B).transform(A) - A).mean())
    assert moved[1] < 0.7 * moved[0]


def test_early_stopping_looks_at_held_out_rows_of_the_target():
    data = inverted(200)
    model = DomainTranslator(
        image_shape=(8, 8), early_stopping=True, max_epochs=3, random_state=0
    ).fit(data.data, data.target)
    assert all(np.isfinite(row["valid_loss"]) for row in model.history_)


# -- players ---------------------------------------------------------------------------


def test_the_critic_sees_earlier_translations_again():
    critic = DomainCritic(lambda n, m: torch.nn.Linear(n, m), 1, 2, pool=4)
    generator = torch.Generator().manual_seed(0)
    first = torch.arange(4.0)[:, None]
    assert torch.equal(critic.exchange(first, 0, generator), first)
    second = 10 + first
    shown = critic.exchange(second, 0, generator)
    kept = critic.pool[0]
    assert (shown < 4).sum() == 2 and (shown >= 10).sum() == 2
    assert sorted(torch.cat([shown, kept]).flatten().tolist()) == [
        *first.flatten().tolist(),
        *second.flatten().tolist(),
    ]
    assert critic.filled.tolist() == [4, 0]
    none = DomainCritic(lambda n, m: torch.nn.Linear(n, m), 1, 2, pool=0)
    assert torch.equal(none.exchange(second, 1, generator), second)


def test_categories_stay_one_hot_and_have_gradients():
    columns = Columns(4, 2, [(1, 3)])
    h = torch.tensor([[5.0, 0.2, 0.9, 0.1]], requires_grad=True)
    found = columns.finish(h)
    assert_allclose(found.detach().numpy(), [[5.0, 0.0, 1.0, 0.0]], atol=1e-6)
    (slope,) = torch.autograd.grad(found[0, 2], h)
    assert slope[0, 2] > 0 > slope[0, 1] and slope[0, 0] == 0


class Still:
    """No closed-form start."""

    def start(self, x, source, target):
        return x


class Moves(torch.nn.Module):
    """Translators that add one on the way there, and take it back and a half more."""

    def __init__(self):
        super().__init__()
        self.around = Still()
        self.weight = torch.nn.Parameter(torch.zeros(()))

    def translate(self, x, source, target):
        return x + (1.0 if source == 0 else -1.5) + self.weight


class Sums(DomainCritic):
    """A critic whose score is the row."""

    def __init__(self):
        super().__init__(lambda n, m: torch.nn.Linear(n, m), 1, 2, pool=0)

    def forward(self, x, domains):
        return x.flatten()


def test_loss_of_a_cycle_by_hand():
    players = torch.nn.ModuleDict({"critic": Sums(), "translator": Moves()})
    batch = ((torch.zeros(3, 1),), (torch.ones(3, 1),))
    game = CycleGAN(cycle_weight=2.0, identity_weight=10.0, content_weight=100.0)
    step = Step(players, batch, torch.Generator(), total=1)
    loss, logs = game.translator(step)
    # Least squares of the scores 1 and -0.5 from 1; both cycles miss by a half; rows
    # of the target move by 1 and 1.5, and so do translations.
    fooled = 0.5 * np.mean([0.0, 1.5**2])
    assert logs["adversarial"].item() == pytest.approx(fooled)
    assert logs["cycle"].item() == pytest.approx(0.5)
    assert logs["identity"].item() == pytest.approx(1.25)
    assert loss.item() == pytest.approx(fooled + 2 * 0.5 + 10 * 1.25 + 100 * 1.25)
    pairs = [(0, 1, torch.zeros(2, 1), torch.full((2, 1), 3.0))]
    total, _ = game.objectives(pairs)["translator"](step)
    # There it misses by 2, back by 1.5.
    assert total.item() == pytest.approx(loss.item() + game.pair_weight * 3.5)


def test_feedback_of_the_classes_by_hand():
    class Two(DomainCritic):
        """A critic with the scores of a row and of its negative."""

        def __init__(self):
            super().__init__(lambda n, m: torch.nn.Linear(n, m), 1, 2, pool=0)
            self.net = None

        def forward(self, x, domains):
            return self.names(x).gather(1, domains[:, None])[:, 0]

        def names(self, x):
            return torch.cat([-x, x], dim=1)

    players = torch.nn.ModuleDict({"critic": Two(), "translator": Moves()})
    batch = ((torch.zeros(3, 1),), (torch.ones(3, 1),))
    games = [CycleGAN(identity_weight=0.0, class_weight=w) for w in (0.0, 2.0)]
    steps = [Step(players, batch, torch.Generator(), total=1) for _ in games]
    plain, more = (g.critic(s)[0] for g, s in zip(games, steps, strict=True))
    # Rows of the first domain are named by chance, those of the second by 1 against -1.
    named = 0.5 * (np.log(2) + np.log1p(np.exp(-2)))
    assert (more - plain).item() == pytest.approx(2 * named, rel=1e-5)
    plain, more = (g.translator(s)[0] for g, s in zip(games, steps, strict=True))
    # Translations are 1 in the second domain, and -0.5 in the first.
    named = 0.5 * (np.log1p(np.exp(-2)) + np.log1p(np.exp(-1)))
    assert (more - plain).item() == pytest.approx(2 * named, rel=1e-5)


def test_distortions_keep_images_that_are_constant():
    x = torch.ones(5, 2, 8, 8)
    generator = torch.Generator().manual_seed(0)
    torch.testing.assert_close(_distorted(x, 0.2, generator), x)
    ramp = torch.arange(8.0).expand(5, 1, 8, 8)
    moved = _distorted(ramp, 0.2, generator)
    assert len({round(float(image.mean()), 3) for image in moved}) == 5
    noisy = _distorted(torch.zeros(5000, 1), 0.3, generator)
    assert noisy.std().item() == pytest.approx(0.3, rel=0.1)


def test_two_domains_have_a_network_for_each_direction():
    net = PairwiseTranslator(lambda a, b: torch.nn.Linear(a, b), 3, 2, None)
    assert len(net.nets) == 2 and net.net_of(0) is not net.net_of(1)
    more = PairwiseTranslator(lambda a, b: torch.nn.Linear(a, b), 3, 4, None)
    seen = more.with_codes(torch.zeros(2, 3), 1, 2)
    assert seen.tolist() == [[0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]] * 2


# -- bad input -------------------------------------------------------------------------


def test_an_attribute_is_given_and_taken():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(600, 3))
    rows[:, 2] = np.repeat([0.0, 5.0], 300) + 0.3 * rng.normal(size=600)
    names = np.repeat(["bare", "glasses"], 300)
    model = DomainTranslator("genegan", max_epochs=60, random_state=0)
    model.fit(rows, names)
    given, taken = model.transform(rows[:300]), model.inverse_transform(rows[300:])
    assert abs(given[:, 2].mean() - 5) < 1 and abs(taken[:, 2].mean()) < 1
    assert np.corrcoef(given[:, 0], rows[:300, 0])[0, 1] > 0.7
    with pytest.raises(ValueError, match="is for two domains"):
        model.fit(rows, np.arange(600) % 3)


def test_codes_hide_the_domain():
    A, B, _ = gaussians(400)
    found = []
    for weight in (0.0, 30.0):
        game = DRGAN(confusion_weight=weight)
        model = DomainTranslator(game, max_epochs=30, random_state=0)
        found.append(model.fit_domains(A, B).history_[-1]["train_domain_of_codes"])
    assert found[1] > found[0] + 0.05


X = np.random.default_rng(0).normal(size=(20, 4))
Y = np.repeat([0, 1], 10)


@pytest.mark.parametrize(
    ("options", "y", "pairs", "message"),
    [
        ({}, None, None, "requires y to be passed"),
        ({}, np.zeros(20), None, "two domains or more"),
        ({}, np.append(np.zeros(19), 1), None, "two rows each at least"),
        ({}, Y, [[0, 1]], "pairs must be of rows of two domains"),
        ({}, Y, [[0, 20]], "pairs must hold places in X, 0 to 19"),
        ({}, Y, [[0.5, 1.5]], "whole numbers of shape"),
        ({}, Y, [0, 1], "pairs must hold two places"),
        ({"generator": "unet"}, Y, None, 'generator="unet" is for images'),
        ({"critic": "patch"}, Y, None, 'critic="patch" is for images'),
        (
            {"image_shape": (2, 2), "generator": "mlp"},
            Y,
            None,
            'generator="mlp" is for tables',
        ),
        ({"game": "unit", "generator": "mlp"}, Y, None, "encoder and decoders of its"),
        (
            {"generator": lambda a, b: torch.nn.Linear(a, b + 1)},
            Y,
            None,
            "generator must be a recipe",
        ),
        (
            {"critic": lambda a, b: torch.nn.Linear(a, b + 1)},
            Y,
            None,
            "critic must be a recipe",
        ),
    ],
)
def test_what_does_not_fit_is_refused_before_training(options, y, pairs, message):
    with pytest.raises(ValueError, match=message):
        DomainTranslator(**options, **SHORT).fit(X, y, pairs=pairs)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CycleGAN(cycle_weight=-1.0), "cycle_weight must be a finite number"),
        (lambda: CycleGAN(loss="energy_based"), "must not need an autoencoding critic"),
        (lambda: CycleGAN(loss="l2"), "loss must be a GANLoss or one of"),
        (lambda: CycleGAN(pool=-1), "pool must be a whole number >= 0"),
        (lambda: UNIT(kl_weight=float("inf")), "kl_weight must be a finite number"),
        (lambda: DTN(constancy_weight=None), "constancy_weight must be a finite"),
        (lambda: DeepFake(distortion=1.0), r"distortion must be in \[0, 1\)"),
    ],
)
def test_fields_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_fit_that_goes_on_keeps_its_game():
    model = DomainTranslator(warm_start=True, **SHORT).fit(X, Y).fit(X, Y)
    assert model.n_epochs_ == 4
    with pytest.raises(ValueError, match="game and its pool must be what they were"):
        model.set_params(game="unit").fit(X, Y)
    with pytest.raises(ValueError, match="must have rows of each domain"):
        model.set_params(game="cyclegan").fit(X, np.zeros(20, dtype=int))

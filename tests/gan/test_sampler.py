"""GANSampler; what all models must do is asked in test_common and test_generative."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from skorch.callbacks import Callback

from skgen import GANSampler
from skgen.gan import (
    Conditions,
    InfoCodes,
    InstanceNoise,
    MinibatchDeviation,
    Packing,
)
from skgen.gan._game import GANGame
from skgen.gan._players import Critic
from skgen.losses.gan import (
    LOSSES,
    BoundaryEquilibrium,
    LeastSquares,
    Minimax,
    WassersteinGP,
)
from skgen.losses.penalties import R1, GradientPenalty
from skgen.training import Step

TINY = {"n_latent": 4, "max_epochs": 2, "random_state": 0}
SCORES = sorted(name for name, loss in LOSSES.items() if not loss.autoencoding)


def ring(n=2000, seed=0):
    """Rows on a ring of 8 Gaussians, and their centers."""
    rng = np.random.default_rng(seed)
    angles = np.arange(8) * np.pi / 4
    centers = 2 * np.column_stack([np.cos(angles), np.sin(angles)])
    return centers[rng.integers(8, size=n)] + 0.05 * rng.normal(size=(n, 2)), centers


@pytest.mark.parametrize("loss", SCORES)
def test_every_loss_trains(loss):
    X = ring(300)[0]
    gan = GANSampler(loss, **TINY).fit(X)
    drawn = gan.sample(20, random_state=0)
    assert np.isfinite(drawn).all()
    assert {"train_critic_loss", "train_generator_loss"} <= set(gan.history_[-1])


@pytest.mark.parametrize("loss", ["energy_based", "boundary_equilibrium"])
def test_autoencoding_critics(loss):
    gan = GANSampler(loss, **TINY).fit(ring(300)[0])
    assert np.isfinite(gan.sample(5, random_state=0)).all()
    X = load_digits().data[:50]
    gan = GANSampler(loss, image_shape=(8, 8), **TINY).fit(X)
    assert gan.sample(2).shape == (2, 64)


def test_penalties_and_losses_may_be_objects():
    X = ring(200)[0]
    for penalty in (None, R1(), GradientPenalty()):
        gan = GANSampler(LeastSquares(), penalty=penalty, **TINY).fit(X)
        assert ("train_penalty" in gan.history_[-1]) == (penalty is not None)


def test_clipped_weights_stay_in_their_bounds():
    gan = GANSampler("wasserstein", **TINY).fit(ring(300)[0])
    bound = LOSSES["wasserstein"].clip
    critic = [a for k, a in gan.weights_.items() if k.startswith("critic.")]
    assert max(np.abs(a).max() for a in critic) <= bound


def test_n_critic_steps_of_the_critic_for_one_of_the_generator():
    X = ring(320)[0]
    weights = [
        GANSampler(Minimax(n_critic=n), batch_size=64, ema=0, **TINY).fit(X).weights_
        for n in (1, 3)
    ]
    moved = [
        np.abs(w["generator.net.0.weight"] - w["generator.net.0.weight"].mean()).sum()
        for w in weights
    ]
    assert moved[0] != moved[1]


def test_mixed_table(draw_mixed):
    X = draw_mixed(300)[0]
    gan = GANSampler(max_epochs=20, random_state=0, n_latent=8).fit(X)
    drawn = gan.sample(150, random_state=1)
    assert (drawn.dtypes == X.dtypes).all()
    assert drawn.columns.equals(X.columns)
    assert len(drawn) == 150
    assert set(drawn["category"]) <= set(X["category"])
    assert drawn["missing"].isna().any()
    assert drawn["number"].between(X["number"].min(), X["number"].max()).all()
    pd.testing.assert_frame_equal(gan.sample(150, random_state=1), drawn)


def test_classes():
    X, centers = ring(1200)
    y = np.array(list("abcdefgh"))[
        np.argmin(((X[:, None] - centers) ** 2).sum(-1), axis=1)
    ]
    gan = GANSampler(max_epochs=60, batch_size=128, random_state=0).fit(X, y)
    for place, label in enumerate("abcdefgh"):
        drawn = gan.sample(50, y=label, random_state=0)
        nearest = np.argmin(((drawn[:, None] - centers) ** 2).sum(-1), axis=1)
        assert (nearest == place).mean() > 0.8
    assert gan.sample(3, y=["a", "b", "a"]).shape == (3, 2)
    assert gan.sample(7).shape == (7, 2)
    with pytest.raises(ValueError, match="labels seen in fit"):
        gan.sample(2, y="z")
    with pytest.raises(ValueError, match="must give the classes"):
        gan.generate(np.zeros((1, gan.n_latent_)))
    plain = GANSampler(**TINY).fit(X)
    with pytest.raises(ValueError, match="y must be None"):
        plain.sample(2, y="a")
    late = GANSampler(**TINY).partial_fit(X[y < "c"], y[y < "c"], classes=list("abcd"))
    assert late.partial_fit(X[y < "e"], y[y < "e"]).sample(3, y="d").shape == (3, 2)


def test_auxiliary_classifier_and_packing():
    X, centers = ring(300)
    y = np.argmin(((X[:, None] - centers) ** 2).sum(-1), axis=1)
    for options in (
        {"conditions": Conditions(critic="auxiliary")},
        {"conditions": Conditions(critic="embedding")},
        {"critic_input": [Packing(4)]},
    ):
        gan = GANSampler(**options, **TINY).fit(X, y)
        assert gan.sample(4, y=1).shape == (4, 2)


@pytest.mark.slow
def test_ring_of_eight_gaussians():
    X, centers = ring()
    gan = GANSampler(random_state=0, max_epochs=150).fit(X)
    drawn = gan.sample(1000, random_state=0)
    distance = np.sqrt(((drawn[:, None] - centers) ** 2).sum(-1))
    assert (distance.min(axis=1) < 0.15).mean() > 0.8
    assert len(np.unique(distance.argmin(axis=1))) == 8


def test_images():
    X, y = load_digits(return_X_y=True)
    gan = GANSampler(image_shape=(8, 8), **TINY).fit(X[:300], y[:300])
    drawn = gan.sample(6, y=np.arange(6), random_state=0)
    assert drawn.shape == (6, 64)
    assert drawn.min() >= 0 and drawn.max() <= 16
    embedding = Conditions(critic="embedding")
    gan = GANSampler(image_shape=(8, 8), conditions=embedding, **TINY)
    assert gan.fit(X[:50], y[:50]).sample(2).shape == (2, 64)
    residual = GANSampler(
        "hinge", image_shape=(8, 8), generator="resnet", critic="resnet", **TINY
    ).fit(X[:100])
    assert residual.sample(2, random_state=0).shape == (2, 64)
    # Running moments belong to the averaged weights: draws do not depend on the batch.
    z = np.random.default_rng(0).normal(size=(9, 4))
    assert_allclose(residual.generate(z)[:3], residual.generate(z[:3]), atol=1e-6)


def test_generate_and_interpolate():
    X = ring(200)[0]
    gan = GANSampler(**TINY).fit(X)
    z = np.random.default_rng(0).normal(size=(3, 4))
    for method in ("linear", "spherical"):
        line = gan.interpolate(z[:2], z[1:], n_steps=5, method=method)
        assert line.shape == (10, 2)
        assert_allclose(line[[0, 4, 9]], gan.generate(z[[0, 1, 2]]), atol=1e-6)
    assert gan.interpolate(z[0], z[1]).shape == (10, 2)
    for wrong, message in (
        (lambda: gan.generate(np.zeros((2, 3))), "the 4 columns of the noise"),
        (lambda: gan.interpolate(z, z[:2]), "same shape"),
        (lambda: gan.interpolate(z, z, n_steps=1), "n_steps"),
        (lambda: gan.interpolate(z[None], z[None]), "dim"),
        (lambda: gan.interpolate(z, z, method="cubic"), "method"),
    ):
        with pytest.raises(ValueError, match=message):
            wrong()


def test_nearest_training_rows():
    X = ring(200)[0]
    gan = GANSampler(**TINY).fit(X)
    distances, places = gan.nearest_training(X[[3, 50]], X)
    assert places.tolist() == [3, 50]
    assert_allclose(distances, 0, atol=1e-9)


def test_early_stopping_keeps_the_nearest_weights():
    class Snapshots(Callback):
        def on_train_begin(self, net, **kwargs):
            self.weights = []

        def on_epoch_end(self, net, **kwargs):
            self.weights.append(net.snapshot())

    snapshots = Snapshots()
    gan = GANSampler(
        early_stopping=True,
        n_iter_no_change=5,
        max_epochs=40,
        learning_rate=1e-2,
        callbacks=[snapshots],
        n_latent=4,
        random_state=0,
    ).fit(ring(400)[0])
    losses = [row["valid_loss"] for row in gan.history_]
    best = int(np.argmin(losses))
    assert 0 < best == len(losses) - 6 and len(losses) < 40
    kept = [k for k, w in enumerate(snapshots.weights) if _equal(w, gan.weights_)]
    assert kept == [best]


def _equal(found, weights):
    return all(np.array_equal(found[k].numpy(), weights[k]) for k in weights)


def test_collapse_is_a_warning():
    class Same(torch.nn.Module):
        def __init__(self, n_in, n_out):
            super().__init__()
            self.row = torch.nn.Parameter(torch.zeros(n_out))

        def forward(self, z):
            return self.row.expand(len(z), -1)

    with pytest.warns(ConvergenceWarning, match="collapsed"):
        GANSampler(generator=Same, **TINY).fit(ring(100)[0])

    class Nearly(Same):
        def forward(self, z):
            return self.row + 1e-6 * z[:, :2]

    with pytest.warns(ConvergenceWarning, match="collapsed"):
        GANSampler(generator=Nearly, **TINY).fit(ring(100)[0])


def test_small_and_simple_tables():
    only = pd.DataFrame({"a": list("xyz") * 5, "b": [True, False, True] * 5})
    drawn = GANSampler(**TINY).fit(only).sample(20, random_state=0)
    assert set(drawn["a"]) <= set("xyz")
    constant = np.column_stack([np.ones(10), np.arange(10.0)])
    assert (GANSampler(**TINY).fit(constant).sample(5)[:, 0] == 1).all()
    assert GANSampler(batch_size=5000, **TINY).fit(ring(30)[0]).sample(1).shape == (
        1,
        2,
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"generator": "dcgan"}, "image_shape"),
        ({"generator": "mlp", "image_shape": (2, 2)}, '"mlp" is for tables'),
        ({"generator": lambda a, b: torch.nn.Linear(a, b + 1)}, "generator must be"),
        ({"image_shape": (3, 3)}, "image_shape"),
        ({"learning_rate": {"generator": 1e-3}}, "learning_rate must be.*one for"),
        ({"learning_rate": {"generator": 1e-3, "critic": -1}}, "learning_rate must be"),
        ({"critic_input": [Packing(31)]}, "pack of critic_input must be at most"),
        ({"critic_input": [4]}, "critic_input must hold objects.*got 4"),
        (
            {"loss": "energy_based", "image_shape": (2, 2), "critic": "resnet"},
            "brings images back",
        ),
        ({"loss": "no such loss"}, "loss"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        GANSampler(**options, **TINY).fit(np.random.default_rng(0).normal(size=(30, 4)))


def test_wrong_calls_are_refused():
    X = ring(50)[0]
    with pytest.raises(ValueError, match="at least 2|minimum of 2"):
        GANSampler(**TINY).fit(X[:1])
    with pytest.raises(ValueError, match="inf"):
        GANSampler(**TINY).fit(np.where(X > 2, np.inf, X))
    gan = GANSampler(**TINY).fit(X)
    with pytest.raises(ValueError, match="n_samples"):
        gan.sample(0)
    assert gan.sample(1).shape == (1, 2)


def test_partial_fit_goes_on():
    X = ring(100)[0]
    gan = GANSampler(**TINY)
    for k in range(3):
        gan.partial_fit(X)
        assert gan.n_epochs_ == k + 1
    assert_array_equal(gan.sample(3, random_state=0).shape, (3, 2))
    with pytest.raises(ValueError, match="without labels"):
        gan.partial_fit(X, np.zeros(100, dtype=int))


def test_state_of_a_loss_survives():
    X = ring(300)[0]
    loss = BoundaryEquilibrium(gamma=1.0, rate=0.5)
    gan = GANSampler(loss, **TINY).fit(X)
    before = gan.weights_["critic.state_k"]
    assert before > 0
    again = pickle.loads(pickle.dumps(gan)).partial_fit(X)
    assert_array_equal(
        again.weights_["critic.state_k"], gan.partial_fit(X).weights_["critic.state_k"]
    )


def test_wasserstein_losses_have_more_steps_of_the_critic():
    X = ring(300)[0]
    drawn = [
        GANSampler(loss, batch_size=50, **TINY).fit(X)
        for loss in (
            "wasserstein_gp",
            WassersteinGP(n_critic=5),
            WassersteinGP(n_critic=1),
        )
    ]
    drawn = [gan.sample(5, random_state=0) for gan in drawn]
    assert_array_equal(drawn[0], drawn[1])
    assert np.abs(drawn[0] - drawn[2]).max() > 1e-3


@pytest.mark.parametrize(
    "options",
    [
        {"critic_input": [Packing(2)]},
        {"critic_input": [Packing(4)], "batch_size": 16},
    ],
)
def test_rows_left_over_from_packs(options):
    rng = np.random.default_rng(0)
    for n in (5, 33, 65):
        gan = GANSampler(**options, **TINY).fit(rng.normal(size=(n, 3)))
        assert np.isfinite(gan.sample(3, random_state=0)).all()


def test_deviation_of_batches_with_constant_columns():
    X = load_digits().data[:200]
    gan = GANSampler(
        critic_input=[MinibatchDeviation()], image_shape=(8, 8), **TINY
    ).fit(X)
    assert np.isfinite(gan.sample(2, random_state=0)).all()


def test_a_fitted_model_is_what_it_was_whatever_its_parameters_say():
    X = ring(100)[0]
    gan = GANSampler(warm_start=True, **TINY).fit(X)
    drawn, scores = gan.sample(5, random_state=0), gan.critic_scores(X)
    changes = [
        ("codes", InfoCodes(2)),
        ("critic_input", [Packing(2)]),
        ("image_shape", (1, 2)),
        ("loss", "boundary_equilibrium"),
        ("critic_input", [MinibatchDeviation()]),
        ("n_latent", 7),
        ("conditions", "all"),
        ("conditions", Conditions(critic="auxiliary")),
    ]
    for name, value in changes:
        before = getattr(gan, name)
        gan.set_params(**{name: value})
        assert_array_equal(gan.sample(5, random_state=0), drawn)
        assert_array_equal(gan.critic_scores(X), scores)
        with pytest.raises(ValueError, match=f"{name} must be what it was"):
            gan.fit(X)
        gan.set_params(**{name: before})
        assert_array_equal(gan.sample(5, random_state=0), drawn)
    assert gan.fit(X).n_epochs_ == 4


def test_loaded_weights_are_gone_on_from(tmp_path):
    X = ring(100)[0]
    slow = {**TINY, "learning_rate": 1e-12, "warm_start": True}
    other = GANSampler(**{**slow, "random_state": 1}).fit(X)
    other.save_weights(tmp_path / "weights.safetensors")
    gan = GANSampler(**slow).fit(X).load_weights(tmp_path / "weights.safetensors")
    gan.fit(X)
    for name, weight in other.weights_.items():
        assert_allclose(gan.weights_[name], weight, atol=1e-6)


def test_penalties_are_of_packs():
    class Slope(torch.nn.Module):
        """Slope 1 in a pack of two rows of three columns."""

        def __init__(self, *_):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.full((6, 1), 6**-0.5))

        def forward(self, x):
            return x @ self.weight

    class Zeros(torch.nn.Module):
        columns = None

        def forward(self, z, *_):
            return torch.zeros(len(z), 3)

    players = {"critic": Critic(Slope, (3,), pack=2), "generator": Zeros()}
    batch = (torch.randn(7, 3),)  # a row is left over
    for penalty, want in ((GradientPenalty(), 0.0), (R1(weight=2.0), 1.0)):
        game = GANGame(LOSSES["minimax"], 2, penalty=penalty)
        step = Step(players, batch, torch.Generator().manual_seed(0))
        _, logs = game.critic(step)
        assert_allclose(logs["penalty"], want, atol=1e-6)


def test_penalty_counts_on_every_so_manieth_step_as_many_times_as_much():
    players = {
        "critic": Critic(lambda shape, m: torch.nn.Linear(*shape, m), (2,)),
        "generator": lambda z, *_: torch.zeros(len(z), 2),
    }
    batch = (torch.ones(4, 2),)

    def loss(penalty, total):
        game = GANGame(LOSSES["minimax"], 2, penalty=penalty)
        players["generator"].columns = None
        step = Step(players, batch, torch.Generator(), total=total)
        found, logs = game.critic(step)
        return found.item(), logs.get("penalty")

    (plain, _), (with_1, term) = loss(None, 0), loss(R1(weight=1.0, every=1), 5)
    assert with_1 - plain == pytest.approx(term.item(), rel=1e-5)
    (with_4, same), (between, none) = (loss(R1(weight=1.0, every=4), t) for t in (8, 9))
    assert same == term and none is None
    assert with_4 - plain == pytest.approx(4 * term.item(), rel=1e-5)
    assert between == plain


def test_instance_noise_decays_to_zero():
    noise, x = InstanceNoise(0.5), torch.zeros(5000, 2)

    def deviation(progress):
        draws = torch.Generator().manual_seed(0)
        return noise.add(x, Step({}, (), draws, progress=progress)).std().item()

    assert deviation(0.0) == pytest.approx(0.5, rel=0.05)
    assert deviation(0.5) == pytest.approx(0.25, rel=0.05)
    assert deviation(1.0) == 0


def test_rates_of_the_players():
    X = ring(200)[0]
    same = [
        GANSampler(learning_rate=rate, **TINY).fit(X).sample(5, random_state=0)
        for rate in (1e-3, {"generator": 1e-3, "critic": 2e-3})
    ]
    assert_array_equal(*same)
    still = {"generator": 1e-3, "critic": 1e-12}
    gan = GANSampler(learning_rate=still, warm_start=True, ema=0, **TINY).fit(X)
    before = gan.weights_
    gan.fit(X)
    for name, value in before.items():
        moved = np.abs(gan.weights_[name] - value).max()
        if name.startswith("critic"):
            assert moved < 1e-8
        elif name.endswith("weight"):
            assert moved > 1e-5


@pytest.mark.parametrize("shape", [(32, 32, 3), (28, 28), (9, 7, 3)])
@pytest.mark.parametrize("name", ["dcgan", "resnet"])
def test_colours_and_sizes(shape, name):
    X = np.random.default_rng(0).integers(0, 256, (6, np.prod(shape))).astype(np.uint8)
    options = {**TINY, "max_epochs": 1}
    gan = GANSampler(image_shape=shape, generator=name, critic=name, **options).fit(X)
    drawn = gan.sample(2, random_state=0)
    assert drawn.shape == (2, X.shape[1])
    assert drawn.dtype == X.dtype

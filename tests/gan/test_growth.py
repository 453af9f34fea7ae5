"""Networks that grow, and changes of the images that a critic sees."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from skorch.callbacks import Callback

from skgen.gan import BayesianGAN, DiffAugment, GANSampler, Growth
from skgen.nn import (
    BigGANGenerator,
    ConditionalBatchNorm2d,
    DCGANGenerator,
    GrowingCritic,
    GrowingGenerator,
)

TINY = {"n_latent": 4, "max_epochs": 1, "random_state": 0}
DIGITS = load_digits().data[:80]
SHAPE = (8, 8)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


# -- networks --------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 28, 28), (1, 8, 8), (2, 9, 21)])
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_shapes_at_every_level(shape, level):
    net, critic = GrowingGenerator(5, shape), GrowingCritic(shape, 2)
    for module in (net, critic):
        assert float(module.level) == module.n_stages >= 1
        module.level.fill_(level)
    images = net(torch.randn(3, 5))
    assert images.shape == (3, *shape)
    assert images.abs().max() <= 1
    assert critic(images).shape == (3, 2)


def test_a_stage_comes_in_without_a_jump(generator):
    z = torch.randn(4, 5, generator=generator)
    net = GrowingGenerator(5, (1, 16, 16))
    critic = GrowingCritic((1, 16, 16), 1)
    x = torch.randn(4, 1, 16, 16, generator=generator)
    for module, given in ((net, z), (critic, x)):
        found = []
        for level in (1.0, 1.0 + 1e-6, 1.5, 2.0):
            module.level.fill_(level)
            found.append(module(given))
        assert torch.allclose(found[0], found[1], atol=1e-4)
        assert not torch.allclose(found[0], found[2], atol=1e-4)


def test_small_levels_have_large_pixels(generator):
    net = GrowingGenerator(5, (1, 16, 16))
    net.level.fill_(0.0)
    image = net(torch.randn(1, 5, generator=generator))[0, 0]
    blocks = image.reshape(4, 4, 4, 4)
    assert torch.allclose(blocks, blocks[:, :1, :, :1])


def test_a_critic_of_low_level_sees_means(generator):
    critic = GrowingCritic((1, 16, 16), 1)
    critic.level.fill_(1.0)
    x = torch.randn(2, 1, 16, 16, generator=generator)
    blurred = torch.nn.functional.avg_pool2d(x, 2).repeat_interleave(2, 2)
    assert torch.allclose(critic(x), critic(blurred.repeat_interleave(2, 3)), atol=1e-5)


# -- the fit ---------------------------------------------------------------------------


def test_levels_rise_to_the_last():
    growth = Growth(share=0.5)
    levels = [growth.level(p, 3) for p in np.linspace(0, 1, 101)]
    assert levels[0] == 0 and levels[-1] == 3
    assert (np.diff(levels) >= 0).all()
    assert growth.level(0.5, 3) == 3
    assert growth.level(0.5 / 6, 3) == 0  # half of the first stage


@pytest.mark.parametrize("loss", ["minimax", BayesianGAN(2)])
def test_a_fit_grows(loss):
    gan = GANSampler(loss, image_shape=SHAPE, growth=Growth(), **TINY).fit(DIGITS)
    assert gan.sample(3, random_state=0).shape == (3, 64)
    levels = [v for k, v in gan.weights_.items() if k.endswith("level")]
    assert len(levels) >= 2 and all(v == 1 for v in levels)


def test_what_is_grown_stays_so():
    gan = GANSampler(
        image_shape=SHAPE, growth=Growth(), warm_start=True, n_latent=4, max_epochs=1
    ).fit(DIGITS)
    levels = []

    class Watch(Callback):
        def on_epoch_end(self, net, **kwargs):
            levels.append(float(net.module_["generator"].net.level))

    gan.set_params(callbacks=[Watch()]).fit(DIGITS)
    gan.partial_fit(DIGITS)
    assert levels == [1.0, 1.0]


def test_growth_changes_the_fit_only_while_it_lasts():
    found = []
    for growth in (Growth(0.01), Growth(1.0)):
        gan = GANSampler(image_shape=SHAPE, growth=growth, **TINY).fit(DIGITS)
        found.append(gan.sample(3, random_state=0))
    assert not np.allclose(*found)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"growth": Growth()}, "growth is for images"),
        (
            {"growth": Growth(), "image_shape": SHAPE, "early_stopping": True},
            "early_stopping must be False with growth",
        ),
        (
            {
                "growth": Growth(),
                "image_shape": SHAPE,
                "loss": "boundary_equilibrium",
            },
            "does not grow",
        ),
        ({"critic_input": [DiffAugment()]}, "DiffAugment is for images"),
        (
            {"growth": Growth(), "image_shape": SHAPE, "generator": "dcgan"},
            "needs a generator that grows",
        ),
        (
            {"growth": Growth(), "image_shape": SHAPE, "generator": DCGANGenerator},
            "needs a generator that grows",
        ),
    ],
)
def test_what_does_not_suit_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        GANSampler(**options, **TINY).fit(DIGITS)


def test_bad_options_are_refused():
    with pytest.raises(ValueError, match="share must be a number"):
        Growth(0.0)
    with pytest.raises(ValueError, match="kinds must be some of"):
        DiffAugment(("flip",))
    with pytest.raises(ValueError, match="probability must be"):
        DiffAugment(probability=2)


# -- parts of BigGAN -------------------------------------------------------------------


def test_normalisation_is_told_the_code(generator):
    norm = ConditionalBatchNorm2d(3, 2)
    x = torch.randn(20, 3, 4, 4, generator=generator)
    given = torch.zeros(20, 2)
    plain = torch.nn.BatchNorm2d(3)
    assert torch.allclose(norm(x, given), plain(x), atol=1e-5)
    norm.given.weight.data[:] = torch.randn(6, 2, generator=generator)
    given[10:, 0] = 1
    found = norm(x, given)
    scale = 1 + norm.given.weight[:3, 0]
    shift = norm.given.weight[3:, 0]
    expected = plain(x)[10:] * scale[:, None, None] + shift[:, None, None]
    assert torch.allclose(found[10:], expected, atol=1e-5)
    assert torch.allclose(found[:10], plain(x)[:10], atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 9, 21)])
def test_biggan_makes_images(shape):
    images = BigGANGenerator(5, shape)(torch.randn(3, 5))
    assert images.shape == (3, *shape) and images.abs().max() <= 1


def test_truncated_noise_is_bounded_and_normal_within():
    gan = GANSampler(n_latent=4, max_epochs=1, random_state=0).fit(DIGITS[:, 20:24])
    z = gan._noise(np.random.default_rng(0), 20_000, 0.7)
    assert np.abs(z).max() <= 0.7
    inside = np.random.default_rng(1).standard_normal(200_000)
    inside = inside[np.abs(inside) < 0.7]
    assert z.std() == pytest.approx(inside.std(), abs=0.01)
    wide, narrow = (gan.sample(500, truncation=t, random_state=0) for t in (None, 0.1))
    assert narrow.std(axis=0).sum() < wide.std(axis=0).sum()
    with pytest.raises(ValueError, match="truncation must be a number > 0"):
        gan.sample(3, truncation=0)


# -- changed images --------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["colour", "shift", "cutout"])
@pytest.mark.parametrize("channels", [1, 3])
def test_changes_differ_by_image_and_have_gradients(kind, channels, generator):
    x = torch.rand(16, channels, 12, 10, generator=generator) + 0.2
    x.requires_grad_(True)
    found = DiffAugment((kind,))(x, generator)
    assert found.shape == x.shape
    changed = (found != x).flatten(1).any(dim=1)
    assert changed.float().mean() > 0.7
    (slope,) = torch.autograd.grad(found.sum(), x)
    assert slope.abs().sum() > 0


def test_shift_moves_whole_images(generator):
    x = torch.rand(200, 1, 16, 16, generator=generator) + 1
    found = DiffAugment(("shift",))(x, generator)
    moves = set()
    for before, after in zip(x[:, 0], found[:, 0], strict=True):
        place = (after == before[8, 8]).nonzero()[0] - 8
        moves.add(tuple(place.tolist()))
    assert {m for m, _ in moves} == {m for _, m in moves} == {-2, -1, 0, 1, 2}


def test_cutout_hides_a_quarter_at_most(generator):
    x = torch.ones(100, 1, 16, 16)
    hidden = (DiffAugment(("cutout",))(x, generator) == 0).float().mean(dim=(1, 2, 3))
    assert hidden.max() == 0.25 and 0.05 < hidden.min() < 0.2


def test_brightness_keeps_the_differences_of_pixels(generator):
    x = torch.rand(5, 1, 6, 6, generator=generator)
    found = DiffAugment(("colour",))(x, generator)
    a, b = (v.flatten(1) - v.flatten(1)[:, :1] for v in (x, found))
    ratio = b[:, 1:] / a[:, 1:]
    assert torch.allclose(ratio, ratio[:, :1].expand_as(ratio), atol=1e-3)
    assert ((ratio > 0.49) & (ratio < 1.51)).all()


def test_probability(generator):
    x = torch.rand(50, 1, 8, 8, generator=generator)
    assert torch.equal(DiffAugment(probability=0.0)(x, generator), x)
    found = DiffAugment(probability=1.0)(x, generator, torch.tensor(0.0))
    assert torch.equal(found, x)


def test_the_probability_adapts():
    share = torch.tensor(0.5)
    sure = DiffAugment.adapted(share, torch.ones(100))
    unsure = DiffAugment.adapted(share, torch.tensor([1.0, -1.0] * 50))
    assert sure == pytest.approx(0.501) and unsure == pytest.approx(0.499)
    gan = GANSampler(
        image_shape=SHAPE, critic_input=[DiffAugment(probability="adaptive")], **TINY
    ).fit(DIGITS)
    assert all(0 <= row["train_augment"] <= 1 for row in gan.history_)


def test_few_images_are_changed_by_default():
    """As many as it takes, where a score of 0 parts real from generated."""
    for loss, adapts in (("minimax", True), ("hinge", True), ("wasserstein_gp", False)):
        gan = GANSampler(loss, image_shape=SHAPE, **TINY).fit(DIGITS)
        assert ("train_augment" in gan.history_[-1]) == adapts
    gan = GANSampler(image_shape=SHAPE, critic_input=[], **TINY).fit(DIGITS)
    assert "train_augment" not in gan.history_[-1]
    gan = GANSampler(**TINY).fit(DIGITS)
    assert "train_augment" not in gan.history_[-1]

"""Likelihoods of pixels: masses sum to one, draws follow them, starts, expectations."""

import itertools

import numpy as np
import pytest
import torch
from scipy.stats import chisquare, kstest, norm
from torch.distributions import Bernoulli, Categorical, Normal

from skgen.latent._pixels import PIXELS

SHAPE = (2, 1, 2)  # two channels of two pixels
LEVELS = 3
DISCRETE = ["categorical", "logistic"]


def drawn(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def build(name, levels=LEVELS):
    """A likelihood of float64 and outputs for it."""
    model = PIXELS[name](SHAPE, levels if name in DISCRETE else None).double()
    return model.requires_grad_(False), drawn(1, *model.output_shape)


def uniform(n, model):
    generator = torch.Generator().manual_seed(3)
    return torch.rand(n, *model.noise_shape, generator=generator, dtype=torch.float64)


def every_image(values):
    """All images of some values, (n, *SHAPE)."""
    return torch.tensor(list(itertools.product(values, repeat=4))).view(-1, *SHAPE)


@pytest.mark.parametrize("name", ["bernoulli", *DISCRETE])
def test_masses_of_all_images_sum_to_one(name):
    model, outputs = build(name)
    images = every_image((-1.0, 1.0) if name == "bernoulli" else range(LEVELS))
    total = model.log_prob(outputs.expand(len(images), -1, -1, -1), images.double())
    assert total.exp().sum().item() == pytest.approx(1)
    assert total.shape == (len(images),)


def test_bernoulli_is_that_of_torch_and_values_between_count_by_their_share():
    model, logits = build("bernoulli")
    one = Bernoulli(logits=logits)
    share = torch.tensor([0.0, 1.0, 1.0, 0.25]).view(1, *SHAPE).double()
    expected = share * one.log_prob(torch.ones(())) + (1 - share) * one.log_prob(
        torch.zeros(())
    )
    found = model.log_prob(logits, 2 * share - 1)
    torch.testing.assert_close(found, expected.sum(dim=(1, 2, 3)))


def test_gaussian_is_that_of_torch():
    model, means = build("gaussian")
    model.first.fill_(-0.7)
    model.pace.data.fill_(0.02)
    x = drawn(5, *SHAPE, seed=1)
    one = Normal(means, torch.tensor(-0.5).double().exp())
    found = model.log_prob(means.expand(5, -1, -1, -1), x)
    torch.testing.assert_close(found, one.log_prob(x).sum(dim=(1, 2, 3)))


def test_categorical_is_that_of_torch():
    model, outputs = build("categorical")
    logits = outputs.view(1, 2, LEVELS, 1, 2).movedim(2, -1)
    x = torch.tensor([0, 2, 1, 1]).view(1, *SHAPE)
    found = model.log_prob(outputs, x)
    expected = Categorical(logits=logits).log_prob(x).sum(dim=(1, 2, 3))
    torch.testing.assert_close(found, expected)


def masses(model, outputs, values):
    """Mass of each value of each pixel, (n_values, *SHAPE), from `log_prob` alone."""
    found = torch.empty(len(values), *SHAPE, dtype=torch.float64)
    for place in itertools.product(*map(range, SHAPE)):
        images = torch.full((len(values), *SHAPE), values[0], dtype=torch.float64)
        images[(slice(None), *place)] = torch.tensor(values, dtype=torch.float64)
        log_p = model.log_prob(outputs.expand(len(values), -1, -1, -1), images)
        found[(slice(None), *place)] = torch.softmax(log_p, dim=0)
    return found


@pytest.mark.parametrize("name", ["bernoulli", *DISCRETE])
def test_draws_follow_the_masses(name):
    model, outputs = build(name)
    values = (-1.0, 1.0) if name == "bernoulli" else tuple(range(LEVELS))
    n, outputs = 4000, 0.5 * outputs
    found = model.draw(outputs.expand(n, -1, -1, -1), uniform(n, model))
    assert found.shape == (n, *SHAPE)
    expected = n * masses(model, outputs, values)
    counts = torch.stack([(found == v).sum(dim=0) for v in values])
    assert (counts.sum(dim=0) == n).all()
    assert (
        chisquare(counts.flatten(1).numpy(), expected.flatten(1).numpy()).pvalue.min()
        > 1e-3
    )
    # Pixels are drawn apart from each other.
    assert np.corrcoef(found.flatten(1).T.numpy()).flatten()[1:4] == pytest.approx(
        0, abs=0.06
    )


def test_gaussian_draws_follow_the_density():
    model, means = build("gaussian")
    model.first.fill_(-0.5)
    found = model.draw(means.expand(4000, -1, -1, -1), uniform(4000, model))
    z = (found - means) / np.exp(-0.5)
    assert kstest(z.flatten().numpy(), norm.cdf).pvalue > 1e-3
    assert np.corrcoef(z.flatten(1).T.numpy())[0, 1:] == pytest.approx(0, abs=0.06)


def test_expected_images():
    model, logits = build("bernoulli")
    torch.testing.assert_close(model.expected(logits), 2 * torch.sigmoid(logits) - 1)
    model, means = build("gaussian")
    torch.testing.assert_close(model.expected(means), means)
    levels = torch.arange(LEVELS).double()[:, None, None, None]
    model, outputs = build("categorical")
    mean = (masses(model, outputs, tuple(range(LEVELS))) * levels).sum(dim=0)
    torch.testing.assert_close(model.expected(outputs)[0], mean.round())
    model, outputs = build("logistic", levels=9)
    below = masses(model, outputs, tuple(range(9))).cumsum(dim=0)
    torch.testing.assert_close(
        model.expected(outputs)[0], (below < 0.5).sum(dim=0).double()
    )


@pytest.mark.parametrize("name", DISCRETE)
def test_an_encoder_sees_levels_from_minus_one_to_one(name):
    model, _ = build(name)
    seen = model.seen(torch.tensor([0, 1, 2], dtype=torch.uint8))
    torch.testing.assert_close(seen, torch.tensor([-1.0, 0.0, 1.0]).double())


def test_networks_start_from_the_marginals():
    rng = np.random.default_rng(0)
    levels = torch.as_tensor(rng.integers(0, LEVELS, (500, *SHAPE)))
    levels[:, 1, 0, 1] = 2  # a pixel that never changes
    model, _ = build("categorical")
    model.start(levels)
    shares = masses(model, torch.zeros(1, *model.output_shape), (0, 1, 2))
    counts = torch.stack([(levels == v).double().mean(dim=0) for v in range(LEVELS)])
    torch.testing.assert_close(shares, counts, atol=5e-3, rtol=0)

    model, _ = build("bernoulli")
    model.start((levels == 2) * 2.0 - 1.0)
    shares = masses(model, torch.zeros(1, *model.output_shape), (-1.0, 1.0))
    torch.testing.assert_close(shares[1], counts[2], atol=5e-3, rtol=0)

    pixels = drawn(500, *SHAPE) * 0.3 + torch.arange(4).view(SHAPE)
    model, _ = build("gaussian")
    model.start(pixels)
    nothing = torch.zeros(1, *model.output_shape).double()
    torch.testing.assert_close(model.expected(nothing)[0], pixels.mean(dim=0))
    assert model.log_scale.exp().item() == pytest.approx(0.3, abs=0.02)
    # At these, the likelihood of the images is the largest that constants give.
    constant = torch.zeros(500, *model.output_shape).double()
    best = model.log_prob(constant, pixels).mean()
    for step in (-0.01, 0.01):
        assert model.log_prob(constant + step, pixels).mean() < best
        model.pace.data.fill_(step)
        assert model.log_prob(constant, pixels).mean() < best
        model.pace.data.fill_(0.0)

    model, _ = build("logistic", levels=200)
    pixels = (100 + 20 * drawn(500, *SHAPE)).round().clamp(0, 199).long()
    model.start(pixels)
    found = model.draw(
        torch.zeros(4000, *model.output_shape).double(), uniform(4000, model)
    )
    assert found.mean().item() == pytest.approx(100, abs=1)
    assert found.std().item() == pytest.approx(20, abs=1)


def test_gradients_are_finite_far_out():
    for name in PIXELS:
        model, outputs = build(name)
        outputs = (1e3 * outputs).requires_grad_()
        x = torch.zeros(1, *SHAPE, dtype=torch.float64)
        loss = model.log_prob(outputs, x).sum()
        loss.backward()
        assert torch.isfinite(loss) and torch.isfinite(outputs.grad).all(), name

"""Codes that the critic of a GANSampler recovers, and what it says of rows."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.metrics import normalized_mutual_info_score

from skgen import GANSampler
from skgen.gan import Conditions, InfoCodes, MinibatchDeviation, Packing
from skgen.gan._players import Critic

TINY = {"n_latent": 4, "max_epochs": 2, "random_state": 0}


def clusters(n=1500, seed=0):
    rng = np.random.default_rng(seed)
    own = rng.integers(3, size=n)
    centers = np.array([[0.0, 0.0], [6.0, 1.0], [1.0, 7.0]])
    return centers[own] + rng.normal(size=(n, 2)), own


def test_loss_of_codes_is_cross_entropy_and_squared_error():
    codes = InfoCodes(3, 2)
    drawn = codes.draw(4000, torch.Generator().manual_seed(0))
    assert drawn.shape == (4000, codes.width)
    assert_allclose(drawn[:, :3].mean(dim=0), 1 / 3, atol=0.03)
    assert drawn[:, 3:].abs().max() <= 1
    assert_allclose(drawn[:, 3:].var(dim=0), 1 / 3, atol=0.03)
    flat = torch.zeros(4000, 5)
    # log 3 for the classes, a tenth of the variances of two uniform numbers.
    assert_allclose(codes.loss(flat, drawn), np.log(3) + 0.2 / 3, atol=5e-3)
    known = torch.cat([30 * drawn[:, :3], drawn[:, 3:]], dim=1)
    assert codes.loss(known, drawn) < 1e-6
    assert_allclose(codes.read(known), drawn, atol=1e-6)


def test_a_code_of_classes_finds_clusters():
    X, own = clusters()
    gan = GANSampler(codes=InfoCodes(3), max_epochs=100, random_state=0).fit(X)
    found = gan.transform(X)
    assert found.shape == (1500, 3)
    assert_allclose(found.sum(axis=1), 1)
    assert normalized_mutual_info_score(own, found.argmax(axis=1)) > 0.5
    # Rows generated with a code are recognised by it.
    codes = np.eye(3)[np.arange(300) % 3]
    z = np.random.default_rng(0).normal(size=(300, gan.n_latent_))
    back = gan.transform(gan.generate(z, codes=codes)).argmax(axis=1)
    assert (back == np.arange(300) % 3).mean() > 0.9


def test_rows_are_judged_alone():
    X, _ = clusters(200)
    gan = GANSampler(
        codes=InfoCodes(2, 1), critic_input=[MinibatchDeviation()], **TINY
    ).fit(X)
    assert gan.transform(X).shape == (200, 3)
    assert_allclose(gan.transform(X)[:5], gan.transform(X[:5]), atol=1e-12)
    assert_allclose(gan.critic_scores(X)[:5], gan.critic_scores(X[:5]), atol=1e-12)
    line = gan.interpolate(np.zeros(4), np.ones(4), 5, codes=[1, 0, 0.5])
    assert line.shape == (5, 2)


@pytest.mark.parametrize("conditioning", ["projection", "embedding", "auxiliary"])
def test_codes_and_classes(conditioning):
    X, y = clusters(100)
    gan = GANSampler(
        codes=InfoCodes(2), conditions=Conditions(critic=conditioning), **TINY
    ).fit(X, y)
    if conditioning == "embedding":
        with pytest.raises(ValueError, match="y must give the classes"):
            gan.transform(X)
        assert gan.transform(X, y).shape == (100, 2)
    else:
        assert gan.transform(X).shape == (100, 2)


def test_codes_of_packed_images():
    X = np.random.default_rng(0).random((40, 64))
    gan = GANSampler(
        codes=InfoCodes(n_numbers=2),
        critic_input=[Packing(2)],
        image_shape=(8, 8),
        **TINY,
    ).fit(X)
    assert not hasattr(GANSampler(), "transform")
    assert gan.sample(3, random_state=0).shape == (3, 64)
    with pytest.raises(ValueError, match="without Packing"):
        gan.critic_scores(X)
    with pytest.raises(ValueError, match="without Packing"):
        gan.transform(X)


def test_scores_are_higher_on_rows_of_the_fit_than_far_from_them():
    X, _ = clusters(800)
    gan = GANSampler(max_epochs=30, random_state=0).fit(X)
    far = np.array([[3.5, 7.0], [6.0, 8.0]]).repeat(50, axis=0)
    assert gan.critic_scores(X).mean() > gan.critic_scores(far).mean()


def test_critic_sees_the_deviation_of_a_batch():
    seen = []

    class Seen(torch.nn.Linear):
        def __init__(self, shape, n_outputs):
            super().__init__(*shape, n_outputs)

        def forward(self, x):
            seen.append(x)
            return super().forward(x)

    critic = Critic(Seen, (3,), deviation=True)
    x = torch.randn(50, 3)
    critic(x)
    assert_allclose(seen[-1][:, 3], x.std(dim=0, correction=0).mean(), rtol=1e-6)
    critic(torch.ones(50, 3))
    assert (seen[-1][:, 3] < 1e-3).all()


def test_packed_rows_are_judged_by_their_own_classes():
    def linear(shape, n_outputs):
        return torch.nn.Linear(*shape, n_outputs)

    torch.manual_seed(0)
    critic = Critic(linear, (3,), classes=(4, "projection"), pack=2)
    x, y = torch.randn(6, 3), torch.tensor([0, 3, 1, 1, 2, 0])
    found = critic.net(x.reshape(3, 6))
    want = found[:, 0] + found[:, 1:].gather(1, y.reshape(3, 2)).mean(dim=1)
    assert torch.equal(critic(x, y).scores, want)
    auxiliary = Critic(linear, (3,), classes=(4, "auxiliary"), pack=2)
    assert auxiliary(x, y).classes.shape == (6, 4)
    embedding = Critic(linear, (3,), classes=(4, "embedding"), pack=2)
    seen = torch.cat([x, torch.nn.functional.one_hot(y, 4)], dim=1)
    assert torch.equal(embedding(x, y).scores, embedding.net(seen.reshape(3, 14))[:, 0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda gan: gan.generate(np.zeros((2, 4))), "codes must give"),
        (lambda gan: gan.generate(np.zeros((2, 4)), codes=np.ones((2, 3))), "2 col"),
        (lambda gan: gan.generate(np.zeros((2, 4)), codes=np.ones((1, 2))), "2 rows"),
    ],
)
def test_wrong_codes_are_refused(call, message):
    gan = GANSampler(codes=InfoCodes(2), **TINY).fit(clusters(60)[0])
    with pytest.raises(ValueError, match=message):
        call(gan)


def test_losses_and_networks_that_cannot_have_codes_are_refused():
    X = clusters(60)[0]
    with pytest.raises(ValueError, match="recovers no codes"):
        GANSampler("energy_based", codes=InfoCodes(2), **TINY).fit(X)
    with pytest.raises(ValueError, match="critic"):
        GANSampler(critic=lambda a, b: torch.nn.Linear(a + 1, b), **TINY).fit(X)
    with pytest.raises(ValueError, match="critic"):
        GANSampler(critic=lambda a, b: torch.nn.Flatten(0), **TINY).fit(X)
    plain = GANSampler(**TINY).fit(X)
    with pytest.raises(ValueError, match="codes must be None"):
        plain.generate(np.zeros((2, 4)), codes=np.ones((2, 1)))

"""Rows that are volumes, in samplers and autoencoders."""

import pickle

import numpy as np
import pytest
import torch

from skgen import AutoencoderTransformer, GANSampler, VAETransformer
from skgen.datasets import make_solids
from skgen.encoding import ImageEncoder
from skgen.gan import Conditions, DiffAugment, Growth
from skgen.nn import ConvDecoder, ConvEncoder, DCGANCritic, DCGANGenerator

SIDES = (12, 12, 12)
X, Y = make_solids(60, side=12, random_state=0)
TINY = {"max_epochs": 1, "random_state": 0, "volume_shape": SIDES}


@pytest.mark.parametrize("shape", [(1, 12, 12, 12), (2, 5, 9, 7)])
def test_networks_take_volumes(shape):
    x = torch.randn(3, *shape)
    assert ConvEncoder(shape, 4)(x).shape == (3, 4)
    assert ConvDecoder(4, shape)(torch.randn(3, 4)).shape == x.shape
    assert DCGANGenerator(4, shape)(torch.randn(3, 4)).shape == x.shape
    assert DCGANCritic(shape, 2)(x).shape == (3, 2)


def test_rows_come_back():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(5, 2 * 3 * 4 * 2))
    encoder = ImageEncoder((2, 3, 4, 2), n_axes=3).fit(rows)
    found = encoder.transform(rows)
    assert found.shape == (5, 2, 2, 3, 4)
    volume = rows[0].reshape(2, 3, 4, 2)
    scale = np.ptp(volume[..., 1]) / np.ptp(found[0, 1])
    assert np.allclose(np.diff(volume[0, 0, :, 1]), scale * np.diff(found[0, 1, 0, 0]))
    assert np.allclose(encoder.inverse_transform(found), rows, atol=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"conditions": Conditions(critic="embedding")},
        {"conditions": Conditions(critic="auxiliary")},
        {"loss": "energy_based"},
    ],
    ids=["projection", "embedding", "auxiliary", "autoencoding"],
)
def test_samplers_draw_volumes(options):
    gan = GANSampler(n_latent=4, **TINY, **options).fit(X, Y)
    drawn = gan.sample(4, y=["ball", "chair", "table", "torus"], random_state=0)
    assert drawn.shape == (4, 12**3) and drawn.dtype == np.uint8
    again = pickle.loads(pickle.dumps(gan))
    found = again.sample(4, y=["ball", "chair", "table", "torus"], random_state=0)
    assert np.array_equal(found, drawn)


@pytest.mark.parametrize("network", ["mlp", "conv"])
@pytest.mark.parametrize("estimator", [VAETransformer, AutoencoderTransformer])
def test_autoencoders_take_volumes(estimator, network):
    model = estimator(2, encoder=network, decoder=network, **TINY).fit(X)
    assert model.likelihood_ == "bernoulli"
    assert model.reconstruct(X).shape == X.shape
    assert model.sample(3, random_state=0).shape == (3, 12**3)
    if estimator is VAETransformer:
        assert np.isfinite(model.score_samples(X[:4])).all()


@pytest.mark.parametrize("likelihood", ["gaussian", "categorical", "logistic"])
def test_likelihoods_of_volumes(likelihood):
    vae = VAETransformer(2, likelihood=likelihood, **TINY).fit(X)
    assert np.isfinite(vae.score_samples(X[:4])).all()
    assert vae.sample(2, random_state=0).shape == (2, 12**3)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"volume_shape": (12, 12)}, ValueError, "volume_shape must be"),
        ({"volume_shape": (12.0, 12, 12)}, TypeError, "volume_shape must be"),
        ({"volume_shape": (12, 12, 11)}, ValueError, "needs rows of 1584 voxels"),
        ({"image_shape": (36, 48)}, ValueError, "rows are images or volumes"),
        ({"generator": "resnet"}, ValueError, 'use "dcgan" for volumes'),
        ({"generator": "mlp"}, ValueError, 'generator="mlp" is for tables'),
        ({"growth": Growth()}, ValueError, "growth is for images"),
        ({"critic_input": [DiffAugment()]}, ValueError, "DiffAugment is for images"),
    ],
)
def test_what_does_not_suit_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        GANSampler(**TINY | options).fit(X)

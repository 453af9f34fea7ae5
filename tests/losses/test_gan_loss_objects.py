"""Adversarial losses as objects: names, duties of the trainer, checked fields."""

import dataclasses
import inspect
import math
import pickle

import pytest
import torch
from sklearn.base import clone

import skgen.losses.gan as gan
from skgen.losses.gan import (
    LOSSES,
    BoundaryEquilibrium,
    Bregman,
    EnergyBased,
    FDivergence,
    GANLoss,
    LeastSquares,
    Minimax,
    Relativistic,
    Wasserstein,
    WassersteinGP,
)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=repr)
def test_loss_says_what_its_trainer_has_to_do(loss):
    assert loss.autoencoding == (loss.name in ("energy_based", "boundary_equilibrium"))
    assert loss.needs_real == loss.name.startswith("relativistic")
    assert loss.clip == (0.01 if loss.name == "wasserstein" else None)
    assert (loss.penalty is not None) == (loss.name == "wasserstein_gp")
    state = loss.initial_state()
    assert list(state) == (["k"] if loss.name == "boundary_equilibrium" else [])
    assert list(loss.next_state(state, torch.ones(2), torch.ones(2))) == list(state)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=repr)
def test_loss_is_a_value(loss):
    assert pickle.loads(pickle.dumps(loss)) == loss
    assert clone(loss, safe=False) == loss
    assert hash(loss) == hash(dataclasses.replace(loss))
    with pytest.raises(dataclasses.FrozenInstanceError):
        loss.margin = 2.0


def test_every_public_loss_has_a_name():
    public = {
        thing
        for thing in map(gan.__dict__.get, gan.__all__)
        if inspect.isclass(thing) and not inspect.isabstract(thing)
    }
    assert {type(loss) for loss in LOSSES.values()} == public
    assert all(loss.name == name for name, loss in LOSSES.items())
    assert len(LOSSES) == sum(len(cls.variants()) for cls in public)


def test_a_loss_of_ones_own_needs_two_methods():
    class Mean(GANLoss):
        name = "mean"

        def critic(self, real, fake, state=None):
            return (fake - real).mean()

        def generator(self, fake, real=None):
            return -fake.mean()

    loss = Mean()
    assert (loss.clip, loss.penalty, loss.autoencoding) == (None, None, False)
    assert loss.initial_state() == loss.next_state({}, torch.ones(1), torch.ones(1))
    with pytest.raises(TypeError, match="abstract"):
        GANLoss()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Minimax(smoothing=0.5),
            r"smoothing must be in \[0, 0.5\), got 0.5; 0",
        ),
        (lambda: Minimax(smoothing=-0.1), r"smoothing must be .* got -0.1"),
        (lambda: Minimax(saturating=1), r"saturating must be True or False, got 1; "),
        (lambda: LeastSquares(a=math.nan), r"a must be a finite number, got nan; comm"),
        (lambda: LeastSquares(b=0.0), r"b must be larger than a=0.0, got 0.0; common"),
        (lambda: LeastSquares(c=-1.0), r"c must be larger than a=0.0, got -1.0; comm"),
        (lambda: Wasserstein(clip=0), r"clip must be positive, got 0; .*WassersteinGP"),
        (lambda: Wasserstein(clip=None), r"clip must be positive, got None; "),
        (lambda: WassersteinGP(penalty=10), r"penalty must be a Penalty, got 10; take"),
        (lambda: FDivergence("renyi"), r"divergence must be one of kl, .* got 'renyi'"),
        (lambda: FDivergence(["kl"]), r"divergence must be one of .* got \['kl'\]; "),
        (lambda: FDivergence(saturating="no"), r"saturating must be .* got 'no'; "),
        (lambda: Bregman("chi"), r"function must be one of pearson, .* got 'chi'; for"),
        (lambda: EnergyBased(margin=-1), r"margin must be positive, got -1; take"),
        (lambda: EnergyBased(margin=True), r"margin must be positive, got True; take"),
        (
            lambda: BoundaryEquilibrium(gamma=0),
            r"gamma must be in \(0, 1\], got 0; 0.3",
        ),
        (
            lambda: BoundaryEquilibrium(rate=2),
            r"rate must be in \(0, 1\], got 2; 0.001",
        ),
        (lambda: Relativistic(average=None), r"average must be True .* got None; "),
    ],
)
def test_fields_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()

"""Losses of pairs: closed forms, and what hides among the unlabeled pairs."""

import math

import pytest
import torch
from torch.nn.functional import softplus

from skgen.losses.pairs import (
    AdversarialPairs,
    InfoNCE,
    NonNegativePairs,
    PairScores,
    TripletMargin,
)

LOSSES = [InfoNCE(), TripletMargin(), NonNegativePairs(), AdversarialPairs()]


def scores(similarity, prior=0.01, critic=None):
    """Pairs of which those on the diagonal match."""
    match = torch.eye(*similarity.shape, dtype=torch.bool)
    return PairScores(similarity, match, ~match, prior, critic)


def draw(n=6, seed=0):
    return 2 * torch.rand(n, n, generator=torch.Generator().manual_seed(seed)) - 1


def test_infonce_is_a_cross_entropy():
    s = draw()
    expected = torch.nn.functional.cross_entropy(s / 0.2, torch.arange(6))
    assert InfoNCE(0.2)(scores(s)).item() == pytest.approx(expected.item())


def test_triplets_look_at_the_hardest():
    s = torch.tensor([[0.9, 0.1, 0.2], [0.5, 0.4, 0.3], [0.0, 0.0, 1.0]])
    # 0 (apart by .7), .2 - .4 + .5 = .3, 0
    assert TripletMargin(0.2)(scores(s)).item() == pytest.approx(0.1)


def test_the_risk_of_a_mixture_is_that_of_its_parts():
    # Unlabeled pairs: a share pi scores as matches do, the others as mismatches.
    on_match, on_mismatch, n, pi = 0.8, 0.1, 1000, 0.02
    s = torch.full((1, n + 1), on_mismatch)
    s[0, : int(pi * n)] = on_match
    s[0, -1] = on_match
    match = torch.zeros(1, n + 1, dtype=torch.bool)
    match[0, -1] = True
    found = NonNegativePairs(0.1)(PairScores(s, match, ~match, pi))
    right = softplus(torch.tensor(-(on_match - 0.5) / 0.1))
    wrong = softplus(torch.tensor((on_mismatch - 0.5) / 0.1))
    assert found.item() == pytest.approx(0.5 * (right + wrong).item(), rel=1e-5)


def test_the_risk_is_never_negative():
    # As if all unlabeled pairs were mismatches, with a prior that says otherwise.
    s = torch.full((4, 4), -1.0) + 2 * torch.eye(4)
    assert NonNegativePairs()(scores(s, prior=0.9)).item() >= 0


def test_the_game_ends_where_unlabeled_pairs_look_like_matches():
    even = torch.full((5, 5), 0.5)
    loss = AdversarialPairs(weight=1.0, infonce_weight=0.0)
    pairs = scores(draw(5), critic=even)
    assert loss(pairs).item() == pytest.approx(-2 * math.log(2))
    assert loss.critic(pairs).item() == pytest.approx(2 * math.log(2))
    # Phi that picks the matches leaves the critic nothing to tell.
    certain = scores(torch.eye(5) * 50, critic=draw(5))
    found = -loss.critic(certain)
    d = (draw(5).diagonal() - 0.5) / 0.1
    expected = (-softplus(-d) - softplus(d)).mean()
    assert found.item() == pytest.approx(expected.item(), rel=1e-4)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda v: type(v).__name__)
def test_a_nearer_match_is_better(loss):
    s = draw().requires_grad_()
    critic = draw(seed=1).requires_grad_()
    loss(scores(s, critic=critic)).backward()
    assert (s.grad.diagonal() <= 0).all() and (s.grad.diagonal() < 0).any()
    # What the embedding minimises moves no critic.
    assert critic.grad is None
    none = PairScores(s, torch.zeros(6, 6, dtype=bool), ~torch.eye(6).bool(), 0.01, s)
    assert torch.isfinite(loss(none))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: InfoNCE(0), "temperature"),
        (lambda: TripletMargin(-1), "margin"),
        (lambda: NonNegativePairs("a"), "temperature"),
        (lambda: AdversarialPairs(weight=0), "weight"),
        (lambda: AdversarialPairs(infonce_weight=-1), "infonce_weight"),
    ],
)
def test_bad_options(make, name):
    with pytest.raises(ValueError, match=name):
        make()

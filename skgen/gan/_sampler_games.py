"""Games of GANSampler other than the plain one."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from functools import partial
from numbers import Integral, Real
from typing import ClassVar

import torch
from torch import nn
from torch.nn import functional as F

from ..losses.gan import LOSSES, GANLoss
from ..losses.gan._usable import usable_loss
from ..nn._conditions import as_vectors
from ._game import GANGame, auxiliary_loss

_EDGE = 1e-6
# Layers with weights, the last of which gives the scores.
_LAYERS = nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d


@dataclass(frozen=True)
class SamplerGame(ABC):
    """Template of a game that `GANSampler` plays in place of the plain one.

    It is handed to the sampler in place of a loss, which it holds: a frozen dataclass
    that says how many generators there are, whether there is a third player, and what
    becomes of the losses of `GANGame`.

    Attributes
    ----------
    n_generators : int
        Networks that the generator is made of.
    third : str or None
        Name of a further player, built as the generator is and never trained.

    Examples
    --------
    >>> from skgen.gan import BayesianGAN, GANSampler, SamplerGame
    >>> isinstance(BayesianGAN(), SamplerGame)
    True
    >>> sampler = GANSampler(BayesianGAN(loss="hinge"))
    """

    n_generators: ClassVar[int] = 1
    third: ClassVar[str | None] = None

    @abstractmethod
    def adversarial_loss(self):
        """Give the loss of the two players."""

    @abstractmethod
    def game(self, n_rows, learning_rate):
        """Give the class of the game, for so many rows and the generator's step."""

    def check(self, critic, *inputs):  # noqa: B027
        """Refuse a critic that the game cannot be played with.

        Parameters
        ----------
        critic : Module
            It has the network of the recipe as ``net``.
        *inputs : Tensor or None
            Rows, their conditions, and which columns have one.

        Raises
        ------
        ValueError
            If it cannot be.
        """

    def __post_init__(self):
        for f in fields(self):
            value = getattr(self, f.name)
            whole = f.name in ("n_generators", "every")
            kind, least = (Integral, 1) if whole else (Real, 0)
            if f.name == "loss":
                continue
            if isinstance(value, bool) or not (
                isinstance(value, kind) and least <= value < math.inf
            ):
                what = "a whole number >= 1" if whole else "a finite number >= 0"
                raise ValueError(f"{f.name} must be {what}, got {value!r}.")


@dataclass(frozen=True)
class BayesianGAN(SamplerGame):
    r"""Several generators that wander in the posterior of their weights.

    Each generator minimises the loss of the game, and a Gaussian prior of its weights;
    stochastic gradient Hamiltonian Monte Carlo adds noise to its gradients, so that the
    generators stay apart in place of falling into one optimum. The first number of the
    noise decides which of them draws a row.

    Parameters
    ----------
    n_generators : int, default=4
        Networks that draw; each learns from its share of a batch.
    prior_scale : float, default=10.0
        Standard deviation of the prior of each weight.
    friction : float, default=0.01
        Friction of the Hamiltonian dynamics; the larger it is, the more noise. 0: an
        ensemble of generators without noise.
    loss : str or GANLoss, default="minimax"
        Adversarial loss.

    Notes
    -----
    The noise of a gradient has the standard deviation :math:`\sqrt{2 a / l} / n`, of
    friction a, learning rate l and n rows.

    Deviations from the paper: one critic, which is not sampled; AdamW takes the
    gradients; and `GANSampler` averages the weights of each generator (``ema``), so
    that draws are of the means of the chains.

    References
    ----------
    Y. Saatchi, A. G. Wilson, "Bayesian GAN", NeurIPS 2017, equations 1, 2 and algorithm
    1.

    Examples
    --------
    >>> from skgen.gan import BayesianGAN, GANSampler
    >>> sampler = GANSampler(BayesianGAN(n_generators=3))
    """

    n_generators: int = 4
    prior_scale: float = 10.0
    friction: float = 0.01
    loss: str | GANLoss = field(default="minimax", kw_only=True)

    def __post_init__(self):
        super().__post_init__()
        if not self.prior_scale:
            raise ValueError(f"prior_scale must be > 0, got {self.prior_scale!r}.")
        if not isinstance(self.loss, GANLoss) and self.loss not in list(LOSSES):
            raise ValueError(
                f"loss must be a GANLoss or one of {sorted(LOSSES)}, got {self.loss!r}."
            )

    def adversarial_loss(self):
        """See `SamplerGame.adversarial_loss`."""
        return LOSSES[self.loss] if isinstance(self.loss, str) else self.loss

    def game(self, n_rows, learning_rate):
        """See `SamplerGame.game`."""
        noise = math.sqrt(2 * self.friction / learning_rate) / n_rows
        return partial(
            _Posterior, decay=1 / (n_rows * self.prior_scale**2), sigma=noise
        )


@dataclass(frozen=True)
class GoGAN(SamplerGame):
    """A chain of games, each of which shall be better than the one before by a margin.

    The critic ranks: real rows above those of the generator by the margin, and above
    those of an earlier generator by twice as much. After every so many steps the
    generator becomes the earlier one, and the next game of the chain begins.

    Parameters
    ----------
    margin : float, default=1.0
        Margin of the scores.
    every : int, default=1500
        Steps of each game of the chain.

    Notes
    -----
    Deviations from the paper: a penalty of the critic's gradients (that of
    `GANSampler`) in place of clipped weights; the next game goes on from the last
    generator.

    References
    ----------
    F. Juefei-Xu, V. Boddeti, M. Savvides, "Gang of GANs: generative adversarial
    networks with maximum margin ranking", arXiv 1704.04865, section 3.

    Examples
    --------
    >>> from skgen.gan import GANSampler, GoGAN
    >>> sampler = GANSampler(GoGAN(margin=0.5))
    """

    third = "earlier"

    margin: float = 1.0
    every: int = 1500

    def adversarial_loss(self):
        """See `SamplerGame.adversarial_loss`."""
        return _Margin(self.margin)

    def game(self, n_rows, learning_rate):
        """See `SamplerGame.game`."""
        return partial(_Chain, margin=self.margin, every=self.every)


@dataclass(frozen=True)
class FeatureMatchingGAN(SamplerGame):
    r"""The generator meets the mean features of real rows, in place of the scores.

    Features h are what enters the last layer of the critic. The generator minimises

    .. math:: \| E_x h(x) - E_z h(G(z)) \|^2 / d

    of d features, with means over a batch; the loss of the critic is that of the plain
    game. With conditions c the generator is given those of the rows, and the means of
    :math:`h c_j` have to agree as well, for each number or class of c, divided by its
    root mean square.

    Parameters
    ----------
    adversarial_weight : float, default=0.0
        Weight of the generator's adversarial loss, which is added.
    loss : str or GANLoss, default="minimax"
        Adversarial loss.

    See Also
    --------
    FeatureMatching : The same for `SemiSupervisedGANClassifier`.

    Notes
    -----
    Only means are compared; the spread of features within a batch is learned through
    the adversarial loss alone.

    References
    ----------
    T. Salimans et al., "Improved techniques for training GANs", NeurIPS 2016, section
    3.1. O. Mogren, "C-RNN-GAN", 2016, section 3 (of sequences).

    Examples
    --------
    >>> from skgen.gan import FeatureMatchingGAN, GANSampler
    >>> sampler = GANSampler(FeatureMatchingGAN(adversarial_weight=0.1))
    """

    adversarial_weight: float = 0.0
    loss: str | GANLoss = field(default="minimax", kw_only=True)

    def __post_init__(self):
        super().__post_init__()
        self.adversarial_loss()  # which refuses what is none

    def adversarial_loss(self):
        """See `SamplerGame.adversarial_loss`."""
        return usable_loss(self.loss, LOSSES, "minimax")

    def game(self, n_rows, learning_rate):
        """See `SamplerGame.game`."""
        return partial(_Matching, adversarial_weight=self.adversarial_weight)

    def check(self, critic, *inputs):
        """See `SamplerGame.check`."""
        _features(critic, *inputs)


@dataclass(frozen=True)
class _Margin(GANLoss):
    """Real scores above generated ones by a margin."""

    name: ClassVar[str] = "margin"

    margin: float = 1.0

    def critic(self, real, fake, state=None):
        """See `GANLoss.critic`."""
        return _below(real, fake, self.margin)

    def generator(self, fake, real=None):
        """See `GANLoss.generator`."""
        return -fake.mean()


def _below(high, low, margin):
    """Mean of what is missing of a margin."""
    return F.relu(margin - (high - low)).mean()


class _Posterior(GANGame):
    """The game of a `BayesianGAN`.

    Parameters
    ----------
    *args, **kwargs : object
        Those of `GANGame`.
    decay : float
        Weight of the prior.
    sigma : float
        Deviation of the noise of the gradients.
    """

    def __init__(self, *args, decay, sigma, **kwargs):
        super().__init__(*args, **kwargs)
        self.decay, self.sigma = decay, sigma

    def generator(self, step):
        """Loss of the generators, their prior, and what gives their gradients noise."""
        loss = super().generator(step)
        for p in step.players["generator"].parameters():
            if self.decay:
                loss = loss + 0.5 * self.decay * p.square().sum()
            if self.sigma:
                draw = torch.randn(p.shape, generator=step.generator, device=p.device)
                loss = loss + self.sigma * (p * draw).sum()
        return loss


class _Matching(GANGame):
    """The game of a `FeatureMatchingGAN`.

    Parameters
    ----------
    *args, **kwargs : object
        Those of `GANGame`.
    adversarial_weight : float
        Weight of the generator's adversarial loss.
    """

    def __init__(self, *args, adversarial_weight, **kwargs):
        super().__init__(*args, **kwargs)
        self.adversarial_weight = adversarial_weight

    def generator(self, step):
        """Squared distance of the mean features, and the adversarial loss."""
        critic = step.players["critic"]
        x, y, _, mask = self._rows(step)
        found, output = _features(critic, self._seen(self._fake(step), step), y, mask)
        with torch.no_grad():
            wanted, real = _features(critic, self._seen(x, step), y, mask)
        gap = _moments(found - wanted, y, critic)
        loss = gap.square().sum(dim=0).mean() + auxiliary_loss(output, y)
        if self.adversarial_weight:
            term = self.loss.generator(output.scores, real.scores)
            loss = loss + self.adversarial_weight * term
        return loss + self._code_loss(output, step)


def _moments(features, y, critic):
    """Mean features, and those weighted by each condition, (1 + n_conditions, n)."""
    means = features.mean(dim=0)[None]
    if y is None:
        return means
    n, pack = len(features), critic.pack
    c = as_vectors(y, critic.n_classes).to(features)[: n * pack]
    c = c.reshape(n, pack, -1).mean(dim=1)
    c = c / c.square().mean(dim=0).sqrt().clamp(min=_EDGE)
    return torch.cat([means, c.T @ features / n])


def _features(critic, *inputs):
    """Give what enters the layer of a critic that is run last, and its outputs."""
    found = {}

    def note(layer, given):
        found["last"] = given[0].flatten(1)

    layers = [m for m in critic.net.modules() if isinstance(m, _LAYERS)]
    hooks = [layer.register_forward_pre_hook(note) for layer in layers]
    try:
        output = critic(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    if not found or len(found["last"]) != len(output.scores):
        raise ValueError(
            "FeatureMatchingGAN needs a critic with a linear or convolutional last "
            "layer, whose inputs are the features of a row; end the network with one."
        )
    return found["last"], output


class _Chain(GANGame):
    """The game of a `GoGAN`.

    Parameters
    ----------
    *args, **kwargs : object
        Those of `GANGame`.
    margin : float
        Margin of the scores.
    every : int
        Steps of each game of the chain.
    """

    def __init__(self, *args, margin, every, **kwargs):
        super().__init__(*args, **kwargs)
        self.margin, self.every = margin, every

    def critic(self, step):
        """Loss of the critic, which ranks an earlier generator as well."""
        critic, earlier = step.players["critic"], step.players["earlier"]
        if step.total % self.every == 0:
            earlier.load_state_dict(step.players["generator"].state_dict())
        loss, logs = super().critic(step)
        if step.total >= self.every:
            x, y, given, mask = self._rows(step)
            with torch.no_grad():
                z = self._latent(len(x), step.generator)
                fake = self._seen(earlier(z, y, given, step.generator), step)
            real = critic(self._seen(x, step), y, mask).scores
            ranked = _below(real, critic(fake, y, mask).scores, 2 * self.margin)
            loss, logs["rank"] = loss + ranked, ranked.detach()
        return loss, logs


def frozen_copy(build):
    """Build a network that is never trained."""
    module = build()
    return module.requires_grad_(False)


class GeneratorMixture(nn.Module):
    """Several networks of one recipe; the first number of the noise picks one.

    It is the quantile of that number which picks, and what is left of it is a standard
    normal again.

    Parameters
    ----------
    recipe : callable
        ``recipe(n_inputs, output_shape)``.
    n_networks : int
        Number of networks.
    n_inputs : int
        Size of the input.
    output_shape : int or tuple
        Shape of an output.
    """

    def __init__(self, recipe, n_networks, n_inputs, output_shape):
        super().__init__()
        self.nets = nn.ModuleList(
            recipe(n_inputs, output_shape) for _ in range(n_networks)
        )

    def forward(self, z):
        """Map (batch, n_inputs) to (batch, ...)."""
        place = torch.special.ndtr(z[:, :1]) * len(self.nets)
        member = place.floor().clamp(0, len(self.nets) - 1)
        left = torch.special.ndtri((place - member).clamp(_EDGE, 1 - _EDGE))
        z, member = torch.cat([left, z[:, 1:]], dim=1), member[:, 0]
        rows = [torch.nonzero(member == k)[:, 0] for k in range(len(self.nets))]
        found = [
            net(z[own]) for net, own in zip(self.nets, rows, strict=True) if len(own)
        ]
        return torch.cat(found)[torch.argsort(torch.cat(rows))]

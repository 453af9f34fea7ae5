"""Games between domains: what translators and their critic minimise."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from typing import ClassVar

import torch
from torch.nn import functional as F

from ..losses._energy import energy_distance
from ..losses.gan import LOSSES, GANLoss
from ..losses.gan._usable import usable_loss
from ..losses.penalties import R1

_PENALTY = R1(0.1)  # of critics of tables
_MOST_PAIRS = 32  # known pairs in a step
_MOST_ROWS = 500  # of a domain, in the distance of rows held out


@dataclass(frozen=True)
class DomainGame(ABC):
    """Template of a game of translators against a critic of their answers.

    A game is a frozen dataclass; its methods are the objectives of the players
    ``"critic"`` and ``"translator"``. In each step every domain is translated into one
    other, and each is the target of one.

    Parameters
    ----------
    content_weight : float, default=0.0
        Weight of the mean absolute change from a row to its translation: how far
        content may move.
    pair_weight : float, default=10.0
        Weight of the mean absolute error of known pairs, where `fit` is given such.
    class_weight : float, default=0.0
        Weight of the cross-entropy by which the critic names the domain of rows, and
        shall name the target of translations: feedback of the classes (ArtGAN).
    loss : str or GANLoss, default="least_squares"
        A name of `skgen.losses.gan.LOSSES`, or a loss without an autoencoding critic.
    pool : int, default=50
        Earlier translations of each domain that the critic sees again.

    Attributes
    ----------
    coded : bool
        Whether one encoder and a decoder for each domain play, in place of a network
        for each direction.
    adversarial : bool
        Whether there is a critic.
    pace : float
        Times the estimator's learning rate that translators learn with.
    judges_codes : bool
        Whether the critic has an answer to codes.
    attributes : bool
        Whether codes have a part for what one of two domains has and the other lacks.

    Examples
    --------
    >>> from skgen.translation import CycleGAN, DomainGame, DomainTranslator
    >>> game = CycleGAN(cycle_weight=5.0)
    >>> isinstance(game, DomainGame), game.coded
    (True, False)
    >>> model = DomainTranslator(game)
    """

    coded: ClassVar[bool] = False
    adversarial: ClassVar[bool] = True
    pace: ClassVar[float] = 1.0
    judges_codes: ClassVar[bool] = False
    attributes: ClassVar[bool] = False

    content_weight: float = field(default=0.0, kw_only=True)
    pair_weight: float = field(default=10.0, kw_only=True)
    class_weight: float = field(default=0.0, kw_only=True)
    loss: str | GANLoss = field(default="least_squares", kw_only=True)
    pool: int = field(default=50, kw_only=True)

    def __post_init__(self):
        usable_loss(self.loss, LOSSES, "least_squares")
        if not isinstance(self.pool, Integral) or self.pool < 0:
            raise ValueError(f"pool must be a whole number >= 0, got {self.pool!r}.")
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name.endswith("_weight") and not (
                isinstance(value, Real) and 0 <= value < math.inf
            ):
                raise ValueError(
                    f"{f.name} must be a finite number >= 0, got {value!r}."
                )

    @property
    def _loss(self):
        return LOSSES[self.loss] if isinstance(self.loss, str) else self.loss

    def objectives(self, pairs=()):
        """Objectives by the names of the players.

        Parameters
        ----------
        pairs : list of tuple (int, int, Tensor, Tensor)
            Known pairs: two domains, and rows of the one and of the other.

        Returns
        -------
        objectives : dict of callable
            Functions of a `Step`.
        """

        def translator(step):
            loss, logs = self.translator(step)
            for known in pairs if self.pair_weight else ():
                loss = loss + self.pair_weight * self._missed(step, *known)
            return loss, {name: value.detach() for name, value in logs.items()}

        found = {"translator": translator, "valid": self.valid}
        return {"critic": self.critic, **found} if self.adversarial else found

    # -- critic ------------------------------------------------------------------------

    def critic(self, step):
        """Loss of the critic: rows of each domain against translations into it."""
        critic, real, fake, domains = step.players["critic"], [], [], []
        for _, target, fakes in self.fakes(step):
            (x,) = step.batch[target]
            with torch.no_grad():
                shown = critic.exchange(fakes.detach(), target, step.generator)
            n = min(len(x), len(shown))
            real.append(x[:n])
            fake.append(shown[:n])
            domains += [target] * n
        real, fake = torch.cat(real), torch.cat(fake)
        domains = torch.tensor(domains, device=real.device)
        scores = critic(torch.cat([real, fake]), domains.repeat(2))
        on_real, on_fake = scores.chunk(2)
        loss = self._loss.critic(on_real, on_fake, state={})
        penalty = self._loss.penalty
        if penalty is None and real.ndim == 2:
            penalty = _PENALTY
        if penalty is not None and step.total % penalty.every == 0:

            def judge(rows):
                return critic(rows, domains)

            term = penalty(judge, real, fake, step.generator)
            loss = loss + penalty.every * term
        logs = {"real_score": on_real.mean(), "fake_score": on_fake.mean()}
        if self.class_weight:
            named = F.cross_entropy(critic.names(real), domains)
            loss, logs["named"] = loss + self.class_weight * named, named
        return loss, {name: value.detach() for name, value in logs.items()}

    # -- translators -------------------------------------------------------------------

    @abstractmethod
    def translator(self, step):
        """Loss of the translators, and a dict of its parts."""

    def fakes(self, step):
        """Translate the rows of the step; give source, target and rows of each."""
        if "fakes" not in step.shared:
            net, n = step.players["translator"], len(step.batch)
            shift = 1
            if n > 2:
                draw = torch.rand((), generator=step.generator, device=net_device(net))
                shift = 1 + int(draw * (n - 1))
            step.shared["fakes"] = [
                (s, (s + shift) % n, self.translation(step, s, (s + shift) % n))
                for s in range(n)
            ]
        return step.shared["fakes"]

    def translation(self, step, source, target):
        """Rows of the batch translated, with gradients."""
        (x,) = step.batch[source]
        return step.players["translator"].translate(x, source, target)

    def fooled(self, step):
        """Adversarial loss of the translations."""
        fakes = self.fakes(step)
        rows = torch.cat([rows for _, _, rows in fakes])
        domains = [t for _, t, rows in fakes for _ in range(len(rows))]
        domains = torch.tensor(domains, device=rows.device)
        critic = step.players["critic"]
        loss = self._loss.generator(critic(rows, domains))
        if not self.class_weight:
            return loss
        named = F.cross_entropy(critic.names(rows), domains)
        return loss + self.class_weight * named

    def changed(self, step):
        """Mean absolute change of rows by their translation; 0 without a weight."""
        if not self.content_weight:
            return 0.0
        fakes = self.fakes(step)
        moved = [(rows - step.batch[s][0]).abs().mean() for s, _, rows in fakes]
        return self.content_weight * sum(moved) / len(moved)

    def _missed(self, step, first, second, a, b):
        """Error of known pairs, in both directions."""
        net = step.players["translator"]
        rows = torch.randperm(len(a), generator=step.generator, device=a.device)
        rows = rows[:_MOST_PAIRS]
        a, b = a[rows], b[rows]
        there = (net.translate(a, first, second) - b).abs().mean()
        return there + (net.translate(b, second, first) - a).abs().mean()

    # -- rows held out -----------------------------------------------------------------

    def valid(self, step):
        """Energy distances of translations from rows of their domains."""
        net, rows = step.players["translator"], [x[:_MOST_ROWS] for (x,) in step.batch]
        n = len(rows)
        found = [
            energy_distance(net.translate(rows[s], s, (s + 1) % n), rows[(s + 1) % n])
            for s in range(n)
        ]
        return sum(found) / n


def net_device(net):
    """Device of a network."""
    return next(net.parameters()).device


@dataclass(frozen=True)
class CycleGAN(DomainGame):
    """Translations that fool a critic, and that come back as what they were.

    Parameters
    ----------
    cycle_weight : float, default=2.0
        Weight of the mean absolute error of rows that went there and back; 10 in the
        paper, where small drawings stay as they are.
    identity_weight : float, default=0.2
        Weight of what the network changes of rows that are translated into the domain
        they come from, mean absolute value; 5 in the paper.
    content_weight : float, default=0.0
        Weight of the mean absolute change from a row to its translation: how far
        content may move.
    pair_weight : float, default=10.0
        Weight of the mean absolute error of known pairs, where `fit` is given such.
    class_weight : float, default=0.0
        Weight of the cross-entropy by which the critic names the domain of rows, and
        shall name the target of translations: feedback of the classes (ArtGAN).
    loss : str or GANLoss, default="least_squares"
        A name of `skgen.losses.gan.LOSSES`, or a loss without an autoencoding critic.
    pool : int, default=50
        Earlier translations of each domain that the critic sees again.

    Notes
    -----
    A cycle that closes proves nothing of what is in between: translators can shuffle
    the classes and shuffle them back. Judge by known pairs, or by what shall be kept.

    References
    ----------
    J.-Y. Zhu, T. Park, P. Isola, A. Efros, "Unpaired image-to-image translation using
    cycle-consistent adversarial networks", ICCV 2017, equations 1 to 3, section 5.2.

    Examples
    --------
    >>> from skgen.translation import CycleGAN, DomainTranslator
    >>> model = DomainTranslator(CycleGAN(identity_weight=0.0))
    """

    cycle_weight: float = 2.0
    identity_weight: float = 0.2

    def translation(self, step, source, target):
        """See `DomainGame.translation`; keeps the rows that are there already."""
        (x,), (own,) = step.batch[source], step.batch[target]
        net = step.players["translator"]
        if not self.identity_weight:
            return net.translate(x, source, target)
        both = net.translate(torch.cat([x, own]), source, target)
        stays = net.around.start(own, source, target)
        step.shared[f"same {target}"] = (both[len(x) :] - stays).abs().mean()
        return both[: len(x)]

    def translator(self, step):
        """Adversarial loss, and what is lost on the way there and back."""
        net, fakes = step.players["translator"], self.fakes(step)
        fooled = self.fooled(step)
        lost = sum(
            self.apart(net.translate(rows, t, s), step.batch[s][0])
            for s, t, rows in fakes
        ) / len(fakes)
        loss = fooled + self.cycle_weight * lost + self.changed(step)
        logs = {"adversarial": fooled, "cycle": lost}
        if self.identity_weight:
            same = sum(step.shared[f"same {t}"] for _, t, _ in fakes) / len(fakes)
            loss = loss + self.identity_weight * same
            logs["identity"] = same
        return loss, logs

    def apart(self, x, y):
        """Distance of rows from those that came back."""
        return (x - y).abs().mean()


@dataclass(frozen=True)
class DiscoGAN(CycleGAN):
    """The game of `CycleGAN` with squared errors and the loss of the first GAN.

    Parameters
    ----------
    cycle_weight : float, default=1.0
        Weight of the mean squared error of rows that went there and back.
    identity_weight : float, default=0.0
        Weight of what the network changes of rows that are translated into the domain
        they come from, mean absolute value.
    content_weight : float, default=0.0
        Weight of the mean absolute change from a row to its translation: how far
        content may move.
    pair_weight : float, default=10.0
        Weight of the mean absolute error of known pairs, where `fit` is given such.
    class_weight : float, default=0.0
        Weight of the cross-entropy by which the critic names the domain of rows, and
        shall name the target of translations: feedback of the classes (ArtGAN).
    loss : str or GANLoss, default="minimax"
        A name of `skgen.losses.gan.LOSSES`, or a loss without an autoencoding critic.
    pool : int, default=0
        Earlier translations of each domain that the critic sees again.

    References
    ----------
    T. Kim, M. Cha, H. Kim, J. Lee, J. Kim, "Learning to discover cross-domain relations
    with generative adversarial networks", ICML 2017, equations 3 to 8.

    Examples
    --------
    >>> from skgen.translation import DiscoGAN, DomainTranslator
    >>> model = DomainTranslator(DiscoGAN())
    """

    cycle_weight: float = 1.0
    identity_weight: float = 0.0
    loss: str | GANLoss = field(default="minimax", kw_only=True)
    pool: int = field(default=0, kw_only=True)

    def apart(self, x, y):
        """Squared distance of rows from those that came back."""
        return (x - y).square().mean()


@dataclass(frozen=True)
class DualGAN(CycleGAN):
    """The game of `CycleGAN` with the loss of Wasserstein GANs and no identity term.

    Parameters
    ----------
    cycle_weight : float, default=20.0
        Weight of the mean absolute error of rows that went there and back.
    identity_weight : float, default=0.0
        Weight of what the network changes of rows that are translated into the domain
        they come from, mean absolute value.
    content_weight : float, default=0.0
        Weight of the mean absolute change from a row to its translation: how far
        content may move.
    pair_weight : float, default=10.0
        Weight of the mean absolute error of known pairs, where `fit` is given such.
    class_weight : float, default=0.0
        Weight of the cross-entropy by which the critic names the domain of rows, and
        shall name the target of translations: feedback of the classes (ArtGAN).
    loss : str or GANLoss, default="wasserstein_gp"
        A name of `skgen.losses.gan.LOSSES`, or a loss without an autoencoding critic.
    pool : int, default=0
        Earlier translations of each domain that the critic sees again.

    Notes
    -----
    Deviations from the paper: a penalty of the slope in place of clipped weights, and
    no dropout as noise.

    References
    ----------
    Z. Yi, H. Zhang, P. Tan, M. Gong, "DualGAN: unsupervised dual learning for
    image-to-image translation", ICCV 2017, equations 1 to 3.

    Examples
    --------
    >>> from skgen.translation import DomainTranslator, DualGAN
    >>> model = DomainTranslator(DualGAN())
    """

    cycle_weight: float = 20.0
    identity_weight: float = 0.0
    loss: str | GANLoss = field(default="wasserstein_gp", kw_only=True)
    pool: int = field(default=0, kw_only=True)

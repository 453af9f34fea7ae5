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

_PENALTY = R1(0.1)  # of critics of tables; those of images have spectral norm
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


@dataclass(frozen=True)
class DeepFake(DomainGame):
    """One encoder and a decoder for each domain, which bring changed rows back.

    Nothing but the shared encoder makes a translation: the codes of one domain are
    decoded as those of another. There is no critic.

    Parameters
    ----------
    distortion : float, default=0.05
        How much rows are changed before they are brought back: images are shifted and
        stretched by up to this share of their sides, tables get noise of this
        deviation.
    content_weight : float, default=0.0
        Weight of the mean absolute change from a row to its translation: how far
        content may move.
    pair_weight : float, default=10.0
        Weight of the mean absolute error of known pairs, where `fit` is given such.
    class_weight : float, default=0.0
        Not used, since there is no critic.
    loss : str or GANLoss, default="least_squares"
        Not used, since there is no critic.
    pool : int, default=0
        Not used, since there is no critic.

    Notes
    -----
    The method became known by exchanged faces. A picture of a person who did not agree
    to it is an injury, and in many countries an offence; this one is meant for drawings
    and instruments.

    References
    ----------
    I. Perov et al., "DeepFaceLab: integrated, flexible and extensible face-swapping
    framework", arXiv 2005.05535, section 3.

    Examples
    --------
    >>> from skgen.translation import DeepFake, DomainTranslator
    >>> model = DomainTranslator(DeepFake(), image_shape=(8, 8))
    """

    coded = True
    adversarial = False
    pace = 4.0

    distortion: float = 0.05
    pool: int = field(default=0, kw_only=True)

    def __post_init__(self):
        super().__post_init__()
        if not (isinstance(self.distortion, Real) and 0 <= self.distortion < 1):
            raise ValueError(f"distortion must be in [0, 1), got {self.distortion!r}.")

    def translator(self, step):
        """Mean absolute error of rows that come back."""
        net, lost = step.players["translator"], 0.0
        for domain, (x,) in enumerate(step.batch):
            seen = _distorted(x, self.distortion, step.generator)
            back = net.translate(seen, domain, domain)
            lost = lost + (back - x).abs().mean() / len(step.batch)
        return lost + self.changed(step), {"reconstruction": lost}


@dataclass(frozen=True)
class UNIT(DomainGame):
    """One space of codes for all domains: autoencoders, cycles and a critic.

    Codes have noise of unit variance and a penalty of their squares, the divergence
    from the standard normal. Rows come back from their own code and from that of their
    translation.

    Parameters
    ----------
    kl_weight : float, default=0.01
        Weight of half the mean square of the codes.
    reconstruction_weight : float, default=5.0
        Weight of the mean absolute error of rows that come back from their codes.
    cycle_weight : float, default=5.0
        Weight of the same for rows that went there and back.
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
    pool : int, default=0
        Earlier translations of each domain that the critic sees again.

    Notes
    -----
    Deviation from the paper: the encoder is shared as a whole, the decoders are not
    shared at all. With ``kl_weight=0, cycle_weight=0`` it is a coupled GAN (CoGAN) with
    an encoder.

    References
    ----------
    M.-Y. Liu, T. Breuel, J. Kautz, "Unsupervised image-to-image translation networks",
    NeurIPS 2017, equations 2 to 8. M.-Y. Liu, O. Tuzel, "Coupled generative adversarial
    networks", NeurIPS 2016.

    Examples
    --------
    >>> from skgen.translation import UNIT, DomainTranslator
    >>> model = DomainTranslator(UNIT(kl_weight=0.1))
    """

    coded = True

    kl_weight: float = 0.01
    reconstruction_weight: float = 5.0
    cycle_weight: float = 5.0
    pool: int = field(default=0, kw_only=True)

    def translator(self, step):
        """Errors of rows that come back, divergence of codes, adversarial loss."""
        net, fakes = step.players["translator"], self.fakes(step)
        fooled = self.fooled(step)
        lost = back = kl = 0.0
        for s, t, rows in fakes:
            (x,) = step.batch[s]
            code = net.encoder(net.around.start(x, s, s))
            kl = kl + 0.5 * code.square().mean() / len(fakes)
            if self.kl_weight:
                code = code + torch.randn(
                    code.shape, generator=step.generator, device=code.device
                )
            back = back + (net.decode(code, s) - x).abs().mean() / len(fakes)
            if self.cycle_weight:
                lost = lost + (net.translate(rows, t, s) - x).abs().mean() / len(fakes)
        loss = fooled + self.reconstruction_weight * back + self.changed(step)
        loss = loss + self.kl_weight * kl + self.cycle_weight * lost
        return loss, {"adversarial": fooled, "reconstruction": back, "kl": kl}


@dataclass(frozen=True)
class DTN(DomainGame):
    """Translations whose codes are those of the rows, and a critic.

    Parameters
    ----------
    constancy_weight : float, default=5.0
        Weight of the mean squared distance of the code of a translation from that of
        its row.
    identity_weight : float, default=5.0
        Weight of the mean absolute error of rows that come back in their own domain.
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
    pool : int, default=0
        Earlier translations of each domain that the critic sees again.

    Notes
    -----
    Deviations from the paper: the encoder of features learns in the game, in place of
    one that was trained before; both directions; a critic of two answers.

    References
    ----------
    Y. Taigman, A. Polyak, L. Wolf, "Unsupervised cross-domain image generation", ICLR
    2017, equations 3 to 7.

    Examples
    --------
    >>> from skgen.translation import DTN, DomainTranslator
    >>> model = DomainTranslator(DTN(constancy_weight=1.0))
    """

    coded = True

    constancy_weight: float = 5.0
    identity_weight: float = 5.0
    pool: int = field(default=0, kw_only=True)

    def translator(self, step):
        """Adversarial loss, how far codes move, and errors in the own domain."""
        net, fakes = step.players["translator"], self.fakes(step)
        fooled = self.fooled(step)
        moved = back = 0.0
        for s, t, rows in fakes:
            (x,) = step.batch[s]
            code = net.encoder(net.around.start(x, s, t)).detach()
            there = net.encoder(net.around.start(rows, t, t))
            moved = moved + (there - code).square().mean() / len(fakes)
            back = back + (net.translate(x, s, s) - x).abs().mean() / len(fakes)
        loss = fooled + self.constancy_weight * moved + self.identity_weight * back
        logs = {"adversarial": fooled, "codes": moved, "identity": back}
        return loss + self.changed(step), logs


@dataclass(frozen=True)
class DRGAN(DomainGame):
    """Codes that say nothing of the domain, which decoders add.

    A second answer of the critic finds the domain by the codes; the encoder learns that
    it cannot. Rows come back from their own codes, and translations fool the critic.

    Parameters
    ----------
    confusion_weight : float, default=1.0
        Weight of the cross-entropy between what the critic says of codes and no opinion
        at all.
    reconstruction_weight : float, default=5.0
        Weight of the mean absolute error of rows that come back from their codes.
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
    pool : int, default=0
        Earlier translations of each domain that the critic sees again.

    Notes
    -----
    Deviations from the paper: the domain takes the part of the pose, the critic's
    answer to codes that of its classes of identities; no noise.

    References
    ----------
    L. Tran, X. Yin, X. Liu, "Disentangled representation learning GAN for
    pose-invariant face recognition", CVPR 2017, equations 2 to 4.

    Examples
    --------
    >>> from skgen.translation import DRGAN, DomainTranslator
    >>> model = DomainTranslator(DRGAN(confusion_weight=2.0))
    """

    coded = True
    judges_codes = True

    confusion_weight: float = 1.0
    reconstruction_weight: float = 5.0
    pool: int = field(default=0, kw_only=True)

    def critic(self, step):
        """Loss of the critic, and of its answer to codes."""
        loss, logs = super().critic(step)
        with torch.no_grad():
            codes, domains = self._codes(step)
        found = step.players["critic"].domain_of(codes)
        missed = F.cross_entropy(found, domains)
        return loss + missed, {**logs, "domain_of_codes": missed.detach()}

    def translator(self, step):
        """Adversarial loss, errors of rows that come back, what codes say."""
        net = step.players["translator"]
        fooled, (codes, domains) = self.fooled(step), self._codes(step)
        found = step.players["critic"].domain_of(codes)
        even = -torch.log_softmax(found, dim=1).mean()
        rows = torch.cat([x for (x,) in step.batch])
        back = torch.cat(
            [net.decode(codes[domains == k], k) for k in range(len(step.batch))]
        )
        lost = (back - rows).abs().mean()
        loss = fooled + self.reconstruction_weight * lost + self.changed(step)
        logs = {"adversarial": fooled, "reconstruction": lost, "confusion": even}
        return loss + self.confusion_weight * even, logs

    def _codes(self, step):
        """Codes of all rows of the step, and their domains."""
        net, sizes = step.players["translator"], [len(x) for (x,) in step.batch]
        rows = [net.around.start(x, k, k) for k, (x,) in enumerate(step.batch)]
        codes = net.encoder(torch.cat(rows))
        domains = torch.arange(len(sizes), device=codes.device)
        sizes = torch.tensor(sizes, device=codes.device)
        return codes, domains.repeat_interleave(sizes)


@dataclass(frozen=True)
class GeneGAN(DomainGame):
    """An attribute that one domain has and the other lacks, swapped with its extent.

    The first domain lacks the attribute, the second has it. A code is in two parts:
    what is shown, and the attribute, which must be zero for rows without. Rows exchange
    their attributes and shall come back when they exchange them again. `translate`
    gives rows the mean attribute of the rows of the fit.

    Parameters
    ----------
    reconstruction_weight : float, default=5.0
        Weight of the mean absolute error of rows that come back.
    attribute_weight : float, default=1.0
        Weight of the mean absolute attribute of rows without.
    parallelogram_weight : float, default=1.0
        Weight of the mean absolute difference between the sums of both rows before and
        after the exchange.
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
    pool : int, default=0
        Earlier translations of each domain that the critic sees again.

    References
    ----------
    S. Zhou, T. Xiao, Y. Yang, D. Feng, Q. He, W. He, "GeneGAN: learning object
    transfiguration and attribute subspace from unpaired data", BMVC 2017, section 2.

    Examples
    --------
    >>> from skgen.translation import DomainTranslator, GeneGAN
    >>> model = DomainTranslator(GeneGAN())
    """

    coded = True
    attributes = True

    reconstruction_weight: float = 5.0
    attribute_weight: float = 1.0
    parallelogram_weight: float = 1.0
    pool: int = field(default=0, kw_only=True)

    def fakes(self, step):
        """Exchange the attributes of the rows of both domains."""
        if "fakes" not in step.shared:
            net, ((x,), (y,)) = step.players["translator"], step.batch
            n = min(len(x), len(y))
            x, y = x[:n], y[:n]
            (content, none), (other, attribute) = net.parts(x), net.parts(y)
            net.remember(attribute.detach())
            with_it = net.join(content, attribute)
            without = net.join(other, torch.zeros_like(attribute))
            step.shared["fakes"] = [(0, 1, with_it), (1, 0, without)]
            step.shared["parts"] = x, y, content, none, other, attribute
        return step.shared["fakes"]

    def translator(self, step):
        """Adversarial loss, rows that come back, attributes that shall be none."""
        net, fooled = step.players["translator"], self.fooled(step)
        (_, _, with_it), (_, _, without) = self.fakes(step)
        x, y, content, none, other, attribute = step.shared["parts"]
        nothing = torch.zeros_like(attribute)
        (again, taken), (rest, left) = net.parts(with_it), net.parts(without)
        pairs = [
            (net.join(content, nothing), x),
            (net.join(other, attribute), y),
            (net.join(again, nothing), x),
            (net.join(rest, taken), y),
        ]
        back = sum((found - rows).abs().mean() for found, rows in pairs) / len(pairs)
        empty = none.abs().mean() + left.abs().mean()
        skewed = (x + y - with_it - without).abs().mean()
        loss = fooled + self.reconstruction_weight * back + self.changed(step)
        loss = loss + self.attribute_weight * empty + self.parallelogram_weight * skewed
        logs = {"adversarial": fooled, "reconstruction": back, "attribute": empty}
        return loss, logs


def _distorted(x, size, generator):
    """Rows with noise, or images shifted and stretched, each in its own way."""
    if not size:
        return x
    if x.ndim == 2:
        noise = torch.randn(x.shape, generator=generator, device=x.device)
        return x + size * noise
    draw = torch.rand(len(x), 4, generator=generator, device=x.device)
    change = size * (2 * draw - 1)
    theta = x.new_zeros(len(x), 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = 1 + change[:, 0], 1 + change[:, 1]
    theta[:, :, 2] = 2 * change[:, 2:]
    grid = torch.nn.functional.affine_grid(theta, list(x.shape), align_corners=False)
    return torch.nn.functional.grid_sample(
        x, grid, padding_mode="border", align_corners=False
    )


#: Games by name: what ``DomainTranslator(game="...")`` selects.
DOMAIN_GAMES = {
    "cyclegan": CycleGAN(),
    "discogan": DiscoGAN(),
    "dualgan": DualGAN(),
    "unit": UNIT(),
    "dtn": DTN(),
    "deepfake": DeepFake(),
    "drgan": DRGAN(),
    "genegan": GeneGAN(),
}

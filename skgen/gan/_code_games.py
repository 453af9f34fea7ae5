"""Games that learn codes of rows: critic, generator, and an encoder beside it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from numbers import Real
from typing import ClassVar

import torch

from ..losses._energy import energy_distance
from ..losses.elbo import gaussian_kl
from ..losses.gan import LOSSES, GANLoss
from ..losses.gan._usable import usable_loss
from ..losses.penalties import R1, Penalty
from ._code_players import class_loss, distortion, frozen
from ._game import _moments_of_the_batch


@dataclass(frozen=True)
class CodeGame(ABC):
    """Template of a game of a critic against an encoder and a generator.

    A game is a frozen dataclass; its methods are the objectives of the two players. The
    encoder and the generator are one of them, the ``"coder"``.

    Parameters
    ----------
    loss : str or GANLoss, default="minimax"
        A name of `skgen.losses.gan.LOSSES`, or a loss without an autoencoding critic.
    penalty : Penalty or None, default=R1(0.1)
        Penalty of the critic's gradients.

    Attributes
    ----------
    joint : bool
        Whether the critic judges rows together with their codes.
    stochastic : bool
        Whether a row has a distribution of codes.
    conditional : bool
        Whether the game is played with labels.
    aggregated : bool
        Whether draws take the mixture that is fitted to the codes of the rows; else
        they take the standard normal, of which the generator learned.
    shares_features : bool
        Whether the encoder sees the critic's features in place of rows.

    Examples
    --------
    A variational autoencoder whose generator never hears the critic's verdict:

    >>> from skgen.gan import VAEGAN, CodeGame, GANTransformer
    >>> game = VAEGAN(adversarial_weight=0.0)
    >>> isinstance(game, CodeGame), game.stochastic, game.conditional
    (True, True, False)
    >>> model = GANTransformer(game=game)
    """

    joint: ClassVar[bool] = False
    stochastic: ClassVar[bool] = False
    conditional: ClassVar[bool] = False
    aggregated: ClassVar[bool] = False
    shares_features: ClassVar[bool] = False

    loss: str | GANLoss = field(default="minimax", kw_only=True)
    penalty: Penalty | None = field(default_factory=lambda: R1(0.1), kw_only=True)

    def __post_init__(self):
        usable_loss(self.loss, LOSSES, "minimax")
        if self.penalty is not None and not isinstance(self.penalty, Penalty):
            raise TypeError(
                "penalty must be a Penalty of skgen.losses.penalties or None, got "
                f"{self.penalty!r}."
            )
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name.endswith("_weight") and not (
                isinstance(value, Real) and 0 <= value < float("inf")
            ):
                raise ValueError(
                    f"{f.name} must be a finite number >= 0, got {value!r}."
                )

    @property
    def _loss(self):
        return LOSSES[self.loss] if isinstance(self.loss, str) else self.loss

    def objectives(self, blocks):
        """Objectives by the names of the players, for rows of these blocks."""
        return {
            "critic": self.critic,
            "coder": lambda step: self.coder(step, blocks),
            "valid": lambda step: self.valid(step, blocks),
        }

    # -- critic ------------------------------------------------------------------------

    def critic(self, step):
        """Loss of the critic: real rows, or pairs with their codes, against others."""
        critic, coder = step.players["critic"], step.players["coder"]
        x, y = split(step.batch)
        with torch.no_grad():
            z, fakes = self.contest(coder, critic, x, y, step.generator)
        n = len(x)
        rows = torch.cat([x, *[fake for fake, _, _ in fakes]])
        codes = torch.cat([z, *[c for _, c, _ in fakes]]) if self.joint else None
        labels = torch.cat([y, *[k for _, _, k in fakes]]) if y is not None else None
        scores = critic(rows, codes, labels)
        real, fake = scores[:n], scores[n:]
        loss = self._loss.critic(real, fake, state={})
        logs = {"real_score": real.mean(), "fake_score": fake.mean()}
        if self.penalty is not None and step.total % self.penalty.every == 0:

            def judge(rows):
                return critic(rows, z if self.joint else None, y)

            term = self.penalty(judge, x, fakes[0][0], step.generator)
            loss = loss + self.penalty.every * term
            logs["penalty"] = term
        return loss, {name: value.detach() for name, value in logs.items()}

    @abstractmethod
    def contest(self, coder, critic, x, y, generator):
        """Codes of the real rows or None, and lists of (rows, codes, classes)."""

    # -- coder -------------------------------------------------------------------------

    @abstractmethod
    def coder(self, step, blocks):
        """Loss of encoder and generator."""

    def seen(self, critic, x):
        """Give what the encoder sees of rows."""
        return critic.features(x).detach() if self.shares_features else x

    def fool(self, critic, rows, z, y):
        """Loss of generated rows that the critic shall take for real."""
        with frozen(critic):
            return self._loss.generator(critic(rows, z if self.joint else None, y))

    # -- rows held out -----------------------------------------------------------------

    def valid(self, step, blocks):
        """Energy distances of draws and of reconstructions from rows held out."""
        coder, critic = step.players["coder"], step.players["critic"]
        x, y = split(step.batch)
        draws = torch.Generator(device=step.generator.device).manual_seed(0)
        with _moments_of_the_batch(coder):
            z = noise(len(x), coder, draws)
            fake = coder.typical(z, y)
            mean, *_ = coder.encode(self.seen(critic, x))
            back = coder.typical(mean, y)
        drawn = energy_distance(x, fake)
        # The share of the rows' squares that reconstructions leave.
        lost = (back - x).square().mean() / (x - x.mean(dim=0)).square().mean()
        return drawn + lost, {"distance": drawn, "lost": lost}


def split(batch):
    """Rows of a batch, and their classes or None."""
    return batch if len(batch) == 2 else (batch[0], None)


def _shuffled(n, generator):
    """Places of rows in random order."""
    return torch.randperm(n, generator=generator, device=generator.device)


def noise(n, coder, generator):
    """Codes of the standard normal."""
    return torch.randn(n, coder.n_codes, generator=generator, device=generator.device)


@dataclass(frozen=True)
class BiGAN(CodeGame):
    """Pairs of a row and its code against pairs of a code and its row.

    The critic's best answer makes the two joint distributions one, so that encoder and
    generator invert each other, though nothing says so.

    Parameters
    ----------
    reconstruction_weight : float, default=0.0
        Weight of the likelihood of reconstructed rows, per encoded column; above 0 it
        is the game of Li et al. (2017), whose rows come back.
    loss : str or GANLoss, default="minimax"
        Adversarial loss. The encoder takes that of the generator with the sign of the
        scores turned: a loss of scores about 0.
    penalty : Penalty or None, default=R1(0.1)
        Penalty of the critic's gradients.

    References
    ----------
    J. Donahue, P. Kraehenbuehl, T. Darrell, "Adversarial feature learning", ICLR 2017,
    equation 3. C. Li et al., "ALICE: towards understanding adversarial learning for
    joint distribution matching", NeurIPS 2017, equation 7.

    Examples
    --------
    >>> from skgen.gan import BiGAN, GANTransformer
    >>> model = GANTransformer(game=BiGAN(reconstruction_weight=1.0))
    """

    joint = True

    reconstruction_weight: float = 0.0

    def contest(self, coder, critic, x, y, generator):
        """See `CodeGame.contest`."""
        own, *_ = coder.code(x, generator)
        z = noise(len(x), coder, generator)
        return own, [(coder.generator(z, y, None, generator), z, y)]

    def coder(self, step, blocks):
        """Loss of encoder and generator: each fools the critic by its pairs."""
        coder, critic = step.players["coder"], step.players["critic"]
        x, y = split(step.batch)
        own, *_ = coder.code(x, step.generator)
        z = noise(len(x), coder, step.generator)
        fake = coder.generator(z, y, None, step.generator)
        loss = self.fool(critic, fake, z, y)
        with frozen(critic):
            loss = loss + self._loss.generator(-critic(x, own, y))
        if not self.reconstruction_weight:
            return loss
        lost = distortion(coder.typical(own, y), x, blocks) / x[0].numel()
        return loss + self.reconstruction_weight * lost, {"reconstruction": lost}


@dataclass(frozen=True)
class ALI(BiGAN):
    """The game of `BiGAN` with a distribution of codes for each row.

    Parameters
    ----------
    reconstruction_weight : float, default=0.0
        Weight of the likelihood of reconstructed rows, per encoded column.
    loss : str or GANLoss, default="minimax"
        Adversarial loss.
    penalty : Penalty or None, default=R1(0.1)
        Penalty of the critic's gradients.

    References
    ----------
    V. Dumoulin et al., "Adversarially learned inference", ICLR 2017, section 2.

    Examples
    --------
    >>> from skgen.gan import ALI, GANTransformer
    >>> model = GANTransformer(game=ALI())
    """

    stochastic = True


@dataclass(frozen=True)
class AEGAN(CodeGame):
    """A plain game, and an encoder that learns to invert its generator.

    The encoder learns the codes of generated rows, and that reconstructions of real
    ones have the critic's features; the generator learns from the critic alone.

    Parameters
    ----------
    feature_weight : float, default=1.0
        Weight of the squared error in the critic's features, per feature.
    loss : str or GANLoss, default="minimax"
        Adversarial loss.
    penalty : Penalty or None, default=R1(0.1)
        Penalty of the critic's gradients.

    Notes
    -----
    Deviation from the paper: both learn at the same time, not one after the other.

    References
    ----------
    J. Luo, Y. Xu, C. Tang, J. Lv, "Learning inverse mapping by autoencoder based
    generative adversarial nets", ICONIP 2017.

    Examples
    --------
    >>> from skgen.gan import AEGAN, GANTransformer
    >>> model = GANTransformer(game=AEGAN())
    """

    feature_weight: float = 1.0

    def contest(self, coder, critic, x, y, generator):
        """See `CodeGame.contest`."""
        z = noise(len(x), coder, generator)
        return None, [(coder.generator(z, y, None, generator), z, y)]

    def coder(self, step, blocks):
        """Loss of the generator, and of the encoder for what was generated."""
        coder, critic = step.players["coder"], step.players["critic"]
        x, y = split(step.batch)
        z = noise(len(x), coder, step.generator)
        fake = coder.generator(z, y, None, step.generator)
        loss = self.fool(critic, fake, None, y)
        found, *_ = coder.encode(fake.detach())
        missed = (found - z).square().mean()
        loss = loss + missed
        mean, _, logits = coder.encode(x)
        loss = loss + class_loss(logits, y)
        if self.feature_weight:
            with frozen(coder.generator), frozen(critic):
                back = critic.features(coder.typical(mean, y))
                apart = (back - critic.features(x)).square().mean()
            loss = loss + self.feature_weight * apart
        return loss, {"codes": missed}


@dataclass(frozen=True)
class IcGAN(AEGAN):
    """A game with labels, and encoders of both the noise and the label of a row.

    `GANTransformer.relabel` changes the label and keeps the rest.

    Parameters
    ----------
    feature_weight : float, default=1.0
        Weight of the squared error in the critic's features, per feature; 0 in the
        paper.
    loss : str or GANLoss, default="minimax"
        Adversarial loss.
    penalty : Penalty or None, default=R1(0.1)
        Penalty of the critic's gradients.

    References
    ----------
    G. Perarnau, J. van de Weijer, B. Raducanu, J. Alvarez, "Invertible conditional GANs
    for image editing", NeurIPS workshop on adversarial training 2016, equations 3, 4.

    Examples
    --------
    >>> from skgen.gan import GANTransformer, IcGAN
    >>> model = GANTransformer(game=IcGAN())
    """

    conditional = True


@dataclass(frozen=True)
class VAEGAN(CodeGame):
    """A variational autoencoder whose rows the critic judges.

    Encoder and generator minimise the negative ELBO and the error in the critic's
    features; draws and reconstructions shall be taken for real.

    Parameters
    ----------
    feature_weight : float, default=1.0
        Weight of the squared error in the critic's features, per feature.
    adversarial_weight : float, default=0.1
        Weight of what the critic says of draws and reconstructions.
    kl_weight : float, default=1.0
        Weight of the divergence of the codes from the standard normal.
    loss : str or GANLoss, default="minimax"
        Adversarial loss.
    penalty : Penalty or None, default=R1(0.1)
        Penalty of the critic's gradients.

    Notes
    -----
    Deviation from the paper: rows have a likelihood too, which the paper replaces by
    the features. The ELBO counts per encoded column, so that the weights mean the same
    for few and for many columns.

    References
    ----------
    A. Larsen, S. Soenderby, H. Larochelle, O. Winther, "Autoencoding beyond pixels
    using a learned similarity metric", ICML 2016, equation 8.

    Examples
    --------
    >>> from skgen.gan import GANTransformer, VAEGAN
    >>> model = GANTransformer(game=VAEGAN(adversarial_weight=0.2))
    """

    stochastic = True
    aggregated = True

    feature_weight: float = 1.0
    adversarial_weight: float = 0.1
    kl_weight: float = 1.0

    def contest(self, coder, critic, x, y, generator):
        """See `CodeGame.contest`."""
        own, *_ = coder.code(self.seen(critic, x), generator)
        z = noise(len(x), coder, generator)
        both = torch.cat([z, own])
        fakes = coder.generator(
            both, None if y is None else y.repeat(2), None, generator
        )
        n = len(x)
        return None, [(fakes[:n], z, y), (fakes[n:], own, y)]

    def coder(self, step, blocks):
        """Negative ELBO, errors in features, and what the critic says."""
        coder, critic = step.players["coder"], step.players["critic"]
        x, y = split(step.batch)
        own, mean, log_var, logits = coder.code(self.seen(critic, x), step.generator)
        back = coder.typical(own, y)
        lost = distortion(back, x, blocks)
        kl = gaussian_kl(mean, log_var).sum(dim=1).mean()
        loss = (lost + self.kl_weight * kl) / x[0].numel() + class_loss(logits, y)
        z = noise(len(x), coder, step.generator)
        fake = coder.generator(z, y, None, step.generator)
        logs = {"reconstruction": lost, "kl": kl}
        with frozen(critic):
            features = critic.features(back)
            if self.feature_weight:
                apart = self.apart(features, critic.features(x).detach(), y, coder)
                loss = loss + self.feature_weight * apart
                logs["features"] = apart
            scores = [critic.judge(features, None, y), critic(fake, None, y)]
            if y is not None:
                # The codes of rows with the labels of others: a code shall not say
                # what the label does.
                changed = y[_shuffled(len(y), step.generator)]
                rows = coder.generator(own, changed, None, step.generator)
                scores.append(critic(rows, None, changed))
                with frozen(coder.encoder):
                    *_, found = coder.encode(self.seen(critic, rows))
                missed = class_loss(found, changed)
                loss = loss + self.class_weight * missed
                logs["relabeled"] = missed
            if self.adversarial_weight:
                fooled = self._loss.generator(torch.cat(scores))
                loss = loss + self.adversarial_weight * fooled
        return loss, logs

    def apart(self, found, real, y, coder):
        """Squared error of the features of reconstructions."""
        return (found - real).square().mean()


@dataclass(frozen=True)
class CVAEGAN(VAEGAN):
    """The game of `VAEGAN` with labels, whose draws have each class's mean features.

    Parameters
    ----------
    feature_weight : float, default=1.0
        Weight of the squared errors in the critic's features, per feature: of each
        reconstruction, and of the mean of each class in the batch.
    adversarial_weight : float, default=0.1
        Weight of what the critic says of draws and reconstructions.
    kl_weight : float, default=1.0
        Weight of the divergence of the codes from the standard normal.
    class_weight : float, default=0.1
        Weight of the cross-entropy of the encoder's labels for the codes of rows with
        the labels of others.
    loss : str or GANLoss, default="minimax"
        Adversarial loss.
    penalty : Penalty or None, default=R1(0.1)
        Penalty of the critic's gradients.

    Notes
    -----
    The encoder is not told the label, so that `GANTransformer.transform` needs none;
    the paper's is. The encoder has outputs for the label, in place of the paper's
    fourth network.

    References
    ----------
    J. Bao, D. Chen, F. Wen, H. Li, G. Hua, "CVAE-GAN: fine-grained image generation
    through asymmetric training", ICCV 2017, equations 5 to 8.

    Examples
    --------
    >>> from skgen.gan import CVAEGAN, GANTransformer
    >>> model = GANTransformer(game=CVAEGAN())
    """

    conditional = True

    class_weight: float = 0.1

    def apart(self, found, real, y, coder):
        """Squared errors of features, and of their means by class."""
        each = (found - real).square().mean()
        codes = torch.nn.functional.one_hot(y, coder.generator.n_classes).to(found)
        counts = codes.sum(dim=0).clamp(min=1)[:, None]
        means = (codes.T @ found / counts - codes.T @ real / counts).square()
        return each + means.sum(dim=0).mean() / (codes.sum(dim=0) > 0).sum()


@dataclass(frozen=True)
class IAN(VAEGAN):
    """The game of `VAEGAN` with an encoder that stands on the critic's features.

    Parameters
    ----------
    feature_weight : float, default=1.0
        Weight of the squared error in the critic's features, per feature.
    adversarial_weight : float, default=0.1
        Weight of what the critic says of draws and reconstructions.
    kl_weight : float, default=1.0
        Weight of the divergence of the codes from the standard normal.
    loss : str or GANLoss, default="minimax"
        Adversarial loss.
    penalty : Penalty or None, default=R1(0.1)
        Penalty of the critic's gradients.

    References
    ----------
    A. Brock, T. Lim, J. Ritchie, N. Weston, "Neural photo editing with introspective
    adversarial networks", ICLR 2017, section 3.

    Examples
    --------
    >>> from skgen.gan import GANTransformer, IAN
    >>> model = GANTransformer(game=IAN())
    """

    shares_features = True


#: Games by name: what ``GANTransformer(game="...")`` selects.
CODE_GAMES = {
    "bigan": BiGAN(),
    "ali": ALI(),
    "aegan": AEGAN(),
    "ian": IAN(),
    "vaegan": VAEGAN(),
    "cvaegan": CVAEGAN(),
    "icgan": IcGAN(),
}

"""Games between domains by codes: one encoder, and decoders of domains."""

from dataclasses import dataclass, field
from numbers import Real

import torch
from torch.nn import functional as F

from ._domain_games import DomainGame


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
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, padding_mode="border", align_corners=False)

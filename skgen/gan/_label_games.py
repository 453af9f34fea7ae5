"""Games of a classifier that is the critic: unlabeled rows help to classify."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import ClassVar

import torch
from torch.nn import functional as F


@dataclass(frozen=True)
class LabelGame(ABC):
    """Template of a game of a classifier against a generator.

    A game is a frozen dataclass; its methods are what the players minimise beside the
    cross-entropy of the labels. The classifier has an output for each class, and one
    more for generated rows, which games may leave alone.

    Parameters
    ----------
    weight : float, default=1.0
        Weight of the classifier's part of the game.

    Attributes
    ----------
    completes : bool
        Whether the generator is given rows with holes, and fills these.

    Examples
    --------
    >>> import torch
    >>> from skgen.gan import LabelGame
    >>> class Bold(LabelGame):
    ...     def classifier(self, real, fake):
    ...         return fake[:, :-1].logsumexp(dim=1).mean() - fake[:, -1].mean()
    ...
    ...     def generator(self, features, fake, fake_outputs):
    ...         return (features.mean(dim=0) - fake.mean(dim=0)).abs().mean()
    >>> round(Bold().classifier(None, torch.zeros(2, 3)).item(), 4)
    0.6931
    """

    completes: ClassVar[bool] = False

    weight: float = 1.0

    def __post_init__(self):
        for f in fields(self):
            value = getattr(self, f.name)
            if f.type is float and not (
                isinstance(value, Real) and 0 <= value < float("inf")
            ):
                raise ValueError(
                    f"{f.name} must be a finite number >= 0, got {value!r}."
                )

    @abstractmethod
    def classifier(self, real, fake):
        """Loss of the classifier.

        Parameters
        ----------
        real, fake : Tensor of shape (batch, n_classes + 1)
            Outputs for unlabeled and for generated rows; the last is that of generated
            ones.

        Returns
        -------
        loss : Tensor of shape ()
            In nats.
        """

    @abstractmethod
    def generator(self, features, fake, fake_outputs):
        """Loss of the generator.

        Parameters
        ----------
        features, fake : Tensor of shape (batch, n_features)
            Last hidden layer of the classifier, of unlabeled and of generated rows.
        fake_outputs : Tensor of shape (batch, n_classes + 1)
            Outputs for generated rows.

        Returns
        -------
        loss : Tensor of shape ()
            What it minimises.
        """


def realness(outputs):
    """Log-odds that a row is real: of all classes against the last output."""
    return torch.logsumexp(outputs[:, :-1], dim=1) - outputs[:, -1]


def entropy(logits):
    """Mean entropy of the answers, in nats."""
    log_p = torch.log_softmax(logits, dim=1)
    return -(log_p.exp() * log_p).sum(dim=1).mean()


def entropy_of_mean(logits):
    """Entropy of the mean answer, in nats."""
    p = torch.softmax(logits, dim=1).mean(dim=0)
    return -(p * torch.log(p.clamp(min=1e-12))).sum()


@dataclass(frozen=True)
class FeatureMatching(LabelGame):
    """One class more for generated rows, whose mean features shall be the real ones'.

    Parameters
    ----------
    weight : float, default=1.0
        Weight of the classifier's part of the game.

    See Also
    --------
    FeatureMatchingGAN : The same for draws, as a game of `GANSampler`.

    Notes
    -----
    The rows that it draws are no good samples: a perfect generator would not help the
    classifier (Dai et al., "Good semi-supervised learning that requires a bad GAN",
    NeurIPS 2017).

    References
    ----------
    T. Salimans et al., "Improved techniques for training GANs", NeurIPS 2016, sections
    3.1 and 5.

    Examples
    --------
    >>> from skgen.gan import FeatureMatching, SemiSupervisedGANClassifier
    >>> model = SemiSupervisedGANClassifier(FeatureMatching(weight=0.5))
    """

    def classifier(self, real, fake):
        """See `LabelGame.classifier`."""
        on_real, on_fake = realness(real), realness(fake)
        return (F.softplus(-on_real).mean() + F.softplus(on_fake).mean()) / 2

    def generator(self, features, fake, fake_outputs):
        """Squared distance of mean features."""
        return (features.mean(dim=0) - fake.mean(dim=0)).square().mean()


@dataclass(frozen=True)
class CatGAN(LabelGame):
    """A classifier that is sure of real rows, evenly by class, and not of others.

    Parameters
    ----------
    weight : float, default=1.0
        Weight of the classifier's part of the game.

    Notes
    -----
    It takes the classes for equally frequent, as the paper does.

    References
    ----------
    J. T. Springenberg, "Unsupervised and semi-supervised learning with categorical
    generative adversarial networks", ICLR 2016, equations 7 and 9.

    Examples
    --------
    >>> from skgen.gan import CatGAN, SemiSupervisedGANClassifier
    >>> model = SemiSupervisedGANClassifier(CatGAN())
    """

    def classifier(self, real, fake):
        """See `LabelGame.classifier`."""
        real, fake = real[:, :-1], fake[:, :-1]
        return entropy(real) - entropy_of_mean(real) - entropy(fake)

    def generator(self, features, fake, fake_outputs):
        """Rows that the classifier is sure of, evenly by class."""
        logits = fake_outputs[:, :-1]
        return entropy(logits) - entropy_of_mean(logits)


@dataclass(frozen=True)
class AMGAN(LabelGame):
    """A generator that raises the class which the classifier finds most likely.

    Each generated row is a target of its own class, so that the generator gets a
    gradient for one class and not for all of them.

    Parameters
    ----------
    weight : float, default=1.0
        Weight of the classifier's part of the game.

    Notes
    -----
    An unlabeled row counts for the class that it is taken for: the dynamic labels of
    the paper's section 5.1.

    References
    ----------
    Z. Zhou et al., "Activation maximization generative adversarial nets", ICLR 2018,
    equations 12 and 13.

    Examples
    --------
    >>> from skgen.gan import AMGAN, SemiSupervisedGANClassifier
    >>> model = SemiSupervisedGANClassifier(AMGAN())
    """

    def classifier(self, real, fake):
        """See `LabelGame.classifier`."""
        own = real[:, :-1].argmax(dim=1)
        other = torch.full((len(fake),), fake.shape[1] - 1, device=fake.device)
        return (F.cross_entropy(real, own) + F.cross_entropy(fake, other)) / 2

    def generator(self, features, fake, fake_outputs):
        """Cross-entropy of the most likely class."""
        return F.cross_entropy(fake_outputs, fake_outputs[:, :-1].argmax(dim=1))


@dataclass(frozen=True)
class CCGAN(FeatureMatching):
    """A generator that fills holes in rows; the classifier tells filled ones.

    Parameters
    ----------
    weight : float, default=1.0
        Weight of the classifier's part of the game.
    hole : float, default=0.4
        Share of the entries that are hidden: side of the square hole of an image over
        its side, or share of the columns of a table; in (0, 1).

    References
    ----------
    E. Denton, S. Gross, R. Fergus, "Semi-supervised learning with context-conditional
    generative adversarial networks", 2016, equation 3. https://arxiv.org/abs/1611.06430

    Examples
    --------
    >>> from skgen.gan import CCGAN, SemiSupervisedGANClassifier
    >>> model = SemiSupervisedGANClassifier(CCGAN(hole=0.5))
    """

    completes = True

    hole: float = 0.4

    def __post_init__(self):
        super().__post_init__()
        if not 0 < self.hole < 1:
            raise ValueError(f"hole must be in (0, 1), got {self.hole!r}.")

    def generator(self, features, fake, fake_outputs):
        """Give the loss of rows that shall be taken for real (the paper's)."""
        return F.softplus(-realness(fake_outputs)).mean()


#: Games by name: what ``SemiSupervisedGANClassifier(game="...")`` selects.
LABEL_GAMES = {
    "feature_matching": FeatureMatching(),
    "catgan": CatGAN(),
    "amgan": AMGAN(),
    "ccgan": CCGAN(),
}


@dataclass(frozen=True)
class VirtualAdversarial:
    """Answers that stay in the direction in which they would change most.

    Parameters
    ----------
    radius : float, default=0.5
        Length of the move, over the median distance of a row to its nearest neighbour.
    weight : float, default=1.0
        Weight of the divergence between the answers.
    n_steps : int, default=1
        Power iterations that find the direction.

    References
    ----------
    T. Miyato, S. Maeda, M. Koyama, S. Ishii, "Virtual adversarial training: a
    regularization method for supervised and semi-supervised learning", IEEE PAMI 2019,
    equations 5 to 8.

    Examples
    --------
    >>> from skgen.gan import SemiSupervisedGANClassifier, VirtualAdversarial
    >>> steady = VirtualAdversarial(radius=0.3)
    >>> model = SemiSupervisedGANClassifier(consistency=steady)
    """

    radius: float = 0.5
    weight: float = 1.0
    n_steps: int = 1

    def __post_init__(self):
        for name in ("radius", "weight"):
            value = getattr(self, name)
            if not isinstance(value, Real) or not 0 <= value < float("inf"):
                raise ValueError(f"{name} must be a finite number >= 0, got {value!r}.")
        if not isinstance(self.n_steps, Integral) or self.n_steps < 1:
            raise ValueError(f"n_steps must be an integer >= 1, got {self.n_steps!r}.")

    def __call__(self, logits, x, unit, generator):
        """Divergence of answers after the worst move, the mean over rows.

        Parameters
        ----------
        logits : callable
            Maps rows to logits of the classes.
        x : Tensor of shape (batch, ...)
            Rows.
        unit : float
            Median distance of a row to its nearest neighbour.
        generator : torch.Generator
            Draws where the search for the direction begins.

        Returns
        -------
        divergence : Tensor of shape ()
            Kullback-Leibler divergence, in nats.
        """
        with torch.no_grad():
            p = torch.softmax(logits(x), dim=1)

        def apart(move):
            q = torch.log_softmax(logits(x + move), dim=1)
            return F.kl_div(q, p, reduction="batchmean")

        d = torch.randn(x.shape, generator=generator, device=generator.device)
        for _ in range(self.n_steps):
            d = (_unit(d) * (0.05 * unit)).requires_grad_()
            (d,) = torch.autograd.grad(apart(d), d)
        return apart(_unit(d) * (self.radius * unit))


def _unit(d):
    """Directions of length one."""
    sizes = d.flatten(1).norm(dim=1).clamp(min=1e-12)
    return (d / sizes.reshape(-1, *[1] * (d.dim() - 1))).detach()


class LabelObjectives:
    """What classifier and generator minimise, and the rows held out.

    Parameters
    ----------
    game : LabelGame or None
        The game; None for a classifier alone.
    consistency : VirtualAdversarial or None
        What keeps answers steady around a row.
    teaches : bool
        Whether unlabeled rows come with the shares that a teacher gives the classes.
    entropy_weight : float
        Weight of the entropy of the answers.
    unit : float
        Median distance of a row to its nearest neighbour.
    """

    def __init__(self, game, consistency, teaches, entropy_weight, unit):
        self.game, self.consistency, self.unit = game, consistency, unit
        self.teaches, self.entropy_weight = teaches, entropy_weight

    def objectives(self):
        """Objectives by the names of the players."""
        found = {"classifier": self.classifier, "valid": self.valid}
        if self.game is not None:
            found["generator"] = self.generator
        return found

    def classifier(self, step):
        """Cross-entropy of labels, the game, steadiness, and what the teacher says."""
        net = step.players["classifier"]
        (x, y), (u, *shares) = step.batch
        outputs = net(torch.cat([x, u]))
        labeled, unlabeled = outputs[: len(x)], outputs[len(x) :]
        loss = F.cross_entropy(labeled[:, :-1], y)
        logs = {"labels": loss}
        if self.game is not None:
            fake = self._fake(step)
            term = self.game.classifier(unlabeled, net(fake.detach()))
            loss = loss + self.game.weight * term
            logs["game"] = term
        if self.consistency is not None:
            term = self.consistency(
                lambda rows: net(rows)[:, :-1], u, self.unit, step.generator
            )
            loss = loss + self.consistency.weight * term
            logs["consistency"] = term
        if self.entropy_weight:
            loss = loss + self.entropy_weight * entropy(unlabeled[:, :-1])
        if self.teaches:
            # The teacher falls silent; rows of which it knows nothing are zeros.
            log_p = torch.log_softmax(unlabeled[:, :-1], dim=1)
            term = -(shares[0] * log_p).sum(dim=1).mean()
            loss = loss + (1 - step.progress) * term
            logs["teacher"] = term
        return loss, {name: value.detach() for name, value in logs.items()}

    def generator(self, step):
        """Loss of the generator."""
        net = step.players["classifier"]
        (_, _), (u, *_) = step.batch
        fake = self._fake(step)
        features = net.features(fake)
        with torch.no_grad():
            real = net.features(u)
        return self.game.generator(real, features, net.head(features))

    def valid(self, step):
        """Cross-entropy of the labels held out."""
        net = step.players["classifier"]
        (x, y), _ = step.batch
        outputs = net(x)[:, :-1]
        right = (outputs.argmax(dim=1) == y).float().mean()
        return F.cross_entropy(outputs, y), {"accuracy": right}

    def _fake(self, step):
        """Give the generated rows of the step, drawn once for both players."""
        if "fake" not in step.shared:
            generator = step.players["generator"]
            _, (u, *_) = step.batch
            n = len(u)
            z = torch.randn(
                n,
                generator.n_latent,
                generator=step.generator,
                device=step.generator.device,
            )
            context = mask = None
            if self.game.completes:
                context = u
                mask = generator.holes(u, self.game.hole, step.generator)
            step.shared["fake"] = generator(z, context, mask, step.generator)
        return step.shared["fake"]

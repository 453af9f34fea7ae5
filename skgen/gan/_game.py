"""The two-player game: what critic and generator minimise."""

from contextlib import contextmanager

import torch
from torch import nn
from torch.nn import functional as F

from ..losses._energy import energy_distance
from ._codes import NO_CODES


class GANGame:
    """Objectives of the players ``"critic"`` and ``"generator"`` of a `Net`.

    The players take their turns in this order. In ``step.shared`` they have in common
    the rows of the batch, their classes and conditions as ``"rows"``, the generated
    rows as ``"fake"`` and the noise that they come of as ``"latent"``.

    Parameters
    ----------
    loss : GANLoss
        Adversarial loss.
    n_latent : int
        Size of the noise, without codes.
    codes : InfoCodes, default=NO_CODES
        Codes that the critic recovers.
    sampling : TrainingBySampling or None
        Where rows come from that meet conditions.
    penalty : Penalty or None
        Penalty of the critic's gradients.
    noise : InstanceNoise or None
        Noise on what the critic sees.
    mismatch : float, default=0.0
        Weight of real rows with the condition of another, for the critic.
    augment : DiffAugment or None
        Changes of the images that the critic sees.
    growth : Growth or None
        How the networks grow.
    """

    def __init__(
        self,
        loss,
        n_latent,
        *,
        codes=NO_CODES,
        sampling=None,
        penalty=None,
        noise=None,
        mismatch=0.0,
        augment=None,
        growth=None,
    ):
        self.mismatch, self.augment, self.growth = mismatch, augment, growth
        self.loss, self.n_latent, self.codes = loss, n_latent, codes
        self.sampling, self.penalty, self.noise = sampling, penalty, noise

    @property
    def _adapts(self):
        return self.augment is not None and self.augment.adaptive

    def objectives(self):
        """Objectives by the names of the players."""
        return {
            "critic": self.critic,
            "generator": self.generator,
            "valid": self.distance,
        }

    def critic(self, step):
        """Loss of the critic."""
        critic = step.players["critic"]
        if self.growth is not None:
            self.growth.grow(step)
        x, y, _, mask = self._rows(step)
        # The generator, if it is its turn, learns from the same rows.
        with torch.set_grad_enabled(step.total % self.loss.n_critic == 0):
            fake = self._fake(step)
        x, fake = self._seen(x, step), self._seen(fake.detach(), step)
        on_real, on_fake = critic(x, y, mask), critic(fake, y, mask)
        loss = self.loss.critic(on_real.scores, on_fake.scores, state=critic.state)
        real, drawn = on_real.scores.detach(), on_fake.scores.detach()
        critic.state = self.loss.next_state(critic.state, real, drawn)
        logs = {"real_score": real.mean(), "fake_score": drawn.mean()}
        if self._adapts:
            share = self.augment.adapted(critic.augment_share, real)
            critic.augment_share.copy_(share)
            logs["augment"] = share
        if self.mismatch:
            # Real rows with the condition of another count as generated ones.
            wrong = y.roll(critic.pack, dims=0)
            differ = (wrong != y).reshape(len(y), -1).any(dim=1)
            differ = _packs(differ, critic.pack).all(dim=1)
            if differ.any():
                on_wrong = critic(x, wrong, mask).scores[differ]
                term = self.loss.critic(on_real.scores, on_wrong, state=critic.state)
                loss = (1 - self.mismatch) * loss + self.mismatch * term
        loss = loss + auxiliary_loss(on_real, y) + self._code_loss(on_fake, step)
        if self.penalty is not None and step.total % self.penalty.every == 0:

            def scores(packs):
                return critic(packs.flatten(0, 1), y, mask).scores

            packs = [_packs(rows, critic.pack) for rows in (x, fake)]
            term = self.penalty(scores, *packs, step.generator)
            loss = loss + self.penalty.every * term
            logs["penalty"] = term.detach()
        return loss, logs

    def generator(self, step):
        """Loss of the generator."""
        critic = step.players["critic"]
        x, y, _, mask = self._rows(step)
        output = critic(self._seen(self._fake(step), step), y, mask)
        real = None
        if self.loss.needs_real:
            with torch.no_grad():
                real = critic(self._seen(x, step), y, mask).scores
        loss = self.loss.generator(output.scores, real)
        return loss + auxiliary_loss(output, y) + self._code_loss(output, step)

    def distance(self, step):
        """Energy distance of generated rows from those of a batch."""
        x, y = _split(step.batch)
        generator = step.players["generator"]
        # The same draws after each epoch, so that epochs compare.
        draws = torch.Generator(device=step.generator.device).manual_seed(0)
        given = None
        if generator.columns is not None:
            given = torch.zeros(len(x), generator.columns.n_inputs, device=x.device)
        # The weights may be averages, which running moments do not belong to.
        with _moments_of_the_batch(generator):
            fake = generator(self._latent(len(x), draws), y, given, draws)
        view = step.players["critic"].view or nn.Identity()
        return energy_distance(view(x), view(fake))

    def _rows(self, step):
        """Rows, their classes, their conditions, and which columns have one."""
        if "rows" not in step.shared:
            x, y = _split(step.batch)
            given = mask = None
            if self.sampling is not None:
                x, y, given = self.sampling(x, y, step.generator)
                mask = step.players["generator"].columns.mask(given)
            step.shared["rows"] = x, y, given, mask
        return step.shared["rows"]

    def _fake(self, step):
        """Generate rows for the step; draw anew where gradients are missing."""
        fake = step.shared.get("fake")
        if fake is None or (torch.is_grad_enabled() and not fake.requires_grad):
            x, y, given, _ = self._rows(step)
            z = self._latent(len(x), step.generator)
            fake = step.players["generator"](z, y, given, step.generator)
            step.shared |= {"fake": fake, "latent": z}
        return fake

    def _latent(self, n, generator):
        """Noise of n rows, and codes after it."""
        z = torch.randn(n, self.n_latent, generator=generator, device=generator.device)
        if self.codes.width:
            z = torch.cat([z, self.codes.draw(n, generator)], dim=1)
        return z

    def _code_loss(self, output, step):
        """Score what the critic misses of the codes; 0 without codes."""
        if output.codes is None:
            return 0.0
        codes = step.shared["latent"][: len(output.codes), self.n_latent :]
        return self.codes.loss(output.codes, codes)

    def _seen(self, x, step):
        """Rows as the critic sees them."""
        if self.noise is not None:
            x = self.noise.add(x, step)
        if self.augment is not None:
            share = step.players["critic"].augment_share if self._adapts else None
            x = self.augment(x, step.generator, share)
        return x


def _packs(rows, pack):
    """Rows by packs, (n, pack, ...), without those left over."""
    n = len(rows) // pack
    return rows[: n * pack].reshape(n, pack, *rows.shape[1:])


@contextmanager
def _moments_of_the_batch(module):
    norms = [m for m in module.modules() if hasattr(m, "running_mean")]
    before = [(m.training, m.momentum) for m in norms]
    for norm in norms:
        norm.training, norm.momentum = True, 0.0
    try:
        yield
    finally:
        for norm, (training, momentum) in zip(norms, before, strict=True):
            norm.training, norm.momentum = training, momentum


def auxiliary_loss(output, y):
    """Cross-entropy of an auxiliary classifier; 0 without one."""
    if output.classes is None:
        return 0.0
    own = y[: len(output.classes)]
    if own.is_floating_point():
        return F.mse_loss(output.classes, own)
    return F.cross_entropy(output.classes, own)


def _split(batch):
    return batch if len(batch) == 2 else (batch[0], None)

"""The two-player game: what critic and generator minimise."""

from contextlib import contextmanager

import torch
from torch import nn
from torch.nn import functional as F

from ._codes import NO_CODES
from ._players import energy_distance

__all__ = ["Game"]


class Game:
    """Objectives of the players of an `AdversarialNet`.

    Parameters
    ----------
    loss : GANLoss
        Adversarial loss.
    n_latent : int
        Size of the noise, without codes.
    codes : Codes, default=NO_CODES
        Codes that the critic recovers.
    sampling : TrainingBySampling or None
        Where rows come from that have values asked for.
    penalty : object or None
        Penalty of the critic's gradients.
    every : int
        Steps between penalties, which count as many times as much.
    noise : float
        Deviation of the noise on what the critic sees (instance noise), which decays to
        zero in the course of training.
    n_critic : int
        Steps of the critic for each of the generator.
    """

    def __init__(
        self,
        loss,
        n_latent,
        *,
        codes=NO_CODES,
        sampling=None,
        penalty=None,
        every=1,
        noise=0.0,
        n_critic=1,
    ):
        self.loss, self.n_latent, self.codes = loss, n_latent, codes
        self.sampling = sampling
        self.penalty, self.every, self.noise = penalty, every, noise
        self.n_critic = n_critic
        self.net = None  # the net that trains, which counts steps
        self._kept = None  # rows that both players see in one step

    def critic(self, players, batch, generator):
        """Loss of the critic."""
        critic = players["critic"]
        asked = x, y, given, mask = self._read(batch, players, generator)
        both = self.net.total_steps_ % self.n_critic == 0
        with torch.set_grad_enabled(both):
            fake, z = self._draw(players["generator"], len(x), y, given, generator)
        # The generator, if it is its turn, learns from the same rows.
        self._kept = (*asked, fake, z) if both else None
        seen, fake = (
            self._blurred(x, generator),
            self._blurred(fake.detach(), generator),
        )
        on_real, on_fake = critic(seen, y, mask), critic(fake, y, mask)
        loss = self.loss.critic(on_real.scores, on_fake.scores, state=critic.state)
        real, drawn = on_real.scores.detach(), on_fake.scores.detach()
        critic.state = self.loss.next_state(critic.state, real, drawn)
        logs = {"real_score": real.mean(), "fake_score": drawn.mean()}
        loss = loss + _told(on_real.classes, y) + self._recovered(on_fake, z)
        if self.penalty is not None and self.net.total_steps_ % self.every == 0:

            def scores(packs):
                return critic(packs.flatten(0, 1), y, mask).scores

            packs = [_packs(rows, critic.pack) for rows in (seen, fake)]
            term = self.penalty(scores, *packs, generator)
            loss = loss + self.every * term
            logs["penalty"] = term.detach()
        return loss, logs

    def bound(self, critic):
        """Clip the weights of the critic, where the loss asks for it."""
        with torch.no_grad():
            for p in critic.parameters():
                p.clamp_(-self.loss.clip, self.loss.clip)

    def generator(self, players, batch, generator):
        """Loss of the generator."""
        critic = players["critic"]
        if self._kept is None:  # the critic may be frozen
            x, y, given, mask = self._read(batch, players, generator)
            fake, z = self._draw(players["generator"], len(x), y, given, generator)
        else:
            x, y, given, mask, fake, z = self._kept
        self._kept = None
        found = critic(self._blurred(fake, generator), y, mask)
        real = None
        if self.loss.needs_real:
            with torch.no_grad():
                real = critic(self._blurred(x, generator), y, mask).scores
        loss = self.loss.generator(found.scores, real)
        return loss + _told(found.classes, y) + self._recovered(found, z)

    def distance(self, players, batch, generator):
        """Energy distance of generated rows from those of a batch."""
        x, y = _split(batch)
        # The same draws after each epoch, so that epochs compare.
        generator = torch.Generator(device=generator.device).manual_seed(0)
        asked, given = players["generator"].asked, None
        if asked is not None:
            given = torch.zeros(len(x), asked.n_inputs, device=x.device)
        # The weights may be averages, which running moments do not belong to.
        with _moments_of_the_batch(players["generator"]):
            fake, _ = self._draw(players["generator"], len(x), y, given, generator)
        view = players["critic"].view or nn.Identity()
        return energy_distance(view(x), view(fake))

    def _read(self, batch, players, generator):
        """Rows, their classes, what is asked of the generator and of which columns."""
        x, y = _split(batch)
        if self.sampling is None:
            return x, y, None, None
        x, y, given = self.sampling(x, y, generator)
        return x, y, given, players["generator"].asked.mask(given)

    def _draw(self, player, n, y, given, generator):
        """Rows and the noise they come of."""
        z = torch.randn(n, self.n_latent, generator=generator, device=generator.device)
        if self.codes.width:
            z = torch.cat([z, self.codes.draw(n, generator)], dim=1)
        return player(z, y, given, generator), z

    def _recovered(self, judged, z):
        """Score what the critic misses of the codes; 0 without codes."""
        if judged.codes is None:
            return 0.0
        return self.codes.loss(judged.codes, z[: len(judged.codes), self.n_latent :])

    def _blurred(self, x, generator):
        if not self.noise:
            return x
        share = 1 - self.net.step_ / max(1, self.net.n_steps_)
        draw = torch.randn(x.shape, generator=generator, device=x.device)
        return x + self.noise * share * draw


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


def _told(logits, y):
    """Cross-entropy of an auxiliary classifier; 0 without one."""
    if logits is None:
        return 0.0
    return F.cross_entropy(logits, y[: len(logits)])


def _split(batch):
    return batch if len(batch) == 2 else (batch[0], None)

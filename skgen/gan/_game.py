"""The two-player game: what critic and generator minimise."""

import torch
from torch import nn
from torch.nn import functional as F

from ._players import energy_distance

__all__ = ["Game"]


class Game:
    """Objectives of the players of an `AdversarialNet`.

    Parameters
    ----------
    loss : GANLoss
        Adversarial loss.
    penalty : object or None
        Penalty of the critic's gradients.
    every : int
        Steps between penalties, which count as many times as much.
    noise : float
        Deviation of the noise on what the critic sees (instance noise), which decays to
        zero in the course of training.
    """

    def __init__(self, loss, penalty, every, noise):
        self.loss, self.penalty, self.every, self.noise = loss, penalty, every, noise
        self.net = None  # the net that trains, which counts steps
        self.state = loss.initial_state()

    def critic(self, players, batch, generator):
        """Loss of the critic."""
        x, y = _split(batch)
        if self.loss.clip is not None:
            with torch.no_grad():
                for p in players["critic"].parameters():
                    p.clamp_(-self.loss.clip, self.loss.clip)
        with torch.no_grad():
            fake = self._draw(players["generator"], len(x), y, generator)
        seen, fake = self._blurred(x, generator), self._blurred(fake, generator)
        score = players["critic"]
        real_scores, real_logits = self._scores(score, seen, y)
        fake_scores, _ = self._scores(score, fake, y)
        loss = self.loss.critic(real_scores, fake_scores, state=self.state)
        self.state = self.loss.next_state(
            self.state, real_scores.detach(), fake_scores.detach()
        )
        logs = {
            "real_score": real_scores.detach().mean(),
            "fake_score": fake_scores.detach().mean(),
        }
        loss = loss + _told(real_logits, y, score.pack)
        if self.penalty is not None and self.net.total_steps_ % self.every == 0:

            def scores(rows):
                return self._scores(score, rows, y)[0]

            term = self.penalty(scores, seen, fake, generator)
            loss = loss + self.every * term
            logs["penalty"] = term.detach()
        return loss, logs

    def generator(self, players, batch, generator):
        """Loss of the generator."""
        x, y = _split(batch)
        fake = self._draw(players["generator"], len(x), y, generator)
        critic = players["critic"]
        scores, logits = self._scores(critic, self._blurred(fake, generator), y)
        real = None
        if self.loss.needs_real:
            with torch.no_grad():
                real, _ = self._scores(critic, self._blurred(x, generator), y)
        return self.loss.generator(scores, real) + _told(logits, y, critic.pack)

    def distance(self, players, batch, generator):
        """Energy distance of generated rows from those of a batch."""
        x, y = _split(batch)
        # The same draws after each epoch, so that epochs compare.
        generator = torch.Generator(device=generator.device).manual_seed(0)
        fake = self._draw(players["generator"], len(x), y, generator)
        view = players["critic"].view or nn.Identity()
        return energy_distance(view(x), view(fake))

    def _scores(self, critic, x, y):
        """Scores of rows, and logits of an auxiliary classifier or None."""
        found = critic(x, y)
        return found if isinstance(found, tuple) else (found, None)

    def _draw(self, player, n, y, generator):
        device = generator.device
        z = torch.randn(n, player.n_latent, generator=generator, device=device)
        u = None
        if player.n_noise:
            u = torch.rand(n, player.n_noise, generator=generator, device=device)
            u = u.clamp(1e-7, 1 - 1e-7)
        return player(z, u, y)

    def _blurred(self, x, generator):
        if not self.noise:
            return x
        share = 1 - self.net.step_ / max(1, self.net.n_steps_)
        draw = torch.randn(x.shape, generator=generator, device=x.device)
        return x + self.noise * share * draw


def _told(logits, y, pack):
    """Cross-entropy of an auxiliary classifier; 0 without one."""
    if logits is None:
        return 0.0
    return F.cross_entropy(logits, y[::pack][: len(logits)])


def _split(batch):
    return batch if len(batch) == 2 else (batch[0], None)

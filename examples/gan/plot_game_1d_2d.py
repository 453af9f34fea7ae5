"""
The game in one and two dimensions
==================================

What do the two players of a generative adversarial network do while they train? This
example stops :class:`~skgen.gan.GANSampler` at five moments. In one dimension the best
answer to the generator is known, :math:`D^* = p / (p + q)`, to compare the critic of
the game with, and a discriminator that is trained to its end at each moment,
:class:`~skgen.gan.DensityRatioEstimator`; in two dimensions its surface shows where
the generator is being sent.
"""

# %%
# One dimension
# -------------
# The density p has two bumps. With ``warm_start`` each `fit` goes on with the same
# game. The weights of both players are averaged over the last 50 steps or so
# (``ema=0.98``): without an average one would see them circle each other. The
# Jensen-Shannon divergence is 0 if there is nothing to tell, and log 2 = 0.69 if each
# row gives itself away; it is measured by rows that no discriminator has learned from.

import matplotlib.pyplot as plt
import numpy as np
from scipy import stats
from scipy.special import expit

from skgen import DensityRatioEstimator, GANSampler

N = 2000


class TwoBumps:
    """The truth of the first part."""

    bumps = stats.norm(-2, 0.5), stats.norm(1, 0.9)
    shares = 0.35, 0.65

    def rvs(self, n, seed):
        draws = [bump.rvs(n, random_state=seed) for bump in self.bumps]
        side = np.random.default_rng(seed).random(n) < self.shares[0]
        return np.where(side, *draws)[:, None]

    def pdf(self, x):
        return sum(w * b.pdf(x) for w, b in zip(self.shares, self.bumps, strict=True))


def moments(X, X_new, epochs):
    """After so many epochs: the game, its rows, the best answer, and a title."""
    game = GANSampler(ema=0.98, warm_start=True, random_state=0)
    done = 0
    for epoch in epochs:
        game.set_params(max_epochs=epoch - done).fit(X)
        done = epoch
        drawn, new = (game.sample(N, random_state=seed) for seed in (0, 1))
        best = DensityRatioEstimator(max_epochs=15, learning_rate=3e-3, random_state=0)
        js = best.fit_samples(X, drawn).divergence("jensen_shannon", X_new, new)
        yield game, drawn, best, f"epoch {epoch}\nJS {max(js, 0.0):.2f}"


truth = TwoBumps()
X, X_new = truth.rvs(N, seed=0), truth.rvs(N, seed=1)
grid = np.linspace(-5, 5, 500)
p = truth.pdf(grid)
fig, axes = plt.subplots(
    2, 5, figsize=(11, 4.8), layout="constrained", sharex=True, sharey="row"
)
strip = enumerate(moments(X, X_new, [2, 6, 12, 30, 80]))
for k, (game, drawn, best, title) in strip:
    q = stats.gaussian_kde(drawn[:, 0], bw_method=0.12)(grid)
    # Where there are no rows the ratio of two small numbers says nothing.
    seen = np.where(p + q > 0.01, p / np.maximum(p + q, 0.01), np.nan)
    top, bottom = axes[:, k]
    top.fill_between(grid, p, color="0.85", label="data, $p$")
    top.plot(grid, q, color="C3", label="generator, $q$")
    top.set(title=title, ylim=(0, 0.9))
    bottom.axhline(0.5, color="0.8", lw=0.8)
    critic = expit(game.critic_scores(grid[:, None]))
    bottom.plot(grid, critic, "--", color="C1", label="critic of the game")
    bottom.plot(grid, best.discriminator(grid[:, None]), color="C0", label="learned")
    bottom.plot(grid, seen, "k:", lw=1.8, label="$D^* = p / (p + q)$")
    bottom.set(xlabel="$x$", ylim=(-0.04, 1.04))
axes[0, 0].set_ylabel("density")
axes[1, 0].set_ylabel("discriminator")
axes[0, -1].legend(loc="upper center", fontsize="small")
axes[1, -1].legend(loc="lower center", fontsize="small")
plt.show()

# %%
# The dotted line is the theory, with the known p and a kernel density of the generated
# rows, and the solid one what a network learns of it from samples. The generator goes
# where the discriminator is above one half, real rows being denser there. It may go too
# far and gather in a spike at the best place, which the next critic punishes. In the
# end even the best discriminator stays near one half.
#
# The critic of the game, dashed, is another: it makes a step for each of the generator,
# is held flat by its penalty and averaged over its last steps. It follows the generator
# rather than answering it, and its loss is no measure of their distance.
#
# Two dimensions
# --------------
# Eight Gaussians on a ring. The shade is the discriminator that is best against the
# generator of the moment: bright where it takes rows for real, dark where it takes
# them for generated; far from both samples it only extrapolates. Each column by itself
# is right early, the encoder sees to that, and rows lie on a grid; which values go
# together is what the game has to find.

angles = np.arange(8) * np.pi / 4
centers = 2 * np.column_stack([np.cos(angles), np.sin(angles)])


def ring(seed):
    """Rows on the ring."""
    rng = np.random.default_rng(seed)
    return centers[rng.integers(8, size=N)] + 0.15 * rng.normal(size=(N, 2))


side = np.linspace(-3, 3, 120)
points = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
X, X_new = ring(0), ring(1)
fig, axes = plt.subplots(
    1, 5, figsize=(11, 2.9), layout="constrained", sharex=True, sharey=True
)
strip = enumerate(moments(X, X_new, [2, 6, 12, 30, 80]))
for k, (_, drawn, best, title) in strip:
    ax = axes[k]
    surface = best.discriminator(points).reshape(120, 120)
    shown = ax.pcolormesh(
        side, side, surface, cmap="gray", vmin=0, vmax=1, shading="gouraud"
    )
    ax.scatter(*drawn[:600].T, s=3, color="C1", label="generated")
    ax.plot(*centers.T, "+", color="C0", ms=9, mew=1.6, label="modes")
    ax.set(title=title, aspect="equal", xlim=(-3, 3), ylim=(-3, 3))
fig.colorbar(shown, ax=axes, label="discriminator", shrink=0.8)
plt.show()
# sphinx_gallery_thumbnail_number = 2

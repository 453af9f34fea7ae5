"""
Losses compared on a ring
=========================

Does it matter which game the two networks of a GAN play? Eight narrow Gaussians on a
ring are the usual test: a generator can leave modes out, or put rows between them. This
example fits :class:`~skgen.gan.GANSampler` with six losses and counts.
"""

# %%
# The data
# --------
# 2,000 rows of a mixture whose standard deviation is a fortieth of the radius.

import matplotlib.pyplot as plt
import numpy as np

from skgen import GANSampler
from skgen.losses.penalties import GradientPenalty
from skgen.metrics import mode_coverage

rng = np.random.default_rng(0)
angles = np.arange(8) * np.pi / 4
centers = 2 * np.column_stack([np.cos(angles), np.sin(angles)])
X = centers[rng.integers(8, size=2000)] + 0.05 * rng.standard_normal((2000, 2))

# %%
# Six games
# ---------
# The losses differ in what the critic's score stands for. With *minimax* it is the
# log-odds of real, and the game's value is a Jensen-Shannon divergence; *least squares*
# regresses labels on rows; *hinge* only asks for a margin; *relativistic* compares a
# real with a drawn row. A loss without a bound of its own gets the R1 penalty of the
# critic's slope by default.
#
# A *Wasserstein* critic measures how far rows have to be moved, for which its slope
# must stay bounded: by clipping its weights, or by a penalty on its gradients, whose
# weight 0.1 is what its authors took for toys. It is worth more the better it is, so by
# default it gets five steps for each of the generator. The generator then makes fewer
# steps, so more epochs are played here, and the average of its weights is a shorter
# one.

few_steps = {"max_epochs": 220, "learning_rate": 1e-3, "ema": 0.98}
games = {
    "minimax": {},
    "least_squares": {},
    "hinge": {},
    "relativistic": {},
    "wasserstein": {**few_steps, "learning_rate": 5e-4},
    "wasserstein_gp": {**few_steps, "penalty": GradientPenalty(0.1)},
}
models = {
    loss: GANSampler(loss, **{"max_epochs": 80, **options}, random_state=0).fit(X)
    for loss, options in games.items()
}

# %%
# Samples
# -------
# A row counts if it lies within three standard deviations of a center, circled here; of
# the mixture itself 98.9 % do. A mode counts if at least 20 of the 2,000 draws are in
# its circle.

fig, axes = plt.subplots(
    2, 3, figsize=(9.6, 6.8), layout="constrained", sharex=True, sharey=True
)
for ax, (loss, model) in zip(axes.flat, models.items(), strict=True):
    drawn = model.sample(2000, random_state=0)
    found = mode_coverage(drawn, centers, scale=0.05, min_count=20)
    ax.scatter(*drawn.T, s=3, color="C0", alpha=0.4, linewidths=0)
    for center in centers:
        ax.add_patch(plt.Circle(center, 0.15, fill=False, color="0.2", linewidth=0.8))
    ax.set(
        title=f"{loss}\n{found.n_modes} modes, {found.high_quality:.0%} of the rows",
        aspect="equal",
        xlim=(-2.7, 2.7),
        ylim=(-2.7, 2.7),
        xticks=[-2, 0, 2],
        yticks=[-2, 0, 2],
    )
    print(f"{loss:15} {found.n_modes} modes, {found.high_quality:.3f} of the rows")
plt.show()

# %%
# Rows outside the circles are not anywhere: each of their columns has a value that the
# table has, too. Columns are encoded by their ranks, so that every margin is right from
# the start, and what the game has to teach is which values go together. These are short
# games, 640 steps; the default of 6,000 leaves fewer rows in between.
#
# One training each is an anecdote: one seed of four led hinge to two modes in games as
# short. That the critic with clipped weights lags behind is none. With small weights it
# is nearly linear, and tells the generator little more than where the middle of the
# rows is, which is why the gradient penalty was invented.

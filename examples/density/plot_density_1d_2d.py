"""
Densities in one and two dimensions
===================================

How close do a kernel density, a Gaussian mixture and a normalizing flow come to a
density that is known? This example draws rows from two such densities, chooses the
bandwidth and the number of components as one should, and compares the three by the
log-density of rows that none has seen.
"""

# %%
# One column: a spike and a long tail
# -----------------------------------
# A gamma variable and a narrow normal one, in equal parts. One bandwidth cannot suit
# both: what resolves the spike leaves bumps in the tail.

import matplotlib.pyplot as plt
import numpy as np
from scipy import stats
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity

from skgen.density import FlowDensity


def kernel(X):
    """Kernel density, its bandwidth chosen by five-fold cross-validation."""
    grid = {"bandwidth": X.std() * np.geomspace(0.01, 1, 15)}
    return GridSearchCV(KernelDensity(), grid).fit(X).best_estimator_


def mixture(X):
    """Gaussian mixture, its number of components chosen by BIC."""
    models = [GaussianMixture(k, n_init=2, random_state=0).fit(X) for k in range(1, 13)]
    return min(models, key=lambda model: model.bic(X))


def densities(X):
    """All three, fitted."""
    return {
        "KernelDensity": kernel(X),
        "GaussianMixture": mixture(X),
        "FlowDensity": FlowDensity(random_state=0).fit(X),
    }


class SpikeAndTail:
    """The truth of the first part."""

    parts = stats.gamma(2, scale=2), stats.norm(9, 0.25)

    def rvs(self, n, seed):
        draws = [part.rvs(n, random_state=seed) for part in self.parts]
        side = np.random.default_rng(seed).random(n) < 0.5
        return np.where(side, *draws)[:, None]

    def score_samples(self, X):
        return np.logaddexp(*(p.logpdf(X[:, 0]) for p in self.parts)) - np.log(2)


truth = SpikeAndTail()
X, X_test = truth.rvs(600, seed=0), truth.rvs(20_000, seed=1)
models = densities(X)
best = truth.score_samples(X_test).mean()
print(f"{'true density':16} {best:.3f} nats")
for name, model in models.items():
    print(f"{name:16} {model.score_samples(X_test).mean():.3f}")

# %%
# Each panel shows the true density dotted, and its title the divergence from it. The
# mixture is best here, no wonder where half of the truth is a normal distribution; the
# flow resolves the spike as well and pays for some noise in the tail.

grid = np.linspace(-1.5, 15, 1200)[:, None]
fig, axes = plt.subplots(1, 3, figsize=(9.6, 3), layout="constrained", sharey=True)
for k, (ax, (name, model)) in enumerate(zip(axes, models.items(), strict=True)):
    ax.fill_between(
        grid[:, 0], np.exp(model.score_samples(grid)), color="C0", alpha=0.3
    )
    ax.plot(grid, np.exp(model.score_samples(grid)), color="C0", label="fitted")
    ax.plot(grid, np.exp(truth.score_samples(grid)), "k:", lw=1.2, label="true")
    ax.plot(X, np.full(len(X), -0.02), "|", color="0.5", ms=4, alpha=0.4)
    gap = best - model.score_samples(X_test).mean()
    ax.set(title=f"{name}\n{gap:.3f} nats below the truth", xlabel="$x$")
    if k == 0:
        ax.set_ylabel("density")
        ax.legend(loc="upper left")

# %%
# Two columns: a crescent
# -----------------------
# The second column bends around the first and gets noisier to the right. A kernel
# smooths across the thin part, a mixture tiles the crescent with ellipses, the flow
# models the second column given the first.


class Crescent:
    """The truth of the second part."""

    def spread(self, a):
        return 0.1 + 0.4 / (1 + np.exp(-2 * a))

    def rvs(self, n, seed):
        rng = np.random.default_rng(seed)
        a = rng.normal(0, 1.5, n)
        return np.column_stack([a, 0.5 * a**2 + rng.normal(0, self.spread(a))])

    def score_samples(self, X):
        a, b = X.T
        given = stats.norm.logpdf(b, 0.5 * a**2, self.spread(a))
        return stats.norm.logpdf(a, 0, 1.5) + given


truth = Crescent()
X, X_test = truth.rvs(1000, seed=0), truth.rvs(20_000, seed=1)
models = {"truth": truth, **densities(X)}
for name, model in models.items():
    print(f"{name:16} {model.score_samples(X_test).mean():.3f} nats")

# %%
# All panels share one scale of the log-density. Now the flow is nearest to the truth:
# no sum of a few ellipses is that thin, that curved and that smooth.

a, b = np.meshgrid(np.linspace(-5, 5, 160), np.linspace(-2.5, 11, 160))
points = np.column_stack([a.ravel(), b.ravel()])
fig, axes = plt.subplots(
    2, 3, figsize=(9.6, 6), layout="constrained", sharex=True, sharey=True
)
axes[0, 0].scatter(*X.T, s=4, color="0.35")
axes[0, 0].set_title("1000 rows")
axes[1, 2].scatter(
    *models["FlowDensity"].sample(3000, random_state=0).T, s=3, color="C0"
)
axes[1, 2].set_title("3000 draws of FlowDensity")
levels = np.linspace(-10, -1, 10)
panels = [axes[0, 1], axes[0, 2], axes[1, 0], axes[1, 1]]
for ax, (name, model) in zip(panels, models.items(), strict=True):
    log_density = model.score_samples(points).reshape(a.shape)
    shown = ax.contourf(a, b, log_density, levels, cmap="Blues", extend="max")
    ax.set_title(f"{name}: {model.score_samples(X_test).mean():.3f} nats")
axes[0, 0].set(xlim=(-5, 5), ylim=(-2.5, 11))
fig.colorbar(shown, ax=axes, label="log-density (nats)", shrink=0.7)
for ax in axes[1]:
    ax.set_xlabel("$x_1$")
for ax in axes[:, 0]:
    ax.set_ylabel("$x_2$")
plt.show()
# sphinx_gallery_thumbnail_number = 2

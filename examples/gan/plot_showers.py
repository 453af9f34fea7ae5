"""
Showers of particles with the energy that you ask for
=====================================================

A particle that flies into a calorimeter leaves its energy in a shower of many cells,
most of them empty. Simulators of such showers are slow, and a generator that learned
from them may stand in. This example fits :class:`~skgen.gan.GANSampler` to showers of
a simple model, with the energy of the particle as a condition.
"""

# %%
# The data
# --------
# :func:`~skgen.datasets.make_showers` has three layers of 64, 64 and 16 cells.

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm

from skgen.datasets import make_showers
from skgen.gan import GANSampler

train, test = make_showers(4000, random_state=0), make_showers(1000, random_state=1)
print(f"{(train.data == 0).mean():.0%} of the cells are empty")

# %%
# Fit
# ---
# A shower of ten times the energy is about the same shower times ten. So what the
# network learns are shares of the energy; the draws are multiplied by it. Numbers that
# are not all whole are a condition. The default settings take three minutes and come
# closer; for half a minute we take small batches and large steps.

gan = GANSampler(
    max_epochs=40, batch_size=64, learning_rate=3e-3, ema=0.99, random_state=0
)
gan.fit(train.data / train.target[:, None], np.log(train.target))
drawn = gan.sample(y=np.log(test.target), random_state=0) * test.target[:, None]

# %%
# What the calorimeter measures
# -----------------------------
# The sum of all cells against the energy asked for, and the share of each layer: the
# more energy, the deeper the shower.

fig, axes = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
for name, rows in {"model of showers": test.data, "GANSampler": drawn}.items():
    axes[0].scatter(test.target, rows.sum(axis=1), s=5, alpha=0.5, label=name)
axes[0].set(xlabel="energy of the particle, GeV", ylabel="energy in all cells, GeV")
axes[0].set(xscale="log", yscale="log")
axes[0].legend()
edges = np.geomspace(1, 100, 8)
middle, group = np.sqrt(edges[1:] * edges[:-1]), np.digitize(test.target, edges[1:-1])
for rows, style in ((test.data, "-"), (drawn, "--")):
    layers = [part.sum(axis=1) for part in np.split(rows, (64, 128), axis=1)]
    shares = np.column_stack(layers) / np.maximum(rows.sum(axis=1), 1e-9)[:, None]
    means = np.array([shares[group == k].mean(axis=0) for k in range(len(middle))])
    for layer in range(3):
        axes[1].plot(middle, means[:, layer], style, color=f"C{layer}")
        if style == "-":
            axes[1].text(85, means[-1, layer], f"layer {layer + 1}", va="center")
axes[1].set(xlabel="energy of the particle, GeV", ylabel="share of the energy")
axes[1].set(xscale="log", xlim=(1, 400), title="lines: model, dashes: draws")

# %%
# Cells of the second layer: showers of the model above, draws for the same energies
# below. Darker is more energy, on a logarithmic scale; white cells are empty.

chosen = np.argsort(test.target)[np.linspace(50, 950, 7).astype(int)]
fig, axes = plt.subplots(2, 7, figsize=(9, 3), layout="constrained")
for row, rows in zip(axes, (test.data, drawn), strict=True):
    for axis, i in zip(row, chosen, strict=True):
        cells = rows[i, 64:128].reshape(8, 8)
        cells = np.ma.masked_equal(cells, 0)
        axis.imshow(cells, cmap="viridis_r", norm=LogNorm(0.002, 10))
        axis.set(xticks=[], yticks=[])
for axis, i in zip(axes[0], chosen, strict=True):
    axis.set_title(f"{test.target[i]:.0f} GeV", fontsize=9)
axes[0, 0].set_ylabel("model")
axes[1, 0].set_ylabel("drawn")
plt.show()
# sphinx_gallery_thumbnail_number = 2

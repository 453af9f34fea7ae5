"""
A Boltzmann machine of digits
=============================

What does a density look like that is known only up to a constant? This example fits
:class:`~skgen.density.RBMDensity` to the 8 x 8 digits of scikit-learn in black and
white, finds its constant, and lets its Markov chain draw.
"""

# %%
# The data
# --------
# A pixel is on where it is darker than half. A quarter is kept for the test.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skgen.density import RBMDensity

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(X > 7, y, random_state=0, stratify=y)

# %%
# Fit
# ---
# The log-likelihood needs the partition function: annealed importance sampling
# estimates it, and says its standard error. The baseline has a share per pixel.

model = RBMDensity(128, random_state=0).fit(X)

share = (X.sum(axis=0) + 0.5) / (len(X) + 1)
alone = np.where(X_test, np.log(share), np.log1p(-share)).sum(axis=1).mean()
print(f"independent pixels:  {alone:.1f} nats per image")
print(f"Boltzmann machine:   {model.score(X_test):.1f}")
error = model.log_partition_error_
print(f"log Z:               {model.log_partition_:.1f} +- {error:.2f}")

# %%
# Energies
# --------
# The free energy needs no constant. Real digits have low energies, digits with their
# pixels in another order high ones.

shuffled = X_test[:, np.random.default_rng(0).permutation(64)]
fig, axis = plt.subplots(figsize=(6.5, 3), layout="constrained")
bins = np.linspace(-85, 45, 60)
for rows, label, style in (
    (X_test, "digits", {"color": "C0", "alpha": 0.8}),
    (shuffled, "pixels in another order", {"color": "C1", "hatch": "//", "alpha": 0.6}),
):
    axis.hist(model.free_energy(rows), bins, label=label, **style)
axis.set(xlabel="free energy, nats", ylabel="images")
axis.legend()

# %%
# The chain
# ---------
# From left to right a chain goes on from the images on the left: a step draws the
# hidden units given the image, and an image given these. It forgets where it began.

steps = (0, 1, 5, 20, 100, 500)
begins = X_test[[np.flatnonzero(y_test == k)[0] for k in range(5)]]
images = [begins if not n else model.gibbs(begins, n, random_state=1) for n in steps]
fig, axes = plt.subplots(5, len(steps), figsize=(6.2, 5.4), layout="constrained")
for column, n, rows in zip(axes.T, steps, images, strict=True):
    column[0].set_title(f"step {n}" if n else "begin")
    for axis, row in zip(column, rows, strict=True):
        axis.imshow(row.reshape(8, 8), cmap="gray_r")
        axis.set(xticks=[], yticks=[])

# %%
# What hidden units see
# ---------------------
# The correlation of each pixel with a hidden unit's probability: strokes and pieces of
# strokes, dark where the unit wants them dark.

H = model.transform(X)
a, b = (v - v.mean(axis=0) for v in (H, X.astype(float)))
a, b = (v / (np.sqrt((v**2).sum(axis=0)) + 1e-9) for v in (a, b))
seen = a.T @ b
order = np.argsort(-np.abs(seen).max(axis=1))[:24]
fig, axes = plt.subplots(3, 8, figsize=(7, 2.9), layout="constrained")
for axis, row in zip(axes.flat, seen[order], strict=True):
    axis.imshow(row.reshape(8, 8), cmap="RdGy", vmin=-0.8, vmax=0.8)
    axis.set(xticks=[], yticks=[])
plt.show()
# sphinx_gallery_thumbnail_number = 2

"""
Solids from codes
=================

Rows may be volumes. This example makes chairs, tables, balls and tori of voxels, fits
:class:`~skgen.latent.VAETransformer` to them, and looks at what comes back and at what
lies between two solids.
"""

# %%
# The data
# --------
# :func:`~skgen.datasets.make_solids` fills cubes of 12 voxels a side, flat rows in C
# order.

import matplotlib.pyplot as plt
import numpy as np

from skgen.datasets import make_solids
from skgen.inspection import VolumeDisplay
from skgen.latent import VAETransformer

SHAPE = (12, 12, 12)
X, y = make_solids(3000, side=12, random_state=0)
X_test, y_test = make_solids(200, side=12, random_state=1)
_, first = np.unique(y_test, return_index=True)
chosen = np.concatenate([first, first + 8])
VolumeDisplay.from_samples(X_test[chosen], volume_shape=SHAPE, labels=y_test[chosen])

# %%
# Fit
# ---
# ``volume_shape`` says what a row is; zeros and ones have a Bernoulli likelihood. With
# ``encoder="conv"`` and ``decoder="conv"`` convolutions have three dimensions; in half
# a minute perceptrons, the default, come further.

vae = VAETransformer(
    16,
    volume_shape=SHAPE,
    max_epochs=40,
    random_state=0,
).fit(X)
print(f"log-likelihood, lower bound: {vae.score(X_test):.0f} nats per solid")
share = X.mean(axis=0).clip(1e-3, 1 - 1e-3)
alone = np.where(X_test, np.log(share), np.log1p(-share)).sum(axis=1).mean()
print(f"independent voxels:          {alone:.0f}")

# %%
# Solids that the fit did not see, and below what comes back from their sixteen numbers.

fig, axes = plt.subplots(2, 1, figsize=(14, 5), layout="constrained")
options = {"volume_shape": SHAPE, "threshold": 0.5}
VolumeDisplay.from_samples(X_test[chosen], ax=axes[0], name="test", **options)
found = vae.reconstruct(X_test[chosen])
VolumeDisplay.from_samples(found, ax=axes[1], name="from their codes", **options)

# %%
# On the way
# ----------
# The straight line between the codes of a ball and a torus.

ball, torus = (X_test[y_test == kind][:1] for kind in ("ball", "torus"))
line = vae.interpolate(ball, torus, 8)
VolumeDisplay.from_samples(line, name="from a ball to a torus", **options)
plt.show()

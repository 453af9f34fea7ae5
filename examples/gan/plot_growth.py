"""
Networks that grow while they learn
===================================

A generator may begin with images of four by four pixels and grow: each stage doubles
the sides, and is faded in. This example watches
:class:`~skgen.gan.GANSampler` with ``growth=Growth()`` on digits of 16 by 16 pixels.
"""

# %%
# A look at each stage
# --------------------
# A callback draws from the same noise after some epochs of each stage and at the end.

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.ndimage import zoom
from sklearn.datasets import load_digits
from skorch.callbacks import Callback

from skgen.gan import GANSampler, Growth

EPOCHS, SEEN = 24, (2, 8, 14, 23)
images = load_digits().images[:600]
X = np.array([zoom(image, 2, order=1) for image in images]).reshape(len(images), -1)


class Snapshots(Callback):
    """Draws of the generator after some epochs, and when each epoch ended."""

    def initialize(self):
        self.z = torch.randn(8, 64, generator=torch.Generator().manual_seed(0))
        self.found = {}
        return self

    def on_train_begin(self, net, **kwargs):
        self.clock = [perf_counter()]

    def on_epoch_end(self, net, **kwargs):
        self.clock.append(perf_counter())
        epoch = len(net.history) - 1
        if epoch in SEEN:
            generator = net.module_["generator"].eval()
            with torch.no_grad():
                self.found[epoch] = generator(self.z)[:, 0].numpy()
            generator.train()


snapshots = Snapshots()
gan = GANSampler(
    image_shape=(16, 16),
    growth=Growth(share=0.6),
    max_epochs=EPOCHS,
    callbacks=[snapshots],
    random_state=0,
).fit(X)

# %%
# Blocks first, then strokes.

fig, axes = plt.subplots(len(SEEN), 8, figsize=(7, 4), layout="constrained")
for row, epoch in zip(axes, SEEN, strict=True):
    for axis, image in zip(row, snapshots.found[epoch], strict=True):
        axis.imshow(image, cmap="gray_r", vmin=-1, vmax=1)
        axis.set(xticks=[], yticks=[])
    row[0].set_ylabel(f"epoch {epoch + 1}", rotation=0, ha="right", va="center")

# %%
# What an epoch costs
# -------------------
# Early epochs are cheap, since later stages are not run. On one core this does not pay
# for images as small as these: in equal time the plain networks are ahead.

seconds = np.diff(snapshots.clock)
fig, axis = plt.subplots(figsize=(5, 3), layout="constrained")
axis.plot(np.arange(1, EPOCHS + 1), seconds)
axis.set(xlabel="epoch", ylabel="seconds", ylim=(0, None))
plt.show()

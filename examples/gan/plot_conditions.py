"""
Digits with the slant that you ask for
======================================

A class is not all that one may want to ask for. This example gives
:class:`~skgen.gan.GANSampler` a frame of conditions, the digit and how it leans, and
asks for digits that lean as it says.
"""

# %%
# Conditions
# ----------
# The slant is that of the image's second moments. A frame has columns of any kind:
# categories, numbers, booleans, text.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits

from skgen.gan import Conditions, GANSampler

X, y = load_digits(return_X_y=True)


def slant(rows):
    images = rows.reshape(-1, 8, 8)
    down, across = np.mgrid[:8, :8].astype(float)
    total = images.sum(axis=(1, 2))
    down = down - ((images * down).sum(axis=(1, 2)) / total)[:, None, None]
    across = across - ((images * across).sum(axis=(1, 2)) / total)[:, None, None]
    shared = (images * down * across).sum(axis=(1, 2))
    return shared / (images * down**2).sum(axis=(1, 2))


asked = pd.DataFrame({"digit": y.astype(str), "slant": slant(X)})
asked.head()

# %%
# Fit
# ---
# With ``critic="auxiliary"`` the critic also has to find the conditions in the image,
# and the generator to let it.

gan = GANSampler(
    image_shape=(8, 8),
    conditions=Conditions(critic="auxiliary"),
    max_epochs=50,
    random_state=0,
).fit(X, asked)

# %%
# One row per condition
# ---------------------
# ``sample(y=frame)`` draws a row for each row of the frame. Is the slant that of the
# question?

drawn = gan.sample(y=asked, random_state=0)
found = slant(drawn)
correlation = np.corrcoef(found, asked["slant"])[0, 1]
print(f"correlation with what was asked for: {correlation:.2f}")

fig, axis = plt.subplots(figsize=(4, 3.6), layout="constrained")
axis.scatter(asked["slant"], found, s=6, alpha=0.5)
ends = asked["slant"].quantile([0.01, 0.99])
axis.plot(ends, ends, color="k", linestyle=":")
axis.set(xlabel="slant asked for", ylabel="slant drawn")

# %%
# From left to right the slant rises; each row has one noise for all its images, so that
# nothing else changes.

levels = asked["slant"].quantile([0.02, 0.2, 0.4, 0.6, 0.8, 0.98])
digits = ["1", "4", "7", "9"]
grid = pd.DataFrame(
    [(digit, level) for digit in digits for level in levels], columns=["digit", "slant"]
)
noise = np.random.default_rng(4).standard_normal((len(digits), gan.n_latent_))
images = gan.generate(np.repeat(noise, len(levels), axis=0), grid)
fig, axes = plt.subplots(4, 6, figsize=(6, 4.2), layout="constrained")
for axis, image in zip(axes.flat, images, strict=True):
    axis.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
    axis.set(xticks=[], yticks=[])
plt.show()
# sphinx_gallery_thumbnail_number = 2

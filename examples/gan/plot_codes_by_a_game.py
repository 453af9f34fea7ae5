"""
Codes by a game: reconstruct, complete, relabel
===============================================

:class:`~skgen.GANTransformer` learns an encoder and a generator in a game with a
critic. A row has a code, a code a row, and what is known of a row is enough to find a
code: the upper half of a digit is completed, and a game with labels changes the digit
and keeps the hand.
"""

# %%
# Digits of 8 x 8 pixels
# ----------------------
#
# The default game is a variational autoencoder whose rows a critic judges.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skgen import GANTransformer

X, y = load_digits(return_X_y=True)
train, test = X[:1500], X[1500:]
options = {"image_shape": (8, 8), "max_epochs": 25, "random_state": 0}
model = GANTransformer(10, **options).fit(train)


def show(rows, titles):
    """Draw rows of images, one row of the figure for each title."""
    n = len(rows[0])
    figure, axes = plt.subplots(
        len(rows), n, figsize=(0.75 * n, 0.85 * len(rows)), layout="constrained"
    )
    for images, title, row in zip(rows, titles, axes, strict=True):
        for image, ax in zip(images, row, strict=True):
            ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
            ax.set(xticks=[], yticks=[])
        row[0].set_ylabel(title, rotation=0, ha="right", va="center")
    return figure


# %%
# Complete what is half known
# ---------------------------
#
# ``edit`` takes a mask of the pixels that are given and finds the code whose row agrees
# with them; of the lower half it is told nothing.

mask = np.arange(64) < 32
known = np.where(mask, test[:12], 0.0)
show(
    [test[:12], model.reconstruct(test[:12]), known, model.edit(known, mask)],
    ["rows", "by their codes", "given", "completed"],
)
plt.show()

# %%
# Another label, the same hand
# ----------------------------
#
# In a game with labels the code says what the label does not.

labeled = GANTransformer(10, game="cvaegan", **options).fit(train, y[:1500])
rows = [test[:12]] + [labeled.relabel(test[:12], digit) for digit in (0, 3, 4, 7)]
show(rows, ["rows", "as 0", "as 3", "as 4", "as 7"])
plt.show()

# %%
# Draws
# -----
#
# Codes are drawn from the mixture that was fitted to the codes of the rows.

drawn = labeled.sample(12, y=np.arange(12) % 10, random_state=0)
show([model.sample(12, random_state=0), drawn], ["draws", "by label"])
plt.show()

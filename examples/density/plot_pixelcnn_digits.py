"""
Digits, drawn and completed pixel by pixel
==========================================

Can a network that predicts one pixel from those before it draw whole digits? This
example fits :class:`~skgen.density.PixelCNNDensity` to the 8 x 8 digits of
scikit-learn, compares its likelihood with that of independent pixels, draws digits of
each class, gives half-hidden ones a new lower half, and classifies by Bayes' rule.

The network is a small one, so that the script runs in half a minute; the defaults reach
about 1.7 bits per pixel.
"""

# %%
# The data
# --------
# Images of 17 levels of grey, flat rows of 64 whole numbers from 0 to 16. A quarter is
# kept for the test.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skgen.density import PixelCNNDensity

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(X, y, random_state=0, stratify=y)

# %%
# Fit
# ---
# With labels the density is one of images given their class. The baseline has a
# histogram per pixel. In bits per pixel a uniform distribution would need
# :math:`\log_2 17 = 4.09`.

model = PixelCNNDensity(
    image_shape=(8, 8),
    levels=17,
    n_channels=32,
    max_epochs=16,
    random_state=0,
).fit(X, y)

share = np.stack([(X == level).sum(axis=0) + 0.5 for level in range(17)])
share /= share.sum(axis=0)
independent = -np.log2(share[X_test.astype(int), np.arange(64)]).mean()
print(f"independent pixels:             {independent:.2f} bits per pixel")
print(f"PixelCNN, class not told:       {model.bits_per_dim(X_test):.2f}")
print(f"PixelCNN, class told:           {model.bits_per_dim(X_test, y_test):.2f}")
print(f"accuracy by Bayes' rule:        {np.mean(model.predict(X_test) == y_test):.3f}")

# %%
# Digits of each class
# --------------------
# In each column the first image is a real one; the five below are drawn.


grey = plt.get_cmap("gray_r").with_extremes(bad="lightsteelblue")


def show(axis, image):
    axis.imshow(image.reshape(8, 8), cmap=grey, vmin=0, vmax=16)
    axis.set(xticks=[], yticks=[])


n_draws = 5
drawn = model.sample(10 * n_draws, y=np.repeat(np.arange(10), n_draws), random_state=0)
fig, axes = plt.subplots(
    1 + n_draws, 10, figsize=(7.5, 4.7), layout="constrained", squeeze=False
)
for digit in range(10):
    show(axes[0, digit], X_test[y_test == digit][0])
    axes[0, digit].set_title(digit)
    for k in range(n_draws):
        show(axes[1 + k, digit], drawn[digit * n_draws + k])
axes[0, 0].set_ylabel("real")
axes[3, 0].set_ylabel("drawn")
plt.show()

# %%
# Completion
# ----------
# The lower half of real digits is hidden (blue) and drawn anew, several times. Pixels
# are drawn row by row from the top, so that these are draws from the distribution of
# the lower half given the upper one. The class is drawn too, given the upper half:
# where that fits several digits, several come out.

rows = [np.flatnonzero(y_test == digit)[1] for digit in (0, 2, 3, 5, 6, 7, 8, 9)]
lower = np.arange(64) >= 32
done = [model.complete(X_test[rows], lower, random_state=seed) for seed in range(4)]
fig, axes = plt.subplots(6, len(rows), figsize=(6.4, 5.0), layout="constrained")
for column, row in enumerate(rows):
    show(axes[0, column], X_test[row])
    show(axes[1, column], np.where(lower, np.nan, X_test[row]))
    for k, images in enumerate(done):
        show(axes[2 + k, column], images[column])
        axes[2 + k, column].axhline(3.5, color="C3", lw=1)
axes[0, 0].set_ylabel("real")
axes[1, 0].set_ylabel("given")
axes[2, 0].set_ylabel("completed")
plt.show()

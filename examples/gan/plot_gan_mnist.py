"""
Handwritten digits, drawn by class
==================================

A deep convolutional GAN of MNIST images, told the digit: samples of each class, the
training images nearest to them, and walks from one sample to another.
"""

# %%
# A short training
# ----------------
# Five passes over 8,000 images, half a minute of one core; the default is 24. Where
# MNIST can neither be found nor downloaded, the small digits of scikit-learn stand in.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skgen import GANSampler
from skgen.datasets import fetch_mnist10k
from skgen.inspection import SampleGridDisplay


def load():
    """Return images, their digits, their shape and epochs to train."""
    try:
        X, y = fetch_mnist10k(return_X_y=True, n_retries=0)
    except (OSError, ImportError):
        return *load_digits(return_X_y=True), (8, 8), 100
    return X[:8000], np.asarray(y[:8000]).astype(int), (28, 28), 5


X, y, image_shape, max_epochs = load()
gan = GANSampler(image_shape=image_shape, max_epochs=max_epochs, random_state=0)
gan.fit(X, y)

# %%
# Samples of each class, and what they are near to
# ------------------------------------------------
# Below each sample is the training image nearest to it. A generator that had learned
# images by heart would repeat them.

asked = np.repeat(np.arange(10), 2)
drawn = gan.sample(20, y=asked, random_state=0)
_, places = gan.nearest_training(drawn, X)
rows = [drawn[::2], X[places[::2]], drawn[1::2], X[places[1::2]]]
SampleGridDisplay.from_samples(
    np.concatenate(rows),
    n_columns=10,
    row_labels=["sample", "nearest", "sample", "nearest"],
    cmap="gray_r",
    image_shape=image_shape,
)
plt.show()

# %%
# Walks
# -----
# From one point of the noise to another, on the great circle between them, with the
# digit held: the noise is left to say how it is written.

rng = np.random.default_rng(0)
start, end = rng.standard_normal((2, 4, gan.n_latent_))
walk = gan.interpolate(start, end, n_steps=10, y=[2, 3, 4, 7])
SampleGridDisplay.from_samples(
    walk, n_columns=10, cmap="gray_r", image_shape=image_shape
)
plt.show()

# %%
# The same noise with each digit: what noise stands for, slant and thickness, is shared
# by the classes, though nobody asked for it.

z = np.repeat(rng.standard_normal((4, gan.n_latent_)), 10, axis=0)
images = gan.generate(z, y=np.tile(np.arange(10), 4))
SampleGridDisplay.from_samples(
    images, n_columns=10, cmap="gray_r", image_shape=image_shape
)
plt.show()

"""
Interpolation, and samples without holes
========================================

Where do the codes of a variational autoencoder lie? Training draws them towards
N(0, I), so one would draw codes from N(0, I) to get new images. This example shows
that they do not fill it, what comes out of the holes, and how the mixture that
:class:`~skgen.latent.VAETransformer` fits to the codes avoids them. Before that it
walks from one digit to another.
"""

# %%
# The data
# --------
# MNIST's 10,000 test images; where they can neither be found nor downloaded, the small
# digits that come with scikit-learn.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from skgen import VAETransformer
from skgen.datasets import fetch_mnist10k
from skgen.inspection import SampleGridDisplay
from skgen.metrics import (
    classifier_two_sample_test,
    frechet_distance,
    memorization_score,
)

try:
    X, y = fetch_mnist10k(return_X_y=True, n_retries=0)
    name, epochs = "MNIST", 12
except (OSError, ImportError):
    X, y = load_digits(return_X_y=True)
    name, epochs = "digits", 100
rng = np.random.default_rng(0)
order = rng.permutation(len(X))
X, y = X[order] / X.max(), y[order]
n_test = len(X) // 5
X, X_test, y, y_test = X[n_test:], X[:n_test], y[n_test:], y[:n_test]
side = round(X.shape[1] ** 0.5)

model = VAETransformer(
    10, image_shape=(side, side), max_epochs=epochs, random_state=0
).fit(X)
print(f"{name}: {len(X)} images to learn from, {len(X_test)} for the test")

# %%
# From digit to digit
# -------------------
# A straight line between two codes, decoded, and below it the straight line between the
# pixels of the same test images. The mean of two images is two images on top of each
# other. The mean of two codes decodes to one image, which is a little of both.

pairs = [(3, 8), (1, 7), (0, 6), (2, 5)]
n_steps = 10
share = np.linspace(0, 1, n_steps)[:, None]
lines, labels = [], []
for a, b in pairs:
    start, end = (X_test[y_test == digit][2] for digit in (a, b))
    lines.append(model.interpolate(start, end, n_steps))
    lines.append((1 - share) * start + share * end)
    labels += [f"{a} to {b}: codes", "pixels"]
SampleGridDisplay.from_samples(
    np.vstack(lines), n_columns=n_steps, row_labels=labels, cmap="gray_r"
)
plt.show()

# %%
# Where the codes lie
# -------------------
# A code of an image is a draw from q(z|x). If the codes of all images together were
# distributed as N(0, I), no classifier could tell them from draws of it, and the area
# under its ROC curve would be 1/2. `sample` draws codes from the mixture of Gaussians
# that `fit` has fitted to the codes of the training images.

drawn = model.sample(n_test, random_state=0)
plain_codes = rng.standard_normal((n_test, 10))
plain = model.inverse_transform(plain_codes)


def codes_of(images):
    """Draw a code for each image."""
    mean, std = model.transform(images, return_std=True)
    return mean + std * rng.standard_normal(mean.shape)


codes, codes_test = codes_of(X), codes_of(X_test)
found = classifier_two_sample_test(codes_test, plain_codes, random_state=0)
print(f"codes of test images against N(0, I): AUC {found.auc:.2f}")

near = NearestNeighbors(n_neighbors=1).fit(codes)
fig, ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
shown = {
    "codes of test images": (codes_test, "-"),
    "draws from N(0, I)": (plain_codes, "--"),
}
for label, (points, line) in shown.items():
    distances = near.kneighbors(points)[0][:, 0]
    ax.hist(
        distances,
        np.linspace(0, 4, 40),
        density=True,
        histtype="step",
        linestyle=line,
        linewidth=1.6,
        label=label,
    )
ax.set(xlabel="distance to the nearest training code", ylabel="density")
ax.legend()
plt.show()

# %%
# Samples
# -------
# Draws from N(0, I) fall into holes between the codes more often than images do, and
# there the decoder has never been trained. The mixture stays where codes are. The
# Frechet distance compares means and covariances, here in 30 principal components;
# below stands what as many training images get.

features = PCA(30, random_state=0).fit(X)
for label, images in {
    "mixture": drawn,
    "N(0, I)": plain,
    "training images": X[:n_test],
}.items():
    distance = frechet_distance(X_test, images, embedding=features)
    print(f"{label:15} Frechet distance {distance:.1f}")

first = slice(0, 30)
SampleGridDisplay.from_samples(
    {"test images": X_test[first], "mixture": drawn[first], "N(0, I)": plain[first]},
    cmap="gray_r",
)
plt.show()

# %%
# Copies?
# -------
# A mixture that sits on the training codes could give training images back. So look at
# samples beside the training image nearest to each, and compare: a sample should be
# nearer to the training images than to as many held-out ones about half of the time. A
# reconstruction of a training image is no sample, and this is what unmasks it.

nearest = NearestNeighbors(n_neighbors=1).fit(X).kneighbors(drawn[:10])[1][:, 0]
SampleGridDisplay.from_samples(
    {"sample": drawn[:10], "nearest": X[nearest]}, cmap="gray_r"
)
plt.show()

some = X[:n_test]
for label, images in {
    "other images": X[n_test : 2 * n_test],
    "samples": drawn,
    "reconstructions": model.reconstruct(some),
}.items():
    score = memorization_score(
        some, images, X_test, embedding=np.asarray, random_state=0
    )
    print(f"{label:15} nearer to a training image: {score.closer_to_train:.2f}")

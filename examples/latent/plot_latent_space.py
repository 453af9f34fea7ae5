"""
Digits in two dimensions
========================

How much of an image of 64 pixels do two numbers hold? This example fits a
:class:`~skgen.latent.VAETransformer` with a code of two dimensions to the digits of
scikit-learn, draws the codes beside the first two principal components, decodes a grid
of codes, and then clusters codes of ten dimensions by k-means, again beside PCA.
"""

# %%
# Two dimensions
# --------------
# No label enters a fit; labels only colour the points. A quarter of the images is kept
# for the test, and all figures and pictures are of these.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

from skgen import VAETransformer
from skgen.inspection import LatentSpaceDisplay, SampleGridDisplay

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(X, y, random_state=0, stratify=y)


def fit(n_components):
    """Both models, for codes of so many dimensions."""
    vae = VAETransformer(
        n_components, image_shape=(8, 8), max_epochs=100, random_state=0
    )
    return {"PCA": PCA(n_components).fit(X), "VAETransformer": vae.fit(X)}


plane = fit(2)
fig, axes = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
for ax, (name, model) in zip(axes, plane.items(), strict=True):
    LatentSpaceDisplay.from_codes(model.transform(X_test), y_test, name=name, ax=ax)
axes[0].get_legend().remove()
plt.show()

# %%
# Two principal components lay digits over one another. The encoder of the autoencoder
# is not linear, and it has a reason to keep digits apart: what the decoder confuses it
# cannot bring back. Neighbours in the plane, and how well images come back:


def measures(model):
    """Accuracy of neighbours among the codes, and error of reconstructions."""
    codes, codes_test = model.transform(X), model.transform(X_test)
    neighbours = KNeighborsClassifier().fit(codes, y).score(codes_test, y_test)
    error = np.mean((model.inverse_transform(codes_test) - X_test) ** 2) / 16**2
    return neighbours, error


for name, model in plane.items():
    neighbours, error = measures(model)
    print(f"{name:15} k-NN accuracy {neighbours:.2f}, squared error {error:.4f}")

# %%
# What codes stand for
# --------------------
# Each image on the right is what the code at its place decodes to, inside the dashed
# frame on the left. Between two digits lie images that are a little of both. That gaps
# are few is the work of the divergence from N(0, I), which draws all codes together and
# makes each of them a cloud rather than a point.

display = LatentSpaceDisplay.from_estimator(
    plane["VAETransformer"], X_test, y_test, n_decoded=10, cmap="gray_r"
)
# Digits fill their images from top to bottom; lines keep them apart.
decoded = display.axes_[1]
for edge in np.linspace(*decoded.get_ylim(), 11)[1:-1]:
    decoded.axhline(edge, color="C0", linewidth=1.5)
plt.show()

# %%
# Clusters of codes
# -----------------
# Two dimensions are for looking. With ten, k-means on the codes finds clusters that
# agree better with the digits (adjusted Rand index: 1 for the digits themselves, 0 for
# chance), still without a label.

deep = fit(10)
centers = {}
for name, model in deep.items():
    kmeans = KMeans(10, n_init=10, random_state=0).fit(model.transform(X))
    clusters = kmeans.predict(model.transform(X_test))
    neighbours, error = measures(model)
    print(
        f"{name:15} Rand index {adjusted_rand_score(y_test, clusters):.2f}, "
        f"k-NN accuracy {neighbours:.3f}, squared error {error:.4f}"
    )
    centers[name] = model.inverse_transform(kmeans.cluster_centers_)

# %%
# The centers of the clusters, decoded, in no particular order: a center of principal
# components is a mean of images and blurred; what a code decodes to is an image.

SampleGridDisplay.from_samples(centers, cmap="gray_r", scale="image")
plt.show()

"""
Few labels: what the unlabeled rows add
=======================================

Fifty of 1,297 digits have a label. :class:`~skgen.SemiSupervisedGANClassifier` learns
from all of them; label spreading and a classifier of the labeled rows are beside it.
"""

# %%
# Fifty labels
# ------------

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.semi_supervised import LabelSpreading
from sklearn.svm import SVC

from skgen import SemiSupervisedGANClassifier

X, y = load_digits(return_X_y=True)
rng = np.random.default_rng(0)
order = rng.permutation(len(X))
train, test = order[:1297], order[1297:]
labels = np.full(1297, -1)
for digit in range(10):
    own = np.flatnonzero(y[train] == digit)
    labels[rng.choice(own, 5, replace=False)] = digit

# Label spreading divides zero by zero where no label reaches a row.
warnings.filterwarnings("ignore", "invalid value", RuntimeWarning)
few = labels >= 0
spreading = LabelSpreading(kernel="knn", n_neighbors=7, alpha=0.2, max_iter=100)
models = {
    "SVC, labeled rows": SVC().fit(X[train][few], labels[few]),
    "label spreading": make_pipeline(PCA(30, random_state=0), spreading).fit(
        X[train], labels
    ),
    "game": SemiSupervisedGANClassifier(
        image_shape=(8, 8), max_epochs=30, validate=False, random_state=0
    ).fit(X[train], labels),
}
accuracy = {name: m.score(X[test], y[test]) for name, m in models.items()}

figure, ax = plt.subplots(figsize=(6, 2), layout="constrained")
bars = ax.barh(list(accuracy), list(accuracy.values()), color="C0", height=0.6)
ax.bar_label(bars, fmt="%.3f", padding=3)
ax.set(xlim=(0.5, 1.02), xlabel="accuracy on 500 test rows")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# What the generator draws
# ------------------------
#
# Feature matching helps the classifier by rows between the classes, not by good
# samples: for those there are :class:`~skgen.GANSampler` and
# :class:`~skgen.VAETransformer`.

drawn = models["game"].sample(20, random_state=0)
figure, axes = plt.subplots(2, 10, figsize=(7, 1.6), layout="constrained")
for image, ax in zip(drawn, axes.flat, strict=True):
    ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
    ax.set(xticks=[], yticks=[])
plt.show()

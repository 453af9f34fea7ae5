"""
Anomalies by the evidence lower bound
=====================================

An image can be odd although each of its pixels is common: a digit that was never seen,
or the upper half of a three on the lower half of a four. A variational autoencoder
gives each image a lower bound of its log-likelihood, which needs no label and no
example of what is odd. Here it ranks such images, beside three detectors of
scikit-learn.
"""

# %%
# The data
# --------
# All models learn from the digits 0 to 8. Of the test images a tenth have the lower
# half of another digit, and the nines have not been seen.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.model_selection import train_test_split
from sklearn.neighbors import LocalOutlierFactor

from skgen import VAETransformer
from skgen.inspection import SampleGridDisplay

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(X, y, test_size=0.4, random_state=0, stratify=y)
X = X[y < 9]

rng = np.random.default_rng(0)
kind = np.where(y_test == 9, "nine", "clean").astype(object)
spliced = rng.choice(np.flatnonzero(y_test < 9), len(X_test) // 10, replace=False)
kind[spliced] = "spliced"
mixed = X_test.copy()
for row in spliced:
    others = np.flatnonzero((y_test < 9) & (y_test != y_test[row]))
    mixed[row, 32:] = X_test[rng.choice(others), 32:]
print({name: int(np.sum(kind == name)) for name in ("clean", "spliced", "nine")})

# %%
# Scores
# ------
# The bound has two parts. A row is odd if it does not come back from its code, and if
# its code is not where codes are. PCA has the first part only, for a linear code of
# as many dimensions.

vae = VAETransformer(10, image_shape=(8, 8), max_epochs=120, random_state=0).fit(X)
pca = PCA(10).fit(X)
scores = {
    "VAETransformer": vae.score_samples(mixed),
    "PCA, squared error": -np.sum(
        (mixed - pca.inverse_transform(pca.transform(mixed))) ** 2, axis=1
    ),
    "IsolationForest": IsolationForest(n_estimators=300, random_state=0)
    .fit(X)
    .score_samples(mixed),
    "LocalOutlierFactor": LocalOutlierFactor(novelty=True).fit(X).score_samples(mixed),
}


def rows_of(name):
    """Which images to rank: clean ones and one kind of odd ones."""
    return (kind == "clean") | (kind == name)


print(f"{'ROC-AUC':20} spliced   nine")
for title, score in scores.items():
    areas = [
        roc_auc_score(kind[rows_of(name)] != "clean", -score[rows_of(name)])
        for name in ("spliced", "nine")
    ]
    print(f"{title:20}   {areas[0]:.2f}    {areas[1]:.2f}")

# %%
# The forest cuts one pixel at a time, and no pixel of a spliced digit is unusual. What
# knows which pixels go together sees it. Distances to near images do well here
# too, where images have few pixels; they give no likelihood, and nothing to draw from.

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
bound = scores["VAETransformer"]
bins = np.linspace(np.quantile(bound, 0.005), bound.max(), 30)
shown = np.clip(bound, bins[0], None)
for name, style in {
    "clean": {"color": "0.85", "edgecolor": "0.6"},
    "spliced": {"histtype": "step", "edgecolor": "C0", "linewidth": 1.6},
    "nine": {"histtype": "step", "edgecolor": "C1", "linewidth": 1.6, "ls": "--"},
}.items():
    left.hist(shown[kind == name], bins, density=True, label=name, **style)
left.set(
    xlabel="evidence lower bound (nats)",
    ylabel="share of images per nat",
    title="Scores; the first bin holds all below",
)
left.legend(loc="upper left")
for (title, score), line in zip(scores.items(), ("-", "--", ":", "-."), strict=True):
    false, true, _ = roc_curve(kind != "clean", -score)
    right.plot(false, true, line, label=title)
right.plot([0, 1], [0, 1], color="0.8", linewidth=0.8)
right.set(
    xlabel="share of clean images flagged",
    ylabel="share of odd images flagged",
    title="ROC curves, both kinds together",
)
right.legend(loc="lower right")
plt.show()

# %%
# What is odd about them
# ----------------------
# The oddest images, what comes back of each, and the difference. Where it is large, the
# image differs from what its code lets expect.

oddest = np.argsort(bound)[:10]
back = vae.reconstruct(mixed[oddest])
print("the ten oddest:", ", ".join(kind[oddest]))
SampleGridDisplay.from_samples(
    {
        "image": mixed[oddest],
        "reconstruction": back,
        "difference": np.abs(mixed[oddest] - back),
    },
    cmap="gray_r",
)
plt.show()

"""
Two moons, a few labels of one
==============================

Can a classifier find a curved boundary when only some rows of one class are labeled
and nothing is known of the others? This example fits
:class:`~skgen.pu.PUGANClassifier` to two interleaving half circles, compares it with a
classifier that takes "unlabeled" for "negative", and follows the game between its two
networks.
"""

# %%
# The data
# --------
# Of 2000 rows, 40 % are positive, and of these 150 carry a label. The other 1850 rows
# are a mixture of both classes.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.metrics import accuracy_score
from sklearn.svm import SVC

from skgen.datasets import make_pu
from skgen.inspection import LossCurveDisplay
from skgen.pu import PUGANClassifier

X, y_full = make_moons((1200, 800), noise=0.15, random_state=0)
X, y, y_true = make_pu(X, y_full, n_labeled=150, random_state=0)
print(f"labeled: {(y == 1).sum()}, unlabeled: {(y == 0).sum()}")

# %%
# A naive baseline, and the game
# ------------------------------
# The naive classifier takes "unlabeled" for "negative". It ranks rows rightly, but
# unlabeled positives outnumber the labeled ones everywhere, so that at its threshold of
# one half it finds almost no positives.

naive = SVC().fit(X, y)
model = PUGANClassifier(random_state=0).fit(X, y)
always = max(y_true.mean(), 1 - y_true.mean())
print(f"always the larger class:     {always:.3f}")
print(f"unlabeled taken as negative: {accuracy_score(y_true, naive.predict(X)):.3f}")
print(f"PUGANClassifier:             {accuracy_score(y_true, model.predict(X)):.3f}")
print(f"prior: found {model.prior_:.3f}, true {y_true.mean():.3f}")

# %%
# The surface of P(y=1|x) follows the lower moon, of which the labeled rows are a
# part. The dashed line is the threshold at one half.

fig, axes = plt.subplots(1, 2, figsize=(9.6, 3.8), layout="constrained", sharey=True)
axes[0].scatter(*X[y == 0].T, s=6, color="0.65", label="unlabeled")
axes[0].scatter(
    *X[y == 1].T, s=22, marker="^", color="C0", edgecolor="k", lw=0.5, label="labeled"
)
axes[0].legend(loc="upper right")
axes[0].set(title="What the classifier is given", xlabel="$x_1$", ylabel="$x_2$")
surface = DecisionBoundaryDisplay.from_estimator(
    model,
    X,
    response_method="predict_proba",
    class_of_interest=1,
    eps=0.4,
    plot_method="pcolormesh",
    cmap="Blues",
    vmin=0,
    vmax=1,
    ax=axes[1],
)
axes[1].contour(
    surface.xx0, surface.xx1, surface.response, [0.5], colors="k", linestyles="--"
)
for k, marker, color in ((0, "o", "0.45"), (1, "^", "w")):
    axes[1].scatter(
        *X[y_true == k][::4].T,
        s=14,
        marker=marker,
        color=color,
        edgecolor="k",
        lw=0.5,
        label=f"truly {('negative', 'positive')[k]}",
    )
axes[1].legend(loc="upper right")
axes[1].set(title="P(y=1|x)", xlabel="$x_1$", ylabel="")
fig.colorbar(surface.surface_, ax=axes[1])

# %%
# The game over the epochs
# ------------------------
# The classifier reweighs the unlabeled rows until the critic cannot tell them from the
# labeled ones. The critic that says one half everywhere gets :math:`-2 \log 2`, the
# dotted line; a value above it tells what the critic still finds, and one below that it
# lags behind. From the second epoch on there is next to nothing to be found. What
# fixes the scale of the probabilities is outside the game: the posterior that the
# evidence implies, taught by cross-entropy, and a PU risk at the estimated prior.

fig, axes = plt.subplots(1, 2, figsize=(9.6, 3.4), layout="constrained")
LossCurveDisplay.from_estimator(
    model, losses=["train_value"], name="Value of the game", ax=axes[0]
)
axes[0].axhline(-2 * np.log(2), color="0.25", linestyle=":", label="critic says 1/2")
axes[0].legend()
axes[0].set_ylabel("value (nats)")
anchors = [key for key in ("train_teacher", "train_risk") if key in model.history_[0]]
LossCurveDisplay.from_estimator(model, losses=anchors, name="Anchors", ax=axes[1])
axes[1].set_ylabel("teacher (nats), risk")
plt.show()

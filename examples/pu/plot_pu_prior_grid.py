"""
Choosing the class prior without negatives
==========================================

Which class prior should a classifier believe in, when no negative row is there to
check it? A grid search can tell, if its scorer knows the prior from elsewhere. If each
candidate is scored by the prior that it believes in itself, one that is too large wins.
This example does both.
"""

# %%
# The data
# --------
# Two overlapping clouds; two of five rows are positive, and 150 positives are labeled.
# The prior is estimated from the rows that are at hand, and comes out somewhat high, as
# it does where classes overlap. Nothing here sees a negative.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_blobs
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from skgen.datasets import make_pu
from skgen.inspection import PriorGridDisplay
from skgen.metrics import make_pu_scorer, pu_accuracy_score
from skgen.pu import PUGANClassifier, estimate_prior

X, y_full = make_blobs(
    [1500, 1000], n_features=5, centers=None, cluster_std=8, random_state=3
)
X, X_test, y_full, y_test = X[::2], X[1::2], y_full[::2], y_full[1::2]
X, y, y_true = make_pu(X, y_full, n_labeled=150, random_state=0)
estimate = estimate_prior(X, y, random_state=0)
print(f"prior: estimated {estimate:.3f}, true {y_true.mean():.3f}")

# %%
# Two scorers
# -----------
# With the share TPR of labeled positives that are predicted positive, and the share
# P(f=-) of rows that are predicted negative, the accuracy is
# :math:`2 \pi\, \mathrm{TPR} + P(f=-) - \pi`. The right scorer puts the estimated prior
# into it, once and for all. The wrong one puts in what the candidate believes. A
# search can carry both.


def own_prior_accuracy(estimator, X, y):
    """Score a candidate by the prior it believes in. Do not do this."""
    return pu_accuracy_score(y, estimator.predict(X), prior=estimator.prior)


candidates = [0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9]
model = PUGANClassifier(evidence="trees", max_epochs=2, random_state=0)
search = GridSearchCV(
    model,
    {"prior": candidates},
    scoring={
        "fixed": make_pu_scorer("accuracy", prior=estimate),
        "own": own_prior_accuracy,
    },
    refit="fixed",
    cv=StratifiedKFold(2, shuffle=True, random_state=0),
).fit(X, y)

# %%
# What they choose
# ----------------
# The curve on the left has its maximum near the true prior and falls to both sides.
# The one on the right is drawn upwards by the candidates themselves: whoever believes
# in 0.9 and calls nearly everything positive has an "accuracy" of 0.9, whatever the
# rows are. The maximum lies too far to the right, and promises far more than is kept
# below.

fig, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained", sharey=True)
for ax, metric, title in (
    (axes[0], "fixed", "Right: scored by the estimated prior"),
    (axes[1], "own", "Wrong: scored by the candidate's own prior"),
):
    PriorGridDisplay.from_estimator(
        search, metric=metric, true_prior=y_true.mean(), ax=ax
    )
    ax.set(title=title, ylabel="")
axes[0].set_ylabel("estimated accuracy")

# %%
# What the choice costs
# ---------------------
# True labels of new rows, which no search had, show the accuracy of both choices, of
# the default, which finds the prior by itself, and of always saying "negative". The
# number in brackets is the prior of the model.


def chosen_by(metric):
    """Return the candidate with the best mean."""
    return candidates[int(np.argmax(search.cv_results_[f"mean_test_{metric}"]))]


priors = {
    "fixed prior": chosen_by("fixed"),
    "own prior": chosen_by("own"),
    "default": None,
}
accuracy = {"always negative": accuracy_score(y_test, np.zeros(len(y_test)))}
for name, prior in priors.items():
    model.set_params(prior=prior).fit(X, y)
    accuracy[f"{name} ({model.prior_:.2f})"] = model.score(X_test, y_test)

fig, ax = plt.subplots(figsize=(6.4, 2.6), layout="constrained")
bars = ax.barh(
    list(accuracy), list(accuracy.values()), color="0.8", edgecolor="k", hatch="//"
)
ax.bar_label(bars, fmt="%.3f", padding=3)
ax.set(xlim=(0, 1.1), xlabel="accuracy on new rows")
ax.invert_yaxis()
plt.show()

"""
Without pairs: two instruments
==============================

Two laboratories measured other samples by other instruments. No row has a partner, but
both instruments saw the same kind of thing. :class:`~skgen.DomainTranslator` turns
rows of the one into rows as the other would have measured them, so that a classifier of
the other can be used.
"""

# %%
# A classifier that does not travel
# ---------------------------------
#
# The second instrument mixes the columns a little and adds an offset.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from skgen import DomainTranslator
from skgen.translation import CycleGAN

X, y = load_digits(return_X_y=True)
X = X / 16
rng = np.random.default_rng(0)
mixing = np.eye(64) + 0.15 * rng.normal(size=(64, 64)) / np.sqrt(8)
offset = 0.1 * rng.normal(size=64)


def second_instrument(rows):
    """Measure rows as the second instrument does."""
    return rows @ mixing + offset


A, B = X[:600], second_instrument(X[600:1200])
classifier = LogisticRegression(max_iter=5000).fit(B, y[600:1200])
test, labels = X[1200:], y[1200:]

# %%
# Translate, then classify
# ------------------------
#
# The network begins at the optimal transport of one Gaussian to another.

game = CycleGAN(content_weight=1.0)
model = DomainTranslator(game, max_epochs=30, random_state=0).fit_domains(A, B)
rows = {
    "as they are": test,
    "moments matched": (test - A.mean(0)) / (A.std(0) + 1e-3) * B.std(0) + B.mean(0),
    "translated": model.transform(test),
    "truly measured": second_instrument(test),
}
said = {}
for name, answer in rows.items():
    error = np.square(answer - rows["truly measured"]).mean()
    accuracy = classifier.score(answer, labels)
    said[name] = f"squared error {error:.3f}, accuracy {accuracy:.2f}"
    print(f"{name:16} {said[name]}")

# %%
# A column against its truth
# --------------------------

truth = second_instrument(test)
figure, axes = plt.subplots(
    1, 3, figsize=(9, 3.2), sharex=True, sharey=True, layout="constrained"
)
j = truth.std(axis=0).argmax()
for ax, name in zip(axes, list(rows)[:3], strict=True):
    ax.scatter(truth[:, j], rows[name][:, j], s=6)
    ax.axline((0, 0), slope=1, color="0.5", lw=1)
    ax.set_title(f"{name}\n{said[name]}", fontsize=9)
    ax.set_xlabel("truly measured")
axes[0].set_ylabel("one column")
plt.show()

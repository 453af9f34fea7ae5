"""
What distributions do not say: turned digits
============================================

Digits, and other digits that were turned by a right angle. No digit has a partner. Many
maps turn the one distribution into the other, the turn is only one of them, and a cycle
that closes proves nothing. A few known pairs decide.
"""

# %%
# Without pairs, and with a hundred
# ---------------------------------

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from skgen import DomainTranslator
from skgen.datasets import make_domains
from skgen.inspection import TranslationDisplay

X, y = load_digits(return_X_y=True)
train, test, labels = X[:1500], X[1500:], y[1500:]
domains = make_domains(train, "turned", image_shape=(8, 8), random_state=0)
# A hundred digits are in both domains.
some = np.flatnonzero(domains.target == "original")[:100]
rows = np.vstack([domains.data, domains.truth[some]])
names = np.append(domains.target, ["turned"] * 100)
pairs = np.column_stack([some, len(domains.data) + np.arange(100)])

options = {"image_shape": (8, 8), "batch_size": 32, "learning_rate": 2e-3}
options |= {"max_epochs": 7, "random_state": 0}
models = {
    "without pairs": DomainTranslator(**options).fit(rows, names),
    "100 pairs": DomainTranslator(**options).fit(rows, names, pairs=pairs),
}

# %%
# The cycle closes in both cases
# ------------------------------


def turned(images):
    """Turn digits by a right angle."""
    return np.rot90(images.reshape(-1, 8, 8), axes=(1, 2)).reshape(len(images), -1)


judge = SVC().fit(turned(train), y[:1500])
print(f"truly turned: the classifier finds {judge.score(turned(test), labels):.2f}")
for name, model in models.items():
    answer = model.transform(test)
    print(
        f"{name}: error {np.square(answer - turned(test)).mean():.1f}, the cycle's "
        f"{np.square(model.cycle(test) - test).mean():.1f}, digits found "
        f"{judge.score(answer, labels):.2f}"
    )

# %%
# In pictures
# -----------

sets = {"source": test[:10]}
sets |= {name: model.transform(test[:10]) for name, model in models.items()}
sets["truth"] = turned(test[:10])
TranslationDisplay.from_translations(sets, image_shape=(8, 8), cmap="gray_r")
plt.show()

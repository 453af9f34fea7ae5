"""
Along pairs: small digits and large ones
========================================

:class:`~skgen.PairedTranslator` is a regressor whose answers are rows, images here: the
digits of 4 x 4 pixels that digits of 8 x 8 become when their pixels are averaged, and
the way back.
"""

# %%
# Three answers
# -------------
#
# A ridge regression is where the network begins. With ``projection=True`` the means
# over blocks of the answer are the pixels of the question, exactly. With a critic the
# answers are sharper and their errors larger.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import RidgeCV

from skgen import PairedTranslator
from skgen.inspection import TranslationDisplay
from skgen.metrics import translation_report

Y = load_digits().data
X = Y.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16)
shapes = {"image_shape": (4, 4), "target_shape": (8, 8)}
options = {**shapes, "max_epochs": 8, "random_state": 0}
models = {
    "ridge": RidgeCV(np.logspace(-2, 4, 13)),
    "L2": PairedTranslator(projection=True, **options),
    "with a critic": PairedTranslator(
        "l1", adversarial_weight=0.02, projection=True, **options
    ),
}
answers = {
    name: model.fit(X[:1500], Y[:1500]).predict(X[1500:])
    for name, model in models.items()
}

# %%
# In numbers
# ----------

for name, answer in answers.items():
    report = translation_report(X[1500:], Y[1500:], answer, image_shape=(8, 8))
    numbers = report.loc["translation", ["mse", "l1", "rank_1", "sharpness"]]
    print(f"{name:15}" + "  ".join(f"{k} {v:.3f}" for k, v in numbers.items()))

# %%
# In pictures
# -----------

sets = {"source": X[1500:1510]}
sets |= {name: answer[:10] for name, answer in answers.items()}
sets["truth"] = Y[1500:1510]
sides = {name: (4, 4) if name == "source" else (8, 8) for name in sets}
TranslationDisplay.from_translations(
    sets, image_shape=sides, cmap="gray_r", vmin=0, vmax=16
)
plt.show()

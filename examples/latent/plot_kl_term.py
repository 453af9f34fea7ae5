"""
The divergence at work
======================

What does the second term of the evidence lower bound do? This example fits
:class:`~skgen.latent.VAETransformer` to digits with four weights ``beta`` of the
divergence, and looks at what codes then hold: how much, in how many dimensions, and how
well images come back.
"""

# %%
# Four weights
# ------------
# Grey levels are thresholded, and pixels are Bernoulli variables: their likelihood has
# no deviation that could make up for a wrong weight. The prior stays N(0, I), so that
# the bound is the one of the training. All figures are of images held out.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skgen import VAETransformer
from skgen.inspection import LossCurveDisplay, SampleGridDisplay

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(
    (X > 7).astype(float), y, random_state=0, stratify=y
)


def fit(beta, **options):
    """A model with this weight of the divergence."""
    vae = VAETransformer(
        10,
        image_shape=(8, 8),
        beta=beta,
        max_epochs=60,
        prior="normal",
        random_state=0,
        **options,
    )
    return vae.fit(X)


def divergences(model):
    """Mean divergence of q(z|x) from N(0, I) in each dimension, largest first."""
    mean, std = model.transform(X_test, return_std=True)
    nats = 0.5 * (mean**2 + std**2 - 2 * np.log(std) - 1)
    return np.sort(nats.mean(axis=0))[::-1]


models = {f"beta={beta:g}": fit(beta) for beta in (0.1, 1.0, 2.0, 4.0)}
models["beta=4, free_bits=0.5"] = fit(4.0, free_bits=0.5)
print(f"{'':24}  bound  divergence  active dimensions")
for name, model in models.items():
    nats = divergences(model)
    active = np.sum(nats > 0.05)
    print(f"{name:24} {model.score(X_test):6.1f} {nats.sum():11.1f} {active:12}")

# %%
# The bound that ``score`` returns always has the weight one, and it is best where
# training had it too. With less, codes say more than they are worth. With more, the
# divergence is cheapest where a dimension says nothing at all,
# :math:`q(z_j|x) = N(0, 1)` for every image, and the decoder learns to ignore it.

fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
marks = zip(models.items(), "osD^v", ("-", "--", "-.", ":", "-"), strict=True)
for (name, model), marker, line in marks:
    ax.plot(np.arange(1, 11), divergences(model), line, marker=marker, label=name)
ax.set(
    xlabel="dimensions of the code, the most telling first",
    ylabel="divergence (nats)",
    xticks=range(1, 11),
)
ax.legend()
plt.show()

# %%
# What is left of an image
# ------------------------
# Ten test images, and what each model makes of them. The fewer nats a code has, the
# more an image becomes the mean of those that share its code; without any, all become
# the mean image. With ``free_bits`` each dimension takes the half nat that it has for
# free, and no more.

rows = [np.flatnonzero(y_test == digit)[0] for digit in range(10)]
images = {"image": X_test[rows]}
for name, model in models.items():
    images[name] = model.reconstruct(X_test[rows])
SampleGridDisplay.from_samples(images, cmap="gray_r")
plt.show()

# %%
# Over the epochs
# ---------------
# At first all codes are alike: no divergence, and the mean image for every row. Then
# codes pay for themselves, since a nat of divergence saves more than one nat of
# reconstruction. ``warmup`` lets the weight rise over the first tenth of the steps, so
# that no dimension is given up before the decoder has learned to use it.

LossCurveDisplay.from_estimator(models["beta=1"], losses=["reconstruction", "kl"])
plt.show()

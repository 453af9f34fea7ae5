"""
Images: neighbours, walks and arithmetic
========================================

What has a generator of images learned? This example fits
:class:`~skgen.gan.GANSampler` to the digits of scikit-learn, without their labels, and
asks three questions of the DCGAN paper: are its images copies, do all points of the
noise mean something, and can one calculate with them?
"""

# %%
# Fit and draw
# ------------
# Images of 8 x 8 pixels get a small DCGAN: strided convolutions in the critic,
# transposed ones in the generator, and no hidden layer that is fully connected.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from skgen import GANSampler
from skgen.inspection import SampleGridDisplay
from skgen.metrics import memorization_score

digits, labels = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(digits, labels, random_state=0)
gan = GANSampler(
    image_shape=(8, 8),
    n_latent=16,
    max_epochs=150,
    learning_rate=5e-4,
    random_state=0,
)
gan.fit(X)
SampleGridDisplay.from_estimator(
    gan, n_samples=40, n_columns=10, random_state=0, cmap="gray_r"
)
plt.show()

# %%
# Copies?
# -------
# Beside each sample stands the training image nearest to it. Were samples copies, both
# would be equal; were they noise, nothing near would look like them. Held-out images
# have nearest training images, too, and ``closer_to_train`` is one half where samples
# are as near to the one kind of images as to the other.

drawn = gan.sample(10, random_state=1)
distances, places = gan.nearest_training(drawn, X)
SampleGridDisplay.from_samples({"sample": drawn, "nearest": X[places]}, cmap="gray_r")
plt.show()

many = gan.sample(len(X_test), random_state=2)
score = memorization_score(
    X[: len(X_test)], many, X_test, embedding=np.asarray, random_state=0
)
print(f"nearer to a training image than to a held-out one: {score.closer_to_train:.2f}")
print(f"mean distance to the nearest: {gan.nearest_training(many, X)[0].mean():.2f}")
print(f"of held-out images:           {gan.nearest_training(X_test, X)[0].mean():.2f}")

# %%
# A walk
# ------
# Noise of many dimensions has nearly always the same length, and a straight line
# between two points is shorter in the middle than anything the generator was trained
# on. The great circle keeps the length. Each row is one walk, and no step of it
# should be a jump.

rng = np.random.default_rng(0)
start, end = rng.standard_normal((2, 4, gan.n_latent_))
walk = gan.interpolate(start, end, n_steps=10)
SampleGridDisplay.from_samples(walk, n_columns=10, cmap="gray_r")
plt.show()

# %%
# Arithmetic
# ----------
# The paper takes the mean noise of three images of smiling women, subtracts that of
# women, adds that of men, and the generator draws a smiling man. Digits do not smile,
# but some are heavy and some are light. The network was told neither this nor which
# digit is which; a classifier of real digits and the amount of ink choose the samples
# here. Heavy less light of one digit, added to the light of another, should be that
# other digit, heavier. Means are taken of 30 samples, since single ones are unstable,
# and brought to the length of noise.

judge = LogisticRegression(max_iter=5000).fit(X / 16, y)
print(f"accuracy of the classifier: {judge.score(X_test / 16, y_test):.3f}")
z = rng.standard_normal((8000, gan.n_latent_))
images = gan.generate(z)
sure = judge.predict_proba(images / 16)
ink = images.mean(axis=1)


def mean_noise(digit, heavy, n=30):
    """Mean noise of samples that are surely a digit, with most or least ink."""
    own = np.argsort(-sure[:, digit])[:300]
    order = own[np.argsort(ink[own])]
    return z[order[-n:] if heavy else order[:n]].mean(axis=0)


def generate(rows):
    """Images of noise, brought to the length that noise has."""
    rows = np.array(rows)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return gan.generate(rows * np.sqrt(gan.n_latent_) / length)


pairs = [(0, 1), (1, 0), (3, 6), (6, 4)]
heavy = [mean_noise(a, heavy=True) for a, _ in pairs]
light = [mean_noise(a, heavy=False) for a, _ in pairs]
other = [mean_noise(b, heavy=False) for _, b in pairs]
terms = [generate(rows) for rows in (heavy, light, other)]
noise_sum = generate(np.array(heavy) - light + other)
pixel_sum = np.clip(terms[0] - terms[1] + terms[2], 0, 16)
display = SampleGridDisplay.from_samples(
    np.stack([*terms, noise_sum, pixel_sum], axis=1).reshape(-1, 64),
    n_columns=5,
    row_labels=[f"{a} and {b}" for a, b in pairs],
    cmap="gray_r",
)
width = display.ax_.get_xlim()[1] / 5
names = "heavy", "- light", "+ light", "= in noise", "in pixels"
display.ax_.set_xticks([(k + 0.5) * width for k in range(5)], names)
display.ax_.xaxis.tick_top()
plt.show()

# %%
# The last column adds and subtracts pixels, where traces of the digit that was taken
# away remain. Four rows prove nothing, so here are all pairs of digits: how often the
# sum is taken for the digit that it should be, and how often it has more ink than the
# light one had.

every = [(a, b) for a in range(10) for b in range(10) if a != b]
extremes = {
    (digit, heavy): mean_noise(digit, heavy)
    for digit in range(10)
    for heavy in (True, False)
}
before = generate([extremes[b, False] for _, b in every])
after = generate(
    [extremes[a, True] - extremes[a, False] + extremes[b, False] for a, b in every]
)
kept = judge.predict(after / 16) == [b for _, b in every]
heavier = after.mean(axis=1) > before.mean(axis=1)
print(f"{len(every)} pairs: the digit is kept in {kept.mean():.0%}")
print(
    f"more ink than before: {heavier.mean():.0%}, both: {(kept & heavier).mean():.0%}"
)

"""
Finding the same thing before another camera
============================================

Digits before two noisy cameras: each row is seen twice, and for some it is known which
two rows belong together. Which row of the second camera shows what a row of the first
does?
"""

# %%
# The data
# --------
# The second camera sees digits blurred, darker, and shifted by a pixel; both add noise.
# Of 900 digits to train on 200 are known in both cameras. The other rows are unlabeled:
# among their pairs hide 700 matches.

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.datasets import load_digits

from skgen.inspection import CMCDisplay, RankingDisplay
from skgen.pu import PUPairTransformer

rng = np.random.default_rng(0)
images = load_digits().images[rng.permutation(1797)] / 16
second = np.roll(gaussian_filter(images, (0, 0.6, 0.6)), 1, axis=2)
first = images + 0.06 * rng.normal(size=images.shape)
second = 0.7 * second + 0.2 + 0.06 * rng.normal(size=images.shape)
first, second = first.reshape(1797, -1), second.reshape(1797, -1)

n_train, n_known = 900, 200
y = np.where(np.arange(n_train) < n_known, np.arange(n_train), -1)
X = np.vstack([first[:n_train], second[:n_train]])
camera = np.repeat(["first", "second"], n_train)

# %%
# Fit
# ---
# The identity of a row is ``y``, with -1 for unknown, its camera is ``groups``.

model = PUPairTransformer(image_shape=(8, 8), random_state=0)
model.fit(X, np.tile(y, 2), groups=camera)
print(f"{model.n_known_} known pairs, {model.n_taken_} taken for matches")
print(f"prior of a match {model.prior_:.5f}")

# %%
# Rank
# ----
# 500 digits that were not trained on are looked for among the same 500 before the other
# camera. The curve shows how many are found among the first k.

query, gallery = first[n_train : n_train + 500], second[n_train : n_train + 500]
ids, cameras = np.arange(500), ("first", "second")
_, ax = plt.subplots(layout="constrained")
plain = np.linalg.norm(query[:, None] - gallery, axis=2)
CMCDisplay.from_distances(plain, ids, ids, name="pixels", ax=ax, linestyle=":")
ours = model.distances(query, gallery, cameras=cameras)
CMCDisplay.from_distances(ours, ids, ids, name="embedding", ax=ax, linestyle="--")
scaled = model.distances(query, gallery, cameras=cameras, rerank="csls")
CMCDisplay.from_distances(scaled, ids, ids, name="embedding, CSLS", ax=ax)
plt.show()

# %%
# The first entries of some queries: the right one has a solid frame.

ranking = model.rank(query, gallery, cameras=cameras, k=10)
wrong = np.flatnonzero(ranking[:, 0] != ids)[:2]
some = np.concatenate([np.arange(4), wrong])
RankingDisplay.from_ranking(ranking[some], query[some], gallery, ids[some], ids)
plt.show()

# %%
# Probabilities
# -------------
# Before a pair is looked at, its rows match with a probability of one in 500.

right = model.pair_proba(query, gallery, cameras=cameras, prior=1 / 500)
other = model.pair_proba(query, np.roll(gallery, 1, 0), cameras=cameras, prior=1 / 500)
print(f"P(match): {right.mean():.3f} of matches, {other.mean():.4f} of others")

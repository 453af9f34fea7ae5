"""
How a sequence goes on
======================

Given the beginning of a sequence, what comes next, and how sure can one be? This
example fits :class:`~skgen.density.SequenceDensity` to noisy waves and to melodies made
of chords, scores each step, and lets both go on.
"""

# %%
# Waves
# -----
# Each row is a sine wave of its own frequency and phase, with noise: 40 steps of one
# number, so no ``sequence_shape`` is needed.

import matplotlib.pyplot as plt
import numpy as np

from skgen.datasets import chords_to_rows, rows_to_chords
from skgen.density import SequenceDensity

rng = np.random.default_rng(0)


def waves(n):
    frequency = rng.uniform(0.2, 0.6, (n, 1))
    phase = rng.uniform(0, 2 * np.pi, (n, 1))
    steps = np.arange(40)
    return np.sin(frequency * steps + phase) + rng.normal(scale=0.1, size=(n, 40))


X, X_test = waves(600), waves(200)
model = SequenceDensity(n_channels=64, dropout=0.1, max_epochs=25, random_state=0).fit(
    X
)

noise = -0.5 * np.log(2 * np.pi * np.e * 0.1**2)
steps = model.score_steps(X_test).mean(axis=0)
print(f"last ten steps: {steps[-10:].mean():.2f} nats; of the noise alone {noise:.2f}")

# %%
# The density of a step rises as more of the wave is known. Each of the twelve dashed
# lines goes on from the same beginning.

fig, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
axes[0].plot(steps, label="model")
axes[0].axhline(noise, color="k", linestyle=":", label="noise alone")
axes[0].set(xlabel="step", ylabel="log-density, nats")
axes[0].legend()
begin = np.where(np.arange(40) < 15, X_test[:1], np.nan)
ends = model.complete(np.repeat(begin, 12, axis=0), random_state=0)
axes[1].plot(ends.T, color="C1", linestyle="--", linewidth=0.7)
axes[1].plot(X_test[0], color="C0", label="true")
axes[1].axvline(14.5, color="k", linestyle=":")
axes[1].set(xlabel="step", ylabel="value")
axes[1].legend(loc="upper right")

# %%
# Chords
# ------
# Progressions of three-note chords in a random key, 8 to 24 chords long; the walk over
# the degrees is the same for all. A step is three notes, sorted, and a piece ends
# where it comes home. :func:`~skgen.datasets.chords_to_rows` writes them as rows that
# end in NaN.

follows = {0: (3, 4, 5), 3: (4, 0, 1), 4: (0, 5), 5: (3, 1), 1: (4,)}
scale = np.array([0, 2, 4, 5, 7, 9, 11])


def piece():
    degree, key, chords = 0, rng.integers(48, 60), []
    while len(chords) < 8 or (degree != 0 and len(chords) < 24):
        notes = np.arange(degree, degree + 6, 2)
        chords.append((key + scale[notes % 7] + 12 * (notes // 7)).tolist())
        degree = rng.choice(follows[degree])
    return chords


pieces = [piece() for _ in range(500)]
rows = chords_to_rows(pieces, n_slots=3, n_steps=24)
music = SequenceDensity(
    sequence_shape=(24, 3), n_channels=64, dropout=0.1, max_epochs=30, random_state=0
).fit(rows[:450])
print(f"{-np.nanmean(music.score_steps(rows[450:])):.2f} nats per chord")

# %%
# Pieces drawn by the model, as piano rolls; a chord is known if its intervals are among
# those of the training pieces.


def shape(chord):
    return tuple(np.diff(chord))


drawn = rows_to_chords(music.sample(100, random_state=0), n_slots=3)
known = {shape(c) for p in pieces for c in p}
share = np.mean([shape(c) in known for p in drawn for c in p])
print(f"{share:.0%} of the drawn chords have intervals of the training pieces")

fig, axes = plt.subplots(2, 3, figsize=(8, 3.6), layout="constrained", sharey=True)
for axis, one, title in zip(
    axes.flat, [*pieces[:3], *drawn[:3]], ["real"] * 3 + ["drawn"] * 3, strict=True
):
    for t, chord in enumerate(one):
        axis.hlines(chord, t, t + 0.9, color="C0" if title == "real" else "C1", lw=3)
    axis.set(title=title, xlim=(-0.5, 24.5))
for axis in axes[:, 0]:
    axis.set_ylabel("MIDI note")
for axis in axes[1]:
    axis.set_xlabel("step")
plt.show()
# sphinx_gallery_thumbnail_number = 2

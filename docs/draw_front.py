"""Draw the logo, the README's picture and that of chorales with the package itself.

    python docs/draw_front.py [logo] [digits] [chorale]

writes logo.png, digits.png and chorale.png to docs/_static/front: points that
MixtureDensity drew after it saw points of the letters "sk", digits of PixelCNNDensity,
and a chorale that SequenceDensity goes on with (five minutes on one core).
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath
from sklearn.datasets import load_digits

from skgen import MixtureDensity, PixelCNNDensity, SequenceDensity
from skgen.datasets import fetch_chorales, transpose_chords

FOLDER = Path(__file__).parent / "_static" / "front"
COLOR = "#1f77b4"


def logo():
    """Points drawn by a density that saw the letters."""
    rng = np.random.default_rng(0)
    outline = TextPath((0, 0), "sk", prop=FontProperties(weight="bold"), size=10)
    box = outline.get_extents()
    points = rng.uniform(box.min, box.max, (60_000, 2))
    inside = np.zeros(len(points), dtype=bool)
    for polygon in outline.to_polygons():
        inside ^= Outline(polygon).contains_points(points)
    density = MixtureDensity(n_components=60, random_state=0).fit(points[inside][:6000])
    drawn = density.sample(3500, random_state=0)
    figure, axes = plt.subplots(figsize=(1.6, 1.6), dpi=160)
    axes.scatter(*drawn.T, s=1.2, c=COLOR, linewidths=0)
    axes.set_aspect("equal")
    axes.set_axis_off()
    figure.savefig(FOLDER / "logo.png", transparent=True, bbox_inches="tight")


def digits():
    """Digits drawn, and digits completed from their upper half."""
    X, _ = load_digits(return_X_y=True)
    model = PixelCNNDensity((8, 8), max_epochs=60, random_state=0).fit(X[100:])
    drawn = model.sample(24, random_state=0)
    half = X[:8].copy()
    known = np.zeros((8, 8), dtype=bool)
    known[:4] = True
    half[:, ~known.ravel()] = np.nan
    completed = [model.complete(half, random_state=k) for k in range(2)]
    figure, axes = plt.subplots(figsize=(8, 1.85), ncols=2, dpi=120)
    for ax, rows, title in (
        (axes[0], drawn.reshape(3, 8, 8, 8), "drawn"),
        (
            axes[1],
            np.stack([np.nan_to_num(half), *completed]).reshape(3, 8, 8, 8),
            "upper halves, completed twice",
        ),
    ):
        padded = np.pad(rows, ((0, 0), (0, 0), (1, 1), (1, 1)))
        ax.imshow(padded.transpose(0, 2, 1, 3).reshape(30, 80), cmap="gray_r")
        ax.set_title(title, fontsize=10)
        ax.set_axis_off()
    figure.tight_layout()
    figure.savefig(FOLDER / "digits.png", facecolor="white")


def chorale():
    """A chorale of the test part, and two ways to go on after its first 16 quarters."""
    n_known, n_shown = 16, 40
    train, test = (fetch_chorales(subset=name) for name in ("train", "test"))
    model = SequenceDensity(
        train.sequence_shape,
        augment=transpose_chords,
        max_epochs=25,
        batch_size=32,
        random_state=0,
    ).fit(train.data)
    piece = test.data[np.argsort(test.target)[len(test.target) // 2]].copy()
    begun = piece.reshape(train.sequence_shape).copy()
    begun[n_known:] = np.nan
    drawn = model.complete(np.tile(begun.reshape(1, -1), (10, 1)), random_state=0)
    ends = np.isfinite(drawn.reshape(10, *train.sequence_shape)[..., 0]).sum(axis=1)
    drawn = drawn[ends >= n_shown][:2]  # some end sooner
    figure, axes = plt.subplots(3, figsize=(6.4, 4.8), dpi=120, sharex=True)
    titles = "Bach", "continued by SequenceDensity", "continued again"
    notes = np.concatenate([piece, *drawn])
    low, high = np.nanmin(notes[notes > 0]), np.nanmax(notes)
    for ax, row, title in zip(axes, [piece, *drawn], titles, strict=True):
        chords = row.reshape(train.sequence_shape)[:n_shown]
        roll = np.zeros((128, n_shown))
        for step, chord in enumerate(chords):
            notes = chord[np.isfinite(chord) & (chord > 0)].astype(int)
            roll[notes, step] = 1 if step < n_known or row is piece else 2
        colors = matplotlib.colors.ListedColormap(["white", "0.35", COLOR])
        ax.imshow(
            roll,
            cmap=colors,
            vmin=0,
            vmax=2,
            origin="lower",
            aspect="auto",
            interpolation="nearest",
        )
        ax.axvline(n_known - 0.5, color="0.6", linewidth=1, linestyle=":")
        ax.set(yticks=[48, 60, 72, 84], title=title)
        ax.set_yticklabels(["C3", "C4", "C5", "C6"])
        ax.set_ylim(low - 2, high + 2)  # ticks beyond are left out
    axes[-1].set_xlabel("quarter")
    figure.tight_layout()
    figure.savefig(FOLDER / "chorale.png", facecolor="white")


if __name__ == "__main__":
    pictures = {"logo": logo, "digits": digits, "chorale": chorale}
    for name in sys.argv[1:] or pictures:
        pictures[name]()

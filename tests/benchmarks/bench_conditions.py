"""Images drawn by conditions of several kinds: `GANSampler`.

"mnist": 8,000 images with (digit, slant, thickness) as conditions, one category and
two numbers. Asked for those of 1,000 other images: the share whose digit a classifier
finds, and the correlation of the slant and the thickness measured in the draws with
what was asked for. Beside it stands what a user would pick instead: of the training
images of the digit the one whose slant and thickness are nearest.

"emoji": 2,800 images, 32 x 32 in colour, by name (text), category and house. Asked for
the 511 other names in both houses: the share whose category a classifier of real emoji
finds, over its accuracy on the real images of these names; and of "red heart", "green
apple" and such the share whose hue is within 30 degrees of the one named. Beside it the
training image whose name is nearest, by the same n-grams. "colours": the mean hue
of each training image is a condition too, as a point of the unit disc; a word of colour
in a name asks for its hue, other names for what a ridge regression on n-grams expects.

    python tests/benchmarks/bench_conditions.py [--parts mnist,emoji] [--seeds 1]
        [--critics projection,embedding,auxiliary] [--mismatch 0,0.5]
        [--colours both]
"""

import argparse
import itertools

import numpy as np
import pandas as pd
import torch
from _emoji import SHAPE, emoji
from _emoji import Judge as EmojiJudge
from _images import Judge, mnist, slant_and_thickness
from _printing import head, show, timed
from matplotlib.colors import rgb_to_hsv
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgen import GANSampler
from skgen.gan import Conditions

HUES = {"red": 0, "orange": 30, "yellow": 52, "green": 120, "blue": 210, "purple": 275}
THINGS = {"heart": "Symbols", "circle": "Symbols", "square": "Symbols", "apple": "Food"}


def conditions(X, y):
    slant, thickness = slant_and_thickness(X)
    return pd.DataFrame(
        {"digit": y.astype(str), "slant": slant, "thickness": thickness}
    )


def digits(options):
    (X, y), _, (test, truth) = mnist()
    judge, own, asked = Judge(X, y), conditions(X, y), conditions(test, truth)
    head("MNIST", ["digit", "slant", "thickness", "CPU s"])

    def judged(rows, seconds):
        found = slant_and_thickness(rows)
        kept = [
            np.corrcoef(a, asked[name])[0, 1]
            for a, name in zip(found, ("slant", "thickness"), strict=True)
        ]
        return (judge.predict(rows) == truth).mean(), *kept, seconds

    show("the images themselves", [judged(test, 0)])
    scaler = StandardScaler().fit(own[["slant", "thickness"]])
    at, wanted = (scaler.transform(c[["slant", "thickness"]]) for c in (own, asked))
    distance = np.square(wanted[:, None] - at).sum(axis=2)
    distance[truth[:, None] != y] = np.inf
    show("nearest training image", [judged(X[distance.argmin(axis=1)], 0)])
    for critic in options.critics:
        for mismatch in options.mismatch:
            rows = []
            for seed in range(options.seeds):
                gan = GANSampler(
                    image_shape=(28, 28),
                    conditions=Conditions(critic=critic, mismatch=mismatch),
                    random_state=seed,
                )
                _, seconds = timed(gan.fit, X, own)
                rows.append(judged(gan.sample(y=asked, random_state=seed), seconds))
            show(f"{critic}, mismatch {mismatch:g}", rows)


def colours(X):
    """Mean hue of the saturated pixels, as a point of the unit disc; grey is 0."""
    hsv = rgb_to_hsv(X.reshape(len(X), -1, 3))
    weight = hsv[..., 1] * (hsv[..., 1] > 0.3)
    mean = (weight * np.exp(2j * np.pi * hsv[..., 0])).sum(axis=1)
    return mean / np.maximum(weight.sum(axis=1), 1e-9)


def hue_share(X, names):
    """Share of images whose saturated pixels have in the mean the hue of the name."""
    wanted = np.array([HUES[name.split()[0]] for name in names])
    found = colours(X)
    apart = np.angle(found * np.exp(-1j * np.radians(wanted)), deg=True)
    return ((abs(apart) <= 30) & (found != 0)).mean()


def n_grams():
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5))


def colour_columns(points):
    return {"across": points.real, "up": points.imag}


def named_colours(X, names):
    """Learn the colours that names ask for."""
    found = np.column_stack(list(colour_columns(colours(X)).values()))
    ridge = make_pipeline(n_grams(), Ridge()).fit(names, found)

    def predict(asked):
        points = ridge.predict(asked) @ [1, 1j]
        for i, name in enumerate(asked):
            for word in HUES.keys() & set(name.lower().split()):
                points[i] = np.exp(1j * np.radians(HUES[word]))
        return points

    return predict


def texts(options):
    X, names, categories, houses = emoji("train")
    test, *asked = emoji("test")
    columns = ["name", "category", "house"]
    own = pd.DataFrame(dict(zip(columns, (names, categories, houses), strict=True)))
    asked = pd.DataFrame(dict(zip(columns, asked, strict=True)))
    judge = EmojiJudge(X, categories)
    real = (judge.predict(test) == asked["category"]).mean()
    known = {c.split()[0]: c for c in np.unique(categories)}
    coloured = pd.DataFrame(
        [
            (f"{colour} {thing}", known[category], house)
            for colour in HUES
            for thing, category in THINGS.items()
            for house in np.unique(houses)
        ],
        columns=columns,
    )
    coloured = coloured.loc[coloured.index.repeat(5)].reset_index(drop=True)
    head(
        f"emoji; of real ones {real:.3f} right",
        ["category", "over real", "hue", "CPU s"],
    )

    def judged(rows, shown, seconds):
        right = (judge.predict(rows) == asked["category"]).mean()
        return right, right / real, hue_share(shown, coloured["name"]), seconds

    words = n_grams().fit(names)
    at = words.transform(names)
    nearest = [
        X[(words.transform(c["name"]) @ at.T).toarray().argmax(axis=1)]
        for c in (asked, coloured)
    ]
    show("nearest name", [judged(*nearest, 0)])
    frames = {"": (own, asked, coloured)}
    predict = named_colours(X, names)
    points = colours(X), predict(asked["name"]), predict(coloured["name"])
    frames["colours, "] = [
        frame.assign(**colour_columns(p))
        for frame, p in zip(frames[""], points, strict=True)
    ]
    if options.colours != "both":
        frames.pop("" if options.colours == "measured" else "colours, ")
    for title, critic, mismatch in itertools.product(
        frames, options.critics, options.mismatch
    ):
        given, *others = frames[title]
        rows = []
        for seed in range(options.seeds):
            gan = GANSampler(
                image_shape=SHAPE,
                conditions=Conditions(critic=critic, mismatch=mismatch),
                max_epochs=options.epochs,
                generator=options.network,
                critic=options.network,
                random_state=seed,
            )
            _, seconds = timed(gan.fit, X, given)
            drawn = [gan.sample(y=c, random_state=seed) for c in others]
            rows.append(judged(*drawn, seconds))
            if options.save:
                np.savez_compressed(options.save, asked=drawn[0], hue=drawn[1])
        show(f"{title}{critic}, mismatch {mismatch:g}", rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default="mnist,emoji")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--critics", default="projection,embedding,auxiliary")
    parser.add_argument("--mismatch", default="0,0.5")
    parser.add_argument(
        "--colours", default="both", choices=["both", "none", "measured"]
    )
    parser.add_argument("--epochs", type=int, default=120, help="of the emoji")
    parser.add_argument("--network", default="auto", help="of the emoji")
    parser.add_argument("--save", help="file for the draws of the emoji")
    options = parser.parse_args()
    options.critics = options.critics.split(",")
    options.mismatch = [float(m) for m in options.mismatch.split(",")]
    torch.set_num_threads(1)
    for part in options.parts.split(","):
        {"mnist": digits, "emoji": texts}[part](options)


if __name__ == "__main__":
    main()

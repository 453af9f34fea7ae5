"""Translation along pairs and without, beside what costs nothing.

"paired" and "unpaired": emoji as Google and Twitter drew them (1,400 to train on, 511
to test, pixels from 0 to 1): squared and absolute error, structural similarity, how
often the true image is the nearest of all 511, and sharpness (gradients over the real
ones). Without pairs error and retrieval belong together: a blur wins the first alone.

"inverted": MNIST at 16 x 16, and inverted MNIST of other images; the classifier's
accuracy after translation. "turned": the same turned by a right angle, without pairs
and with a hundred; a cycle that closes proves nothing. "site": digits as tables, and
the same through another instrument, which mixes and shifts columns.

"recipes": pairs that a known damage makes of Google's emoji: rain (ID-CGAN), a pasted
patch (GP-GAN), grey for colour, a quarter of the sides (AffGAN). "frontal": MNIST at
16 x 16 turned by a known angle, and each digit by an angle of its own (FF-GAN). Beside
each stands what needs no training.

    python tests/benchmarks/bench_translation.py
        [--parts paired,unpaired,inverted,turned,site,recipes,frontal] [--seeds 3]
"""

import argparse
import time

import numpy as np
import torch
from _printing import write
from scipy.ndimage import gaussian_filter, median_filter, rotate, zoom
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.svm import SVC

from skgen import DomainTranslator, PairedTranslator
from skgen.datasets import (
    fetch_emoji_pairs,
    fetch_mnist10k,
    make_damaged,
    make_domains,
)
from skgen.metrics import translation_report
from skgen.translation import CycleGAN, DeepFake, DiscoGAN

COLUMNS = ["mse", "l1", "ssim", "rank_1", "sharpness"]
EMOJI = (32, 32, 3)
SMALL = (16, 16)


def line(name, *numbers):
    write(f"{name:40}" + "".join(f"{n:>16}" for n in numbers))


def spread(values, digits):
    """Mean of several, with the deviation where there are several."""
    mean = f"{np.mean(values):.{digits}f}"
    return mean if len(values) == 1 else f"{mean} +- {np.std(values):.{digits}f}"


def emoji():
    """Google's and Twitter's drawings: to train on, and to test."""
    found = fetch_emoji_pairs()
    rows = [
        found.data[found.groups == house] / 255.0 for house in ("google", "twitter")
    ]
    order = np.random.default_rng(0).permutation(len(rows[0]))
    train, test = order[:1400], order[1400:]
    return [r[train] for r in rows], [r[test] for r in rows]


def compare(title, answers, source, truth, seeds, shape=EMOJI):
    """Print the measures of each answer: of a function of the seed."""
    line(title, *COLUMNS, "CPU s")
    for name, answer in answers.items():
        found = []
        for seed in range(seeds if answer.__code__.co_argcount else 1):
            start = time.process_time()
            rows = answer(seed) if answer.__code__.co_argcount else answer()
            seconds = time.process_time() - start
            report = translation_report(source, truth, rows, image_shape=shape)
            found.append([*report.loc["translation", COLUMNS], seconds])
        digits = (4, 3, 3, 3, 2, 0)
        columns = np.array(found).T
        line("  " + name, *[spread(c, d) for c, d in zip(columns, digits, strict=True)])


def paired(options):
    """Emoji along pairs."""
    (X, Y), (test, truth) = emoji()
    changes = ("flip", "shift", "hue")

    def ridge():
        return RidgeCV(np.logspace(0, 4, 9)).fit(X, Y).predict(test)

    def ours(**parameters):
        def answer(seed):
            model = PairedTranslator(
                image_shape=EMOJI, random_state=seed, **parameters
            ).fit(X, Y)
            return model.predict(test)

        return answer

    answers = {
        "mean image": lambda: np.tile(Y.mean(axis=0), (len(test), 1)),
        "identity": lambda: test,
        "ridge regression": ridge,
        "L2": ours(augment=changes),
        "L2, without the ridge regression": ours(augment=changes, linear=False),
        "L1": ours(loss="l1", augment=changes),
        "L1, none held out, 60 epochs": ours(
            loss="l1",
            augment=changes,
            early_stopping=False,
            max_epochs=60,
            learning_rate=4e-3,
        ),
        "L1, flip and shift alone": ours(loss="l1", augment=changes[:2]),
        "L1, without augmentation": ours(loss="l1"),
        "L1 and a critic": ours(
            loss="l1", augment=changes[:2], adversarial_weight=0.02, max_epochs=35
        ),
    }
    compare("emoji, along pairs", answers, test, truth, options.seeds)


def unpaired(options):
    """Emoji without pairs."""
    (X, Y), (test, truth) = emoji()

    def blurred(sigma):
        images = test.reshape(-1, *EMOJI)
        return gaussian_filter(images, (0, sigma, sigma, 0)).reshape(len(test), -1)

    def moments():
        flat = [a.reshape(-1, 3) for a in (X, Y)]
        (m, s), (n, t) = ((a.mean(axis=0), a.std(axis=0)) for a in flat)
        return ((test.reshape(-1, 3) - m) / s * t + n).reshape(test.shape).clip(0, 1)

    def ours(game, **parameters):
        def answer(seed):
            model = DomainTranslator(
                game, image_shape=EMOJI, random_state=seed, **parameters
            )
            return model.fit_domains(X, Y).transform(test)

        return answer

    answers = {
        "identity": lambda: test,
        "blurred, sigma 3": lambda: blurred(3),
        "channel moments matched": moments,
        "CycleGAN, weights of the paper": ours(
            CycleGAN(cycle_weight=10.0, identity_weight=5.0)
        ),
        "CycleGAN, the default": ours("cyclegan"),
        "DiscoGAN": ours(DiscoGAN()),
        "DeepFake": ours(DeepFake()),
    }
    compare("emoji, without pairs", answers, test, truth, options.seeds)


def small_mnist():
    """MNIST at 16 x 16 from 0 to 1: to train on, to test, and a classifier."""
    X, y = fetch_mnist10k(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    images = np.pad(X[order].reshape(-1, 28, 28) / 255.0, ((0, 0), (2, 2), (2, 2)))
    rows = images.reshape(-1, 16, 2, 16, 2).mean(axis=(2, 4)).reshape(-1, 256)
    y = y[order]
    return rows[:8000], rows[9000:], y[9000:], SVC().fit(rows[:8000], y[:8000])


def known_map(title, kind, models, options):
    """Translations of MNIST whose truth is known."""
    X, test, labels, judge = small_mnist()
    truth = {
        "inverted": 1 - test,
        "turned": np.rot90(test.reshape(-1, *SMALL), axes=(1, 2)).reshape(test.shape),
    }[kind]
    back = {
        "inverted": lambda rows: 1 - rows,
        "turned": lambda rows: np.rot90(
            rows.reshape(-1, *SMALL), -1, axes=(1, 2)
        ).reshape(rows.shape),
    }[kind]
    line(title, "mse", "digits kept", "back, mse", "CPU s")
    line("  the images themselves", "0", f"{judge.score(test, labels):.3f}", "0", "")
    for name, (game, n_pairs) in models.items():
        found = []
        for seed in range(options.seeds):
            domains = make_domains(X, kind, image_shape=SMALL, random_state=seed)
            rows, y, pairs = domains.data, domains.target, None
            if n_pairs:
                # A few images are in both domains.
                some = np.flatnonzero(y == "original")[:n_pairs]
                pairs = np.column_stack([some, len(rows) + np.arange(n_pairs)])
                rows = np.vstack([rows, domains.truth[some]])
                y = np.append(y, [kind] * n_pairs)
            start = time.process_time()
            model = DomainTranslator(game, image_shape=SMALL, random_state=seed)
            model.fit(rows, y, pairs=pairs)
            seconds = time.process_time() - start
            names = {"source": "original", "target": kind}
            answer = model.translate(test, **names)
            found.append(
                [
                    np.square(answer - truth).mean(),
                    judge.score(back(answer), labels),
                    np.square(model.cycle(test, **names) - test).mean(),
                    seconds,
                ]
            )
        columns = np.array(found).T
        digits = (4, 3, 4, 0)
        line("  " + name, *[spread(c, d) for c, d in zip(columns, digits, strict=True)])


def inverted(options):
    """Inverted MNIST."""
    models = {"DomainTranslator": ("cyclegan", 0), "DeepFake": (DeepFake(), 0)}
    known_map("MNIST and inverted MNIST", "inverted", models, options)


def turned(options):
    """MNIST turned by a right angle."""
    models = {
        "without pairs": ("cyclegan", 0),
        "100 known pairs": ("cyclegan", 100),
        "500 known pairs": ("cyclegan", 500),
    }
    known_map("MNIST and turned MNIST", "turned", models, options)


def site(options):
    """Digits as tables, through another instrument."""
    X, y = load_digits(return_X_y=True)
    X = X / 16
    line("digits of another instrument", "mse", "class kept", "CPU s")
    found = {}
    for seed in range(options.seeds):
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(X))
        rows, labels = X[order], y[order]
        mixing = np.eye(64) + 0.15 * rng.normal(size=(64, 64)) / np.sqrt(8)
        shift = 0.1 * rng.normal(size=64)
        other = rows @ mixing + shift
        judge = LogisticRegression(max_iter=5000).fit(other[:1297], labels[:1297])
        A, B, test, truth = rows[:600], other[600:1297], rows[1297:], other[1297:]

        def moments(A=A, B=B, test=test):
            return (test - A.mean(0)) / (A.std(0) + 1e-3) * B.std(0) + B.mean(0)

        def ours(A=A, B=B, test=test, seed=seed, **parameters):
            model = DomainTranslator(random_state=seed, **parameters)
            return model.fit_domains(A, B).transform(test)

        answers = {
            "the truth": lambda truth=truth: truth,
            "identity": lambda test=test: test,
            "moments matched": moments,
            "Gaussian optimal transport": lambda ours=ours: ours(
                max_epochs=1, learning_rate=1e-12
            ),
            "DomainTranslator": ours,
            "the same, content_weight=1": lambda ours=ours: ours(
                game=CycleGAN(content_weight=1.0)
            ),
        }
        for name, answer in answers.items():
            start = time.process_time()
            translated = answer()
            seconds = time.process_time() - start
            error = np.square(translated - truth).mean()
            kept = judge.score(translated, labels[1297:])
            found.setdefault(name, []).append((error, kept, seconds))
    for name, results in found.items():
        columns = np.array(results).T
        line(
            "  " + name,
            *[spread(c, d) for c, d in zip(columns, (4, 3, 0), strict=True)],
        )


def fixed(rows):
    """Answer without training."""
    return lambda: rows


def of_pairs(X, Y, test, **options):
    """Answer of a translator."""

    def answer(seed):
        model = PairedTranslator(random_state=seed, **options)
        return model.fit(X, Y).predict(test)

    return answer


def recipes(options):
    """Known damages of emoji."""
    (X, _), (test, _) = emoji()
    for kind, weight in (("rain", 0.01), ("patch", 0.01)):
        pairs, new = (
            make_damaged(a, kind, image_shape=EMOJI, random_state=i)
            for i, a in enumerate((X, test))
        )
        arrays = {"X": pairs.data, "Y": X, "test": new.data, "image_shape": EMOJI}
        answers = {"as they are": fixed(new.data)}
        if kind == "rain":
            smooth = median_filter(new.data.reshape(-1, *EMOJI), (1, 3, 3, 1))
            answers["median of 3 x 3 pixels"] = fixed(smooth.reshape(test.shape))
        answers["L1"] = of_pairs(loss="l1", **arrays)
        answers["L2"] = of_pairs(loss="l2", **arrays)
        answers[f"L1 and a critic, {weight:g}"] = of_pairs(
            loss="l1", adversarial_weight=weight, **arrays
        )
        compare(f"emoji with {kind}", answers, new.data, test, options.seeds)

    grey, new = (
        a.reshape(-1, *EMOJI).mean(axis=3).reshape(-1, 1024) for a in (X, test)
    )
    arrays = {"image_shape": EMOJI[:2], "target_shape": EMOJI, "augment": ["flip"]}
    source = np.repeat(new, 3, axis=1)
    answers = {
        "grey": fixed(source),
        "L1": of_pairs(grey, X, new, loss="l1", **arrays),
        "L2": of_pairs(grey, X, new, loss="l2", **arrays),
    }
    compare("colours for grey emoji", answers, source, test, options.seeds)

    few, new = (
        a.reshape(-1, 8, 4, 8, 4, 3).mean(axis=(2, 4)).reshape(-1, 192)
        for a in (X, test)
    )
    arrays = {"image_shape": (8, 8, 3), "target_shape": EMOJI, "augment": ["flip"]}
    images = new.reshape(-1, 8, 8, 3)
    blocks = images.repeat(4, axis=1).repeat(4, axis=2).reshape(test.shape)
    cubic = zoom(images, (1, 4, 4, 1), order=3, grid_mode=True, mode="nearest")
    answers = {
        "blocks": fixed(blocks),
        "cubic splines": fixed(cubic.reshape(test.shape).clip(0, 1)),
        "L2": of_pairs(few, X, new, **arrays),
        "L2, projection": of_pairs(few, X, new, projection=True, **arrays),
        "L1, projection": of_pairs(few, X, new, loss="l1", projection=True, **arrays),
    }
    compare("emoji of 8 x 8 pixels", answers, blocks, test, options.seeds)


def frontal(options):
    """Digits turned by a known angle, and each by its own."""
    X, test, *_ = small_mnist()
    X, test = X[:4000], test[:500]

    def turned_by(rows, degrees):
        images = rows.reshape(-1, *SMALL)
        found = [
            rotate(image, angle, reshape=False, order=1)
            for image, angle in zip(images, degrees, strict=True)
        ]
        return np.stack(found).reshape(rows.shape)

    def angles(n, seed, reach):
        if reach is None:
            return np.full(n, 50.0)
        return np.random.default_rng(seed).uniform(-reach, reach, n)

    for title, reach in (("by 50 degrees", None), ("by up to 60 degrees", 60)):
        side, new = (
            turned_by(rows, angles(len(rows), seed, reach))
            for seed, rows in enumerate((X, test))
        )
        back = turned_by(new, -angles(len(test), 1, reach))
        ridge = RidgeCV(np.logspace(-3, 3, 7)).fit(side, X).predict(new)
        arrays = {"X": side, "Y": X, "test": new, "image_shape": SMALL, "loss": "l1"}
        answers = {
            "as they are": fixed(new),
            "turned back by the angle": fixed(back),
            "ridge regression": fixed(ridge),
            "L1": of_pairs(**arrays),
            "L1, residual networks": of_pairs(generator="resnet", **arrays),
            "the same and a critic, 0.02": of_pairs(
                generator="resnet", adversarial_weight=0.02, **arrays
            ),
        }
        compare(f"digits turned {title}", answers, new, test, options.seeds, SMALL)


def main():
    """Print each part."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--parts", default="paired,unpaired,inverted,turned,site,recipes,frontal"
    )
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    parts = {
        "paired": paired,
        "unpaired": unpaired,
        "inverted": inverted,
        "turned": turned,
        "site": site,
        "recipes": recipes,
        "frontal": frontal,
    }
    for part in options.parts.split(","):
        parts[part](options)


if __name__ == "__main__":
    main()

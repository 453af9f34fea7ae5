"""Sequences: chorales by `SequenceDensity`, waves by it and by a recurrent GAN.

"chorales": the published split, 229 pieces to train, 76 to validate, 77 to test; nats
per step of the test part, as the literature counts them (RNN-RBM 6.27, RNN-NADE 5.56).
Beside it what needs no network: the smoothed frequencies of notes in each slot of a
chord, the same given the slot's note a step before, and given that and the note of the
slot above; all learn from the ten other keys too. Of 77 pieces drawn the share of
chords that occur in the training pieces in some key, beside that of the test pieces.

"waves": 3,000 noisy sines of 40 steps, each of its own frequency and phase. Of 1,000
draws a sine is fitted to each; the AUC of a classifier that tells frequency and phase
from those of new waves (.5: as the new ones), and that of one that sees the whole rows;
and the mean residual, .1 for new waves.

"windows": two bars of chorales, 8 quarters, as a table of categories, in all keys, but
for windows with rare notes. A GAN of a table (its categories by a straight-through
softmax), one whose generator and critic are recurrent, with and without feature
matching, and `SequenceDensity`. Of 1,000 draws the share of chords that occur in the
training pieces in some key; the total variation of the steps of the highest voice, in
half tones, from those of the test windows; and the AUC of a classifier that tells draws
from test windows by the notes. The first line has other test windows.

    python tests/benchmarks/bench_sequences.py [--parts chorales,waves,windows]
        [--seeds 3] [--epochs 25] [--only recurrent]
"""

import argparse

import numpy as np
import pandas as pd
import torch
from _printing import head, show, timed
from torch import nn

from skgen import GANSampler
from skgen.datasets import fetch_chorales, rows_to_chords, transpose_chords
from skgen.density import SequenceDensity
from skgen.gan import FeatureMatchingGAN
from skgen.metrics import classifier_two_sample_test
from skgen.nn import RecurrentCritic, RecurrentGenerator

N_NOTES = 128


class Counts:
    """Smoothed frequencies of a note given some others, backed off to fewer of them."""

    def __init__(self, given, rows):
        self.given = given
        self.tables = []
        for n in range(len(given) + 1):
            table = {}
            for key, note in self._events(rows, n):
                own = table.setdefault(key, np.zeros(N_NOTES))
                own[note] += 1
            self.tables.append(table)

    def _events(self, rows, n):
        for piece in rows:
            inside = piece[~np.isnan(piece).any(axis=1)].astype(int)
            before = np.vstack([np.zeros((1, 5), dtype=int), inside[:-1]])
            for chord, last in zip(inside, before, strict=True):
                for slot in range(5):
                    known = {"last": last[slot], "above": chord[slot - 1] * (slot > 0)}
                    yield (slot, *[known[g] for g in self.given[:n]]), chord[slot]

    def log_loss(self, rows, strength=2.0):
        """Nats per step."""
        total = n_steps = 0
        streams = [self._events(rows, n) for n in range(len(self.given) + 1)]
        for events in zip(*streams, strict=True):
            share = np.full(N_NOTES, 1 / N_NOTES)
            for table, (key, _) in zip(self.tables, events, strict=True):
                own = table.get(key, np.zeros(N_NOTES))
                share = (own + strength * share) / (own.sum() + strength)
            total -= np.log(share[events[0][1]])
            n_steps += events[0][0][0] == 0
        return total / n_steps


def shapes(pieces):
    """Chords by their intervals."""
    return [tuple(np.diff(chord)) for piece in pieces for chord in piece]


def chorales(options):
    train, valid, test = (
        fetch_chorales(subset=subset) for subset in ("train", "valid", "test")
    )
    shape = train.sequence_shape
    head("Chorales", ["valid", "test", "known chords", "CPU s"])
    own = np.vstack([train.data, transpose_chords(train.data)]).reshape(-1, *shape)
    known = set(shapes(rows_to_chords(train.data)))

    def share(pieces):
        return np.mean([s in known for s in shapes(pieces)])

    show("the test pieces", [[0, 0, share(rows_to_chords(test.data)), 0]])
    names = {
        "notes by slot": (),
        "given a step before": ("last",),
        "and the slot above": ("last", "above"),
    }
    for name, given in names.items():
        model, spent = timed(Counts, given, own)
        found = [model.log_loss(p.data.reshape(-1, *shape)) for p in (valid, test)]
        show(name, [[*found, 0, spent]])
    rows = []
    for seed in range(options.seeds):
        model = SequenceDensity(
            shape,
            augment=transpose_chords,
            max_epochs=options.epochs,
            batch_size=32,
            random_state=seed,
        )
        _, spent = timed(model.fit, train.data)
        found = [-np.nanmean(model.score_steps(p.data)) for p in (valid, test)]
        drawn = rows_to_chords(model.sample(77, random_state=seed))
        rows.append([*found, share(drawn), spent])
    show("SequenceDensity", rows)


def make_waves(n, seed):
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.2, 0.6, (n, 1))
    phase = rng.uniform(0, 2 * np.pi, (n, 1))
    noise = rng.normal(scale=0.1, size=(n, 40))
    return np.sin(frequency * np.arange(40) + phase) + noise


def fitted_sines(X):
    """Frequency, sine and cosine of the phase, and the residual of the best sine."""
    found, steps = np.full((len(X), 4), np.inf), np.arange(X.shape[1])
    for frequency in np.linspace(0.1, 0.8, 281):
        parts = np.stack([np.sin(frequency * steps), np.cos(frequency * steps)], axis=1)
        weights, *_ = np.linalg.lstsq(parts, X.T, rcond=None)
        residual = np.sqrt(np.square(X.T - parts @ weights).mean(axis=0))
        better = residual < found[:, 3]
        phase = (weights / np.linalg.norm(weights, axis=0)).T
        own = np.column_stack([np.full(len(X), frequency), phase, residual])
        found[better] = own[better]
    return found


def waves(options):
    X, test = make_waves(3000, 0), make_waves(1000, 1)
    truth = fitted_sines(test)
    models = {
        "SequenceDensity": lambda seed: SequenceDensity(
            n_channels=64, dropout=0.0, max_epochs=20, random_state=seed
        ),
        "GANSampler, recurrent": lambda seed: GANSampler(
            image_shape=(40, 1),
            generator=RecurrentGenerator,
            critic=RecurrentCritic,
            critic_input=[],
            max_epochs=60,
            random_state=seed,
        ),
        "GANSampler, of a table": lambda seed: GANSampler(random_state=seed),
    }
    head("Waves", ["frequency, phase", "whole rows", "residual", "CPU s"])

    def judged(rows, seconds, seed):
        sines = fitted_sines(rows)
        pairs = (truth[:, :3], sines[:, :3]), (test, rows)
        found = [classifier_two_sample_test(*p, random_state=seed).auc for p in pairs]
        return (*found, sines[:, 3].mean(), seconds)

    show("new waves", [judged(make_waves(1000, 2), 0, 0)])
    for name, make in models.items():
        rows = []
        for seed in range(options.seeds):
            model, spent = timed(make(seed).fit, X)
            rows.append(judged(model.sample(1000, random_state=seed), spent, seed))
        show(name, rows)


N_STEPS = 8


class Tokens(nn.Module):
    """Recurrent generator whose steps are logits of the notes of a chord.

    The columns of the encoded table are step after step, each of as many notes.
    """

    def __init__(self, n_inputs, n_outputs):
        super().__init__()
        shape = 1, N_STEPS, n_outputs // N_STEPS
        self.net = RecurrentGenerator(n_inputs, shape, width=192)
        del self.net.last[-1]  # logits have no bounds

    def forward(self, z):
        return self.net(z).flatten(1)


class TokenCritic(nn.Module):
    """Recurrent critic of the same columns."""

    def __init__(self, n_inputs, n_outputs):
        super().__init__()
        self.shape = 1, N_STEPS, n_inputs // N_STEPS
        self.net = RecurrentCritic(self.shape, n_outputs, width=96)

    def forward(self, x):
        return self.net(x.reshape(-1, *self.shape))


def windows_of(rows, n_slots=5):
    """Eight quarters from each second bar on, (n_windows, N_STEPS, n_slots)."""
    found = []
    for piece in rows.reshape(len(rows), -1, n_slots):
        inside = piece[~np.isnan(piece).any(axis=1)]
        starts = range(0, len(inside) - N_STEPS + 1, N_STEPS)
        found += [inside[start : start + N_STEPS] for start in starts]
    return np.array(found)


def usual(train, test):
    """Windows whose notes occur, in their slots, at each step of the training ones."""

    def known(rows, notes):
        found = [np.isin(rows[..., k], own) for k, own in enumerate(notes)]
        return np.all(found, axis=(0, 2))

    n_before = None
    while len(train) != n_before:
        n_before = len(train)
        slots = np.moveaxis(train, 2, 0)
        notes = [
            [note for note in np.unique(slot) if (slot == note).any(axis=0).all()]
            for slot in slots
        ]
        train = train[known(train, notes)]
    return train, test[known(test, notes)]


def windows(options):
    train, test = (fetch_chorales(subset=name).data for name in ("train", "test"))
    train = windows_of(np.vstack([train, transpose_chords(train)]))
    test = windows_of(np.vstack([test, transpose_chords(test)]))
    train, test = usual(train, test)
    order = np.random.default_rng(0).permutation(len(test))
    other, test = test[order[:1000]], test[order[1000:2000]]
    known = set(shapes(train))

    def table(rows):
        text = rows.reshape(len(rows), -1).astype(int).astype(str)
        return pd.DataFrame(text).astype("category")

    def flat(rows):
        return rows.reshape(len(rows), -1)

    def steps(rows):
        top = np.diff(rows[..., 0], axis=1).clip(-12, 12)  # of the highest voice
        return np.bincount(top.astype(int).ravel() + 12, minlength=25) / top.size

    def judged(rows, seconds, seed):
        own = np.mean([s in known for s in shapes(rows)])
        gap = np.abs(steps(rows) - steps(test)).sum() / 2
        auc = classifier_two_sample_test(flat(test), flat(rows), random_state=seed).auc
        return own, gap, auc, seconds

    # A quarter of the default number of steps: theirs are slow.
    recurrent = {"generator": Tokens, "critic": TokenCritic, "max_epochs": 10}
    models = {
        "GANSampler, of a table": lambda seed: GANSampler(random_state=seed),
        "GANSampler, recurrent": lambda seed: GANSampler(
            random_state=seed, **recurrent
        ),
        "with feature matching": lambda seed: GANSampler(
            FeatureMatchingGAN(adversarial_weight=1.0),
            random_state=seed,
            **recurrent,
        ),
        "SequenceDensity": lambda seed: SequenceDensity(
            (N_STEPS, 5), max_epochs=4, batch_size=128, random_state=seed
        ),
    }
    head("Windows", ["known chords", "voice", "whole windows", "CPU s"])
    show("other test windows", [judged(other, 0, 0)])
    for name, make in models.items():
        if options.only not in name:
            continue
        rows = []
        for seed in range(options.seeds):
            model = make(seed)
            is_gan = isinstance(model, GANSampler)
            _, spent = timed(model.fit, table(train) if is_gan else flat(train))
            drawn = model.sample(len(test), random_state=seed)
            drawn = np.asarray(drawn, dtype=float).reshape(test.shape)
            rows.append(judged(drawn, spent, seed))
        show(name, rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default="chorales,waves,windows")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument(
        "--only", default="", help="part of the names of windows' models"
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    parts = {"chorales": chorales, "waves": waves, "windows": windows}
    for part in options.parts.split(","):
        parts[part](options)


if __name__ == "__main__":
    main()

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

    python tests/benchmarks/bench_sequences.py [--parts chorales,waves] [--seeds 3]
        [--epochs 25]
"""

import argparse

import numpy as np
import torch
from _printing import head, show, timed

from skgen import GANSampler
from skgen.datasets import fetch_chorales, rows_to_chords, transpose_chords
from skgen.density import SequenceDensity
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default="chorales,waves")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=25)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for part in options.parts.split(","):
        {"chorales": chorales, "waves": waves}[part](options)


if __name__ == "__main__":
    main()

"""Bach's chorales by `SequenceDensity`: the log-loss of a chord given those before.

The published split: 229 pieces to train, 76 to validate, 77 to test; nats per step of
the test part, as the literature counts them (RNN-RBM 6.27, RNN-NADE 5.56). Beside it
what needs no network: the smoothed frequencies of notes in each slot of a chord, the
same given the slot's note a step before, and given that and the note of the slot above;
all learn from the ten other keys too. Of 77 pieces drawn the share of chords that occur
in the training pieces in some key, beside that of the test pieces.

    python tests/benchmarks/bench_sequences.py [--seeds 3] [--epochs 25]
"""

import argparse

import numpy as np
import torch
from _printing import head, show, timed

from skgen.datasets import fetch_chorales, rows_to_chords, transpose_chords
from skgen.density import SequenceDensity

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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=25)
    options = parser.parse_args()
    torch.set_num_threads(1)
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


if __name__ == "__main__":
    main()

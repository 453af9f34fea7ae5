"""BestParts: parts that keep their own best weights and rest on their own."""

import math

import pytest
import torch
from skorch.callbacks import Callback
from torch import nn

from skgen.training import (
    Batches,
    BestParts,
    Net,
    TrainingCheckpoint,
    from_plain,
    to_plain,
)

# Where training draws the part, and what validation asks for.
TRAIN = [1.0, 1.0, 1.0]
VALID = [1.0, 0.2, -1.0]
IMPROVES, OVERFITS, WORSENS = range(3)


class Parts(nn.Module):
    """Parts of one number each, which start at zero."""

    def __init__(self):
        super().__init__()
        self.nets = nn.ModuleList([nn.Linear(1, 1, bias=False) for _ in TRAIN])
        for net in self.nets:
            nn.init.zeros_(net.weight)
        self.finished = set()

    def forward(self, targets):
        losses = [
            torch.zeros(len(targets))
            if self.training and m in self.finished
            else (net.weight[0] - targets[:, m]).square()
            for m, net in enumerate(self.nets)
        ]
        return torch.stack(losses, dim=1)


def objective(step):
    losses = step.player(step.batch[0])
    step.shared["row_losses"] = losses
    return losses.mean(dim=0).sum()


class Watch(Callback):
    """Weights, losses and rests after each epoch."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after

    def on_train_begin(self, net, **kwargs):
        self.weights, self.resting, self.losses = [], [], []

    def on_epoch_end(self, net, **kwargs):
        self.weights.append(values_of(net.module_.state_dict()))
        self.resting.append(set(net.module_["module"].finished))
        self.losses.append(list(net.best_.part_losses))
        if net.epochs_done_ == self.stop_after:
            raise KeyboardInterrupt


def values_of(weights):
    return [float(value) for value in weights.values()]


def setup(train=TRAIN, valid=VALID, noise=0.0, seed=0, **options):
    """A net, what trains it, and the callback that watches."""
    draw = torch.Generator().manual_seed(5)
    x = torch.tensor(train) + noise * torch.randn(32, len(train), generator=draw)
    held_out = torch.tensor([valid]).repeat(8, 1)
    generator = torch.Generator().manual_seed(seed)
    watch = Watch(options.pop("stop_after", None))
    options = {"max_epochs": 12, "learning_rate": 0.02, "patience": 3, **options}
    options["callbacks"] = [*options.pop("callbacks", []), watch]
    net = Net(Parts, objective, generator=generator, best=BestParts, **options)
    batches = Batches(x, batch_size=16, generator=generator)
    held_out = Batches(held_out, batch_size=5)

    def fit(valid=True, **kwargs):
        return net.partial_fit(batches, valid=held_out if valid else None, **kwargs)

    return net, fit, watch


def test_each_part_keeps_its_own_best_weights():
    net, fit, watch = setup(max_epochs=20, patience=None)
    fit()
    final = values_of(net.final_weights())
    last = values_of(net.module_.state_dict())
    assert len(watch.weights) == 20
    assert final[IMPROVES] == last[IMPROVES] > 0.5
    # The best of those it had, which is neither the first nor the last.
    path = [0.0, *(w[OVERFITS] for w in watch.weights)]
    assert final[OVERFITS] == min(path, key=lambda w: abs(w - 0.2))
    assert 0 < final[OVERFITS] < last[OVERFITS]
    # Nothing was better than the start.
    assert final[WORSENS] == 0 < last[WORSENS]
    expected = [(w - v) ** 2 for w, v in zip(final, VALID, strict=True)]
    assert net.best_.part_losses == pytest.approx(expected, abs=1e-6)
    assert net.best_.loss == pytest.approx(sum(expected), abs=1e-6)


def test_kept_loss_is_that_of_the_kept_weights():
    net, fit, watch = setup(patience=None)
    fit()
    kept = [row["kept_loss"] for row in net.epochs()]
    assert kept == pytest.approx([sum(losses) for losses in watch.losses])
    assert kept == sorted(kept, reverse=True)
    valid = [row["valid_loss"] for row in net.epochs()]
    assert kept[-1] < min(valid)  # better than the whole ever was
    with torch.no_grad():
        module = Parts()
        nn.ModuleDict({"module": module}).load_state_dict(net.final_weights())
        loss = module.eval()(torch.tensor([VALID])).sum().item()
    assert loss == pytest.approx(kept[-1], abs=1e-6)


@pytest.mark.parametrize("n, kept", [(25, True), (400, False)])
def test_start_is_kept_unless_the_gain_is_significant(n, kept):
    # From 0 to 0.1 a row gains 0.2 v - 0.01: 0.01 in the mean, 0.06 its deviation.
    draw = torch.Generator().manual_seed(0)
    rows = torch.randn(n, 1, generator=draw)
    rows = 0.1 + 0.3 * (rows - rows.mean()) / rows.std(correction=0)
    net, _, watch = setup(learning_rate=0.01, max_epochs=10, patience=None)
    valid = Batches(rows.repeat(1, 3), batch_size=7)
    net.partial_fit(Batches(torch.full((1, 3), 0.1), batch_size=1), valid=valid)
    assert all(abs(w[0] - 0.1) < 0.05 for w in watch.weights[7:])
    gain = 0.01 / (0.06 / n**0.5)
    assert (gain < 1.645) == kept
    final = values_of(net.final_weights())
    assert final == [0, 0, 0] if kept else min(final) > 0.05
    loss = 0.01 + 0.09 if kept else 0.09
    assert net.best_.part_losses == pytest.approx([loss] * 3, abs=2e-3)


@pytest.mark.parametrize("ema", [0.0, 0.8])
def test_parts_rest_and_training_ends_when_all_do(ema):
    net, fit, watch = setup(valid=[0.4, 0.2, -1.0], max_epochs=200, ema=ema)
    fit()
    # After `patience` epochs without a better loss.
    misses, best = [0, 0, 0], [math.inf] * 3
    best[WORSENS] = 0  # that of the start
    rested = []
    for losses in watch.losses:
        for i, loss in enumerate(losses):
            misses[i] = 0 if loss < best[i] and i != WORSENS else misses[i] + 1
            best[i] = min(best[i], loss)
        rested.append({i for i, n in enumerate(misses) if n >= 3})
    assert watch.resting == rested
    assert watch.resting[2] == {WORSENS}
    assert watch.resting[-1] == {0, 1, 2} and len(watch.resting) < 40
    assert all(len(r) < 3 for r in watch.resting[:-1])
    # A part that rests is no longer moved.
    resting = watch.resting.index({WORSENS})
    still = {w[WORSENS] for w in watch.weights[resting:]}
    assert len(still) == 1
    assert len({w[IMPROVES] for w in watch.weights[resting:]}) > 1


def test_rest_of_one_part_does_not_matter_to_the_others():
    _, fit, watch = setup(max_epochs=10, noise=0.5)
    fit()
    assert WORSENS in watch.resting[4]
    _, fit, alone = setup(max_epochs=10, noise=0.5, patience=None)
    fit()
    assert [w[IMPROVES] for w in watch.weights] == [w[IMPROVES] for w in alone.weights]


def test_without_patience_no_part_rests():
    net, fit, watch = setup(max_epochs=30, patience=None)
    fit()
    assert len(net.epochs()) == 30 and not any(watch.resting)


def test_without_validation_the_last_weights_are_kept():
    net, fit, watch = setup()
    fit(valid=False)
    assert values_of(net.final_weights()) == watch.weights[-1]
    assert net.best_.part_losses == [] and len(watch.weights) == 12


def test_patience_begins_anew_in_each_training():
    net, fit, watch = setup(valid=[-1.0, -1.0, -1.0])
    fit()
    assert len(watch.resting) == 3 and watch.resting[-1] == {0, 1, 2}
    before = values_of(net.module_.state_dict())
    fit()
    assert len(watch.resting) == 3
    assert all(a < b for a, b in zip(before, watch.weights[0], strict=True))
    # The start stays the best.
    assert values_of(net.final_weights()) == [0, 0, 0]


@pytest.mark.parametrize("ema", [0.0, 0.8])
def test_weights_before_training_on_other_rows_are_candidates(ema):
    net, fit, _ = setup(ema=ema)
    fit()
    start = values_of(net.snapshot())
    assert min(start) > 0.05
    # Validation rows at which every step leads away, but for what the start had.
    other = Batches(torch.tensor([start]) - 1.0, batch_size=4)
    rows = Batches(torch.tensor([TRAIN]), batch_size=1)
    net.partial_fit(rows, valid=other, epochs=2)
    assert values_of(net.final_weights()) == start
    assert net.best_.part_losses == pytest.approx([1.0] * 3, abs=1e-5)


def test_training_in_pieces_is_training_in_one_go(same_weights):
    options = {"ema": 0.8, "noise": 0.5, "patience": None}
    whole, fit, _ = setup(**options)
    fit(epochs=6)
    pieces, fit, _ = setup(**options)
    for _ in range(6):
        fit(epochs=1)
    assert same_weights(whole.final_weights(), pieces.final_weights())
    assert whole.epochs() == pieces.epochs()
    assert whole.best_.part_losses == pieces.best_.part_losses


def test_plain_state_resumes(same_weights):
    options = {"ema": 0.8, "noise": 0.5, "patience": None}
    whole, fit, _ = setup(**options)
    fit(epochs=6)
    first, fit, _ = setup(**options)
    state = to_plain(fit(epochs=3).training_state())
    second, fit, _ = setup(seed=99, **options)
    second.load_training_state(from_plain(state))
    assert second.best_.part_losses == first.best_.part_losses
    fit(epochs=3)
    assert same_weights(whole.final_weights(), second.final_weights())
    assert same_weights(whole.module_.state_dict(), second.module_.state_dict())
    assert whole.epochs() == second.epochs()


@pytest.mark.parametrize("cut", [1, 4])
def test_checkpoint_resumes_also_who_rests(tmp_path, cut, same_weights):
    options = {
        "ema": 0.8,
        "noise": 0.5,
        "schedule": "cosine",
        "max_epochs": 14,
    }
    whole, fit, watch = setup(**options)
    fit()
    assert watch.resting[3] and len(watch.resting[3]) < 3  # some rest at the cut
    checkpoint = TrainingCheckpoint(tmp_path / "fit.ckpt")
    _, fit, _ = setup(callbacks=[checkpoint], stop_after=cut + 1, **options)
    with pytest.raises(KeyboardInterrupt):
        fit()
    again, fit, tail = setup(callbacks=[checkpoint], seed=8, **options)
    fit()
    assert len(tail.resting) < len(watch.resting)
    assert tail.resting == watch.resting[-len(tail.resting) :]
    assert same_weights(whole.final_weights(), again.final_weights())
    assert same_weights(whole.module_.state_dict(), again.module_.state_dict())
    assert whole.epochs() == again.epochs()


@pytest.mark.parametrize("epoch", [0, 3])
def test_interrupt_keeps_the_best(epoch):
    class Stop(Callback):
        def on_batch_end(self, net, training, **kwargs):
            if training and net.epochs_done_ == epoch:
                raise KeyboardInterrupt

    net, fit, watch = setup(callbacks=[Stop()], learning_rate=0.1, patience=None)
    with pytest.raises(KeyboardInterrupt):
        fit()
    final = values_of(net.final_weights())
    assert len(net.epochs()) == epoch and not net.finished_
    assert not net.module_.training
    assert final[WORSENS] == 0 < values_of(net.module_.state_dict())[WORSENS]
    assert (final[IMPROVES] > 0) == (epoch > 0)
    expected = [(w - v) ** 2 for w, v in zip(final, VALID, strict=True)]
    assert net.best_.part_losses == pytest.approx(expected, abs=1e-6)


def test_bad_loss_names_the_epoch():
    net, fit, _ = setup(train=[1.0, math.nan, 1.0])
    with pytest.raises(FloatingPointError, match="train loss .* epoch 1"):
        fit()

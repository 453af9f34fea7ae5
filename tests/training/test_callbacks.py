"""skorch's callbacks work, the bar closes, and a checkpoint resumes exactly."""

import copy
import os

import numpy as np
import pytest
import torch
from sklearn.base import clone
from skorch import callbacks as skorch_callbacks
from skorch.callbacks import Callback

from skgen.training import Batches, EpochProgress, TrainingCheckpoint
from skgen.training._state import replacing

# -- skorch's callbacks ----------------------------------------------------------------


def test_early_stopping_ends_training_quietly(setup):
    stop = skorch_callbacks.EarlyStopping(
        threshold=1e9, threshold_mode="abs", patience=2
    )
    net = setup(callbacks=[stop], max_epochs=30).fit()
    assert len(net.epochs()) == 3 and net.finished_


def test_early_stopping_restores_its_best(single):
    stop = skorch_callbacks.EarlyStopping(patience=2, load_best=True)
    net = single(callbacks=[stop], max_epochs=40, learning_rate=0.3).fit()
    assert len(net.epochs()) < 40
    losses = [row["valid_loss"] for row in net.epochs()]
    assert stop.best_epoch_ == int(np.argmin(losses)) + 1


@pytest.mark.parametrize("policy", ["StepLR", "CosineAnnealingLR", "ReduceLROnPlateau"])
def test_lr_scheduler(setup, policy):
    options = {
        "StepLR": {"step_size": 1, "gamma": 0.5},
        "CosineAnnealingLR": {"T_max": 4},
        "ReduceLROnPlateau": {"monitor": "valid_loss", "patience": 0, "threshold": 9.0},
    }[policy]
    made = setup(callbacks=[skorch_callbacks.LRScheduler(policy, **options)])
    net = made.fit()
    rates = {o.param_groups[0]["lr"] for o in net.optimizers().values()}
    assert len(rates) == 1 and rates.pop() < 0.006
    if policy == "StepLR":
        assert [row["event_lr"] for row in net.epochs()] == [
            0.01 * 0.5**i for i in range(4)
        ]


def test_lr_scheduler_by_batch(single):
    scheduler = skorch_callbacks.LRScheduler(
        "StepLR", step_every="batch", step_size=1, gamma=0.9
    )
    net = single(callbacks=[scheduler]).fit()
    assert net.optimizer_.param_groups[0]["lr"] == pytest.approx(0.01 * 0.9**16)


def test_checkpoint_saves_and_loads(setup, tmp_path):
    saved = skorch_callbacks.Checkpoint(
        dirname=str(tmp_path), f_criterion=None, load_best=True
    )
    net = setup(callbacks=[saved], max_epochs=6, learning_rate=0.1).fit()
    assert {p.name for p in tmp_path.iterdir()} == {
        "params.pt",
        "optimizer.pt",
        "history.json",
    }
    best = torch.load(tmp_path / "params.pt", weights_only=True)
    assert all(torch.equal(best[k], v) for k, v in net.final_weights().items())
    assert all(torch.equal(best[k], v) for k, v in net.module_.state_dict().items())
    events = [row["event_cp"] for row in net.epochs()]
    losses = [row["valid_loss"] for row in net.epochs()]
    assert events == [v == min(losses[: i + 1]) for i, v in enumerate(losses)]


def test_gradient_norm_clipping(setup):
    clip = skorch_callbacks.GradientNormClipping(1e-9)
    made = setup(callbacks=[clip], learning_rate=1e-2)
    made.fit(valid=False)
    for p in made.net.module_.parameters():
        assert p.grad is None or p.grad.norm() <= 1e-9 * 1.01


def test_printing_and_timing(setup):
    lines = []
    net = setup(
        callbacks=[
            skorch_callbacks.EpochTimer(),
            skorch_callbacks.PrintLog(sink=lines.append),
        ]
    ).fit()
    assert len(lines) == 6 and "valid_loss" in lines[0] and "dur" in lines[0]
    assert all(row["dur"] > 0 for row in net.epochs())


def test_skorch_progress_bar_counts_batches(setup, capsys):
    bar = skorch_callbacks.ProgressBar(detect_notebook=False)
    setup(callbacks=[bar]).fit()
    assert "0/6" in capsys.readouterr().err
    assert bar.pbar_.n == 6


@pytest.mark.parametrize("by_batch", [False, True])
def test_passthrough_scoring_repeats_the_mean(single, by_batch):
    extra = [skorch_callbacks.ProgressBar()] if by_batch else []
    scoring = [
        ("a", skorch_callbacks.PassthroughScoring("train_loss", on_train=True)),
        ("b", skorch_callbacks.PassthroughScoring("valid_loss")),
    ]
    net = single(callbacks=[*extra, *scoring]).fit()
    plain = single().fit()
    for row, expected in zip(net.epochs(), plain.epochs(), strict=True):
        assert row["train_loss"] == pytest.approx(expected["train_loss"], rel=1e-6)
        assert row["valid_loss"] == pytest.approx(expected["valid_loss"], rel=1e-6)
        assert all(type(v) in (int, float) for v in row.values())


def test_freezing_stops_a_weight_and_unfreezing_frees_it(setup):
    name = next(n for n in setup().fit().final_weights() if n.endswith("0.weight"))
    weights = []

    class Watch(Callback):
        def on_epoch_end(self, net, **kwargs):
            weights.append(net.module_.get_parameter(name).detach().clone())

    made = setup(
        callbacks=[
            skorch_callbacks.Freezer(name, at=2),
            skorch_callbacks.Unfreezer(name, at=4),
            Watch,
        ]
    )
    made.fit()
    assert torch.equal(weights[0], weights[1]) and torch.equal(weights[1], weights[2])
    assert not torch.equal(weights[2], weights[3])


def test_param_mapper(single):
    mapper = skorch_callbacks.ParamMapper(
        "*.weight", fn=lambda p: torch.nn.init.constant_(p, 0.25), at=1
    )
    net = single(callbacks=[mapper], learning_rate=1e-12).fit(valid=False)
    assert torch.allclose(net.module_["module"][0].weight, torch.tensor(0.25))


def test_batch_hooks_see_the_batches(setup):
    seen = []

    class Watch(Callback):
        def on_batch_end(self, net, batch, training, **logs):
            rows = net.history[-1, "batches"]
            seen.append((training, len(rows), len(batch[0]), set(logs)))
            assert rows[-1][("train" if training else "valid") + "_batch_size"] == 16

    net = setup(callbacks=[Watch()], max_epochs=1).fit()
    assert [s[:3] for s in seen] == [(True, i, 16) for i in range(1, 5)] + [
        (False, i, 16) for i in (5, 6)
    ]
    assert len(net.history[-1, "batches"]) == 6


def test_history_without_batch_hooks_is_short(setup):
    net = setup().fit()
    assert len(net.history[-1, "batches"]) == 2


# -- the bar ---------------------------------------------------------------------------


def test_bar_shows_epochs_and_losses(setup, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")  # a narrow one cuts the losses off
    setup(callbacks=[EpochProgress()]).fit()
    shown = capsys.readouterr().err
    assert "4/4" in shown and "valid_loss=" in shown


def test_bar_closes_on_interrupt(single, capsys):
    class Stop(Callback):
        def on_epoch_end(self, net, **kwargs):
            raise KeyboardInterrupt

    bar = EpochProgress()
    with pytest.raises(KeyboardInterrupt):
        single(callbacks=[bar, Stop]).fit()
    assert bar.bar_ is None
    copy.deepcopy(bar), clone(bar)


# -- the checkpoint --------------------------------------------------------------------


class Interrupt(Callback):
    """Raise in the middle of an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_grad_computed(self, net, named_parameters, **kwargs):
        if net.epochs_done_ == self.epoch:
            raise KeyboardInterrupt


CONFIGURATIONS = {
    "plain": {},
    "cosine and average": {"schedule": "cosine", "ema": 0.9},
    "early stopping": {"patience": 3, "learning_rate": 0.3, "max_epochs": 40},
    "everything": {
        "schedule": "cosine",
        "ema": 0.8,
        "patience": 3,
        "learning_rate": 0.5,
        "max_epochs": 40,
        "clip": 1.0,
    },
}


@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_resumed_fit_equals_an_uninterrupted_one(
    setup, name, every, tmp_path, same_weights
):
    options = {"max_epochs": 6, **CONFIGURATIONS[name]}
    whole = setup(**options).fit()
    path = tmp_path / "deep" / "fit.ckpt"
    checkpoint = TrainingCheckpoint(path, every=every)
    cut = setup(callbacks=[checkpoint, Interrupt(3)], **options)
    with pytest.raises(KeyboardInterrupt):
        cut.fit()
    assert os.listdir(path.parent) == ["fit.ckpt"]
    again = setup(callbacks=[clone(checkpoint)], seed=8, **options)
    again.fit()
    assert same_weights(whole.final_weights(), again.net.final_weights())
    assert same_weights(whole.module_.state_dict(), again.net.module_.state_dict())
    assert whole.epochs() == again.net.epochs()
    assert os.listdir(path.parent) == []


def test_resume_brings_back_other_callbacks(single, tmp_path, same_weights):
    def others():
        return [
            ("stop", skorch_callbacks.EarlyStopping(patience=3)),
            ("lr", skorch_callbacks.LRScheduler("ExponentialLR", gamma=0.8)),
            (
                "plateau",
                skorch_callbacks.LRScheduler(
                    "ReduceLROnPlateau", monitor="valid_loss", patience=1
                ),
            ),
            ("freeze", skorch_callbacks.Freezer("2.bias", at=2)),
            ("score", skorch_callbacks.PassthroughScoring("valid_loss")),
        ]

    options = {"max_epochs": 30, "learning_rate": 0.3}
    whole = single(callbacks=others(), **options).fit()
    assert 4 < len(whole.epochs()) < 30
    checkpoint = TrainingCheckpoint(tmp_path / "fit.ckpt")
    cut = [("checkpoint", checkpoint), ("cut", Interrupt(4)), *others()]
    with pytest.raises(KeyboardInterrupt):
        single(callbacks=cut, **options).fit()
    again = single(callbacks=[("checkpoint", checkpoint), *others()], **options).fit()
    assert whole.epochs() == again.epochs()
    assert same_weights(whole.final_weights(), again.final_weights())


def test_batches_with_their_own_generator_resume(single, tmp_path, same_weights):
    def run(*callbacks):
        made = single(callbacks=callbacks)
        made.batches.generator = torch.Generator().manual_seed(77)
        return made

    whole = run().fit()
    checkpoint = TrainingCheckpoint(tmp_path / "fit.ckpt")
    with pytest.raises(KeyboardInterrupt):
        run(checkpoint, Interrupt(2)).fit()
    again = run(checkpoint).fit()
    assert same_weights(whole.final_weights(), again.final_weights())


@pytest.fixture
def interrupted(single, tmp_path):
    path = tmp_path / "fit.ckpt"
    checkpoint = TrainingCheckpoint(path)
    with pytest.raises(KeyboardInterrupt):
        single(callbacks=[checkpoint, Interrupt(2)]).fit()
    return path


def test_other_rows_are_refused(single, interrupted):
    made = single(callbacks=[TrainingCheckpoint(interrupted)])
    x, y = made.batches.tensors
    made.batches = Batches(x + 1, y, batch_size=16, generator=made.net.generator)
    with pytest.raises(
        ValueError, match="other values in the training rows.*Delete it"
    ):
        made.fit()
    made.batches = Batches(x[:50], y[:50], batch_size=16, generator=made.net.generator)
    with pytest.raises(ValueError, match=r"rows \[64, 64\] there, \[50, 50\] here"):
        made.fit()
    assert interrupted.exists()


def test_other_nets_are_refused(single, double, interrupted):
    checkpoint = TrainingCheckpoint(interrupted)
    wide = single(
        recipe=lambda: torch.nn.Sequential(torch.nn.Linear(4, 1)),
        callbacks=[checkpoint],
    )
    with pytest.raises(
        ValueError, match=r"'module.0.weight' of shape \[8, 4\] there, \[1, 4\]"
    ):
        wide.fit()
    with pytest.raises(ValueError, match="weight .critic.0.bias. of shape None there"):
        double(callbacks=[checkpoint]).fit()


def test_file_of_another_kind_is_refused(single, tmp_path):
    path = tmp_path / "fit.ckpt"
    for content in (b"", b"no checkpoint", b"PK\x03\x04 torn"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="delete it to train from the start"):
            single(callbacks=[TrainingCheckpoint(path)]).fit()
    with pytest.raises(ValueError, match="every must be"):
        single(callbacks=[TrainingCheckpoint(path, every=0)]).fit()


def test_interrupt_in_the_middle_of_a_write(
    single, tmp_path, monkeypatch, same_weights
):
    path = tmp_path / "fit.ckpt"
    whole = single().fit()
    save, calls = torch.save, []

    def torn(saved, part):
        calls.append(1)
        if len(calls) == 3:
            with open(part, "wb") as file:
                file.write(b"half")
            raise KeyboardInterrupt
        save(saved, part)

    monkeypatch.setattr(torch, "save", torn)
    with pytest.raises(KeyboardInterrupt):
        single(callbacks=[TrainingCheckpoint(path)]).fit()
    assert os.listdir(tmp_path) == ["fit.ckpt"]
    again = single(callbacks=[TrainingCheckpoint(path)]).fit()
    assert same_weights(whole.final_weights(), again.final_weights())


def test_checkpoint_can_be_copied():
    checkpoint = TrainingCheckpoint("fit.ckpt", every=3)
    for copied in (clone(checkpoint), copy.deepcopy(checkpoint)):
        assert copied.get_params() == {"path": "fit.ckpt", "every": 3}
    checkpoint.set_params(every=4)
    assert checkpoint.every == 4


def test_replacing_keeps_the_old_file_on_failure(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as part:
        with open(part, "w") as file:
            file.write("new")
        raise RuntimeError
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a"]
    with replacing(path) as part, open(part, "w") as file:
        file.write("new")
    assert path.read_text() == "new" and os.listdir(tmp_path) == ["a"]
    assert path.stat().st_mode & 0o600 == 0o600

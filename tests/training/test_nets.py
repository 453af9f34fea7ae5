"""The loops: what they compute, keep, restore and report."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from skgen.nn import MLP
from skgen.training import (
    Batches,
    Net,
    PairedBatches,
    Step,
    from_plain,
    to_plain,
)


def loss_on(net, module, batch):
    """What a net of one player minimises, of another module."""
    step = Step(nn.ModuleDict({"module": module}), batch, None)
    return net.objectives["module"](step)


def test_matches_a_hand_written_loop_exactly(single):
    made = single(max_epochs=2, weight_decay=0.1)
    net = made.net.initialize()
    hand = MLP(4, 1, hidden=(8,))
    hand.load_state_dict(net.module_["module"].state_dict())
    draws = torch.Generator()
    draws.set_state(net.generator.get_state())
    made.fit(valid=False)
    optimizer = torch.optim.AdamW(
        hand.parameters(), lr=0.01, weight_decay=0.1, fused=True
    )
    losses = []
    for _ in range(2):
        order = torch.randperm(64, generator=draws)
        for start in range(0, 64, 16):
            rows = order[start : start + 16]
            x, y = (t[rows] for t in made.batches.tensors)
            optimizer.zero_grad()
            loss = loss_on(made.net, hand, (x, y))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    for p, q in zip(hand.parameters(), net.module_.parameters(), strict=True):
        assert torch.equal(p, q)
    assert net.epochs()[1]["train_loss"] == pytest.approx(np.mean(losses[4:]), rel=1e-6)


def test_history_is_plain(setup):
    history = setup().fit().epochs()
    assert type(history) is list and len(history) == 4
    for i, row in enumerate(history):
        assert type(row) is dict and row["epoch"] == i + 1
        assert {type(v) for k, v in row.items() if k != "epoch"} == {float}
        assert "valid_loss" in row
        assert not any(k.endswith(("_best", "_count")) or k == "batches" for k in row)


@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_best_weights_are_restored(setup, ema, same_weights):
    snapshots = []

    class Watch:
        def on_epoch_end(self, net, **kwargs):
            snapshots.append(net.snapshot())

    made = setup(max_epochs=12, learning_rate=0.2, ema=ema, patience=3)
    made.net.initialize().callbacks_.append(("watch", _callback(Watch)))
    net = made.fit()
    losses = [row["valid_loss"] for row in net.epochs()]
    best = int(np.argmin(losses))
    assert same_weights(net.final_weights(), snapshots[best])
    if len(losses) < 12:
        assert len(losses) == best + 1 + 3
    # The loss of these weights, evaluated again, is the one on record.
    if len(net.module_) == 1:
        module = MLP(4, 1, hidden=(8,))
        nn.ModuleDict({"module": module}).load_state_dict(net.final_weights())
        loss = loss_on(net, module, made.valid.tensors).item()
        assert loss == pytest.approx(min(losses), abs=1e-6)


def _callback(cls):
    from skorch.callbacks import Callback

    return type(cls.__name__, (cls, Callback), {})()


def test_average_follows_its_formula(single):
    made = single(max_epochs=1, ema=0.5)
    made.net.initialize()
    live = []

    class Watch:
        def on_batch_end(self, net, **kwargs):
            live.append([p.detach().clone() for p in net.module_.parameters()])

    made.net.callbacks_.append(("watch", _callback(Watch)))
    made.net._hooks = {"on_batch_end"}
    net = made.fit(valid=False)
    average = live[0]
    for step, weights in enumerate(live[1:], start=2):
        decay = min(0.5, step / (step + 9))
        average = [
            decay * a + (1 - decay) * w for a, w in zip(average, weights, strict=True)
        ]
    for a, b in zip(average, net.final_weights().values(), strict=True):
        assert torch.allclose(a, b, atol=1e-6)


def test_cosine_schedule_warms_up_and_ends_at_zero(setup):
    rates = []

    class Watch:
        def on_batch_begin(self, net, training, **kwargs):
            if training:
                rates.append(
                    [o.param_groups[0]["lr"] for o in net.optimizers().values()]
                )

    made = setup(schedule="cosine", max_epochs=20, callbacks=[_callback(Watch)])
    made.fit()
    seen = np.array(rates)[:, 0]
    assert len(seen) == 80
    assert np.allclose(seen[:4], 0.01 * np.array([1, 2, 3, 4]) / 4)
    assert seen.max() == pytest.approx(0.01) and (np.diff(seen[5:]) < 0).all()
    assert made.net.optimizers().popitem()[1].param_groups[0]["lr"] == 0.0
    # A constant training after it starts at the full rate again.
    made.net.schedule = "constant"
    made.fit(epochs=1)
    assert made.net.optimizers().popitem()[1].param_groups[0]["lr"] == 0.01


def test_clip_bounds_the_gradient_of_each_player(setup):
    norms = []

    class Watch:
        def on_batch_end(self, net, training, **kwargs):
            if training:
                for player in net.module_.values():
                    grads = [p.grad for p in player.parameters()]
                    norms.append(torch.cat([g.flatten() for g in grads]).norm().item())

    setup(clip=1e-3, callbacks=[_callback(Watch)]).fit()
    assert max(norms) <= 1e-3 * (1 + 1e-4)


def test_training_in_pieces_is_training_in_one_go(setup, same_weights):
    whole = setup(ema=0.9).fit(epochs=4)
    made = setup(ema=0.9)
    for _ in range(4):
        made.fit(epochs=1)
    assert same_weights(whole.final_weights(), made.net.final_weights())
    assert whole.epochs() == made.net.epochs()


def test_warm_start_from_a_plain_state(setup, same_weights):
    whole = setup(ema=0.9).fit(epochs=4)
    first = setup(ema=0.9).fit(epochs=2)
    state = to_plain(first.training_state())
    second = setup(ema=0.9, seed=99)
    second.net.load_training_state(from_plain(state))
    second.fit(epochs=2)
    assert same_weights(whole.final_weights(), second.net.final_weights())
    assert whole.epochs() == second.net.epochs()


def test_state_does_not_change_when_training_goes_on(setup, same_weights):
    made = setup(ema=0.9)
    state = from_plain(to_plain(made.fit().training_state()))
    before = [a.clone() for a in state["average"]]
    made.net.load_training_state(state)
    made.fit()
    assert all(torch.equal(a, b) for a, b in zip(before, state["average"], strict=True))


def test_warm_start_takes_a_new_learning_rate(setup):
    state = setup().fit().training_state()
    net = setup(learning_rate=0.5).net.load_training_state(state)
    net.partial_fit(setup().batches, epochs=1)
    assert all(o.param_groups[0]["lr"] == 0.5 for o in net.optimizers().values())


def test_patience_counts_anew_in_each_training(single):
    made = single(max_epochs=50, learning_rate=0.5, patience=2)
    first = len(made.fit().epochs())
    assert first < 50
    assert len(made.fit().epochs()) >= first + 2


def test_best_weights_of_other_validation_rows_are_forgotten(single, same_weights):
    made = single()
    made.fit()
    x, y = made.valid.tensors
    made.valid = Batches(x[:8], 1 - y[:8], batch_size=8)
    made.fit(epochs=1)
    assert same_weights(made.net.final_weights(), made.net.snapshot())
    made.fit(epochs=1, valid=False)
    assert made.net.best_.weights is None


def test_every_thins_the_steps_of_a_player(double):
    made = double(every={"generator": 3})
    moved = []

    class Watch:
        def on_batch_begin(self, net, training, **kwargs):
            self.before = [p.clone() for p in net.module_["generator"].parameters()]

        def on_batch_end(self, net, training, **kwargs):
            now = net.module_["generator"].parameters()
            if training:
                pairs = zip(self.before, now, strict=True)
                moved.append(not all(torch.equal(a, b) for a, b in pairs))

    made.net.callbacks = [_callback(Watch)]
    made.fit()
    assert moved == [i % 3 == 0 for i in range(16)]


def test_players_have_their_own_rates(double):
    made = double(learning_rate={"critic": 0.1, "generator": 0.0})
    net = made.net.initialize()
    before = [p.clone() for p in net.module_["generator"].parameters()]
    made.fit()
    after = net.module_["generator"].parameters()
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_bad_loss_names_epoch_and_batch(single, value):
    calls = []

    def objective(step):
        calls.append(1)
        loss = step.player(step.batch[0]).mean()
        return loss * (value if len(calls) == 6 else 1.0), {"part": loss}

    with pytest.raises(FloatingPointError, match=r"epoch 2, batch 2 \(loss=.*part="):
        single(objective=objective).fit(valid=False)


def test_bad_validation_loss_is_found(single):
    def objective(step):
        loss = step.player(step.batch[0]).mean()
        return loss if torch.is_grad_enabled() else loss / 0.0

    with pytest.raises(FloatingPointError, match="valid loss 'loss' became .*epoch 1"):
        single(objective=objective).fit()


def test_bad_weights_after_the_last_step_are_found(single):
    def objective(step):
        # Finite, with an infinite slope at zero.
        return (step.player(step.batch[0]) * 0.0).abs().sqrt().mean()

    made = single(objective=objective, max_epochs=1)
    made.batches = Batches(*made.batches.tensors, batch_size=64)
    with pytest.raises(FloatingPointError, match="weights .* epoch 1"):
        made.fit(valid=False)


@pytest.mark.parametrize("ema", [0.0, 0.9])
@pytest.mark.parametrize("where", ["train", "valid", "epoch_end"])
def test_interrupt_leaves_a_usable_net(setup, where, ema):
    class Stop:
        def on_batch_end(self, net, training, **kwargs):
            if net.epochs_done_ == 2 and where == ("train" if training else "valid"):
                raise KeyboardInterrupt

        def on_epoch_end(self, net, **kwargs):
            if net.epochs_done_ == 3:
                raise KeyboardInterrupt

    made = setup(callbacks=[_callback(Stop)], ema=ema)
    with pytest.raises(KeyboardInterrupt):
        made.fit()
    net = made.net
    assert len(net.epochs()) == (3 if where == "epoch_end" else 2)
    assert not net.module_.training and not net.finished_
    assert all(v.isfinite().all() for v in net.final_weights().values())
    live = [p.data_ptr() for p in net.module_.parameters()]
    if ema:
        assert not {a.data_ptr() for a in net.average_} & set(live)


def test_recipe_must_return_a_module(single):
    with pytest.raises(TypeError, match="must return a torch.nn.Module, got int"):
        single(recipe=lambda: 3).fit()


def test_zero_epochs_leave_the_initial_weights(setup, same_weights):
    made = setup()
    before = made.net.initialize().snapshot()
    assert same_weights(made.fit(epochs=0).final_weights(), before)


def test_paired_batches_hold_every_group():
    p, u = torch.arange(3.0), torch.arange(10.0)
    draw = torch.Generator().manual_seed(0)
    batches = PairedBatches((p,), (u,), batch_size=[2, 5], n_steps=4, generator=draw)
    seen = list(batches)
    assert len(seen) == len(batches) == 4
    assert all(len(a) == 2 and len(b) == 5 for (a,), (b,) in seen)
    first = torch.cat([seen[0][1][0], seen[1][1][0]])
    assert sorted(first.tolist()) == u.tolist()
    with pytest.raises(ValueError, match="at least one row"):
        PairedBatches((p[:0],), (u,), batch_size=2, n_steps=1, generator=draw)


def test_batches_visit_each_row_once():
    x = torch.arange(10.0)
    draw = torch.Generator().manual_seed(0)
    batches = Batches(x, x + 1, batch_size=4, generator=draw)
    seen = list(batches)
    assert [len(a) for a, _ in seen] == [4, 4, 2] and len(batches) == 3
    assert all(torch.equal(a + 1, b) for a, b in seen)
    assert sorted(torch.cat([a for a, _ in seen]).tolist()) == x.tolist()


def test_trains_inside_no_grad(setup):
    with torch.no_grad():
        assert len(setup().fit().epochs()) == 4
        assert not torch.is_grad_enabled()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_trains_on_cuda_and_moves_to_the_cpu(same_weights):
    def fit():
        generator = torch.Generator("cuda").manual_seed(0)
        net = Net(
            lambda: nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1)),
            lambda step: step.player(step.batch[0]).square().mean(),
            generator=generator,
            device="cuda",
            ema=0.9,
            schedule="cosine",
        )
        x = torch.randn(64, 4, device="cuda", generator=generator)
        return net.partial_fit(Batches(x, batch_size=16, generator=generator))

    a, b = fit(), fit()
    assert same_weights(a.final_weights(), b.final_weights())
    state = from_plain(to_plain(a.training_state()))
    net = Net(a.players, a.objectives, generator=torch.Generator())
    net.load_training_state(state)
    net.partial_fit(Batches(torch.ones(8, 4), batch_size=4), epochs=1)
    assert len(net.epochs()) == 21


# -- steps and their players -----------------------------------------------------------


def test_step_tells_where_training_is():
    seen = []

    def objective(step):
        seen.append((step.progress, step.total, step.training, dict(step.shared)))
        step.shared["left"] = True
        return step.player(step.batch[0]).mean()

    def net():
        generator = torch.Generator().manual_seed(0)
        return Net(lambda: nn.Linear(1, 1), objective, generator=generator)

    rows = Batches(torch.zeros(8, 1), batch_size=4)
    made = net().partial_fit(rows, valid=rows, epochs=2)
    training = [row for row in seen if row[2]]
    assert [row[0] for row in training] == [0.25, 0.5, 0.75, 1.0]
    assert [row[1] for row in training] == [0, 1, 2, 3]
    assert len(seen) == 8 and not any(row[3] for row in seen)
    seen.clear()
    made.partial_fit(rows, epochs=1, open_ended=True)
    assert [row[:2] for row in seen] == [(1.0, 4), (1.0, 5)]


def test_players_of_a_step_share_what_they_leave():
    order = []

    def first(step):
        step.shared["value"] = step.players["first"](step.batch[0])
        order.append("first")
        return step.shared["value"].mean()

    def second(step):
        order.append("second")
        assert set(step.shared) == {"value"}
        return (step.players["second"](step.batch[0]) - step.shared["value"]).mean()

    def third(step):
        order.append("third")
        return step.players["third"](step.batch[0]).mean()

    names = ("first", "second", "third")
    net = Net(
        {name: lambda: nn.Linear(1, 1) for name in names},
        {"first": first, "second": second, "third": third},
        generator=torch.Generator().manual_seed(0),
    )
    net.partial_fit(Batches(torch.ones(2, 1), batch_size=2), epochs=2)
    assert order == ["first", "second", "third"] * 2
    assert set(net.epochs()[0]) == {"epoch", *(f"train_{n}_loss" for n in names)}


def test_another_player_does_not_change_the_first_weights_of_the_others():
    def built(*names):
        net = Net(
            {name: lambda: nn.Linear(2, 2) for name in names},
            {},
            generator=torch.Generator().manual_seed(3),
        ).initialize()
        return {name: net.module_[name].weight for name in names}

    two, three = built("critic", "generator"), built("encoder", "critic", "generator")
    assert torch.equal(two["critic"], three["critic"])
    assert torch.equal(two["generator"], three["generator"])
    assert not torch.equal(three["critic"], three["generator"])


def test_after_is_called_with_the_player_after_its_steps(double):
    found = []
    made = double(after={"critic": lambda player: found.append(player)})
    made.fit(epochs=1)
    assert len(found) == 4 and all(p is made.net.module_["critic"] for p in found)

"""A training loop: skorch's hooks around a loop over tensors.

The loop slices whole batches, keeps losses on the device until the end of the epoch,
and calls per-batch hooks only if a callback overrides them; that is what separates it
from skorch's own, which costs 2.4 to 4.4 times a hand-written loop on small tables.
"""

import math
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from skorch import NeuralNet
from skorch.callbacks import Callback, EarlyStopping
from skorch.exceptions import SkorchException
from torch import Tensor, nn

from ._best import BestWeights
from ._callbacks import TrainingCheckpoint
from ._losses import EpochLosses, Logs, n_rows, split_logs
from ._optimizers import JointOptimizer, adamw, refresh
from ._processes import Processes
from ._resume import Resumable
from ._seeding import SeededDraws, draws_inside
from ._state import checksum, contents, only_plain
from ._step import Step


class Net(Resumable, NeuralNet):
    """Networks trained by their objectives: one alone, or several in a game.

    Parameters
    ----------
    players : callable or dict of callables
        Recipes by the name of the player: called without arguments a recipe returns a
        fresh module. The players take their turns in this order. A recipe alone stands
        for ``{"module": recipe}``.
    objectives : callable or dict of callables
        For each player ``objective(step)``, see :class:`Step`: the loss that it
        minimises, a scalar tensor, or a pair of it and a dict of further scalars to
        log. With validation batches several players need one more, ``"valid"``.
    generator : torch.Generator
        Source of all randomness.
    every : dict of int, default=None
        A player takes a step on each k-th batch only; ``{"generator": 5}`` is what
        is called ``n_critic=5``.
    after : dict of callables, default=None
        Called with a player after each of its steps, to bound its weights for instance.
    learning_rate : float or dict of float, default=1e-3
        Step size of AdamW, one for all players or by player.
    betas : tuple of two floats, default=(0.9, 0.999)
        Decay rates of AdamW.
    weight_decay : float, default=0.0
        Decoupled weight decay.
    max_epochs : int, default=20
        Epochs of a fit.
    schedule : {"constant", "cosine"}, default="constant"
        ``"cosine"`` warms up over the first 5 % of the steps and decays to zero.
    ema : float in [0, 1), default=0.0
        Decay of the running average of the weights, which replaces them for
        validation and at the end; 0 for none.
    clip : float, default=None
        Largest norm of a player's gradient.
    patience : int, default=None
        Epochs without a better validation loss after which training stops; the best
        weights are restored. None trains to the end, still restoring the best weights
        if there is a validation part.
    best : callable, default=BestWeights
        Recipe of what decides which weights are the best.
    callbacks : iterable of skorch callbacks, default=()
        Called as skorch calls them; batch hooks only where they are overridden. Without
        such a hook the history holds one row of means in place of the batches.
    device : str or torch.device, default="cpu"
        Where the players live; the batches must lie there.
    together : Processes, default=None
        Other processes that train the same net, each on its share of a batch.

    Attributes
    ----------
    module_ : torch.nn.ModuleDict
        The players with their last weights; see `final_weights` for those to predict
        with.
    optimizer_ : torch.optim.Optimizer
        All players' optimizers as one; skorch's callbacks ask for it.
    best_ : BestWeights
        The best weights so far.
    n_epochs_, epochs_done_ : int
        Epochs that the latest training asked for, and those done.
    finished_ : bool
        Whether the latest training ran to its end or was stopped early on purpose.

    Examples
    --------
    >>> import torch
    >>> from skgen.training import Batches, Net
    >>> def error(step):
    ...     x, y = step.batch
    ...     return (step.player(x) - y).square().mean()
    >>> generator = torch.Generator().manual_seed(0)
    >>> x = torch.rand(64, 1, generator=generator)
    >>> net = Net(lambda: torch.nn.Linear(1, 1), error, generator=generator)
    >>> net = net.partial_fit(Batches(x, 3 * x, batch_size=16, generator=generator))
    >>> net.epochs()[-1]["train_loss"] < net.epochs()[0]["train_loss"]
    True
    """

    def __init__(
        self,
        players: Callable | dict[str, Callable],
        objectives: Callable | dict[str, Callable],
        *,
        generator: torch.Generator,
        every: dict[str, int] | None = None,
        after: dict[str, Callable] | None = None,
        learning_rate: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        weight_decay: float = 0.0,
        max_epochs: int = 20,
        schedule: str = "constant",
        ema: float = 0.0,
        clip: float | None = None,
        patience: int | None = None,
        best: Callable = BestWeights,
        callbacks: Iterable = (),
        device: str | torch.device = "cpu",
        together: Processes | None = None,
    ) -> None:
        if not isinstance(players, dict):
            players = {"module": players}
        if not isinstance(objectives, dict):
            objectives = {"module": objectives, "valid": objectives}
        super().__init__(
            players,
            criterion=None,
            optimizer=torch.optim.AdamW,
            lr=learning_rate,
            max_epochs=max_epochs,
            # Callbacks see batches where skorch has rows: the length is theirs to use.
            batch_size=1,
            train_split=None,
            callbacks=list(callbacks),
            verbose=0,
            device=device,
        )
        self.players = players
        self.objectives = objectives
        self.generator = generator
        self.every = every
        self.after = after
        self.betas = betas
        self.weight_decay = weight_decay
        self.schedule = schedule
        self.ema = ema
        self.clip = clip
        self.patience = patience
        self.best = best
        self.together = together

    @property
    def is_first(self) -> bool:
        """Whether this process is alone, or the first of several: the one to write."""
        return self.together is None or self.together.rank == 0

    # -- what skorch calls to set up ---------------------------------------------------

    @property
    def _default_callbacks(self) -> list:
        return []

    def initialize_callbacks(self) -> "Net":
        """Set the callbacks up; checkpoints come last, to write what others changed."""
        super().initialize_callbacks()
        self.callbacks_ = sorted(
            self.callbacks_, key=lambda named: isinstance(named[1], TrainingCheckpoint)
        )
        hooks = ("on_batch_begin", "on_batch_end", "on_grad_computed")
        self._hooks = {hook for hook in hooks if self._is_overridden(hook)}
        return self

    def initialize_criterion(self) -> "Net":
        """Do nothing: the objectives are functions."""
        return self

    def initialize_module(self) -> "Net":
        """Build all players, their weights drawn from the generator."""
        seed = torch.randint(
            2**62, (1,), generator=self.generator, device=self.generator.device
        )
        self.module_ = nn.ModuleDict(
            {
                name: self._build(recipe, int(seed) ^ zlib.crc32(name.encode()))
                for name, recipe in self.players.items()
            }
        )
        return self

    def initialize_optimizer(self, triggered_directly: bool | None = None) -> "Net":
        """Build an optimizer per player."""
        self.optimizer_ = JointOptimizer(
            {
                name: adamw(player, **self._rates(name))
                for name, player in self.module_.items()
            }
        )
        return self

    def initialize(self) -> "Net":
        """Initialise all components for a cold start."""
        super().initialize()
        self.step_ = self.n_steps_ = self.total_steps_ = 0
        self.epochs_done_ = self.n_epochs_ = 0
        self.finished_ = False
        self.average_ = None
        self.best_ = self.best()
        self._lowest: dict[str, float] = {}
        self._resumed = None
        self.draws_ = draws_inside(self.module_)
        self._noise = self.generator
        if self.together is not None:
            self.together.same_weights(self.module_)
        return self

    def _build(self, recipe: Callable[[], nn.Module], seed: int) -> nn.Module:
        # Built on the CPU, so that a seed means the same weights on every device.
        with SeededDraws(torch.Generator().manual_seed(seed)):
            module = recipe()
        if not isinstance(module, nn.Module):
            raise TypeError(
                "a module recipe must return a torch.nn.Module, got "
                f"{type(module).__name__}."
            )
        if not any(True for _ in module.parameters()):
            raise ValueError(
                "a module recipe must return a network with parameters to train, got "
                f"{type(module).__name__} without any."
            )
        return module.to(self.device)

    def check_recipes(self) -> None:
        """Refuse recipes that return one network again and again."""
        for name, recipe in self.players.items():
            with SeededDraws(torch.Generator().manual_seed(0)):
                again = recipe()
            here = {id(p) for p in self.module_[name].parameters()}
            if any(id(p) in here for p in again.parameters()):
                raise TypeError(
                    f"the recipe of the {name} must build a new network at each call, "
                    "got one that returns the same again: a refit would go on from the "
                    "weights of the last; build it inside the function."
                )

    def _rates(self, name: str) -> dict[str, Any]:
        """Give the settings of the optimizer of a player."""
        rate = self.lr[name] if isinstance(self.lr, dict) else self.lr
        return {"lr": rate, "betas": self.betas, "weight_decay": self.weight_decay}

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """All optimizers by name."""
        return dict(self.optimizer_.optimizers)

    # -- the loop ----------------------------------------------------------------------

    # Also puts back what an interrupt inside torch.no_grad may have left behind.
    @torch.enable_grad()
    def partial_fit(
        self,
        X: Iterable,
        y: Any = None,
        *,
        valid: Iterable | None = None,
        epochs: int | None = None,
        open_ended: bool = False,
    ) -> "Net":
        """Train on from the present state.

        Weights, optimizer, average and history go on; the schedule and the count of
        epochs without improvement begin anew, and so do the best weights if the
        validation rows are not those of the last call.

        Parameters
        ----------
        X : Batches or PairedBatches
            Training batches on the device.
        y : None
            Ignored.
        valid : Batches, default=None
            Validation batches.
        epochs : int, default=None
            Epochs to run, by default `max_epochs`.
        open_ended : bool, default=False
            Whether this is one piece of a training whose end is not known: the rate is
            constant, whatever the schedule, and ``step.progress`` is 1.

        Returns
        -------
        net : Net
            Itself; `final_weights` are those to use.

        Raises
        ------
        FloatingPointError
            If a loss or a weight turns infinite or NaN.
        KeyboardInterrupt
            If the user interrupts; the net is left as after the last whole epoch, but
            for steps of the one that was cut short.
        """
        if not self.initialized_:
            self.initialize()
        epochs = self.max_epochs if epochs is None else epochs
        self.step_ = self.epochs_done_ = 0
        self.n_epochs_, self.n_steps_ = epochs, epochs * len(X)
        self.finished_, self._resumed = False, None
        self._open_ended = open_ended
        schedule = "constant" if open_ended else self.schedule
        self.best_.begin(self, valid)
        for name, optimizer in self.optimizers().items():
            refresh(optimizer, **self._rates(name), schedule=schedule)
        self.notify("on_train_begin", X=X, y=None)
        if self._resumed is not None:
            # Once more, over what other callbacks did to begin.
            self.load_training_state(self._resumed)
            self._load_callbacks(self._resumed)
        if self.together is not None:
            self._check_together(X)
        self._n_whole = len(self.history)
        try:
            self._set_rates()
            self.fit_loop(X, valid=valid, epochs=epochs)
            self.finished_ = True
        except KeyboardInterrupt:
            if not self._stopped_early():
                raise
            self.finished_ = True
        finally:
            self.module_.eval()
            self.notify("on_train_end", X=X, y=None)
            del self.history[self._n_whole :]
        return self

    def fit_loop(
        self,
        X: Iterable,
        y: Any = None,
        epochs: int | None = None,
        *,
        valid: Iterable | None = None,
        **unused: Any,
    ) -> "Net":
        """Run epochs until `epochs` are done; see `partial_fit`."""
        epochs = self.max_epochs if epochs is None else epochs
        data = {"dataset_train": X, "dataset_valid": valid}
        if valid is not None:
            self.best_.judge_start(self, valid)
        while self.epochs_done_ < epochs and not self._has_ended():
            self.notify("on_epoch_begin", **data)
            self.run_single_epoch(X, True, "train", None)
            if valid is not None:
                with self.evaluating():
                    self.run_single_epoch(valid, False, "valid", None)
                self.best_.update(self)
            self.epochs_done_ += 1
            self._n_whole = len(self.history)
            self.notify("on_epoch_end", **data)
        self._check_weights()
        return self

    def _check_together(self, batches: Iterable) -> None:
        tensors, _ = contents(batches)
        self.together.check_same(
            {
                "the numbers of rows": [len(tensor) for tensor in tensors],
                "the rows": checksum(tensors),
                "the numbers of weights": sum(
                    p.numel() for p in self.module_.parameters()
                ),
                "the epochs done": self.epochs_done_,
            }
        )

    def _has_ended(self) -> bool:
        return self.patience is not None and self.best_.has_ended(self.patience)

    def run_single_epoch(
        self,
        iterator: Iterable,
        training: bool,
        prefix: str,
        step_fn: Any,
        **fit_params: Any,
    ) -> None:
        """Run over the batches once and record the mean of each loss."""
        self.module_.train(training)
        step = self.valid_step
        self._noise = self.generator
        if training:
            step = self.train_step
            self._prepare()
            if self.together is not None:
                self._fewest = getattr(iterator, "fewest", 1)
                self._noise = self.together.generator(self.generator, self.total_steps_)
        by_batch = bool(self._hooks & {"on_batch_begin", "on_batch_end"})
        losses = EpochLosses(prefix, len(self.history))
        for batch in iterator:
            if by_batch:
                self.notify("on_batch_begin", batch=batch, training=training)
            logs = step(batch)
            size = n_rows(batch)
            losses.add(logs, size)
            if by_batch:
                for name, value in logs.items():
                    self.history.record_batch(f"{prefix}_{name}", value.item())
                self.history.record_batch(f"{prefix}_batch_size", size)
                self.notify("on_batch_end", batch=batch, training=training, **logs)
        means = losses.means()
        if self.together is not None:
            means = self._means_together(means, losses.n_rows, training)
        if not by_batch:
            # One row stands for all: callbacks that look for batches find their mean.
            self.history.new_batch()
            for name, mean in means.items():
                self.history.record_batch(f"{prefix}_{name}", mean)
            self.history.record_batch(f"{prefix}_batch_size", losses.n_rows)
        self._record(prefix, means, losses.n_batches)

    def _means_together(
        self, means: dict[str, float], n_rows: int, training: bool
    ) -> dict[str, float]:
        """Give all processes the same means, by which they stop."""
        if not training:
            return self.together.agree(means)
        self.together.same_buffers(self.module_)
        return self.together.mean(means, n_rows)

    def _record(self, prefix: str, means: dict[str, float], n_batches: int) -> None:
        for name, mean in means.items():
            self.history.record(f"{prefix}_{name}", mean)
        self.history.record(f"{prefix}_batch_count", n_batches)
        if "loss" in means:
            # What skorch's Checkpoint and PrintLog look for.
            best = means["loss"] < self._lowest.get(prefix, math.inf)
            if best:
                self._lowest[prefix] = means["loss"]
            self.history.record(f"{prefix}_loss_best", best)

    def _prepare(self) -> None:
        """Look up once an epoch what each step needs."""
        self._data = [p.detach() for p in self.module_.parameters()]
        alone = len(self.module_) == 1
        self._turns = []
        for name, optimizer in self.optimizers().items():
            player = self.module_[name]
            parameters = list(player.parameters())
            trained = [p for p in parameters if p.requires_grad]
            self._turns.append(
                _Turn(
                    "loss" if alone else f"{name}_loss",
                    self.objectives[name],
                    optimizer,
                    player,
                    parameters,
                    # One player's gradients need not be kept from the others.
                    None if alone else trained,
                    (self.every or {}).get(name, 1) if trained else 0,
                    (self.after or {}).get(name),
                )
            )

    def _step(self, batch: Any) -> Step:
        progress = 1.0
        if not self._open_ended:
            progress = min(1.0, (self.step_ + 1) / max(1, self.n_steps_))
        return Step(self.module_, batch, self._noise, progress, self.total_steps_)

    def train_step(self, batch: Any, **fit_params: Any) -> Logs:
        """One step of each player whose turn it is; returns detached scalars."""
        if self._hooks:
            # A callback may have frozen a player's parameters since the epoch began.
            self._prepare()
        weight = 1.0
        if self.together is not None:
            batch, weight = self.together.share(batch, self._fewest)
        step, logs = self._step(batch), {}
        for turn in self._turns:
            if not turn.every or self.total_steps_ % turn.every:
                continue
            for p in turn.parameters:
                p.grad = None
            loss, more = split_logs(self._evaluate(turn.objective, step))
            loss.backward(inputs=turn.inputs)
            if self.together is not None:
                trained = [p for p in turn.parameters if p.requires_grad]
                self.together.average(trained, weight)
            self._update(turn.optimizer, turn.player, batch)
            if turn.after is not None:
                turn.after(turn.player)
            logs[turn.label] = loss.detach()
            logs.update(more)
        self._count_step()
        return logs

    def valid_step(self, batch: Any) -> Logs:
        """Loss of a validation batch by the objective ``"valid"``; returns scalars."""
        step = self._step(batch)
        loss, logs = split_logs(self._evaluate(self.objectives["valid"], step))
        self.best_.see(step)
        logs["loss"] = loss.detach()
        return logs

    def _evaluate(self, objective: Callable, step: Step) -> Any:
        if not self.draws_:
            return objective(step)
        with SeededDraws(self._noise):
            return objective(step)

    def _update(
        self, optimizer: torch.optim.Optimizer, module: nn.Module, batch: Any
    ) -> None:
        if "on_grad_computed" in self._hooks:
            self.notify(
                "on_grad_computed",
                named_parameters=list(module.named_parameters()),
                batch=batch,
                training=True,
            )
        if self.clip is not None:
            nn.utils.clip_grad_norm_(module.parameters(), self.clip)
        optimizer.step()

    def _count_step(self) -> None:
        """Advance the schedule and the running average."""
        # Not by setattr, which skorch makes slow.
        own = self.__dict__
        own["step_"] += 1
        own["total_steps_"] += 1
        if self.schedule == "cosine":
            self._set_rates()
        if self.ema:
            if self.average_ is None:
                self.average_ = [p.clone() for p in self._data]
            # Few steps are averaged over few steps, not over the initial weights.
            decay = min(self.ema, self.total_steps_ / (self.total_steps_ + 9))
            torch._foreach_lerp_(self.average_, self._data, 1.0 - decay)

    def _set_rates(self) -> None:
        if self.schedule != "cosine" or self._open_ended:
            return
        factor = self._cosine(self.step_)
        for optimizer in self.optimizers().values():
            for group in optimizer.param_groups:
                group["lr"] = group["initial_lr"] * factor

    def _cosine(self, step: int) -> float:
        warm = max(1, int(0.05 * self.n_steps_))
        if step < warm:
            return (step + 1) / warm
        share = (step - warm) / max(1, self.n_steps_ - warm)
        return 0.5 * (1 + math.cos(math.pi * min(1.0, share)))

    def _check_weights(self) -> None:
        """Find what the last step did, which no loss has seen."""
        for name, value in self.final_weights().items():
            if value.is_floating_point() and not bool(value.isfinite().all()):
                raise FloatingPointError(
                    f"The weights {name!r} became infinite or NaN in epoch "
                    f"{len(self.history)}; lower learning_rate, or look for extreme "
                    "values in the data."
                )

    # -- weights -----------------------------------------------------------------------

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """Put the players in the state to be judged in, without gradients."""
        training = self.module_.training
        self.module_.eval()
        with self.averaged(), torch.no_grad():
            yield
        self.module_.train(training)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Put the running average of the weights in their place, for a while."""
        if self.average_ is None:
            yield
            return
        parameters = list(self.module_.parameters())
        live = [p.data for p in parameters]
        try:
            for p, average in zip(parameters, self.average_, strict=True):
                p.data = average
            yield
        finally:
            for p, data in zip(parameters, live, strict=True):
                p.data = data

    def snapshot(self) -> dict[str, Tensor]:
        """Copy the present weights, averaged where there is an average."""
        with self.averaged():
            state = self.module_.state_dict()
            return {name: value.detach().clone() for name, value in state.items()}

    def final_weights(self) -> dict[str, Tensor]:
        """Weights to predict with: the best by validation loss, else the average."""
        return self.snapshot() if self.best_.weights is None else self.best_.weights

    def epochs(self) -> list[dict[str, float]]:
        """History as plain dicts, one per epoch."""
        hidden = ("_best", "_batch_count")
        return [
            {k: v for k, v in row.items() if not k.endswith(hidden)}
            for row in self._rows()
        ]

    def _rows(self) -> list[dict[str, Any]]:
        rows = [
            {k: v for k, v in row.items() if k != "batches"} for row in self.history
        ]
        return only_plain(rows)

    # -- callbacks ---------------------------------------------------------------------

    def notify(self, method_name: str, **cb_kwargs: Any) -> None:
        """Call a hook of the net and of its callbacks."""
        getattr(self, method_name)(self, **cb_kwargs)
        callbacks = self.callbacks_
        if method_name == "on_train_begin":
            # A checkpoint first brings back the history that others look at.
            callbacks = sorted(
                callbacks,
                key=lambda named: not isinstance(named[1], TrainingCheckpoint),
            )
        for _, cb in callbacks:
            try:
                getattr(cb, method_name)(self, **cb_kwargs)
            except (KeyError, SkorchException) as error:
                self._explain(cb, error)
                raise

    def _explain(self, callback: Any, error: Exception) -> None:
        """Say what there is to look at, if a callback looks at what there is not."""
        monitor = getattr(callback, "monitor", None)
        last = self.history[-1] if len(self.history) else {}
        if isinstance(monitor, str) and last and monitor not in last:
            names = sorted(k for k, v in last.items() if isinstance(v, float))
            raise ValueError(
                f"callbacks: {type(callback).__name__} looks at {monitor!r}, which is "
                f"not recorded; set monitor to one of {names}."
            ) from error

    def _is_overridden(self, hook: str) -> bool:
        """Whether any callback overrides a hook."""
        default = getattr(Callback, hook)
        return any(
            getattr(getattr(cb, hook, default), "__func__", None) is not default
            for _, cb in self.callbacks_
        )

    def _stopped_early(self) -> bool:
        """Whether a KeyboardInterrupt was skorch's EarlyStopping, not the user."""
        return any(
            isinstance(cb, EarlyStopping) and cb.misses_ == cb.patience
            for _, cb in self.callbacks_
        )

    def on_epoch_begin(self, net: Any, *args: Any, **kwargs: Any) -> None:
        """Open a row of the history."""
        self.history.new_epoch()
        self.history.record("epoch", len(self.history))


class _Turn(NamedTuple):
    """What a player's step needs."""

    label: str
    objective: Callable
    optimizer: torch.optim.Optimizer
    player: nn.Module
    parameters: list[nn.Parameter]
    inputs: list[nn.Parameter] | None
    every: int
    after: Callable | None

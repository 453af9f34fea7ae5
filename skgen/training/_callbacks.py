"""Callbacks: a progress bar, and a checkpoint that an interrupted fit resumes from."""

import os
import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from skorch.callbacks import BatchScoring, Callback, EpochScoring

from ._state import checksum, contents, only_plain, replacing


class EpochProgress(Callback):
    """One bar over the epochs, with the losses of the last one behind it."""

    def initialize(self) -> "EpochProgress":
        """Forget an earlier bar."""
        self.bar_ = None
        return self

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        """Open the bar."""
        if self.bar_ is None and net.is_first:
            from tqdm.auto import tqdm

            self.bar_ = tqdm(
                total=net.n_epochs_, initial=net.epochs_done_, unit="epoch"
            )

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Advance the bar."""
        if self.bar_ is None:
            return
        losses = {
            name: f"{value:.4g}"
            for name, value in net.history[-1].items()
            if name.startswith(("train_", "valid_")) and isinstance(value, float)
        }
        self.bar_.set_postfix(losses, refresh=False)
        self.bar_.update()

    def on_train_end(self, net: Any, **kwargs: Any) -> None:
        """Close the bar, also after an interrupt."""
        if self.bar_ is not None:
            self.bar_.close()
            self.bar_ = None

    def __getstate__(self) -> dict:
        """Leave the open bar out."""
        return {**self.__dict__, "bar_": None}


class TrainingCheckpoint(Callback):
    """Write the whole state of training to a file, and resume from it.

    An interrupted fit that is run again with the same parameters, the same data and the
    same file goes on after the last epoch that was written, and ends with the weights
    and the history that it would have had without the interrupt. The file is removed
    when training ends.

    Parameters
    ----------
    path : str or path
        The file. Folders are made. Each fit needs a file of its own, so this callback
        does not suit a grid search.
    every : int, default=1
        Epochs from one write to the next.

    Raises
    ------
    ValueError
        When training begins and the file was written by another training, of other
        weights or other rows, or is no whole checkpoint.
    OSError
        If the file cannot be written, on a full disk for instance.

    Notes
    -----
    The file holds tensors and plain values only and is loaded with
    ``weights_only=True``. It is replaced as a whole, so an interrupt in the middle of a
    write leaves the one before. An estimator that splits off validation rows needs an
    integer `random_state`, or the resumed fit would train on other rows.

    Examples
    --------
    >>> from skgen.training import TrainingCheckpoint
    >>> callbacks = [TrainingCheckpoint("fit.ckpt", every=5)]
    """

    def __init__(self, path: str | os.PathLike, every: int = 1) -> None:
        self.path = path
        self.every = every

    def initialize(self) -> "TrainingCheckpoint":
        """Forget an earlier training."""
        self.fingerprint_ = None
        return self

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None, **_: Any) -> None:
        """Resume if there is a file."""
        if not isinstance(self.every, int) or self.every < 1:
            raise ValueError(
                f"every must be an integer of at least 1, got {self.every!r}."
            )
        path = Path(self.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.fingerprint_ = _fingerprint(net, X)
        if not path.exists():
            return
        saved = _read(path)
        _compare(path, saved["fingerprint"], self.fingerprint_)
        _, generators = contents(X)
        for generator, state in zip(generators, saved["generators"], strict=False):
            generator.set_state(state)
        net.resume(saved["state"])

    def on_epoch_end(self, net: Any, dataset_train: Any = None, **_: Any) -> None:
        """Write the state, every so many epochs; of several processes the first."""
        if net.epochs_done_ % self.every or not net.is_first:
            return
        _, generators = contents(dataset_train)
        saved = {
            "fingerprint": self.fingerprint_,
            "generators": [generator.get_state() for generator in generators],
            "state": only_plain(net.training_state()),
        }
        try:
            with replacing(self.path) as part:
                torch.save(saved, part)
        except (OSError, RuntimeError) as error:  # torch's own for a full disk
            raise OSError(
                f"the checkpoint {str(self.path)!r} could not be written after epoch "
                f"{net.epochs_done_}, which a full disk explains; what it held before "
                f"is as it was. Free some space and run the same fit again. {error}"
            ) from error

    def on_train_end(self, net: Any, **_: Any) -> None:
        """Remove the file, unless training was cut short."""
        if net.finished_ and net.is_first:
            Path(self.path).unlink(missing_ok=True)


def check_callbacks(callbacks: Iterable) -> None:
    """Refuse what is no callback, or one that needs more than there is.

    Parameters
    ----------
    callbacks : iterable
        Skorch callbacks, their classes, or pairs of a name and one of these.

    Raises
    ------
    TypeError
        If an entry is something else.
    ValueError
        If a callback asks for the predictions of batches.
    """
    for entry, callback in _unnamed(callbacks):
        kind = callback if isinstance(callback, type) else type(callback)
        if not issubclass(kind, Callback):
            raise TypeError(
                "callbacks must hold skorch callbacks, or pairs of a name and one, got "
                f"{entry!r}; derive a class from skorch.callbacks.Callback and pass an "
                "instance of it."
            )
        if issubclass(kind, BatchScoring | EpochScoring):
            raise ValueError(
                f"callbacks must not need predictions of batches, got {kind.__name__}; "
                "score the fitted estimator, with cross_validate for instance."
            )


def check_monitors(
    callbacks: Iterable, players: list[str], *, has_valid: bool, can_stop: bool
) -> None:
    """Refuse callbacks that wait for a loss which will not come.

    Parameters
    ----------
    callbacks : iterable
        Checked callbacks.
    players : list of str
        Names of the players.
    has_valid : bool
        Whether rows are held out.
    can_stop : bool
        Whether there is a parameter `early_stopping` to speak of.

    Raises
    ------
    ValueError
        If a callback looks at a loss of rows held out, and there are none; or at the
        one loss of a game of several players.
    """
    known = "train_loss" if len(players) == 1 else f"train_{players[-1]}_loss"
    for _, callback in _unnamed(callbacks):
        callback = callback() if isinstance(callback, type) else callback
        name, monitor = type(callback).__name__, getattr(callback, "monitor", None)
        if not isinstance(monitor, str):
            continue
        is_best = monitor.endswith("_best")
        other = (
            "None" if is_best and len(players) > 1 else f'"{known}{"_best" * is_best}"'
        )
        if monitor.startswith("valid_") and not has_valid:
            rows = "early_stopping=True, or " if can_stop else ""
            raise ValueError(
                f"callbacks: {name} looks at {monitor!r}, the loss of rows held out, "
                f"and no rows are; pass {rows}{name}(monitor={other})."
            )
        if monitor in ("train_loss", "train_loss_best") and len(players) > 1:
            raise ValueError(
                f"callbacks: {name} looks at {monitor!r}, but each of the players "
                f"{players} has its own loss; pass {name}(monitor={other})."
            )


def _unnamed(callbacks: Iterable) -> Iterator[tuple[Any, Any]]:
    """Entries of a list of callbacks, and the callbacks themselves."""
    for entry in callbacks:
        is_pair = isinstance(entry, tuple) and len(entry) == 2
        yield entry, entry[1] if is_pair and isinstance(entry[0], str) else entry


def _fingerprint(net: Any, X: Any) -> dict[str, Any]:
    tensors, _ = contents(X)
    weights = net.module_.state_dict()
    return {
        "weights": {name: list(value.shape) for name, value in weights.items()},
        "rows": [len(tensor) for tensor in tensors],
        "checksum": checksum(tensors),
        "earlier epochs": len(net.history),
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        saved["fingerprint"], saved["generators"], saved["state"]
    except PermissionError:
        raise
    except (
        pickle.UnpicklingError,
        RuntimeError,
        EOFError,
        KeyError,
        OSError,
        TypeError,
        ValueError,
    ) as error:
        raise ValueError(
            f"{str(path)!r} must be a file that TrainingCheckpoint wrote, it cannot be "
            "read as one; delete it to train from the start, or give another path."
        ) from error
    return saved


def _compare(path: Path, there: dict[str, Any], here: dict[str, Any]) -> None:
    """Say in what the training that wrote the file differs from this one."""
    differences = []
    names = there["weights"].keys() | here["weights"].keys()
    for name in sorted(names):
        old, new = (f["weights"].get(name) for f in (there, here))
        if old != new:
            differences.append(f"weight {name!r} of shape {old} there, {new} here")
    del differences[3:]
    for what in ("rows", "earlier epochs"):
        if there[what] != here[what]:
            differences.append(f"{what} {there[what]} there, {here[what]} here")
    if not differences and there["checksum"] != here["checksum"]:
        differences.append("other values in the training rows")
    if differences:
        raise ValueError(
            f"the checkpoint {str(path)!r} must come from this very training, but it "
            f"differs: {'; '.join(differences)}. Delete it to train from the start, "
            "give this fit another path, or go back to the data and parameters of the "
            "interrupted fit (with an integer random_state)."
        )

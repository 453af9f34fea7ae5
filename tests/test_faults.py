"""Faults: killed processes, torn files, full disks, interrupts; nothing is lost."""

import os
import resource
import signal
import time
import zlib

import joblib
import numpy as np
import pytest
import torch
from instances import neural
from sklearn.base import clone
from skorch.callbacks import Callback

from skgen import AutoencoderTransformer
from skgen.training import TrainingCheckpoint

NEURAL = neural()
each = pytest.mark.parametrize("model", NEURAL.values(), ids=NEURAL)
each_name = pytest.mark.parametrize("name", NEURAL)


@pytest.fixture(scope="module")
def rows():
    """Rows that every estimator takes, and labels of two classes."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 2, (60, 36)).astype(float), np.arange(60) % 2


@pytest.fixture(scope="module", autouse=True)
def interrupts():
    """Python's own answer to SIGINT, which jobs in the background ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Signal(Callback):
    """Sends this process a signal after a batch of an epoch."""

    def __init__(self, number, epoch):
        self.number, self.epoch = number, epoch

    def on_batch_end(self, net, training=True, **kwargs):
        if training and net.epochs_done_ == self.epoch:
            self.epoch = None
            os.kill(os.getpid(), self.number)


def in_a_child(function):
    """Run in a forked process; returns its exit status."""
    child = os.fork()
    if not child:
        try:
            function()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def fingerprint(weights):
    """Checksum of all weights by name."""
    crc = 0
    for name in sorted(weights):
        crc = zlib.crc32(name.encode() + weights[name].tobytes(), crc)
    return crc


# -- killed ----------------------------------------------------------------------------


@each
def test_a_killed_fit_resumes_in_a_new_process(model, rows, tmp_path):
    X, y = rows
    model = clone(model).set_params(max_epochs=4)
    whole = clone(model).fit(X, y)
    saved = TrainingCheckpoint(tmp_path / "fit.ckpt")

    def die():
        killed = [saved, Signal(signal.SIGKILL, 2)]
        clone(model).set_params(callbacks=killed).fit(X, y)

    def resume():
        again = clone(model).set_params(callbacks=[saved]).fit(X, y)
        assert again.n_epochs_ == 4
        (tmp_path / "crc").write_text(str(fingerprint(again.weights_)))

    assert os.WTERMSIG(in_a_child(die)) == signal.SIGKILL
    assert (tmp_path / "fit.ckpt").exists()
    assert in_a_child(resume) == 0
    assert not (tmp_path / "fit.ckpt").exists()
    assert int((tmp_path / "crc").read_text()) == fingerprint(whole.weights_)


@each
def test_an_interrupt_in_an_epoch_leaves_what_was_learned_before(model, rows):
    X, y = rows
    model = clone(model).set_params(max_epochs=5)
    model.set_params(callbacks=[Signal(signal.SIGINT, 2)])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert model.n_epochs_ == len(model.history_) == 2
    for name in ("predict_proba", "score_samples", "transform", "sample", "predict"):
        if hasattr(model, name):
            getattr(model, name)(*([3] if name == "sample" else [X]))
            break
    assert model.set_params(callbacks=None, max_epochs=1).fit(X, y).n_epochs_ == 1


# -- torn and full ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def checkpoint(rows, tmp_path_factory):
    """The bytes of a checkpoint after two epochs, and the fit that wrote it."""
    path = tmp_path_factory.mktemp("torn") / "fit.ckpt"
    stop = Signal(signal.SIGINT, 2)
    model = AutoencoderTransformer(2, hidden=(8,), max_epochs=4, random_state=0)
    with pytest.raises(KeyboardInterrupt):
        clone(model).set_params(callbacks=[TrainingCheckpoint(path), stop]).fit(*rows)
    return path.read_bytes(), model


@pytest.mark.parametrize("twentieth", range(20))
def test_a_torn_checkpoint_is_refused(checkpoint, rows, tmp_path, twentieth):
    written, model = checkpoint
    path = tmp_path / "fit.ckpt"
    path.write_bytes(written[: len(written) * twentieth // 20])
    model = clone(model).set_params(callbacks=[TrainingCheckpoint(path)])
    with pytest.raises(ValueError, match="cannot be read as one; delete it"):
        model.fit(*rows)
    assert not hasattr(model, "weights_")


def test_no_checkpoint_is_a_start_and_a_whole_one_goes_on(checkpoint, rows, tmp_path):
    written, model = checkpoint
    path = tmp_path / "fit.ckpt"
    saved = [TrainingCheckpoint(path)]
    whole = clone(model).set_params(callbacks=saved).fit(*rows)
    path.write_bytes(written)
    resumed = clone(model).set_params(callbacks=saved).fit(*rows)
    assert fingerprint(resumed.weights_) == fingerprint(whole.weights_)


def test_a_full_disk_is_said_and_leaves_the_last_checkpoint(checkpoint, rows, tmp_path):
    written, model = checkpoint
    path = tmp_path / "fit.ckpt"
    path.write_bytes(written)
    model = clone(model).set_params(callbacks=[TrainingCheckpoint(path)])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(written) // 2, limits[1]))
    try:
        with pytest.raises(OSError, match="could not be written after epoch 3.*full"):
            model.fit(*rows)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == written
    assert os.listdir(tmp_path) == ["fit.ckpt"]


def test_weights_that_cannot_be_written_leave_the_old_file(rows, tmp_path):
    model = AutoencoderTransformer(2, hidden=(8,), max_epochs=1).fit(*rows)
    path = tmp_path / "model.safetensors"
    model.save_weights(path)
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match="model.safetensors' could not be written"):
            model.save_weights(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before and os.listdir(tmp_path) == [path.name]


def test_two_processes_at_one_checkpoint_do_not_corrupt_it(checkpoint, rows, tmp_path):
    _, model = checkpoint
    path = tmp_path / "fit.ckpt"
    model = clone(model).set_params(max_epochs=60, callbacks=[TrainingCheckpoint(path)])
    children = []
    for _ in range(2):
        child = os.fork()
        if not child:
            try:
                model.fit(*rows)
            finally:
                os._exit(0)
        children.append(child)
    n_read = 0
    while children:
        try:
            n_read += "state" in torch.load(path, weights_only=True)
        except FileNotFoundError:
            time.sleep(0.001)
        children = [c for c in children if os.waitpid(c, os.WNOHANG) == (0, 0)]
    assert n_read > 3
    assert [name for name in os.listdir(tmp_path) if name != "fit.ckpt"] == []


# -- threads and processes -------------------------------------------------------------


def fitted_fingerprint(model, X, y):
    return fingerprint(clone(model).fit(X, y).weights_)


@pytest.fixture(scope="module")
def expected(rows):
    return {name: fitted_fingerprint(model, *rows) for name, model in NEURAL.items()}


@pytest.mark.parametrize(
    "options", [("threading", 4), ("loky", 2)], ids=["threads", "loky"]
)
def test_fits_side_by_side_equal_fits_in_turn(expected, rows, options):
    backend, n_jobs = options
    found = joblib.Parallel(n_jobs=n_jobs, backend=backend)(
        joblib.delayed(fitted_fingerprint)(model, *rows) for model in NEURAL.values()
    )
    assert dict(zip(NEURAL, found, strict=True)) == expected


@each_name
def test_a_fit_after_a_fork_equals_one_before(name, expected, rows):
    def fit():
        assert fitted_fingerprint(NEURAL[name], *rows) == expected[name]

    assert in_a_child(fit) == 0

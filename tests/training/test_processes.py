"""Several processes train one model, each on its share of a batch."""

import os
import pickle
import signal
import socket
import subprocess
import sys
import textwrap

import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from skgen.training import Processes

pytest.importorskip("accelerate")
pytestmark = pytest.mark.slow

SCRIPT = """
    import os, pickle, signal, sys
    import numpy as np
    from skorch.callbacks import Callback
    from skgen import *
    from skgen.density import PixelCNNDensity
    from skgen.training import TrainingCheckpoint

    rank = int(os.environ.get("RANK", 0))
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    X = rng.normal(size=(200, 4)) + y[:, None]
    s = np.where((rng.random(200) < 0.5) & (y == 1), 1, 0)
    images = rng.integers(0, 2, (60, 36)).astype(float)
    options = {"max_epochs": 3, "random_state": 0, "batch_size": 64}

    def save(folder, found):
        with open(f"{folder}/{os.environ.get('RANK', 'alone')}.pkl", "wb") as file:
            pickle.dump(found, file)

    class Die(Callback):
        def on_epoch_end(self, net, **kwargs):
            if rank == 1 and net.epochs_done_ == 2:
                os.kill(os.getpid(), signal.SIGKILL)
"""


def program(tmp_path, body):
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(SCRIPT) + textwrap.dedent(body))
    return [sys.executable, str(path), str(tmp_path)]


def launch(command, size=2):
    """Start processes as torchrun does, but leave each to its own fate."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
    own = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    own |= {"WORLD_SIZE": str(size), "LOCAL_WORLD_SIZE": str(size)}
    return [
        subprocess.Popen(
            command,
            env={**os.environ, **own, "RANK": str(k), "LOCAL_RANK": str(k)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for k in range(size)
    ]


def finish(processes, timeout=300):
    errors = [p.communicate(timeout=timeout)[1] for p in processes]
    return [p.returncode for p in processes], errors


def weights(tmp_path, name):
    return pickle.loads((tmp_path / f"{name}.pkl").read_bytes())


FITS = """
    models = {
        "density": AutoregressiveDensity(n_estimators=1, hidden=(8,), **options),
        "stopping": AutoencoderTransformer(
            2, hidden=(8,), early_stopping=True, **options
        ),
        "codes": VAETransformer(2, hidden=(8,), **options),
        "game": GANSampler(max_epochs=2, random_state=None),
        "groups": PUGANClassifier(max_epochs=1, random_state=0),
        "images": PixelCNNDensity(
            (6, 6), n_channels=4, n_blocks=1, **options
        ),
        "domains": DomainTranslator(max_epochs=2, random_state=0),
    }
    for name, model in models.items():
        labels = {"groups": s, "domains": y}.get(name)
        model.fit(images if name == "images" else X, labels)
    found = {name: (m.weights_, m.history_) for name, m in models.items()}
    save(sys.argv[1], found)
"""


def test_two_processes_keep_the_same_weights(tmp_path):
    command = program(tmp_path, FITS)
    codes, errors = finish(launch(command))
    assert codes == [0, 0], errors
    alone = dict(os.environ, OMP_NUM_THREADS="1")
    subprocess.run(command, check=True, env=alone, timeout=300)
    first, second, single = (weights(tmp_path, k) for k in ("0", "1", "alone"))
    for name, (own, history) in first.items():
        assert history == second[name][1]
        for key, value in own.items():
            assert_array_equal(value, second[name][0][key], err_msg=f"{name} {key}")
    # What draws nothing while it trains is what one process makes of whole batches.
    for name in ("density", "stopping"):
        for key, value in first[name][0].items():
            assert_allclose(value, single[name][0][key], atol=1e-5, rtol=1e-5)


DYING = """
    path = sys.argv[1] + "/fit.ckpt"
    callbacks = [TrainingCheckpoint(path)] + [Die()] * (sys.argv[-1] == "die")
    callbacks = None if sys.argv[-1] == "whole" else callbacks
    model = GANSampler(max_epochs=4, random_state=0, callbacks=callbacks).fit(X)
    save(sys.argv[1], model.weights_)
"""


def test_a_killed_process_ends_the_others_and_the_checkpoint_resumes(tmp_path):
    command = program(tmp_path, DYING)
    # The other one must end by itself, within the minute.
    codes, errors = finish(launch([*command, "die"]), timeout=90)
    assert codes[1] == -signal.SIGKILL and codes[0] > 0
    assert "another process of this training has ended" in errors[0]
    assert (tmp_path / "fit.ckpt").exists()
    codes, errors = finish(launch([*command, "resume"]))
    assert codes == [0, 0], errors
    resumed = weights(tmp_path, "0")
    codes, errors = finish(launch([*command, "whole"]))
    assert codes == [0, 0], errors
    assert not (tmp_path / "fit.ckpt").exists()
    for key, value in weights(tmp_path, "1").items():
        assert_array_equal(resumed[key], value)


def test_other_rows_are_refused(tmp_path):
    command = program(tmp_path, "GANSampler(max_epochs=1).fit(X[rank:])\n")
    codes, errors = finish(launch(command))
    assert min(codes) > 0
    assert all("same rows, but the numbers of rows differ" in error for error in errors)


# -- shares ----------------------------------------------------------------------------


def shares(batch, size, fewest=1):
    found = []
    for rank in range(size):
        one = Processes.__new__(Processes)
        one.rank, one.size = rank, size
        found.append(one.share(batch, fewest))
    return found


@pytest.mark.parametrize("n, size", [(64, 2), (7, 2), (10, 3)])
def test_shares_are_the_batch(n, size):
    rows = torch.arange(n)
    found = shares((rows, rows + 1), size)
    assert_array_equal(torch.cat([share[0] for share, _ in found]), rows)
    assert_allclose([weight * n for _, weight in found], [len(s[0]) for s, _ in found])
    assert sum(weight for _, weight in found) == pytest.approx(1)


def test_packs_stay_whole_and_few_rows_are_taken_by_all():
    found = shares((torch.arange(12),), 2, fewest=4)
    assert [len(share[0]) for share, _ in found] == [6, 6]
    found = shares((torch.arange(6),), 2, fewest=4)
    assert [len(share[0]) for share, _ in found] == [6, 6]
    assert [weight for _, weight in found] == [0.5, 0.5]
    groups = ((torch.arange(1),), (torch.arange(8),))
    for share, weight in shares(groups, 2):
        assert [len(g[0]) for g in share] == [1, 4] and weight == pytest.approx(0.5)

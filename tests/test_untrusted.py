"""Files from strangers: whatever opens them runs nothing that they hold."""

import importlib
import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import skgen

HOME = Path(skgen.__file__).parent
SOURCES = sorted(HOME.rglob("*.py"))
CALLS = {
    "unpickles": r"(?<![\w.])(pickle|cPickle|dill|cloudpickle|joblib)\.loads?\(",
    "evaluates": r"(?<![\w.\"'])(eval|exec)\(",
    "loads torch objects": r"torch\.load\((?!.*weights_only=True)",
    "allows pickles in arrays": r"allow_pickle=True",
    "runs a shell": r"os\.system\(|shell=True",
}


@pytest.mark.parametrize("what", CALLS)
def test_no_source_file_runs_what_it_reads(what):
    found = [
        f"{path.relative_to(HOME)}: {line.strip()}"
        for path in SOURCES
        for line in path.read_text().splitlines()
        if re.search(CALLS[what], line) and not line.lstrip().startswith((">>>", "#"))
    ]
    assert len(SOURCES) > 100 and found == []


LISTEN = """
    import io, json, pickle, sys, tempfile, warnings
    import numpy as np
    from sklearn.base import clone
    from skops import io as skops_io
    sys.path.insert(0, sys.argv[1])
    from instances import classes, instances, stack_for_tables
    import skgen

    models = dict(zip(classes(), instances()))
    # Not of forests, which are trusted by scikit-learn's own name.
    models["PUStackingClassifier"] = stack_for_tables()

    warnings.simplefilter("ignore")
    X = np.random.default_rng(0).integers(0, 2, (60, 36)).astype(float)
    y = np.arange(60) % 2
    folder = tempfile.mkdtemp()
    written = {}
    for model in models.values():
        if hasattr(model, "fit_resample"):
            model.fit_resample(X, y)
        else:
            model.fit(X, y)
        path = None
        if hasattr(model, "save_weights"):
            path = f"{folder}/{type(model).__name__}.safetensors"
            model.save_weights(path)
        written[type(model).__name__] = (skops_io.dumps(model), path, clone(model))
    skops_io.loads(skops_io.dumps(y))  # what is imported at the first use

    heard, names, is_loading = [], {}, False

    def listen(event, arguments):
        if is_loading and event in (
            "pickle.find_class", "os.system", "subprocess.Popen", "os.exec",
            "os.posix_spawn", "os.fork", "socket.connect", "marshal.loads", "exec",
        ):
            code = getattr(arguments[0], "co_filename", "") if arguments else ""
            # The code of modules that are imported, and of named tuples.
            if event == "exec" and (code.endswith(".py") or code == "<string>"):
                return
            if event == "marshal.loads":
                return
            heard.append([event, str(arguments)[:200]])

    sys.addaudithook(listen)
    is_loading = True
    # The hook hears what it is to hear.
    pickle.loads(b"cbuiltins\\nlen\\n.")
    assert [event for event, _ in heard] == ["pickle.find_class"]
    heard.clear()
    for name, (dumped, path, other) in written.items():
        names[name] = skops_io.get_untrusted_types(data=dumped)
        own = [n for n in names[name] if n.startswith("skgen.")]
        again = skops_io.loads(dumped, trusted=names[name])
        if path:
            other.load_weights(path)
    is_loading = False
    print(json.dumps({"heard": heard, "names": names}))
"""


@pytest.fixture(scope="module")
def loaded():
    """What a process heard while it opened files, and the names it had to trust."""
    script = textwrap.dedent(LISTEN)
    command = [sys.executable, "-c", script, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_loading_unpickles_nothing_and_starts_nothing(loaded):
    assert loaded["heard"] == []


def test_skops_trusts_only_public_classes_of_the_package(loaded):
    assert len(loaded["names"]) > 20
    for name, trusted in loaded["names"].items():
        for full in trusted:
            if name == "TransformedDensity" and full.startswith("sklearn."):
                continue  # of scikit-learn's kernel density, which it holds
            module, _, short = full.rpartition(".")
            package = importlib.import_module(".".join(module.split(".")[:2]))
            assert full.startswith("skgen.") and short in package.__all__, (name, full)

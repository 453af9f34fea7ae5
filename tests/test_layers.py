"""Who imports whom: the house plan of DESIGN, section 1."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import skgen

ROOT = Path(skgen.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

# A package imports from lower rows and from itself.
ROWS = {
    "losses": 1,
    "nn": 1,
    "encoding": 1,
    "metrics": 1,
    "training": 2,
    "_reading": 2.5,  # of base, in files of their own
    "_saving": 2.5,
    "base": 3,
    "pu": 4,
    "density": 4,
    "latent": 4,
    "gan": 4,
    "translation": 4,
    "inspection": 5,
    "datasets": 5,
    "outliers": 5,
    "sampling": 5,
}
# Same row, but named by the plan: scores read the labels of a PU table.
SIDEWAYS = {("metrics", "encoding")}
ALLOWED = {
    "losses": {"torch"},
    "nn": {"torch"},
    # pyarrow: dtypes of columns that came from it.
    "encoding": {"numpy", "pandas", "scipy", "sklearn", "pyarrow"},
    "metrics": {"numpy", "pandas", "scipy", "sklearn", "skimage"},
}
LATE = {
    "matplotlib",
    "skimage",
    "pooch",
    "zuko",
    "skorch",
    "distributed",
    "dask",
    "tqdm",
}


def room(path):
    """The package of a file: "pu" for skgen/pu/_base.py, "base" for skgen/base.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0]


def imports(path):
    """Absolute dotted names that a file imports, each with "is at the top level"."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    package = ("skgen", *path.relative_to(ROOT).parent.parts)
    for node in ast.walk(tree):
        top = id(node) not in inside
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, top
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            home = ".".join([*start, *([node.module] if node.module else [])])
            for alias in node.names:
                yield f"{home}.{alias.name}", top


def test_every_room_has_its_row():
    rooms = {room(path) for path in FILES} - {"__init__", "_compat"}
    assert rooms <= set(ROWS)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path):
    here = room(path)
    if here in ("__init__", "_compat"):
        assert not [n for n, _ in imports(path) if n.startswith("skgen.")]
        return
    wrong = []
    for name, _ in imports(path):
        parts = name.split(".")
        if parts[0] != "skgen" or len(parts) < 2 or parts[1] in ("_compat", here):
            continue
        there = parts[1]
        if (here, there) not in SIDEWAYS and ROWS.get(there, 9) >= ROWS[here]:
            wrong.append(name)
    assert not wrong, f"{path.name} in {here} imports {wrong}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_foreign_packages_stay_where_they_belong(path):
    here = room(path)
    found = {name.split(".")[0] for name, _ in imports(path)}
    foreign = found - set(sys.stdlib_module_names) - {"skgen"}
    if here in ALLOWED:
        assert foreign <= ALLOWED[here]
    if here != "training":
        assert "skorch" not in foreign
    early = {name.split(".")[0] for name, top in imports(path) if top}
    assert not (early & LATE) - ({"skorch"} if here == "training" else set())


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_compat_reaches_behind_public_names(path):
    if path.name == "_compat.py":
        return
    private = [
        name
        for name, _ in imports(path)
        if name.startswith("sklearn.")
        and any(part.startswith("_") for part in name.split("."))
    ]
    assert not private, f"{path.name} imports {private}; go through skgen._compat"


@pytest.mark.parametrize("package", skgen.__all__)
def test_public_names_exist(package):
    thing = getattr(skgen, package)
    names = getattr(thing, "__all__", [])
    assert all(hasattr(thing, name) for name in names)
    assert len(set(names)) == len(names)
    assert package in dir(skgen)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = skgen.nonsense


def run(code):
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_import_of_skgen_is_light():
    loaded = run(
        "import sys, skgen; print(*sorted({n.split('.')[0] for n in sys.modules}))"
    )
    assert not set(loaded) & (LATE | {"pandas", "torch", "sklearn"})


def test_estimators_need_no_plotting_and_no_download():
    loaded = run(
        "import sys, skgen.pu, skgen.metrics, skgen.datasets; "
        "print(*sorted({n.split('.')[0] for n in sys.modules}))"
    )
    assert not set(loaded) & (LATE - {"skorch", "tqdm"})

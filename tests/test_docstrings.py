"""Docstrings of all public names: numpydoc, with examples, and of one voice."""

import inspect
from collections import defaultdict

import pytest
from instances import classes
from numpydoc.docscrape import ClassDoc, FunctionDoc
from numpydoc.validate import validate

import skgen

PACKAGES = [
    name for name in skgen.__all__ if inspect.ismodule(getattr(skgen, name, None))
]
CHECKS = {
    "GL03",  # double blank lines
    "GL05",  # tabs
    "GL06",  # unknown section
    "GL07",  # order of sections
    "GL08",  # no docstring
    "SS01",  # no summary
    "SS02",  # summary does not start with a capital letter
    "SS03",  # summary does not end with a period
    "SS04",  # summary with leading blanks
    "SS06",  # summary of more than one line
    "PR01",  # parameters not documented
    "PR02",  # unknown parameters
    "PR03",  # parameters in another order
    "PR04",  # parameter without a type
    "PR07",  # parameter without a description
    "RT01",  # no Returns
    "RT03",  # Returns without a description
    "YD01",  # no Yields
    "EX01",  # no example
}
# Templates and protocol classes are subclassed, not called: no example.
WITHOUT_EXAMPLE = {"base", "training"}
# What a parameter means may differ: its scale is the model's.
OF_THE_MODEL = {
    "adversarial_weight",
    "augment",
    "dropout",
    "n_latent",
    "loss",
    "module",
    "n_channels",
    "n_components",
    "hidden",
    "max_epochs",
    "batch_size",
    "learning_rate",
    "mixup_weight",
    "prior",
    "unlabeled_label",
    "estimators",
    "sampler",
    "discrete",
    "critic",
    "encoder",
    "generator",
    "game",
    "n_estimators",
}
STACKS = {"PUStackingClassifier"}


def public():
    """Dotted names of all public functions and classes, and of packages in packages."""
    found = {}

    def visit(home, module):
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            if inspect.ismodule(thing):
                if thing.__name__.startswith("skgen."):
                    visit(thing.__name__, thing)
            elif callable(thing) and not isinstance(thing, dict):
                found[f"{home}.{name}"] = thing

    for package in PACKAGES:
        visit(f"skgen.{package}", getattr(skgen, package))
    return found


PUBLIC = public()


def errors_of(name):
    return [
        f"{code} {text}" for code, text in validate(name)["errors"] if code in CHECKS
    ]


@pytest.mark.parametrize("name", PUBLIC)
def test_docstring_of_name(name):
    wrong = errors_of(name)
    if name.split(".")[1] in WITHOUT_EXAMPLE:
        wrong = [error for error in wrong if not error.startswith("EX01")]
    assert not wrong


def methods():
    """Public methods and properties that our estimators define or inherit from us."""
    for name, cls in classes().items():
        for attribute in dir(cls):
            thing = inspect.getattr_static(cls, attribute)
            homes = [c for c in cls.__mro__ if attribute in vars(c)]
            if attribute.startswith("_") or not homes:
                continue
            if homes[0].__module__.startswith("skgen.") and (
                callable(thing) or isinstance(thing, property)
            ):
                yield f"{cls.__module__}.{name}.{attribute}"


@pytest.mark.parametrize("name", sorted(methods()))
def test_docstring_of_method(name):
    wrong = [e for e in errors_of(name) if not e.startswith("EX01")]
    assert not wrong


@pytest.mark.parametrize("package", PACKAGES)
def test_docstring_of_package(package):
    module = getattr(skgen, package)
    assert module.__doc__ and module.__doc__.splitlines()[0].endswith(".")


def parameters():
    """For each parameter, the texts that document it, and where."""
    texts = defaultdict(lambda: defaultdict(list))
    for name, cls in classes().items():
        for entry in ClassDoc(cls)["Parameters"]:
            kind = entry.type.split(", default=")[0]
            # A stack trains nothing itself: it seeds its folds, and joblib reports.
            if name in STACKS and entry.name in ("random_state", "verbose"):
                continue
            texts[entry.name][kind, " ".join(entry.desc)].append(name)
    return texts


@pytest.mark.parametrize("name", sorted(parameters()))
def test_shared_parameter_is_documented_alike(name):
    found = parameters()[name]
    if name in OF_THE_MODEL:
        return
    assert len(found) == 1, f"{name}: {dict(found)}"


@pytest.mark.parametrize("name", classes())
def test_documented_defaults_are_the_defaults(name):
    cls = classes()[name]
    signature = inspect.signature(cls)
    for entry in ClassDoc(cls)["Parameters"]:
        if "default=" in entry.type:
            said = entry.type.split("default=")[1].strip()
            default = signature.parameters[entry.name].default
            shown = f'"{default}"' if isinstance(default, str) else repr(default)
            if isinstance(default, float):
                assert float(said) == default
            else:
                assert said == shown


@pytest.mark.parametrize(
    "name", [n for n, thing in PUBLIC.items() if inspect.isfunction(thing)]
)
def test_documented_defaults_of_functions(name):
    thing = PUBLIC[name]
    signature = inspect.signature(thing)
    for entry in FunctionDoc(thing)["Parameters"]:
        if "default=" in entry.type and entry.name in signature.parameters:
            said = entry.type.split("default=")[1].strip()
            default = signature.parameters[entry.name].default
            if isinstance(default, int | float) and not isinstance(default, bool):
                assert float(said) == default

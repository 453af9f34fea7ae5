"""Tiny instances of every estimator, for checks that fit them a hundred times."""

import atexit
import importlib
import re
import shutil
import sys
import tempfile
import textwrap
from inspect import signature
from pathlib import Path

from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

import skgen
from skgen.density import AutoregressiveDensity, MixtureDensity
from skgen.gan import (
    BayesianGAN,
    DensityRatioEstimator,
    FeatureMatchingGAN,
    GANSampler,
    GANTransformer,
    GoGAN,
    SemiSupervisedGANClassifier,
)
from skgen.pu import PUClassifier, PUGANClassifier, PUStackingClassifier

TINY = {
    "AutoencoderTransformer": {
        "n_components": 2,
        "hidden": (8,),
        "max_epochs": 2,
        "random_state": 0,
    },
    "AutoregressiveDensity": {
        "n_estimators": 1,
        "hidden": (8,),
        "n_components": 2,
        "max_epochs": 2,
        "random_state": 0,
    },
    "BoostedSampler": {
        "sampler": MixtureDensity(n_components=1),
        "n_estimators": 2,
        "ratio": DensityRatioEstimator(max_epochs=2),
        "random_state": 0,
    },
    "DensityRatioEstimator": {"max_epochs": 2, "random_state": 0},
    "DomainTranslator": {"max_epochs": 2, "random_state": 0},
    "FlowDensity": {
        "n_transforms": 1,
        "hidden": (8,),
        "max_epochs": 2,
        "early_stopping": False,
        "random_state": 0,
    },
    "GANOverSampler": {
        "sampler": GANSampler(n_latent=4, max_epochs=2),
        "random_state": 0,
    },
    "GANSampler": {"n_latent": 4, "max_epochs": 2, "random_state": 0},
    "GANTransformer": {"n_components": 2, "max_epochs": 2, "random_state": 0},
    "GenerativeOverSampler": {
        "sampler": MixtureDensity(n_components=1),
        "random_state": 0,
    },
    "MixtureDensity": {"n_components": 2, "random_state": 0},
    "OutlierDetector": {"random_state": 0},
    "PUClassifier": {"max_epochs": 2, "random_state": 0},
    "PUGANClassifier": {"max_epochs": 1, "random_state": 0},
    "PUPairTransformer": {
        "n_components": 4,
        "n_rounds": 1,
        "max_epochs": 2,
        "random_state": 0,
    },
    "PUStackingClassifier": {
        "estimators": [
            ("forest", RandomForestClassifier(20, random_state=0)),
            ("linear", LogisticRegression()),
        ],
        "random_state": 0,
    },
    "PairedTranslator": {"max_epochs": 2, "random_state": 0},
    "PixelCNNDensity": {
        "n_channels": 8,
        "n_blocks": 1,
        "max_epochs": 2,
        "random_state": 0,
    },
    "RBMDensity": {
        "n_components": 4,
        "n_chains": 20,
        "n_draw_steps": 5,
        "n_temperatures": 20,
        "max_epochs": 2,
        "random_state": 0,
    },
    # Judging the unlabeled rows takes four more fits.
    "SemiSupervisedGANClassifier": {
        "validate": False,
        "max_epochs": 1,
        "random_state": 0,
    },
    "SequenceDensity": {
        "n_channels": 8,
        "embedding_size": 4,
        "n_components": 2,
        "max_epochs": 2,
        "random_state": 0,
    },
    "StackedDensity": {
        "estimators": [
            ("mixture", MixtureDensity(1, random_state=0)),
            ("two", MixtureDensity(2, random_state=0)),
        ],
        "cv": 2,
        "random_state": 0,
    },
    "VAETransformer": {
        "n_components": 2,
        "hidden": (8,),
        "max_epochs": 2,
        "random_state": 0,
    },
}


def classes():
    """Every estimator class of the package, by name."""
    public = {name: getattr(skgen, name) for name in skgen.__all__}
    return {
        name: thing
        for name, thing in public.items()
        if isinstance(thing, type) and issubclass(thing, BaseEstimator)
    }


def instances():
    """A tiny instance of each; a class without an entry in TINY uses its defaults."""
    return [cls(**TINY.get(name, {})) for name, cls in classes().items()]


def variants():
    """The instances by name, and some whose fitted state is made of other parts."""
    named = dict(zip(classes(), instances(), strict=True))
    tiny = {"max_epochs": 1, "random_state": 0}
    return {
        **named,
        "AutoregressiveDensity, mixtures": AutoregressiveDensity(hidden=(8,), **tiny),
        "GANSampler, chain": GANSampler(GoGAN(every=2), n_latent=4, **tiny),
        "GANSampler, features": GANSampler(FeatureMatchingGAN(), n_latent=4, **tiny),
        "GANSampler, posterior": GANSampler(BayesianGAN(2), n_latent=4, **tiny),
        "GANTransformer, joint": GANTransformer(2, game="ali", **tiny),
        "GANTransformer, features": GANTransformer(2, game="ian", **tiny),
        "PUGANClassifier, near rows": PUGANClassifier(evidence="neighbors", **tiny),
        "PUGANClassifier, networks": PUGANClassifier(evidence=None, **tiny),
        "PUGANClassifier, forest": PUGANClassifier(module=None, **tiny),
        "PUClassifier, variational": PUClassifier("variational", **tiny),
        "PUStackingClassifier, tables": stack_for_tables(),
        "SemiSupervisedGANClassifier, judged": SemiSupervisedGANClassifier(**tiny),
    }


def stack_for_tables():
    """A stack whose members take strings, categories and missing values."""
    members = [
        ("risk", PUClassifier(max_epochs=1, prior=0.5, random_state=0)),
        ("vpu", PUClassifier("variational", max_epochs=1, prior=0.5, random_state=0)),
    ]
    return PUStackingClassifier(members, cv=2, random_state=0)


def has_parameter(estimator, name):
    """Whether the constructor of an estimator takes a parameter."""
    return name in signature(type(estimator)).parameters


def neural():
    """The instances that train networks, by name."""
    named = dict(zip(classes(), instances(), strict=True))
    return {k: m for k, m in named.items() if has_parameter(m, "max_epochs")}


# -- classes of the documentation ------------------------------------------------------


EXTENDING = Path(__file__).parents[1] / "docs" / "extending.rst"


def snippet(name):
    """The code block of docs/extending.rst that defines a class."""
    blocks = re.findall(
        r"^\.\. code-block:: python\n\n((?:(?:    .*)?\n)+)",
        EXTENDING.read_text(),
        re.M,
    )
    (block,) = (b for b in blocks if f"class {name}(" in b)
    return textwrap.dedent(block)


def documented(name):
    """A class of docs/extending.rst, importable by other processes too."""
    module = f"extending_{name.lower()}"
    if module not in sys.modules:
        folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        (Path(folder) / f"{module}.py").write_text(snippet(name))
        sys.path.append(folder)
    return getattr(importlib.import_module(module), name)


def newcomer():
    """A tiny instance of the estimator that the documentation writes from nothing."""
    return documented("ICADensity")(max_epochs=2, random_state=0)

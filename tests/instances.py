"""A tiny instance of every estimator, for the checks that fit it a hundred times."""

from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

import skgen

TINY = {
    "PUClassifier": {"max_epochs": 2, "random_state": 0},
    "PUGANClassifier": {"max_epochs": 2, "random_state": 0},
    "PUStackingClassifier": {
        "estimators": [
            ("forest", RandomForestClassifier(20, random_state=0)),
            ("linear", LogisticRegression()),
        ],
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

"""Every line of the zoo page builds an estimator that fits and does its job."""

import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits

import skgen
from skgen import gan, nn, translation
from skgen.losses import penalties

PAGE = Path(__file__).parents[1] / "docs" / "user_guide" / "zoo.rst"
LINES = re.findall(r"^     - ``(.+)``$", PAGE.read_text("utf-8"), re.M)
NAMES = {
    **{name: getattr(skgen, name) for name in skgen.__all__},
    **{name: getattr(gan, name) for name in gan.__all__},
    **{name: getattr(translation, name) for name in translation.__all__},
    **{name: getattr(nn, name) for name in nn.__all__},
    **vars(penalties),
    "partial": partial,
}
OUTPUTS = ("sample", "predict", "transform")


def shortened(model):
    """The same with one epoch, the parts of it as well."""
    short = {
        name: 1 for name in model.get_params() if name.split("__")[-1] == "max_epochs"
    }
    seeds = {n: 0 for n in model.get_params() if n.split("__")[-1] == "random_state"}
    return model.set_params(**short, **seeds)


def data(model):
    rng = np.random.default_rng(0)
    if getattr(model, "image_shape", None) or getattr(model, "volume_shape", None):
        X, y = load_digits(return_X_y=True)
        X = X[:60]
        y = y[:60] % 2
        n_channels = (*(model.image_shape or ()), 1, 1, 1)[2]  # earlier frames, perhaps
        X = np.repeat(X, n_channels, axis=1)
    else:
        y = np.repeat([0, 1], 40)
        X = rng.normal(size=(80, 3)) + 2.0 * y[:, None]
        X[:, 2] = X[:, 2] > 1
    if isinstance(model, skgen.PairedTranslator):
        shape = model.target_shape or model.image_shape
        n_outputs = 2 if shape is None else np.prod(shape)
        y = np.random.default_rng(0).random((len(X), n_outputs))
    if isinstance(model, skgen.SemiSupervisedGANClassifier):
        y = np.where(np.arange(len(y)) % 3 == 0, y, -1)
    return X, y


def test_the_page_has_its_rows():
    text = PAGE.read_text("utf-8")
    rows = len(re.findall(r"^   \* - ", text, re.M)) - text.count("list-table")
    assert rows == len(LINES) >= 60
    assert len(set(LINES)) == len(LINES)


@pytest.mark.filterwarnings("ignore:The generator collapsed")
@pytest.mark.filterwarnings("ignore:The unlabeled rows do not help")
@pytest.mark.filterwarnings("ignore:the class prior is estimated from")
@pytest.mark.parametrize("line", LINES)
def test_every_line_runs(line):
    model = eval(line, dict(NAMES))
    assert isinstance(model, BaseEstimator)
    model = shortened(model)
    X, y = data(model)
    model.fit(X, y)
    (first, *_) = [name for name in OUTPUTS if hasattr(model, name)]
    if isinstance(model, skgen.PairedTranslator):
        first = "predict"
    found = model.sample(4) if first == "sample" else getattr(model, first)(X[:4])
    assert len(found) == 4 and np.isfinite(np.asarray(found, dtype=float)).all()

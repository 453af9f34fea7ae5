"""A file of weights holds all that predictions need, for every estimator."""

import json
import warnings
from functools import partial

import numpy as np
import pandas as pd
import pytest
from instances import documented, neural, newcomer, variants
from safetensors import safe_open
from safetensors.numpy import save_file
from sklearn.base import clone

from skgen import nn
from skgen._saving import SavedEstimator
from skgen.base import NeuralEstimator
from skgen.density import AutoregressiveDensity, FlowDensity, PixelCNNDensity
from skgen.gan import Conditions, DensityRatioEstimator, GANSampler, InfoCodes
from skgen.latent import AutoencoderTransformer, VAETransformer
from skgen.pu import PUClassifier, PUGANClassifier

TINY = {"max_epochs": 1, "random_state": 0}
SMALL = {"n_components": 2, "hidden": (8,), **TINY}


def numbers(n=80, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4)) + 2 * (np.arange(n) % 2)[:, None]
    return X, ((np.arange(n) % 2) * (np.arange(n) % 3 > 0)).astype(int)


def levels(n=80, seed=0):
    X, y = numbers(n, seed)
    return np.abs(np.rint(X)), y


def table(n=80, seed=0):
    """A frame of every kind of column, and labels that are words."""
    X, y = numbers(n, seed)
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "size": X[:, 0],
            "gap": np.where(X[:, 1] > 2.5, np.nan, X[:, 1]),
            "colour": rng.choice(["red", "blue", "grün"], n),
            "grade": pd.Categorical(rng.choice([1, 2, 3], n), ordered=True),
            "count": rng.integers(0, 300, n),
            "on": X[:, 2] > 0,
        }
    )
    return frame, np.array(["yes", "unlabeled"])[1 - y]


def several(n=80, seed=0):
    """Rows of three classes, some without a label."""
    X, _ = numbers(n, seed)
    return X, np.arange(n) % 4 - 1


def images(n=80, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 6, (n, 60)).astype(np.uint8), np.arange(n) % 2


def unlabeled(n=80, seed=0):
    return numbers(n, seed)[0], None


COLOUR = {"image_shape": (4, 5, 3), **TINY}
NAMED = {
    name: (model, levels if "PixelCNN" in name else numbers)
    for name, model in {**variants(), "ICADensity": newcomer()}.items()
    if isinstance(model, SavedEstimator)
}
CASES = {
    **NAMED,
    "AutoregressiveDensity, frame": (
        AutoregressiveDensity(n_estimators=2, hidden=(8,), **TINY),
        table,
    ),
    "AutoregressiveDensity, no labels": (
        AutoregressiveDensity(n_estimators=1, hidden=(8,), **TINY),
        unlabeled,
    ),
    "AutoencoderTransformer, frame": (AutoencoderTransformer(**SMALL), table),
    "VAETransformer, frame of classes": (
        VAETransformer(conditional=True, **SMALL),
        table,
    ),
    "VAETransformer, images": (
        VAETransformer(2, likelihood="logistic", encoder="conv", **COLOUR),
        images,
    ),
    "PixelCNNDensity, images": (
        PixelCNNDensity(n_channels=4, n_blocks=1, **COLOUR),
        images,
    ),
    "PixelCNNDensity, no labels": (
        PixelCNNDensity(n_channels=4, n_blocks=1, module="PixelCNN", **TINY),
        lambda *given: (levels(*given)[0], None),
    ),
    "FlowDensity, coupling": (
        FlowDensity(n_transforms=1, hidden=(8,), flow="coupling", **TINY),
        unlabeled,
    ),
    "GANSampler, frame": (GANSampler(n_latent=4, **TINY), table),
    "GANSampler, frame of conditions": (
        GANSampler(n_latent=4, conditions="all", **TINY),
        lambda *given: (table(*given)[0], None),
    ),
    "GANSampler, auxiliary": (
        GANSampler(n_latent=4, conditions=Conditions(critic="auxiliary"), **TINY),
        several,
    ),
    "GANSampler, codes": (GANSampler(n_latent=4, codes=InfoCodes(3, 1), **TINY), table),
    "GANSampler, images": (GANSampler(n_latent=4, **COLOUR), images),
    "EncodedGAN": (documented("EncodedGAN")(n_latent=4, **TINY), unlabeled),
    "DensityRatioEstimator, frame": (DensityRatioEstimator(**TINY), table),
    "PUClassifier, frame": (PUClassifier(prior=0.4, **TINY), table),
    "PUClassifier, recipe": (
        PUClassifier(module=partial(nn.MLP, hidden=(4,)), **TINY),
        numbers,
    ),
    "PUGANClassifier, frame": (PUGANClassifier(**TINY), table),
    "PUGANClassifier, images": (PUGANClassifier(**COLOUR), images),
    "PUGANClassifier, three classes": (PUGANClassifier(**TINY), several),
    "PUGANClassifier, supervised": (
        PUGANClassifier(unlabeled_label=None, **TINY),
        several,
    ),
}
each = pytest.mark.parametrize("name", CASES)
METHODS = (
    "predict",
    "predict_proba",
    "decision_function",
    "predict_proba_parts",
    "score_samples",
    "log_density_ratio",
    "transform",
    "reconstruct",
    "critic_scores",
    "encode",
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The case's rows, its fitted model and a file of it, made once."""
    memory, folder = {}, tmp_path_factory.mktemp("saved")

    def get(name):
        if name not in memory:
            model, make = CASES[name]
            X, y = make()
            model = clone(model).fit(X, y)
            path = folder / f"{len(memory)}.safetensors"
            model.save_weights(path)
            memory[name] = X, model, path
        return memory[name]

    return get


def outputs(model, X):
    """All that a fitted estimator says of rows and draws, by method."""
    found = {}
    for name in METHODS:
        if hasattr(model, name):
            try:
                found[name] = getattr(model, name)(X)
            except ValueError as error:  # a model of classes wants them
                found[name] = str(error)
    if hasattr(model, "sample"):
        found["sample"] = model.sample(9, random_state=0)
    if hasattr(model, "impute"):
        gaps = X.copy() if isinstance(X, pd.DataFrame) else X.astype(float)
        if isinstance(X, pd.DataFrame):
            gaps.loc[:5, "size"] = np.nan
            found["impute"] = model.impute(gaps, random_state=0)
    return found


def assert_same(found, expected):
    """Equal bit for bit, in containers of the same kind."""
    assert type(found) is type(expected)
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            assert_same(found[key], value)
    elif isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected, check_exact=True)
    elif isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    else:
        assert found == expected


@each
def test_an_unfitted_estimator_becomes_the_one_that_was_saved(name, saved):
    X, model, path = saved(name)
    again = clone(model).load_weights(path)
    expected = outputs(model, X)
    assert len([v for v in expected.values() if not isinstance(v, str)]) > 0
    assert_same(outputs(again, X), expected)
    public = [k for k in vars(model) if k.endswith("_") and k != "encoder_"]
    assert {k for k in vars(again) if k.endswith("_")} - {"encoder_"} == {*public}
    for attribute in ("weights_", "history_"):
        if hasattr(model, attribute):
            assert_same(getattr(again, attribute), getattr(model, attribute))


@each
def test_an_estimator_fitted_to_other_rows_becomes_it_too(name, saved):
    X, model, path = saved(name)
    _, make = CASES[name]
    other = clone(model).set_params(random_state=1).fit(*make(60, 1))
    before = outputs(other, X)
    other.load_weights(path)
    expected = outputs(model, X)
    assert_same(outputs(other, X), expected)
    with pytest.raises(AssertionError):
        assert_same(before, expected)


@each
def test_a_loaded_estimator_can_be_saved_again(name, saved, tmp_path):
    _, model, path = saved(name)
    again = clone(model).load_weights(path)
    again.save_weights(tmp_path / "again.safetensors")
    one, two = (safe_open(p, "numpy") for p in (path, tmp_path / "again.safetensors"))
    with one, two:
        assert one.metadata() == two.metadata()
        assert set(one.keys()) == set(two.keys())
        for key in one.keys():  # noqa: SIM118
            np.testing.assert_array_equal(one.get_tensor(key), two.get_tensor(key))
        if isinstance(model, NeuralEstimator):
            assert set(model.weights_) <= set(one.keys())


@pytest.mark.parametrize("name", neural())
def test_training_goes_on_from_a_file(name, tmp_path):
    model, make = CASES[name]
    X, y = make()
    model = clone(model).set_params(warm_start=True).fit(X, y)
    model.save_weights(tmp_path / "warm.safetensors")
    again = clone(model).load_weights(tmp_path / "warm.safetensors")
    for fitted in (model, again):
        fitted.fit(X, y)
    assert again.n_epochs_ == 2 * clone(model).max_epochs
    assert_same(again.weights_, model.weights_)
    assert_same(outputs(again, X), outputs(model, X))


def test_a_file_without_the_state_of_training_warns_who_wants_to_go_on(tmp_path):
    X, y = numbers()
    model = PUClassifier(**TINY).fit(X, y)
    model.save_weights(tmp_path / "cold.safetensors")
    warm = clone(model).set_params(warm_start=True)
    with pytest.warns(UserWarning, match="the next fit begins anew"):
        warm.load_weights(tmp_path / "cold.safetensors")
    assert_same(outputs(warm, X), outputs(model, X))


def test_how_an_estimator_is_used_stays_its_own(tmp_path):
    X, _ = numbers()
    model = VAETransformer(**SMALL).fit(X).set_output(transform="pandas")
    model.save_weights(tmp_path / "net.safetensors")
    plain = VAETransformer(**SMALL).load_weights(tmp_path / "net.safetensors")
    assert isinstance(plain.transform(X), np.ndarray)
    framed = VAETransformer(**SMALL).set_output(transform="pandas")
    framed.load_weights(tmp_path / "net.safetensors")
    pd.testing.assert_frame_equal(framed.transform(X), model.transform(X))


# -- what is refused -------------------------------------------------------------------


def test_other_parameters_are_refused_by_name(saved):
    X, model, path = saved("FlowDensity, coupling")
    other = clone(model).set_params(hidden=(9,), flow="maf", batch_size=8)
    with pytest.raises(
        ValueError, match="flow is 'coupling' there.*hidden is"
    ) as error:
        other.load_weights(path)
    assert "batch_size" not in str(error.value)
    assert not hasattr(other, "weights_")
    other.set_params(hidden=[8], flow="coupling").load_weights(path)
    assert_same(outputs(other, X), outputs(model, X))


def test_a_fitted_estimator_stays_as_it_was_if_the_file_does_not_fit(saved):
    X, model, path = saved("PUClassifier")
    other = clone(model).set_params(module="MLPEnsemble").fit(X, np.arange(len(X)) % 2)
    before = outputs(other, X)
    with pytest.raises(ValueError, match="module is 'auto' there, 'MLPEnsemble' here"):
        other.load_weights(path)
    assert_same(outputs(other, X), before)


def test_other_classes_are_refused(saved):
    _, _, path = saved("VAETransformer")
    with pytest.raises(ValueError, match="what a AutoencoderTransformer|into a VAE"):
        AutoencoderTransformer(**SMALL).load_weights(path)


class Chameleon:
    """A recipe that builds another network than it did."""

    hidden = (4,)

    def __call__(self, n_features, n_outputs):
        return nn.MLP(n_features, n_outputs, hidden=self.hidden)


def test_recipes_that_build_another_network_are_refused(tmp_path):
    X, y = numbers()
    recipe = Chameleon()
    model = PUClassifier(module=recipe, **TINY).fit(X, y)
    model.save_weights(tmp_path / "net.safetensors")
    recipe.hidden = (5,)
    with pytest.raises(ValueError, match="must have the names and shapes"):
        clone(model).load_weights(tmp_path / "net.safetensors")


def test_files_of_others_are_refused(tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_text("no weights")
    with pytest.raises(ValueError, match="must come from a safetensors file"):
        PUClassifier().load_weights(path)
    save_file({"a": np.ones(2)}, path)
    with pytest.raises(ValueError, match="must be a file that save_weights wrote"):
        PUClassifier().load_weights(path)
    with pytest.raises(FileNotFoundError):
        PUClassifier().load_weights(tmp_path / "missing")


def test_a_file_runs_nothing(tmp_path):
    path = tmp_path / "net.safetensors"
    for module, name in [("os", "system"), ("sklearn.utils", "Bunch")]:
        node = {"$kind": "estimator", "class": [module, name], "state": {}}
        metadata = {"state": json.dumps({"a_": node}), "notes": "{}"}
        save_file({"a": np.ones(2)}, path, metadata=metadata)
        with pytest.raises(ValueError, match="damaged.*not of scikit|no estimator"):
            PUClassifier().load_weights(path)


def test_what_cannot_be_written_is_named(tmp_path):
    X, y = numbers()
    model = PUClassifier(**TINY).fit(X, y)
    model.helper_ = {"when": pd.Timestamp("2024")}
    with pytest.raises(
        TypeError, match=r"hold helper_\.when of type Timestamp.*joblib"
    ):
        model.save_weights(tmp_path / "net.safetensors")
    assert not list(tmp_path.iterdir())


def test_no_warning_on_the_way(saved):
    _, model, path = saved("PUGANClassifier")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clone(model).load_weights(path)

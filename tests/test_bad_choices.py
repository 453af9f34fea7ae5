"""Images of another layout, networks for recipes, callbacks that cannot work.

Each is an error before any training, for every estimator, and what the message
advises works.
"""

import re

import numpy as np
import pandas as pd
import pytest
import torch
from instances import has_parameter, neural, newcomer
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from skorch.callbacks import Callback, Checkpoint, EarlyStopping, EpochScoring

from skgen import nn
from skgen.density import PixelCNNDensity, TransformedDensity
from skgen.latent import VAETransformer
from skgen.pu import PUClassifier

zuko = pytest.importorskip("zuko")
NEURAL = {**neural(), "ICADensity": newcomer()}
IMAGES = {k: m for k, m in NEURAL.items() if has_parameter(m, "image_shape")}
RECIPES = ("module", "encoder", "decoder", "generator", "critic", "flow")


def with_player(model, name):
    """The model, with a critic that gives scores, which it may do without."""
    if name == "critic" and has_parameter(model, "adversarial_loss"):
        return clone(model).set_params(adversarial_weight=0.1)
    if name == "critic" and has_parameter(model, "loss"):
        return clone(model).set_params(loss="hinge")
    return model


WITH_RECIPE = [
    (with_player(model, name), name)
    for model in NEURAL.values()
    for name in RECIPES
    if has_parameter(model, name)
]
each = pytest.mark.parametrize("model", NEURAL.values(), ids=NEURAL)
each_of_images = pytest.mark.parametrize("model", IMAGES.values(), ids=IMAGES)
each_recipe = pytest.mark.parametrize(
    ("model", "name"), WITH_RECIPE, ids=lambda x: x if isinstance(x, str) else ""
)


class Never(Callback):
    """Fails when a training begins."""

    def on_train_begin(self, net, **kwargs):
        raise AssertionError("training has begun")


def colour(n=12, channels=3, height=6, width=5):
    """Colour images, the channels first, and labels."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 4, (n, channels, height, width))
    return images, np.arange(n) % 2


def refusal(model, X, y, error=ValueError, **parameters):
    """What a fit with these parameters says."""
    model = clone(model)
    if "callbacks" not in parameters:
        model.set_params(callbacks=[Never()])
    with pytest.raises(error) as caught:
        model.set_params(**parameters).fit(X, y)
    return str(caught.value)


def advised(message, X, which=0):
    """The rows and the image shape that a message advises."""
    array, arguments = r"(?:np\.asarray\(X\)|X)", r"\((?:[^()]|\(X\))*\)"
    call = re.findall(rf"{array}(?:\.\w+{arguments})+", message)
    shape = re.findall(r"image_shape=(\(.*?\))", message)[which]
    return eval(call[which], {"X": X, "np": np}), eval(shape)


# -- images ----------------------------------------------------------------------------


@each_of_images
def test_channels_first_are_refused_and_the_remedies_work(model):
    images, y = colour()
    X = images.reshape(len(images), -1)
    message = refusal(model, X, y, image_shape=(3, 6, 5))
    assert "got (3, 6, 5)" in message
    rows, shape = advised(message, X)
    assert shape == (6, 5, 3)
    np.testing.assert_array_equal(rows.reshape(-1, 6, 5, 3), np.moveaxis(images, 1, -1))
    few = clone(model).set_params(image_shape=shape, max_epochs=1).fit(rows, y)
    assert few.encoder_.net_shape_ == (3, 6, 5)
    rows, shape = advised(message, X, which=1)
    assert shape == (6, 3, 5)
    np.testing.assert_array_equal(
        rows.reshape(-1, 6, 3, 5), images.reshape(-1, 3, 6, 5).swapaxes(1, 2)
    )


def test_shapes_that_only_look_odd_are_taken():
    rng = np.random.default_rng(0)
    for shape in [(3, 3, 16), (2, 9), (5, 6, 7), (1, 30, 3), (28, 28, 1)]:
        X = rng.integers(0, 2, (4, np.prod(shape)))
        model = PixelCNNDensity(shape, n_channels=2, n_blocks=1, max_epochs=1)
        assert model.fit(X).image_shape_ == (*shape, 1)[:3]
    with pytest.raises(ValueError, match=r"image_shape=\(28, 28, 1\)"):
        PixelCNNDensity((1, 28, 28)).fit(np.zeros((4, 784)))


@each_of_images
@pytest.mark.parametrize("kind", [np.array, list, np.uint8])
def test_shapes_of_any_container(model, kind):
    images, y = colour(channels=1)
    shape = (6, 5)
    given = tuple(map(kind, shape)) if kind is np.uint8 else kind(shape)
    model = clone(model).set_params(image_shape=given, max_epochs=1, warm_start=True)
    X = images.reshape(len(images), -1)
    assert model.fit(X, y).fit(X, y).n_epochs_ == 2
    assert model.encoder_.net_shape_ == (1, 6, 5)


@each
@pytest.mark.parametrize("kind", [np.array, torch.as_tensor, list])
def test_images_that_are_not_flat(model, kind):
    images, y = colour()
    takes_images = has_parameter(model, "image_shape")
    for X, want in [(images, (6, 5, 3)), (images[:, 0], (6, 5))]:
        message = refusal(model, kind(X), y)
        assert str(X.shape) in message
        assert ("image_shape" in message) == takes_images
        if takes_images:
            rows, shape = advised(message, kind(X))
            assert shape == want
            right = np.moveaxis(X, 1, -1) if X.ndim == 4 else X
            np.testing.assert_array_equal(rows.reshape(-1, *want), right)


@each
def test_a_column_of_images(model):
    images, y = colour(channels=1)
    X = pd.DataFrame({"image": list(images[:, 0])})
    message = refusal(model, X, y)
    rows = eval(re.search(r"np\.stack.*(?=\.$)", message)[0], {"X": X, "np": np})
    np.testing.assert_array_equal(rows, images.reshape(len(images), -1))
    assert "np.stack(X).reshape" in refusal(model, X["image"], y)
    assert "np.stack(X).reshape" in refusal(model, X["image"].to_numpy(), y)


def test_one_image_is_one_row():
    images, y = colour()
    X = np.moveaxis(images, 1, -1)
    model = PixelCNNDensity((6, 5, 3), n_channels=2, n_blocks=1, max_epochs=1)
    model.fit(X.reshape(len(X), -1))
    with pytest.raises(ValueError, match=r"X\.reshape\(1, -1\)"):
        model.score_samples(X[0])
    with pytest.raises(ValueError, match=r"X\.reshape\(len\(X\), -1\)"):
        model.complete(X, np.ones(90, bool))
    assert model.score_samples(X[0].reshape(1, -1)).shape == (1,)


@pytest.mark.parametrize(
    "model",
    [
        PixelCNNDensity(n_channels=2, n_blocks=1, max_epochs=1, early_stopping=False),
        VAETransformer(2, likelihood="categorical", max_epochs=1),
    ],
    ids=["PixelCNNDensity", "VAETransformer"],
)
@pytest.mark.parametrize("low", [0, -1])
def test_scaled_pixels_become_levels_as_advised(model, low):
    rng = np.random.default_rng(0)
    levels = rng.integers(0, 256, (20, 16))
    levels[0, :2] = 0, 255
    X = levels / 255 * (1 - low) + low
    message = refusal(model, X, None)
    rows = eval(re.search(r"np\.rint\(.*\)(?=\.)", message)[0], {"X": X, "np": np})
    np.testing.assert_array_equal(rows, levels)
    assert clone(model).fit(rows).encoder_.levels_ == 256


def test_the_remedy_knows_the_levels():
    X = np.random.default_rng(0).random((20, 16))
    assert "np.rint(15 * X)" in refusal(PixelCNNDensity(levels=16), X, None)
    assert "KBinsDiscretizer" in refusal(PixelCNNDensity(), 9 * X, None)


# -- recipes ---------------------------------------------------------------------------


def rows_for(model):
    rng = np.random.default_rng(0)
    return rng.integers(0, 4, (40, 4)), np.arange(40) % 2


@each_recipe
def test_a_network_is_no_recipe(model, name):
    X, y = rows_for(model)
    network = torch.nn.Linear(4, 2)
    message = refusal(model, X, y, TypeError, **{name: network})
    assert message.startswith(f"{name} must be a recipe") and "Linear" in message


@each_recipe
def test_a_recipe_that_returns_the_same_network_again(model, name):
    X, y = rows_for(model)
    built = {}

    def recipe(*args):
        default = {
            "PixelCNNDensity": nn.PixelCNN,
            "VAETransformer": flat,
            "AutoencoderTransformer": flat,
            "FlowDensity": zuko.flows.NICE,
            "SequenceDensity": nn.RecurrentBody,
        }.get(type(model).__name__, nn.MLP)
        return built.setdefault(args, default(*args))

    assert "new network" in refusal(model, X, y, TypeError, **{name: recipe})


class First(torch.nn.Module):
    """The first columns of rows: nothing to train."""

    def __init__(self, n_features, n_outputs):
        super().__init__()
        self.n_outputs = n_outputs

    def forward(self, x):
        return x[:, : self.n_outputs]


def test_a_network_without_parameters():
    X, y = rows_for(None)
    message = refusal(PUClassifier(), X, y, module=First)
    assert "parameters to train, got First without any" in message


class Pair(torch.nn.Module):
    """A network of two outputs."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(()))

    def forward(self, x, **given):
        return x, x


def flat(n_inputs, n_outputs):
    return nn.MLP(n_inputs, n_outputs, hidden=(4,))


@each_recipe
def test_a_recipe_that_cannot_be_called_as_it_is(model, name):
    X, y = rows_for(model)
    message = refusal(model, X, y, TypeError, **{name: lambda: torch.nn.ReLU()})
    assert f"{name} must be a recipe that is called as {name}(" in message
    message = refusal(model, X, y, TypeError, **{name: lambda *args: 3})
    assert f"{name} must be a recipe" in message and "returns int" in message
    if name in ("generator", "critic", "flow"):
        return
    broken = refusal(model, X, y, **{name: lambda *args: torch.nn.Conv3d(7, 8, 9)})
    assert f"{name} must be a recipe of a network that takes" in broken
    message = refusal(model, X, y, TypeError, **{name: lambda *args: Pair()})
    assert f"{name} must be a recipe" in message and "got tuple of Pair" in message


@each_recipe
def test_names_of_networks_that_do_not_fit(model, name):
    X, y = rows_for(model)
    others = {"PixelCNNDensity": ["MLP"]}.get(
        type(model).__name__, ["PixelCNN", "ColumnSpec", "ConvDecoder"]
    )
    for other in others:
        message = refusal(model, X, y, **{name: other})
        assert name in message and other in message and "must be" in message


def test_names_that_a_message_gives_fit():
    X, y = rows_for(None)
    for shape, error in [(None, "PixelCNN"), ((2, 2), "MLP")]:
        model = PUClassifier(image_shape=shape, max_epochs=1)
        message = refusal(model, X, y, module=error)
        for name in eval(re.search(r"\[.*?\]", message)[0]):
            model.set_params(module=name).fit(X, y)


@pytest.mark.parametrize("sparse_output", [True, False])
def test_transformers_with_more_columns_have_no_way_back(sparse_output):
    X, _ = rows_for(None)
    model = TransformedDensity(OneHotEncoder(sparse_output=sparse_output))
    with pytest.raises(ValueError, match="keep the 4 columns, got OneHotEncoder with"):
        model.fit(X)


def test_a_transformer_that_makes_sparse_tables():
    X = np.random.default_rng(0).normal(size=(40, 4))
    for function, error in [(csr_array, TypeError), (np.copy, None)]:
        model = TransformedDensity(FunctionTransformer(function))
        if error is None:
            assert np.isfinite(model.fit(X).score_samples(X)).all()
            continue
        with pytest.raises(error, match="sparse table; use one that returns an array"):
            model.fit(X)


def test_labels_are_not_what_transform_takes():
    X, y = rows_for(None)
    model = VAETransformer(2, hidden=(4,), max_epochs=1, random_state=0).fit(X)
    with pytest.raises(TypeError, match=r"return_std must be.*call transform\(X\)"):
        model.transform(X, y)
    assert model.transform(X).shape == (40, 2)
    assert [part.shape for part in model.transform(X, True)] == [(40, 2)] * 2


# -- callbacks -------------------------------------------------------------------------


@each
@pytest.mark.parametrize(
    ("callbacks", "error", "words"),
    [
        (["a"], TypeError, "got 'a'"),
        ([lambda net: None], TypeError, "got <function"),
        ([("name", 3)], TypeError, r"got \('name', 3\)"),
        ([EpochScoring("accuracy")], ValueError, "EpochScoring"),
    ],
    ids=["word", "function", "pair", "scoring"],
)
def test_what_is_no_callback(model, callbacks, error, words):
    X, y = rows_for(model)
    given = [*callbacks, Never()]
    message = refusal(model, X, y, error, callbacks=given)
    assert message.startswith("callbacks must") and re.search(words, message)


@each
@pytest.mark.parametrize("kind", [EarlyStopping, Checkpoint])
def test_callbacks_that_wait_for_rows_held_out(model, kind, tmp_path):
    X, y = rows_for(model)
    where = {"dirname": str(tmp_path)} if kind is Checkpoint else {}
    can_stop = has_parameter(model, "early_stopping")
    if can_stop:
        model = clone(model).set_params(early_stopping=False)
    given = [kind(**where), Never()]
    message = refusal(model, X, y, callbacks=given)
    assert f"{kind.__name__} looks at 'valid_loss" in message
    assert ("early_stopping=True" in message) == can_stop
    monitor = eval(re.search(r"\(monitor=(.*)\)\.$", message)[1])
    clone(model).set_params(callbacks=[kind(monitor=monitor, **where)]).fit(X, y)
    if can_stop:
        held = clone(model).set_params(early_stopping=True)
        held.set_params(callbacks=[("one", kind(**where))]).fit(X, y)


@each
def test_callbacks_that_look_at_what_is_not_recorded(model):
    X, y = rows_for(model)
    message = refusal(model, X, y, callbacks=[EarlyStopping(monitor="loss")])
    for name in eval(re.search(r"\[.*\]", message)[0]):
        stop = EarlyStopping(monitor=name)
        clone(model).set_params(callbacks=[stop]).fit(X, y)

"""No parameter is ignored: a fit with another value is another fit."""

from inspect import signature

import numpy as np
import pytest
import torch
import zuko
from instances import neural
from sklearn.base import clone, is_regressor
from sklearn.preprocessing import FunctionTransformer

from skgen.gan import (
    AEGAN,
    CCGAN,
    CVAEGAN,
    VAEGAN,
    BiGAN,
    Conditions,
    FeatureMatching,
    Growth,
    InfoCodes,
    InstanceNoise,
    MinibatchDeviation,
    Packing,
    VirtualAdversarial,
)
from skgen.losses.gan import LeastSquares, Minimax
from skgen.losses.pairs import AdversarialPairs, InfoNCE
from skgen.losses.penalties import R1
from skgen.nn import MLP, MLPEnsemble, PixelCNN, RecurrentBody
from skgen.translation import DRGAN, DTN, UNIT, CycleGAN, DeepFake, GeneGAN


class FlatCritic(torch.nn.Sequential):
    """A critic of images without convolutions."""

    def __init__(self, shape, n_outputs):
        super().__init__(
            torch.nn.Flatten(), torch.nn.Linear(int(np.prod(shape)), n_outputs)
        )


STOP = {"early_stopping": True, "max_epochs": 30, "learning_rate": 0.05}
# Parameter, other value, and what both fits have beside it. They hold for all
# estimators, but for those that name their own below.
SHARED = [
    ("max_epochs", 3, {}),
    ("batch_size", 7, {}),
    ("learning_rate", 0.05, {}),
    ("weight_decay", 5.0, {}),
    ("early_stopping", "other", {}),
    ("validation_fraction", 0.4, {"early_stopping": True}),
    ("n_iter_no_change", 1, STOP),
    ("random_state", 7, {}),
    ("image_shape", (2, 2), {}),
    ("volume_shape", (1, 2, 2), {}),
    ("module", MLPEnsemble, {}),
    ("prior", 0.45, {}),
    ("sampling", "two_sample", {}),
    ("hidden", (5,), {}),
    ("ema", 0.0, {}),
]
OWN = {
    "AutoencoderTransformer": [
        ("n_components", 1, {}),
        ("likelihood", "mixed", {}),
        ("encoder", "conv", {"image_shape": (2, 2)}),
        ("decoder", "conv", {"image_shape": (2, 2)}),
        ("input_noise", 0.5, {}),
        ("random_shift", 1, {"image_shape": (2, 2)}),
        ("prior_components", 3, {}),
    ],
    "AutoregressiveDensity": [
        ("order", [3, 2, 1, 0], {}),
        ("n_estimators", 2, {}),
        ("discrete", None, {}),
        ("ties", "density", {}),
        ("embedding_size", 2, {}),
        ("n_components", 3, {}),
    ],
    "DomainTranslator": [
        ("game", "discogan", {}),
        ("game", "dualgan", {}),
        ("game", "unit", {}),
        ("game", "dtn", {}),
        ("game", "deepfake", {}),
        ("game", CycleGAN(cycle_weight=9.0), {}),
        ("game", CycleGAN(identity_weight=9.0), {}),
        ("game", CycleGAN(content_weight=9.0), {}),
        ("game", CycleGAN(class_weight=9.0), {}),
        ("game", CycleGAN(loss="hinge"), {}),
        ("game", CycleGAN(pool=200), {"max_epochs": 9}),
        ("game", UNIT(kl_weight=9.0), {"game": "unit"}),
        ("game", UNIT(reconstruction_weight=9.0), {"game": "unit"}),
        ("game", UNIT(cycle_weight=9.0), {"game": "unit"}),
        ("game", DTN(constancy_weight=99.0), {"game": "dtn"}),
        ("game", DTN(identity_weight=9.0), {"game": "dtn"}),
        ("game", DeepFake(distortion=0.5), {"game": "deepfake"}),
        ("game", DRGAN(confusion_weight=9.0), {"game": "drgan"}),
        ("game", DRGAN(reconstruction_weight=9.0), {"game": "drgan"}),
        ("game", GeneGAN(reconstruction_weight=9.0), {"game": "genegan"}),
        ("game", GeneGAN(attribute_weight=9.0), {"game": "genegan"}),
        ("game", GeneGAN(parallelogram_weight=9.0), {"game": "genegan"}),
        ("generator", "resnet", {"image_shape": (2, 2)}),
        ("critic", FlatCritic, {"image_shape": (2, 2)}),
    ],
    "FlowDensity": [
        ("flow", "maf", {}),
        ("flow", zuko.flows.MAF, {}),
        ("n_transforms", 2, {}),
        ("power", False, {}),
        ("whiten", False, {}),
        ("noise", 0.5, {}),
    ],
    "GANSampler": [
        ("loss", LeastSquares(), {}),
        ("loss", Minimax(n_critic=2), {"max_epochs": 5}),
        ("loss", Minimax(betas=(0.0, 0.9)), {}),
        ("penalty", R1(weight=3.0), {}),
        ("penalty", R1(weight=0.1, every=1), {}),
        ("penalty", None, {}),
        ("generator", "resnet", {"image_shape": (2, 2)}),
        ("critic", "resnet", {"image_shape": (2, 2)}),
        ("critic_input", [Packing(2)], {}),
        ("critic_input", [MinibatchDeviation()], {}),
        ("critic_input", [InstanceNoise(0.3)], {}),
        ("critic_input", [], {"image_shape": (2, 2)}),
        ("growth", Growth(), {"image_shape": (2, 2)}),
        ("n_latent", 3, {}),
        ("codes", InfoCodes(n_classes=2), {}),
        ("codes", InfoCodes(n_numbers=1, weight=5.0), {"codes": InfoCodes(0, 1)}),
        ("conditions", Conditions(critic="embedding"), {}),
        ("conditions", Conditions(critic="auxiliary"), {}),
        ("conditions", [3], {}),
        ("learning_rate", {"generator": 1.5e-3, "critic": 1e-2}, {}),
    ],
    "GANTransformer": [
        ("n_components", 1, {}),
        ("game", "bigan", {}),
        ("game", VAEGAN(feature_weight=9.0), {}),
        ("game", VAEGAN(adversarial_weight=9.0), {}),
        ("game", VAEGAN(kl_weight=9.0), {}),
        ("game", VAEGAN(loss="hinge"), {}),
        ("game", VAEGAN(penalty=None), {}),
        ("game", BiGAN(reconstruction_weight=9.0), {"game": "bigan"}),
        ("game", AEGAN(feature_weight=9.0), {"game": "aegan"}),
        ("game", CVAEGAN(class_weight=9.0), {"game": "cvaegan"}),
        ("generator", "conv", {"image_shape": (2, 2)}),
        ("encoder", "conv", {"image_shape": (2, 2)}),
        ("critic", "dcgan", {"image_shape": (2, 2)}),
        ("prior_components", 3, {}),
    ],
    "PUClassifier": [
        ("risk", "unbiased", {}),
        ("mixup_weight", 2.0, {}),
        ("unlabeled_label", 1, {"pos_label": None}),
        ("pos_label", 0, {}),
    ],
    "PUGANClassifier": [
        ("module", MLP, {}),
        ("evidence", None, {}),
        ("evidence", "neighbors", {}),
        ("adversarial_weight", 3.0, {}),
        ("risk_weight", 0.0, {}),
        ("mixup_weight", 0.0, {"evidence": None}),
        ("unlabeled_label", 1, {"pos_label": None}),
        ("pos_label", 0, {}),
    ],
    "PUPairTransformer": [
        ("n_components", 3, {}),
        ("loss", "triplet", {}),
        ("loss", "nonnegative", {}),
        ("loss", InfoNCE(temperature=0.5), {}),
        ("loss", AdversarialPairs(weight=1.0), {"loss": "adversarial"}),
        ("prior", 0.3, {"loss": "nonnegative"}),
        ("n_rounds", 0, {}),
        ("linear_weight", 0.2, {}),
        ("module", MLP, {}),
        ("augment", None, {"image_shape": (2, 2)}),
        ("calibration_fraction", 0.5, {}),
    ],
    "PairedTranslator": [
        ("loss", "l1", {}),
        ("adversarial_weight", 0.5, {}),
        ("adversarial_weight", 0.5, {"adversarial_weight": 0.01}),
        ("adversarial_loss", "minimax", {"adversarial_weight": 0.1}),
        ("generator", "resnet", {"image_shape": (2, 2)}),
        ("critic", FlatCritic, {"image_shape": (2, 2), "adversarial_weight": 0.1}),
        ("target_shape", (1, 4), {"image_shape": (2, 2)}),
        ("linear", False, {}),
        ("linear", False, {"image_shape": (2, 2)}),
        ("n_latent", 2, {}),
        ("dropout", 0.5, {}),
        ("projection", True, {"image_shape": (2, 2)}),
        ("augment", ["flip"], {"image_shape": (2, 2)}),
        ("augment", ["shift"], {"image_shape": (2, 2)}),
    ],
    "PixelCNNDensity": [
        ("image_shape", (1, 4), {}),
        ("levels", 9, {}),
        ("module", PixelCNN, {}),
        ("n_channels", 4, {}),
        ("n_blocks", 2, {}),
        ("dropout", 0.5, {}),
        ("max_shift", 0, {}),
        ("output", "logistic", {}),
        ("mixed_precision", True, {"mixed_precision": False}),
    ],
    "RBMDensity": [
        ("n_components", 3, {}),
        ("discrete", None, {}),
        ("n_chains", 10, {}),
        ("n_steps", 2, {}),
        ("n_draw_steps", 9, {}),
        ("n_temperatures", 9, {"n_components": 30}),
    ],
    "SemiSupervisedGANClassifier": [
        ("game", "catgan", {}),
        ("game", "amgan", {}),
        ("game", "ccgan", {}),
        ("game", None, {}),
        ("game", FeatureMatching(weight=9.0), {}),
        ("game", CCGAN(hole=0.9), {"game": "ccgan"}),
        ("consistency", None, {}),
        ("consistency", VirtualAdversarial(radius=3.0), {}),
        ("consistency", VirtualAdversarial(weight=3.0), {}),
        ("consistency", VirtualAdversarial(n_steps=2), {}),
        ("teacher", None, {}),
        ("entropy_weight", 3.0, {}),
        ("unlabeled_label", 1, {}),
        ("validate", True, {}),
        ("critic", "conv", {"image_shape": (2, 2)}),
        ("generator", "conv", {"image_shape": (2, 2)}),
        ("n_latent", 2, {}),
    ],
    "SequenceDensity": [
        ("sequence_shape", (2, 2), {}),
        ("module", "conv", {}),
        ("module", RecurrentBody, {}),
        ("n_channels", 4, {}),
        ("dropout", 0.0, {}),
        ("embedding_size", 2, {}),
        ("n_components", 3, {}),
        ("discrete", None, {}),
        ("augment", np.negative, {}),
    ],
    "VAETransformer": [
        ("n_components", 1, {}),
        ("likelihood", "mixed", {}),
        ("encoder", "conv", {"image_shape": (2, 2)}),
        ("decoder", "conv", {"image_shape": (2, 2)}),
        ("beta", 5.0, {}),
        ("warmup", 0.9, {}),
        ("free_bits", 1.0, {}),
        ("input_noise", 0.5, {}),
        ("random_shift", 1, {"image_shape": (2, 2)}),
        ("prior", "normal", {}),
        ("prior_components", 3, {}),
        ("conditional", True, {}),
        (
            "condition_encoder",
            FunctionTransformer(np.vstack),
            {"conditional": True},
        ),
    ],
    "DensityRatioEstimator": [],
}
# Tested where they belong: in test_common.py and tests/training.
ELSEWHERE = {"warm_start", "callbacks", "device", "verbose"}


def cases():
    """Each parameter of each estimator with another value."""
    for name, model in neural().items():
        own = OWN[name]
        named = {parameter for parameter, _, _ in own}
        shared = [
            case
            for case in SHARED
            if case[0] in signature(type(model)).parameters
            and (case[0] not in named or case[0] == "learning_rate")
        ]
        for parameter, value, context in [*shared, *own]:
            label = f"{name}, {parameter}={value!r:.40}"
            yield pytest.param(model, parameter, value, context, id=label)


def rows(model):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 60)
    X = rng.normal(size=(120, 4)) + 2.0 * y[:, None]
    # Numbers that repeat, and one of two values, which rows may be conditioned on.
    X[:, 2] = rng.integers(0, 6, 120) / 2
    X[:, 3] = rng.integers(0, 2, 120)
    if type(model).__name__ == "PixelCNNDensity":
        X = np.rint(X - X.min()).clip(0, 5)
    s = y.copy()
    s[60:90] = 0
    if type(model).__name__ == "PUPairTransformer":
        s = np.arange(120) % 30
        s[s >= 20] = -1
    if type(model).__name__ == "SemiSupervisedGANClassifier":
        s[60:90] = -1
    if type(model).__name__ == "PairedTranslator":
        s = X[:, ::-1] ** 2
    return X, s


def outcome(model):
    """Weights, history, and what the fitted model says or draws."""
    X, y = rows(model)
    model.fit(X, y)
    found = [np.array([v for row in model.history_ for v in row.values()])]
    found += [np.asarray(model.weights_[name]) for name in sorted(model.weights_)]
    for name in ("predict_proba", "score_samples", "transform", "predict"):
        if hasattr(model, name):
            needs_y = name == "score_samples" and hasattr(model, "condition_encoder_")
            given = [X, y] if needs_y else [X]
            found.append(np.asarray(getattr(model, name)(*given), dtype=float))
    if hasattr(model, "sample") and not is_regressor(model):
        found.append(np.asarray(model.sample(9, random_state=0), dtype=float))
    return found


def alike(a, b):
    return len(a) == len(b) and all(
        x.shape == y.shape and np.array_equal(x, y, equal_nan=True)
        for x, y in zip(a, b, strict=True)
    )


@pytest.fixture(scope="module")
def memory():
    return {}


@pytest.mark.filterwarnings("ignore:The unlabeled rows do not help")
@pytest.mark.filterwarnings("ignore:The generator collapsed")
@pytest.mark.parametrize(("model", "parameter", "value", "context"), list(cases()))
def test_another_value_makes_another_fit(model, parameter, value, context, memory):
    model = clone(model).set_params(**context)
    if parameter == "early_stopping":
        value = not model.early_stopping
    key = type(model).__name__, repr(model.get_params())
    if key not in memory:
        memory[key] = outcome(clone(model))
    assert not alike(
        memory[key], outcome(clone(model).set_params(**{parameter: value}))
    )


def test_every_parameter_has_another_value():
    for name, model in neural().items():
        tried = {case.values[1] for case in cases() if case.id.startswith(f"{name},")}
        assert set(signature(type(model)).parameters) - tried == ELSEWHERE

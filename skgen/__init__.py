"""Deep generative models and learning from positive and unlabeled data."""

from importlib import import_module

__version__ = "0.1.0"

# Names are imported when they are used: `import skgen` costs what its imports cost, and
# that is nothing beside scikit-learn's and torch's own seconds.
_HOMES = {
    "AutoencoderTransformer": "latent",
    "AutoregressiveDensity": "density",
    "BoostedSampler": "sampling",
    "DensityRatioEstimator": "gan",
    "DomainTranslator": "translation",
    "FlowDensity": "density",
    "GANOverSampler": "sampling",
    "GANSampler": "gan",
    "GANTransformer": "gan",
    "GenerativeOverSampler": "sampling",
    "MixtureDensity": "density",
    "OutlierDetector": "outliers",
    "PUClassifier": "pu",
    "PUGANClassifier": "pu",
    "PUPairTransformer": "pu",
    "PUStackingClassifier": "pu",
    "PairedTranslator": "translation",
    "PixelCNNDensity": "density",
    "RBMDensity": "density",
    "SemiSupervisedGANClassifier": "gan",
    "SequenceDensity": "density",
    "StackedDensity": "density",
    "TransformedDensity": "density",
    "VAETransformer": "latent",
    "estimate_prior": "pu",
}
_PACKAGES = (
    "base",
    "datasets",
    "density",
    "encoding",
    "gan",
    "inspection",
    "latent",
    "losses",
    "metrics",
    "nn",
    "outliers",
    "pu",
    "sampling",
    "training",
    "translation",
)

__all__ = [*_HOMES, *_PACKAGES]


def __getattr__(name):
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    if name in _PACKAGES:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])

"""Training: the only part of skgen that knows skorch."""

from ._adversarial import AdversarialNet
from ._batches import Batches, PairedBatches
from ._callbacks import EpochProgress, TrainingCheckpoint
from ._devices import few_threads, has_bfloat16, is_small, resolve_device
from ._inference import infer
from ._nets import Net
from ._seeding import SeededDraws, draws_inside, make_generator
from ._separate import SeparateNet
from ._state import from_plain, to_plain
from ._weights import load_weights, save_weights

__all__ = [
    "AdversarialNet",
    "Batches",
    "EpochProgress",
    "Net",
    "PairedBatches",
    "SeededDraws",
    "SeparateNet",
    "TrainingCheckpoint",
    "draws_inside",
    "few_threads",
    "from_plain",
    "has_bfloat16",
    "infer",
    "is_small",
    "load_weights",
    "make_generator",
    "resolve_device",
    "save_weights",
    "to_plain",
]

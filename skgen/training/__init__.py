"""Training: the only part of skgen that knows skorch."""

from ._batches import Batches, PairedBatches
from ._best import BestParts, BestWeights
from ._callbacks import (
    EpochProgress,
    TrainingCheckpoint,
    check_callbacks,
    check_monitors,
)
from ._data import Group, TrainingData, as_tensor, hold_out
from ._devices import few_threads, has_bfloat16, is_small, resolve_device
from ._inference import infer, placed
from ._nets import Net
from ._orthogonal import OrthogonalRegularization
from ._processes import Processes, processes
from ._recipes import build_network, run_network
from ._seeding import SeededDraws, Streams, draws_inside, make_generator
from ._state import from_plain, to_plain
from ._step import Step
from ._weights import describe, load_state, save_state

__all__ = [
    "Batches",
    "BestParts",
    "BestWeights",
    "EpochProgress",
    "Group",
    "Net",
    "OrthogonalRegularization",
    "PairedBatches",
    "Processes",
    "SeededDraws",
    "Step",
    "Streams",
    "TrainingCheckpoint",
    "TrainingData",
    "as_tensor",
    "build_network",
    "check_callbacks",
    "check_monitors",
    "describe",
    "draws_inside",
    "few_threads",
    "from_plain",
    "has_bfloat16",
    "hold_out",
    "infer",
    "is_small",
    "load_state",
    "make_generator",
    "placed",
    "processes",
    "resolve_device",
    "run_network",
    "save_state",
    "to_plain",
]

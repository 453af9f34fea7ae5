"""Training: the only part of skgen that knows skorch."""

from ._batches import Batches, PairedBatches
from ._devices import few_threads, is_small, resolve_device
from ._nets import AdversarialNet, Net, from_plain, to_plain
from ._seeding import SeededDraws, draws_inside, make_generator

__all__ = [
    "AdversarialNet",
    "Batches",
    "Net",
    "PairedBatches",
    "SeededDraws",
    "draws_inside",
    "few_threads",
    "from_plain",
    "is_small",
    "make_generator",
    "resolve_device",
    "to_plain",
]

"""Checksummed fetchers, and generators of labels and of domains."""

from skgen.datasets._adult import fetch_adult
from skgen.datasets._avila import avila_pages, fetch_avila
from skgen.datasets._avila_split import load_avila_split
from skgen.datasets._base import get_data_home
from skgen.datasets._chorales import (
    chords_to_rows,
    fetch_chorales,
    rows_to_chords,
    transpose_chords,
)
from skgen.datasets._damaged import make_damaged
from skgen.datasets._domains import make_domains
from skgen.datasets._emoji import fetch_emoji_pairs
from skgen.datasets._market1501 import fetch_market1501
from skgen.datasets._mnist import fetch_mnist10k
from skgen.datasets._moving import make_moving_digits
from skgen.datasets._pu import make_pu
from skgen.datasets._showers import make_showers
from skgen.datasets._solids import make_solids

__all__ = [
    "avila_pages",
    "chords_to_rows",
    "fetch_adult",
    "fetch_avila",
    "fetch_chorales",
    "fetch_emoji_pairs",
    "fetch_market1501",
    "fetch_mnist10k",
    "get_data_home",
    "load_avila_split",
    "make_damaged",
    "make_domains",
    "make_moving_digits",
    "make_pu",
    "make_showers",
    "make_solids",
    "rows_to_chords",
    "transpose_chords",
]

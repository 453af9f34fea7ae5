"""Tables of figures on the terminal, and CPU seconds.

With SKGEN_WRITE=docs/measured in the environment the tables go to a file there as well,
by the name of the script, which the page of measured figures shows.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np


def timed(function, *args, **kwargs):
    start = time.process_time()
    found = function(*args, **kwargs)
    return found, time.process_time() - start


def write(text):
    """Print a line, and add it to the file of this script if there is one to write."""
    print(text, flush=True)
    folder = os.environ.get("SKGEN_WRITE")
    if folder is None:
        return
    path = Path(folder) / f"{Path(sys.argv[0]).stem}.txt"
    if not _written:
        path.write_text("$ python tests/benchmarks/" + " ".join(_command()) + "\n")
    _written.append(text)
    with path.open("a") as file:
        file.write(text + "\n")


_written = []


def _command():
    return [Path(sys.argv[0]).name, *sys.argv[1:]]


def show(name, rows, digits=3):
    """Print the mean of each column over seeds, with the deviation of several."""
    rows = np.asarray(rows, dtype=float)
    cells = [
        f"{m:9.{digits}f} +-{s:.{digits}f}" if len(rows) > 1 else f"{m:16.{digits}f}"
        for m, s in zip(rows.mean(axis=0), rows.std(axis=0), strict=True)
    ]
    write(f"{name:32s}" + " ".join(cells))


def head(title, columns):
    write(f"\n{title}\n{'':32s}" + " ".join(f"{c:>16s}" for c in columns))

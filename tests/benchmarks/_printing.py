"""Tables of figures on the terminal, and CPU seconds."""

import time

import numpy as np


def timed(function, *args, **kwargs):
    start = time.process_time()
    found = function(*args, **kwargs)
    return found, time.process_time() - start


def show(name, rows, digits=3):
    """Print mean and standard deviation over seeds of each column."""
    rows = np.asarray(rows, dtype=float)
    cells = [
        f"{m:9.{digits}f} +-{s:.{digits}f}"
        for m, s in zip(rows.mean(axis=0), rows.std(axis=0), strict=True)
    ]
    print(f"{name:26s}" + " ".join(cells), flush=True)


def head(title, columns):
    print(f"\n{title}\n{'':26s}" + " ".join(f"{c:>16s}" for c in columns), flush=True)

"""Weights in safetensors files."""

import os

import numpy as np

from ._state import replacing


def save_weights(
    path: str | os.PathLike,
    weights: dict[str, np.ndarray],
    metadata: dict[str, str] | None = None,
) -> None:
    """Write arrays to a safetensors file.

    Parameters
    ----------
    path : str or path
        The file; an existing one is replaced as a whole, or not at all.
    weights : dict of ndarray
        Arrays of numbers by name.
    metadata : dict of str, default=None
        Notes to keep beside them.

    Examples
    --------
    >>> import tempfile, os
    >>> import numpy as np
    >>> from skgen.training import load_weights, save_weights
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "net.safetensors")
    ...     save_weights(path, {"bias": np.zeros(2)})
    ...     load_weights(path)
    {'bias': array([0., 0.])}
    """
    from safetensors.numpy import save_file

    # Not ascontiguousarray, which makes a scalar a vector.
    arrays = {name: np.array(value, order="C") for name, value in weights.items()}
    with replacing(path) as part:
        save_file(arrays, part, metadata=metadata)


def load_weights(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Read the arrays of a safetensors file.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    weights : dict of ndarray
        Arrays by name.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not in the safetensors format.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(os.fspath(path))
    except SafetensorError as error:
        raise ValueError(
            f"weights must come from a safetensors file, {os.fspath(path)!r} is not "
            f"one ({error}); write it by save_weights."
        ) from error

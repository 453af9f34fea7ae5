"""Market-1501: persons before six cameras (Zheng et al., 2015)."""

import os
import re
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from skgen.datasets._base import get_data_home
from skgen.datasets._emoji import read_picture

_PARTS = {
    "train": "bounding_box_train",
    "query": "query",
    "gallery": "bounding_box_test",
}
# 0002_c1s1_000451_03.jpg: identity, camera, sequence, frame, box; -1 is junk.
_NAME = re.compile(r"(-1|\d{4})_c(\d)s(\d)_(\d+)_(\d+)\.jpe?g(?:\.jpg)?$")
DISTRACTOR = 0


def fetch_market1501(data_home=None, *, subset="train", image_shape=(128, 64)):
    """Read a part of Market-1501 from its folders, as flat colour images.

    The licence of the data does not let us download them. Get
    ``Market-1501-v15.09.15.zip`` from its authors, see [1]_, and unpack it into the
    folder that holds your data.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder that holds ``Market-1501-v15.09.15`` or ``Market-1501``, or is that
        folder itself; None looks into `SKGEN_DATA` and then :func:`get_data_home`.
    subset : {"train", "query", "gallery"}, default="train"
        The folder ``bounding_box_train``, ``query`` or ``bounding_box_test``.
    image_shape : tuple (height, width), default=(128, 64)
        Images of other sizes are resized to it.

    Returns
    -------
    data : Bunch
        With the attributes

        data : ndarray of shape (n_samples, height * width * 3), uint8
            Flat rows in C order, in the order of the file names.
        target : ndarray of shape (n_samples,), int64
            The person; -1 is junk, which counts neither as right nor as wrong, and 0 a
            distractor, who is nobody that is looked for.
        groups : ndarray of shape (n_samples,), int64
            The camera, 1 to 6.
        sequences, frames : ndarray of shape (n_samples,), int64
            Sequence and frame of the video.
        filenames : list of str
            Names of the files.
        image_shape : tuple
            ``(height, width, 3)``.

    Raises
    ------
    OSError
        If the folder is not there; it says how to get the data.
    ImportError
        If Pillow is not installed.
    ValueError
        If `subset` is unknown, or the folder holds no picture with such a name.

    References
    ----------
    .. [1] L. Zheng, L. Shen, L. Tian, S. Wang, J. Wang, Q. Tian, "Scalable person
       re-identification: a benchmark", ICCV 2015. https://zheng-lab.cecs.anu.edu.au

    Examples
    --------
    >>> from skgen.datasets import fetch_market1501
    >>> market = fetch_market1501(subset="query")  # doctest: +SKIP
    >>> market.data.shape  # doctest: +SKIP
    (3368, 24576)
    """
    if subset not in _PARTS:
        raise ValueError(f"subset must be one of {list(_PARTS)}, got {subset!r}.")
    folder = _find_folder(data_home, _PARTS[subset])
    found = [
        (path, _NAME.match(path.name))
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in (".jpg", ".jpeg")
    ]
    found = [(path, match) for path, match in found if match]
    if not found:
        raise ValueError(
            f"{folder} must hold pictures named like 0002_c1s1_000451_03.jpg, got none."
        )
    numbers = np.array([[int(g) for g in m.groups()] for _, m in found], dtype=np.int64)
    images = np.stack([_resized(path, image_shape) for path, _ in found])
    return Bunch(
        data=images.reshape(len(images), -1),
        target=numbers[:, 0],
        groups=numbers[:, 1],
        sequences=numbers[:, 2],
        frames=numbers[:, 3],
        filenames=[path.name for path, _ in found],
        image_shape=(*image_shape, 3),
    )


def _find_folder(data_home, part):
    given = os.environ.get("SKGEN_DATA")
    homes = [get_data_home(data_home)]
    if data_home is None and given:
        homes.insert(0, Path(given).expanduser())
    for home in homes:
        for root in (home / "Market-1501-v15.09.15", home / "Market-1501", home):
            if (root / part).is_dir():
                return root / part
    raise OSError(
        f"Market-1501 must be on disk, but {' and '.join(map(str, homes))} lack its "
        f"folder {part}. Its licence does not let us download it: ask its authors for "
        "Market-1501-v15.09.15.zip (https://zheng-lab.cecs.anu.edu.au), unpack it "
        "there, or name its folder by data_home."
    )


def _resized(path, image_shape):
    picture = read_picture(path)[..., :3]
    if picture.shape[:2] == tuple(image_shape):
        return picture
    from PIL import Image

    return np.asarray(Image.fromarray(picture).resize(tuple(image_shape[::-1])))

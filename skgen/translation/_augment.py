"""Changes of images that move both sides of a pair alike."""

import math

import torch

from ..nn._shift import shifted

CHANGES = ("flip", "shift", "hue")


def change_alike(images, changes, generator):
    """Change aligned images, each pair in its own way.

    Parameters
    ----------
    images : list of Tensor of shape (n, channels, height, width)
        Aligned images; their channels and sides may differ.
    changes : collection of str
        Among ``"flip"`` (left to right, every second one), ``"shift"`` (by up to a
        tenth of a side, edges repeated) and ``"hue"`` (colours turned about grey, every
        second one; images without colours stay).
    generator : torch.Generator
        Draws the changes.

    Returns
    -------
    images : list of Tensor
        Changed images.
    """
    n, device = len(images[0]), images[0].device

    def uniform():
        return torch.rand(n, generator=generator, device=device)

    if "flip" in changes:
        flipped = (uniform() < 0.5)[:, None, None, None]
        images = [torch.where(flipped, x.flip(3), x) for x in images]
    if "shift" in changes:
        across, down = (2 * uniform() - 1 for _ in range(2))
        images = [_shifted(x, across, down) for x in images]
    if "hue" in changes:
        angle = 2 * math.pi * uniform() * (uniform() < 0.5)
        images = [_turned(x, angle) if x.shape[1] >= 3 else x for x in images]
    return images


def _shifted(x, across, down):
    """Shift images by shares of a tenth of their sides, in whole pixels."""
    reach = [round(0.1 * side) for side in x.shape[2:]]
    offsets = [
        (far + (share * far).round().long())[:, None]
        for far, share in zip(reach, (down, across), strict=True)
    ]
    return shifted(x, reach, *offsets)


def _turned(x, angle):
    """Turn the first three channels about the axis of greys."""
    cos, sin = torch.cos(angle), torch.sin(angle) / math.sqrt(3)
    third = (1 - cos) / 3
    same, one, other = cos + third, third - sin, third + sin
    turn = torch.stack([same, one, other, other, same, one, one, other, same], dim=1)
    colours = torch.einsum("nij,njhw->nihw", turn.reshape(-1, 3, 3), x[:, :3])
    return torch.cat([colours, x[:, 3:]], dim=1)


def read_changes(augment):
    """Check the names of changes.

    Parameters
    ----------
    augment : None or collection of str
        What the user gave.

    Returns
    -------
    changes : tuple of str
        Known names.

    Raises
    ------
    ValueError
        If a name is not known.
    """
    changes = (augment,) if isinstance(augment, str) else tuple(augment or ())
    for name in changes:
        if name not in CHANGES:
            raise ValueError(
                f"augment must be None or hold some of {list(CHANGES)}, got {name!r}."
            )
    return changes

"""What a game may be handed as its adversarial loss."""

from typing import Any

from ._base import GANLoss


def usable_loss(
    loss: Any, known: dict[str, GANLoss], usual: str, name: str = "loss"
) -> GANLoss:
    """Give the loss that a name or an object stands for, in a game with plain critics.

    Parameters
    ----------
    loss : str or GANLoss
        What the user gave.
    known : dict of GANLoss
        Losses by name.
    usual : str
        The name that messages recommend.
    name : str, default="loss"
        What messages call it.

    Returns
    -------
    loss : GANLoss
        The loss.

    Raises
    ------
    ValueError
        If it is none, or one of an autoencoding critic.
    """
    found = known.get(loss) if isinstance(loss, str) else loss
    if not isinstance(found, GANLoss):
        raise ValueError(
            f"{name} must be a GANLoss or one of {sorted(known)}, got {loss!r}."
        )
    if found.autoencoding:
        raise ValueError(
            f"{name} must not need an autoencoding critic, got {loss!r}; "
            f'"{usual}" is usual.'
        )
    return found

"""What all adversarial losses have in common."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from numbers import Integral
from typing import ClassVar

from torch import Tensor

from .._checks import check_number
from ..penalties import Penalty


@dataclass(frozen=True)
class GANLoss(ABC):
    """Template of an adversarial loss: what the critic and the generator minimise.

    A loss works on the scores that the critic gave to real and to generated rows. It is
    a frozen dataclass: its fields are checked when it is made, it holds no tensors and
    nothing in it changes during training. A new one overrides `critic` and `generator`
    and sets the class attributes that differ. Its own `__post_init__`, if any, calls
    that of this class.

    Parameters
    ----------
    n_critic : int, default=1
        Steps of the critic for each of the generator.
    betas : tuple of two floats, default=(0.5, 0.99)
        Decay rates of AdamW for both players, each in [0, 1).

    Attributes
    ----------
    name : str
        What ``loss="..."`` selects.
    autoencoding : bool
        Whether the critic is an autoencoder. The score of a row is then its
        reconstruction error, >= 0 and small for real rows; otherwise it is unbounded
        and large for real rows.
    clip : float or None
        Bound of the absolute value of the critic's weights after each of its steps, or
        None for no clipping.
    needs_real : bool
        Whether the generator's term uses the scores of real rows.
    penalty : Penalty or None
        Penalty on the critic's slope that belongs to the loss, if any.

    See Also
    --------
    skgen.losses.penalties : Penalties on the critic's slope, for any of the losses.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import torch
    >>> from skgen.losses.gan import GANLoss
    >>> @dataclass(frozen=True)
    ... class Exponential(GANLoss):
    ...     name = "exponential"
    ...
    ...     def critic(self, real, fake, state=None):
    ...         return torch.exp(-real).mean() + torch.exp(fake).mean()
    ...
    ...     def generator(self, fake, real=None):
    ...         return torch.exp(-fake).mean()
    >>> Exponential().critic(torch.zeros(5), torch.zeros(5)).item()
    2.0
    """

    name: ClassVar[str]
    autoencoding: ClassVar[bool] = False
    needs_real: ClassVar[bool] = False
    clip: ClassVar[float | None] = None
    penalty: ClassVar[Penalty | None] = None

    n_critic: int = field(default=1, kw_only=True, repr=False)
    betas: tuple[float, float] = field(default=(0.5, 0.99), kw_only=True, repr=False)

    def __post_init__(self) -> None:
        check_number(
            "n_critic",
            self.n_critic,
            lambda n: isinstance(n, Integral) and n >= 1,
            "a whole number >= 1",
            "5 is usual for Wasserstein losses, 1 for others",
        )
        betas = self.betas if isinstance(self.betas, tuple | list) else ()
        for beta in betas if len(betas) == 2 else (None,):
            check_number(
                "betas",
                beta,
                lambda b: 0 <= b < 1,
                "two numbers in [0, 1)",
                "(0.5, 0.99) is usual for GANs",
            )

    @classmethod
    def variants(cls) -> tuple["GANLoss", ...]:
        """Ready losses of this class, each with a name of its own.

        Returns
        -------
        losses : tuple of GANLoss
            One loss, with default fields, unless the class has several names.
        """
        return (cls(),)

    @abstractmethod
    def critic(
        self, real: Tensor, fake: Tensor, state: dict[str, Tensor] | None = None
    ) -> Tensor:
        """Return what the critic minimises.

        Parameters
        ----------
        real : Tensor of shape (n_real,)
            Scores of real rows.
        fake : Tensor of shape (n_fake,)
            Scores of generated rows.
        state : dict of Tensor, default=None
            What `next_state` returned after the step before; None is `initial_state`.
            Without meaning for a loss that has no state.

        Returns
        -------
        loss : Tensor of shape ()
            Mean over rows.
        """

    @abstractmethod
    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Return what the generator minimises.

        Parameters
        ----------
        fake : Tensor of shape (n_fake,)
            Scores of generated rows.
        real : Tensor of shape (n_real,), default=None
            Scores of real rows, where `needs_real` says so.

        Returns
        -------
        loss : Tensor of shape ()
            Mean over rows.
        """

    def initial_state(self) -> dict[str, Tensor]:
        """State before the first step.

        Returns
        -------
        state : dict of Tensor of shape ()
            Empty for a loss without state.
        """
        return {}

    def next_state(
        self, state: dict[str, Tensor], real: Tensor, fake: Tensor
    ) -> dict[str, Tensor]:
        """State after a step; `state` itself is left as it was.

        Parameters
        ----------
        state : dict of Tensor of shape ()
            State before the step.
        real : Tensor of shape (n_real,)
            Scores of real rows in this step.
        fake : Tensor of shape (n_fake,)
            Scores of generated rows in this step.

        Returns
        -------
        state : dict of Tensor of shape ()
            A new state, detached from the graph.
        """
        return dict(state)

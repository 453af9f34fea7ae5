"""Growth of the networks of a GANSampler during a fit."""

from dataclasses import dataclass
from numbers import Real


@dataclass(frozen=True)
class Growth:
    """Networks begin with four pixels a side, and stages are faded in.

    Each stage gets the same share of the steps: in its first half the network stays as
    it is, in its second the next stage comes in. Early steps are cheap, since the later
    stages are not run.

    Parameters
    ----------
    share : float in (0, 1], default=0.6
        Share of the fit after which all stages are there.

    Raises
    ------
    ValueError
        If `share` is out of its range.

    References
    ----------
    T. Karras, T. Aila, S. Laine, J. Lehtinen, "Progressive growing of GANs for improved
    quality, stability, and variation", ICLR 2018, section 2.

    Examples
    --------
    >>> from skgen.gan import GANSampler, Growth
    >>> gan = GANSampler(image_shape=(32, 32, 3), growth=Growth(share=0.5))
    """

    share: float = 0.6

    def __post_init__(self):
        if not isinstance(self.share, Real) or not 0 < self.share <= 1:
            raise ValueError(
                f"share must be a number in (0, 1], got {self.share!r}; 0.6 is a start."
            )

    def level(self, progress, n_stages):
        """Stages that are there at a point of the fit.

        Parameters
        ----------
        progress : float
            Share of the fit that is done.
        n_stages : int
            Stages of the network.

        Returns
        -------
        level : float
            From 0 to `n_stages`.
        """
        place = min(1.0, progress / self.share) * n_stages
        stage = int(place)
        return min(float(n_stages), stage + max(0.0, 2 * (place - stage) - 1))

    def grow(self, step):
        """Bring all networks that grow to the level of a step."""
        for module in step.players.modules():
            if hasattr(module, "n_stages"):
                module.level.fill_(self.level(step.progress, module.n_stages))

"""What densities have in common that give masses to values that repeat."""


class HoldsMasses:
    """Choice of `ties`, and which columns have masses, by ``encoder_``."""

    def _check_ties(self, ties):
        """Return the choice, by default the parameter, if there is such a one."""
        ties = self.ties if ties is None else ties
        if ties not in ("mass", "density"):
            raise ValueError(f'ties must be "mass" or "density", got {ties!r}.')
        return ties

    @property
    def _holds_masses(self):
        """Which columns have masses, for scorers that spread the others."""
        return self.encoder_.holds_masses()

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        return tags

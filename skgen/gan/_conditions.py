"""Conditions on columns: what they are, and the rows that teach them."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

import torch
from torch import nn

from ..encoding._pixels import read_image_shape

# Ways to tell the critic of classes.
_CRITICS = ("projection", "embedding", "auxiliary")


@dataclass(frozen=True)
class Conditions:
    """What rows can be conditioned on, and how the critic learns of it.

    Parameters
    ----------
    columns : array-like of names, "all" or None, default=None
        Columns of a table whose values `sample` can be given: categories, booleans
        and numbers of at most two values. Columns of an array are named by their
        places.
    critic : {"projection", "embedding", "auxiliary"}, default="projection"
        How the critic learns of classes, if `fit` is given labels: by a projection,
        with its input, or by having to classify too (AC-GAN).
    share : float, default=0.5
        Share of the rows of a batch that have conditions on columns.
    more : float, default=0.25
        Probability that such a row has a condition on each further column.
    encoder : "auto" or transformer, default="auto"
        How conditions given as ``fit(X, y)`` become numbers, if `y` is a frame or an
        array of several columns, or a column of text or of numbers not all whole.
        ``"auto"``: numbers are standardised, categories and booleans become codes, text
        its character n-grams by TF-IDF, in 96 dimensions. A transformer of scikit-learn
        takes `y` whatever it is, whole numbers too, which are labels otherwise.
    shape : tuple, default=None
        ``(height, width)`` or ``(height, width, channels)`` of conditions that are
        pictures, layouts for instance, as flat rows.
    mismatch : float, default=0.0
        Weight of real rows with the condition of another row, which the critic learns
        to call wrong; 0.5 in Reed et al.

    Raises
    ------
    ValueError
        If a field is out of its range.

    References
    ----------
    M. Mirza, S. Osindero, "Conditional generative adversarial nets", 2014 (embedding).
    A. Odena, C. Olah, J. Shlens, "Conditional image synthesis with auxiliary classifier
    GANs", ICML 2017. T. Miyato, M. Koyama, "cGANs with projection discriminator", ICLR
    2018. S. Reed et al., "Generative adversarial text to image synthesis", ICML 2016,
    section 4.2 (mismatch). L. Xu et al., "Modeling tabular data using conditional GAN",
    NeurIPS 2019, section 4.3 (columns).

    Examples
    --------
    >>> from skgen.gan import Conditions, GANSampler
    >>> gan = GANSampler(conditions=Conditions("all", critic="auxiliary"))
    """

    columns: Any = None
    critic: str = "projection"
    share: float = 0.5
    more: float = 0.25
    encoder: Any = "auto"
    shape: Any = None
    mismatch: float = 0.0

    def __post_init__(self):
        if self.critic not in _CRITICS:
            raise ValueError(f"critic must be one of {_CRITICS}, got {self.critic!r}.")
        if self.shape is not None:
            read_image_shape(self.shape)
        if self.encoder != "auto" and not hasattr(self.encoder, "transform"):
            raise TypeError(
                'encoder must be "auto" or a transformer, an object with transform, '
                f"got {self.encoder!r}."
            )
        for name in ("share", "more", "mismatch"):
            value = getattr(self, name)
            if not isinstance(value, Real) or not 0 <= value <= 1:
                raise ValueError(f"{name} must be a number in [0, 1], got {value!r}.")


class ConditionColumns(nn.Module):
    """Columns of categories on whose values a generator can be conditioned.

    The conditions of a row are a vector: the one-hot codes of all these columns, zero
    where there is no condition, then for each column whether there is one.

    Parameters
    ----------
    blocks : list of dict
        Their blocks in a `RankEncoder`, each with its "place" among the blocks.
    """

    def __init__(self, blocks):
        super().__init__()
        self.columns = [b["column"] for b in blocks]
        self.blocks = [b["place"] for b in blocks]
        self.widths = [b["width"] for b in blocks]
        self.n_inputs = sum(self.widths) + len(blocks)
        places = [range(b["start"], b["start"] + b["width"]) for b in blocks]
        owner = [i for i, w in enumerate(self.widths) for _ in range(w)]
        for name, values in (("places", sum(map(list, places), [])), ("owner", owner)):
            self.register_buffer(
                name, torch.tensor(values, dtype=torch.long), persistent=False
            )

    def of_rows(self, x, mask):
        """Conditions on what rows hold, (batch, n_inputs), where the mask is 1."""
        return torch.cat([x[:, self.places] * mask[:, self.owner], mask], dim=1)

    def mask(self, given):
        """Tell which columns have a condition, (batch, n_columns)."""
        return given[:, len(self.places) :]

    def impose(self, rows, given):
        """Put into rows what they are conditioned on."""
        codes, mask = given.split([len(self.places), len(self.widths)], dim=1)
        own = torch.where(mask[:, self.owner] > 0, codes, rows[:, self.places])
        return rows.index_copy(1, self.places, own)

    def impose_codes(self, rows, given):
        """Put the same into an array with a column for each block."""
        end = 0
        for i, (block, width) in enumerate(zip(self.blocks, self.widths, strict=True)):
            mask = given[:, sum(self.widths) + i] > 0
            rows[mask, block] = given[mask, end : end + width].argmax(axis=1)
            end += width


class TrainingBySampling:
    """Rows that meet drawn conditions, rare ones more often than in the table.

    A column is drawn, then one of its categories by the logarithm of its count, then a
    row that has it (Xu et al., 2019, section 4.3). Given the condition, rows are
    distributed as in the table, since their other columns do not influence the choice.
    Other rows of the batch have no condition.

    Parameters
    ----------
    columns : ConditionColumns
        The columns.
    rows : Tensor of shape (n_rows, n_encoded)
        Rows to draw from.
    classes : Tensor of shape (n_rows,) or (n_rows, n_conditions), or None
        Their classes, or other conditions.
    conditions : Conditions
        How many rows have conditions, on how many columns.
    """

    def __init__(self, columns, rows, classes, conditions):
        self.columns, self.rows, self.classes = columns, rows, classes
        self.conditions = conditions
        widest = max(columns.widths)
        codes = rows[:, columns.places].split(columns.widths, dim=1)
        # A category that `fit` did not see has no code; such rows come last.
        own = [
            torch.where(c.sum(dim=1) > 0, c.argmax(dim=1), widest).sort() for c in codes
        ]
        self.order = torch.stack([o.indices for o in own])
        counts = [o.values.bincount(minlength=widest + 1)[:widest] for o in own]
        self.counts = torch.stack(counts)
        self.starts = self.counts.cumsum(dim=1) - self.counts
        self.masses = self.counts.float().log1p()
        self.masses[self.masses.sum(dim=1) == 0] = 1.0

    def __call__(self, x, y, generator):
        """Rows in place of some of a batch, their classes, and their conditions."""
        n, device, options = len(x), x.device, {"generator": generator}
        options["device"] = device
        k = torch.randint(len(self.counts), (n,), **options)
        code = torch.multinomial(self.masses[k], 1, generator=generator)[:, 0]
        count = self.counts[k, code]
        place = (torch.rand(n, **options) * count).long().clamp(max=count - 1)
        own = self.order[k, self.starts[k, code] + place.clamp(min=0)]
        chosen = (torch.rand(n, **options) < self.conditions.share) & (count > 0)
        mask = torch.rand(n, len(self.counts), **options) < self.conditions.more
        mask[torch.arange(n, device=device), k] = True
        mask = (mask & chosen[:, None]).to(x)
        x = torch.where(chosen[:, None], self.rows[own], x)
        if y is not None:
            other = self.classes[own]
            y = torch.where(chosen if y.ndim == 1 else chosen[:, None], other, y)
        return x, y, self.columns.of_rows(x, mask)

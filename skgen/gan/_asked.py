"""Values of columns that can be asked for, and the rows that teach them."""

import torch
from torch import nn

__all__ = ["Asked", "TrainingBySampling"]

_SHARE = 0.5  # of a batch whose rows have values asked for
_MORE = 0.25  # probability that another column is asked for beside the first


class Asked(nn.Module):
    """Columns of categories whose values a generator can be asked for.

    What is asked for a row is a vector: the one-hot codes of all these columns, zero
    where nothing is asked, then for each column whether it is.

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
        """Ask for what rows hold, (batch, n_inputs), where the mask is 1."""
        return torch.cat([x[:, self.places] * mask[:, self.owner], mask], dim=1)

    def mask(self, given):
        """Tell which columns were asked for, (batch, n_columns)."""
        return given[:, len(self.places) :]

    def impose(self, rows, given):
        """Put into rows what was asked for."""
        codes, mask = given.split([len(self.places), len(self.widths)], dim=1)
        own = torch.where(mask[:, self.owner] > 0, codes, rows[:, self.places])
        return rows.index_copy(1, self.places, own)

    def impose_codes(self, rows, given):
        """Put into an array with a column for each block what was asked for."""
        end = 0
        for i, (block, width) in enumerate(zip(self.blocks, self.widths, strict=True)):
            asked = given[:, sum(self.widths) + i] > 0
            rows[asked, block] = given[asked, end : end + width].argmax(axis=1)
            end += width


class TrainingBySampling:
    """Rows that have the values asked for, rare ones more often than in the table.

    A column is drawn, then one of its categories by the logarithm of its count, then a
    row that has it (Xu et al., 2019, section 4.3). Given what is asked for, rows are
    distributed as in the table, since their other columns do not influence the choice.
    Other rows of the batch are asked for nothing.

    Parameters
    ----------
    asked : Asked
        The columns.
    rows : Tensor of shape (n_rows, n_encoded)
        Rows to draw from.
    classes : Tensor of shape (n_rows,) or None
        Their classes.
    """

    def __init__(self, asked, rows, classes):
        self.asked, self.rows, self.classes = asked, rows, classes
        widest = max(asked.widths)
        codes = rows[:, asked.places].split(asked.widths, dim=1)
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
        """Rows in place of some of a batch, their classes, and what is asked."""
        n, device, options = len(x), x.device, {"generator": generator}
        options["device"] = device
        k = torch.randint(len(self.counts), (n,), **options)
        code = torch.multinomial(self.masses[k], 1, generator=generator)[:, 0]
        count = self.counts[k, code]
        place = (torch.rand(n, **options) * count).long().clamp(max=count - 1)
        own = self.order[k, self.starts[k, code] + place.clamp(min=0)]
        chosen = (torch.rand(n, **options) < _SHARE) & (count > 0)
        mask = torch.rand(n, len(self.counts), **options) < _MORE
        mask[torch.arange(n, device=device), k] = True
        mask = (mask & chosen[:, None]).to(x)
        x = torch.where(chosen[:, None], self.rows[own], x)
        if y is not None:
            y = torch.where(chosen, self.classes[own], y)
        return x, y, self.asked.of_rows(x, mask)

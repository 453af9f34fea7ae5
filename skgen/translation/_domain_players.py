"""Networks that translate between domains, and the critic of all domains."""

import math

import torch
from torch import nn
from torch.nn import functional as F

_SHARPNESS = 4.0  # of the softmax whose gradient a category has


class Columns(nn.Module):
    """What a table needs around a network: a closed-form start, and categories.

    Rows begin as the optimal transport of one Gaussian to another, fitted to the
    numbers of each pair of domains.

    Parameters
    ----------
    n_columns : int
        Columns of encoded rows.
    n_domains : int
        Number of domains.
    blocks : list of tuple (int, int)
        First column and width of each category.
    """

    def __init__(self, n_columns, n_domains, blocks):
        super().__init__()
        self.blocks = blocks
        shape = n_domains, n_domains, n_columns
        self.register_buffer("shifts", torch.zeros(shape))
        self.register_buffer("maps", torch.eye(n_columns).repeat(*shape[:2], 1, 1))

    def start(self, x, source, target):
        """Rows in the target's place and with its spread."""
        return x @ self.maps[source, target].T + self.shifts[source, target]

    def finish(self, h):
        """Make columns of categories one-hot, with the gradient of a softmax."""
        if not self.blocks:
            return h
        parts, end = [], 0
        for start, width in self.blocks:
            logits = h[:, start : start + width]
            soft = torch.softmax(_SHARPNESS * logits, dim=1)
            hard = F.one_hot(logits.argmax(dim=1), width).to(soft)
            parts += [h[:, end:start], hard + soft - soft.detach()]
            end = start + width
        return torch.cat([*parts, h[:, end:]], dim=1)


class Levels(nn.Module):
    """What images need around a network: a closed-form start.

    Channels begin with the mean and the deviation that they have in the other domain,
    brightness rising or falling.

    Parameters
    ----------
    n_channels : int
        Channels of an image.
    n_domains : int
        Number of domains.
    """

    def __init__(self, n_channels, n_domains):
        super().__init__()
        shape = n_domains, n_domains, n_channels, 1, 1
        self.register_buffer("scales", torch.ones(shape))
        self.register_buffer("shifts", torch.zeros(shape))

    def start(self, x, source, target):
        """Images with the brightness of the target."""
        return x * self.scales[source, target] + self.shifts[source, target]

    def finish(self, h):
        """Images as they are."""
        return h


class PairwiseTranslator(nn.Module):
    """A network for each direction between two domains; one with codes for more.

    Parameters
    ----------
    recipe : callable
        ``recipe(input_shape, output_shape)``.
    shape : int or tuple
        Columns of encoded rows, or (channels, height, width).
    n_domains : int
        Number of domains.
    around : Columns or Levels
        Where rows begin, and what they end as.
    """

    def __init__(self, recipe, shape, n_domains, around):
        super().__init__()
        self.n_domains, self.around = n_domains, around
        self.n_codes = 0 if n_domains == 2 else 2 * n_domains
        if isinstance(shape, tuple):
            seen = (shape[0] + self.n_codes, *shape[1:])
        else:
            seen = shape + self.n_codes
        n_nets = 2 if n_domains == 2 else 1
        self.nets = nn.ModuleList(recipe(seen, shape) for _ in range(n_nets))

    def translate(self, x, source, target):
        """Rows of one domain as rows of another."""
        x = self.around.start(x, source, target)
        found = self.net_of(source)(self.with_codes(x, source, target))
        return self.around.finish(found)

    def net_of(self, source):
        """Network of a direction."""
        return self.nets[source if self.n_domains == 2 else 0]

    def with_codes(self, x, source, target):
        """Rows with the codes of both domains, where there are more than two."""
        if not self.n_codes:
            return x
        codes = x.new_zeros(self.n_codes)
        codes[source], codes[self.n_domains + target] = 1.0, 1.0
        if x.ndim == 4:
            codes = codes[:, None, None].expand(-1, *x.shape[2:])
        return torch.cat([x, codes.expand(len(x), *codes.shape)], dim=1)


class CodeTranslator(nn.Module):
    """One encoder, and a decoder for each domain.

    Parameters
    ----------
    encoder, decoder : callable
        ``encoder(input_shape)``, with the shape of its codes as ``code_shape``, and
        ``decoder(code_shape, output_shape)``.
    shape : int or tuple
        Columns of encoded rows, or (channels, height, width).
    n_domains : int
        Number of domains.
    around : Columns or Levels
        Where rows begin, and what they end as.
    """

    def __init__(self, encoder, decoder, shape, n_domains, around):
        super().__init__()
        self.around = around
        self.encoder = encoder(shape)
        code_shape = self.encoder.code_shape
        self.decoders = nn.ModuleList(
            decoder(code_shape, shape) for _ in range(n_domains)
        )

    def translate(self, x, source, target):
        """Rows of one domain as rows of another."""
        x = self.around.start(x, source, target)
        return self.decode(self.encoder(x), target)

    def decode(self, code, target):
        """Rows of a domain from codes."""
        return self.around.finish(self.decoders[target](code))


class AttributeTranslator(nn.Module):
    """One encoder and one decoder of codes in two parts: content and attribute.

    Parameters
    ----------
    encoder, decoder : callable
        As of `CodeTranslator`.
    shape : int or tuple
        Columns of encoded rows, or (channels, height, width).
    around : Columns or Levels
        What rows end as.
    """

    def __init__(self, encoder, decoder, shape, around):
        super().__init__()
        self.around, self.encoder = around, encoder(shape)
        code = self.encoder.code_shape
        self.decoder = decoder(code, shape)
        n, *sides = code if isinstance(code, tuple) else (code,)
        self.n_attribute = max(1, n // 4)
        # The mean attribute of the rows that have it.
        self.register_buffer("mean", torch.zeros(self.n_attribute, *sides))

    def translate(self, x, source, target):
        """Rows without the attribute (0) or with the mean one (1)."""
        content, attribute = self.parts(x)
        if target != source:
            attribute = self.mean.expand_as(attribute) * float(target)
        return self.join(content, attribute)

    def parts(self, x):
        """Content and attribute of rows."""
        code = self.encoder(x)
        return code[:, self.n_attribute :], code[:, : self.n_attribute]

    def join(self, content, attribute):
        """Rows of both parts."""
        return self.around.finish(self.decoder(torch.cat([attribute, content], dim=1)))

    def remember(self, attribute):
        """Follow the mean attribute."""
        if self.training:
            self.mean.lerp_(attribute.mean(dim=0), 0.02)


class DomainCritic(nn.Module):
    """A network with a score for each domain, and a pool of earlier translations.

    Parameters
    ----------
    recipe : callable
        ``recipe(input_shape, n_outputs)``.
    shape : int or tuple
        Columns of encoded rows, or (channels, height, width).
    n_domains : int
        Number of domains.
    pool : int
        Translations that are kept of each domain.
    code_shape : int or tuple or None
        Shape of codes whose domain it finds.
    """

    def __init__(self, recipe, shape, n_domains, pool, code_shape=None):
        super().__init__()
        if code_shape is not None:
            n_codes = code_shape[0] if isinstance(code_shape, tuple) else code_shape
            self.of_codes = nn.Sequential(
                nn.Linear(n_codes, 64), nn.LeakyReLU(0.2), nn.Linear(64, n_domains)
            )
        self.net = recipe(shape, n_domains)
        rows = shape if isinstance(shape, tuple) else (shape,)
        self.register_buffer("pool", torch.zeros(n_domains, pool, *rows))
        self.register_buffer("filled", torch.zeros(n_domains, dtype=torch.long))

    def forward(self, x, domains):
        """Scores of rows, each for its domain: one, or one for each patch, flat."""
        found = self.net(x)
        places = domains.reshape(-1, 1, *[1] * (found.ndim - 2))
        places = places.expand(-1, 1, *found.shape[2:])
        return found.gather(1, places).flatten()

    def names(self, x):
        """Logits of the domains that rows are of, means over patches."""
        found = self.net(x)
        return found if found.ndim == 2 else found.flatten(2).mean(dim=2)

    def domain_of(self, codes):
        """Logits of the domains that codes come from."""
        if codes.ndim == 4:
            codes = codes.mean(dim=(2, 3))
        return self.of_codes(codes)

    def exchange(self, fakes, domain, generator):
        """Swap half of the rows for earlier ones (Shrivastava et al., 2017)."""
        n_pool = self.pool.shape[1]
        if not n_pool:
            return fakes
        pool, filled = self.pool[domain], int(self.filled[domain])
        room = min(n_pool - filled, len(fakes))
        pool[filled : filled + room] = fakes[:room]
        self.filled[domain] += room
        if filled < n_pool:
            return fakes
        n = min(len(fakes) // 2, n_pool)
        places = torch.randperm(n_pool, generator=generator, device=fakes.device)[:n]
        rows = torch.randperm(len(fakes), generator=generator, device=fakes.device)[:n]
        found = fakes.clone()
        found[rows] = pool[places]
        pool[places] = fakes[rows]
        return found


class CodeEncoder(nn.Sequential):
    """Images to codes of a quarter of the sides, or rows to a hidden layer.

    Parameters
    ----------
    shape : int or tuple
        Columns of encoded rows, or (channels, height, width).
    width : int, default=32
        Channels of the first layer; of tables a quarter of the hidden units.
    """

    def __init__(self, shape, *, width=32):
        if not isinstance(shape, tuple):
            super().__init__(
                nn.Linear(shape, 4 * width),
                nn.SiLU(),
                nn.Linear(4 * width, 4 * width),
                nn.SiLU(),
                nn.Linear(4 * width, 4 * width),
            )
            self.code_shape = 4 * width
            return
        channels, height, more = shape
        super().__init__(
            _Padded(4),
            nn.Conv2d(channels, width, 4, 2, 1),
            nn.SiLU(),
            nn.Conv2d(width, 2 * width, 4, 2, 1),
            nn.GroupNorm(math.gcd(8, 2 * width), 2 * width),
            nn.SiLU(),
            nn.Conv2d(2 * width, 2 * width, 3, 1, 1),
            nn.GroupNorm(math.gcd(8, 2 * width), 2 * width),
            nn.SiLU(),
            nn.Conv2d(2 * width, 2 * width, 3, 1, 1),
        )
        self.code_shape = (2 * width, max(4, height) // 4, max(4, more) // 4)


class CodeDecoder(nn.Sequential):
    """Codes back to images, or to rows.

    Parameters
    ----------
    code_shape, shape : int or tuple
        Shapes of a code and of an encoded row.
    width : int, default=32
        Channels of the last hidden layer.
    """

    def __init__(self, code_shape, shape, *, width=32):
        if not isinstance(shape, tuple):
            super().__init__(
                nn.SiLU(),
                nn.Linear(code_shape, code_shape),
                nn.SiLU(),
                nn.Linear(code_shape, shape),
            )
            return
        super().__init__(
            nn.Conv2d(code_shape[0], 2 * width, 3, 1, 1),
            nn.GroupNorm(math.gcd(8, 2 * width), 2 * width),
            nn.SiLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(2 * width, width, 3, 1, 1),
            nn.GroupNorm(math.gcd(8, width), width),
            nn.SiLU(),
            nn.Upsample(size=shape[1:]),
            nn.Conv2d(width, shape[0], 5, 1, 2),
        )


class _Padded(nn.Module):
    """Images with sides of so many pixels at least."""

    def __init__(self, side):
        super().__init__()
        self.side = side

    def forward(self, x):
        missing = [max(0, self.side - n) for n in x.shape[:1:-1]]
        return F.pad(x, (0, missing[0], 0, missing[1])) if any(missing) else x

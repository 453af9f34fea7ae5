"""Emoji of two houses, and a classifier of their categories."""

import numpy as np
import torch
from torch import nn

from skgen.datasets import fetch_emoji_pairs

SHAPE = (32, 32, 3)


def emoji(subset):
    """Rows from 0 to 1, names, categories and houses."""
    found = fetch_emoji_pairs(subset=subset)
    names = np.char.lower(found.names.astype(str))
    return found.data / 255.0, names, found.categories.astype(str), found.groups


class Judge:
    """A convolutional classifier of categories: its features, and what it calls rows.

    Trained on the training part with shifts and mirror images, which the generators
    train on too; its accuracy is that on the test part.
    """

    def __init__(self, X, categories, n_epochs=20):
        self.classes, codes = np.unique(categories, return_inverse=True)
        x, y = self._tensor(X), torch.as_tensor(codes)
        with torch.random.fork_rng():  # initial weights, dropout, order
            torch.manual_seed(0)
            self._train(x, y, n_epochs)

    def _train(self, x, y, n_epochs):
        self.features_net = nn.Sequential(
            *_block(3, 24), *_block(24, 48), *_block(48, 64), nn.Flatten(),
            nn.Dropout(0.3), nn.Linear(64 * 16, 64), nn.ReLU(),
        )  # fmt: skip
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(64, len(self.classes)))
        net = nn.Sequential(self.features_net, self.head)
        n_steps = n_epochs * (len(x) // 64)
        optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.05)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, n_steps)
        for _ in range(n_epochs):
            for rows in torch.randperm(len(x))[: len(x) // 64 * 64].view(-1, 64):
                part = torch.roll(x[rows], torch.randint(-2, 3, (2,)).tolist(), (2, 3))
                part = part.flip(3) if torch.rand(()) < 0.5 else part
                loss = nn.functional.cross_entropy(net(part), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
        net.eval()

    def features(self, X):
        """Map rows to (n_rows, 64) features."""
        with torch.no_grad():
            parts = self._tensor(X).split(500)
            return np.concatenate(
                [self.features_net(p).double().numpy() for p in parts]
            )

    def predict(self, X):
        """Tell the categories of rows."""
        with torch.no_grad():
            codes = self.head(torch.as_tensor(self.features(X)).float()).argmax(1)
        return self.classes[codes.numpy()]

    @staticmethod
    def _tensor(X):
        x = np.asarray(X, dtype=np.float32).reshape(-1, *SHAPE)
        return torch.as_tensor(x.transpose(0, 3, 1, 2).copy())


def _block(before, after):
    return (
        nn.Conv2d(before, after, 3, padding=1),
        nn.BatchNorm2d(after),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )

"""MNIST as split in the figures, and features of a small classifier of it."""

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors
from torch import nn

from skgen.datasets import fetch_mnist10k

N_FEATURES = 64


def mnist():
    """Rows and digits to train, to validate and to test: 8,000, 1,000 and 1,000.

    Pixels are from 0 to 1.
    """
    X, y = fetch_mnist10k(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    X, y = X[order] / 255.0, y[order].astype(int)
    parts = slice(8000), slice(8000, 9000), slice(9000, None)
    return [(X[part], y[part]) for part in parts]


class Classifier(nn.Module):
    """Two convolutions, 64 features, 10 digits."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(32 * 49, N_FEATURES),
            nn.ReLU(),
        )
        self.head = nn.Linear(N_FEATURES, 10)

    def forward(self, x):
        return self.head(self.features(x))


class Judge:
    """A classifier of digits: its features for Frechet distances, its labels.

    Trained on rows that the generators train on too; its accuracy is that on others.
    """

    def __init__(self, X, y, n_epochs=8):
        generator = torch.Generator().manual_seed(0)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.net = Classifier()
        x, y = self._tensor(X), torch.as_tensor(y)
        n_steps = n_epochs * (len(x) // 64)
        optimizer = torch.optim.AdamW(self.net.parameters(), lr=2e-3, weight_decay=0.05)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, n_steps)
        for _ in range(n_epochs):
            order = torch.randperm(len(x), generator=generator)
            for rows in order[: len(x) // 64 * 64].view(-1, 64):
                loss = nn.functional.cross_entropy(self.net(x[rows]), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
        self.net.eval()

    def features(self, X):
        """Map rows to (n_rows, 64) features."""
        return self._run(self.net.features, X)

    def predict(self, X):
        """Tell the digits of rows."""
        return self._run(self.net, X).argmax(axis=1)

    def _run(self, net, X):
        with torch.no_grad():
            found = [net(part).double().numpy() for part in self._tensor(X).split(500)]
        return np.concatenate(found)

    @staticmethod
    def _tensor(X):
        return torch.as_tensor(np.asarray(X, dtype=np.float32).reshape(-1, 1, 28, 28))


def slant_and_thickness(X):
    """Slant of an image by its second moments, and its mean brightness."""
    images = X.reshape(-1, 28, 28)
    rows, columns = np.mgrid[:28, :28].astype(float)
    total = images.sum(axis=(1, 2)) + 1e-9
    down, across = ((images * g).sum(axis=(1, 2)) / total for g in (rows, columns))
    rows = rows[None] - down[:, None, None]
    columns = columns[None] - across[:, None, None]
    shared = (images * rows * columns).sum(axis=(1, 2))
    return shared / (images * rows**2).sum(axis=(1, 2)), total


def nearest(train, rows):
    """Mean distance of rows to the nearest of the training rows."""
    index = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(train)
    return index.kneighbors(rows)[0].mean()

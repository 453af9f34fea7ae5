"""Pairs of rows in training: who matches whom, and the game on a batch of them."""

import numpy as np
import torch
import torch.nn.functional as F

from ..losses.pairs import PairScores

N_ANCHORS = 64
MOST_OF_AN_IDENTITY = 2000


def partners(identities, groups):
    """Rows of each identity that is known in several rows, and across groups.

    Parameters
    ----------
    identities : ndarray of int, shape (n_rows,)
        Number of the identity, -1 for unknown.
    groups : ndarray of int, shape (n_rows,) or None
        Camera of each row: a match is in another one.

    Returns
    -------
    pairs : ndarray of int, shape (n_pairs, 2)
        Rows that match, each pair once; at most 2,000 drawn ones of an identity.
    """
    order = np.argsort(identities, kind="stable")
    order = order[identities[order] >= 0]
    ends = np.flatnonzero(np.diff(identities[order])) + 1
    found, draw = [], np.random.RandomState(0)
    for rows in np.split(order, ends):
        n = len(rows)
        if n * (n - 1) // 2 <= MOST_OF_AN_IDENTITY:
            a, b = np.triu_indices(n, 1)
        else:
            a, b = np.sort(draw.randint(n, size=(2, 2 * MOST_OF_AN_IDENTITY)), axis=0)
            a, b = np.unique(np.stack([a, b])[:, a < b], axis=1)
            kept = draw.permutation(len(a))[:MOST_OF_AN_IDENTITY]
            a, b = a[kept], b[kept]
        a, b = rows[a], rows[b]
        if groups is not None:
            apart = groups[a] != groups[b]
            a, b = a[apart], b[apart]
        found.append(np.stack([a, b], axis=1))
    return np.concatenate([np.empty((0, 2), dtype=np.int64), *found])


class PairGame:
    """Objectives of an embedding, and of a critic where the loss is a game.

    A step takes some known pairs and some rows of the batch beside them; every other
    pair of these rows is unlabeled. After each round rows that are each other's nearest
    across groups, and have no known match, are taken for matches.

    Parameters
    ----------
    loss : PairLoss
        What is minimised.
    rows : Tensor of shape (n_rows, ...)
        Encoded rows.
    identities : ndarray of int, shape (n_rows,)
        Number of the identity, -1 for unknown.
    groups : ndarray of int, shape (n_rows,) or None
        Camera of each row.
    pairs : ndarray of int, shape (n_pairs, 2)
        Known matches.
    prior : float
        P(match) of an unlabeled pair.
    linear : ndarray of shape (n_rows, n_columns) or None
        Linear embedding, which has a say in who is nearest.
    n_rounds : int
        Rounds in which nearest rows are taken for matches.
    augment : callable or None
        Called with rows and a generator, changes them at random.
    """

    def __init__(
        self, loss, rows, identities, groups, pairs, *, prior, linear, n_rounds, augment
    ):
        self.loss = loss
        self.rows = rows
        self.identities = torch.as_tensor(identities, device=rows.device)
        self.groups = groups
        self.cameras = None
        if groups is not None:
            self.cameras = torch.as_tensor(groups, device=rows.device)
        self.pairs = torch.as_tensor(pairs, device=rows.device)
        self.known = self.pairs
        self.prior = prior
        self.linear = linear
        self.n_rounds = n_rounds
        self.augment = augment
        self.round = 0
        # Rows taken for a match of each other share a number beyond the identities.
        self.taken = torch.full_like(self.identities, -1)
        self.n_taken = 0

    def embedding(self, step):
        """Loss of the embedding."""
        self._next_round(step)
        return self.loss(self._scores(step))

    def critic(self, step):
        """Loss of the critic."""
        return self.loss.critic(self._scores(step))

    def _scores(self, step):
        """Similarities of a step's rows, once for both players."""
        if "scores" in step.shared:
            return step.shared["scores"]
        (beside,) = step.batch
        device, n = self.rows.device, min(N_ANCHORS, len(self.pairs))
        if n < len(self.pairs):
            drawn = torch.randperm(
                len(self.pairs), generator=step.generator, device=device
            )[:n]
        else:
            drawn = torch.arange(n, device=device)
        index = torch.cat([self.pairs[drawn].T.reshape(-1), beside])
        x = self.rows[index]
        if self.augment is not None:
            x = self.augment(x, step.generator)
        z = {
            name: F.normalize(player(x), dim=1) for name, player in step.players.items()
        }
        known, taken = self.identities[index], self.taken[index]
        match = (known[:, None] == known) & (known >= 0)[:, None]
        match = match | ((taken[:, None] == taken) & (taken >= 0)[:, None])
        itself = index[:, None] == index
        match, unlabeled = match & ~itself, ~match & ~itself
        if self.cameras is not None:
            cameras = self.cameras[index]
            match = match & (cameras[:, None] != cameras)
        n_anchors = 2 * n
        similarity = {k: (v[:n_anchors] @ v.T) for k, v in z.items()}
        scores = PairScores(
            similarity["embedding"],
            match[:n_anchors],
            unlabeled[:n_anchors],
            self.prior,
            similarity.get("critic"),
        )
        step.shared["scores"] = scores
        return scores

    def _next_round(self, step):
        """Take nearest rows for matches, when a round is over."""
        if step.progress <= (self.round + 1) / (self.n_rounds + 1):
            return
        self.round += 1
        player = step.players["embedding"]
        training = player.training
        player.eval()
        with torch.no_grad():
            z = [F.normalize(player(part), dim=1) for part in self.rows.split(512)]
        player.train(training)
        Z = torch.cat(z).cpu().numpy()
        if self.linear is not None:
            Z = np.hstack([Z, self.linear])
        known = self.identities.cpu().numpy()
        known_rows = np.unique(self.known.cpu().numpy())
        new = mutual_neighbors(Z, known, self.groups, known_rows)
        self.n_taken = len(new)
        taken = np.full(len(Z), -1)
        taken[new[:, 0]] = taken[new[:, 1]] = np.arange(len(new))
        self.taken = torch.as_tensor(taken, device=self.rows.device)
        new = torch.as_tensor(new, device=self.rows.device)
        self.pairs = torch.cat([self.known, new])


def mutual_neighbors(Z, identities, groups, taken, n_neighbors=10):
    """Rows that are each other's nearest, after correction for hubs.

    Parameters
    ----------
    Z : ndarray of shape (n_rows, n_dims)
        Embedding.
    identities : ndarray of int, shape (n_rows,)
        Rows of two different known identities do not match.
    groups : ndarray of int, shape (n_rows,) or None
        A match is in another group.
    taken : ndarray of int
        Rows whose match is known.
    n_neighbors : int, default=10
        Neighbours whose similarity is taken off.

    Returns
    -------
    pairs : ndarray of int, shape (n_pairs, 2)
        Each pair once.
    """
    free = np.setdiff1d(np.arange(len(Z)), taken)
    if len(free) < 2:
        return np.empty((0, 2), dtype=np.int64)
    S = csls(Z[free] @ Z[free].T, n_neighbors, own=True)
    np.fill_diagonal(S, -np.inf)
    if groups is not None:
        S[groups[free][:, None] == groups[free]] = -np.inf
    ids = identities[free]
    S[(ids[:, None] != ids) & (ids >= 0)[:, None] & (ids >= 0)] = -np.inf
    nearest = S.argmax(axis=1)
    here = np.arange(len(free))
    mutual = (nearest[nearest] == here) & (here < nearest)
    mutual &= np.isfinite(S[here, nearest])
    return np.stack([free[here[mutual]], free[nearest[mutual]]], axis=1)


def csls(similarity, n_neighbors=10, *, own=False):
    """Cross-domain similarity local scaling: twice the similarity less both means.

    Parameters
    ----------
    similarity : ndarray of shape (n_queries, n_gallery)
        Cosines.
    n_neighbors : int, default=10
        Nearest rows of the other side whose mean similarity is taken off.
    own : bool, default=False
        Whether both sides are the same rows; then the row itself is no neighbour.

    Returns
    -------
    scaled : ndarray of shape (n_queries, n_gallery)

    References
    ----------
    A. Conneau et al., "Word translation without parallel data", ICLR 2018, section 2.3.
    """
    S = np.array(similarity)
    if own:
        np.fill_diagonal(S, -np.inf)
    k = max(1, min(n_neighbors, *(n - own for n in S.shape)))
    by_query = np.partition(S, -k, axis=1)[:, -k:].mean(axis=1)
    by_entry = np.partition(S, -k, axis=0)[-k:].mean(axis=0)
    return 2 * similarity - by_query[:, None] - by_entry


def k_reciprocal(query, gallery, n_neighbors=20, n_expanded=6, weight=0.3):
    """Distances after re-ranking by shared k-reciprocal neighbours.

    Parameters
    ----------
    query, gallery : ndarray of shape (n_rows, n_dims)
        Embeddings of unit length.
    n_neighbors : int, default=20
        k of the reciprocal neighbours.
    n_expanded : int, default=6
        Neighbours whose sets are averaged.
    weight : float, default=0.3
        Weight of the plain distance beside the Jaccard distance.

    Returns
    -------
    distances : ndarray of shape (n_queries, n_gallery)

    References
    ----------
    Z. Zhong, L. Zheng, D. Cao, S. Li, "Re-ranking person re-identification with
    k-reciprocal encoding", CVPR 2017.
    """
    Z = np.concatenate([query, gallery])
    n, D = len(Z), 1 - Z @ Z.T
    k = min(n_neighbors, n - 1)
    order = np.argsort(D, axis=1)[:, : k + 1]
    near = np.zeros((n, n), dtype=bool)
    np.put_along_axis(near, order, True, axis=1)
    half = np.zeros((n, n), dtype=bool)
    np.put_along_axis(half, order[:, : k // 2 + 1], True, axis=1)
    mutual, mutual_half = near & near.T, half & half.T
    weights = np.zeros((n, n), dtype=np.float32)
    for i in range(n):
        members = mutual[i].copy()
        for j in np.flatnonzero(mutual[i]):
            shared = (mutual_half[j] & mutual[i]).sum()
            if shared > 2 / 3 * mutual_half[j].sum():
                members |= mutual_half[j]
        weights[i, members] = np.exp(-D[i, members])
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    expanded = weights[order[:, :n_expanded]].mean(axis=1)
    q, g = expanded[: len(query)], expanded[len(query) :]
    # Rows sum to 1: the minimum fixes the maximum.
    shared = np.array([np.minimum(row, g).sum(axis=1) for row in q])
    jaccard = 1 - shared / (2 - shared)
    return (1 - weight) * jaccard + weight * D[: len(query), len(query) :]

"""Retrieval: how early the same identity comes in a ranked gallery."""

import numpy as np

from ._checks import check_integer


def cmc_curve(
    distances,
    query_ids,
    gallery_ids,
    *,
    query_groups=None,
    gallery_groups=None,
    junk_label=-1,
    max_rank=50,
):
    """Cumulative matching characteristic: queries with a match among the first k.

    The gallery is ranked by its distances to each query. As in the protocol of
    Market-1501 [1]_ entries of the query's own identity and group (the same person seen
    by the same camera) are left out of its ranking, and so is junk; a query that then
    has no match in the gallery does not count.

    Parameters
    ----------
    distances : array-like of shape (n_queries, n_gallery)
        Smaller is nearer.
    query_ids : array-like of shape (n_queries,)
        Identities of the queries.
    gallery_ids : array-like of shape (n_gallery,)
        Identities in the gallery.
    query_groups, gallery_groups : array-like, default=None
        Cameras, or whatever a match must come from another one of; both or neither.
    junk_label : label, default=-1
        Identity of gallery entries that count neither as right nor as wrong.
    max_rank : int, default=50
        Length of the curve, at most the size of the gallery.

    Returns
    -------
    cmc : ndarray of shape (n_ranks,)
        Share of the queries whose first match is among the first 1, 2, ... entries.

    Raises
    ------
    ValueError
        If shapes do not fit, distances hold NaN, groups are given for one side only, or
        no query has a match.

    See Also
    --------
    mean_average_precision : Counts all matches of a query, not the first alone.

    References
    ----------
    .. [1] L. Zheng et al., "Scalable person re-identification: a benchmark", ICCV 2015,
       section 5.1.

    Examples
    --------
    >>> from skgen.metrics import cmc_curve
    >>> distances = [[0.1, 0.5, 0.9], [0.3, 0.2, 0.4]]
    >>> cmc_curve(distances, ["a", "b"], ["a", "c", "b"])
    array([0.5, 0.5, 1. ])
    """
    check_integer("max_rank", max_rank, 1)
    rankings = _rankings(
        distances, query_ids, gallery_ids, query_groups, gallery_groups, junk_label
    )
    n_ranks = min(max_rank, len(gallery_ids))
    first = np.array([hits.argmax() for hits in rankings])
    return np.mean(first[:, None] <= np.arange(n_ranks), axis=0)


def rank_k_accuracy(distances, query_ids, gallery_ids, *, k=1, **options):
    """Share of the queries with a match among their first k entries.

    Parameters
    ----------
    distances : array-like of shape (n_queries, n_gallery)
        Smaller is nearer.
    query_ids : array-like of shape (n_queries,)
        Identities of the queries.
    gallery_ids : array-like of shape (n_gallery,)
        Identities in the gallery.
    k : int, default=1
        Entries that are looked at.
    **options : dict
        ``query_groups``, ``gallery_groups`` and ``junk_label`` of :func:`cmc_curve`.

    Returns
    -------
    accuracy : float
        From 0 to 1; entry k of :func:`cmc_curve`.

    Raises
    ------
    ValueError
        As :func:`cmc_curve` does.

    Examples
    --------
    >>> from skgen.metrics import rank_k_accuracy
    >>> distances = [[0.1, 0.5, 0.9], [0.3, 0.2, 0.4]]
    >>> rank_k_accuracy(distances, ["a", "b"], ["a", "c", "b"], k=3)
    1.0
    """
    check_integer("k", k, 1)
    return float(
        cmc_curve(distances, query_ids, gallery_ids, max_rank=k, **options)[-1]
    )


def mean_average_precision(
    distances,
    query_ids,
    gallery_ids,
    *,
    query_groups=None,
    gallery_groups=None,
    junk_label=-1,
    interpolated=False,
):
    """Mean over the queries of the average precision of their rankings.

    Parameters
    ----------
    distances : array-like of shape (n_queries, n_gallery)
        Smaller is nearer.
    query_ids : array-like of shape (n_queries,)
        Identities of the queries.
    gallery_ids : array-like of shape (n_gallery,)
        Identities in the gallery.
    query_groups, gallery_groups : array-like, default=None
        Cameras, or whatever a match must come from another one of; both or neither.
    junk_label : label, default=-1
        Identity of gallery entries that count neither as right nor as wrong.
    interpolated : bool, default=False
        Whether precision is averaged with that of the rank before each match, as the
        evaluation code of Market-1501 does; else it is the precision at the matches, as
        in :func:`sklearn.metrics.average_precision_score`.

    Returns
    -------
    score : float
        From 0 to 1.

    Raises
    ------
    ValueError
        If shapes do not fit, distances hold NaN, groups are given for one side only, or
        no query has a match.

    See Also
    --------
    cmc_curve : How entries are left out, and the first match alone.

    Examples
    --------
    >>> from skgen.metrics import mean_average_precision
    >>> distances = [[0.1, 0.2, 0.3, 0.4]]
    >>> mean_average_precision(distances, ["a"], ["a", "b", "a", "c"])  # (1 + 2/3) / 2
    0.8333333333333333
    """
    rankings = _rankings(
        distances, query_ids, gallery_ids, query_groups, gallery_groups, junk_label
    )
    scores = []
    for hits in rankings:
        ranks = np.flatnonzero(hits) + 1
        found = np.arange(1, len(ranks) + 1)
        precision = found / ranks
        if interpolated:
            before = (found - 1) / np.maximum(ranks - 1, 1)
            before[ranks == 1] = 1.0
            precision = 0.5 * (precision + before)
        scores.append(precision.mean())
    return float(np.mean(scores))


def _rankings(distances, query_ids, gallery_ids, query_groups, gallery_groups, junk):
    """For each query that has a match whether each ranked entry is one."""
    distances = np.asarray(distances, dtype=np.float64)
    query_ids, gallery_ids = np.asarray(query_ids), np.asarray(gallery_ids)
    if distances.shape != (len(query_ids), len(gallery_ids)):
        raise ValueError(
            f"distances must have shape {(len(query_ids), len(gallery_ids))}, a row "
            "for each query and a column for each gallery entry, got "
            f"{distances.shape}."
        )
    if np.isnan(distances).any():
        raise ValueError("distances must hold no NaN, got some.")
    if (query_groups is None) != (gallery_groups is None):
        raise ValueError(
            "query_groups and gallery_groups must be given both or neither, got one."
        )
    same = query_ids[:, None] == gallery_ids
    kept = np.broadcast_to(gallery_ids != junk, same.shape)
    if query_groups is not None:
        query_groups, gallery_groups = map(np.asarray, (query_groups, gallery_groups))
        if (len(query_groups), len(gallery_groups)) != same.shape:
            raise ValueError(
                f"groups must have the lengths {same.shape} of the ids, got "
                f"{(len(query_groups), len(gallery_groups))}."
            )
        kept = kept & ~(same & (query_groups[:, None] == gallery_groups))
    found = []
    for row, hits, rest in zip(distances, same, kept, strict=True):
        order = np.argsort(row, kind="stable")
        ranked = hits[order][rest[order]]
        if ranked.any():
            found.append(ranked)
    if not found:
        raise ValueError(
            "a query must have a match in the gallery, got none with any; look whether "
            "identities and groups are those of the queries."
        )
    return found

"""Retrieval, against rankings made by hand and the protocol of Market-1501."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import average_precision_score

from skgen.metrics import cmc_curve, mean_average_precision, rank_k_accuracy


def market_protocol(distances, q_ids, g_ids, q_groups, g_groups):
    """The evaluation of Market-1501, step by step as its definition has it."""
    curves, precisions = [], []
    for row, identity, camera in zip(distances, q_ids, q_groups, strict=True):
        good = (g_ids == identity) & (g_groups != camera)
        junk = (g_ids == -1) | ((g_ids == identity) & (g_groups == camera))
        if not good.any():
            continue
        cmc, ap = np.zeros(len(g_ids)), 0.0
        old_recall, old_precision, n_found, n_seen, n_junk = 0.0, 1.0, 0, 0, 0
        for n, place in enumerate(np.argsort(row, kind="stable")):
            if junk[place]:
                n_junk += 1
                continue
            if good[place]:
                cmc[n - n_junk :] = 1
                n_found += 1
            recall, precision = n_found / good.sum(), n_found / (n_seen + 1)
            ap += (recall - old_recall) * (old_precision + precision) / 2
            old_recall, old_precision = recall, precision
            n_seen += 1
        curves.append(cmc)
        precisions.append(ap)
    return np.mean(curves, axis=0), np.mean(precisions)


@pytest.fixture
def gallery():
    rng = np.random.default_rng(0)
    q_ids, g_ids = rng.integers(0, 8, 30), rng.integers(-1, 8, 60)
    q_groups, g_groups = rng.integers(0, 3, 30), rng.integers(0, 3, 60)
    return rng.random((30, 60)), q_ids, g_ids, q_groups, g_groups


def test_protocol_of_market_1501(gallery):
    distances, q_ids, g_ids, q_groups, g_groups = gallery
    curve, score = market_protocol(*gallery)
    groups = {"query_groups": q_groups, "gallery_groups": g_groups}
    found = cmc_curve(distances, q_ids, g_ids, max_rank=60, **groups)
    assert_allclose(found, curve)
    found = mean_average_precision(distances, q_ids, g_ids, interpolated=True, **groups)
    assert found == pytest.approx(score)
    for k in (1, 5, 20):
        found = rank_k_accuracy(distances, q_ids, g_ids, k=k, **groups)
        assert found == pytest.approx(curve[k - 1])


def test_ranking_made_by_hand():
    # Ranked: wrong, right, junk, same camera, wrong, right.
    distances = np.array([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]])
    ids = np.array([7, 1, -1, 1, 8, 1])
    cameras = np.array([2, 2, 2, 1, 2, 3])
    groups = {"query_groups": [1], "gallery_groups": cameras}
    # Without junk and the query's own camera: wrong, right, wrong, right.
    assert cmc_curve(distances, [1], ids, **groups).tolist() == [0, 1, 1, 1, 1, 1]
    score = mean_average_precision(distances, [1], ids, **groups)
    assert score == pytest.approx((1 / 2 + 2 / 4) / 2)
    score = mean_average_precision(distances, [1], ids, interpolated=True, **groups)
    assert score == pytest.approx((0.5 * (0 + 1 / 2) + 0.5 * (1 / 3 + 2 / 4)) / 2)
    # Cameras left aside, the query's own camera counts.
    assert mean_average_precision(distances, [1], ids) == pytest.approx(
        (1 / 2 + 2 / 3 + 3 / 5) / 3
    )


def test_average_precision_is_that_of_scikit_learn(gallery):
    distances, q_ids, g_ids, *_ = gallery
    g_ids = np.abs(g_ids)
    expected = [
        average_precision_score(g_ids == i, -row)
        for i, row in zip(q_ids, distances, strict=True)
        if (g_ids == i).any()
    ]
    found = mean_average_precision(distances, q_ids, g_ids)
    assert found == pytest.approx(np.mean(expected))


def test_queries_without_a_match_do_not_count():
    distances = [[0.1, 0.2], [0.2, 0.1]]
    assert rank_k_accuracy(distances, ["a", "z"], ["a", "b"]) == 1.0
    assert mean_average_precision(distances, ["a", "z"], ["a", "b"]) == 1.0
    with pytest.raises(ValueError, match="a query must have a match"):
        cmc_curve(distances, ["y", "z"], ["a", "b"])


def test_perfect_and_reversed_rankings():
    ids = np.arange(6)
    distances = np.abs(ids[:, None] - ids) * 1.0
    assert rank_k_accuracy(distances, ids, ids) == 1.0
    assert mean_average_precision(distances, ids, ids) == 1.0
    curve = cmc_curve(-distances, ids, ids)
    assert (np.diff(curve) >= 0).all() and curve[-1] == 1.0 and curve[0] == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d, i: cmc_curve(d[:, :2], i, i), r"shape \(3, 3\), .*got \(3, 2\)"),
        (lambda d, i: cmc_curve(d * np.nan, i, i), "no NaN"),
        (lambda d, i: cmc_curve(d, i, i, query_groups=i), "both or neither"),
        (
            lambda d, i: cmc_curve(d, i, i, query_groups=i, gallery_groups=i[:2]),
            "groups must have the lengths",
        ),
        (lambda d, i: cmc_curve(d, i, i, max_rank=0), "max_rank must be"),
        (lambda d, i: rank_k_accuracy(d, i, i, k=0), "k must be"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.eye(3), np.arange(3))

"""Tables as normal scores and one-hot codes."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from skgen.encoding import RankEncoder


def encode(X, seed=0):
    encoder = RankEncoder().fit(X)
    return encoder, encoder.transform(X, np.random.RandomState(seed))


def scores(encoder, Z):
    columns = [b["start"] for b in encoder.blocks_ if b["kind"] == "score"]
    return Z[:, columns]


def test_scores_are_standard_normal_whatever_the_column_holds():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "tied": rng.poisson(2.0, 4000),
            "spike": np.where(rng.random(4000) < 0.6, 0.0, rng.gamma(2.0, size=4000)),
            "heavy": rng.standard_t(2, 4000),
        }
    )
    encoder, Z = encode(X)
    for column in scores(encoder, Z).T:
        assert stats.kstest(column, "norm").pvalue > 1e-3


def test_mixed_table_comes_back(draw_mixed):
    X, _, _ = draw_mixed(400)
    encoder, Z = encode(X)
    back = encoder.inverse_transform(Z)
    assert (back.dtypes == X.dtypes).all()
    for name in ("flag", "category", "word", "nullable"):
        pd.testing.assert_series_equal(back[name], X[name])
    for name in ("number", "single", "count", "missing"):
        known = X[name].notna()
        assert (back[name].notna() == known).all()
        # Continuous numbers may move, half-way to their neighbours in rank.
        found, seen = (stats.rankdata(x[name][known]) for x in (back, X))
        assert np.abs(found - seen).max() <= 2


def test_value_that_repeats_comes_back_from_its_whole_interval():
    X = np.repeat([[1.0], [2.5], [4.0]], [50, 30, 20], axis=0)
    encoder, _ = encode(X)
    share = np.array([1e-7, 0.49, 0.51, 0.79, 0.81, 1 - 1e-7])
    found = encoder.inverse_transform(stats.norm.ppf(share)[:, None])
    assert found[:, 0].tolist() == [1.0, 1.0, 2.5, 2.5, 4.0, 4.0]


def test_numbers_that_all_repeat_come_back():
    X = np.repeat(np.random.default_rng(0).random((100, 1)), [2, 3] * 50, axis=0)
    encoder, Z = encode(X)
    assert_allclose(encoder.inverse_transform(Z), X, rtol=1e-9)


def test_draws_of_the_scores_have_the_distribution_of_the_column():
    rng = np.random.default_rng(1)
    x = np.where(rng.random(3000) < 0.5, 0.0, np.exp(rng.normal(size=3000)))
    encoder, _ = encode(x[:, None])
    drawn = encoder.inverse_transform(rng.normal(size=(3000, 1)))[:, 0]
    assert abs((drawn == 0).mean() - (x == 0).mean()) < 0.04
    assert stats.ks_2samp(drawn[drawn > 0], x[x > 0]).pvalue > 1e-3
    assert drawn.min() >= x.min()
    assert drawn.max() <= x.max()


def test_category_that_was_not_seen_has_no_code():
    X = pd.DataFrame({"a": list("xyxyx"), "b": [1.0, 2.0, 3.0, 4.0, 5.0]})
    encoder, Z = encode(X)
    new = encoder.transform(X.assign(a="z"), np.random.RandomState(0))
    assert_allclose(new[:, :2], 0)
    assert Z[:, :2].sum() == len(X)


def test_blocks_cover_the_matrix(draw_mixed):
    encoder, Z = encode(draw_mixed()[0])
    covered = np.concatenate(
        [np.arange(b["start"], b["start"] + b["width"]) for b in encoder.blocks_]
    )
    assert (
        covered.tolist() == list(range(encoder.n_encoded_)) == list(range(Z.shape[1]))
    )
    for block in encoder.blocks_:
        if block["kind"] == "category":
            assert block["shares"].sum() == pytest.approx(1)


def test_state_is_plain(draw_mixed):
    X = draw_mixed()[0]
    encoder, Z = encode(X)
    again = RankEncoder.from_state(encoder.get_state())
    assert_allclose(again.transform(X, np.random.RandomState(0)), Z)


def test_constant_and_empty_columns():
    X = pd.DataFrame({"one": [3.0] * 6, "none": [np.nan] * 6, "x": range(6)})
    encoder, Z = encode(X)
    back = encoder.inverse_transform(Z)
    assert (back["one"] == 3).all()
    assert back["none"].isna().all()
    assert np.isfinite(Z).all()


def test_column_that_another_determines_is_left_out_and_comes_back():
    rng = np.random.default_rng(0)
    town = rng.integers(0, 12, 600)
    X = pd.DataFrame(
        {
            "country": town // 6,
            "town": town,
            "label": np.array([f"town {i}" for i in range(12)])[town],
            "coast": town % 3 == 0,
            "visits": rng.poisson(3.0, 600),
            "constant": 1,
        }
    )
    encoder, Z = encode(X)
    assert {law["column"] for law in encoder.laws_} == {0, 2, 3}
    assert {block["column"] for block in encoder.blocks_} == {1, 4, 5}
    pd.testing.assert_frame_equal(encoder.inverse_transform(Z), X)
    noise = rng.normal(size=Z.shape)
    drawn = encoder.inverse_transform(noise)
    assert (drawn["country"] == drawn["town"] // 6).all()
    assert (drawn["coast"] == (drawn["town"] % 3 == 0)).all()


def test_columns_that_agree_by_chance_are_no_law():
    rng = np.random.default_rng(0)
    # Every number but a few is there once; rare ones are zero everywhere.
    X = pd.DataFrame({"a": np.arange(40) // 2, "b": (np.arange(40) == 3).astype(int)})
    X["b"] = rng.permutation(X["b"])
    assert RankEncoder().fit(X.iloc[:6]).laws_ == []
    X["c"] = rng.integers(0, 2, 40)
    assert RankEncoder().fit(X).laws_ == []


def test_laws_form_chains():
    fine = np.repeat(np.arange(8), 40)
    X = np.column_stack([fine // 4, fine // 4 + 7, fine // 2, fine])
    encoder, Z = encode(X)
    assert Z.shape[1] == 1
    assert (encoder.inverse_transform(Z) == X).all()


def test_codes_of_categories():
    X = pd.DataFrame(
        {
            "kind": pd.Categorical(list("abca") * 20, categories=list("cbax")),
            "flag": np.arange(80) % 3 == 0,
            "size": np.arange(80.0),
        }
    )
    encoder, Z = encode(X)
    assert encoder.category_block(2) is None
    for j in (0, 1):
        block = encoder.category_block(j)
        assert encoder.blocks_[block["place"]]["start"] == block["start"]
        codes = encoder.category_codes(j, X.iloc[:, j])
        own = Z[:, block["start"] : block["start"] + block["width"]]
        assert (own.argmax(axis=1) == codes).all()
        assert (np.array(encoder.categories(j))[codes] == X.iloc[:, j]).all()
    assert encoder.category_codes(0, ["x", "a"]).tolist()[0] == -1


def test_decoding_takes_codes_in_place_of_one_hot_rows(draw_mixed):
    encoder, Z = encode(draw_mixed(200)[0])
    found = np.column_stack(
        [
            Z[:, b["start"]]
            if b["kind"] == "score"
            else Z[:, b["start"] : b["start"] + b["width"]].argmax(axis=1)
            for b in encoder.blocks_
        ]
    )
    pd.testing.assert_frame_equal(encoder.decode(found), encoder.inverse_transform(Z))

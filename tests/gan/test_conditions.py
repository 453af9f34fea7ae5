"""Conditions on columns of a GANSampler."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose

from skgen import GANSampler
from skgen.encoding import RankEncoder
from skgen.gan import Conditions
from skgen.gan._conditions import ConditionColumns, TrainingBySampling

TINY = {"n_latent": 4, "max_epochs": 2, "random_state": 0}


def shop(n=600, seed=0):
    """Rows whose numbers depend on a rare category and on a flag."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(["bread", "cake", "pie"], n, p=[0.8, 0.15, 0.05])
    sold = rng.random(n) < 0.5
    size = rng.normal(size=n) + np.select([kind == "cake", kind == "pie"], [5, 10], 0.0)
    kind = pd.Categorical(kind, categories=["pie", "cake", "bread", "tart"])
    return pd.DataFrame({"kind": kind, "sold": sold, "size": size + 3.0 * sold})


@pytest.fixture(scope="module")
def fitted():
    gan = GANSampler(conditions="all", max_epochs=150, random_state=0)
    return gan.fit(shop(1500))


def test_rows_meet_their_conditions(fitted):
    rows = fitted.sample(40, given={"kind": "pie"}, random_state=0)
    assert (rows["kind"] == "pie").all()
    assert set(rows["sold"]) == {True, False}
    assert (rows.dtypes == shop(10).dtypes).all()
    both = pd.DataFrame({"kind": ["cake", "bread"] * 20, "sold": [True] * 40})
    rows = fitted.sample(40, given=both, random_state=0)
    assert (rows["kind"].astype(str) == both["kind"]).all()
    assert rows["sold"].all()
    z = np.zeros((3, fitted.n_latent_))
    assert (fitted.generate(z, given={"kind": "pie"})["kind"] == "pie").all()


def test_other_columns_follow_the_conditions(fitted):
    for kind, sold, want in (("bread", False, 0), ("cake", True, 8), ("pie", True, 13)):
        rows = fitted.sample(400, given={"kind": kind, "sold": sold}, random_state=0)
        assert abs(rows["size"].mean() - want) < 1.0
    pies = fitted.sample(400, given={"kind": "pie"}, random_state=0)
    assert abs(pies["size"].mean() - 11.5) < 1.0


def test_without_conditions_rows_have_the_shares_of_the_table(fitted):
    shares = fitted.sample(4000, random_state=0)["kind"].value_counts(normalize=True)
    assert_allclose(shares[["bread", "cake", "pie"]], [0.8, 0.15, 0.05], atol=0.06)
    assert shares["tart"] == 0


def test_training_by_sampling_prefers_rare_rows_and_keeps_what_depends_on_them():
    X = shop(3000)
    encoder = RankEncoder(keep=[0, 1]).fit(X)
    columns = ConditionColumns([encoder.category_block(j) for j in (0, 1)])
    rows = torch.as_tensor(encoder.transform(X, np.random.RandomState(0)))
    draw = TrainingBySampling(columns, rows, None, Conditions())
    x, y, given = draw(rows[:2000], None, torch.Generator().manual_seed(0))
    mask = columns.mask(given).bool()
    assert y is None
    assert abs(mask.any(dim=1).float().mean() - 0.5) < 0.05
    # Rows meet their conditions; those without stay.
    assert torch.equal(columns.of_rows(x, mask.float()), given)
    assert torch.equal(columns.impose(x, given), x)
    none = ~mask.any(dim=1)
    assert torch.equal(x[none], rows[:2000][none])
    alone = mask[:, 0] & ~mask[:, 1]
    pie = encoder.categories(0).index("pie")
    counts = np.array([(X["kind"] == k).sum() for k in encoder.categories(0)])
    share = np.log1p(counts)[pie] / np.log1p(counts).sum()
    assert abs(x[alone, pie].mean() - share) < 0.06


def test_classes_and_conditions_together():
    X = shop(300)
    gan = GANSampler(conditions=["kind"], **TINY).fit(X[["kind", "size"]], X["sold"])
    rows = gan.sample(4, y=True, given={"kind": "cake"}, random_state=0)
    assert (rows["kind"] == "cake").all()
    gan.partial_fit(X[["kind", "size"]], X["sold"])
    assert gan.sample(2).shape == (2, 2)


def test_columns_of_arrays_are_named_by_places():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=80), rng.integers(0, 2, 80)])
    gan = GANSampler(conditions=[1], **TINY).fit(X)
    assert (gan.sample(9, given={1: 1})[:, 1] == 1).all()


def test_condition_on_a_column_that_another_determines():
    X = shop(300)
    X["sweet"] = X["kind"].isin(["cake", "pie"])
    gan = GANSampler(conditions=["sweet"], **TINY).fit(X)
    assert gan.sample(9, given={"sweet": True}, random_state=0)["sweet"].all()


def test_condition_on_missing_values():
    X = shop(200).astype({"kind": object})
    X.loc[::3, "kind"] = None
    gan = GANSampler(conditions=["kind"], **TINY).fit(X)
    assert gan.sample(5, given={"kind": None}, random_state=0)["kind"].isna().all()


@pytest.mark.parametrize(
    ("conditions", "given", "message"),
    [
        (None, {"kind": "pie"}, "without conditions"),
        (["kind"], {"sold": True}, "not among the conditions"),
        (["kind"], {"kind": "tart"}, "did not see"),
        (["kind"], {"kind": ["pie"] * 3}, "must be one value or 5"),
        (["colour"], None, "no column of X"),
        (["size"], None, "has numbers"),
        (["sold"], {"sold": "True"}, "did not see"),
        (["kind"], {"kind": float("nan")}, "did not see"),
        (["kind"], ["kind"], "must be a dict"),
    ],
)
def test_wrong_conditions_are_refused(conditions, given, message):
    with pytest.raises((ValueError, TypeError), match=message):
        GANSampler(conditions=conditions, **TINY).fit(shop(100)).sample(5, given=given)


def test_numbers_that_were_not_seen_are_refused():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=80), np.where(rng.random(80) < 0.5, 0, 1.5)])
    gan = GANSampler(conditions=[1], **TINY).fit(X)
    assert (gan.sample(4, given={1: 1.5})[:, 1] == 1.5).all()
    for value in (0.9, 1000):
        with pytest.raises(ValueError, match="did not see"):
            gan.sample(4, given={1: value})


def test_categories_of_any_kind_and_names_that_are_numbers():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            20: pd.Categorical(rng.integers(1, 5, 90)),
            10: pd.cut(rng.normal(size=90), [-9, -1, 1, 9]),
            0: rng.normal(size=90),
        }
    )
    gan = GANSampler(conditions=np.array([20, 10]), **TINY).fit(X)
    drawn = gan.sample(90, given=X[[10, 20]], random_state=0)
    pd.testing.assert_frame_equal(drawn[[20, 10]], X[[20, 10]])
    assert (gan.sample(4, given={20: 3})[20] == 3).all()


def test_images_have_no_conditions():
    X = np.random.default_rng(0).random((20, 16))
    with pytest.raises(ValueError, match="columns of tables"):
        GANSampler(conditions="all", image_shape=(4, 4), **TINY).fit(X)


def test_shares_of_conditions():
    X = shop(500)
    encoder = RankEncoder(keep=[0, 1]).fit(X)
    columns = ConditionColumns([encoder.category_block(j) for j in (0, 1)])
    rows = torch.as_tensor(encoder.transform(X, np.random.RandomState(0)))

    def masks(**options):
        draw = TrainingBySampling(columns, rows, None, Conditions(**options))
        return columns.mask(draw(rows, None, torch.Generator().manual_seed(0))[2])

    assert not masks(share=0.0).any()
    assert (masks(share=1.0, more=0.0).sum(dim=1) == 1).all()
    assert (masks(share=1.0, more=1.0).sum(dim=1) == 2).all()


@pytest.mark.parametrize(
    "options", [{"critic": "no such way"}, {"share": 1.5}, {"more": "0.1"}]
)
def test_wrong_fields_of_conditions_are_refused(options):
    (name,) = options
    with pytest.raises(ValueError, match=f"{name} must be"):
        Conditions(**options)

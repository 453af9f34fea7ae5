"""Inputs that people brought to other packages: right, or an error that teaches.

Each kind is asked of every estimator that it concerns.
"""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from instances import classes, has_parameter, instances
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.base import clone
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

from skgen import AutoregressiveDensity, GANSampler, VAETransformer, base
from skgen.base import NeuralEstimator
from skgen.density import FlowDensity, PixelCNNDensity
from skgen.encoding.copies import equal_rows
from skgen.metrics import twin_share
from skgen.training import hold_out

TINY = dict(zip(classes(), instances(), strict=True))
# Tables of mixed types, and those of numbers alone.
TABLES = {
    name: model
    for name, model in TINY.items()
    if isinstance(model, NeuralEstimator)
    and name not in ("PixelCNNDensity", "SequenceDensity")
}
MIXED = {name: model for name, model in TABLES.items() if name != "FlowDensity"}
each_table = pytest.mark.parametrize("model", TABLES.values(), ids=TABLES)
each_mixed = pytest.mark.parametrize("model", MIXED.values(), ids=MIXED)
Y = np.repeat([0, 1], 30)


def mixed(n=60, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "code": pd.Categorical(rng.choice([1, 2, 3], n)),
            "word": rng.choice(["x", "y"], n),
            "flag": rng.random(n) < 0.5,
            "count": rng.integers(0, 1000, n),
            "number": rng.normal(size=n),
        }
    )


def outputs(model, X):
    """What a fitted model says of rows, or makes of them."""
    for name in ("predict_proba", "score_samples", "transform", "predict"):
        if hasattr(model, name):
            return getattr(model, name)(X)
    return model.critic_scores(X, Y[: len(X)] if hasattr(model, "classes_") else None)


# -- rows of different lengths ---------------------------------------------------------

SHORT = [[1.0, 2.0, 3.0], [1.0, 2.0]] * 30
OBJECTS = np.empty(60, dtype=object)
OBJECTS[:] = [np.array(row) for row in SHORT]
MIXED_ROWS = [[1.0, 2.0], 3.0] * 30


@pytest.mark.parametrize(
    "X",
    [SHORT, [np.array(row) for row in SHORT], OBJECTS],
    ids=["lists", "arrays", "objects"],
)
@pytest.mark.parametrize("model", TINY.values(), ids=TINY)
def test_rows_of_different_lengths_are_refused(model, X):
    fit = (
        clone(model).fit_resample
        if hasattr(model, "fit_resample")
        else clone(model).fit
    )
    with pytest.raises(ValueError, match="X must have rows of one length.*2 and of 3"):
        fit(X, Y)


@pytest.mark.parametrize(
    "X",
    [[pd.Series(row) for row in SHORT], [range(3), range(2)] * 30, MIXED_ROWS],
    ids=["series", "ranges", "single values"],
)
def test_other_rows_of_different_lengths_are_refused(X):
    with pytest.raises(ValueError, match="X must have rows of one length"):
        clone(TINY["MixtureDensity"]).fit(X)


def test_rows_of_different_lengths_are_refused_after_a_fit():
    model = clone(TINY["MixtureDensity"]).fit(
        np.random.default_rng(0).normal(size=(60, 3))
    )
    with pytest.raises(ValueError, match="X must have rows of one length"):
        model.score_samples(SHORT)


# -- whole numbers beyond 2**53 --------------------------------------------------------


IDS = np.array([2**53 + 1, 2**53 + 3, 17] * 20)
NUMBER = np.random.default_rng(0).normal(size=60)
LARGE = {
    "frame": pd.DataFrame({"id": IDS, "x": NUMBER}),
    "nullable": pd.DataFrame({"id": pd.array(IDS, dtype="Int64"), "x": NUMBER}),
    "unsigned": pd.DataFrame({"id": IDS.astype(np.uint64) * 2, "x": NUMBER}),
    "Python": pd.DataFrame({"id": [10**20, 10**20 + 1, 5] * 20, "x": NUMBER}),
    "array": np.column_stack([IDS, IDS]),
}


@each_table
@pytest.mark.parametrize("X", LARGE.values(), ids=LARGE)
def test_large_integers_are_refused_by_column(model, X):
    name = "column 'id'" if isinstance(X, pd.DataFrame) else "column 0"
    with pytest.raises(ValueError, match=rf"{name}.*beyond 2\*\*53.*'category'"):
        clone(model).fit(X, Y)


@pytest.mark.parametrize("X", LARGE.values(), ids=LARGE)
def test_large_integers_are_not_compared_as_floats(X):
    with pytest.raises(ValueError, match=r"beyond 2\*\*53.*astype\('category'\)"):
        twin_share(X, X)


def test_large_integers_as_categories_come_back():
    X = LARGE["frame"].astype({"id": "category"})
    for model in (AutoregressiveDensity, GANSampler, VAETransformer):
        drawn = model(max_epochs=1, random_state=0).fit(X).sample(30, random_state=0)
        assert set(drawn["id"]) <= set(IDS)
    assert twin_share(X, X) == 1.0
    near = X.assign(id=X["id"].cat.rename_categories({2**53 + 1: 2**53 + 2}))
    assert twin_share(near, X) < 1.0


def test_the_largest_exact_integers_are_taken():
    X = pd.DataFrame({"id": [2**53, -(2**53), 17] * 20, "x": NUMBER})
    drawn = AutoregressiveDensity(max_epochs=1).fit(X).sample(20, random_state=0)
    assert set(drawn["id"]) <= {2**53, -(2**53), 17}


# -- containers ------------------------------------------------------------------------


@each_mixed
def test_an_array_stands_for_the_frame_of_the_fit(model):
    X = mixed()
    model = clone(model).fit(X, Y)
    expected = outputs(model, X)
    assert_array_equal(outputs(model, X.to_numpy()), expected)
    assert_array_equal(outputs(model, X.to_numpy()[:5]), expected[:5])
    assert_array_equal(outputs(model, X.astype(object)), expected)


@each_mixed
def test_a_row_of_a_frame_is_refused_with_what_to_pass(model):
    X = mixed()
    model = clone(model).fit(X, Y)
    row = X.iloc[0]
    with pytest.raises(ValueError, match=r"got a Series; pass .*to_frame\(\)\.T"):
        outputs(model, row)
    again = row.to_frame().T.infer_objects()
    assert_array_equal(outputs(model, again), outputs(model, X)[:1])


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@each_mixed
def test_arrays_of_other_widths_name_what_is_expected(model):
    model = clone(model).fit(mixed(), Y)
    with pytest.raises(ValueError, match="6 features.*expecting 5 features"):
        outputs(model, np.zeros((3, 6)))


@each_table
def test_several_levels_of_names_are_refused(model):
    names = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=names)
    with pytest.raises(ValueError, match=r"one level of column names.*columns\.map"):
        clone(model).fit(X, Y)
    clone(model).fit(X.set_axis(X.columns.map(str), axis=1), Y)


@each_mixed
def test_masked_entries_are_missing(model):
    X = np.random.default_rng(0).normal(size=(60, 2))
    mask = np.abs(X) > 1.5
    found = outputs(clone(model).fit(np.ma.array(X, mask=mask), Y), X)
    expected = outputs(clone(model).fit(np.where(mask, np.nan, X), Y), X)
    assert_array_equal(found, expected)


@each_table
def test_sparse_columns_are_taken(model):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=["a", "b"])
    sparse = X.astype({"a": pd.SparseDtype(float)})
    expected = outputs(clone(model).fit(X, Y), X)
    assert_array_equal(outputs(clone(model).fit(sparse, Y), sparse), expected)


class Foreign:
    """A table of another library, as polars and pyarrow have them."""

    def __init__(self, frame, error=None):
        self.frame, self.error = frame, error

    def __len__(self):
        return len(self.frame)

    def to_pandas(self):
        if self.error is not None:
            raise self.error
        return self.frame


@each_mixed
def test_tables_of_other_libraries_become_frames(model):
    X = mixed()
    expected = outputs(clone(model).fit(X, Y), X)
    model = clone(model).fit(Foreign(X), Y)
    assert_array_equal(outputs(model, Foreign(X)), expected)
    lacking = Foreign(X, ModuleNotFoundError("no pyarrow", name="pyarrow"))
    with pytest.raises(TypeError, match="to_pandas.. only with pyarrow; install it"):
        clone(model).fit(lacking, Y)


@each_table
def test_text_in_an_array_is_refused(model):
    for X in ([[1.0, "a"]] * 60, np.array([[1.0, "a"]] * 60, dtype=object)):
        with pytest.raises(TypeError, match="must hold numbers.*pass a pandas DataFr"):
            clone(model).fit(X, Y)


# -- columns of other kinds ------------------------------------------------------------


@each_mixed
@pytest.mark.parametrize(
    ("column", "words"),
    [
        ([b"a", b"b"] * 30, "holds bytes"),
        ([Decimal("1.5"), Decimal(2)] * 30, "holds decimal"),
        ([1, "a"] * 30, "holds mixed-integer"),
        ([{1}] * 60, "holds mixed"),
        ([1j] * 60, "holds complex"),
    ],
    ids=["bytes", "decimals", "numbers and words", "sets", "complex"],
)
def test_columns_that_cannot_be_encoded_are_named(model, column, words):
    X = mixed().assign(strange=pd.Series(column))
    with pytest.raises(TypeError, match=f"column 'strange' {words}"):
        clone(model).fit(X, Y)


@each_mixed
def test_categories_that_became_strings_are_refused(model):
    X = mixed()
    model = clone(model).fit(X, Y)
    as_words = X.assign(code=X["code"].astype(str))
    with pytest.raises(
        TypeError, match=r"'code' was category in fit, of numbers.*stri"
    ):
        outputs(model, as_words)
    # The remedy that the message names.
    expected = outputs(model, X)
    assert_array_equal(outputs(model, as_words.astype({"code": float})), expected)
    as_numbers = X.assign(word=(X["word"] == "x").astype(int))
    with pytest.raises(
        TypeError, match=r"'word' was category in fit, of strings.*numb"
    ):
        outputs(model, as_numbers)


# -- impute ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filler():
    X = mixed(300)
    holes = np.random.default_rng(1).random(X.shape) < 0.1
    model = AutoregressiveDensity(max_epochs=2, random_state=0)
    return model.fit(X.astype({"count": "Int64", "flag": object}).mask(holes)), X


@pytest.mark.parametrize("as_array", [False, True])
def test_impute_after_a_fit_with_gaps(as_array):
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=(200, 2)), rng.integers(0, 5, (200, 2))])
    X = pd.DataFrame(X, columns=list("abcd")).mask(rng.random((200, 4)) < 0.15)
    X = X.to_numpy() if as_array else X
    model = AutoregressiveDensity(max_epochs=2, random_state=0).fit(X)
    full = model.impute(X, random_state=0)
    assert type(full) is type(X)
    assert not pd.isna(full).any(axis=None)
    known = ~pd.isna(np.asarray(X))
    assert_array_equal(np.asarray(full)[known], np.asarray(X)[known])


def test_impute_leaves_nothing_missing_whatever_the_dtype(filler):
    model, X = filler
    hole = np.arange(len(X)) % 3 == 0
    two = X["code"].cat.set_categories([1, 2])
    narrow = two.where(~hole)
    for column, dtype in (
        (pd.Series(narrow), "category"),
        (X["code"].astype("Int64").where(~hole), "Int64"),
    ):
        full = model.impute(X.assign(code=column), random_state=0)["code"]
        assert not full.isna().any() and str(full.dtype) == dtype
    for name, dtype in (("count", "Int64"), ("word", X["word"].dtype)):
        full = model.impute(X.assign(**{name: X[name].where(~hole)}), random_state=0)
        assert not full[name].isna().any()
        assert full[name].dtype == dtype
        assert_array_equal(full[name][~hole].to_numpy(), X[name][~hole].to_numpy())
    gone = model.impute(X.assign(word=np.nan), random_state=0)
    assert set(gone["word"]) <= {"x", "y"}


def test_whole_numbers_are_whole_after_impute():
    X = mixed(200)[["count", "number"]]
    model = AutoregressiveDensity(max_epochs=1, random_state=0).fit(X)
    holes = X.assign(count=X["count"].where(np.arange(200) % 4 > 0))
    assert holes["count"].dtype == float
    full = model.impute(holes, random_state=0)
    assert_frame_equal(full, X.assign(count=full["count"]))


@pytest.mark.parametrize("name", ["count", "number"])
def test_impute_names_the_column_whose_dtype_is_too_narrow(filler, name):
    model, X = filler
    narrow = pd.Series(np.arange(len(X)) % 100, dtype="Int8").where(X["flag"])
    with pytest.raises(ValueError, match=f"column '{name}' has dtype Int8.*astype"):
        model.impute(X.assign(**{name: narrow}), random_state=0)
    wide = narrow.astype("float64")
    assert (
        not model.impute(X.assign(**{name: wide}), random_state=0).isna().any(axis=None)
    )


# -- given -----------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["AutoregressiveDensity", "GANSampler"])
def conditional(request):
    model = clone(TINY[request.param])
    if has_parameter(model, "conditions"):
        model.set_params(conditions="all")
    return model.fit(mixed(200))


def test_given_may_be_a_dict_a_frame_a_row_or_a_column(conditional):
    X = mixed(4, seed=3)[["code", "word"]]
    rows = conditional.sample(4, given=X, random_state=0)
    assert_array_equal(rows[["code", "word"]].astype(object), X.astype(object))
    expected = {"code": X["code"], "word": X["word"].tolist()}
    assert_frame_equal(conditional.sample(4, given=expected, random_state=0), rows)
    for given in (X.iloc[1], X.iloc[[1]], dict(X.iloc[1])):
        rows = conditional.sample(4, given=given, random_state=0)
        assert (rows["word"] == X["word"].iloc[1]).all()
        assert (rows["code"] == X["code"].iloc[1]).all()
    rows = conditional.sample(4, given=X["word"], random_state=0)
    assert rows["word"].tolist() == X["word"].tolist()


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("word", TypeError, "must be a dict.*got 'word'.*write given={column: value}"),
        ([("word", "x")], TypeError, "must be a dict"),
        ({"word": ["x", "y"]}, ValueError, r"given\['word'\] must be one value or 3"),
        ({"size": 1}, ValueError, "'size' is neither the name nor the index"),
        ({"word": "z"}, ValueError, r"given\['word'\] holds \['z'\].*it saw"),
        ({"code": 7}, ValueError, r"given\['code'\] holds \[7\].*it saw"),
    ],
)
def test_bad_given_is_refused_by_column(conditional, given, error, message):
    with pytest.raises(error, match=message):
        conditional.sample(3, given=given)


def test_given_numbers_are_those_that_the_column_can_hold():
    X = mixed(200)[["count", "number"]].assign(step=np.arange(200) % 5 / 10)
    model = clone(TINY["AutoregressiveDensity"]).fit(X)
    with pytest.raises(ValueError, match=r"'count'\] must hold whole numbers.*500.7"):
        model.sample(2, given={"count": 500.7})
    with pytest.raises(ValueError, match=r"'step'\] holds \[0.25\].*0.2, 0.3"):
        model.sample(2, given={"step": 0.25})
    with pytest.raises(ValueError, match=r"'number'\] must lie near.*got 1e\+06"):
        model.sample(2, given={"number": 1e6})
    drawn = model.sample(3, given={"count": [1, 500, 999], "number": 0.123})
    assert drawn["count"].tolist() == [1, 500, 999]
    assert (drawn["number"] == 0.123).all()


# -- rows that occur twice -------------------------------------------------------------


STOPPING = {k: m for k, m in TINY.items() if has_parameter(m, "early_stopping")}


@pytest.mark.parametrize("model", STOPPING.values(), ids=STOPPING)
@pytest.mark.parametrize("noise", [0.0, 1e-8], ids=["equal", "rounded"])
def test_rows_to_stop_by_have_no_copies_among_those_to_train_on(
    model, noise, monkeypatch
):
    rng = np.random.default_rng(0)
    if isinstance(model, PixelCNNDensity):
        X = rng.integers(0, 2, (60, 36)).astype(float)
        noise = 0.0
    else:
        X = rng.normal(size=(60, 4))
    copied = []

    def watch(*arguments):
        train, held_out = hold_out(*arguments)
        copied.append(set(train % 60) & set(held_out % 60))
        assert len(held_out)
        return train, held_out

    monkeypatch.setattr(base, "hold_out", watch)
    model = clone(model).set_params(early_stopping=True)
    model.fit(np.r_[X, X * (1 + noise)], np.r_[Y, Y])
    assert copied == [set()]
    # Rows that occur once are dealt as before.
    copied.clear()
    model.fit(X, Y)
    assert copied == [set()]


@pytest.mark.parametrize("cls", [FlowDensity, VAETransformer])
def test_a_table_twice_says_what_it_says_once(cls):
    X = load_wine().data
    train, test = train_test_split(X, test_size=0.3, random_state=0)
    once = cls(random_state=0).fit(train).score(test)
    # Without that it was 19 nats less for the flow, 4 for the VAE.
    assert cls(random_state=0).fit(np.r_[train, train]).score(test) > once - 1


def test_copies_are_told_from_rows_that_are_close():
    rng = np.random.default_rng(0)
    for gap in (0, 1e3):  # modes far apart make any rounding look small
        X = rng.normal(size=(600, 2))
        X[:300, 0] += gap
        assert equal_rows(X) is None
        for rows in (np.r_[X, X], np.r_[X, X.astype(np.float32)]):
            copies = equal_rows(rows)
            assert_array_equal(copies[:600], copies[600:])
            assert len(np.unique(copies)) == 600
    assert equal_rows(rng.integers(0, 3, (600, 3))) is None  # equal by chance

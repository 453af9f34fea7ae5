"""Tables become float32 matrices and come back as they were."""

import json
import os
import pickle
import pickletools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from scipy.sparse import csr_array
from sklearn.exceptions import NotFittedError

from skgen.encoding import TableEncoder

_DATA = Path(
    os.environ.get("SKGEN_DATA") or Path(__file__).parents[3] / "shared" / "data"
)
NA = pd.NA
COLUMNS = {
    "float64": pd.Series([0.5, 1.5, -2.0, 4.0, 0.25, 1.0]),
    "float32": pd.Series([0.5, 1.5, -2.0, 4.0, 0.25, 1.0], dtype="float32"),
    "float16": pd.Series([0.5, 1.5, -2.0, 4.0, 0.25, 1.0], dtype="float16"),
    "float_missing": pd.Series([0.5, np.nan, -2.0, 4.0, 0.25, 1.0]),
    "float_only_missing": pd.Series([np.nan] * 6),
    "int64": pd.Series([5, 3, 3, 1000, -7, 0]),
    "int8": pd.Series([5, 3, 3, 127, -128, 0], dtype="int8"),
    "uint8": pd.Series([5, 3, 3, 255, 0, 0], dtype="uint8"),
    "constant": pd.Series([7] * 6),
    "bool": pd.Series([True, False, True, True, False, False]),
    "sparse": pd.Series([0.0, 0, 0, 4, 0, 1], dtype="Sparse[float64]"),
    "Int64": pd.Series([5, None, 3, 1000, -7, 0], dtype="Int64"),
    "UInt8": pd.Series([5, 0, 3, 255, 7, 0], dtype="UInt8"),
    "Float32": pd.Series([0.5, None, -2, 4, 0.25, 1], dtype="Float32"),
    "boolean": pd.Series([True, None, True, False, False, True], dtype="boolean"),
    "object_bool": pd.Series([True, None, True, False, False, True], dtype=object),
    "object_int": pd.Series([1, None, 2, 4, 4, 9], dtype=object),
    "object_float": pd.Series([1.5, 3.0, None, 4.0, 4.5, 9.0], dtype=object),
    "strings": pd.Series(["b", "a", "b", "c", "b", "a"]),
    "strings_missing": pd.Series(["b", "a", None, "c", "b", "a"]),
    "object_none": pd.Series(["b", None, "b", "c", "b", "a"], dtype=object),
    "object_nan": pd.Series(["b", np.nan, "b", "c", "b", "a"], dtype=object),
    "object_empty": pd.Series([None] * 6, dtype=object),
    "string[python]": pd.Series(["b", NA, "b", "c", "b", "a"], dtype="string[python]"),
    "category": pd.Series(["b", "a", "b", "c", "b", None], dtype="category"),
    "ordered": pd.Series(
        pd.Categorical(["lo", "hi"] * 3, categories=["lo", "mid", "hi"], ordered=True)
    ),
    "category_int": pd.Series([3, 1, 1, 2, 3, 3], dtype="category"),
    "category_float": pd.Series([3.5, 1, 1, None, 3, 3], dtype="category"),
    "category_bool": pd.Series([True, False] * 3, dtype="category"),
    "category_mixed": pd.Series(["a", 1, "a", 2, 2, 2], dtype="category"),
    "category_date": pd.Series(pd.to_datetime(["2020-01-01", "2021-05-05"] * 3)).astype(
        "category"
    ),
    "category_interval": pd.cut(pd.Series([1.0, 2, 3, 4, 5, np.nan]), [0, 2, 9]),
}


def _encode_one(values, fit_on=None):
    X = np.asarray(values, dtype=np.float64)[:, None]
    fit_on = X if fit_on is None else np.asarray(fit_on, dtype=np.float64)[:, None]
    return TableEncoder().fit(fit_on).transform(X)[:, 0]


@pytest.mark.parametrize("name", COLUMNS)
def test_column_comes_back_with_dtype_categories_and_missing_values(name):
    X = COLUMNS[name].rename(name).to_frame()
    encoder = TableEncoder().fit(X)
    Z = encoder.transform(X)
    assert Z.dtype == np.float32 and Z.shape == (6, encoder.n_encoded_)
    assert np.isfinite(Z).all()
    assert_frame_equal(encoder.inverse_transform(Z), X, check_exact=False, rtol=1e-5)


def test_table_of_all_kinds_survives_its_state_and_pickle():
    X = pd.DataFrame(COLUMNS)
    encoder = TableEncoder(max_categories=2).fit(X)
    state = encoder.get_state()
    data = pickle.dumps(state)
    foreign = {
        argument.split(" ")[0].split(".")[0]
        for opcode, argument, _ in pickletools.genops(pickle.dumps(state, protocol=2))
        if opcode.name == "GLOBAL"
    }
    assert foreign <= {"numpy", "_codecs", "__builtin__"}
    json.dumps(state, default=lambda array: array.astype(str).tolist())
    again = TableEncoder.from_state(pickle.loads(data))
    Z = encoder.transform(X)
    np.testing.assert_array_equal(again.transform(X), Z)
    assert_frame_equal(again.inverse_transform(Z), encoder.inverse_transform(Z))
    assert pickle.dumps(again.get_state()) == pickle.dumps(pickle.loads(data))
    state["kinds_"][0] = "changed"
    assert encoder.kinds_[0] == "numeric"


def test_state_holds_no_object_arrays():
    def walk(value):
        if isinstance(value, dict):
            assert all(isinstance(key, str) for key in value)
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                walk(item)
        elif isinstance(value, np.ndarray):
            assert value.dtype.kind in "biufMm"
        else:
            assert value is None or type(value) in (str, int, float, bool)

    walk(TableEncoder().fit(pd.DataFrame(COLUMNS)).get_state())


def test_groups_follow_the_order_of_the_columns():
    X = pd.DataFrame(
        {
            "s": ["x", "y", "z"],
            "n": [1.0, np.nan, 2.0],
            "b": [True, False, True],
            "c": ["u", None, "u"],
        }
    )
    encoder = TableEncoder().fit(X)
    assert encoder.groups_.tolist() == [0, 0, 0, 1, 1, 2, 3, 3]
    assert encoder.kinds_ == ["category", "numeric", "boolean", "category"]
    Z = encoder.transform(X)
    np.testing.assert_array_equal(Z[:, :3], np.eye(3))
    np.testing.assert_array_equal(Z[:, 4], [0, 1, 0])
    assert Z[1, 3] == 0
    np.testing.assert_array_equal(Z[:, 5], [0.5, -0.5, 0.5])
    np.testing.assert_array_equal(Z[:, 6:], [[1, 0], [0, 1], [1, 0]])


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "bool"])
def test_array_comes_back_as_an_array(dtype):
    X = (np.random.default_rng(0).random((50, 3)) * 1.9).astype(dtype)
    encoder = TableEncoder().fit(X)
    back = encoder.inverse_transform(encoder.transform(X))
    assert isinstance(back, np.ndarray) and back.dtype == dtype
    np.testing.assert_allclose(back, X, rtol=1e-5, atol=1e-6)


def test_missing_values_of_an_array_come_back():
    X = np.array([[1.0, np.nan], [2.0, 3.0], [np.nan, 5.0], [0.0, 1.0]])
    encoder = TableEncoder().fit(X)
    Z = encoder.transform(X)
    np.testing.assert_array_equal(Z[:, [1, 3]], np.isnan(X))
    np.testing.assert_allclose(encoder.inverse_transform(Z), X, atol=1e-6)
    as_objects = np.array([[1, None], [2, 3.0]], dtype=object)
    assert encoder.transform(as_objects).shape == (2, 4)


def test_numbers_follow_the_formula():
    x = np.arange(101.0)
    z = (x - 50) / 50
    np.testing.assert_allclose(_encode_one(x), z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-6)


@pytest.mark.parametrize(
    "x",
    [
        np.r_[np.zeros(80), 1:21],  # half of the mass on a value
        np.r_[np.zeros(9999), 1.0],  # nearly all of it
        np.r_[np.zeros(99), 1e300],
    ],
    ids=["wider_quantiles", "standard_deviation", "huge"],
)
def test_columns_without_interquartile_range_keep_their_order(x):
    z = _encode_one(x)
    assert np.isfinite(z).all() and (np.diff(z[x.argsort()]) >= 0).all()
    assert z.min() == 0 and 0.5 < z.max() <= 3


def test_constant_columns_become_zeros():
    for value in [0.0, 0.1, -1e300, 5e-324, 12345678901]:
        np.testing.assert_array_equal(_encode_one([value] * 7), 0)


def test_ties_stay_ties_wherever_they_stand():
    rng = np.random.default_rng(0)
    grid = np.r_[rng.standard_cauchy(37), rng.standard_normal(36) * 1e5]
    x = rng.choice(grid, 4099)
    z = _encode_one(x)
    assert len(np.unique(z)) <= len(np.unique(x))
    for value in np.unique(x):
        assert len(np.unique(z[x == value])) == 1
    np.testing.assert_array_equal(_encode_one(x[::-7], fit_on=x), z[::-7])
    np.testing.assert_array_equal(_encode_one(x[5:6], fit_on=x), z[5:6])


F32, F64 = (float(np.finfo(t).max) for t in ("float32", "float64"))


@pytest.mark.parametrize(
    "x",
    [
        [-1e300, 0, 1e300, 5e299],
        [-F64, -F64, -F64, F64, F64],
        [-F64, F64, 0, 1],
        [-F64, -F64 / 2, 0, F64 / 2, F64],
        [F32, -F32, 0, 1],
        [0, 5e-324, 0, 5e-324, 1],
        [0, 5e-324, 1e-323, 1.5e-323],
        [0] * 99 + [5e-324],
        [1, np.nextafter(1, 2), 1, np.nextafter(1, 2)],
        [2.0**62, 2.0**62 + 1024, -(2.0**63), 0],
    ],
    ids=str,
)
@pytest.mark.parametrize("raising", [False, True])
def test_extreme_values_stay_finite_and_in_order(x, raising):
    X = np.array(x, dtype=np.float64)[:, None]
    other = np.array([[-F64], [F64], [0.0], [5e-324], [1e300]])
    with np.errstate(all="raise" if raising else "warn"):
        encoder = TableEncoder().fit(X)
        Z, extremes = encoder.transform(X), encoder.transform(other)
        back = encoder.inverse_transform(Z)
        far = encoder.inverse_transform(Z * 1e30)
        log_det = encoder.log_abs_det_jacobian(np.r_[X, other])
    order = X[:, 0].argsort(kind="stable")
    assert np.isfinite(Z).all() and np.abs(Z).max() <= 3
    assert (np.diff(Z[order, 0]) >= 0).all()
    assert np.isfinite(extremes).all() and np.isfinite(log_det).all()
    assert np.isfinite(back).all() and np.isfinite(far).all()


def test_inverse_is_increasing_and_guarded_near_the_bounds():
    X = np.random.default_rng(0).standard_normal((500, 1))
    encoder = TableEncoder().fit(X)
    z = np.linspace(-3.5, 3.5, 1001, dtype=np.float32)[:, None]
    back = encoder.inverse_transform(z)
    assert np.isfinite(back).all() and (np.diff(back[:, 0]) >= 0).all()
    clipped = encoder.inverse_transform(z, clip=True)
    assert clipped.min() == X.min() and clipped.max() == X.max()
    outlier = np.array([[1e3], [-1e3]])
    again = encoder.inverse_transform(encoder.transform(outlier))
    np.testing.assert_allclose(again, outlier, rtol=0.02)


def test_integers_are_kept_within_their_dtype():
    X = pd.DataFrame({"a": np.array([0, 255, 9], "uint8"), "b": [2**53, 0, -5]})
    encoder = TableEncoder().fit(X)
    back = encoder.inverse_transform(np.array([[9.0, 9.0], [-9.0, -9.0]]))
    assert back["a"].tolist() == [255, 0]
    assert back["b"][0] > 2**52 and back["b"][1] < -(2**52)


def test_log_det_is_the_derivative_of_the_encoding():
    rng = np.random.default_rng(0)
    X = rng.standard_cauchy((200, 3)) * [1e-3, 1, 1e6]
    encoder = TableEncoder().fit(X)
    center, scale = encoder.scales_[:2]

    def encode(x):  # transform itself rounds to float32
        z = (x - center) / scale
        return z / np.sqrt(1 + (z / 3) ** 2)

    X = center + scale * np.clip((X - center) / scale, -20, 20)
    np.testing.assert_allclose(encode(X), encoder.transform(X), rtol=1e-6, atol=1e-7)
    step = 1e-5 * scale
    slopes = (encode(X + step) - encode(X - step)) / (2 * step)
    found = encoder.log_abs_det_jacobian(X)
    assert found.dtype == np.float64 and found.shape == (200,)
    np.testing.assert_allclose(found, np.log(slopes).sum(axis=1), rtol=1e-5, atol=1e-5)
    doubled = TableEncoder().fit(2 * X).log_abs_det_jacobian(2 * X)
    expected = TableEncoder().fit(X).log_abs_det_jacobian(X) - 3 * np.log(2)
    np.testing.assert_allclose(doubled, expected, atol=1e-9)


def test_log_det_leaves_out_what_is_no_number():
    X = pd.DataFrame(
        {"b": [True, False, True], "c": ["x", "y", "x"], "m": [1.0, np.nan, 3.0]}
    )
    log_det = TableEncoder().fit(X).log_abs_det_jacobian(X)
    assert log_det[1] == 0 and (log_det[[0, 2]] != 0).all()
    only_c = X[["c"]]
    assert TableEncoder().fit(only_c).log_abs_det_jacobian(only_c).tolist() == [0] * 3


def test_rare_categories_share_a_column():
    X = pd.DataFrame({"c": list("aaaabbbccde") + [None]})
    encoder = TableEncoder(max_categories=2).fit(X)
    Z = encoder.transform(X)
    assert Z.shape[1] == 4  # a, b, the rest, missing
    np.testing.assert_array_equal(Z.sum(axis=0), [4, 3, 4, 1])
    back = encoder.inverse_transform(Z)["c"].fillna("?")
    assert "".join(back) == "aaaabbbcccc?"
    assert encoder.transform(pd.DataFrame({"c": ["zz"]})).sum() == 0
    assert TableEncoder(max_categories=5).fit(X).n_encoded_ == 6


@pytest.mark.parametrize("dtype", [object, "category", "string", None])
def test_unseen_categories_become_zeros_or_an_error(dtype):
    X = pd.DataFrame({"c": pd.Series(["a", "b", "b"], dtype=dtype)})
    new = pd.DataFrame({"c": pd.Series(["b", "q", None], dtype=dtype)})
    encoder = TableEncoder().fit(X)
    Z = encoder.transform(new)
    np.testing.assert_array_equal(Z, [[1, 0], [0, 0], [0, 0]])
    assert encoder.inverse_transform(Z)["c"].tolist() == ["b"] * 3
    strict = TableEncoder(handle_unknown="error").fit(X)
    strict.transform(X)
    with pytest.raises(ValueError, match=r"column 'c' holds categories.*'q', "):
        strict.transform(new)


def test_declared_but_absent_categories_are_unknown_and_come_back():
    X = pd.DataFrame({"c": pd.Categorical(["a", "b"], categories=["z", "b", "a"])})
    encoder = TableEncoder().fit(X)
    assert encoder.n_encoded_ == 2
    assert_frame_equal(encoder.inverse_transform(encoder.transform(X)), X)
    recoded = pd.DataFrame({"c": pd.Categorical(["b", "a"], categories=["a", "b"])})
    np.testing.assert_array_equal(encoder.transform(recoded), [[1, 0], [0, 1]])
    strings = pd.DataFrame({"c": ["b", "a"]})
    np.testing.assert_array_equal(encoder.transform(strings), [[1, 0], [0, 1]])


def test_missing_number_unseen_in_fit_is_an_error():
    new = np.array([[0.0, 1, 2, np.nan]])
    with pytest.raises(ValueError, match="column 3 has missing values.*impute"):
        TableEncoder().fit(np.zeros((3, 4))).transform(new)
    X = pd.DataFrame({"a": [1, 2], "b": [True, False]})
    encoder = TableEncoder().fit(X)
    for new, name in [
        ({"a": [None, 1.0], "b": [True] * 2}, "a"),
        ({"a": [1, 2], "b": pd.array([True, None], dtype="boolean")}, "b"),
    ]:
        with pytest.raises(ValueError, match=f"column '{name}' has missing"):
            encoder.transform(pd.DataFrame(new))


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_inf_is_an_error_that_names_the_column(value):
    with pytest.raises(ValueError, match="column 1 holds inf"):
        TableEncoder().fit(np.array([[1.0, value], [1.0, 2.0]]))
    encoder = TableEncoder().fit(pd.DataFrame({"c": ["x", "y"], "n": [1.0, 2.0]}))
    with pytest.raises(ValueError, match="column 'n' holds inf"):
        encoder.transform(pd.DataFrame({"c": ["x"], "n": [value]}))


@pytest.mark.parametrize(
    ("column", "match"),
    [
        (pd.date_range("2020", periods=2), "column 'when' holds datetime.*dt.month"),
        (pd.date_range("2020", periods=2, tz="UTC"), "'when' holds datetime"),
        (pd.to_timedelta([1, 2], "s"), r"'when' holds timedelta.*total_seconds"),
        (pd.period_range("2020", periods=2, freq="D"), "'when' holds period.*convert"),
        ([1j, 2j], "'when' holds complex"),
        (pd.Series(["a", 1], dtype=object), "'when' holds mixed-integer"),
        (pd.Series([b"a", b"b"], dtype=object), "'when' holds bytes"),
        (pd.Series([[1], [2]], dtype=object), "'when' holds mixed"),
        (pd.Categorical([(1, 2), (3, 4)]), r"'when' has dtype.*\(1, 2\) is a tuple"),
    ],
    ids=str,
)
def test_columns_that_cannot_be_encoded_name_the_remedy(column, match):
    with pytest.raises(TypeError, match=f"(?s){match}"):
        TableEncoder().fit(pd.DataFrame({"n": [1, 2], "when": column}))


def test_changed_kind_is_an_error_that_names_the_column():
    X = pd.DataFrame({"n": [1.0, 2.0], "c": ["x", "y"], "b": [True, False]})
    encoder = TableEncoder().fit(X)
    with pytest.raises(TypeError, match="column 'n' was numeric.*category now.*numer"):
        encoder.transform(X.assign(n=["a", "b"]))
    with pytest.raises(TypeError, match="column 'c' was category .*integer now"):
        encoder.transform(X.assign(c=[1, 2]))
    with pytest.raises(TypeError, match="column 'b' was boolean .*integer now"):
        encoder.transform(X.assign(b=[1, 2]))
    with pytest.raises(TypeError, match="column 1 was category in fit"):
        encoder.transform(np.zeros((2, 3)))
    same = encoder.transform(X.assign(n=[1, 2], b=[1, 0], c=pd.Categorical(["x", "y"])))
    np.testing.assert_array_equal(same, encoder.transform(X))
    empty = X.assign(c=[np.nan, np.nan])
    np.testing.assert_array_equal(encoder.transform(empty)[:, 1:3], 0)


def test_bad_shapes_and_parameters_say_what_is_needed():
    encoder = TableEncoder().fit(np.eye(3))
    for bad, match in [
        (np.eye(4), "the 3 columns that fit saw, got 4"),
        (np.zeros(3), r"two dimensions, got shape \(3,\); reshape"),
    ]:
        with pytest.raises(ValueError, match=match):
            encoder.transform(bad)
    with pytest.raises(ValueError, match=r"shape \(n_samples, 3\), got \(2, 4\)"):
        encoder.inverse_transform(np.zeros((2, 4)))
    with pytest.raises(ValueError, match="NaN or inf"):
        encoder.inverse_transform(np.full((1, 3), np.nan))
    with pytest.raises(TypeError, match=r"X must be dense, got csr_array; .*toarray"):
        encoder.transform(csr_array(np.eye(3)))
    with pytest.raises(TypeError, match="dtype <U1; pass a pandas DataFrame"):
        encoder.fit(np.array([["a"], ["b"]]))
    with pytest.raises(TypeError, match="dtype object; pass a pandas DataFrame"):
        encoder.fit(np.array([["a"], [1]], dtype=object))
    for empty in (np.zeros((0, 2)), np.zeros((2, 0)), pd.DataFrame({"a": []})):
        with pytest.raises(ValueError, match="must have rows and columns"):
            encoder.fit(empty)
    with pytest.raises(ValueError, match="max_categories must be .* got 0"):
        TableEncoder(max_categories=0).fit(np.eye(3))
    with pytest.raises(ValueError, match="handle_unknown must be .* got 'skip'"):
        TableEncoder(handle_unknown="skip").fit(np.eye(3))
    with pytest.raises(NotFittedError, match="call fit first"):
        TableEncoder().transform(np.eye(3))
    failed = TableEncoder()
    with pytest.raises(TypeError, match="cannot be encoded"):
        failed.fit(pd.DataFrame({"when": pd.to_datetime(["2020-01-01"])}))
    with pytest.raises(NotFittedError, match="This TableEncoder is not fitted"):
        failed.transform(np.eye(3))


def test_no_rows_give_no_rows():
    X = pd.DataFrame(COLUMNS)
    encoder = TableEncoder().fit(X)
    Z = encoder.transform(X.iloc[:0])
    assert Z.shape == (0, encoder.n_encoded_)
    assert_frame_equal(encoder.inverse_transform(Z), X.iloc[:0])


def test_input_is_never_written_to(tmp_path):
    X = np.random.default_rng(0).standard_normal((20, 3))
    X[0, 0] = np.nan
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    encoder = TableEncoder().fit(mapped)
    Z = encoder.transform(mapped)
    Z.setflags(write=False)
    encoder.log_abs_det_jacobian(mapped)
    np.testing.assert_allclose(encoder.inverse_transform(Z), X, atol=1e-5)
    writable = X.copy()
    TableEncoder().fit(writable).transform(writable)
    np.testing.assert_array_equal(writable, X)
    frame = pd.DataFrame(COLUMNS)
    TableEncoder().fit(frame).transform(frame)
    assert_frame_equal(frame, pd.DataFrame(COLUMNS))


def test_column_labels_come_back():
    for names in (["a", "a"], [0, "b"], [3, 4]):
        X = pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], columns=names)
        encoder = TableEncoder.from_state(TableEncoder().fit(X).get_state())
        assert_frame_equal(encoder.inverse_transform(encoder.transform(X)), X)


@pytest.mark.parametrize("name", ["int64", "double", "bool", "string", "large_string"])
def test_arrow_columns_come_back(name):
    pa = pytest.importorskip("pyarrow")
    values = {"bool": [True, None, False], "int64": [1, None, 5]}
    values = values.get(name, [0.5, None, 2] if name == "double" else ["a", None, "b"])
    dtype = pd.ArrowDtype(pa.type_for_alias(name))
    X = pd.DataFrame({"x": pd.array(values, dtype=dtype)})
    encoder = TableEncoder.from_state(TableEncoder().fit(X).get_state())
    assert_frame_equal(encoder.inverse_transform(encoder.transform(X)), X)


def test_arrow_strings_come_back():
    pytest.importorskip("pyarrow")
    X = pd.DataFrame({"x": pd.array(["a", None, "b"], dtype="string[pyarrow]")})
    encoder = TableEncoder().fit(X)
    assert_frame_equal(encoder.inverse_transform(encoder.transform(X)), X)


@pytest.mark.parametrize("as_category", [False, True])
def test_adult_comes_back(as_category):
    path = _DATA / "adult.csv.gz"
    if not path.is_file():
        pytest.skip(f"real data not found in {_DATA}; set SKGEN_DATA")
    X = pd.read_csv(path, skipinitialspace=True, na_values="?")
    strings = X.columns[X.isin(["Male", "Private"]).any() | X.isna().any()]
    if as_category:
        X = X.astype(dict.fromkeys(strings, "category"))
    encoder = TableEncoder().fit(X)
    Z = encoder.transform(X)
    assert Z.shape == (len(X), len(encoder.groups_)) and np.isfinite(Z).all()
    assert np.abs(Z).max() <= 3
    back = encoder.inverse_transform(Z)
    # The weight's tail, ten interquartile ranges out, is rounded by float32.
    assert (back["fnlwgt"] - X["fnlwgt"]).abs().max() <= 5
    assert_frame_equal(back.drop(columns="fnlwgt"), X.drop(columns="fnlwgt"))


def test_linear_numbers_are_standardised_and_come_back():
    X = np.random.default_rng(0).lognormal(size=(200, 2)) * [1.0, 1e306]
    X[:100] += [1000.0, 0.0]  # two modes far apart
    encoder = TableEncoder(linear=True).fit(X)
    Z = encoder.transform(X)
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(Z.std(axis=0), 1, atol=1e-5)
    np.testing.assert_allclose(encoder.inverse_transform(Z), X, rtol=1e-3)
    assert abs(np.corrcoef(Z[:, 0], X[:, 0])[0, 1]) == pytest.approx(1)
    slopes = np.log(Z[:, 0].std() / X[:, 0].std()) + np.log(1 / 1e306)
    slopes += np.log(Z[:, 1].std() / (X[:, 1] / 1e306).std())
    np.testing.assert_allclose(encoder.log_abs_det_jacobian(X), slopes, rtol=1e-5)

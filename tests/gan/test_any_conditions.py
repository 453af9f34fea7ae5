"""Conditions of any kind: numbers, categories, text, pictures, other encoders."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import StandardScaler

from skgen.encoding.conditions import ConditionEncoder, is_text
from skgen.gan import Conditions, GANSampler

TINY = {"n_latent": 4, "max_epochs": 1, "random_state": 0}
WORDS = ["red heart", "green apple", "blue circle", "red square", "black cat"]


def frame(n=120, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "size": rng.normal(size=n),
            "kind": rng.choice(["a", "b", "c"], n),
            "flag": rng.random(n) < 0.5,
            "caption": [f"{WORDS[i % 5]} number {i}" for i in range(n)],
        }
    )


def rows(c, seed=1):
    """Rows that say what their conditions are, with little noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(scale=0.1, size=(len(c), 3))
    X[:, 0] += c["size"]
    X[:, 1] += 2.0 * (c["kind"] == "b") - 2.0 * (c["kind"] == "c")
    return X


# -- the encoder -----------------------------------------------------------------------


def test_columns_become_numbers():
    c = frame()
    encoder = ConditionEncoder().fit(c, len(c))
    found = encoder.transform(c)
    # Two numbers, three categories, and the axes of the text.
    assert found.shape == (120, encoder.n_encoded_)
    assert encoder.n_encoded_ == 5 + len(encoder.texts_[0][1].axes_)
    assert np.allclose(found[:, 0].mean(), 0, atol=1e-5)
    again = ConditionEncoder.from_state(encoder.get_state())
    assert np.array_equal(again.transform(c), found)


def test_texts_of_like_words_are_near():
    c = frame()
    encoder = ConditionEncoder().fit(c[["caption"]], len(c))
    found = encoder.transform(
        pd.DataFrame({"caption": ["red heart", "red hearts", "black cat"]})
    )
    near, far = np.linalg.norm(found[1:] - found[0], axis=1)
    assert near < far / 2


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([f"a red {i}" for i in range(60)], True),
        ([f"a red {i}" for i in range(60)] * 2, True),  # each drawn by two houses
        ([f"a red {i}" for i in range(60)] * 20, False),
        ([f"id{i}" for i in range(60)], True),
        ([f"town{i}" for i in range(60)] * 3, False),
        (["new york", "los angeles"] * 30, False),
        (list(range(60)), False),
        (pd.Categorical([f"a red {i}" for i in range(60)]), False),
    ],
)
def test_text_is_told_from_categories(values, text):
    assert is_text(pd.Series(values)) == text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.drop(columns="flag"), "must have the columns that fit saw"),
        (lambda c: c.assign(kind="new"), "categories that fit did not see"),
        (lambda c: c.assign(caption=None), "must hold a text in each row"),
        (lambda c: c.assign(size=np.nan), "size"),
    ],
)
def test_bad_conditions_are_refused(change, message):
    c = frame()
    gan = GANSampler(**TINY).fit(rows(c), c)
    with pytest.raises(ValueError, match=message):
        gan.sample(y=change(c.head()))


def test_missing_text_is_refused_before_training():
    c = frame()
    c.loc[7, "caption"] = None
    with pytest.raises(ValueError, match=r"'caption' lacks 1, the first in row 7"):
        GANSampler(**TINY).fit(rows(c), c)


def test_as_many_conditions_as_rows():
    c = frame()
    with pytest.raises(ValueError, match="one condition per row"):
        GANSampler(**TINY).fit(rows(c), c.head(50))


# -- the sampler -----------------------------------------------------------------------


@pytest.mark.parametrize("critic", ["projection", "embedding", "auxiliary"])
def test_a_row_for_each_condition(critic):
    c = frame()
    gan = GANSampler(conditions=Conditions(critic=critic), **TINY).fit(rows(c), c)
    assert gan.sample(y=c.head(7), random_state=0).shape == (7, 3)
    assert gan.sample(7, y=c.head(7), random_state=0).shape == (7, 3)
    assert gan.sample(5, y=c.head(1), random_state=0).shape == (5, 3)
    assert gan.sample(9, random_state=0).shape == (9, 3)
    assert gan.critic_scores(rows(c), c).shape == (120,)
    assert gan.generate(np.zeros((4, 4)), c.head(4)).shape == (4, 3)
    lines = gan.interpolate(np.zeros((2, 4)), np.ones((2, 4)), 3, y=c.head(2))
    assert lines.shape == (6, 3)
    again = pickle.loads(pickle.dumps(gan))
    drawn = [m.sample(y=c.head(7), random_state=0) for m in (gan, again)]
    assert np.array_equal(*drawn)
    with pytest.raises(ValueError, match="for each of 3, got 7"):
        gan.sample(3, y=c.head(7))
    with pytest.raises(ValueError, match="y must give the conditions"):
        gan.generate(np.zeros((4, 4)))


def test_draws_follow_their_conditions():
    c = frame(600).drop(columns="caption")
    gan = GANSampler(
        conditions=Conditions(critic="auxiliary"), max_epochs=120, random_state=0
    ).fit(rows(c), c)
    asked = frame(400, seed=9).drop(columns="caption")
    drawn = gan.sample(y=asked, random_state=0)
    assert np.corrcoef(drawn[:, 0], asked["size"])[0, 1] > 0.9
    middle = [np.median(drawn[asked["kind"] == k, 1]) for k in "cab"]
    assert np.allclose(middle, [-2, 0, 2], atol=0.7)
    # Numbers between those of the fit have rows between.
    between = pd.DataFrame({"size": [-1.0, 0.0, 1.0], "kind": "a", "flag": True})
    at = [gan.sample(200, y=between.iloc[[i]], random_state=0)[:, 0] for i in range(3)]
    assert np.mean(at[0]) < np.mean(at[1]) < np.mean(at[2])


def test_tokens_follow_a_source_sequence():
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 3, size=(400, 3))
    names = ["first", "second", "third"]
    source = pd.DataFrame(np.array([*"abc"])[tokens], columns=names)
    target = pd.DataFrame(np.array([*"ABC"])[tokens[:, ::-1]], columns=names)
    conditions = Conditions(critic="embedding")
    gan = GANSampler(conditions=conditions, n_latent=4, max_epochs=60, random_state=0)
    drawn = gan.fit(target, source).sample(y=source, random_state=0)
    assert np.mean(drawn.to_numpy() == target.to_numpy()) > 0.8  # by chance 1/3


def test_text_decides():
    rng = np.random.default_rng(0)
    texts = [f"{WORDS[i % 5]} number {i}" for i in range(500)]
    X = rng.normal(scale=0.2, size=(500, 2))
    X[:, 0] += np.array(["red" in t for t in texts]) * 3.0
    gan = GANSampler(
        conditions=Conditions(critic="auxiliary"), max_epochs=80, random_state=0
    ).fit(X, pd.DataFrame({"caption": texts}))
    asked = pd.DataFrame({"caption": ["red heart", "green apple"] * 100})
    drawn = gan.sample(y=asked, random_state=0)[:, 0]
    assert np.mean(drawn[::2]) - np.mean(drawn[1::2]) > 2


def test_arrays_of_several_columns_are_conditions():
    rng = np.random.default_rng(0)
    C = rng.normal(size=(80, 2))
    gan = GANSampler(**TINY).fit(rng.normal(size=(80, 3)), C)
    assert not hasattr(gan, "classes_")
    assert gan.sample(y=C[:3]).shape == (3, 3)
    gan.fit(rng.normal(size=(80, 3)), np.arange(80) % 2)
    assert not hasattr(gan, "condition_encoder_") and len(gan.classes_) == 2


def test_a_fit_goes_on_with_conditions_of_its_kind():
    c = frame().drop(columns="caption")
    gan = GANSampler(n_latent=4, random_state=0).partial_fit(rows(c), c)
    gan.partial_fit(rows(c), c)
    for y in (None, np.arange(120) % 2):
        with pytest.raises(ValueError, match="conditions|columns"):
            gan.partial_fit(rows(c), y)
    gan = GANSampler(n_latent=4, random_state=0).partial_fit(rows(c), c["kind"])
    with pytest.raises(ValueError, match="must have labels too"):
        gan.partial_fit(rows(c), c)


@pytest.mark.parametrize(
    ("encoder", "y"),
    [
        (CountVectorizer(), [f"{w} x" for w in WORDS] * 16),
        (StandardScaler(), np.arange(80.0)[:, None]),
    ],
    ids=["words", "numbers"],
)
def test_any_transformer_encodes(encoder, y):
    X = np.random.default_rng(0).normal(size=(80, 3))
    gan = GANSampler(conditions=Conditions(encoder=encoder), **TINY).fit(X, y)
    assert gan.sample(y=y[:4]).shape == (4, 3)
    assert not hasattr(encoder, "vocabulary_") and not hasattr(encoder, "mean_")


@pytest.mark.parametrize("critic", ["projection", "embedding", "auxiliary"])
def test_pictures_are_conditions(critic):
    X = load_digits().data[:80]
    layout = (X.reshape(-1, 8, 8)[:, ::2, ::2] > 7).reshape(80, 16).astype(float)
    gan = GANSampler(
        image_shape=(8, 8),
        conditions=Conditions(shape=(4, 4), critic=critic),
        **TINY,
    ).fit(X, layout)
    assert gan.sample(y=layout[:3]).shape == (3, 64)
    with pytest.raises(ValueError, match="columns that fit saw"):
        gan.sample(y=layout[:3, :9])


def test_one_condition_may_be_given_in_many_ways():
    c = frame()[["size", "kind"]]
    gan = GANSampler(**TINY).fit(rows(c), c)
    row = c.iloc[[3]]
    expected = gan.sample(2, y=row, random_state=0)
    for one in (row.iloc[0], row.iloc[0].to_dict(), row.to_numpy().tolist()):
        assert np.array_equal(gan.sample(2, y=one, random_state=0), expected)
    texts = frame()[["caption"]]
    gan = GANSampler(**TINY).fit(rows(frame()), texts)
    expected = gan.sample(1, y=texts.iloc[:1], random_state=0)
    for one in (texts.iloc[0, 0], [texts.iloc[0, 0]], texts.iloc[0]):
        assert np.array_equal(gan.sample(1, y=one, random_state=0), expected)


@pytest.mark.parametrize("container", [list, pd.Series, np.array])
def test_text_needs_no_frame(container):
    texts = frame()["caption"].tolist()
    gan = GANSampler(**TINY).fit(rows(frame()), container(texts))
    assert not hasattr(gan, "classes_")
    assert gan.sample(y=container(texts[:4])).shape == (4, 3)


NUMBERS = np.random.default_rng(5).random(120)


@pytest.mark.parametrize(
    "y",
    [
        NUMBERS,
        NUMBERS.tolist(),
        NUMBERS.astype(object),
        NUMBERS[:, None],
        pd.Series(NUMBERS, index=np.arange(120)[::-1]),
        pd.Series(NUMBERS, dtype="Float64"),
        pd.DataFrame({"energy": NUMBERS}),
    ],
    ids=lambda y: type(y).__name__,
)
def test_numbers_that_are_not_whole_are_a_condition(y):
    X = np.column_stack([NUMBERS, np.ones(120)])
    gan = GANSampler(**TINY).fit(X, y)
    assert not hasattr(gan, "classes_")
    expected = GANSampler(**TINY).fit(X, pd.DataFrame({0: NUMBERS}))
    given = y.iloc[:4] if hasattr(y, "iloc") else y[:4]
    drawn = gan.sample(y=given, random_state=0)
    assert_array_equal(drawn, expected.sample(y=NUMBERS[:4], random_state=0))
    assert gan.sample(3, y=0.5, random_state=0).shape == (3, 2)


@pytest.mark.parametrize(
    "y",
    [
        np.where(NUMBERS < 0.1, np.nan, NUMBERS),
        np.where(NUMBERS < 0.1, pd.NA, NUMBERS),
    ],
    ids=["NaN", "NA"],
)
def test_gaps_among_numbers_are_a_condition(y):
    gan = GANSampler(**TINY).fit(NUMBERS[:, None], y)
    assert gan.sample(y=y[:9], random_state=0).shape == (9, 1)
    assert gan.condition_encoder_.n_encoded_ == 2  # the number, and whether it is there


def test_masked_numbers_are_gaps():
    gap = NUMBERS < 0.1
    found = [
        GANSampler(**TINY).fit(NUMBERS[:, None], y).sample(5, random_state=0)
        for y in (np.ma.masked_array(NUMBERS, gap), np.where(gap, np.nan, NUMBERS))
    ]
    assert_array_equal(*found)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([[0.5], []] * 60, "y must have rows of one length, got rows of 0 and of 1"),
        ([[0.5], 0.5] * 60, "got rows of 1 entries and single values"),
        ([[1.0, 2.0], [3.0]] * 60, "got rows of 1 and of 2 entries"),
        (np.empty((120, 0)), "y must have a column"),
        (pd.DataFrame(index=range(120)), "y must have a column"),
    ],
)
def test_conditions_of_odd_shape_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        GANSampler(**TINY).fit(NUMBERS[:, None], y)


def test_classes_go_with_labels_alone():
    with pytest.raises(ValueError, match="classes must be None with conditions"):
        GANSampler(**TINY).partial_fit(NUMBERS[:, None], NUMBERS, classes=[1, 2])


@pytest.mark.parametrize("whole", [False, True])
def test_a_transformer_makes_numbers_a_condition(whole):
    y = np.arange(120) if whole else NUMBERS
    options = {"conditions": Conditions(encoder=StandardScaler()), **TINY}
    gan = GANSampler(**options).fit(NUMBERS[:, None], y)
    assert not hasattr(gan, "classes_")
    assert gan.sample(4, y=0.5, random_state=0).shape == (4, 1)
    assert gan.sample(y=y[:3], random_state=0).shape == (3, 1)


@pytest.mark.parametrize("container", [np.asarray, lambda y: pd.DataFrame({"e": y})])
def test_numbers_in_a_stream(container):
    """The first batch has whole numbers, which alone would be labels."""
    y = np.where(np.arange(120) < 60, np.round(10 * NUMBERS), 10 * NUMBERS)
    batches = [
        (NUMBERS[own, None], container(y[own])) for own in (slice(60), slice(60, 120))
    ]
    gan = GANSampler(**TINY)
    gan.fit_encoder(batches, n_rows=20)
    assert len(gan._foreseen[0]) < 40
    for X, given in batches:
        gan.partial_fit(X, given)
    assert not hasattr(gan, "classes_")
    assert gan.sample(y=container(y[:4]), random_state=0).shape == (4, 1)


def test_labels_before_conditions_in_a_stream():
    gan = GANSampler(**TINY).partial_fit(NUMBERS[:, None], np.tile([1.0, 2.0], 60))
    with pytest.raises(ValueError, match="let fit_encoder see all batches"):
        gan.partial_fit(NUMBERS[:, None], NUMBERS)


def test_frames_of_conditions_in_a_stream_keep_their_names():
    c = frame()
    gan = GANSampler(**TINY).fit_encoder([(rows(c), c)], n_rows=30)
    assert len(gan._foreseen[0]) < 60
    gan.partial_fit(rows(c), c)
    assert gan.sample(y=c.head(4), random_state=0).shape == (4, 3)


def test_whole_numbers_are_labels():
    for y in (np.tile([1.0, 2.0], 60), pd.DataFrame({"kind": np.tile([3, 4], 60)})):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a frame in place of a column
            gan = GANSampler(**TINY).fit(NUMBERS[:, None], y)
        assert len(gan.classes_) == 2


def test_lists_of_mixed_conditions_keep_their_numbers():
    c = frame()[["kind", "size"]]
    listed = ConditionEncoder().fit(c.to_numpy().tolist(), len(c))
    assert listed.n_encoded_ == ConditionEncoder().fit(c, len(c)).n_encoded_ == 4


def test_frames_may_have_any_index():
    c = frame().drop(columns="caption")
    other = c.set_index(np.arange(len(c))[::-1] * 3)
    found = [
        GANSampler(**TINY).fit(rows(c), y).sample(3, random_state=0) for y in (c, other)
    ]
    assert np.array_equal(*found)


def test_right_pairs_do_not_count_as_wrong():
    """With one label no pair is wrong, and the fit is as without."""
    X = rows(frame())
    found = [
        GANSampler(conditions=Conditions(mismatch=share), **TINY)
        .fit(X, np.zeros(120, dtype=int))
        .sample(3, random_state=0)
        for share in (0.0, 0.5)
    ]
    assert np.array_equal(*found)


@pytest.mark.parametrize(
    ("options", "y", "message"),
    [
        ({"mismatch": 0.5}, None, "needs conditions"),
        ({"mismatch": 0.5, "critic": "auxiliary"}, 1, "whose score depends on"),
    ],
)
def test_a_mismatch_that_cannot_be_is_refused(options, y, message):
    X = rows(frame())
    y = None if y is None else np.arange(120) % 2
    with pytest.raises(ValueError, match=message):
        GANSampler(conditions=Conditions(**options), **TINY).fit(X, y)


def test_wrong_pairs_count_as_wrong():
    c = frame()
    found = [
        GANSampler(conditions=Conditions(mismatch=share), **TINY).fit(rows(c), c)
        for share in (0.0, 0.5)
    ]
    draws = [gan.sample(5, y=c.head(1), random_state=0) for gan in found]
    assert not np.allclose(*draws)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"mismatch": 2}, ValueError, "mismatch must be a number in"),
        ({"shape": (4,)}, ValueError, "image_shape must be"),
        ({"encoder": "tfidf"}, TypeError, "encoder must be"),
    ],
)
def test_bad_options_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        Conditions(**options)

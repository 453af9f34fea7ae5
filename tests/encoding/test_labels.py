"""read_labels: each reading rule of the design, and its errors."""

import pickle

import numpy as np
import pandas as pd
import pytest

from skgen.encoding.labels import UNLABELED, LabelScheme, read_labels


def read(labels, dtype=None, **params):
    return read_labels(np.array(labels, dtype=dtype), **params)


@pytest.mark.parametrize(
    ("labels", "unlabeled"),
    [
        ([0, 1, 0], 0),
        ([-1, 1, 1], -1),
        ([0.0, 1.0], 0.0),
        ([-1, 0], -1),
        ([False, True], False),
        (["no", "yes"], "no"),
    ],
)
def test_two_labels_are_pu_and_the_larger_is_positive(labels, unlabeled):
    scheme = read(labels)
    assert scheme.setting == "pu" and scheme.unlabeled == unlabeled
    assert scheme.classes.tolist() == sorted(set(labels)) and scheme.positive == 1
    assert scheme.n_classes == 2 and scheme.labeled_classes.tolist() == [1]


@pytest.mark.parametrize(
    ("labels", "pos_label", "unlabeled"),
    [([0, 1], 0, 1), ([-1, 1], -1, 1), (["good", "bad"], "bad", "good")],
)
def test_pos_label_turns_two_labels_round(labels, pos_label, unlabeled):
    scheme = read(labels, pos_label=pos_label)
    assert scheme.setting == "pu" and scheme.unlabeled == unlabeled
    assert scheme.classes[scheme.positive] == pos_label


@pytest.mark.parametrize("dtype", [int, float, object, np.int8])
def test_minus_one_among_three_numbers_is_pnu(dtype):
    scheme = read([-1, 0, 1, -1], dtype)
    assert scheme.setting == "semi_supervised" and scheme.unlabeled == -1
    assert scheme.classes.tolist() == [0, 1] and scheme.positive == 1
    assert scheme.labeled_classes.tolist() == [0, 1]
    assert read([-1, 0, 1], dtype, pos_label=0).positive == 0


WORDS = ["unlabeled", "Unlabelled", "UNL", "u", "U", "unknown", "nan", "none", "None"]
WORDS += ["?", "", "-1", " unlabeled ", "Unknown label", "NA"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("other", ["positive", "P", "fraud", "+1", "1", "aaa", "zzz"])
def test_words_that_mean_unlabeled(word, other):
    scheme = read([word, other, word])
    assert scheme.setting == "pu" and scheme.unlabeled == word
    assert scheme.classes[scheme.positive] == other
    pnu = read([word, "no", "yes"])
    assert pnu.setting == "semi_supervised" and pnu.unlabeled == word
    assert pnu.classes.tolist() == ["no", "yes"] and pnu.positive == 1


@pytest.mark.parametrize(
    ("labels", "positive"),
    [
        (["positive", "unclear"], "positive"),
        (["pos", "rest"], "pos"),
        (["true", "zero"], "true"),
        (["no", "fraud"], "fraud"),
        (["negative", "abnormal"], "abnormal"),
        (["1", "0"], "1"),
        (["P", "N"], "P"),
        (["+1", "-1"], "+1"),
    ],
)
def test_words_that_mean_positive_or_negative(labels, positive):
    scheme = read(labels)
    assert scheme.setting == "pu" and scheme.classes[scheme.positive] == positive


def test_minus_one_that_was_cast_to_eight_bits():
    scheme = read(np.array([-1, 1, 1]).astype(np.uint8))
    assert scheme.unlabeled == 255 and scheme.classes[scheme.positive] == 1
    scheme = read(np.array([-1, 0, 1, 2]).astype(np.uint8))
    assert scheme.unlabeled == 255 and scheme.classes.tolist() == [0, 1, 2]
    assert read(np.arange(256)).setting == "supervised"
    assert read([3, 9, 255]).setting == "supervised"


@pytest.mark.parametrize(
    ("labels", "positive", "other"),
    [
        (["spam", "ham"], "spam", "ham"),
        (["nan", "none"], "none", "nan"),
        ([1, 2], 2, 1),
        ([2, 5], 5, 2),
        ([0, 255], 255, 0),
    ],
)
def test_guess_is_told_and_pos_label_silences_it(labels, positive, other):
    message = f"{positive!r} was taken as the positive label and {other!r} as the unl"
    with pytest.warns(UserWarning, match=f"{message}.*name the .* in pos_label"):
        assert read(labels).unlabeled == other
    assert read(labels, pos_label=other).unlabeled == positive
    assert read(labels, unlabeled_label=other).unlabeled == other
    assert read(labels, unlabeled_label=None).setting == "supervised"


def test_guess_between_two_classes_is_told():
    with pytest.warns(UserWarning, match="'legal' .* positive .* 'fraud' as the neg"):
        scheme = read(["fraud", "legal", "unlabeled"])
    assert scheme.setting == "semi_supervised" and scheme.positive == 1
    assert read(["fraud", "legal", "?"], pos_label="fraud").positive == 0
    with pytest.warns(UserWarning, match="5 was taken as the positive label and 3"):
        read([-1, 3, 5])
    assert read([-1, 0, 1], unlabeled_label=0).positive == 1


def test_word_that_may_be_a_class_is_told():
    labels = ["heavy", "light", "medium", "none"]
    with pytest.warns(UserWarning, match="'none' among .*was taken as the mark"):
        assert read(labels).setting == "semi_supervised"
    assert read(labels, unlabeled_label=None).setting == "supervised"
    assert read(labels, unlabeled_label="none").setting == "semi_supervised"


def test_minus_one_among_more_numbers_is_k_classes_and_unlabeled():
    scheme = read([3, -1, 0, 1, 2])
    assert scheme.setting == "semi_supervised" and scheme.positive is None
    assert scheme.classes.tolist() == [0, 1, 2, 3] and scheme.n_classes == 4


@pytest.mark.parametrize(
    "labels", [[0, 1, 2], [-2, 0, 1], ["a", "b", "c"], ["-2", "a", "b"]]
)
def test_three_labels_without_a_marker_are_supervised(labels):
    scheme = read(labels)
    assert scheme.setting == "supervised" and scheme.unlabeled is None
    assert scheme.classes.tolist() == sorted(labels) and scheme.positive is None


@pytest.mark.parametrize("labels", [[0, 1], [-1, 1], [-1, 0, 1], [False, True]])
def test_no_marker_means_supervised_whatever_the_labels(labels):
    scheme = read(labels, unlabeled_label=None)
    assert scheme.setting == "supervised" and scheme.n_classes == len(labels)
    assert scheme.positive == (1 if len(labels) == 2 else None)


@pytest.mark.parametrize(
    ("labels", "marker", "setting", "classes"),
    [
        (["?", "no", "yes"], "?", "semi_supervised", ["no", "yes"]),
        (["pos", "unl"], "unl", "pu", ["pos", "unl"]),
        ([0, 1, 2], 0, "semi_supervised", [1, 2]),
        ([0, 1], 1, "pu", [0, 1]),
        ([-1, 1], -1, "pu", [-1, 1]),
        ([False, True], False, "pu", [False, True]),
        ([0, 1, 2, 9], 9, "semi_supervised", [0, 1, 2]),
    ],
)
@pytest.mark.filterwarnings("ignore:.*was taken as the positive label")
def test_any_other_value_names_the_marker(labels, marker, setting, classes):
    scheme = read(labels, unlabeled_label=marker)
    assert scheme.setting == setting and scheme.classes.tolist() == classes
    assert scheme.unlabeled == marker
    if setting == "pu":  # the positive class is the one that has labels
        assert scheme.classes[scheme.positive] != marker


def test_encode_gives_class_indices_and_minus_one():
    assert UNLABELED == -1
    pu = read(["no", "yes"])
    assert pu.encode(np.array(["yes", "no"])).tolist() == [1, -1]
    turned = read([0, 1], pos_label=0)
    assert turned.encode(np.array([0, 1])).tolist() == [0, -1]
    pnu = read([-1, 3, 5], pos_label=5)
    assert pnu.encode(np.array([5, -1, 3])).tolist() == [1, -1, 0]
    full = read([-1, 1], unlabeled_label=None)
    assert full.encode(np.array([-1, 1])).tolist() == [0, 1]
    assert pnu.encode(np.array([5])).dtype == np.int64


@pytest.mark.parametrize(
    ("scheme", "bad"),
    [
        (read([-1, 0, 1]), [0, 7]),
        (read([0, 1]), [1, 7]),
        (read([0, 1, 2]), [-1, 7]),
        (read([0, 1]), [0, np.nan, 7]),
    ],
)
def test_encode_refuses_unknown_symbols(scheme, bad):
    with pytest.raises(ValueError, match=r"y must hold the labels seen in fit.*7"):
        scheme.encode(np.array(bad))


def test_scheme_survives_pickling_and_cannot_be_changed():
    scheme = read([-1, 0, 1])
    again = pickle.loads(pickle.dumps(scheme))
    assert again.encode(np.array([1, -1])).tolist() == [1, -1]
    with pytest.raises(AttributeError):
        scheme.setting = "pu"
    assert isinstance(scheme, LabelScheme)


@pytest.mark.parametrize(
    ("labels", "params", "message"),
    [
        ([1, 1], {}, r"two distinct labels, got one class only: \[1\]"),
        ([], {}, "two distinct labels"),
        ([1, 1], {"unlabeled_label": -1}, "two distinct labels, got one class only"),
        ([1, 1], {"unlabeled_label": None}, "two distinct labels"),
        ([-1], {"unlabeled_label": -1}, r"only unlabeled rows \(all -1\); label some"),
        ([0, 1], {"pos_label": 2}, r"one of the two distinct labels \[0, 1\], got 2"),
        ([-1, 0, 1], {"pos_label": -1}, r"one of the two classes \[0, 1\], got -1"),
        ([-1, 0, 1], {"pos_label": 2}, r"one of the two classes \[0, 1\], got 2"),
        (["a", "b"], {"pos_label": 1}, "got 1; name the label"),
        (
            [-1, 1],
            {"unlabeled_label": -1, "pos_label": -1},
            "pos_label must be the labeled class 1, got -1; -1 marks",
        ),
        ([0, 1], {"unlabeled_label": np.nan}, "a label that can be compared, got nan"),
        ([0, 1], {"unlabeled_label": pd.NA}, "a label that can be compared, got <NA>"),
        ([0, 1], {"unlabeled_label": [0]}, r"a label that can be compared, got \[0\]"),
        ([0, 1], {"pos_label": pd.NA}, "pos_label must be a label that can be comp"),
        ([0, 1], {"unlabeled_label": -1}, r"labels of y, \[0, 1\], got -1; name the"),
        (["u", "p"], {"unlabeled_label": "U"}, r"\['p', 'u'\], got 'U'.*pass None"),
        (range(30), {"unlabeled_label": -1}, r"8, 9\] and 20 more, got -1"),
        ([0.0, 1.0, np.nan], {}, r"no missing labels, got \[nan\]; mark"),
        ([1.0, np.nan], {}, r"no missing labels, got \[nan\]; mark"),
    ],
)
def test_labels_that_make_no_sense(labels, params, message):
    with pytest.raises(ValueError, match=message):
        read(labels, **params)


@pytest.mark.parametrize("labels", [["a", None, "b"], [0, 1, "?"]])
def test_labels_of_several_kinds(labels):
    with pytest.raises(TypeError, match=r"labels of one kind.*got \["):
        read(labels, object, unlabeled_label="?")

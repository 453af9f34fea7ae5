"""Data of re-identification: emoji of two houses, and Market-1501's folders."""

import numpy as np
import pytest

from skgen.datasets import fetch_emoji_pairs, fetch_market1501

Image = pytest.importorskip("PIL.Image")


def test_emoji_of_two_houses(real_data):
    emoji = fetch_emoji_pairs()
    assert emoji.data.shape == (3822, 3072) and emoji.data.dtype == np.uint8
    first, second = np.split(np.arange(3822), 2)
    np.testing.assert_array_equal(emoji.target[first], emoji.target[second])
    assert set(emoji.groups[first]) == {"google"}
    red = np.flatnonzero(emoji.names == "HEAVY BLACK HEART")
    for row in red:
        middle = emoji.data[row].reshape(32, 32, 3)[14, 16]
        assert middle[0] > 150 > middle[1]  # a red heart
    # White around most of them.
    corners = emoji.data.reshape(-1, 32, 32, 3)[:, 0, 0]
    assert np.mean((corners == 255).all(axis=1)) > 0.8
    assert "Apache" in emoji.DESCR and len(emoji.details["sha256"]) == 3


def test_parts_of_the_emoji(real_data):
    train, test = (fetch_emoji_pairs(subset=s) for s in ("train", "test"))
    assert len(train.data) == 2800 and len(test.data) == 1022
    assert not set(train.target) & set(test.target)
    X, y = fetch_emoji_pairs(subset="test", as_frame=True, return_X_y=True)
    np.testing.assert_array_equal(X.to_numpy(), test.data)
    np.testing.assert_array_equal(y.to_numpy(), test.target)
    with pytest.raises(ValueError, match="subset must be"):
        fetch_emoji_pairs(subset="valid")


@pytest.fixture
def market(tmp_path):
    rng = np.random.default_rng(0)
    names = {
        "bounding_box_train": ["0002_c1s1_000451_03.jpg", "0002_c2s1_000776_01.jpg"],
        "bounding_box_test": [
            "-1_c1s1_000401_03.jpg",
            "0000_c6s3_077492_06.jpg",
            "0001_c5s1_001426_02.jpg",
            "Thumbs.db",
            "notes.jpg",
        ],
        "query": ["0001_c1s1_001051_00.jpg"],
    }
    for folder, files in names.items():
        (tmp_path / "Market-1501-v15.09.15" / folder).mkdir(parents=True)
        for file in files:
            path = tmp_path / "Market-1501-v15.09.15" / folder / file
            size = (70, 60, 3) if "c2" in file else (128, 64, 3)
            picture = Image.fromarray(rng.integers(0, 256, size, dtype=np.uint8))
            if file.endswith("db"):
                path.write_text("")
            else:
                picture.save(path, format="JPEG")
    return tmp_path


def test_names_say_who_is_seen_where(market):
    train = fetch_market1501(market)
    assert train.data.shape == (2, 128 * 64 * 3) and train.data.dtype == np.uint8
    assert train.target.tolist() == [2, 2] and train.groups.tolist() == [1, 2]
    assert train.sequences.tolist() == [1, 1] and train.frames.tolist() == [451, 776]
    gallery = fetch_market1501(market, subset="gallery", image_shape=(32, 16))
    # Junk, a distractor and a person; nothing else in the folder.
    assert gallery.target.tolist() == [-1, 0, 1]
    assert gallery.data.shape == (3, 32 * 16 * 3)
    # The folder itself will do as well.
    inside = market / "Market-1501-v15.09.15"
    assert fetch_market1501(inside, subset="query").target.tolist() == [1]


def test_how_to_get_the_data(tmp_path, monkeypatch):
    monkeypatch.delenv("SKGEN_DATA", raising=False)
    with pytest.raises(OSError, match=r"licence does not let us.*v15\.09\.15\.zip"):
        fetch_market1501(tmp_path)
    (tmp_path / "query").mkdir()
    with pytest.raises(ValueError, match="0002_c1s1_000451_03.jpg, got none"):
        fetch_market1501(tmp_path, subset="query")
    with pytest.raises(ValueError, match="subset must be one of"):
        fetch_market1501(tmp_path, subset="test")

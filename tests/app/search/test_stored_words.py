"""The words of a selection there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.overheard import OverheardPassage
from app.search.reply_index_words import ReplyIndexTexts
from app.search.reply_texts import find_text_rows, reply_texts
from app.search.stored_words import StoredTexts
from app.search.text_table import TextTable
from characters.passages.windows import WindowSet
from characters.scripts.model import Line, Scene
from retrieval.errors import DamagedIndexError

SCENES = [
    Scene([Line("Ann", "Who is there? (listens)", 1), Line("Ben", "灯塔的人。", 2)], 1),
    Scene([Line("Cid", "Nobody.", 4)], 4),
    Scene(
        [
            Line("Ben", "I am alone.", 6, colon=": "),
            Line("Dot", "Not quite.", 7, colon=": "),
            Line("Ben", "*starts* Oh.", 8, colon=": "),
        ],
        6,
    ),
]


def words() -> ReplyIndexTexts:
    made = ReplyIndexTexts.of(SCENES, ["Ben"], "Ben")
    heard = [OverheardPassage(1, 0, "Enter Ben.", [("Cid", "Nobody.")])]
    return ReplyIndexTexts(made.scenes, made.cut, heard)


def test_there_and_back() -> None:
    written = words()
    read = StoredTexts.load(written.dump())
    assert {at: list(lines) for at, lines in read.scenes.items()} == {
        0: ["Ann：Who is there? (listens)", "Ben：灯塔的人。"],
        2: ["Ben: I am alone.", "Dot: Not quite.", "Ben: *starts* Oh."],
    }
    assert list(read.cut.windows) == written.cut.windows
    assert list(read.cut.replies) == written.cut.replies
    assert read.cut.replies[-1] == written.cut.replies[-1]
    assert read.cut.replies[1:] == written.cut.replies[1:]
    assert list(read.window_texts) == [window.key for window in written.cut.windows]
    assert read.overheard == written.overheard
    with pytest.raises(IndexError):
        read.cut.replies[3]


def test_texts_have_the_numbers_of_their_vectors() -> None:
    written = words()
    read = StoredTexts.load(written.dump())
    assert list(read.texts) == written.to_embed()
    rows = find_text_rows(reply_texts(written.cut), written.to_embed())
    for name in ("windows", "pairs", "replies", "previous"):
        assert getattr(read.rows, name).tolist() == getattr(rows, name).tolist()
    assert read.rows.previous[1] == -1  # a scene's first line answers nobody
    assert [read.texts[at] for at in read.overheard_rows] == ["Cid: Nobody."]


def test_no_words_at_all() -> None:
    read = StoredTexts.load(ReplyIndexTexts({}, WindowSet([], [], {})).dump())
    assert (len(read.scenes), len(read.cut.windows), len(read.texts)) == (0, 0, 0)


def test_what_is_not_of_this_version_is_refused() -> None:
    data = words().dump()
    for broken in (b"", b"x\x9c", data[:100], data[: len(data) // 2]):
        with pytest.raises(DamagedIndexError):
            StoredTexts.load(broken)


@given(st.lists(st.text(st.characters(), max_size=8)))
def test_any_texts_by_number(texts: list[str]) -> None:
    table = TextTable.of([*texts, "\ud800"])  # half a character, as broken files have it
    again = TextTable(table.content, table.ends)
    assert list(again) == [*texts, "\ud800"]
    assert again[-1] == "\ud800"

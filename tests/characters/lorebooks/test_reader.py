import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.cards.reader import read_card
from characters.errors import CardError
from characters.lorebooks.activation import Activation, LoreDialogue, activate
from characters.lorebooks.model import Lorebook, Placement
from characters.lorebooks.reader import read_book, read_lorebook, write_lorebook_v3
from tests.characters.cards.carriers import V3_TEXT

WORLD = (Path(__file__).parents[2] / "fixtures" / "lorebooks" / "harbour.world.json").read_bytes()
BOOK = {"name": "B", "x_kept": {"a": [1]}, "entries": [{"keys": ["k"], "content": "E", "x": 1}]}


def contents(book: Lorebook, *messages: str) -> list[str]:
    activation: Activation = activate(book, LoreDialogue(messages), len, 1_000)
    return [active.entry.content for active in activation.entries]


def test_a_world_file_of_sillytavern() -> None:
    book = read_lorebook(WORLD)
    assert book.name == "Harbour"
    assert contents(book, "a lamp") == ["It is night."]
    assert contents(book, "lamp oil, rope") == ["Rope.", "It is night.", "The lamp burns fish oil."]
    placements = [entry.placement for entry in book.entries]
    assert placements[:3] == [
        Placement("before_char"),
        Placement("after_char"),
        Placement("depth", 3, "assistant"),
    ]
    assert [entry.enabled for entry in book.entries] == [True, True, True, False]


def test_a_book_alone_and_in_a_card() -> None:
    alone = json.dumps({"spec": "lorebook_v3", "data": BOOK}).encode()
    for content in (alone, json.dumps(BOOK).encode()):
        assert contents(read_lorebook(content), "k") == ["E"]
    book = read_book(read_card(V3_TEXT).lorebook)
    assert contents(book, "the bell") == ["The bell has rung twice, both times by mistake."]


def test_a_book_goes_out_with_all_that_came_in() -> None:
    out = json.loads(write_lorebook_v3(read_lorebook(json.dumps(BOOK).encode())))
    assert out == {"spec": "lorebook_v3", "data": {"extensions": {}, **BOOK}}
    world = json.loads(write_lorebook_v3(read_lorebook(WORLD)))["data"]
    assert world["entries"][0]["extensions"]["x_new"] == 1
    assert contents(read_book(world), "lamp oil") == ["It is night.", "The lamp burns fish oil."]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_json"),
        (b"[]", "not_a_lorebook"),
        (b"{}", "not_a_lorebook"),
        (b'{"spec": "lorebook_v3"}', "not_a_lorebook"),
        (b'{"entries": [' + b"{}," * 10_000 + b"{}]}", "too_large"),
        (b" " * 10_000_001, "too_large"),
    ],
)
def test_what_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(CardError) as refused:
        read_lorebook(content)
    assert refused.value.code == code


values = st.none() | st.booleans() | st.integers() | st.text() | st.floats() | st.lists(st.text())


@given(
    st.dictionaries(
        st.sampled_from(
            ["keys", "content", "insertion_order", "priority", "use_regex", "secondary_keys"]
        ),
        values,
    ),
    st.dictionaries(
        st.sampled_from(
            ["position", "depth", "role", "probability", "selectiveLogic", "scan_depth"]
        ),
        values,
    ),
)
def test_any_entry_is_taken(fields: dict[str, object], extensions: dict[str, object]) -> None:
    entry = {"constant": True, **fields, "extensions": extensions}
    book = read_book({"entries": [entry, 1, None]})  # type: ignore[list-item]  # any JSON value
    contents(book, "a")

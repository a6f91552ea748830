"""What kind of file an upload is, and what is said of it before it is taken in."""

import json
from io import BytesIO

import pytest

from characters.cards.model import CardLimits
from characters.chat_logs.reader import ChatLogLimits
from characters.errors import CardError, ChatLogError
from characters.inspection import ChatDescription, Inspection, LorebookDescription, inspect_file
from tests.characters.cards.carriers import V3_TEXT, archive, encode, png, text_chunk, v2

HEADER = {"user_name": "Ada", "character_name": "Vi", "chat_metadata": {}}
MESSAGE = {"name": "Vi", "is_user": False, "mes": "Hm."}
BOOK = {"name": "Harbour", "entries": [{"keys": ["lamp"], "content": "Lit."}]}


def inspect(content: bytes, filename: str = "upload") -> Inspection:
    return inspect_file(BytesIO(content), filename, CardLimits(), ChatLogLimits())


def rows(*objects: object) -> bytes:
    return b"\n".join(json.dumps(each).encode() for each in objects)


@pytest.mark.parametrize(
    "content",
    [
        V3_TEXT,
        png(text_chunk("ccv3", json.loads(V3_TEXT))),
        archive({"card.json": V3_TEXT}),
    ],
)
def test_a_card_is_described_whatever_carries_it(content: bytes) -> None:
    found = inspect(content)
    assert (found.kind, found.lorebook, found.chat) == ("card", None, None)
    assert found.card is not None
    assert found.card.name == "Maud Tarn"


def test_yaml_is_a_card_only_by_its_name() -> None:
    text = b"name: Vi\ncontext: Calm.\n"
    assert inspect(text, "vi.yaml").kind == "card"
    assert inspect(text, "vi.txt") == Inspection("script")


@pytest.mark.parametrize(
    ("content", "described"),
    [
        (rows(HEADER, MESSAGE, MESSAGE), ChatDescription("Ada", "Vi", 2, 0)),
        (rows(MESSAGE), ChatDescription("", "Vi", 1, 0)),  # a group's file
        (rows(HEADER, MESSAGE, {"name": "Vi"}, [1]), ChatDescription("Ada", "Vi", 1, 2)),
    ],
)
def test_a_chat_log_is_counted(content: bytes, described: ChatDescription) -> None:
    assert inspect(content) == Inspection("chat", chat=described)


@pytest.mark.parametrize(
    ("document", "described"),
    [
        (BOOK, LorebookDescription("Harbour", 1, [])),
        ({"spec": "lorebook_v3", "data": BOOK}, LorebookDescription("Harbour", 1, [])),
        ({"entries": {"0": {"key": ["a"], "content": "A"}}}, LorebookDescription("", 1, [])),
    ],
)
def test_a_lorebook_is_counted(document: object, described: LorebookDescription) -> None:
    assert inspect(encode(document)) == Inspection("lorebook", lorebook=described)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Anna: Hello.",
        "三三：好".encode("gb18030"),
        b"entries: none",
        b'{"entries": [',
        b'{"entries": [{"speaker": "Anna", "line": "Hello."}]}',
        b'[{"speaker": "Anna", "line": "entries"}]',
        rows({"role": "user", "content": "Hi."}),
        archive({"play.txt": b"Anna: Hello."}),
        b"\xff" * 100,
    ],
)
def test_anything_else_is_a_script(content: bytes) -> None:
    assert inspect(content) == Inspection("script")


def test_a_card_with_a_book_inside_is_a_card() -> None:
    found = inspect(encode(v2(character_book=BOOK)))
    assert found.card is not None
    assert found.card.lorebook_entries == 1


def test_a_chat_log_without_a_message_is_refused() -> None:
    with pytest.raises(ChatLogError) as empty:
        inspect(rows(HEADER))
    assert empty.value.code == "no_messages"


def test_a_file_is_read_from_its_beginning() -> None:
    for content, kind in (
        (V3_TEXT, "card"),
        (rows(HEADER, MESSAGE), "chat"),
        (encode(BOOK), "lorebook"),
    ):
        file = BytesIO(content)
        file.read()
        assert inspect_file(file, "", CardLimits(), ChatLogLimits()).kind == kind


def test_what_is_wrong_with_a_file_of_a_kind_is_that_kinds_error() -> None:
    with pytest.raises(CardError) as no_card:
        inspect(png())
    assert no_card.value.code == "no_card"
    with pytest.raises(ChatLogError) as too_large:
        inspect_file(BytesIO(rows(HEADER)), "", CardLimits(), ChatLogLimits(file_bytes=20))
    assert too_large.value.code == "too_large"

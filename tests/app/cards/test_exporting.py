"""Several lorebooks leave in one card, and each entry keeps where it looks for its keys."""

import json

import pytest

from app.cards.exporting import check_size, write_card
from app.errors import TooLargeError
from characters.cards.model import Card
from tests.app.cards.shelf import export, import_card
from tests.app.lorebooks.test_lorebooks import add, book, entry
from tests.app.running import Running
from tests.characters.cards.carriers import v2

pytestmark = pytest.mark.anyio


@pytest.mark.one_database
async def test_entries_of_a_further_book_keep_their_depth(stage: Running) -> None:
    own = {"extensions": {}, "entries": [entry(["a"], "A.")], "scan_depth": 2}
    await import_card(stage, v2(character_book=own))
    entries = [
        entry(["b"], "B.", extensions={"scan_depth": 3}),
        entry(["c"], "C.", extensions={"scan_depth": 0}),  # found by other entries alone
        entry(["d"], "D.", extensions={"scan_depth": None, "position": 4}),
        entry(["e"], "E."),
    ]
    await add(stage, book(*entries, scan_depth=9), "vi")
    await add(stage, book(entry(["f"], "F.")), "vi")  # has no depth to keep
    exported = json.loads(await export(stage, "vi", format="v2"))["data"]["character_book"]
    depths = {
        each["content"]: each.get("extensions", {}).get("scan_depth")
        for each in exported["entries"]
    }
    assert depths == {"A.": None, "B.": 3, "C.": 0, "D.": 9, "E.": 9, "F.": None}
    assert exported["entries"][3]["extensions"]["position"] == 4
    assert exported["scan_depth"] == 2


def test_a_card_that_could_not_be_imported_again_is_refused() -> None:
    card = Card("v2", {"name": "三", "description": "x" * 100})
    size = len(json.dumps({"name": "三", "description": "x" * 100}, ensure_ascii=False).encode())
    check_size(card, size)
    with pytest.raises(TooLargeError) as caught:
        check_size(card, size - 1)
    assert caught.value.detail == {"limit_bytes": size - 1}


@pytest.mark.parametrize(
    ("format", "beginning"),
    [("v2", b"{"), ("v3", b"{"), ("png", b"\x89PNG\r\n\x1a\n"), ("charx", b"PK\x03\x04")],
)
def test_each_format_is_a_file_of_its_kind(format: str, beginning: bytes) -> None:
    card = Card("v2", {"name": "Vi", "description": "", "extensions": {}})
    assert write_card(card, format).startswith(beginning)  # type: ignore[arg-type]  # one of the four

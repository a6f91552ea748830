"""Cards are told from scripts by their content."""

from io import BytesIO
from pathlib import Path

import pytest

from characters.cards.model import CardLimits
from characters.cards.sniffing import is_card
from tests.characters.cards.carriers import (
    FIXTURES,
    V3_TEXT,
    apng,
    archive,
    encode,
    jpeg,
    png,
    webp,
)

SCRIPTS = sorted(
    path
    for path in (FIXTURES.parent / "scripts").rglob("*")
    if path.is_file() and not path.name.endswith((".report.json", ".md"))
)


@pytest.mark.parametrize(
    "content",
    [
        png(),
        apng(),
        jpeg(),
        webp(b""),
        archive({"a": b"", "card.json": b"{}"}),
        V3_TEXT,
        b"\xef\xbb\xbf \n" + V3_TEXT,
        V3_TEXT.decode().encode("utf-16"),
        *(path.read_bytes() for path in sorted(FIXTURES.glob("*.json"))),
    ],
)
def test_cards(content: bytes) -> None:
    assert is_card(BytesIO(content), "play.txt")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_of_ours_is_one(path: Path) -> None:
    assert not is_card(BytesIO(path.read_bytes()), path.name)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x05\x06",
        archive({"a/card.json": b"{}"}),
        b'{"role_name": "A", "dialog": []}',
        b'{"messages": []}\n{"messages": []}',
        b'{"entries": {}}',
        b"{not json",
        encode([{"name": "A", "first_mes": ""}]),
        b"A: Hello.\nB: {{user}}",
    ],
)
def test_others(content: bytes) -> None:
    assert not is_card(BytesIO(content))


def test_yaml_is_told_by_its_name() -> None:
    content = (FIXTURES / "watch.yaml").read_bytes()
    assert is_card(BytesIO(content), "Watch.YML")
    assert not is_card(BytesIO(content), "watch.txt")


def test_json_over_the_limit_is_not_looked_into() -> None:
    assert not is_card(BytesIO(V3_TEXT), limits=CardLimits(json_bytes=100))

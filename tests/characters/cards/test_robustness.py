"""Files damaged at random: every one is read, or refused with a ``CardError``."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.cards.assets import find_avatar
from characters.cards.model import CardLimits
from characters.cards.pictures import reencode
from characters.cards.reader import read_card
from characters.cards.writer import write_charx, write_png, write_v2_json
from characters.errors import CardError
from tests.characters.cards import carriers
from tests.characters.cards.carriers import FIXTURES, V3, V3_TEXT, png, text_chunk

LIMITS = CardLimits(entries=20, entry_bytes=100_000, inflated_bytes=200_000)
SEEDS = {
    "png": png(text_chunk("ccv3", V3)),
    "webp": carriers.webp(V3_TEXT),
    "charx": carriers.archive({"a.png": png(), "card.json": V3_TEXT}),
    "jpeg": carriers.jpeg() + carriers.archive({"card.json": V3_TEXT}),
    **{path.name: path.read_bytes() for path in FIXTURES.glob("*.[jy]*")},
}

edits = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 8), st.binary(max_size=8)), min_size=1, max_size=6
)


def damage(content: bytes, places: list[tuple[float, int, bytes]]) -> bytes:
    for where, removed, inserted in places:
        at = int(where * len(content))
        content = content[:at] + inserted + content[at + removed :]
    return content


def use(content: bytes) -> None:
    card = read_card(content, LIMITS)
    write_v2_json(card)
    write_png(card, png(), modified=0)
    write_charx(card, png(), modified=0)
    avatar = find_avatar(card)
    if avatar:
        reencode(avatar)


def or_refuse(action: Callable[[bytes], None], content: bytes) -> None:
    with contextlib.suppress(CardError):
        action(content)


@pytest.mark.parametrize("seed", sorted(SEEDS))
def test_undamaged_they_are_read(seed: str) -> None:
    use(SEEDS[seed])


@settings(max_examples=60)
@given(places=edits)
@pytest.mark.parametrize("seed", sorted(SEEDS))
def test_damaged_they_are_read_or_refused(
    seed: str, places: list[tuple[float, int, bytes]]
) -> None:
    or_refuse(use, damage(SEEDS[seed], places))


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for start in (b"", png()[:8], b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"PK\x03\x04", b"{"):
        or_refuse(use, start + content)
        or_refuse(use, start + content + b"PK\x05\x06" + content[:18].ljust(18, b"\0"))

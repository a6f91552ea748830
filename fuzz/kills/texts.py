"""Make up scripts, messages and lorebooks; each text contains a mark unique in the run."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from random import Random

Scene = list[tuple[str, str]]
"""Speaker and text of each line."""

_THINGS = ("lamp", "boat", "letter", "stove", "ladder", "bell", "ledger", "kettle", "rope")
_PLACES = ("the cellar", "the tower", "the harbour", "the kitchen", "the road", "the shed")
_WORDS = ("灯", "船", "信", "炉子", "梯子", "钟", "账本", "水壶", "绳子")

SPEAKERS = ("Anna", "Ben")


def make_scenes(random: Random, mark: str, scenes: int) -> list[Scene]:
    """Return scenes of two speakers, different for every mark."""
    made = []
    for number in range(scenes):
        thing, place = random.choice(_THINGS), random.choice(_PLACES)
        made.append(
            [
                ("Anna", f"Did you see the {thing} {mark} {number} in {place} this morning?"),
                ("Ben", f"I carried {thing} number {number} to {place} myself, as of {mark}."),
            ]
        )
    return made


def to_file(scenes: Iterable[Scene]) -> bytes:
    """Return the scenes as a plain-text script."""
    return "\n\n".join(
        "\n".join(f"{speaker}: {text}" for speaker, text in scene) for scene in scenes
    ).encode()


def digest(scenes: Iterable[Sequence[Sequence[str]]]) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of all speakers and texts, in order."""
    sha = hashlib.sha256()
    for scene in scenes:
        sha.update(json.dumps([list(line) for line in scene], ensure_ascii=False).encode())
    return sha.hexdigest()[:16]


def make_message(random: Random, mark: str) -> str:
    """Return a message with its mark in the first 40 characters, which scripted replies quote.

    One in three is Chinese, whose replies have three times as many tokens.
    """
    if random.random() < 1 / 3:
        return f"{mark} 你还记得那个{random.choice(_WORDS)}吗？我们把它放在门边了。"
    thing, place = random.choice(_THINGS), random.choice(_PLACES)
    return f"{mark} Do you remember the {thing} that we left in {place}?"


def make_lorebook(mark: str, entries: int) -> bytes:
    """Return a V3 lorebook whose name is its mark."""
    rows = [
        {
            "keys": [f"{mark} {number}"],
            "content": f"Entry {number} of {mark}.",
            "extensions": {},
            "enabled": True,
            "insertion_order": number,
        }
        for number in range(entries)
    ]
    book = {"spec": "lorebook_v3", "data": {"name": mark, "extensions": {}, "entries": rows}}
    return json.dumps(book).encode()


def make_chat_log(random: Random, mark: str, exchanges: int) -> tuple[bytes, list[str], list[str]]:
    """Return a SillyTavern chat, the user's messages in it, and the character's."""
    said = [make_message(random, f"{mark}.{number}") for number in range(exchanges)]
    replies = [f"An imported answer to {mark}.{number}." for number in range(exchanges)]
    rows: list[dict[str, object]] = [{"user_name": "Ada", "character_name": "Ben"}]
    for asked, answered in zip(said, replies, strict=True):
        for name, text, is_user in (("Ada", asked, True), ("Ben", answered, False)):
            rows.append({"name": name, "is_user": is_user, "is_system": False, "mes": text})
    content = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    return content, said, replies

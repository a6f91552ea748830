"""Read a ``Lorebook`` from V3 files, other programs' books and a card's book."""

from characters.errors import CardError
from characters.json_values import (
    JsonObject,
    JsonTextError,
    JsonValue,
    dump_json,
    parse_json,
    storable,
)
from characters.lorebooks import other_books, world_info
from characters.lorebooks.entries import read_entry
from characters.lorebooks.model import Lorebook

MAX_BYTES = 10_000_000
MAX_ENTRIES = 10_000
"""Most entries; every one is searched for at every turn."""


def is_lorebook(document: JsonValue) -> bool:
    """Return whether ``document`` is a stand-alone lorebook, by its spec or its entries' keys."""
    if other_books.program_of(document) is not None:
        return True
    if not isinstance(document, dict):
        return False
    entries = document.get("entries")
    listed = list(entries.values()) if isinstance(entries, dict) else entries
    if document.get("spec") == "lorebook_v3":
        return True
    return isinstance(listed, list) and all(
        isinstance(entry, dict) and "content" in entry and entry.keys() & {"key", "keys"}
        for entry in listed
    )


def read_lorebook(content: bytes) -> Lorebook:
    """Return the book in a stand-alone file.

    Raises ``CardError``: ``too_large``, ``not_json``, ``not_a_lorebook``, ``empty_lorebook``.
    """
    book = read_book(_book_of(content))
    if not any(entry.content.strip() for entry in book.entries):
        raise CardError(
            "empty_lorebook",
            "No entry of this lorebook has a text, so there is nothing to store; known are the"
            " books of SillyTavern, Character Card V2 and V3, NovelAI, Agnai, RisuAI and KoboldAI.",
        )
    return book


def _book_of(content: bytes) -> JsonValue:
    """Return the book in a file, spelled as in a card."""
    if len(content) > MAX_BYTES:
        raise CardError("too_large", f"A lorebook may have {MAX_BYTES:,} bytes at most.")
    try:
        document = parse_json(content)
    except JsonTextError as error:
        raise CardError("not_json", f"The lorebook's text is {error}.") from error
    if (program := other_books.program_of(document)) is not None:
        return other_books.book_of(document, program)
    if not isinstance(document, dict):
        raise CardError("not_a_lorebook", "A lorebook must be a JSON object.")
    if document.get("spec") == "lorebook_v3":
        return document.get("data")
    return world_info.book_of(document) if world_info.is_world_file(document) else document


def read_book(source: JsonValue) -> Lorebook:
    """Return the book in ``source``: a card's ``character_book``, or a V3 file's ``data``.

    Raises ``CardError``: ``not_a_lorebook``, ``too_large``.
    """
    entries = source.get("entries") if isinstance(source, dict) else None
    if not isinstance(source, dict) or not isinstance(entries, list):
        raise CardError("not_a_lorebook", "A lorebook must have a list or object “entries”.")
    if len(entries) > MAX_ENTRIES:
        raise CardError("too_large", f"A lorebook may have {MAX_ENTRIES} entries at most.")
    return Lorebook(
        entries=tuple(read_entry(entry) for entry in entries if isinstance(entry, dict)),
        name=_text(source, "name"),
        description=_text(source, "description"),
        scan_depth=_count(source, "scan_depth"),
        token_budget=_count(source, "token_budget"),
        recursive_scanning=source.get("recursive_scanning") is True,
        source=source,
    )


def write_lorebook_v3(book: Lorebook) -> bytes:
    """Return ``book`` as a stand-alone V3 file, with every field that came in."""
    data: JsonObject = {"extensions": {}, **book.source}
    return dump_json({"spec": "lorebook_v3", "data": data}, indent=2)


def _text(source: JsonObject, key: str) -> str:
    value = source.get(key)
    return storable(value) if isinstance(value, str) else ""


def _count(source: JsonObject, key: str) -> int | None:
    """Return a number from 1; zero, which some programs write for "not set", is None."""
    value = source.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value >= 1 else None

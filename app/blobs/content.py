"""Describe a content as its row has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Content:
    """Hold a content, or the id of the object that it is in."""

    inline: bytes
    """Empty where ``blob`` is set."""
    blob: UUID | None = None


def in_database(contents: Mapping[Key, bytes]) -> dict[Key, Content]:
    """Return contents that are kept in the rows themselves."""
    return {key: Content(content) for key, content in contents.items()}

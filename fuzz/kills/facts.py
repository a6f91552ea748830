"""Define facts: resources in one form for acknowledged and for stored state."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["script", "character", "lorebook", "conversation", "said", "reply"]

Key = tuple[Kind, str]
"""A kind and a name that the client chose: the title of a script, the name of a character or
lorebook, a conversation's ``user_name``, the text of a user's message. Texts and names of a run
never repeat. A reply has its id instead, since the engine writes its text."""


@dataclass(frozen=True, slots=True)
class ScriptFact:
    """Describe a script; ``text`` is the :func:`~fuzz.kills.texts.digest` of its scenes."""

    scenes: int
    text: str


@dataclass(frozen=True, slots=True)
class CharacterFact:
    """Describe a character's settings; ``scripts`` are titles."""

    scripts: tuple[str, ...]
    profile: str
    greeting: str = ""
    tagline: str = ""
    published: bool = True
    picture: bool = False
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class LorebookFact:
    """Describe a lorebook of the character with that name."""

    character: str
    entries: int
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ConversationFact:
    """Describe a conversation with the character with that name."""

    character: str
    title: str = ""
    summary: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class MessageFact:
    """Describe a message; ``copies`` is how often it is stored, which must be once."""

    conversation: str
    content: str
    copies: int = 1


Fact = ScriptFact | CharacterFact | LorebookFact | ConversationFact | MessageFact


@dataclass(frozen=True, slots=True)
class Fault:
    """Describe a fault; ``kind`` is one of few, by which faults are counted."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"

"""What can be acknowledged, in one form for what was promised and for what is stored."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["script", "character", "lorebook", "conversation", "said", "reply"]

Key = tuple[Kind, str]
"""A kind and a name that does not depend on the server: the title of a script, the name of a
character or lorebook, a conversation's ``user_name``, the text of a user's message. Texts and names
of a run never repeat. A reply has its id: its text is the engine's."""


@dataclass(frozen=True, slots=True)
class ScriptFact:
    """A stored script. ``text`` is the :func:`~fuzz.kills.texts.digest` of its scenes."""

    scenes: int
    text: str


@dataclass(frozen=True, slots=True)
class CharacterFact:
    """What operators decide about a character; ``scripts`` are titles."""

    scripts: tuple[str, ...]
    profile: str
    greeting: str = ""
    tagline: str = ""
    published: bool = True
    picture: bool = False
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class LorebookFact:
    """A lorebook of the character of that name."""

    character: str
    entries: int
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ConversationFact:
    """A conversation with the character of that name."""

    character: str
    title: str = ""
    summary: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class MessageFact:
    """A message. ``copies`` is how often it is stored: a text that was said once is there once."""

    conversation: str
    content: str
    copies: int = 1


Fact = ScriptFact | CharacterFact | LorebookFact | ConversationFact | MessageFact


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that must not happen. ``kind`` is one of few, by which faults are counted."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"

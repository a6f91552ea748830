"""Define a conversation as it was read from a file."""

from dataclasses import dataclass, field
from datetime import datetime

from characters.json_values import JsonObject
from characters.scripts.model import Rejection


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """Hold one message, with its alternatives."""

    name: str
    """The speaker."""
    text: str
    """As typed: macros may remain in it."""
    is_user: bool
    hidden: bool = False
    """Whether the message is left out of the prompt."""
    sent: datetime | None = None
    """The time with its zone; UTC is assumed where the file names none."""
    swipes: tuple[str, ...] = ()
    """The alternatives, ``text`` among them at ``swipe``; empty where ``text`` is the only one."""
    swipe: int = 0
    source: JsonObject = field(default_factory=dict)
    """The message's object as it came; its unknown fields are written again."""

    @property
    def shown_text(self) -> str:
        """Return the text a person saw: the translation, where SillyTavern kept one."""
        extra = self.source.get("extra")
        shown = extra.get("display_text") if isinstance(extra, dict) else None
        return shown if isinstance(shown, str) and shown else self.text


@dataclass(frozen=True, slots=True)
class ChatLog:
    """Hold a conversation: the messages of one branch, oldest first."""

    user_name: str
    character_name: str
    messages: tuple[LoggedMessage, ...]
    created: datetime | None = None
    header: JsonObject | None = field(default_factory=dict)
    """The file's first line as it came; None for a group's file, which has none."""
    rejected: tuple[Rejection, ...] = ()
    """The first rows that hold no message."""
    rejected_total: int = 0

    @property
    def parent(self) -> str | None:
        """Return the name of the log that this one branched from."""
        metadata = (self.header or {}).get("chat_metadata")
        parent = metadata.get("main_chat") if isinstance(metadata, dict) else None
        return parent if isinstance(parent, str) else None

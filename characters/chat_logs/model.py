"""Define a conversation as it was read from a file."""

from dataclasses import dataclass, field
from datetime import datetime

from characters.json_values import JsonObject, JsonValue
from characters.language import Language
from characters.scripts.model import Rejection

STAGE = "offbook_stage"
"""The field below a message's ``extra`` that holds its :class:`LoggedStage`."""


@dataclass(frozen=True, slots=True)
class LoggedStage:
    """Hold what a message of a stage is, and who alone hears it."""

    kind: str
    """``line``, or a direction: ``direction``, ``enters``, ``leaves``, ``told``."""
    speaker: str | None = None
    """The participant who says it, enters or leaves; None: the user, or no one."""
    circle: tuple[str, ...] | None = None
    """The participants who alone hear it, or are informed; None: all on stage."""
    id: str | None = None
    """What ``about`` of another message names; None where none does."""
    about: str | None = None
    """Of ``told``: the ``id`` of the message that they learn of."""
    opens: tuple[str, ...] | None = None
    """Of a first message: the participants on stage from the beginning; None: it does not say."""


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

    @property
    def stage(self) -> LoggedStage | None:
        """Return what a log of a stage says of the message; None in any other log."""
        return stage_of(self.source)


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
    title: str = ""
    language: Language = "en"
    """Of what is added for readers: who is whispered to."""
    user_in_scene: bool = True
    """Whether the user of a stage takes part, and hears what is whispered back."""
    cast: tuple[str, ...] = ()
    """The participants of a stage, whether they speak or not."""

    @property
    def parent(self) -> str | None:
        """Return the name of the log that this one branched from."""
        metadata = (self.header or {}).get("chat_metadata")
        parent = metadata.get("main_chat") if isinstance(metadata, dict) else None
        return parent if isinstance(parent, str) else None


def stage_of(source: JsonValue) -> LoggedStage | None:
    """Return what the fields of a message, or of one of its swipes, say of its stage."""
    extra = source.get("extra") if isinstance(source, dict) else None
    found = extra.get(STAGE) if isinstance(extra, dict) else None
    if not isinstance(found, dict):
        return None
    return LoggedStage(
        _text(found.get("kind")) or "line",
        _text(found.get("speaker")),
        _names(found.get("circle")),
        _text(found.get("id")),
        _text(found.get("about")),
        _names(found.get("opens")),
    )


def _names(value: JsonValue) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        return None
    return tuple(each for each in value if isinstance(each, str))


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None

"""What a lorebook is once it has been read, whichever program wrote it."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from characters.json_values import JsonObject

Position = Literal["before_char", "after_char", "personality", "scenario", "depth"]
Role = Literal["system", "user", "assistant"]


class SecondaryLogic(Enum):
    """What a selective entry asks of its secondary keys; values as SillyTavern writes them."""

    ANY = 0
    NOT_ALL = 1
    NONE = 2
    ALL = 3


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an entry's text goes: beside the character's definition, or among the messages."""

    position: Position = "before_char"
    depth: int = 0
    """With ``position`` ``depth``: how many messages stay after it."""
    role: Role = "system"


@dataclass(frozen=True, slots=True)
class Timing:
    """Conditions beyond the keys; each set by a decorator or by a SillyTavern extension."""

    from_message: int = 0
    """Inactive until the chat has this many messages."""
    only_every: int = 1
    """Active only when the number of messages is a multiple of this."""
    greeting: int | None = None
    """Active only in a chat that began with this greeting: 0 the first, 1 the first alternative."""
    stays: bool = False
    """Once matched, active for the rest of the chat."""
    once: bool = False
    """Once matched, not active any more."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``content`` is what the prompt gets, decorators taken off, macros still in it."""

    keys: tuple[str, ...]
    content: str
    order: float = 0
    """Lower is earlier in the prompt."""
    enabled: bool = True
    constant: bool = False
    secondary_keys: tuple[str, ...] = ()
    """Empty unless the entry is selective."""
    secondary_logic: SecondaryLogic = SecondaryLogic.ANY
    excluded_keys: tuple[str, ...] = ()
    """The entry stays out when one of these occurs."""
    patterns: bool = True
    """Whether a key written ``/…/flags`` is a pattern."""
    case_sensitive: bool = False
    whole_words: bool = False
    priority: float | None = None
    """Lowest is dropped first when the budget is short; ``order`` where there is none."""
    scan_depth: int | None = None
    probability: float = 1.0
    forced: bool | None = None
    """``@@activate`` and ``@@dont_activate``."""
    yields: bool = False
    """Whether it goes before all others when the budget is short: ``@@ignore_on_max_context``."""
    recursive: bool = True
    """Whether the texts of other entries may activate it."""
    starts_recursion: bool = True
    placement: Placement = Placement()
    timing: Timing = Timing()
    name: str = ""
    """For people; never in the prompt."""


@dataclass(frozen=True, slots=True)
class Lorebook:
    """Entries and how they are looked for."""

    entries: tuple[Entry, ...]
    name: str = ""
    description: str = ""
    scan_depth: int | None = None
    """How many of the newest messages are searched for keys."""
    token_budget: int | None = None
    recursive_scanning: bool = False
    source: JsonObject = field(default_factory=dict)
    """The book's object as it came."""

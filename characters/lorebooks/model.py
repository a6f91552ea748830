"""Define a lorebook as it is once read, independent of the program that wrote it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from characters.json_values import JsonObject

Position = Literal["before_char", "after_char", "personality", "scenario", "depth"]
Role = Literal["system", "user", "assistant"]


class SecondaryLogic(Enum):
    """List a selective entry's conditions on its secondary keys, by SillyTavern's values."""

    ANY = 0
    NOT_ALL = 1
    NONE = 2
    ALL = 3


@dataclass(frozen=True, slots=True)
class Placement:
    """Place an entry's text beside the character's definition, or among the messages."""

    position: Position = "before_char"
    depth: int = 0
    """With ``position`` ``depth``: the number of messages after it."""
    role: Role = "system"


@dataclass(frozen=True, slots=True)
class Timing:
    """Hold conditions beyond the keys, each set by a decorator or a SillyTavern extension."""

    from_message: int = 0
    """Inactive until the chat has this many messages."""
    only_every: int = 1
    """Active only when the number of messages is a multiple of this."""
    greeting: int | None = None
    """Active only in a chat that began with this greeting: 0 the first, 1 the first alternative."""
    sticky: bool = False
    """Once matched, active for the rest of the chat."""
    once: bool = False
    """Once matched, never active again."""


@dataclass(frozen=True, slots=True)
class Group:
    """Hold an entry's inclusion groups: one entry of a group is active at a time."""

    names: tuple[str, ...] = ()
    prior: bool = False
    """Whether order decides before chance does."""
    weight: float = 100
    """Share of the chance."""


@dataclass(frozen=True, slots=True)
class CharacterFilter:
    """Say for whom an entry is active: names and tags, case-folded."""

    names: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    excludes: bool = False
    """Whether it is active for all others instead."""

    def admits(self, names: Iterable[str], tags: Iterable[str]) -> bool:
        """Return whether the entry may be active for a character."""
        if not self.names and not self.tags:
            return True
        fits = any(name.casefold() in self.names for name in names)
        fits = fits or any(tag.casefold() in self.tags for tag in tags)
        return fits is not self.excludes


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one entry. ``content`` is its prompt text: no decorators, macros not expanded."""

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
    """The lowest is dropped first when the budget is short; None: ``order`` decides."""
    scan_depth: int | None = None
    probability: float = 1.0
    forced: bool | None = None
    """``@@activate`` and ``@@dont_activate``."""
    dropped_first: bool = False
    """Whether it is dropped before all others for the budget: ``@@ignore_on_max_context``."""
    recursive: bool = True
    """Whether the texts of other entries may activate it."""
    delayed: bool = False
    """Whether only the texts of other entries may activate it."""
    starts_recursion: bool = True
    placement: Placement = Placement()
    timing: Timing = Timing()
    group: Group = Group()
    characters: CharacterFilter = CharacterFilter()
    name: str = ""
    """Label for people; never in the prompt."""


@dataclass(frozen=True, slots=True)
class Lorebook:
    """Hold entries and how to search for them."""

    entries: tuple[Entry, ...]
    name: str = ""
    description: str = ""
    scan_depth: int | None = None
    """Number of newest messages searched for keys."""
    token_budget: int | None = None
    recursive_scanning: bool = False
    source: JsonObject = field(default_factory=dict)
    """The book's object as it came."""

"""What a prompt is made from, and what it is."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, Protocol

from characters.errors import CharactersError
from characters.language import Language

Role = Literal["user", "character"]
CountTokens = Callable[[str], int]


class PromptTooLongError(CharactersError):
    """The newest line alone, with the instructions and the profile, exceeds the budget."""

    def __init__(self, needed: int, budget: int) -> None:
        super().__init__(
            f"The message is too long for the model: the prompt would need {needed} tokens "
            f"and {budget} fit. Shorten the message or the profile."
        )
        self.needed = needed
        self.budget = budget


@dataclass(frozen=True, slots=True)
class Persona:
    """Who speaks, and to whom."""

    name: str
    profile: str
    language: Language
    user_name: str = "user"
    instructions: str = ""
    """What a client asks for beyond the profile; it follows the profile in the prompt."""

    def fill(self, template: str) -> str:
        """Put the persona in; what its texts contain is never taken for a placeholder."""
        profile = "\n\n".join(filter(None, (self.profile.strip(), self.instructions.strip())))
        return template.format_map({"name": self.name, "user": self.user_name, "profile": profile})


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line of the live dialogue."""

    role: Role
    text: str


def join_neighbours(lines: Iterable[Utterance]) -> list[Utterance]:
    """The dialogue with neighbours of one role as one utterance, line by line.

    Chat templates of many models want the roles to take turns.
    """
    return [
        Utterance(role, "\n".join(line.text for line in group))
        for role, group in groupby(lines, key=lambda line: line.role)
    ]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the prompt before this one showed: those examples keep their places.

    Examples are named by their position among those given for this turn; those of ``further``,
    which are given here only, follow on.
    """

    further: Sequence[Sequence[str]] = ()
    places: Sequence[int] = ()
    """All that it showed, in its order. Empty for a conversation's first prompt."""
    wanted: int | None = None
    """How many of those given for this turn, the best, should be there; those behind them fill
    what room there is. By default all should."""
    room: int | None = None
    """Tokens that all examples may take, at most; by default all that the prompt has."""


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the engine gets, and what had to be left out."""

    content: str | list[PromptMessage]
    examples_shown: tuple[int, ...]
    """Which of the examples given are in the prompt: their positions, in the prompt's order."""
    history_dropped: int
    """Lines left out, oldest first."""
    tokens: int
    """The counted pieces' sum: what the prompt costs, but for a few tokens at their seams."""
    lore_shown: tuple[int, ...] = ()
    """Which of the entries given are in the prompt: their positions, in order."""


class PromptDraft(Protocol):
    """A prompt before its budget is known."""

    def pieces(self) -> list[str]:
        """Every text whose tokens :meth:`fit` asks for."""
        ...

    def fit(self, count: CountTokens, budget: int) -> Prompt:
        """Assemble what fits ``budget`` tokens. Raises :class:`PromptTooLongError`."""
        ...

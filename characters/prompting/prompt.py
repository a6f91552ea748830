"""Define the inputs of a prompt, the prompt, and the protocol of its drafts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, Protocol

from characters.errors import CharactersError
from characters.language import Language

UNNAMED = "user"
"""The name of a user who gave none."""

Role = Literal["user", "character"]
CountTokens = Callable[[str], int]


class PromptTooLongError(CharactersError):
    """Report that the newest line, instructions and profile alone exceed the budget."""

    def __init__(self, needed: int, budget: int) -> None:
        super().__init__(
            f"The message is too long for the model: the prompt would need {needed} tokens "
            f"and {budget} fit. Shorten the message or the profile."
        )
        self.needed = needed
        self.budget = budget


@dataclass(frozen=True, slots=True)
class Persona:
    """Hold the character's texts and the name of the user."""

    name: str
    profile: str
    language: Language
    user_name: str = UNNAMED
    instructions: str = ""
    """A client's further instructions; they follow the profile in the prompt."""
    user_description: str = ""
    """What the user says about themselves, one line; it follows the instructions."""

    def fill(self, template: str) -> str:
        """Fill ``template``; braces in the persona's own texts are never taken for placeholders."""
        texts = (self.profile.strip(), self.instructions.strip(), self.about_user())
        profile = "\n\n".join(filter(None, texts))
        return template.format_map({"name": self.name, "user": self.user_name, "profile": profile})

    def about_user(self) -> str:
        """Return the line about the user; empty where they say nothing."""
        if not self.user_description:
            return ""
        if self.language == "zh":
            return f"{self.user_name}的情况：{self.user_description}"
        return f"About {self.user_name}, whom {self.name} is talking to: {self.user_description}"


@dataclass(frozen=True, slots=True)
class Utterance:
    """Hold one line of the live dialogue."""

    role: Role
    text: str
    spoken: tuple[tuple[str, str], ...] = ()
    """On a stage, the lines of several others that it joins: each one's name and words. A direction
    has no name. Empty in a dialogue of two."""

    def named(self, colon: str) -> str:
        """Return the lines that it joins, each after the name of its speaker."""
        return "\n".join(f"{who}{colon}{text}" if who else text for who, text in self.spoken)


def join_neighbours(lines: Iterable[Utterance]) -> list[Utterance]:
    """Join neighbouring lines of one role into one utterance, separated by newlines.

    Chat templates of many models want the roles to alternate.
    """
    return [
        Utterance(role, "\n".join(line.text for line in group))
        for role, group in groupby(lines, key=lambda line: line.role)
    ]


@dataclass(frozen=True, slots=True)
class PreviousExamples:
    """Hold the examples that the prompt before this one showed, which keep their positions.

    Examples are numbered by their index among those given for this turn; those of ``further``,
    which are given here only, come after them.
    """

    further: Sequence[Sequence[str]] = ()
    positions: Sequence[int] = ()
    """All examples it showed, in its order. Empty for a conversation's first prompt."""
    wanted: int | None = None
    """How many of the best examples given for this turn are due; the others only fill room that
    is left. None: all are due."""
    room: int | None = None
    """Most tokens for all examples; None: all that the prompt has left."""


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """Hold one message of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


Part = Literal["instructions", "example", "profile", "user", "lore", "history", "reply"]


@dataclass(frozen=True, slots=True)
class Segment:
    """Hold one piece of a prompt's content; all of them together are the content, byte for byte."""

    part: Part
    """``reply``: the cue or the beginning that the engine continues."""
    text: str
    number: int | None = None
    """Of an example, of lore and of the history: its index among those given to the draft."""
    counted: tuple[str, ...] = ()
    """Texts whose tokens add up to the segment's."""
    contained: tuple[str, ...] = ()
    """Parts of those texts that are segments of their own: their tokens are to be subtracted."""
    message: int = 0
    """Index of the chat message that it stands in; 0 in a ``completion`` prompt."""
    frames: bool = False
    """Whether the few tokens that a template puts around its chat message are counted with it."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Hold the engine's input, and what was left out of it."""

    content: str | list[PromptMessage]
    examples_shown: tuple[int, ...]
    """Indexes of the given examples in the prompt, in its order."""
    history_dropped: int
    """Lines left out, oldest first."""
    tokens: int
    """Sum of the pieces' tokens: the prompt's length, but for a few tokens at their seams."""
    lore_shown: tuple[int, ...] = ()
    """Indexes of the given lore entries in the prompt, in order."""
    segments: tuple[Segment, ...] = ()
    """The content, piece by piece."""


class PromptDraft(Protocol):
    """Compose a prompt in two steps, before its budget is known."""

    def pieces(self) -> list[str]:
        """Return every text whose tokens :meth:`fit` asks for."""
        ...

    def details(self) -> list[str]:
        """Return texts inside of the pieces that segments are counted by, the same at every turn.

        :meth:`fit` needs no tokens of theirs.
        """
        ...

    def shown_from(self, number: int) -> int:
        """Return the first line of an example that a prompt with it shows; it ends with the last.

        The example is numbered as in :attr:`Prompt.examples_shown`.
        """
        ...

    def fit(self, count: CountTokens, budget: int) -> Prompt:
        """Assemble a prompt within ``budget`` tokens. Raises :class:`PromptTooLongError`."""
        ...

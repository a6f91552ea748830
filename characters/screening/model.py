"""Define what is screened, and what a screen finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from characters.prompting.prompt import Persona

Offence = Literal[
    "repeat",
    "echo",
    "assistant_talk",
    "prompt_echo",
    "language",
    "refusal",
    "meta_talk",
    "speaker",
    "empty",
]

_SEVERITY: dict[Offence, int] = {
    "repeat": 1,
    "echo": 2,
    "assistant_talk": 3,
    "prompt_echo": 4,
    "language": 5,
    "refusal": 6,
    "meta_talk": 7,
    "speaker": 8,
    "empty": 9,
}


ASSISTANT: frozenset[Offence] = frozenset({"assistant_talk", "refusal", "meta_talk"})
"""Offences of a model that answers as itself rather than as the character."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold what is wrong with a text."""

    offence: Offence
    at: int = 0
    """Where the offending sentence begins. The text before it has no fault."""
    by_rule: bool = True
    """Whether a rule found it; suspicions, and a model's verdicts, are often wrong."""

    @property
    def severity(self) -> int:
        """How bad the text is: 0 where a part without fault precedes the offence, 9 at worst."""
        return 0 if self.at else _SEVERITY[self.offence]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenedDialogue:
    """Hold the dialogue that a reply belongs to, and what its prompt showed."""

    persona: Persona
    message: str = ""
    """The newest line of the user."""
    before: Sequence[str] = ()
    """The user's lines before it, oldest first."""
    earlier: Sequence[str] = ()
    """The character's earlier replies, oldest first, and the reply being continued, if any."""
    greeting: str = ""
    """The character's first line, where the operator wrote it."""
    examples: Sequence[str] = ()
    """Lines of the examples that the prompt shows: ``speaker：text``."""
    instructions: Sequence[str] = ()
    """The prompt's instructions, without the profile."""
    own_lines: Sequence[str] = ()
    """Replies of the character in the examples, best first."""
    labels: Sequence[str] = ()
    """Openings of another speaker's turn: ``Anna:``."""

"""Hold the dialogue that a prompt is prepared for."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.catalog.macros import expand_macros, macros_of
from app.db.models import Character
from app.turns.memory import ConversationPast
from characters.language import prompt_language
from characters.macros import MacroValues
from characters.profiles.notes import known_profile
from characters.prompting import Persona, Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueContext:
    """Hold who talks to whom, and the lines so far; the last one is to be answered."""

    persona: Persona
    history: Sequence[Utterance]
    continued: str = ""
    """The beginning of a reply to continue."""
    example_order: Sequence[int] = ()
    """Ids of the examples of the previous prompt, in its order."""
    seed: str = ""
    """Seeds random picks in the character's texts: the conversation's id."""
    greeting: int = 0
    """The greeting that it began with: 0 the first, 1 the first alternative."""
    until_scene: int | None = None
    """The point in time: how many scenes the character has lived through; None: all."""
    past: ConversationPast | None = None
    """The exchanges that may be recalled; None for stateless calls."""
    summary: str = ""
    covered: int = 0
    """How many of the oldest lines the summary covers."""
    unread: int = 0
    """How many messages precede the oldest line: too many for any prompt, they were not read."""
    others: Sequence[str] = ()
    """On a stage, the names of all others, whose lines end a reply; then the persona's user name
    joins those of the others."""
    addressed: str = ""
    """On a stage, the value of the macro for the user's name."""

    @property
    def lines(self) -> list[tuple[str, str]]:
        """(speaker, text), oldest first."""
        names = {"user": self.persona.user_name, "character": self.persona.name}
        return [
            each
            for line in self.history
            for each in (line.spoken or ((names[line.role], line.text),))
        ]

    def macros(self, character: Character) -> MacroValues:
        """Return the values of macros in the character's texts."""
        return macros_of(character, self.addressed or self.persona.user_name, self.seed)


def persona_of(
    character: Character,
    user_name: str,
    seed: str = "",
    until_scene: int | None = None,
    user_description: str = "",
) -> Persona:
    """Return the persona that speaks, with the profile's macros expanded.

    ``seed`` and ``until_scene`` as of :class:`DialogueContext`.
    """
    profile = known_profile(character.profile, until_scene)
    drafted = character.profile_scenes
    if drafted is not None and until_scene is not None and drafted > until_scene:
        profile = ""  # it was made of what has not happened yet
    return Persona(
        name=character.name,
        profile=expand_macros(profile, macros_of(character, user_name, seed)),
        language=prompt_language(character.language),
        user_name=user_name,
        user_description=user_description,
    )

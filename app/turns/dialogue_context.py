"""Who speaks to whom, and what was said: what a prompt is prepared from."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.catalog.macros import expand_macros, macros_of
from app.db.models import Character
from app.turns.memory import ConversationPast
from characters.macros import MacroValues
from characters.profiles.notes import known_profile
from characters.prompting import Persona, Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueContext:
    """Who speaks to whom, and what was said so far; the last line is the one to answer."""

    persona: Persona
    history: Sequence[Utterance]
    continued: str = ""
    """The beginning of a reply that is to be gone on with."""
    example_order: Sequence[int] = ()
    """Ids of the examples that the prompt before showed, in its order."""
    seed: str = ""
    """Decides what chance there is in the character's texts: the conversation's id."""
    greeting: int = 0
    """Which greeting it began with: 0 the first, 1 the first alternative."""
    until_scene: int | None = None
    """How many scenes of its scripts the character has lived through; None: all."""
    past: ConversationPast | None = None
    """What may come back; there is none where nothing is stored."""
    summary: str = ""
    covered: int = 0
    """How many of the oldest lines the summary stands for."""

    @property
    def lines(self) -> list[tuple[str, str]]:
        """(speaker, text), oldest first."""
        names = {"user": self.persona.user_name, "character": self.persona.name}
        return [(names[line.role], line.text) for line in self.history]

    def macros(self, character: Character) -> MacroValues:
        """What macros stand for in the character's texts."""
        return macros_of(character, self.persona.user_name, self.seed)


def persona_of(
    character: Character, user_name: str, seed: str = "", until_scene: int | None = None
) -> Persona:
    """Who speaks, macros in the profile expanded; ``seed`` and the rest as of :class:`DialogueContext`."""
    profile = known_profile(character.profile, until_scene)
    return Persona(
        name=character.name,
        profile=expand_macros(profile, macros_of(character, user_name, seed)),
        language="zh" if character.language == "zh" else "en",
        user_name=user_name,
    )

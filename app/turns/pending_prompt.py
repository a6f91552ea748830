"""Prepare one turn's prompt, again where the engine refuses the first as too long."""

from app.db.models import Character
from app.turns.dialogue_context import DialogueContext
from app.turns.prepared_prompt import PreparedPrompt, PromptMaterial
from app.turns.prompt_builder import PromptBuilder


class PendingPrompt:
    """Prepare one turn's prompt, retrieving only once however often it is composed."""

    def __init__(
        self, prompt_builder: PromptBuilder, character: Character, dialogue: DialogueContext
    ) -> None:
        self._prompt_builder = prompt_builder
        self._character = character
        self._dialogue = dialogue
        self._material: PromptMaterial | None = None

    def ask_for(self, dialogue: DialogueContext) -> None:
        """Compose further prompts for a dialogue that differs in its instructions alone."""
        self._dialogue = dialogue

    async def prepare(self, share: float = 1.0) -> PreparedPrompt:
        """Return the prompt: see :meth:`PromptBuilder.find` and :meth:`PromptBuilder.prepare`."""
        if self._material is None:
            self._material = await self._prompt_builder.find(self._character, self._dialogue)
        return await self._prompt_builder.prepare(
            self._character, self._dialogue, self._material, share=share
        )

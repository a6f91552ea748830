"""List the instructions of prompts, to recognise them in what a model writes."""

from characters.prompting.chat import chat_instructions
from characters.prompting.completion import completion_instructions
from characters.prompting.prompt import Persona


def instructions_of(persona: Persona) -> list[str]:
    """Return the texts of both layouts that instruct the model, without the profile."""
    return [*chat_instructions(persona), *completion_instructions(persona)]

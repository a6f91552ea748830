"""Expand macros in a character's texts for a conversation."""

import random

from app.db.models import Character
from characters.macros import MacroValues, expand


def macros_of(character: Character, user_name: str, seed: str) -> MacroValues:
    """Return the values of macros when the character talks to ``user_name``.

    ``seed``, the conversation's id, fixes what is picked at random for good.
    """
    return MacroValues(character.nickname or character.name, user_name, seed)


def expand_macros(text: str, values: MacroValues) -> str:
    """Return ``text`` with its macros expanded, random picks anew each time."""
    return expand(text, values, random.Random())  # noqa: S311 (not for secrets)

"""Macros in a character's texts, as one conversation has them."""

import random

from app.db.models import Character
from characters.macros import MacroValues, expand


def macros_of(character: Character, user_name: str, seed: str) -> MacroValues:
    """What macros stand for when the character talks to ``user_name``.

    ``seed`` decides what is picked once and for all: the conversation's id.
    """
    return MacroValues(character.nickname or character.name, user_name, seed)


def expand_macros(text: str, values: MacroValues) -> str:
    """``text`` with its macros replaced; chance is another one each time."""
    return expand(text, values, random.Random())  # noqa: S311  # a game's

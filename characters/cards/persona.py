"""What a conversation needs of a card: a profile, and its example dialogue as scenes."""

import random
import re
from collections.abc import Iterator

from characters.cards.model import Card
from characters.macros import MacroValues, expand
from characters.scripts.model import Line, Scene

_SCENE = re.compile(r"\s*<START>\s*", re.IGNORECASE)
_LINE = re.compile(r"\s*([^\n:：]{1,80}?)\s*[:：]\s*(.*)")


def compose_profile(card: Card) -> str:
    """Description, personality and scenario as one text, macros still in it."""
    labels = {"description": "", "personality": "Personality: ", "scenario": "Scenario: "}
    texts = {name: card.text(name).strip() for name in labels}
    return "\n\n".join(labels[name] + text for name, text in texts.items() if text)


def read_example_dialogue(card: Card, values: MacroValues) -> Iterator[Scene]:
    """``mes_example`` as scenes of two speakers, ``values.char`` and ``values.user``.

    Scenes begin at a line ``<START>``, lines at ``{{char}}:`` or ``{{user}}:`` (or the names
    themselves); what follows them belongs to them, and what stands before the first line of a
    scene to nobody: it is left out. Rows are counted in ``mes_example``, from 1.
    """
    lines: list[Line] = []
    for row, typed in enumerate(card.text("mes_example").splitlines(), 1):
        if _SCENE.fullmatch(typed):
            yield from _scene(lines)
            lines = []
            continue
        text = expand(typed, values, random.Random(f"{values.seed}:{row}"))  # noqa: S311  # a game's
        match = _LINE.fullmatch(text)
        if match and match[1] in (values.char, values.user, card.name):
            speaker = values.user if match[1] == values.user else values.char
            lines.append(Line(speaker, match[2].strip(), row, colon=": "))
        elif lines and text.strip():
            lines[-1] = lines[-1]._replace(text=f"{lines[-1].text}\n{text.strip()}".strip())
    yield from _scene(lines)


def _scene(lines: list[Line]) -> Iterator[Scene]:
    spoken = [line for line in lines if line.text]
    if spoken:
        yield Scene(tuple(spoken), spoken[0].row)

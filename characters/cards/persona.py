"""Read a card's profile, and its example dialogue as scenes."""

import random
import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from characters.cards.model import Card
from characters.json_values import storable
from characters.language import Language, detect_language
from characters.macros import MacroValues, expand
from characters.scripts.model import Line, Scene

_SCENE = re.compile(r"\s*<START>\s*", re.IGNORECASE)
_LINE = re.compile(r"([^:：]{1,80})([:：]\s?)(.*)")
_SPOKEN = re.compile(r"([^:：]*)[:：](.*)", re.DOTALL)
_DESCRIBING = ("description", "personality", "scenario")
_LABELS: dict[Language, tuple[str, ...]] = {
    "zh": ("", "性格：", "场景："),
    "en": ("", "Personality: ", "Scenario: "),
}


def card_language(card: Card) -> Language:
    """Return the language the card is written in."""
    return detect_language(card.text(name) for name in (*_DESCRIBING, "first_mes", "mes_example"))


def compose_profile(card: Card) -> str:
    """Return description, personality and scenario as one text, macros still in it."""
    labels = _LABELS[card_language(card)]
    texts = [card.text(name).strip() for name in _DESCRIBING]
    return "\n\n".join(label + text for label, text in zip(labels, texts, strict=True) if text)


def read_example_dialogue(card: Card, values: MacroValues) -> Iterator[Scene]:
    """Yield ``mes_example`` as scenes of two speakers, ``values.char`` and ``values.user``.

    Scenes begin at a line ``<START>``, lines at ``{{char}}:`` or ``{{user}}:`` (or the names
    themselves); the rows after them continue the line. Text before the first line of a scene has
    no speaker and is left out. Macros stay in the texts, to be expanded where they are shown.
    Rows are counted in ``mes_example``, from 1.
    """
    lines: list[Line] = []
    more: list[list[str]] = []
    """For each line the rows that continue it."""
    for row, typed in enumerate(storable(card.text("mes_example")).splitlines(), 1):
        if _SCENE.fullmatch(typed):
            yield from _scene(lines, more)
            lines, more = [], []
            continue
        match = _LINE.fullmatch(typed.strip())
        speaker = _speaker(match[1].rstrip(), card, values) if match else None
        if match and speaker:
            lines.append(Line(speaker, match[3].strip(), row, colon=match[2]))
            more.append([])
        elif lines and typed.strip():
            more[-1].append(typed.strip())
    yield from _scene(lines, more)


def write_example_dialogue(
    examples: Iterable[Sequence[str]], speakers: Collection[str], characters: int
) -> str:
    """Return examples, lines ``speaker：text``, as a ``mes_example`` of limited length.

    ``speakers`` are the character's; ``characters`` is the limit. The only other speaker of an
    example becomes ``{{user}}``; several keep their names, for they cannot all be one user.
    """
    text = ""
    for lines in examples:
        said = [_split(line) for line in lines]
        others = dict.fromkeys(name for name, _ in said if name not in speakers)
        names = dict.fromkeys(others, "{{user}}") if len(others) == 1 else {}
        names |= dict.fromkeys(speakers, "{{char}}")
        block = "".join(f"{names.get(name, name)}: {words}\n" for name, words in said)
        if len(text) + len(block) > characters:
            break
        text += f"<START>\n{block}"
    return text.rstrip()


def _split(line: str) -> tuple[str, str]:
    """Return speaker and text of an example's line. Speaker names contain no colons."""
    match = _SPOKEN.fullmatch(line)
    return (match[1], match[2].strip()) if match else ("", line)


def _speaker(typed: str, card: Card, values: MacroValues) -> str | None:
    name = expand(typed, values, random.Random(0))  # noqa: S311  # names leave nothing to chance
    if name == values.user:
        return values.user
    return values.char if name in (values.char, card.name, card.spoken_name) else None


def _scene(lines: list[Line], more: list[list[str]]) -> Iterator[Scene]:
    whole = (
        line._replace(text="\n".join([line.text, *rows]).strip())
        for line, rows in zip(lines, more, strict=True)
    )
    spoken = [line for line in whole if line.text]
    if spoken:
        yield Scene(tuple(spoken), spoken[0].row)

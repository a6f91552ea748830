"""Read a card's profile, and write examples of a character's lines into a card."""

import re
from collections.abc import Collection, Iterable, Sequence

from characters.cards.model import Card
from characters.language import Language, detect_language

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

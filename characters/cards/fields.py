"""Extract the fields of a card that Offbook shows and edits, and write edits back into it."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from characters.cards.model import Card
from characters.cards.persona import compose_profile
from characters.json_values import JsonObject, storable

NAME_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class CardFields:
    """Hold a character's texts, macros still in them; storable in any database."""

    name: str
    """One line, at most 80 characters."""
    nickname: str
    profile: str
    greeting: str
    alternate_greetings: tuple[str, ...]
    tags: tuple[str, ...]
    creator_notes: str


def fields_of(card: Card) -> CardFields:
    """Return the fields as the card has them."""
    nickname = _one_line(card.text("nickname"))
    name = _one_line(card.name)
    return CardFields(
        name=name,
        nickname=nickname if nickname != name else "",
        profile=storable(compose_profile(card)),
        greeting=storable(card.text("first_mes")).strip(),
        alternate_greetings=tuple(
            storable(text).strip() for text in card.texts("alternate_greetings") if text.strip()
        ),
        tags=tuple(dict.fromkeys(filter(None, map(_one_line, card.texts("tags"))))),
        creator_notes=storable(card.text("creator_notes")),
    )


def with_fields(card: Card, wanted: CardFields) -> Card:
    """Return ``card`` with the fields of ``wanted`` that differ from its own written into it."""
    current = fields_of(card)
    changes: JsonObject = {}
    for each in fields(CardFields):
        value = getattr(wanted, each.name)
        if value != getattr(current, each.name):
            changes |= _WRITTEN[each.name](value)
    return replace(card, data={**card.data, **changes}) if changes else card


def _one_line(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in storable(text))
    return " ".join(printable.split())[:NAME_CHARACTERS].strip()


def _as(name: str) -> Callable[[object], JsonObject]:
    return lambda value: {name: list(value) if isinstance(value, tuple) else str(value)}


_WRITTEN: dict[str, Callable[[object], JsonObject]] = {
    "name": _as("name"),
    "nickname": _as("nickname"),
    # An edited profile is one text: it cannot be split again into the three it was joined from.
    "profile": lambda value: {"description": str(value), "personality": "", "scenario": ""},
    "greeting": _as("first_mes"),
    "alternate_greetings": _as("alternate_greetings"),
    "tags": _as("tags"),
    "creator_notes": _as("creator_notes"),
}

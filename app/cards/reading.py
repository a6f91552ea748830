"""Derive a card's limits from the settings, and describe a card for the API."""

from app.cards.schemas import CardReport
from app.settings import LimitSettings
from characters.cards.contents import CardContents, describe_contents
from characters.cards.model import CardLimits


def card_limits(limits: LimitSettings) -> CardLimits:
    """Return the settings' limits of one card."""
    return CardLimits(
        file_bytes=limits.card_bytes,
        json_bytes=limits.card_json_bytes,
        entry_bytes=limits.card_inflated_bytes,
        inflated_bytes=limits.card_inflated_bytes,
    )


def describe_card(contents: CardContents) -> CardReport:
    """Return the description of a card that was read."""
    return CardReport.model_validate(describe_contents(contents))

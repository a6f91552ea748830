"""Bounds of a card by this installation's settings, and what is told of one."""

from app.cards.schemas import CardReport
from app.settings import LimitSettings
from characters.cards.contents import CardContents, describe_contents
from characters.cards.model import CardLimits


def card_limits(limits: LimitSettings) -> CardLimits:
    """The settings' bounds of one card."""
    return CardLimits(
        file_bytes=limits.card_bytes,
        json_bytes=limits.card_json_bytes,
        entry_bytes=limits.card_inflated_bytes,
        inflated_bytes=limits.card_inflated_bytes,
    )


def describe_card(contents: CardContents) -> CardReport:
    """What is told of a card that was read."""
    return CardReport.model_validate(describe_contents(contents))

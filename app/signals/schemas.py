"""Describe ratings of replies, and the consent to learn from them."""

from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from app.schemas import Schema
from app.settings import SignalRule
from app.signals.kinds import MOST_NOTE_CHARACTERS, Rating, Reason
from app.text import Storable

_Note = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=MOST_NOTE_CHARACTERS), Storable
]


class ReplyRating(Schema):
    """Show what a reader said about a reply."""

    value: Rating
    reason: Reason
    """What is wrong with a bad one; empty: not said."""
    note: str


class NewRating(ReplyRating):
    """Rate a reply; it replaces what the caller said about it before."""

    reason: Reason = ""
    note: _Note = ""

    @model_validator(mode="after")
    def _only_bad_ones_have_reasons(self) -> Self:
        if self.value == "good" and self.reason:
            raise ValueError("only a bad reply has a reason; write what is good into the note")
        return self


class RatedReply(ReplyRating):
    """Confirm a rating."""

    kept: bool
    """Whether it may be learnt from. Else it only stays with the conversation, for the caller."""
    ask: bool
    """Whether the caller has to be asked for consent: ``PUT /api/me/learning`` takes the answer.
    Rate again after a yes, and the rating is kept."""


class LearningConsent(Schema):
    """Say whether ratings, choices and edits may be learnt from."""

    given: bool
    """False deletes all that was kept."""


class LearningOut(Schema):
    """Show what the caller consented to, and how much is kept of it."""

    rule: SignalRule
    """The operator's setting: ``off``, nothing is kept; ``ask``, of those who agreed; ``on``, of
    those who did not say no."""
    given: bool | None
    """The caller's answer; null: none so far."""
    kept: int
    """Ratings, choices and edits of the caller's that are kept."""

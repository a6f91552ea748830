"""Describe errors that an operation answers, for the routes that declare their own."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error: its status, its code and when it is answered."""

    status: int
    code: str
    when: str


DATABASE_UNAVAILABLE = Refusal(
    503, "database_unavailable", "the database did not answer; nothing was stored"
)
TOO_MANY_ATTEMPTS = Refusal(
    429, "too_many_attempts", "it shows a key, and too many wrong ones came from its address"
)
ADMIN_KEY_NEEDED = Refusal(401, "admin_key_needed", "the admin key is missing or wrong")
TOO_MANY_CONVERSATIONS = Refusal(
    409, "too_many_conversations", "a visitor has as many conversations as it may"
)
PARTICIPANT_NOT_FOUND = Refusal(404, "participant_not_found", "no participant has this slug or id")
TOO_MANY_MESSAGES = Refusal(409, "too_many_messages", "a visitor has as many messages as it may")


def declare(*answers: Refusal) -> dict[int | str, dict[str, Any]]:
    """Return a route's ``responses``: errors that follow from nothing but what it does itself."""
    responses: dict[int | str, dict[str, Any]] = {}
    for each in answers:
        words = f"`{each.code}`: {each.when}"
        before = responses.get(each.status, {}).get("description")
        responses[each.status] = {"description": f"{before}; {words}" if before else words}
    return responses

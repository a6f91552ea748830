"""Find a character that introduces itself unasked.

The chat prompt has it give its name right before the dialogue, and small models give it again.
"""

import re
from collections.abc import Iterable

from characters.screening.words import plain

_ASKS_WHO = re.compile(
    r"\b(?:who|name|called?|introduce|yourself|prove|AI|robot|hello|hi|hey|meet)\b|morning|evening"
    r"|谁|名字|叫什么|称呼|介绍|证明|人工智能|机器人|你好|您好|[早晚]上好|认识",
    re.IGNORECASE,
)


class Introductions:
    """Know how a character says its name."""

    def __init__(self, names: Iterable[str]) -> None:
        """Take the character's name, and its parts. "I'm the last" does not name The Stranger."""
        either = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
        self._pattern = re.compile(
            rf"\W*(?:(?:my name is|I am|I'm|this is|(?:just )?call me) (?-i:{either})\b"
            rf"|我(?:的名字)?(?:叫做?|是)(?:{either}))",
            re.IGNORECASE,
        )

    def is_at_start(self, text: str) -> bool:
        """Return whether a reply begins with one."""
        return self._pattern.match(plain(text)) is not None


def asks_who(message: str) -> bool:
    """Return whether an introduction may answer a message."""
    return _ASKS_WHO.search(message) is not None

"""Find where a text begins another speaker's turn."""

import re
from collections.abc import Iterable

_ROLES = (
    "user", "human", "assistant", "system", "narrator", "ai", "bot", "chatbot", "model",
    "用户", "助手", "系统", "旁白", "人类", "机器人助手", "玩家",
)  # fmt: skip
_OPENING = r"[\s\"“「『(（\[【*#>_]*"
_CLOSING = r"[)）\]】*_\"”]*\s*[:：][*_]*"
_MOST = 200
"""Names that are searched for."""


class SpeakerLabels:
    """Know the labels that open another speaker's turn: a name and a colon."""

    def __init__(self, labels: Iterable[str]) -> None:
        """Take the ``labels`` that the script's speakers have, with or without their colons.

        The roles of chat templates and narrators are known besides. The character's own name is
        one as well: a reply has no second turn.
        """
        names = (label.strip().rstrip(":：").strip() for label in labels)
        known = [*filter(None, dict.fromkeys(names))][:_MOST]
        either = "|".join(map(re.escape, (*known, *_ROLES)))
        self._label = re.compile(rf"{_OPENING}(?:{either}){_CLOSING}\s*", re.IGNORECASE)

    def end_of_label(self, sentence: str) -> int:
        """Return where the label that a sentence opens with ends; 0 where it has none."""
        match = self._label.match(sentence)
        return match.end() if match else 0

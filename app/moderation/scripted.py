"""Judge texts deterministically, for tests, demos and work on pages.

Chosen with ``OFFBOOK_MODERATION__GUARD=scripted``.
"""

import re
from collections.abc import Sequence

from app.moderation.folding import fold
from app.moderation.port import Finding, ModerationError, Passage, category_of

_MARK = re.compile(r"\bunsafe[- ]([a-z]+)(?![a-z]|$)")
_SILENCE = "guard asleep"


class ScriptedModerator:
    """Implement :class:`~app.moderation.port.Moderator`.

    ``unsafe-violence`` in a text is a finding of the category ``violence``; a text with
    ``guard asleep`` finds it unavailable. ``asked`` records the passages.
    """

    name = "scripted"
    reach = 40

    def __init__(self) -> None:
        self.asked: list[Passage] = []

    async def judge(self, passage: Passage) -> Sequence[Finding]:
        """Return the categories that the text names."""
        self.asked.append(passage)
        text = fold(passage.text) + ("" if passage.partial else " ")
        if _SILENCE in text:
            raise ModerationError("unavailable", "The scripted guard is asleep.")
        found = dict.fromkeys(map(category_of, _MARK.findall(text)))
        return [Finding(category) for category in found]

    async def aclose(self) -> None:
        """Do nothing."""

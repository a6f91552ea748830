"""Record what moderation found in a turn, and what it kept from the reader."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from app.moderation.service import Verdict

Outcome = Literal["hidden", "refused"]


@dataclass(slots=True)
class ModerationRecord:
    """Record the verdicts on a message and on the reply to it."""

    verdicts: list[Verdict] = field(default_factory=list)
    """Each category of a side and a source once."""
    outcome: Outcome | None = None
    """What became of the reply; None: it is shown as it came."""
    message_hidden: bool = False
    """Whether the message stays out of prompts."""
    notice: str = ""
    """What stands in place of a hidden reply."""
    kept: str = ""
    """What the model wrote and no reader saw; for admins."""

    def note(self, verdicts: Iterable[Verdict]) -> None:
        """Add verdicts that are not recorded yet."""
        known = {(each.side, each.source, each.category) for each in self.verdicts}
        self.verdicts += [
            each for each in verdicts if (each.side, each.source, each.category) not in known
        ]

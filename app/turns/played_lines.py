"""Hold lines of a script as they were played: a turn without a model."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.conversations.schemas import MessageOut, TurnOut


@dataclass(frozen=True, slots=True)
class PlayedLines:
    """Hold the user's line as it was stored, and what follows it in the script."""

    message: MessageOut | None
    """None where the others' lines came next."""
    following: Sequence[MessageOut]
    is_new: bool = True
    """Whether the message was stored with it."""

    @property
    def reply(self) -> MessageOut | None:
        """The first line of another."""
        return next((each for each in self.following if each.role == "assistant"), None)

    def present(self) -> TurnOut:
        """Return it as the API shows it, where it is not streamed."""
        message = self.message if self.is_new else None
        return TurnOut(message=message, reply=self.reply, following=[*self.following])


def played(written: Sequence[MessageOut]) -> PlayedLines:
    """Return what was written, at least one message, the first of them maybe the user's."""
    if written[0].role == "user":
        return PlayedLines(written[0], written[1:])
    return PlayedLines(None, written)

"""Say for readers of a log who alone hears a message of a stage. Pure."""

from characters.chat_logs.model import ChatLog, LoggedMessage
from characters.stage.texts import for_some_alone, whispers_to


def whisper_of(log: ChatLog, message: LoggedMessage) -> str | None:
    """Return how a whisper is marked; None for what all on stage hear.

    The user of a stage hears what a participant whispers, unless they are not in the scene.
    """
    stage = message.stage
    if stage is None or stage.circle is None or stage.kind != "line":
        return None
    hearers = [name for name in stage.circle if name != stage.speaker]
    if stage.speaker is not None and log.user_in_scene:
        hearers.append(log.user_name)
    return whispers_to(hearers, log.language)


def direction_of(log: ChatLog, message: LoggedMessage) -> str | None:
    """Return a direction on one row; None for what someone says."""
    stage = message.stage
    if stage is None or stage.kind == "line":
        return None
    text = " ".join(message.shown_text.split())
    if stage.kind == "direction" and stage.circle is not None:
        return for_some_alone(text, stage.circle, log.language)
    return text

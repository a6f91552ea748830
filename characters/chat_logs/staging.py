"""Read from a group's log who is on stage, who says what, and what is a direction. Pure.

SillyTavern's groups have a name in every message; a narrator's message has the type ``narrator``.
A log of ours says more, in the fields of :class:`~characters.chat_logs.model.LoggedStage`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import cast

from characters.chat_logs.model import STAGE, ChatLog, LoggedMessage, LoggedStage, stage_of
from characters.json_values import JsonValue
from characters.stage.ledger import EventKind, Ledger, StageEvent

_DIRECTIONS = ("direction", "enters", "leaves", "told")


def staged(message: LoggedMessage, number: int | None = None) -> LoggedStage:
    """Return what a message is, or its alternative ``number``, and who says and hears it.

    Hidden messages that no character says, as notes and the program's own, are directions.
    """
    infos = message.source.get("swipe_info")
    info: JsonValue = None
    if isinstance(infos, list) and number is not None and number < len(infos):
        info = infos[number]
    stage = stage_of(info) or message.stage
    if stage is not None:
        known = stage.kind in ("line", *_DIRECTIONS)
        return stage if known else replace(stage, kind="direction")
    if message.is_user:
        return LoggedStage("line")
    if message.hidden or _is_narrated(message) or not message.name:
        return LoggedStage("direction")
    return LoggedStage("line", message.name)


def cast_of(log: ChatLog) -> list[str]:
    """Return the names of all who take part beside the user: those listed, then as they appear."""
    names: dict[str, None] = dict.fromkeys(_listed(log))
    for message in log.messages:
        for number in range(max(1, len(message.swipes))):
            stage = staged(message, number)
            spoken = () if stage.speaker is None else (stage.speaker,)
            names |= dict.fromkeys((*spoken, *(stage.circle or ())))
    return [*names]


def is_of_a_stage(log: ChatLog) -> bool:
    """Return whether a stage of ours was written into this log."""
    return any(message.stage is not None for message in log.messages)


def opening_cast(log: ChatLog, names: Iterable[str]) -> set[str]:
    """Return which of those who take part are on stage from the beginning.

    A log of ours says so where some are not. In others, all are but those whose first event is
    their entrance.
    """
    for message in log.messages:
        if message.stage is not None and message.stage.opens is not None:
            return {*names} & {*message.stage.opens}
    return {*names} - _entering(log)


def unheard_by(log: ChatLog, name: str) -> frozenset[int]:
    """Return the positions of messages that one of a stage of ours did not hear.

    Empty for one who takes no part in it, and for a log of anything else.
    """
    names = cast_of(log)
    if name not in names or not is_of_a_stage(log):
        return frozenset()
    ledger = Ledger(opening_cast(log, names), _events(log))
    heard = {known.event.id for known in ledger.known_to(name)}
    return frozenset(range(len(log.messages))) - heard


def _events(log: ChatLog) -> Iterator[StageEvent]:
    """Yield what happened, each event named by its position in the log."""
    named: dict[str, int] = {}
    for position, message in enumerate(log.messages):
        stage = staged(message, message.swipe if message.swipes else None)
        if stage.id is not None:
            named[stage.id] = position
        yield StageEvent(
            id=position,
            kind=cast(EventKind, stage.kind),
            speaker=stage.speaker,
            circle=None if stage.circle is None else frozenset(stage.circle),
            about=None if stage.about is None else named.get(stage.about),
        )


def _entering(log: ChatLog) -> set[str]:
    seen: set[str] = set()
    late: set[str] = set()
    for message in log.messages:
        stage = staged(message, message.swipe if message.swipes else None)
        if stage.speaker is None or stage.speaker in seen:
            continue
        seen.add(stage.speaker)
        if stage.kind == "enters":
            late.add(stage.speaker)
    return late


def avatars_of(log: ChatLog) -> Iterator[tuple[str, str]]:
    """Yield (name, file name of the picture), by which a group names its members."""
    for message in log.messages:
        avatar = message.source.get("original_avatar")
        if isinstance(avatar, str) and avatar and message.name and not message.is_user:
            yield message.name, avatar


def _listed(log: ChatLog) -> list[str]:
    """Return the cast in the header of a log of ours; some of it may say nothing."""
    metadata = (log.header or {}).get("chat_metadata")
    stage = metadata.get(STAGE) if isinstance(metadata, dict) else None
    cast = stage.get("cast") if isinstance(stage, dict) else None
    return [each for each in cast if isinstance(each, str)] if isinstance(cast, list) else []


def _is_narrated(message: LoggedMessage) -> bool:
    extra = message.source.get("extra")
    return isinstance(extra, dict) and extra.get("type") == "narrator"

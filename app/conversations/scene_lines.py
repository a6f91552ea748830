"""Play lines of a script on a stage: said at once, and without a model."""

import asyncio
from uuid import UUID

from app.conversations.scene_view import ScenePlay
from app.conversations.stage_view import StageBranch, load_stage
from app.conversations.stage_writer import StageWriter
from characters.language import prompt_language
from characters.scenes.moves import Move, moves
from characters.stage import texts


async def play_lines(writer: StageWriter, play: ScenePlay, start: int) -> None:
    """Add the true lines from ``start`` to the user's next, and what happens between them.

    Who comes or goes by a direction does so on the stage.
    """
    stage = await load_stage(writer.session, writer.conversation, writer.leaf)
    coming = play.scene.until_own(start)
    for at in [*coming, *([coming.stop] if coming.stop < len(play.scene.lines) else [])]:
        line = play.scene.lines[at]
        for text in line.before:
            await _direct(writer, stage, text)
        if at != coming.stop:
            event = await writer.write(
                "assistant",
                line.text,
                "line",
                speaker=play.speakers[at],
                reason={"kind": "script", "line": at},
            )
            stage.ledger.add(event)


async def _direct(writer: StageWriter, stage: StageBranch, text: str) -> None:
    """Add a direction of the script; where it moves several, each further one has its own."""
    names = {each.participant.id: each.names for each in stage.cast}
    found = await asyncio.to_thread(lambda: [*moves(text, names, stage.ledger.on_stage)])
    if not found:
        await writer.write("direction", text, reason={"kind": "script"})
    for at, (kind, who) in enumerate(found):
        said = text if at == 0 else _worded(stage, found[at])
        event = await writer.write("direction", said, kind, speaker=who, reason={"kind": "script"})
        stage.ledger.add(event)


def _worded(stage: StageBranch, move: Move[UUID]) -> str:
    worded = texts.enters if move.kind == "enters" else texts.leaves
    language = prompt_language(stage.conversation.character.language)
    return worded(stage.name_of(move.who), language)

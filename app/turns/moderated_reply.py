"""Check a message before it is answered, and its reply before any of it is shown.

The message is judged while the prompt is prepared. The reply streams in pieces, each shown once it
was judged together with what precedes it. Where a piece is found at fault, the engine stops and the
piece is never shown.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol

from app.engines.port import Delta
from app.moderation.pieces import Pieces
from app.moderation.port import Passage
from app.moderation.record import ModerationRecord
from app.moderation.service import Moderation, Ruling
from app.moderation.wording import declining, notice
from app.settings.moderation import Action
from app.turns.dialogue_context import DialogueContext
from app.turns.prepared_prompt import PreparedPrompt
from characters.language import Language

ReplyEvents = AsyncGenerator[PreparedPrompt | Delta, None]
_PARAGRAPH = "\n\n"
_WITHHELD: frozenset[Action] = frozenset({"hide", "refuse"})


class BeginReply(Protocol):
    """Begin a reply; see :func:`~app.turns.reply_stream.stream_reply` for its events."""

    def __call__(self, *, declines: bool) -> ReplyEvents:
        """Begin; ``declines``: as a reply in which the character declines."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Hold what is checked of a turn beside the reply."""

    message: str
    continued: str
    """The text that the reply begins with, where it is continued."""
    language: Language


def declined_dialogue(dialogue: DialogueContext) -> DialogueContext:
    """Return the dialogue with an instruction to decline."""
    persona = dialogue.persona
    texts = (persona.instructions.strip(), declining(persona.language))
    instructions = "\n\n".join(filter(None, texts))
    return replace(dialogue, persona=replace(persona, instructions=instructions))


async def moderated_reply(
    moderation: Moderation, checked: Checked, begin: BeginReply, record: ModerationRecord
) -> ReplyEvents:
    """Yield the events of a reply that may be shown; the last delta has a finish reason.

    A hidden reply ends with a notice and the reason ``content_filter``; where the message itself is
    to be hidden, no prompt is sent. A message or reply that is to be refused is answered by a reply
    that ``declines``; where even that is at fault, it is hidden. ``record`` gets what was found.
    Raises what the reply raises, and
    :class:`~app.moderation.service.ModerationUnavailableError`.
    """
    message = asyncio.create_task(moderation.rule(Passage("message", checked.message)))
    reply = _Reply(moderation, checked, record)
    try:
        async with aclosing(begin(declines=False)) as events:
            prepared = await anext(events)
            ruling = await message
            record.note(ruling.verdicts)
            if ruling.action == "hide":
                record.message_hidden = True
                yield reply.withheld()
                return
            if ruling.action != "refuse":
                yield prepared
                async with aclosing(reply.shown(events)) as shown:
                    async for event in shown:
                        yield event
                if not reply.caught:
                    return
        if ruling.action == "refuse" or reply.caught == "refuse":
            record.outcome = "refused"
            events = begin(declines=True)
            async with aclosing(events), aclosing(reply.shown(events)) as shown:
                async for event in shown:
                    yield event
            if not reply.caught:
                return
        yield reply.withheld()
    finally:
        message.cancel()
        await asyncio.gather(message, return_exceptions=True)


async def moderated_text(
    moderation: Moderation, checked: Checked, deltas: AsyncGenerator[Delta, None]
) -> AsyncGenerator[Delta, None]:
    """Yield the deltas of a text that no character says, as far as they may be shown.

    None declines, so what is to be refused is hidden. Raises as :func:`moderated_reply` does.
    """
    reply = _Reply(moderation, checked, ModerationRecord())
    async with aclosing(deltas):
        ruling = await moderation.rule(Passage("message", checked.message))
        if ruling.action not in _WITHHELD:
            async with aclosing(reply.shown(deltas)) as shown:
                async for event in shown:
                    if isinstance(event, Delta):
                        yield event
            if not reply.caught:
                return
    yield reply.withheld()


class _Reply:
    """Check one reply, and the declining one that may follow it."""

    def __init__(self, moderation: Moderation, checked: Checked, record: ModerationRecord) -> None:
        self._moderation = moderation
        self._checked = checked
        self._record = record
        self._before = checked.continued
        """All that precedes the present text: the part that is continued, and what was shown."""
        self._any_shown = False
        self._pieces = Pieces(moderation.reach)
        self.caught: str = ""
        """What follows from the piece at fault; empty where none was."""

    async def shown(self, events: ReplyEvents) -> ReplyEvents:
        """Yield the events that may be shown, up to the first piece at fault."""
        self.caught = ""
        self._pieces, separator = Pieces(self._moderation.reach), self._separator()
        self._before += separator
        async for event in events:
            if isinstance(event, PreparedPrompt):
                yield event
                continue
            over = event.finish_reason is not None
            due = self._pieces.add(event.text) and self._moderation.shows_pieces
            if not due and not over:
                continue
            ruling = await self._judge(over=over)
            if ruling.action in _WITHHELD:
                self._catch(ruling)
                return
            text = self._pieces.release(over=over)
            if text or over:
                yield replace(event, text=f"{separator}{text}" if text else "")
            if text:
                separator, self._any_shown = "", True
        self._before += self._pieces.shown

    def withheld(self) -> Delta:
        """Return the end of a reply that is hidden, and note that it is."""
        self._record.outcome = "hidden"
        self._record.notice = notice(self._checked.language)
        return Delta(f"{self._separator()}{self._record.notice}", "content_filter")

    async def _judge(self, *, over: bool) -> Ruling:
        pieces = self._pieces
        if not pieces.pending:
            return Ruling()
        ruling = await self._moderation.rule(
            Passage(
                "reply",
                self._before + pieces.text,
                asked=self._checked.message,
                new=len(pieces.pending),
                partial=not over,
            )
        )
        self._record.note(ruling.verdicts)
        return ruling

    def _catch(self, ruling: Ruling) -> None:
        """Keep what is not shown, for admins."""
        pieces = self._pieces
        hidden = self._record.kept + (_PARAGRAPH if self._record.kept else "")
        whole = ruling.action == "hide" or self._record.outcome == "refused"
        text = self._before + pieces.text if whole else pieces.pending
        self._record.kept = hidden + text
        self._before += pieces.shown
        self.caught = ruling.action

    def _separator(self) -> str:
        return _PARAGRAPH if self._any_shown else ""

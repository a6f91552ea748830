"""Make rows of what people said about replies, as far as they agreed that it is learnt from."""

import random
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import select

from app.db.models import Character
from app.db.session import Database
from app.engines.port import ChatMessage, EnginePrompt
from app.search.benchmark.folds import LEAST_LETTERS, spoken_letters
from app.settings import Settings
from app.signals.prompts import messages_of, text_of
from app.signals.repository import ConsentedSignal, consented
from app.tools.datasets.formats import split_parts
from app.tools.datasets.rows import Kind, Layout, Row, SeedPrompt, Side, Source
from app.tools.datasets.tally import Tally
from characters.language import Language

_Role = Literal["system", "user", "assistant"]
_SOURCES: Mapping[str, Source] = {"edited": "edits", "chosen": "choices", "good": "good"}
"""The source of each kind of signal; from ``bad`` alone nothing better can be learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalPlan:
    """Hold which signals become which rows."""

    kind: Kind
    sources: Collection[Source]
    layout: Layout
    validation: float
    seed: int
    characters: Collection[UUID] | None = None
    """None for all."""
    held_out: Mapping[UUID, frozenset[str]] = field(default_factory=dict)
    """By character, the letters of lines that are held out: no training row may have them."""


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    language: Language


async def signal_rows(
    settings: Settings, plan: SignalPlan, tally: Tally, models: set[str]
) -> AsyncIterator[Row]:
    """Yield the rows of all signals, oldest first; a page of them is in memory.

    A conversation is on one side as a whole. ``models`` gets the names of the models
    behind the replies.
    """
    database = Database(settings)
    unasked = settings.learning.signals == "on"
    characters: dict[UUID, _Named] = {}
    after: UUID | None = None
    try:
        while True:
            async with database.read() as session:
                page = await consented(session, plan.characters, after, unasked=unasked)
                new = {each.character_id for each in page} - characters.keys()
                found = await session.execute(
                    select(Character.id, Character.name, Character.language).where(
                        Character.id.in_(new)
                    )
                )
                characters |= {
                    id: _Named(name, "zh" if language == "zh" else "en")
                    for id, name, language in found
                }
            if not page:
                return
            for signal in page:
                row = _row(signal, plan, characters[signal.character_id], tally)
                if row is not None:
                    models.add(signal.model)
                    yield row
            after = page[-1].id
    finally:
        await database.aclose()


def _row(signal: ConsentedSignal, plan: SignalPlan, character: _Named, tally: Tally) -> Row | None:
    source = _SOURCES.get(signal.kind)
    if source is None or source not in plan.sources:
        return None
    if plan.kind == "dpo" and not signal.rejected:
        tally.drop(source, "no_alternative")
        return None
    if signal.prompt["style"] != plan.layout:
        tally.drop(source, "other_layout")
        return None
    side = _side(signal, plan)
    shown = plan.held_out.get(signal.character_id, frozenset())
    if side == "train" and _says(signal, shown):
        tally.drop(source, "shows_held_out")
        return None
    return Row(
        side=side,
        source=source,
        character=character.name,
        language=character.language,
        scene=_conversation(signal, plan.seed),
        prompt=_prompt(signal.prompt),
        answer=signal.answer.strip(),
        rejected=signal.rejected if plan.kind == "dpo" else None,
        seed=_seed(signal.prompt),
    )


def _side(signal: ConsentedSignal, plan: SignalPlan) -> Side:
    """Return the side of a conversation: the same in every dataset of the seed."""
    drawn = random.Random(f"{plan.seed} {signal.conversation_id}").random()  # noqa: S311
    return "validation" if drawn < plan.validation else "train"


def _conversation(signal: ConsentedSignal, seed: int) -> str:
    """Return a name of the conversation by which nothing is found in the database."""
    given = f"{seed} {signal.conversation_id}".encode()
    return f"conversation {blake2b(given, digest_size=6).hexdigest()}"


def _says(signal: ConsentedSignal, lines: frozenset[str]) -> bool:
    """Return whether the prompt, or the answer, has one of these lines, wherever it is from.

    Lines of the script are not only among those retrieved: they are overheard, remembered, played
    as a scene, or typed.
    """
    prompt = signal.prompt
    texts = [signal.answer, text_of(prompt), *(each["content"] for each in messages_of(prompt))]
    for line in "\n".join(texts).splitlines() if lines else ():
        said = line.replace("：", ":", 1).partition(":")[2]
        for letters in (spoken_letters(line), spoken_letters(said)):
            if len(letters) >= LEAST_LETTERS and letters in lines:
                return True
    return False


def _prompt(prompt: Mapping[str, Any]) -> EnginePrompt:
    if prompt["style"] == "completion":
        return text_of(prompt)
    return [ChatMessage(cast(_Role, each["role"]), each["content"]) for each in messages_of(prompt)]


def _seed(prompt: Mapping[str, Any]) -> SeedPrompt | None:
    if prompt["style"] != "completion":
        return None
    return split_parts([(part["kind"], part["text"]) for part in prompt["parts"]])

"""Choose who speaks next on a stage: as the user says, or as the moment and the script suggest."""

import asyncio
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.visibility import may_talk
from app.conversations.branch_path import BranchMessage
from app.conversations.participants import CastMember
from app.conversations.stage_view import StageBranch
from app.db.session import Database
from app.errors import AppError, InvalidError
from app.search.retriever import RankedReplies, Retriever
from app.search.served import ServedIndex
from app.stage.transitions import CastTransitions
from characters.language import prompt_language
from characters.stage.next_speaker import SceneState, choose_next
from retrieval.errors import RetrievalError

log = structlog.get_logger(__name__)

_NEWEST = 30
"""Lines that the moment is read from."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Hold who speaks next, and why, as it is stored with the reply."""

    member: CastMember
    reason: dict[str, object]


class Director:
    """Choose the next speakers of stages."""

    def __init__(self, database: Database, retriever: Retriever) -> None:
        self._retriever = retriever
        self._transitions = CastTransitions(database)

    def forget(self) -> None:
        """Forget what was counted in scripts."""
        self._transitions.forget()

    async def choose(
        self,
        stage: StageBranch,
        messages: Sequence[BranchMessage],
        among: Sequence[CastMember],
        *,
        seed: str,
    ) -> Chosen:
        """Return who speaks next ``among`` these, of whom there is at least one.

        ``messages`` are those of the branch; the choice is always the same with the same ``seed``.
        """
        said = _said(stage, messages)
        until_scene = stage.conversation.until_scene
        transitions, fits = await asyncio.gather(
            self._transitions.of(stage.cast, until_scene),
            asyncio.gather(*(self._fit(stage, messages, each) for each in among)),
        )
        state = SceneState(
            names={each.participant.id: each.names for each in among},
            spoken=[(who, text) for _, who, text in said],
            hearers=[stage.ledger.who_knows(line) for line, _, _ in said],
            fit={
                each.participant.id: fit
                for each, fit in zip(among, fits, strict=True)
                if fit is not None
            },
        )
        choice = choose_next(state, transitions, seed=seed)
        member = next(each for each in among if each.participant.id == choice.who)
        likely = {str(who): round(value, 3) for who, value in choice.probabilities.items()}
        return Chosen(member, {"by": "director", "why": choice.why, "probabilities": likely})

    async def _fit(
        self, stage: StageBranch, messages: Sequence[BranchMessage], member: CastMember
    ) -> float | None:
        """Return how well a character's best lines fit what it has heard; None where unknown.

        That is the relevance of its best reply: in deviations of its own script's, so that
        characters with many lines and with few compare.
        """
        character = member.character
        if character is None:
            return None
        language = prompt_language(character.language)
        lines = [
            (who or "", text)
            for line in stage.lines(member, messages[-_NEWEST:], language)
            for who, text in (line.spoken or ((member.participant.name, line.text),))
        ]
        if not lines:
            return None

        async def find(served: ServedIndex) -> RankedReplies | None:
            if served.mode == "reference" or served.replies is None:
                return None
            return await self._retriever.rank(
                character, lines, served.mode, served.replies, stage.conversation.until_scene
            )

        try:
            ranked = await self._retriever.search(character, find)
        except (AppError, RetrievalError) as error:  # the turn itself says so where it matters
            log.info("fit_unknown", character=character.slug, reason=type(error).__name__)
            return None
        if ranked is None:
            return None
        best = ranked.ranking.order[:1]
        return float(ranked.ranking.relevance[best[0]]) if len(best) else None


def _said(
    stage: StageBranch, messages: Sequence[BranchMessage]
) -> list[tuple[UUID, Hashable, str]]:
    """Return (message, who, text) of the newest lines."""
    said: list[tuple[UUID, Hashable, str]] = []
    for message in messages[-_NEWEST:]:
        event = stage.ledger.event(message.id)
        if event is not None and event.kind == "line" and not message.hidden:
            said.append((message.id, event.speaker, message.content))
    return said


async def able_to_speak(
    session: AsyncSession,
    stage: StageBranch,
    owner: str,
    circle: Collection[Hashable] | None = None,
) -> list[CastMember]:
    """Return who may speak next: on stage, in the ``circle`` of a whisper, and to be talked to.

    Raises :class:`~app.errors.InvalidError` (``nobody_on_stage``) where no one is.
    """
    found = [
        each
        for each in stage.on_stage
        if (circle is None or each.participant.id in circle)
        and each.character is not None
        and each.character.deleted_at is None
        and await may_talk(session, each.character, owner)
    ]
    if not found:
        raise InvalidError(
            "nobody_on_stage", "No one is on stage who could answer. Let a character enter."
        )
    return found

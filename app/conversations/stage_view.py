"""Choose what a participant of a stage may know: the only way from its messages to a prompt.

History, memories, summaries, lore and retrieval of a participant's turn are all made of the lines
that :meth:`StageBranch.lines` returns.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_path import BranchMessage
from app.conversations.history import BranchLine, known_messages, later
from app.conversations.participants import CastMember, ParticipantRepository
from app.db.models import Conversation
from characters.language import Language
from characters.prompting import Role
from characters.prompting.thoughts import without_thoughts
from characters.stage import texts
from characters.stage.ledger import Known, Ledger

IN_SCENE = ("persona", "speaker")
"""The roles of a user who takes part."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """Hold a message as one participant has it."""

    role: Role
    message: BranchMessage
    spoken: tuple[str, str]
    """(who, text); a direction has no speaker."""


@dataclass(frozen=True, slots=True)
class StageBranch:
    """Hold the cast of a stage, and the ledger of one branch."""

    conversation: Conversation
    cast: Sequence[CastMember]
    ledger: Ledger
    passed_on: dict[UUID, tuple[str, str]]
    """(role, text) of the messages that someone was informed of."""

    @property
    def on_stage(self) -> list[CastMember]:
        """Who is on stage at the end of the branch, in the order of entering."""
        by_id = {each.participant.id: each for each in self.cast}
        return [by_id[id] for id in self.ledger.on_stage if isinstance(id, UUID) and id in by_id]

    def member(self, name: str | UUID) -> CastMember | None:
        """Return the participant with this id, or whose character has this slug."""
        for each in self.cast:
            slug = each.character.slug if each.character is not None else None
            if name in (each.participant.id, str(each.participant.id), slug):
                return each
        return None

    def name_of(self, speaker: object) -> str:
        """Return the name of a participant, or the user's."""
        for each in self.cast:
            if each.participant.id == speaker:
                return each.participant.name
        return self.conversation.user_name

    def circle_of_answer(self, message: UUID | None) -> frozenset[Hashable] | None:
        """Return who alone hears the answer to a message; None: all on stage.

        What the user says or directs in private is answered in private. What a participant
        whispers is not: no one has to answer it.
        """
        event = None if message is None else self.ledger.event(message)
        if event is None or event.speaker is not None or event.kind not in ("line", "direction"):
            return None
        return event.circle

    def others_of(self, who: UUID) -> list[str]:
        """Return the names of those a participant has met, first met first, the user among them."""
        met = [self.name_of(each) for each in self.ledger.met_by(who)]
        takes_part = self.conversation.user_role in IN_SCENE
        return [*met, *([self.conversation.user_name] if takes_part else ())]

    def lines(
        self, who: CastMember, messages: Sequence[BranchMessage], language: Language
    ) -> list[BranchLine]:
        """Return what a participant knows of a branch's messages, as lines of its dialogue.

        Its own lines are the character's; those of everyone else, and directions, are joined to
        lines of others, in the order in which it came to know them.
        """
        id = who.participant.id
        answered = bool(messages) and self._is_answered(messages[-1])
        known = {each.event.id: each for each in self.ledger.known_to(id)}
        seen = [
            one
            for message in known_messages(self.conversation, messages, answered=answered)
            if not message.hidden and message.id in known
            for one in self._seen(who, message, known[message.id], language)
        ]
        return [_joined(role, list(group)) for role, group in groupby(seen, lambda one: one.role)]

    def _is_answered(self, newest: BranchMessage) -> bool:
        """Return whether the newest message is the user's own, and not what a stage opens with."""
        event = self.ledger.event(newest.id)
        if event is None or event.speaker is not None or event.kind not in ("line", "direction"):
            return False
        return event.kind == "line" or newest.parent_id is not None

    def _seen(
        self, who: CastMember, message: BranchMessage, known: Known, language: Language
    ) -> Iterator[_Seen]:
        event = known.event
        text = without_thoughts(message.content) if event.kind == "line" else message.content
        if known.how == "said":
            yield _Seen("character", message, ("", text))
        elif event.kind == "told":
            if isinstance(event.about, UUID) and event.about in self.passed_on:
                yield _Seen("user", message, ("", self._learned(who, event.about, language)))
        elif event.kind != "line" or message.role == "direction":
            yield _Seen("user", message, ("", texts.bracketed(text, language)))
        else:
            text = " ".join(text.splitlines())  # a further line could begin with a name
            said = texts.whispered(text, language) if known.how == "whispered" else text
            yield _Seen("user", message, (self.name_of(event.speaker), said))

    def _learned(self, who: CastMember, about: UUID, language: Language) -> str:
        _, text = self.passed_on[about]
        event = self.ledger.event(about)
        speaker = self.name_of(event.speaker if event else None)
        said = texts.learns(who.participant.name, speaker, without_thoughts(text), language)
        return texts.bracketed(said, language)


async def load_stage(
    session: AsyncSession, conversation: Conversation, leaf: UUID | None
) -> StageBranch:
    """Return the stage of a conversation at the message ``leaf``."""
    repository = ParticipantRepository(session, conversation.id)
    cast = await repository.cast()
    events = await repository.events(leaf)
    opening = [each.participant.id for each in cast if each.participant.opens]
    passed_on = {each.about for each in events if isinstance(each.about, UUID)}
    return StageBranch(
        conversation, cast, Ledger(opening, events), await repository.texts(passed_on)
    )


def _joined(role: Role, seen: Sequence[_Seen]) -> BranchLine:
    until_scene = seen[0].message.until_scene
    for one in seen[1:]:
        until_scene = later(until_scene, one.message.until_scene)
    spoken = tuple(one.spoken for one in seen)
    ids = tuple(dict.fromkeys(one.message.id for one in seen))
    if role == "character":
        text = "\n".join(text for _, text in spoken)
        return BranchLine(role, text, ids[-1], until_scene, messages=ids)
    text = "\n".join(f"{who}: {text}" if who else text for who, text in spoken)
    return BranchLine(role, text, ids[-1], until_scene, spoken, ids)


def cue_line(lines: Sequence[BranchLine], name: str, language: Language) -> list[BranchLine]:
    """Return the lines, with a direction to answer where the character itself spoke last."""
    if not lines or lines[-1].role == "user":
        return [*lines]
    said = texts.bracketed(texts.cue_line(name, language), language)
    return [*lines, replace(lines[-1], role="user", text=said, spoken=(("", said),), messages=())]

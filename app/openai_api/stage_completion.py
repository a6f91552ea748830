"""Answer messages as one of a stage: choose who speaks, and show it what it witnessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.conversations.participants import CastMember
from app.engines.port import Delta
from app.errors import AppError
from app.openai_api.affinity import affinity_of
from app.openai_api.character_completion import CharacterCompleter, CharacterRequest
from app.openai_api.generation import ChoiceDelta, Emit, Event
from app.openai_api.raw import raw_messages
from app.openai_api.schemas import ChatMessageIn, ChatRequest
from app.openai_api.stage_messages import StageHistory, read_stage
from app.openai_api.stage_models import StageModel
from app.stage.director import Chosen, Director
from app.turns.cue import StagePart
from app.turns.stage_dialogue import stage_dialogue
from characters.language import Language, prompt_language
from characters.stage.texts import bracketed, whispers_to


@dataclass(frozen=True, slots=True)
class StageRequest:
    """Hold whose reply a request gets, and what that participant is asked."""

    character_request: CharacterRequest
    name: str
    prefix: str
    """What a reply begins with, so that the next request says who spoke."""


class StageCompleter:
    """Turn requests to stages into requests to one of their characters."""

    def __init__(
        self, completer: CharacterCompleter, director: Director, *, with_system: bool
    ) -> None:
        """Read system messages as instructions ``with_system``; else ignore them."""
        self._completer = completer
        self._director = director
        self._with_system = with_system

    async def stage_request(
        self, model: StageModel, request: ChatRequest, owner: str
    ) -> StageRequest:
        """Return what the request asks one participant for.

        Raises :class:`~app.errors.AppError` (400) for messages that say nothing or hold a command
        that cannot be meant, for functions, and where no one can answer; and the engine's error
        while it is unavailable.
        """
        if request.tools:
            raise AppError(
                "unsupported_parameter",
                "Functions are called by one character: name it as the model.",
                param="tools",
            )
        history = read_stage(model, request.messages, with_system=self._with_system)
        chosen = await self._chosen(model, history, request)
        character = chosen.member.character
        assert character is not None  # noqa: S101 (one without cannot be chosen)
        circle = history.stage.circle_of_answer(_newest(history))
        part = StagePart(
            stage=history.stage,
            member=chosen.member,
            character=character,
            circle=None if circle is None else [each for each in circle if isinstance(each, UUID)],
            reason=chosen.reason,
        )
        dialogue, _ = stage_dialogue(part, history.messages)
        affinity = affinity_of(f"{model.name} {character.slug}", raw_messages(request.messages))
        asked = await self._completer.staged_request(
            character, dialogue, history.instructions, request, f"{owner} {model.name}", affinity
        )
        name = chosen.member.participant.name
        language = prompt_language(character.language)
        return StageRequest(asked, name, _prefix(name, language, whispers=circle is not None))

    async def _chosen(
        self, model: StageModel, history: StageHistory, request: ChatRequest
    ) -> Chosen:
        """Return who answers: who is asked, or whom the director finds."""
        circle = history.stage.circle_of_answer(_newest(history))
        able = [
            each
            for each in history.stage.on_stage
            if each.participant.id not in model.mute
            and (circle is None or each.participant.id in circle)
        ]
        if history.asked is not None:
            return Chosen(_asked(history, able), {"by": "user", "why": "asked"})
        if not able:
            raise AppError(
                "nobody_on_stage", "There is no character on stage who could answer.", param="model"
            )
        seed = f"{model.name} {request.seed} {_digest_of(request.messages)}"
        return await self._director.choose(history.stage, history.messages, able, seed=seed)


def named_first(emit: Emit, prefix: str) -> Emit:
    """Return how events are emitted where each reply begins with who speaks."""
    begun: set[int] = set()

    def emit_named(event: Event) -> None:
        if isinstance(event, ChoiceDelta) and event.delta.text and event.choice not in begun:
            begun.add(event.choice)
            emit(ChoiceDelta(event.choice, Delta(prefix)))
        emit(event)

    return emit_named


def _asked(history: StageHistory, able: Sequence[CastMember]) -> CastMember:
    for each in able:
        if each.participant.id == history.asked:
            return each
    name = history.stage.name_of(history.asked)
    raise AppError("not_on_stage", f"{name} cannot answer here.", param="messages")


def _prefix(name: str, language: Language, *, whispers: bool) -> str:
    if not whispers:
        return f"{name}: "
    gap = "" if language == "zh" else " "
    return f"{name}{gap}{bracketed(whispers_to((), language), language)}: "


def _newest(history: StageHistory) -> UUID | None:
    return history.messages[-1].id if history.messages else None


def _digest_of(messages: Sequence[ChatMessageIn]) -> str:
    """Return a key of the moment: the same moment has the same next speaker."""
    return " ".join(f"{each.role} {each.text}" for each in messages[-4:]) + f" {len(messages)}"

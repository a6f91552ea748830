"""Generate a character's replies to the messages of a request."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from app.db.models import Character
from app.engines.port import ChatEngine, EnginePrompt, EngineRequestError
from app.errors import AppError
from app.moderation.record import ModerationRecord
from app.moderation.service import Moderation
from app.observability import Metrics
from app.openai_api.affinity import affinity_of, dialogue_fingerprint
from app.openai_api.dialogue import clip, newest, read_dialogue
from app.openai_api.generation import ChoiceDelta, Emit
from app.openai_api.raw import raw_messages
from app.openai_api.schemas import ChatRequest
from app.openai_api.structured import StructuredReply, structured_reply
from app.turns.admission import Slot
from app.turns.dialogue_context import DialogueContext, persona_of
from app.turns.moderated_reply import Checked, ReplyEvents, declined_dialogue, moderated_reply
from app.turns.prefix_layouts import new_example_orders
from app.turns.prepared_prompt import PreparedPrompt, PromptMaterial
from app.turns.prompt_builder import PromptBuilder
from app.turns.reply_stream import stream_reply
from app.turns.reply_times import ReplyTimes
from app.turns.screening import ReplyScreening, ScreeningRecord
from app.turns.usage import counted_usage
from characters.language import reading_length

_CHARACTERS_PER_TOKEN = 8
"""More than any tokenizer has on average; together with the next, bounds what is tokenized."""
_TOKENS_PER_LINE = 3
"""Fewer than any line of a dialogue takes: its speaker, its text and the end of the line."""
_OTHERS = 32
"""Most names in the messages that stop a reply."""
_INSTRUCTIONS_SHARE = 0.25
"""Of the context: a client's own card must leave room for the character's examples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterRequest:
    """Hold a request to a character: the dialogue to continue, and how."""

    character: Character
    dialogue: DialogueContext
    stops: Sequence[str]
    """Beside those of the character's script."""
    request: ChatRequest
    affinity: str
    structured: StructuredReply | None
    """What the reply has to be, where it is not a line of plain text."""
    fingerprint: str
    """Under which the dialogue's next request finds the examples that this one's prompt showed."""


class CharacterCompleter:
    """Generate replies of characters."""

    def __init__(
        self,
        engine: ChatEngine,
        prompt_builder: PromptBuilder,
        metrics: Metrics,
        screening: ReplyScreening,
        moderation: Moderation,
        *,
        with_system: bool,
    ) -> None:
        """Read system messages as instructions ``with_system``; else ignore them."""
        self._engine = engine
        self._prompt_builder = prompt_builder
        self._metrics = metrics
        self._screening = screening
        self._moderation = moderation
        self._with_system = with_system
        self._example_orders = new_example_orders()

    async def character_request(
        self, character: Character, request: ChatRequest, owner: str, until_scene: int | None
    ) -> CharacterRequest:
        """Return what the request of ``owner`` asks the character for.

        ``until_scene``: how far the owner has read its scripts.

        Raises :class:`~app.errors.AppError` (400) where no message has text, and the engine's
        error while it is unavailable.
        """
        structured = structured_reply(
            request.response_format, request.tools or (), request.tool_choice
        )
        dialogue = read_dialogue(
            request.messages, with_system=self._with_system, with_tools=bool(request.tools)
        )
        if not dialogue.history and not dialogue.continued:
            raise AppError("nothing_said", "No message here says anything.", param="messages")
        context = (await self._engine.limits()).context_length
        # A stateless call has no conversation to seed chance with, but its first line.
        seed = dialogue.history[0].text if dialogue.history else ""
        persona = replace(
            persona_of(character, dialogue.user_name or "user", seed, until_scene),
            instructions=clip(dialogue.instructions, context * _INSTRUCTIONS_SHARE),
        )
        if structured is not None:
            _check_room(structured, dialogue.continued, context)
            instructions = filter(None, (persona.instructions, structured.instructions))
            persona = replace(persona, instructions="\n\n".join(instructions))
        lines = dialogue.history[-(context // _TOKENS_PER_LINE) :]
        history = newest(lines, context * _CHARACTERS_PER_TOKEN)
        others = dialogue.speakers[-_OTHERS:]
        before = dialogue_fingerprint(owner, character.slug, history[:-2]) if history[:-2] else None
        return CharacterRequest(
            character=character,
            dialogue=DialogueContext(
                persona=persona,
                history=history,
                continued=dialogue.continued,
                example_order=self._example_orders.get(before) or (),
                seed=seed,
                until_scene=until_scene,
            ),
            stops=[f"\n{name}{colon}" for name in others for colon in ":："] + request.stops,
            request=request,
            structured=structured,
            affinity=affinity_of(character.slug, raw_messages(request.messages)),
            fingerprint=dialogue_fingerprint(owner, character.slug, history),
        )

    async def staged_request(
        self,
        character: Character,
        dialogue: DialogueContext,
        instructions: str,
        request: ChatRequest,
        user: str,
        affinity: str,
    ) -> CharacterRequest:
        """Return what a request asks the character for that speaks next on a stage.

        ``dialogue`` is what it witnessed, ``instructions`` the client's; ``user`` is whose stage it
        is. Raises as :meth:`character_request` does.
        """
        structured = structured_reply(request.response_format, (), None)
        context = (await self._engine.limits()).context_length
        asked = [dialogue.persona.instructions, clip(instructions, context * _INSTRUCTIONS_SHARE)]
        if structured is not None:
            _check_room(structured, "", context)
            asked.append(structured.instructions)
        lines = dialogue.history[-(context // _TOKENS_PER_LINE) :]
        history = newest(lines, context * _CHARACTERS_PER_TOKEN)
        earlier = history[:-2]
        before = dialogue_fingerprint(user, character.slug, earlier) if earlier else None
        persona = replace(dialogue.persona, instructions="\n\n".join(filter(None, asked)))
        return CharacterRequest(
            character=character,
            dialogue=replace(
                dialogue,
                persona=persona,
                history=history,
                example_order=self._example_orders.get(before) or (),
            ),
            stops=request.stops,
            request=request,
            structured=structured,
            affinity=affinity,
            fingerprint=dialogue_fingerprint(user, character.slug, history),
        )

    async def complete(
        self, character_request: CharacterRequest, slots: Sequence[Slot], emit: Emit
    ) -> None:
        """Generate a reply in each slot, side by side; emits what the first prompt shows."""
        started = time.perf_counter()

        async def run_in_slot(choice: int) -> None:
            async with slots[choice].running():
                await self._complete(character_request, material, choice, started, emit)

        # A request's first slot is admitted first: its reply retrieves for all the others.
        async with asyncio.TaskGroup() as group, slots[0].running():
            material = await self._prompt_builder.find(
                character_request.character, character_request.dialogue
            )
            for choice in range(1, len(slots)):
                group.create_task(run_in_slot(choice))
            await self._complete(character_request, material, 0, started, emit)

    async def _complete(
        self,
        character_request: CharacterRequest,
        material: PromptMaterial,
        choice: int,
        started: float,
        emit: Emit,
    ) -> None:
        prompt: EnginePrompt = ""
        text = ""
        structured = character_request.structured
        holds = structured is not None and structured.offers_tools
        times = ReplyTimes(self._metrics, started)
        reply_events = self._reply(character_request, material, choice, times)
        if structured is not None:
            reply_events = _schema_errors(reply_events)
        async with aclosing(reply_events) as reply:
            async for event in reply:
                if isinstance(event, PreparedPrompt):
                    prompt = event.prompt
                    if choice == 0:
                        self._example_orders[character_request.fingerprint] = event.example_order
                        emit(event)
                    continue
                text += event.text
                unreported = event.finish_reason is not None and event.usage is None
                usage = event.usage
                if unreported:
                    usage = await counted_usage(self._engine, prompt, text)
                if not holds:
                    emit(ChoiceDelta(choice, replace(event, usage=usage)))
                elif event.finish_reason is not None and structured is not None:
                    # Only the whole object says whether it is a line or a call.
                    line, call = structured.read(text)
                    emit(ChoiceDelta(choice, replace(event, text=line, usage=usage), call))

    def _reply(
        self,
        character_request: CharacterRequest,
        material: PromptMaterial,
        choice: int,
        times: ReplyTimes,
    ) -> ReplyEvents:
        def begin(*, declines: bool) -> ReplyEvents:
            asked = character_request.dialogue
            dialogue = declined_dialogue(asked) if declines else asked
            return self._generate(
                replace(character_request, dialogue=dialogue), material, choice, times
            )

        if not self._moderation.enabled:
            return begin(declines=False)
        checked = _checked(character_request.dialogue)
        return moderated_reply(self._moderation, checked, begin, ModerationRecord())

    def _generate(
        self,
        character_request: CharacterRequest,
        material: PromptMaterial,
        choice: int,
        times: ReplyTimes,
    ) -> ReplyEvents:
        wanted = character_request.request.sampling(choice)
        structured = character_request.structured
        if structured is not None:
            wanted["json_schema"] = structured.schema

        async def prepare(share: float) -> PreparedPrompt:
            prepared = await self._prompt_builder.prepare(
                character_request.character,
                character_request.dialogue,
                material,
                share=share,
                wanted=wanted,
            )
            if structured is not None:  # its grammar ends it, and JSON may hold any name
                return replace(prepared, stops=character_request.request.stops)
            return replace(
                prepared, stops=list(dict.fromkeys((*prepared.stops, *character_request.stops)))
            )

        return stream_reply(
            self._engine,
            prepare,
            times,
            name=character_request.character.name,
            continuing=bool(character_request.dialogue.continued),
            affinity=character_request.affinity,
            verbatim=structured is not None,
            open_screen=None
            if structured is not None
            else partial(self._screening.open, character_request.dialogue, ScreeningRecord()),
        )


async def _schema_errors(reply: ReplyEvents) -> ReplyEvents:
    """Yield the reply; a schema that the engine refuses is the client's error, not the engine's."""
    try:
        async with aclosing(reply) as events:
            async for event in events:
                yield event
    except EngineRequestError as error:
        raise AppError(
            "schema_not_supported",
            f"The engine cannot hold a reply to this schema. {error}",
            param="response_format",
        ) from error


def _check_room(structured: StructuredReply, continued: str, context: int) -> None:
    """Raise :class:`~app.errors.AppError` (400) for what cannot be asked of this model."""
    if continued:
        raise AppError(
            "unsupported_parameter",
            "A reply that is held to JSON cannot be begun by the client: end with another message.",
            param="messages",
        )
    if reading_length(structured.instructions) > context * _INSTRUCTIONS_SHARE:
        raise AppError(
            "schema_too_long",
            "The functions or the schema, as the prompt has to explain them, take more than a "
            f"quarter of this model's context of {context:,} tokens. Shorten their descriptions.",
            param="tools" if structured.offers_tools else "response_format",
        )


def _checked(dialogue: DialogueContext) -> Checked:
    """Return what is checked of a request: its newest line, and the client's instructions."""
    persona = dialogue.persona
    newest_line = dialogue.history[-1].text if dialogue.history else ""
    return Checked(
        message="\n\n".join(filter(None, (persona.instructions, newest_line))),
        continued=dialogue.continued,
        language=persona.language,
    )

"""Generate a character's replies to the messages of a request."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from app.db.models import Character
from app.engines.port import ChatEngine, EnginePrompt
from app.errors import AppError
from app.moderation.record import ModerationRecord
from app.moderation.service import Moderation
from app.observability import Metrics
from app.openai_api.affinity import affinity_of, dialogue_fingerprint
from app.openai_api.dialogue import clip, newest, read_dialogue
from app.openai_api.generation import ChoiceDelta, Emit
from app.openai_api.raw import raw_messages
from app.openai_api.schemas import ChatRequest
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
        self, character: Character, request: ChatRequest, owner: str
    ) -> CharacterRequest:
        """Return what the request of ``owner`` asks the character for.

        Raises :class:`~app.errors.AppError` (400) where no message has text, and the engine's
        error while it is unavailable.
        """
        dialogue = read_dialogue(request.messages, with_system=self._with_system)
        if not dialogue.history and not dialogue.continued:
            raise AppError("nothing_said", "No message here says anything.", param="messages")
        context = (await self._engine.limits()).context_length
        # A stateless call has no conversation to seed chance with, but its first line.
        seed = dialogue.history[0].text if dialogue.history else ""
        persona = replace(
            persona_of(character, dialogue.user_name or "user", seed),
            instructions=clip(dialogue.instructions, context * _INSTRUCTIONS_SHARE),
        )
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
            ),
            stops=[f"\n{name}{colon}" for name in others for colon in ":："] + request.stops,
            request=request,
            affinity=affinity_of(character.slug, raw_messages(request.messages)),
            fingerprint=dialogue_fingerprint(owner, character.slug, history),
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
        times = ReplyTimes(self._metrics, started)
        async with aclosing(self._reply(character_request, material, choice, times)) as reply:
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
                emit(ChoiceDelta(choice, replace(event, usage=usage)))

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

        async def prepare(share: float) -> PreparedPrompt:
            prepared = await self._prompt_builder.prepare(
                character_request.character,
                character_request.dialogue,
                material,
                share=share,
                wanted=wanted,
            )
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
            open_screen=partial(
                self._screening.open, character_request.dialogue, ScreeningRecord()
            ),
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

"""A character's replies to the messages that a request brings."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from app.db.models import Character
from app.engines.port import ChatEngine, Delta, EngineError, EnginePrompt, Usage
from app.engines.tokens import estimate_tokens
from app.errors import AppError
from app.observability import Metrics
from app.openai_api.affinity import affinity_of, dialogue_fingerprint
from app.openai_api.dialogue import clip, newest, read_dialogue
from app.openai_api.generation import ChoiceDelta, Emit
from app.openai_api.raw import raw_messages
from app.openai_api.schemas import ChatRequest
from app.turns.admission import Slot
from app.turns.dialogue_context import DialogueContext, persona_of
from app.turns.prefix_layouts import new_example_orders
from app.turns.prompt_builder import PreparedPrompt, PromptBuilder, PromptMaterial
from app.turns.reply_stream import stream_reply

_CHARACTERS_PER_TOKEN = 8
"""More than any tokenizer has on average: with the next, a bound on what is tokenized at all."""
_TOKENS_PER_LINE = 3
"""Less than any line of a dialogue takes: its speaker, its text and the end of the line."""
_OTHERS = 32
"""Names brought by the messages that stop a reply."""
_INSTRUCTIONS_SHARE = 0.25
"""Of the context: a client's own card must leave room for the character's examples."""


@dataclass(frozen=True, slots=True)
class CharacterRequest:
    """What a character is to do: go on with this dialogue."""

    character: Character
    dialogue: DialogueContext
    stops: Sequence[str]
    """Beside those of the character's script."""
    request: ChatRequest
    affinity: str
    moment: str
    """By which the next request of the same dialogue finds what this one's prompt showed."""


class CharacterCompleter:
    """Speaks for characters."""

    def __init__(
        self,
        engine: ChatEngine,
        prompt_builder: PromptBuilder,
        metrics: Metrics,
        *,
        with_system: bool,
    ) -> None:
        """``with_system``: system messages are instructions; else they are left out."""
        self._engine = engine
        self._prompt_builder = prompt_builder
        self._metrics = metrics
        self._with_system = with_system
        self._example_orders = new_example_orders()

    async def character_request(
        self, character: Character, request: ChatRequest, owner: str
    ) -> CharacterRequest:
        """What the request of ``owner`` asks the character for.

        Raises an error 400 where no message says anything, and the engine's while it is away.
        """
        dialogue = read_dialogue(request.messages, with_system=self._with_system)
        if not dialogue.history and not dialogue.continued:
            raise AppError("nothing_said", "No message here says anything.", param="messages")
        context = (await self._engine.limits()).context_length
        # A stateless call has no conversation to remember a choice by, but its first line.
        seed = dialogue.history[0].text if dialogue.history else ""
        persona = replace(
            persona_of(character, dialogue.user_name or "user", seed),
            instructions=clip(dialogue.instructions, context * _INSTRUCTIONS_SHARE),
        )
        lines = dialogue.history[-(context // _TOKENS_PER_LINE) :]
        history = newest(lines, context * _CHARACTERS_PER_TOKEN)
        others = dialogue.speakers[-_OTHERS:]
        before = dialogue_fingerprint(owner, character.slug, history[:-2]) if history[:-2] else None
        example_order = self._example_orders.get(before) or ()
        return CharacterRequest(
            character=character,
            dialogue=DialogueContext(persona, history, dialogue.continued, example_order, seed),
            stops=[f"\n{name}{colon}" for name in others for colon in ":："] + request.stops,
            request=request,
            affinity=affinity_of(character.slug, raw_messages(request.messages)),
            moment=dialogue_fingerprint(owner, character.slug, history),
        )

    async def speak(
        self, character_request: CharacterRequest, places: Sequence[Slot], emit: Emit
    ) -> None:
        """A reply in each place, side by side; emits what the prompt of the first shows."""
        started = time.perf_counter()

        async def in_place(choice: int) -> None:
            async with places[choice].running():
                await self._speak(character_request, material, choice, started, emit)

        # Of one request's places the first is had first: whoever has it looks for all of them.
        async with asyncio.TaskGroup() as group, places[0].running():
            material = await self._prompt_builder.find(
                character_request.character, character_request.dialogue
            )
            for choice in range(1, len(places)):
                group.create_task(in_place(choice))
            await self._speak(character_request, material, 0, started, emit)

    async def _speak(
        self,
        character_request: CharacterRequest,
        material: PromptMaterial,
        choice: int,
        started: float,
        emit: Emit,
    ) -> None:
        prompt: EnginePrompt = ""
        text, sent, waiting = "", started, True
        async with aclosing(self._reply(character_request, material, choice)) as reply:
            async for event in reply:
                if isinstance(event, PreparedPrompt):
                    prompt, sent = event.prompt, time.perf_counter()
                    self._metrics.prepare_seconds.observe(sent - started)
                    if choice == 0:
                        self._example_orders[character_request.moment] = event.example_order
                        emit(event)
                    continue
                if waiting and event.finish_reason is None:
                    waiting = False
                    self._metrics.first_token_seconds.observe(time.perf_counter() - sent)
                self._metrics.count_prompt(event.usage)
                text += event.text
                untold = event.finish_reason is not None and event.usage is None
                usage = await self._counted(prompt, text) if untold else event.usage
                emit(ChoiceDelta(choice, replace(event, usage=usage)))

    def _reply(
        self, character_request: CharacterRequest, material: PromptMaterial, choice: int
    ) -> AsyncGenerator[PreparedPrompt | Delta, None]:
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
            name=character_request.character.name,
            continuing=bool(character_request.dialogue.continued),
            affinity=character_request.affinity,
        )

    async def _counted(self, prompt: EnginePrompt, text: str) -> Usage:
        """The usage where the reply was cut before the engine told it."""
        whole = prompt if isinstance(prompt, str) else "\n".join(each.content for each in prompt)
        try:
            counts = await self._engine.count_tokens([whole, text])
        except EngineError:
            counts = [estimate_tokens(whole), estimate_tokens(text)]
        return Usage(*counts)

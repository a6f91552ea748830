"""Begin the generations of requests: characters' replies, or the engine's continuations."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from app.access import Caller
from app.db.models import Character
from app.db.session import Database
from app.engines.port import ChatEngine, EnginePrompt
from app.errors import AppError
from app.moderation.service import Moderation
from app.observability import Metrics
from app.openai_api.character_completion import CharacterCompleter
from app.openai_api.generation import Emit, Generation
from app.openai_api.models import RAW_MODEL, RawModel, find_character, find_model
from app.openai_api.raw import generate_raw, raw_messages
from app.openai_api.schemas import ChatRequest, GenerationRequest, TextRequest
from app.settings import OpenAIApiSettings
from app.turns.admission import Admission, Slot
from app.turns.prompt_builder import PromptBuilder
from app.turns.screening import ReplyScreening


class CompletionService:
    """Begin the generations that requests ask for; store nothing of them."""

    def __init__(
        self,
        database: Database,
        engine: ChatEngine,
        prompt_builder: PromptBuilder,
        metrics: Metrics,
        admission: Admission,
        settings: OpenAIApiSettings,
        screening: ReplyScreening,
        moderation: Moderation,
    ) -> None:
        self._moderation = moderation
        self._database = database
        self._engine = engine
        self._metrics = metrics
        self._admission = admission
        self._settings = settings
        self._running: set[Generation] = set()
        with_system = settings.system_messages == "append"
        self._completer = CharacterCompleter(
            engine, prompt_builder, metrics, screening, moderation, with_system=with_system
        )

    async def chat(self, request: ChatRequest, caller: Caller) -> tuple[str, Generation]:
        """Answer messages; return the model's name and the generation.

        Raises what :func:`~app.openai_api.models.find_model` and
        :func:`~app.openai_api.models.find_character` raise, :class:`~app.errors.AppError`
        (400) for more choices than allowed or messages without text, and the engine's error
        while it is unavailable.
        """
        if not request.model:
            return await self.chat_as_character(request, caller)
        async with self._database.read() as session:
            model = await find_model(session, self._engine, request.model, caller)
        if isinstance(model, RawModel):
            prompt = raw_messages(request.messages)
            return model.name, self._generate_raw([prompt], request, caller)
        return model.slug, await self._chat_as_character(model, request, caller)

    async def chat_as_character(
        self, request: ChatRequest, caller: Caller
    ) -> tuple[str, Generation]:
        """Answer messages as :meth:`chat` does, but only as a character."""
        default = self._settings.default_character
        async with self._database.read() as session:
            character = await find_character(session, request.model or "", default, caller)
        return character.slug, await self._chat_as_character(character, request, caller)

    async def complete(self, request: TextRequest, caller: Caller) -> tuple[str, Generation]:
        """Continue prompts; return the model's name and the generation.

        Raises what :meth:`chat` raises, and :class:`~app.errors.AppError` (400) where the model is
        a character.
        """
        name = request.model or RAW_MODEL
        async with self._database.read() as session:
            model = await find_model(session, self._engine, name, caller)
        if isinstance(model, Character):
            raise AppError(
                "not_a_text_model",
                f"{model.name} answers at /v1/chat/completions; here the model is {RAW_MODEL}.",
                param="model",
            )
        echo = bool(request.echo)
        return model.name, self._generate_raw(request.prompts, request, caller, echo=echo)

    async def aclose(self) -> None:
        """Stop all generations; their listeners get an error."""
        await asyncio.gather(*(generation.stop() for generation in self._running))

    async def _chat_as_character(
        self, character: Character, request: ChatRequest, caller: Caller
    ) -> Generation:
        choices = self._choices(request)
        character_request = await self._completer.character_request(
            character, request, caller.owner
        )
        return self._begin(
            lambda slots, emit: self._completer.complete(character_request, slots, emit),
            choices,
            caller,
        )

    def _generate_raw(
        self,
        prompts: Sequence[EnginePrompt],
        request: GenerationRequest,
        caller: Caller,
        *,
        echo: bool = False,
    ) -> Generation:
        choices = self._choices(request, prompts=len(prompts))

        def generate(slots: Sequence[Slot], emit: Emit) -> Awaitable[None]:
            return generate_raw(
                self._engine, prompts, request, slots, emit, self._moderation, echo=echo
            )

        return self._begin(generate, choices, caller)

    def _choices(self, request: GenerationRequest, prompts: int = 1) -> int:
        count = (request.n or 1) * prompts
        most = min(self._settings.max_choices, self._admission.most_of_one_user)
        if count > most:
            raise AppError(
                "too_many_choices",
                f"This asks for {count} choices at once; at most {most} are allowed.",
                param="n",
            )
        return count

    def _begin(
        self,
        work: Callable[[Sequence[Slot], Emit], Awaitable[None]],
        choices: int,
        caller: Caller,
    ) -> Generation:
        """Begin a generation with a slot in the queue for every choice."""

        async def run(emit: Emit) -> None:
            outcome = "error"
            try:
                await work(slots, emit)
                outcome = "stop"
            except asyncio.CancelledError:
                outcome = "cancelled"
                raise
            finally:
                self._metrics.turns.labels(outcome).inc()

        with contextlib.ExitStack() as entered:
            entries = (self._admission.enter(caller.owner) for _ in range(choices))
            slots = [entered.enter_context(entry) for entry in entries]
            generation = Generation(run)
            self._running.add(generation)
            generation.on_end(partial(self._running.discard, generation))
            for slot in slots:
                generation.on_end(slot.leave)
            return generation

"""Begin the generations of requests: characters' replies, or the engine's continuations."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from uuid import UUID

from app.access import Caller
from app.bookmarks.reading import known_until
from app.db.models import Character
from app.db.session import Database
from app.engines.model_entry import with_overrides
from app.engines.port import ChatEngine, EnginePrompt
from app.errors import AppError
from app.moderation.service import Moderation
from app.observability import Metrics
from app.openai_api.character_completion import CharacterCompleter, CharacterRequest
from app.openai_api.generation import Emit, Generation
from app.openai_api.models import RAW_MODEL, RawModel, find_character, find_model
from app.openai_api.raw import generate_raw, raw_messages
from app.openai_api.schemas import ChatRequest, GenerationRequest, TextRequest
from app.openai_api.stage_completion import StageCompleter, named_first
from app.openai_api.stage_models import STAGE, find_stage
from app.quotas.bill import billing
from app.quotas.billed_engine import estimate_prompt
from app.quotas.payer import Payer
from app.quotas.service import QuotaService
from app.settings import OpenAIApiSettings
from app.stage.director import Director
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
        quotas: QuotaService,
        moderation: Moderation,
        director: Director,
    ) -> None:
        self._moderation = moderation
        self._database = database
        self._prompt_builder = prompt_builder
        self._quotas = quotas
        self._engine = engine
        self._metrics = metrics
        self._admission = admission
        self._settings = settings
        self._running: set[Generation] = set()
        with_system = settings.system_messages == "append"
        self._completer = CharacterCompleter(
            engine, prompt_builder, metrics, screening, moderation, with_system=with_system
        )
        self._stages = StageCompleter(self._completer, director, with_system=with_system)

    async def chat(
        self, request: ChatRequest, caller: Caller, payer: Payer, *, names: bool = False
    ) -> tuple[str, Generation]:
        """Answer messages; return the model's name and the generation.

        ``names``: the answer can say who speaks on a stage beside the text; else the text does.

        Raises what :func:`~app.openai_api.models.find_model`,
        :func:`~app.openai_api.stage_models.find_stage` and
        :func:`~app.openai_api.models.find_character` raise, :class:`~app.errors.AppError`
        (400) for more choices than allowed or messages without text,
        :class:`~app.quotas.errors.QuotaExceededError`, and the engine's error while it is
        unavailable.
        """
        self._quotas.check_requests(payer)
        if not request.model:
            return await self.chat_as_character(request, caller, payer)
        if request.model.startswith(STAGE):
            return request.model, await self._chat_on_stage(request, caller, payer, names=names)
        model = await find_model(self._database, self._engine, request.model, caller)
        if isinstance(model, RawModel):
            prompt = raw_messages(request.messages)
            return model.name, await self._generate_raw([prompt], request, payer)
        return model.slug, await self._chat_as_character(model, request, caller, payer)

    async def chat_as_character(
        self, request: ChatRequest, caller: Caller, payer: Payer
    ) -> tuple[str, Generation]:
        """Answer messages as :meth:`chat` does, but only as a character."""
        self._quotas.check_requests(payer)
        default = self._settings.default_character
        async with self._database.read() as session:
            character = await find_character(session, request.model or "", default, caller)
        return character.slug, await self._chat_as_character(character, request, caller, payer)

    async def complete(
        self, request: TextRequest, caller: Caller, payer: Payer
    ) -> tuple[str, Generation]:
        """Continue prompts; return the model's name and the generation.

        Raises what :meth:`chat` raises, and :class:`~app.errors.AppError` (400) where the model is
        a character.
        """
        self._quotas.check_requests(payer)
        name = request.model or RAW_MODEL
        model = await find_model(self._database, self._engine, name, caller)
        if isinstance(model, Character):
            raise AppError(
                "not_a_text_model",
                f"{model.name} answers at /v1/chat/completions; here the model is {RAW_MODEL}.",
                param="model",
            )
        echo = bool(request.echo)
        return model.name, await self._generate_raw(request.prompts, request, payer, echo=echo)

    async def aclose(self) -> None:
        """Stop all generations; their listeners get an error."""
        await asyncio.gather(*(generation.stop() for generation in self._running))

    async def _chat_as_character(
        self, character: Character, request: ChatRequest, caller: Caller, payer: Payer
    ) -> Generation:
        choices = self._choices(request)
        async with self._database.read() as session:
            until = await known_until(session, caller.owner, [character.id])
        asked = await self._completer.character_request(character, request, caller.owner, until)
        return await self._complete(asked, choices, payer)

    async def _chat_on_stage(
        self, request: ChatRequest, caller: Caller, payer: Payer, *, names: bool
    ) -> Generation:
        choices = self._choices(request)
        async with self._database.read() as session:
            model = await find_stage(session, request.model or "", caller)
        staged = await self._stages.stage_request(model, request, caller.owner)
        holds_json = staged.character_request.structured is not None
        if (names and self._settings.stage_replies == "named") or holds_json:
            generation = await self._complete(staged.character_request, choices, payer)
            generation.speaker = staged.name
            return generation
        return await self._complete(staged.character_request, choices, payer, staged.prefix)

    async def _complete(
        self, asked: CharacterRequest, choices: int, payer: Payer, prefix: str = ""
    ) -> Generation:
        """Begin the replies of a character; each begins with the ``prefix``."""
        each = self._prompt_builder.most_tokens(
            asked.character,
            asked.dialogue,
            await self._engine.limits(),
            asked.request.sampling(0),
        )

        def work(slots: Sequence[Slot], emit: Emit) -> Awaitable[None]:
            shown = named_first(emit, prefix) if prefix else emit
            return self._completer.complete(asked, slots, shown)

        return await self._begin(work, choices, payer, each * choices, asked.character.id)

    async def _generate_raw(
        self,
        prompts: Sequence[EnginePrompt],
        request: GenerationRequest,
        payer: Payer,
        *,
        echo: bool = False,
    ) -> Generation:
        choices = self._choices(request, prompts=len(prompts))

        def generate(slots: Sequence[Slot], emit: Emit) -> Awaitable[None]:
            return generate_raw(
                self._engine, prompts, request, slots, emit, self._moderation, echo=echo
            )

        limits = await self._engine.limits()
        reply = with_overrides(limits.sampling, request.sampling(0)).max_tokens
        tokens = sum(min(limits.context_length, estimate_prompt(each) + reply) for each in prompts)
        return await self._begin(generate, choices, payer, tokens * (request.n or 1))

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

    async def _begin(
        self,
        work: Callable[[Sequence[Slot], Emit], Awaitable[None]],
        choices: int,
        payer: Payer,
        tokens: int,
        character: UUID | None = None,
    ) -> Generation:
        """Begin a generation with a slot in the queue for every choice.

        The payer's quotas are settled before its last event, so that the client's next request
        finds them settled.
        """

        async def run(emit: Emit) -> None:
            outcome = "error"
            try:
                with billing(reservation.bill):
                    await work(slots, emit)
                outcome = "stop"
                reservation.bill.turns = choices
            except asyncio.CancelledError:
                outcome = "cancelled"
                raise
            finally:
                self._metrics.turns.labels(outcome).inc()
                await asyncio.shield(self._quotas.settle_alone(reservation))

        with contextlib.ExitStack() as entered:
            entries = (self._admission.enter(payer.queue) for _ in range(choices))
            slots = [entered.enter_context(entry) for entry in entries]
            reservation = await self._quotas.reserve_alone(
                payer, tokens, turns=choices, character=character
            )
            generation = Generation(run)
            self._running.add(generation)
            generation.on_end(partial(self._running.discard, generation))
            generation.on_end(partial(self._quotas.settle_soon, reservation))
            for slot in slots:
                generation.on_end(slot.leave)
            return generation

"""Run measurements of likelihood: one at a time, between turns, with progress in the database."""

import asyncio
from uuid import UUID

import structlog

from app.access import Caller
from app.auditions.likelihood.between_turns import BetweenTurns
from app.auditions.likelihood.measuring import cost_of_subject, plan_of
from app.auditions.likelihood.presentation import present, present_line
from app.auditions.likelihood.repository import LikelihoodRepository
from app.auditions.likelihood.running import Measurement, Sources
from app.auditions.likelihood.schemas import (
    LikelihoodAuditionOut,
    LikelihoodCost,
    ProofLineOut,
)
from app.auditions.measuring import sample
from app.auditions.subjects import check_enough, load_subject
from app.catalog.service import get_character
from app.db.models import Character, LikelihoodAudition
from app.db.session import Database
from app.engines.port import ChatEngine, EngineError, EngineUnavailableError, Limits
from app.errors import ConflictError
from app.quotas.bill import billing
from app.quotas.payer import Payer
from app.quotas.service import QuotaService, Reservation
from app.search.benchmark.corpus import LEAST_REPLIES
from app.search.retriever import Retriever
from app.turns.admission import Admission

log = structlog.get_logger(__name__)


class LikelihoodService:
    """Measure on request how likely the engine finds a character's real replies."""

    def __init__(
        self,
        sources: Sources,
        retriever: Retriever,
        engine: ChatEngine,
        admission: Admission,
        quotas: QuotaService,
    ) -> None:
        """Measure with the engine that people talk to, in slots that no turn wants."""
        self._sources = sources
        self._retriever = retriever
        self._engine = engine
        self._admission = admission
        self._quotas = quotas
        self._character: UUID | None = None
        self._task: asyncio.Task[None] | None = None

    async def show(self, slug: str) -> LikelihoodAuditionOut:
        """Return the progress of the newest measurement, its cost, and the last result."""
        async with self._database.read() as session:
            character = await get_character(session, slug)
            found = await LikelihoodRepository(session).get(character.id)
        shown = present(found)
        if shown.status != "running" and character.lines >= LEAST_REPLIES:
            shown.cost = await self._cost(character, await self._limits())
        return shown

    async def show_line(self, slug: str, *, viewer: Caller) -> ProofLineOut:
        """Return the last result in short, of a character that ``viewer`` may see."""
        async with self._database.read() as session:
            character = await get_character(session, slug, viewer=viewer)
            return present_line(await LikelihoodRepository(session).get(character.id))

    async def begin(self, slug: str, payer: Payer) -> LikelihoodAuditionOut:
        """Start a measurement in the background, unless the character's runs already; return it.

        It goes on where one that was measured with the same lines, model and settings ended.
        Raises :class:`~app.errors.InvalidError` (``too_few_lines``),
        :class:`~app.errors.ConflictError` (``likelihood_running``) while another character's
        runs, and the engine's errors while it does not answer.
        """
        async with self._database.read() as session:
            character = await get_character(session, slug)
            check_enough(character)
        if not await self._engine.ready():
            await self._engine.limits()
            raise EngineUnavailableError("The model does not answer.", retry_after=5)
        cost = await self._cost(character, await self._engine.limits())
        await self._quotas.request(payer)
        async with self._database.write() as session:
            character = await get_character(session, slug)
            measurements = LikelihoodRepository(session)
            running = present(await measurements.get(character.id))
            if running.status == "running":
                return running
            if await measurements.is_any_running():
                raise ConflictError(
                    "likelihood_running",
                    "Another character is being measured. Try again when it is over.",
                    retry_after=60,
                )
            begun = await measurements.begin(character.id, cost.scores)
            shown = present(begun)
        await self._start(character, begun, payer)
        return shown

    async def stop(self, slug: str) -> LikelihoodAuditionOut:
        """Stop a character's measurement; what was measured is kept, to go on from."""
        async with self._database.write() as session:
            character = await get_character(session, slug)
            await LikelihoodRepository(session).stop(character.id)
        if self._character == character.id:
            await self.aclose()
        return await self.show(slug)

    async def aclose(self) -> None:
        """Stop the running measurement, which is then shown as interrupted."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def _database(self) -> Database:
        return self._sources.database

    async def _start(self, character: Character, begun: LikelihoodAudition, payer: Payer) -> None:
        assert begun.run is not None  # noqa: S101 - ``begin`` sets it
        await self.aclose()
        measurement = Measurement(
            self._sources,
            BetweenTurns(self._engine, self._admission),
            character.id,
            begun.run,
            (await self._retriever.served(character)).mode,
        )
        self._character = character.id
        spent = Reservation(payer, character=character.id)
        self._task = asyncio.create_task(self._run(measurement, spent), name="likelihood")
        self._task.add_done_callback(lambda _: self._quotas.settle_soon(spent))

    async def _run(self, measurement: Measurement, spent: Reservation) -> None:
        """Run a measurement, and count what it took; its length is not known before."""
        try:
            with billing(spent.bill):
                await measurement.run()
        finally:
            await asyncio.shield(self._quotas.settle_alone(spent))

    async def _cost(self, character: Character, limits: Limits | None) -> LikelihoodCost:
        sources = self._sources
        async with self._database.read() as session:
            subject = await load_subject(session, character.id, sources.retrieval.max_query_length)
            pace = await LikelihoodRepository(session).pace(limits.model) if limits else None
        mode = (await self._retriever.served(character)).mode
        plan = plan_of(mode, sources.weights, sources.retrieval, sources.prompt)
        cost = await asyncio.to_thread(
            lambda: cost_of_subject(sample(subject), plan, limits),
        )
        if pace is not None:
            cost.minutes = round(cost.scores * pace / 60, 1)
        return cost

    async def _limits(self) -> Limits | None:
        try:
            return await self._engine.limits()
        except EngineError:
            return None

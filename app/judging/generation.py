"""Generate replies at held-out questions, with the prompts and by the steps of a turn."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from time import perf_counter

from app.engines.port import ChatEngine, ContextTooLongError, Delta
from app.likelihood.contexts import ContextName, FoldContexts
from app.likelihood.prompts import ReplyPrompts
from app.observability import Metrics
from app.search.benchmark.corpus import Fold
from app.search.benchmark.modes import Calibrations
from app.search.benchmark.workers import run_jobs
from app.settings import RetrievalMode, Settings
from app.turns.prepared_prompt import PreparedPrompt
from app.turns.reply_stream import stream_reply
from app.turns.reply_times import ReplyTimes
from app.turns.screening import ReplyScreening, ScreeningRecord
from characters.prompting import PromptTooLongError
from retrieval.ranking.weights import Weights

_SEEDS = 2**31
_WARM_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedReply:
    """Hold what an engine says at one held-out question."""

    fold: int
    question: int
    scene: int
    text: str
    """As a reader gets it; empty where the engine says nothing."""
    examples: Sequence[str]
    """The lines of the script that its prompt shows, without the names of their speakers."""
    tokens: int
    """Generated for it, drafts that were thrown away included."""
    seconds: float
    """From the prompt on: reading it and generating."""

    @property
    def key(self) -> tuple[int, int]:
        """Identify the question among those of its character."""
        return self.fold, self.question


class ReplyGenerator:
    """Generate the replies of one character with one engine."""

    def __init__(
        self, folds: Sequence[Fold], engine: ChatEngine, settings: Settings, weights: Weights
    ) -> None:
        """Take the character's folds and the settings in force."""
        self._folds = folds
        self._engine = engine
        self._settings = settings
        calibrations = Calibrations()
        self._contexts = [FoldContexts(fold, weights, calibrations) for fold in folds]
        self._metrics = Metrics()
        self._screening = ReplyScreening(
            engine,
            self._metrics,
            settings.turn.screen_replies,
            settings.engine.reply_timeout,
        )

    async def play(
        self,
        seed: int,
        on_reply: Callable[[GeneratedReply], None],
        known: Collection[tuple[int, int]] = (),
        side_by_side: int = 1,
    ) -> int:
        """Generate the reply of every question that is not ``known``; return how many did not fit.

        ``on_reply`` gets each as it is finished. The same seed draws the same reply where the
        engine does. Raises the engine's errors, except for a prompt that is too long for it.
        """
        limits = await self._engine.limits()
        with suppress(TimeoutError):  # the first verdicts come late then, or not at all
            async with asyncio.timeout(_WARM_SECONDS):
                await self._screening.warm()
        prompts = [
            ReplyPrompts(
                of, self._engine, limits, None, self._settings.retrieval, self._settings.prompt
            )
            for of in self._contexts
        ]
        left_out = 0

        async def work(job: tuple[int, int]) -> None:
            nonlocal left_out
            try:
                on_reply(await self._reply(prompts[job[0]], *job, seed))
            except (ContextTooLongError, PromptTooLongError):
                left_out += 1

        jobs = [job for job in asked_questions(self._folds) if job not in known]
        await run_jobs(jobs, work, side_by_side)
        return left_out

    async def _reply(
        self, prompts: ReplyPrompts, number: int, question: int, seed: int
    ) -> GeneratedReply:
        dialogue = prompts.dialogue(question)
        prepare = partial(self._prepare, prompts, question, seed_of(seed, number, question))
        times = ReplyTimes(self._metrics, perf_counter())
        reply = stream_reply(
            self._engine,
            prepare,
            times,
            name=dialogue.persona.name,
            continuing=False,
            affinity=f"held out {number}",
            open_screen=partial(self._screening.open, dialogue, ScreeningRecord()),
        )
        text, started = "", perf_counter()
        tokens: int | None = None
        prepared: PreparedPrompt | None = None
        async with aclosing(reply) as events:
            async for event in events:
                if isinstance(event, Delta):
                    text += event.text
                    tokens = event.usage.completion_tokens if event.usage else tokens
                else:
                    prepared, started = event, perf_counter()
        seconds = perf_counter() - started
        if tokens is None:
            [tokens] = await self._engine.count_tokens([text])
        return GeneratedReply(
            fold=number,
            question=question,
            scene=self._folds[number].questions[question].scene,
            text=text.strip(),
            examples=lines_shown(prepared) if prepared is not None else (),
            tokens=tokens,
            seconds=round(seconds, 3),
        )

    async def _prepare(
        self, prompts: ReplyPrompts, question: int, seed: int, share: float
    ) -> PreparedPrompt:
        context = context_of(self._settings.retrieval.mode)
        return await prompts.prepare_context(context, question, share=share, wanted={"seed": seed})


def asked_questions(folds: Sequence[Fold]) -> list[tuple[int, int]]:
    """Return (fold, question) of every held-out question."""
    return [(n, at) for n, fold in enumerate(folds) for at in range(len(fold.questions))]


def context_of(mode: RetrievalMode) -> ContextName:
    """Return the context that a conversation in this mode has."""
    return "reference_sent" if mode == "reference" else mode


def seed_of(seed: int, fold: int, question: int) -> int:
    """Return the sampling seed of a question, another one for each."""
    found = blake2b(f"{seed} {fold} {question}".encode(), digest_size=4).digest()
    return int.from_bytes(found) % _SEEDS


def lines_shown(prepared: PreparedPrompt) -> list[str]:
    """Return the texts of the lines that a prompt shows as examples, without their speakers."""
    lines = [line for example in prepared.shown for line in example.lines]
    return [line.replace("：", ":", 1).partition(":")[2].strip() for line in lines]

"""Ask characters about scenes they cannot know yet, through the service."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.engines.port import ChatEngine, EnginePrompt
from app.engines.recording import read_calls
from app.search.benchmark.corpus import BenchmarkCharacter
from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.workers import run_jobs
from app.settings import Settings
from app.tools.bench.in_process import InProcessService, RefusedError, Say
from app.tools.evaluation.evaluated_service import open_service
from app.tools.evaluation.timeline.leaks import Leak, Point, TimelineQuestion

_CALLS = "calls.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class PointResults:
    """Hold the results at one point in time."""

    known: int
    """Scenes that have happened."""
    limited: bool
    """Whether the conversations were limited to it; without the limit, leaks are expected."""
    later_lines: int
    asked: int
    failed: int
    """Number of questions without a reply."""
    in_prompts: Sequence[Leak]
    in_replies: Sequence[Leak]


@dataclass(frozen=True, slots=True)
class TimelineResults:
    """Hold the results for one character."""

    name: str
    model: str
    mode: str
    scenes: int
    points: Sequence[PointResults]


@dataclass(frozen=True, slots=True)
class _Answer:
    point: Point
    limited: bool
    question: TimelineQuestion
    conversation: str
    reply: str | None


async def ask_about_later(
    subject: BenchmarkCharacter,
    points: Sequence[int],
    questions: int,
    concurrency: int,
    settings: Settings,
    folder: Path,
    say: Say,
    engine: ChatEngine | None = None,
) -> TimelineResults:
    """Ask ``questions`` questions at each point: a number of scenes that have happened.

    The middle point is asked once more without the limit, as a control. ``folder`` is empty and
    the run's own. Raises :class:`~app.search.benchmark.errors.EvaluationError`.
    """
    calls = folder / _CALLS
    recorded = settings.engine.model_copy(update={"record_to": calls})
    settings = settings.model_copy(update={"engine": recorded})
    at = [Point(subject.scenes, subject.own, known) for known in points]
    rounds = [(point, True) for point in at] + [(at[len(at) // 2], False)]
    jobs = [
        (point, limited, question)
        for point, limited in rounds
        for question in point.questions(questions)
    ]
    if not jobs:
        raise EvaluationError(f"{subject.name} answers nobody after scene {min(points)}.")
    answers: list[_Answer] = []
    async with open_service(
        settings, folder, say, side_by_side=concurrency, engine=engine
    ) as service:
        slug = await service.add_character(
            subject.name, subject.profile, subject.name, subject.scenes, subject.own
        )
        await service.until_all_indexed([slug], say)

        async def ask(job: tuple[Point, bool, TimelineQuestion]) -> None:
            answers.append(await _ask(service, slug, *job))

        await run_jobs(
            jobs,
            ask,
            concurrency,
            lambda done, total: say(f"{done} of {total} questions asked."),
        )
        model = service.limits.model
    prompts = await asyncio.to_thread(_prompts, calls)
    found = [_count(point, limited, answers, prompts) for point, limited in rounds]
    mode = settings.retrieval.mode
    return TimelineResults(subject.name, model, mode, len(subject.scenes), found)


async def _ask(
    service: InProcessService, slug: str, point: Point, limited: bool, question: TimelineQuestion
) -> _Answer:
    """Ask in a conversation of its own, so that no question gives another one away."""
    id = await service.open_conversation(
        slug, user_name=question.speaker, until_scene=point.known if limited else None
    )
    try:
        turn = await service.send(id, question.text)
    except RefusedError:
        return _Answer(point, limited, question, id, None)
    return _Answer(point, limited, question, id, str(turn["reply"]["content"]))


def _prompts(calls: Path) -> dict[str, str]:
    """Return all prompts that reached the engine, joined, by conversation."""
    prompts: dict[str, str] = {}
    for call in read_calls(calls):
        id = call.affinity or ""
        prompts[id] = f"{prompts.get(id, '')}\n{_text(call.prompt)}"
    return prompts


def _text(prompt: EnginePrompt) -> str:
    return prompt if isinstance(prompt, str) else "\n".join(each.content for each in prompt)


def _count(
    point: Point, limited: bool, answers: Sequence[_Answer], prompts: dict[str, str]
) -> PointResults:
    own = [each for each in answers if each.point is point and each.limited == limited]
    return PointResults(
        known=point.known,
        limited=limited,
        later_lines=len(point.later),
        asked=len(own),
        failed=sum(each.reply is None for each in own),
        in_prompts=[
            leak
            for each in own
            for leak in point.leaks(prompts.get(each.conversation, ""), each.question)
        ],
        in_replies=[leak for each in own for leak in point.leaks(each.reply or "", each.question)],
    )

"""Carry out a run from beginning to end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.engines.port import ChatEngine
from app.search.benchmark.errors import EvaluationError
from app.settings import Settings
from app.tools.bench.in_process import Say
from app.tools.evaluation.evaluated_service import open_service
from app.tools.evaluation.journal import Journal
from app.tools.evaluation.judges.gate import GateFigures
from app.tools.evaluation.roleplay.assignment import CharacterAssignment, Examples, assign_items
from app.tools.evaluation.roleplay.dataset import Dataset, Item
from app.tools.evaluation.roleplay.formats import (
    ResultRecord,
    transform,
    write_evaluation,
    write_generation,
    write_transformed,
)
from app.tools.evaluation.roleplay.generation import Generator, make_characters
from app.tools.evaluation.roleplay.identity import Identity, claim_folder, read_identity
from app.tools.evaluation.roleplay.metrics import Protocol
from app.tools.evaluation.roleplay.penalties import penalty_records
from app.tools.evaluation.roleplay.personality import interview, interview_records
from app.tools.evaluation.roleplay.results import (
    RoleplayResults,
    counted,
    group_means,
    metric_figures,
    personality_figures,
    role_means,
)
from app.tools.evaluation.roleplay.scorers import Scorer
from app.tools.evaluation.roleplay.scoring import Scores

_REPLIES, _SCORES = "replies.jsonl", "scores.jsonl"
_SERVICE = "service"
"""The folder of the service's database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Hold the options of a run."""

    out: Path
    examples: Examples
    concurrency: int
    limit: int | None
    """The number of items from the first on; None for all."""
    seed: int
    protocol: Protocol = "scores"
    generate: bool
    """Otherwise only the replies of an earlier run are scored, and no engine is started."""


@dataclass(frozen=True, slots=True)
class Scorers:
    """Hold the scorers of replies and of interviews; None leaves them unscored."""

    replies: Scorer | None = None
    personality: Scorer | None = None
    gate: GateFigures | None = None
    """Of the judge, where one scores."""


@dataclass(frozen=True, slots=True)
class _Scored:
    scores: Sequence[float | None]
    unscored: Counter[str]
    """Number of records without a score, by the reason."""


@dataclass(frozen=True, slots=True)
class _Generated:
    identity: Identity
    replies: Mapping[str, str]
    """By item id."""
    failures: Mapping[str, str]


async def run(
    dataset: Dataset,
    options: Options,
    settings: Settings,
    scorers: Scorers,
    say: Say,
    engine: ChatEngine | None = None,
) -> RoleplayResults:
    """Generate and score what is missing in ``options.out``; write the benchmark's files there.

    Raises :class:`~app.search.benchmark.errors.EvaluationError`; the results so far are kept.
    """
    items = dataset.items[: options.limit]
    # Of all items, also with a limit: a run goes on with a higher limit and the same cast.
    assignment = assign_items(dataset.items, options.examples)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.generate:
        made = await _generate(dataset, items, assignment, options, settings, say, engine)
    else:
        made = _generated(dataset, options)
    write_generation(options.out, items, made.replies)
    records = transform(items, made.replies, dataset.profiles)
    write_transformed(options.out, records)
    if options.protocol == "penalty":
        records = penalty_records(items, made.replies, dataset.profiles)
    scored = await _score(records, scorers.replies, options, say)
    if options.protocol == "scores":
        write_evaluation(options.out, records, scored.scores)
    interviews = interview_records(items, made.replies, dataset.types)
    typed = await _score(interviews, scorers.personality, options, say)
    dialogue_of = {
        item.id: dialogue
        for item, dialogue in zip(dataset.items, assignment.dialogue_of, strict=True)
    }
    figures = metric_figures(records, scored.scores, dialogue_of)
    return RoleplayResults(
        identity=made.identity,
        protocol=options.protocol,
        gate=scorers.gate,
        scorer=scorers.replies.name if scorers.replies is not None else "",
        items=len(items),
        roles=len({(item.novel, item.role) for item in items}),
        replies=sum(item.id in made.replies for item in items),
        failures=counted(made.failures),
        unscored=dict((scored.unscored + typed.unscored).most_common()),
        metrics=figures,
        groups=group_means(figures),
        by_role=role_means(records, scored.scores),
        personality=(
            personality_figures(interviews, typed.scores)
            if interviews and scorers.personality is not None
            else None
        ),
    )


async def _generate(
    dataset: Dataset,
    items: Sequence[Item],
    assignment: CharacterAssignment,
    options: Options,
    settings: Settings,
    say: Say,
    engine: ChatEngine | None,
) -> _Generated:
    async with open_service(
        settings, options.out / _SERVICE, say, side_by_side=options.concurrency, engine=engine
    ) as service:
        identity = Identity(
            data=dataset.digests,
            model=service.limits.model,
            prompt_style=service.limits.prompt_style,
            examples=options.examples,
            retrieval=settings.retrieval.mode,
            embedder=settings.embedder.name,
            seed=options.seed,
        )
        claim_folder(options.out, identity)
        slugs = await make_characters(service, assignment, dataset.profiles, options.out, say)
        asked = [*enumerate(items), *interview(items, dataset.types)]
        jobs = [(item, slugs[assignment.character_of[number]]) for number, item in asked]
        with Journal(options.out / _REPLIES) as journal:
            generator = Generator(service, journal, options.seed, say)
            await generator.run(jobs, options.concurrency)
    return _Generated(identity, generator.replies, generator.failures)


def _generated(dataset: Dataset, options: Options) -> _Generated:
    """Return the replies of an earlier run."""
    identity = read_identity(options.out)
    if identity is None:
        raise EvaluationError(f"{options.out} holds no replies yet: run without --no-generate.")
    if identity.data != dataset.digests:
        raise EvaluationError(f"{options.out} holds replies to other data.")
    with Journal(options.out / _REPLIES) as journal:
        replies = {entry["id"]: entry["model_output"] for entry in journal.entries()}
    return _Generated(identity, replies, {})


async def _score(
    records: Sequence[ResultRecord], scorer: Scorer | None, options: Options, say: Say
) -> _Scored:
    if scorer is None or not records:
        return _Scored([None] * len(records), Counter())
    with Journal(options.out / _SCORES) as journal:
        scores = Scores(scorer, journal, say)
        await scores.run(records, options.concurrency)
    return _Scored([scores.of(record) for record in records], scores.unscored)

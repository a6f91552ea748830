"""A run from beginning to end."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from app.engines.port import ChatEngine
from app.evaluation.errors import EvaluationError
from app.evaluation.roleplay.casting import Cast, Examples, cast_items
from app.evaluation.roleplay.dataset import Dataset, Item
from app.evaluation.roleplay.formats import (
    Record,
    transform,
    write_evaluation,
    write_generation,
    write_transformed,
)
from app.evaluation.roleplay.generation import Generator, make_cast
from app.evaluation.roleplay.journal import Journal
from app.evaluation.roleplay.results import (
    Identity,
    Results,
    counted,
    group_means,
    metric_figures,
    role_means,
)
from app.evaluation.roleplay.scorers import Scorer
from app.evaluation.roleplay.scoring import Scores
from app.evaluation.stage import Say, staging
from app.settings import Settings

_IDENTITY, _REPLIES, _SCORES = "run.json", "replies.jsonl", "scores.jsonl"
_SERVICE = "service"
"""The folder of the service's database."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for."""

    out: Path
    examples: Examples
    concurrency: int
    limit: int | None
    """Of the items; all of them where there is none."""
    seed: int
    generate: bool
    """Else only what is there already is scored, and no engine is started."""


@dataclass(frozen=True, slots=True)
class _Generated:
    identity: Identity
    replies: Mapping[str, str]
    """By the item's id."""
    failures: Mapping[str, str]


async def run(
    dataset: Dataset,
    options: Options,
    settings: Settings,
    scorer: Scorer | None,
    say: Say,
    engine: ChatEngine | None = None,
) -> Results:
    """Generate and score what is missing in ``options.out``; write the benchmark's files there.

    Raises :class:`~app.evaluation.errors.EvaluationError`; what there is until then is kept.
    """
    items = dataset.items[: options.limit]
    # Of all items, whatever is asked of them: with more of them a run goes on with the same cast.
    cast = cast_items(dataset.items, options.examples)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.generate:
        made = await _generate(dataset, items, cast, options, settings, say, engine)
    else:
        made = _generated(dataset, options)
    write_generation(options.out, items, made.replies)
    records = transform(items, made.replies, dataset.profiles)
    write_transformed(options.out, records)
    scores: list[float | None] = [None] * len(records)
    unscored: Mapping[str, int] = {}
    if scorer is not None:
        scores, unscored = await _score(records, scorer, options, say)
    dialogue_of = {
        item.id: dialogue for item, dialogue in zip(dataset.items, cast.dialogue_of, strict=True)
    }
    figures = metric_figures(records, scores, dialogue_of)
    return Results(
        identity=made.identity,
        scorer=scorer.name if scorer is not None else "",
        items=len(items),
        roles=len({(item.novel, item.role) for item in items}),
        replies=sum(item.id in made.replies for item in items),
        failures=counted(made.failures),
        unscored=unscored,
        metrics=figures,
        groups=group_means(figures),
        by_role=role_means(records, scores),
    )


async def _generate(
    dataset: Dataset,
    items: Sequence[Item],
    cast: Cast,
    options: Options,
    settings: Settings,
    say: Say,
    engine: ChatEngine | None,
) -> _Generated:
    async with staging(
        settings, options.out / _SERVICE, say, side_by_side=options.concurrency, engine=engine
    ) as stage:
        identity = Identity(
            data=dataset.digests,
            model=stage.limits.model,
            prompt_style=stage.limits.prompt_style,
            examples=options.examples,
            retrieval=settings.retrieval.mode,
            embedder=settings.embedder.name,
            seed=options.seed,
        )
        _claim(options.out, identity)
        slugs = await make_cast(stage, cast, dataset.profiles, options.out, say)
        of_items = [slugs[part] for part in cast.part_of[: len(items)]]
        with Journal(options.out / _REPLIES) as journal:
            generator = Generator(stage, journal, options.seed, say)
            await generator.run(items, of_items, options.concurrency)
    return _Generated(identity, generator.replies, generator.failures)


def _claim(out: Path, identity: Identity) -> None:
    """Say whose replies are in the folder, or see that they are of this very run."""
    path = out / _IDENTITY
    known = _known_identity(out)
    if known is None:
        path.write_text(json.dumps(asdict(identity), indent=2) + "\n", encoding="utf-8")
    elif known != identity:
        before, now = asdict(known), asdict(identity)
        changed = ", ".join(name for name in now if before[name] != now[name])
        raise EvaluationError(
            f"{out} holds the replies of another run: {changed} differ. Choose another --out, or "
            "delete it."
        )


def _known_identity(out: Path) -> Identity | None:
    path = out / _IDENTITY
    if not path.exists():
        return None
    return Identity(**json.loads(path.read_text(encoding="utf-8")))


def _generated(dataset: Dataset, options: Options) -> _Generated:
    """What an earlier run left."""
    identity = _known_identity(options.out)
    if identity is None:
        raise EvaluationError(f"{options.out} holds no replies yet: run without --no-generate.")
    if identity.data != dataset.digests:
        raise EvaluationError(f"{options.out} holds replies to other data.")
    with Journal(options.out / _REPLIES) as journal:
        replies = {entry["id"]: entry["model_output"] for entry in journal.entries()}
    return _Generated(identity, replies, {})


async def _score(
    records: Sequence[Record], scorer: Scorer, options: Options, say: Say
) -> tuple[list[float | None], Mapping[str, int]]:
    with Journal(options.out / _SCORES) as journal:
        scores = Scores(scorer, journal, say)
        await scores.run(records, options.concurrency)
    found = [(record, score) for record in records if (score := scores.of(record)) is not None]
    write_evaluation(options.out, [record for record, _ in found], [score for _, score in found])
    return [scores.of(record) for record in records], dict(scores.unscored.most_common())

"""A run from beginning to end."""

import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from app.engines.port import ChatEngine
from app.evaluation.errors import EvaluationError
from app.evaluation.roleplay.casting import Cast, Examples, cast_items
from app.evaluation.roleplay.dataset import Dataset, Item, read_dataset
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
from app.evaluation.stage import Say, Stage, staging
from app.settings import Settings

_IDENTITY = "run.json"


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for."""

    data: Path
    out: Path
    examples: Examples
    concurrency: int
    limit: int | None
    """Of the items; all of them where there is none."""
    seed: int


@dataclass(frozen=True, slots=True)
class _Generated:
    identity: Identity
    replies: dict[str, str]
    failures: dict[str, str]


async def run(
    options: Options,
    settings: Settings,
    scorer: Scorer | None,
    say: Say,
    engine: ChatEngine | None = None,
) -> Results:
    """Generate and score what is missing in ``options.out``; write the benchmark's files there.

    Raises :class:`~app.evaluation.errors.EvaluationError`; what there is until then is kept.
    """
    dataset = read_dataset(options.data)
    items = dataset.items[: options.limit]
    # Of all items, whatever is asked of them: with more of them a run goes on with the same cast.
    cast = cast_items(dataset.items, options.examples)
    options.out.mkdir(parents=True, exist_ok=True)
    made = await _generate(dataset, items, cast, options, settings, say, engine)
    write_generation(options.out, items, made.replies)
    records = transform(items, made.replies, dataset.profiles)
    write_transformed(options.out, records)
    scores: list[float | None] = [None] * len(records)
    unscored: dict[str, int] = {}
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

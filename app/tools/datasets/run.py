"""Make a dataset: its rows, its card, its folder."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

from app.search.embedders import load_embedder
from app.settings import Settings
from app.tools.bench.in_process import Say
from app.tools.datasets.asking import Answers
from app.tools.datasets.card import CardFacts, card_of, card_text
from app.tools.datasets.composing import Composing
from app.tools.datasets.engines import licence_of, limits_for, open_engine
from app.tools.datasets.folder import DatasetFolder, check_target
from app.tools.datasets.making import Maker
from app.tools.datasets.plan import DatasetPlan
from app.tools.datasets.rewards import RewardFilter
from app.tools.datasets.sources import Found, find_sources
from app.tools.datasets.splitting import Split, split_scenes
from app.tools.evaluation.judges.endpoint import JudgeEndpoint
from retrieval.ranking.weights import load_weights


def make_dataset(plan: DatasetPlan, settings: Settings, say: Say) -> str:
    """Write the dataset's folder and return its card as Markdown.

    Raises :class:`~app.tools.datasets.errors.DatasetError` and the engine's errors; the folder is
    as it was then.
    """
    check_target(plan.out, overwrite=plan.overwrite)
    found = find_sources(plan.wanted, settings)
    for each in found.skipped:
        say(f"Passed over: {each}")
    subjects = [source.subject for source in found.sources]
    split = split_scenes(subjects, plan.validation, plan.seed) if subjects else None
    return asyncio.run(_make(plan, settings, say, found, split))


async def _make(
    plan: DatasetPlan, settings: Settings, say: Say, found: Found, split: Split | None
) -> str:
    async with AsyncExitStack() as stack:
        counter, engine = await stack.enter_async_context(
            open_engine(settings, plan.tokens, say, needed=plan.needs_engine)
        )
        answering = await counter.limits()
        limits = limits_for(plan.base, answering, settings)
        layout = plan.layout or limits.prompt_style
        composing = Composing(
            engine=counter,
            limits=limits,
            layout=layout,
            weights=load_weights(plan.selector),
            embedder=await asyncio.to_thread(load_embedder, settings.embedder, plan.embedder),
            retrieval=settings.retrieval,
            prompt=settings.prompt,
        )
        composing = replace(composing, limits=composing.limits_as(layout))
        with (
            DatasetFolder(plan.out, overwrite=plan.overwrite) as folder,
            Answers(plan.journal) as answers,
        ):
            reward = await stack.enter_async_context(_reward(plan, settings, answers))
            making = Maker(
                plan=plan,
                settings=settings,
                say=say,
                composing=composing,
                engine=engine,
                answering=answering,
                answers=answers,
                folder=folder,
                reward=reward,
            )
            for number, source in enumerate(found.sources):
                if split is not None:
                    await making.add_source(source, split, number)
            await making.add_signals(found.sources, split)
            making.check_not_empty()
            card = _card(making, found, split)
            text = card_text(card)
            folder.finish(card, text)
    return text


@asynccontextmanager
async def _reward(
    plan: DatasetPlan, settings: Settings, answers: Answers
) -> AsyncIterator[RewardFilter | None]:
    """Yield the filter by a reward model, None where none is wanted."""
    if not plan.reward_url:
        yield None
        return
    judge = settings.judge
    key = judge.api_key.get_secret_value() if judge.api_key else None
    async with JudgeEndpoint(plan.reward_url, key, judge.timeout) as endpoint:
        yield RewardFilter(
            endpoint=endpoint, model=plan.reward_model, least=plan.least_reward, answers=answers
        )


def _card(making: Maker, found: Found, split: Split | None) -> dict[str, Any]:
    """Return the card of what was written."""
    composing, plan = making.composing, making.plan
    wrote = any(source in ("model", "instruction") for source, *_ in making.tally.rows)
    models = {name: licence_of(name, making.settings) for name in sorted(making.signal_models)}
    facts = CardFacts(
        kind=plan.kind,
        layout=composing.layout,
        model=composing.limits.model,
        model_licence=licence_of(composing.limits.model, making.settings),
        context_length=composing.limits.context_length,
        counted_by=making.answering.model if making.engine else "estimate",
        embedder=composing.embedder.model_id,
        selector=composing.weights.name,
        seed=plan.seed,
        validation=plan.validation,
        sources=plan.sources,
        filters=plan.filters(),
        instruction=plan.instruction,
        scripts=found.sources,
        split=split,
        skipped=found.skipped,
        signal_models=models,
        writer=making.answering.model if wrote else "",
        writer_licence=licence_of(making.answering.model, making.settings) if wrote else "",
        people=making.people,
        seed_rows=making.folder.seed_rows,
    )
    return card_of(facts, making.tally)

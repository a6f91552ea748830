"""A script of forty scenes in folds, with the embedder that costs nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.engines.scripted import ScriptedEngine
from app.likelihood.contexts import FoldContexts
from app.likelihood.prompts import ReplyPrompts
from app.search.benchmark.corpus import BenchmarkCharacter, Fold, read_subject
from app.search.benchmark.modes import Calibrations
from app.search.benchmark.run import embed_folds
from app.search.benchmark.vectors import EmbeddingCache
from app.settings import PromptSettings, RetrievalSettings
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.ranking.weights import load_weights
from tests.app.search.forty_scenes import script

__all__ = ["script"]


@pytest.fixture(scope="session")
def subject(script: Path) -> BenchmarkCharacter:
    return replace(read_subject(script, "老周"), profile="守灯塔的人。")


@pytest.fixture(scope="session")
def folds(subject: BenchmarkCharacter) -> list[Fold]:
    return embed_folds(subject, EmbeddingCache(HashingEmbedder()), lambda _: None)


@pytest.fixture(scope="session")
def contexts(folds: list[Fold]) -> FoldContexts:
    return FoldContexts(folds[0], load_weights("k9"), Calibrations())


async def prompts_of(
    contexts: FoldContexts, engine: ScriptedEngine, budget: int | None, **retrieval: int
) -> ReplyPrompts:
    limits = await engine.limits()
    return ReplyPrompts(
        contexts, engine, limits, budget, RetrievalSettings(**retrieval), PromptSettings()
    )

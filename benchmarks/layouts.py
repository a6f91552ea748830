"""``python -m benchmarks.layouts``: the orders of examples in a prompt, in each mode.

The same twenty turns in each; the engine says what it is told to, so all differences are the
prompts'. *Shared* is how much of a prompt, in characters, its predecessor began with, on average
from the second turn on: what an engine has in its cache. *In common* is how many of the 20 best
are shown (scenes in the mode ``reference``, exchanges in the others), at least in one turn and on
average.
"""

import argparse
import asyncio
import json
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any

from uvicorn.loops.auto import auto_loop_factory

from app.db.models import Character
from app.engines.scripted import ScriptedEngine
from app.search.retriever import RankedReplies
from app.tools.bench.corpus import Corpus, sample_corpus
from app.turns.dialogue_context import DialogueContext
from app.turns.prepared_prompt import PreparedPrompt, PromptMaterial
from app.turns.prompt_builder import PromptBuilder
from benchmarks.prompt_cache import characters_shared
from benchmarks.service import running

_TALK = Path(__file__).with_name("talk.json")
_LAYOUTS = {
    "reference": ("reference", "cached"),
    "fused": ("best_last", "cached"),
    "selector": ("best_last", "cached"),
}
_BEST = 20
_NEVER = ("duplicate", "threshold")


@dataclass(frozen=True, slots=True)
class Talk:
    """Prompts, and how many of the best examples each of them shows."""

    prompts: list[str]
    in_common: list[float]

    def shared(self) -> float:
        """Of a prompt, what it has in common with the one before it, from its beginning."""
        return mean(
            characters_shared(before, prompt) / len(prompt)
            for before, prompt in pairwise(self.prompts)
        )


async def _talk(script: Corpus, mode: str, layout: str, folder: Path) -> Talk:
    engine = ScriptedEngine()
    sections: dict[str, Any] = {"retrieval": {"mode": mode}, "prompt": {"layout": layout}}
    async with running(folder, engine, **sections) as service:
        slug, _ = await service.upload(script)
        conversation = await service.converse(slug)
        in_common = _told_apart(service.services.prompt_builder)
        for message, engine.reply in json.loads(_TALK.read_text(encoding="utf-8")):
            answer = await service.client.post(
                f"/api/conversations/{conversation}/messages", json={"content": message}
            )
            answer.raise_for_status()
    return Talk([str(call.prompt) for call in engine.calls], in_common)


def _told_apart(prompt_builder: PromptBuilder) -> list[float]:
    """Grows with each turn: how many of the best its prompt shows."""
    told: list[float] = []
    prepare = prompt_builder.prepare

    async def noting(
        character: Character, dialogue: DialogueContext, material: PromptMaterial, **options: Any
    ) -> PreparedPrompt:
        prepared = await prepare(character, dialogue, material, **options)
        found = material.lines
        if isinstance(found, RankedReplies):
            offered = [each for each in prepared.decisions() if each.reason not in _NEVER]
            shown = [each.reason == "shown" for each in offered[:_BEST]]
        else:
            shown = [each.id in prepared.example_order for each in found.examples]
        told.append(mean(shown))
        return prepared

    prompt_builder.prepare = noting  # type: ignore[method-assign]
    return told


async def _compare(script: Corpus) -> None:
    for mode, layouts in _LAYOUTS.items():
        for layout in layouts:
            with tempfile.TemporaryDirectory() as name:
                talk = await _talk(script, mode, layout, Path(name))
            print(
                f"{mode}, {layout}: {talk.shared():.1%} shared; in common "
                f"{min(talk.in_common):.1%} at least, {mean(talk.in_common):.1%} on average"
            )


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="benchmarks.layouts", description=__doc__)
    parser.add_argument("--script", type=Path, help="by default the Chinese sample")
    parser.add_argument("--name", default="三三", help="who to talk to in it")
    parser.add_argument("--profile", type=Path, help="a file with the profile")
    chosen = parser.parse_args()
    corpus = sample_corpus()
    if chosen.script is not None:
        profile = chosen.profile.read_text(encoding="utf-8") if chosen.profile else ""
        corpus = Corpus(chosen.script, chosen.name, profile)
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(_compare(corpus))


if __name__ == "__main__":
    main()

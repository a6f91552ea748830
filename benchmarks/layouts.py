"""``python -m benchmarks.layouts``: compare the orders of examples in a prompt, in each mode.

Each has the same twenty turns with scripted replies, so all differences are the prompts'. *Shared*
is the part of a prompt, in characters, that it has in common with the prompt before, from its
beginning on: what an engine has in its cache; averaged from the second turn on. *In common* is the
share of the 20 best that a prompt shows (scenes in the mode ``reference``, exchanges in the
others), the least of all turns and their average.
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
from app.tools.bench.corpus import Corpus, chosen_corpus
from app.tools.bench.in_process import on_loopback
from app.turns.dialogue_context import DialogueContext
from app.turns.prepared_prompt import PreparedPrompt, PromptMaterial
from app.turns.prompt_builder import PromptBuilder
from benchmarks.prompt_cache import characters_shared

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
    """Hold the prompts of a conversation, and the share of the best examples each shows."""

    prompts: list[str]
    in_common: list[float]

    def shared(self) -> float:
        """Return the average share of a prompt that it has in common with the one before."""
        return mean(
            characters_shared(before, prompt) / len(prompt)
            for before, prompt in pairwise(self.prompts)
        )


async def _talk(corpus: Corpus, mode: str, layout: str, folder: Path) -> Talk:
    engine = ScriptedEngine()
    sections: dict[str, Any] = {"retrieval": {"mode": mode}, "prompt": {"layout": layout}}
    async with on_loopback(folder, engine, **sections) as service:
        slug, _ = await service.upload(corpus)
        conversation = await service.open_conversation(slug)
        in_common = _record_shown(service.services.prompt_builder)
        for message, engine.reply in json.loads(_TALK.read_text(encoding="utf-8")):
            await service.send(conversation, message)
    return Talk([str(call.prompt) for call in engine.calls], in_common)


def _record_shown(prompt_builder: PromptBuilder) -> list[float]:
    """Return a list that each turn appends to: the share of the best its prompt shows."""
    shares: list[float] = []
    prepare = prompt_builder.prepare

    async def recording(
        character: Character, dialogue: DialogueContext, material: PromptMaterial, **options: Any
    ) -> PreparedPrompt:
        prepared = await prepare(character, dialogue, material, **options)
        found = material.lines
        if isinstance(found, RankedReplies):
            offered = [each for each in prepared.decisions() if each.reason not in _NEVER]
            shown = [each.reason == "shown" for each in offered[:_BEST]]
        else:
            shown = [each.id in prepared.example_order for each in found.examples]
        shares.append(mean(shown))
        return prepared

    prompt_builder.prepare = recording  # type: ignore[method-assign]
    return shares


async def _compare(corpus: Corpus) -> None:
    for mode, layouts in _LAYOUTS.items():
        for layout in layouts:
            with tempfile.TemporaryDirectory() as name:
                talk = await _talk(corpus, mode, layout, Path(name))
            print(
                f"{mode}, {layout}: {talk.shared():.1%} shared; in common "
                f"{min(talk.in_common):.1%} at least, {mean(talk.in_common):.1%} on average"
            )


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="benchmarks.layouts", description=__doc__)
    parser.add_argument("--script", type=Path, help="by default the Chinese sample")
    parser.add_argument("--name", default="三三", help="who to talk to in it")
    parser.add_argument("--profile", type=Path, help="a file with the profile")
    chosen = parser.parse_args()
    corpus = chosen_corpus(chosen.script, chosen.name, chosen.profile)
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(_compare(corpus))


if __name__ == "__main__":
    main()

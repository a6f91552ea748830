"""``python -m benchmarks.layouts``: the orders of examples in a prompt, in each mode.

The same twenty turns in each; the engine says what it is told to, so all differences are the
prompts'. *Shared* is how much of a prompt, in characters, its predecessor began with, on average
from the second turn on: what an engine has in its cache. *In common* is how many of the lines that
the plain order shows are shown, at least in one turn and on average.
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

from app.bench.corpus import Corpus, sample_corpus
from app.engines.scripted import ScriptedEngine
from benchmarks.prompt_cache import characters_shared
from benchmarks.service import running

_TALK = Path(__file__).with_name("talk.json")
_LAYOUTS = {"reference": ("reference", "cached"), "selector": ("best_last", "cached")}
"""Of each mode: the plain order first."""


@dataclass(frozen=True, slots=True)
class Talk:
    """Prompts, and the lines of examples in each."""

    prompts: list[str]
    lines: list[set[str]]

    def shared(self) -> float:
        """Of a prompt, what it has in common with the one before it, from its beginning."""
        return mean(
            characters_shared(before, prompt) / len(prompt)
            for before, prompt in pairwise(self.prompts)
        )

    def in_common(self, plain: "Talk") -> list[float]:
        """Of the lines in each prompt of ``plain``."""
        both = zip(self.lines, plain.lines, strict=True)
        return [len(mine & theirs) / len(theirs) for mine, theirs in both]


async def _talk(script: Corpus, mode: str, layout: str, folder: Path) -> Talk:
    engine = ScriptedEngine()
    sections: dict[str, Any] = {"retrieval": {"mode": mode}, "prompt": {"layout": layout}}
    async with running(folder, engine, **sections) as service:
        slug, _ = await service.upload(script)
        conversation = await service.converse(slug)
        lines = []
        for message, engine.reply in json.loads(_TALK.read_text(encoding="utf-8")):
            answer = await service.client.post(
                f"/api/conversations/{conversation}/messages", json={"content": message}
            )
            answer.raise_for_status()
            examples = answer.json()["reply"]["examples"]
            lines.append({line for example in examples for line in example["lines"]})
    return Talk([str(call.prompt) for call in engine.calls], lines)


async def _compare(script: Corpus) -> None:
    for mode, layouts in _LAYOUTS.items():
        talks = []
        for layout in layouts:
            with tempfile.TemporaryDirectory() as name:
                talks.append(await _talk(script, mode, layout, Path(name)))
            common = talks[-1].in_common(talks[0])
            print(
                f"{mode}, {layout}: {talks[-1].shared():.1%} shared; "
                f"in common {min(common):.1%} at least, {mean(common):.1%} on average"
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

"""``python -m benchmarks.stage_cache``: how much of a stage's prompts an engine has read already.

Twenty turns of three characters of the English sample, who answer one after the other, beside the
same twenty turns with each of them alone; the lines are the script's, no text is generated. A share
is what a prompt has in common, from its beginning on and in characters, with the prompt before it
(an engine that keeps one prompt), or with the earlier prompt that it has most in common with (one
that keeps all, as vLLM's prefix cache does); averaged from each character's second turn on.
"""

import argparse
import asyncio
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from statistics import mean

from uvicorn.loops.auto import auto_loop_factory

from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from app.tools.bench.corpus import Corpus
from app.tools.bench.figures import Figure
from app.tools.evaluation.evaluated_service import EvaluatedService, open_service
from benchmarks.prompt_cache import characters_shared

TURNS = 20
_CAST = 3
_SAMPLE = "the-rear-was-adequate"


@dataclass(slots=True)
class _Shares:
    """Collect the shares of prompts that were read before."""

    prompts: list[str] = field(default_factory=list)
    """Of the conversation that is played."""
    characters: list[int] = field(default_factory=list)
    newest: list[float] = field(default_factory=list)
    any: list[float] = field(default_factory=list)

    def add(self, prompt: str, *, first: bool) -> None:
        """Add a prompt; a character's ``first`` counts in no share."""
        if not first:
            shared = [characters_shared(each, prompt) / len(prompt) for each in self.prompts]
            self.newest.append(shared[-1])
            self.any.append(max(shared))
        self.prompts.append(prompt)
        self.characters.append(len(prompt))

    def figures(self, what: str) -> list[Figure]:
        """Return the averages."""
        return [
            Figure(f"{what}: shared with any earlier prompt", 100 * mean(self.any), "%"),
            Figure(f"{what}: shared with the prompt before", 100 * mean(self.newest), "%"),
            Figure(f"{what}: a prompt", mean(self.characters), "chars"),
        ]


async def stage_shares() -> list[Figure]:
    """Return the shares on a stage, and of its characters alone."""
    engine = ScriptedEngine()
    with tempfile.TemporaryDirectory(prefix="offbook-stage-") as folder:
        async with open_service(Settings(), Path(folder), _say_nothing, engine=engine) as service:
            slugs, lines = await _cast(service)
            together, alone = _Shares(), _Shares()
            await _play(service, engine, slugs, lines, together)
            for slug in slugs:
                alone.prompts = []
                await _play(service, engine, [slug], lines, alone)
    return [
        figure
        for what, shares in (("a stage of three", together), ("one character", alone))
        for figure in shares.figures(what)
    ]


async def _play(
    service: EvaluatedService,
    engine: ScriptedEngine,
    slugs: Sequence[str],
    lines: Sequence[str],
    shares: _Shares,
) -> None:
    """Play the turns in a conversation of its own, and add the shares of their prompts."""
    opened = await service.json("POST", "/api/conversations", json={"characters": slugs})
    for turn in range(TURNS):
        speaker = slugs[turn % len(slugs)]
        engine.reply = lines[2 * turn + 1]
        body = {"content": lines[2 * turn]} | ({"speaker": speaker} if len(slugs) > 1 else {})
        await service.json("POST", f"/api/conversations/{opened['id']}/messages", json=body)
        shares.add(str(engine.calls[-1].prompt), first=turn < len(slugs))


async def _cast(service: EvaluatedService) -> tuple[list[str], Sequence[str]]:
    """Store the characters; return their slugs, and lines of the script to be said."""
    source = Path(str(files("characters.samples") / _SAMPLE))
    sample = tomllib.loads((source / "sample.toml").read_text(encoding="utf-8"))
    scenes = list(Corpus(source / "script.txt", "").scenes())
    slugs = [
        await service.add_character(
            each["name"], each["profile"].strip(), each["name"], scenes, each["speakers"]
        )
        for each in sample["characters"][:_CAST]
    ]
    await service.until_all_indexed(slugs, _say_nothing)
    return slugs, [line.text for scene in scenes for line in scene.lines if line.text]


def _say_nothing(_line: str) -> None:
    """Take a line about the progress, which takes seconds."""


def main() -> None:
    """Measure and report."""
    argparse.ArgumentParser(prog="benchmarks.stage_cache", description=__doc__).parse_args()
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        for figure in runner.run(stage_shares()):
            print(f"{figure.name}: {figure.value:.1f} {figure.unit}")


if __name__ == "__main__":
    main()

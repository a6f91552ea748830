"""``python -m benchmarks.readiness``: from the upload of a script to the reply index.

Every script is uploaded to a service of its own, by turns with a thread on each core and with one
thread fewer, as it was before: the ratio holds on a busy machine too, the seconds only on a quiet
one. The vectors that come with the samples are left out, but for the last figure.
"""

import argparse
import asyncio
import os
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from statistics import median

from uvicorn.loops.auto import auto_loop_factory

from app.search.passage_embedding import default_workers
from app.settings import AccessSettings, EngineSettings, Settings
from app.tools.bench.clocks import TimedEngine
from app.tools.bench.corpus import Corpus, chosen_corpus
from app.tools.bench.figure_report import write_figures
from app.tools.bench.figures import Figure
from app.tools.bench.in_process import InProcessService, LoopbackService, in_process, on_loopback
from benchmarks.unshipped import UnshippedEmbedder

_POLL_SECONDS = 0.02
_TARGETS = {"三三": "<= 20"}
_SAMPLE_TARGET = "<= 60"


@dataclass(frozen=True, slots=True)
class _Upload:
    """Hold the seconds from an upload to the first answer and to the reply index."""

    answers: float
    selector: float
    cpu: float
    """Seconds of all threads of the service, of the client too."""


def _samples() -> Iterator[Corpus]:
    for folder in sorted(Path(str(files("characters") / "samples")).iterdir()):
        if (folder / "sample.toml").is_file():
            sample = tomllib.loads((folder / "sample.toml").read_text(encoding="utf-8"))
            for character in sample["characters"]:
                yield Corpus(folder / "script.txt", character["speakers"][0])


async def _upload(corpus: Corpus, workers: int) -> _Upload:
    folder = Path(tempfile.mkdtemp(prefix="offbook-readiness-"))
    os.environ["OFFBOOK_EMBEDDER__INGESTION_WORKERS"] = str(workers)
    async with on_loopback(folder, TimedEngine(), UnshippedEmbedder()) as service:
        return await _timed(service, corpus)


async def _timed(service: LoopbackService, corpus: Corpus) -> _Upload:
    cpu, started = time.process_time(), time.perf_counter()
    imported = await service.json(
        "POST",
        "/api/characters/import",
        files={"file": (corpus.path.name, corpus.path.read_bytes())},
        data={"name": corpus.name},
    )
    path = f"/api/characters/{imported['character']['slug']}"
    answers = 0.0
    while not (shown := await service.json("GET", path))["selection_ready"]:
        if shown["status"] == "ready" and not answers:
            answers = time.perf_counter() - started
        await asyncio.sleep(_POLL_SECONDS)
    selector = time.perf_counter() - started
    return _Upload(answers or selector, selector, time.process_time() - cpu)


async def _compare(corpus: Corpus, rounds: int) -> list[Figure]:
    cores = default_workers()
    runs: dict[int, list[_Upload]] = {cores: [], max(1, cores - 1): []}
    for _ in range(rounds):
        for workers, done in runs.items():
            done.append(await _upload(corpus, workers))
    all_cores, fewer = runs[cores], runs[max(1, cores - 1)]
    name, target = corpus.name, _TARGETS.get(corpus.name, _SAMPLE_TARGET)
    seconds = median(run.selector for run in all_cores)
    before = median(run.selector for run in fewer)
    return [
        Figure(f"{name}, upload to the first answer", median(r.answers for r in all_cores), "s"),
        Figure(f"{name}, upload to the reply index", seconds, "s", target),
        Figure(f"{name}, the same with a core left idle", before, "s"),
        Figure(f"{name}, all cores / one fewer", seconds / before, "x"),
        Figure(f"{name}, CPU of the service", median(run.cpu for run in all_cores), "s"),
    ]


async def _first_start() -> Figure:
    """Measure from the start of a service without data to its samples' reply indexes."""
    settings = Settings(
        data_dir=Path(tempfile.mkdtemp(prefix="offbook-readiness-")),
        access=AccessSettings(),
        engine=EngineSettings(kind="scripted"),
        load_samples=True,
    )
    started = time.perf_counter()
    async with in_process(settings) as service:
        while not await _all_ready(service):
            await asyncio.sleep(_POLL_SECONDS)
    return Figure("first start to the samples' reply indexes", time.perf_counter() - started, "s")


async def _all_ready(service: InProcessService) -> bool:
    items = (await service.json("GET", "/api/characters"))["items"]
    return all(each["selection_ready"] for each in items)


async def _measure(corpora: list[Corpus], rounds: int) -> list[Figure]:
    figures = [figure for corpus in corpora for figure in await _compare(corpus, rounds)]
    return [*figures, await _first_start()]


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.readiness", description=__doc__)
    parser.add_argument("--script", type=Path, help="a script to measure before the samples")
    parser.add_argument("--name", help="who to talk to in it; by default the file's name")
    parser.add_argument("--no-samples", action="store_true", help="measure the script alone")
    parser.add_argument("--rounds", type=int, default=1, help="uploads of each kind, interleaved")
    parser.add_argument("--out", type=Path, default=Path("build/readiness.json"))
    arguments = parser.parse_args()
    corpora = [] if arguments.no_samples else list(_samples())
    if arguments.script:
        corpora.insert(0, chosen_corpus(arguments.script, arguments.name, None))
    print(f"Load of the machine before: {os.getloadavg()[0]:.1f}")
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # as ``offbook serve``
        print(write_figures(runner.run(_measure(corpora, arguments.rounds)), arguments.out))


if __name__ == "__main__":
    main()

"""``make bench``: every figure in one run, with the machine's name and the date."""

import argparse
import asyncio
from pathlib import Path

from uvicorn.loops.auto import auto_loop_factory

from app.engines.catalogue import find_model
from app.settings import Settings
from app.tools.bench.corpus import Corpus, sample_corpus
from benchmarks import measures, parsing, prompt_cache, selector
from benchmarks.figures import Figure, write_report


def _script(arguments: argparse.Namespace) -> Corpus:
    if arguments.script is None:
        return sample_corpus()
    profile = arguments.profile.read_text(encoding="utf-8") if arguments.profile else ""
    return Corpus(arguments.script, arguments.name or arguments.script.stem, profile)


async def _measure(script: Corpus) -> list[Figure]:
    figures = await measures.turn_overhead(script)
    figures += await measures.ingestion(script)
    figures += await asyncio.to_thread(parsing.reading_speed)
    figures += await asyncio.to_thread(parsing.reading_memory)
    figures += await asyncio.to_thread(selector.selector_turns)
    figures += await prompt_cache.shared_beginnings(script, sample_corpus())
    if find_model("demo").is_present(Settings().engine.models_dir):
        figures += await measures.first_token_beside_ingestion(script)
        figures += await asyncio.to_thread(measures.start_up)
    else:
        print("Without the demo model two measurements are left out: offbook model pull demo")
    return figures


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--script", type=Path, help="a script; by default the Chinese sample")
    parser.add_argument("--name", help="who to talk to in it; by default the file's name")
    parser.add_argument("--profile", type=Path, help="a file with the profile")
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"))
    arguments = parser.parse_args()
    script = _script(arguments)
    print(f"Measuring with {script.path.name} as {script.name}; takes a minute or two.")
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # as ``offbook serve``
        write_report(runner.run(_measure(script)), arguments.out)


if __name__ == "__main__":
    main()

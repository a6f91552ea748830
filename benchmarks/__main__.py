"""``make bench``: every figure in one run, with the machine and the date."""

import argparse
import asyncio
from pathlib import Path

from uvicorn.loops.auto import auto_loop_factory

from app.engines.catalogue import find_model
from app.settings import Settings
from app.tools.bench.corpus import Corpus, chosen_corpus, sample_corpus
from app.tools.bench.figure_report import write_figures
from app.tools.bench.figures import Figure
from benchmarks import measures, parsing, prompt_cache, selector


async def _measure(corpus: Corpus) -> list[Figure]:
    figures = await measures.turn_overhead(corpus)
    figures += await measures.ingestion(corpus)
    figures += await asyncio.to_thread(parsing.reading_speed)
    figures += await asyncio.to_thread(parsing.reading_memory)
    figures += await asyncio.to_thread(selector.selector_turns)
    figures += await prompt_cache.shared_prefixes(corpus, sample_corpus())
    if find_model("demo").is_present(Settings().engine.models_dir):
        figures += await measures.first_token_beside_ingestion(corpus)
        figures += await measures.start_up()
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
    corpus = chosen_corpus(arguments.script, arguments.name, arguments.profile)
    print(f"Measuring with {corpus.path.name} as {corpus.name}; takes a minute or two.")
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # as ``offbook serve``
        print(write_figures(runner.run(_measure(corpus)), arguments.out))


if __name__ == "__main__":
    main()

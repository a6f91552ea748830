"""Measure how fast scripts are read, and in how much memory: ``python -m benchmarks.parsing``."""

import argparse
import math
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path

from app.resident_memory import resident_bytes
from app.tools.bench.figure_report import write_figures
from app.tools.bench.figures import Figure
from characters.scripts.reader import read_script
from characters.scripts.report import ParseReport

_MEGABYTE = 1_000_000
_SPEED_BYTES = 20 * _MEGABYTE
_MEMORY_BYTES = 100 * _MEGABYTE
_RUNS = 5
_FORMATS = ("text", "csv", "table", "jsonl")
_NAMES = ("掌柜", "阿禾", "Mara", "老船夫")
_TEXTS = (
    "今天的雨下得真大，你怎么还不回家呢？",
    "（放下伞）来一碗，多放葱。",
    "The lamp went out twice, and nobody lit it again.",
    "那就等到天亮，反正船也不会自己开走：潮水还没有来，谁也急不得。",
    "好嘞。",
)


def reading_speed() -> list[Figure]:
    """Measure reading from the first byte to the report; the best of some runs in each format.

    Counts seconds of the processor: reading takes one thread, and other processes do not count.
    """
    figures = []
    for format in _FORMATS:
        content = _make_script(format, _SPEED_BYTES)
        seconds = min(_time(content, format) for _ in range(_RUNS))
        target = ">= 20" if format in ("text", "csv") else ""
        speed = len(content) / _MEGABYTE / seconds
        figures.append(Figure(f"reading a script, {format}", speed, "MB/s", target))
    return figures


def reading_memory() -> list[Figure]:
    """Measure by how much a process grows after it has read a small script."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.txt"
        path.write_bytes(_make_script("text", _MEMORY_BYTES))
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            growth = pool.apply(_growth, (path,))
    return [Figure("reading 100 MB of text, memory above idle", growth, "MB", "< 300")]


def _time(content: bytes, format: str) -> float:
    start = time.process_time()
    reading = read_script(BytesIO(content), f"script.{format}")
    assert reading.format == format
    for _ in ParseReport().observe(reading):
        pass
    return time.process_time() - start


def _growth(path: Path) -> float:
    """Return the megabytes between idle and the peak; runs in a process of its own."""
    _time(_make_script("text", _MEGABYTE), "text")
    idle = resident_bytes("VmRSS") or math.nan
    with path.open("rb") as file:
        for _ in ParseReport().observe(read_script(file, path.name)):
            pass
    return ((resident_bytes("VmHWM") or math.nan) - idle) / _MEGABYTE


def _make_script(format: str, size: int) -> bytes:
    """Return scenes of four lines, the same in every run, of about ``size`` bytes."""
    header = {"csv": "序号,对话\n", "table": "scene,speaker,line\n"}.get(format, "")
    parts = [header.encode()]
    left = size
    lines = cycle(zip(cycle(_NAMES), islice(cycle(_TEXTS), 20), strict=False))
    number = 0
    while left > 0:
        number += 1
        scene = "".join(_write_scene(format, number, list(islice(lines, 4)))).encode()
        parts.append(scene)
        left -= len(scene)
    return b"".join(parts)


def _write_scene(format: str, number: int, lines: list[tuple[str, str]]) -> Iterator[str]:
    said = "\n".join(f"{name}：{text}" for name, text in lines)
    if format == "text":
        yield f"{said}\n\n"
    elif format == "csv":
        yield f'{number},"{said}"\n'
    elif format == "table":
        yield from (f'{number},{name},"{text}"\n' for name, text in lines)
    else:
        yield from (
            f'{{"scene": {number}, "speaker": "{name}", "line": "{text}"}}\n'
            for name, text in lines
        )


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parsing", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/bench-parsing.json"))
    out = parser.parse_args().out
    print(write_figures([*reading_speed(), *reading_memory()], out))


if __name__ == "__main__":
    main()

"""Measure how the time of reading grows with a file: ``python -m benchmarks.scaling``.

Each kind of file is made in doubling sizes, as people write it and in hostile shapes. The exponent
is 1 where twice the file takes twice the time. Seconds are the processor's, so that other processes
do not count.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO

from app.tools.bench.environment import date, machine
from characters.errors import FileError
from characters.scripts.findings import summarise
from characters.scripts.model import ParseLimits
from characters.scripts.reader import read_script
from characters.scripts.report import ParseReport
from fuzz.kinds import KINDS, Kind

SIZES = (1 << 15, 1 << 16, 1 << 17)
MOST = 1.15
"""Exponents above are reported as failures."""
_BRIEF = 0.15
"""Seconds of the largest size below which an exponent is nothing but noise."""
_RUNS = 2
_LIMITS = ParseLimits(line_characters=1 << 20)

Shape = Callable[[Kind, int], bytes]


def _repeat(text: str, size: int) -> str:
    return text * (size // len(text.encode()))


def _many(make: Callable[[Kind, int], str]) -> Shape:
    """Return a shape of many pieces, each made with its number."""

    def shape(kind: Kind, size: int) -> bytes:
        count = max(1, size // len(make(kind, 0).encode()))
        return kind.join([kind.piece, *(make(kind, number) for number in range(count))])

    return shape


def _said(text: str) -> Shape:
    """Return a shape in which the first speaker says ``text`` over and over, in one row."""
    return lambda kind, size: kind.join([kind.saying(_repeat(text, size)), kind.piece])


def _rows(text: str) -> Shape:
    """Return a shape with ``text`` over and over between two pieces."""
    return lambda kind, size: kind.join([kind.piece, _repeat(text, size), kind.piece])


def _nested(opening: str, closing: str) -> Shape:
    def shape(kind: Kind, size: int) -> bytes:
        count = size // 2
        return kind.join([kind.saying(f"{opening * count} a {closing * count}"), kind.piece])

    return shape


SHAPES: dict[str, Shape] = {
    "as written": lambda kind, size: kind.write(size),
    "many short rows": _rows("a\n"),
    "one long row": _said("so on, "),
    "many speakers": _many(lambda kind, number: kind.named(f"Mira {number}")),
    "one long name": lambda kind, size: kind.join([kind.named(_repeat("Mira ", size)), kind.piece]),
    "nested brackets": _nested("(", ")"),
    "nested braces": _nested("{", "}"),
    "unclosed brackets": _said("([{（【「“<"),
    "unclosed speeches": _many(lambda kind, _: kind.saying("“「([{<!-- /* Late")),
    "quotation marks": _said("'\"“”«"),
    "tags": _said("<b>[b]<i a='b'>"),
    "comments": _said("<!--/*[[{{<ref>"),
    "a gap": lambda kind, size: kind.join([kind.saying(f"a{' ' * size}b"), kind.piece]),
    "colons": _said("a: "),
    "blank rows": _rows("\n"),
    "headings": _rows("# a\nSCENE 1\n\n第一场\n== a ==\n\n"),
}


@dataclass(frozen=True, slots=True)
class Growth:
    """Hold the times of one shape in doubling sizes."""

    shape: str
    sizes: list[int]
    seconds: list[float]

    @property
    def exponent(self) -> float:
        """Return the logarithm of time over that of size, from the smallest size to the largest."""
        if self.sizes[-1] == self.sizes[0]:  # a shape that the kind cannot take, such as a name
            return 0.0
        grown = math.log(self.seconds[-1] / self.seconds[0])
        return grown / math.log(self.sizes[-1] / self.sizes[0])

    @property
    def speed(self) -> float:
        """Return megabytes in a second, of the largest size."""
        return self.sizes[-1] / 1_000_000 / self.seconds[-1]

    @property
    def fails(self) -> bool:
        """Return whether time grows faster than the file."""
        return self.exponent > MOST and self.seconds[-1] > _BRIEF


def measure(kind: Kind, shapes: list[str]) -> Iterator[Growth]:
    """Yield the growth of each shape of a kind."""
    for name in shapes:
        contents = [SHAPES[name](kind, size) for size in SIZES]
        seconds = [min(_time(content, kind) for _ in range(_RUNS)) for content in contents]
        yield Growth(name, [len(content) for content in contents], seconds)


def _time(content: bytes, kind: Kind) -> float:
    """Return the seconds from the first byte to the findings, or to the refusal of the file."""
    start = time.process_time()
    report = ParseReport()
    try:
        reading = read_script(BytesIO(content), kind.filename, format=kind.format, limits=_LIMITS)
        for _ in report.observe(reading):
            pass
        summarise(reading, report)
    except FileError:
        pass
    return time.process_time() - start


def main() -> None:
    """Measure, and print a row for each kind; exit with 1 where time grows faster than a file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--shape", action="append", choices=SHAPES, help="by default all")
    arguments = parser.parse_args()
    if unknown := set(arguments.kinds) - KINDS.keys():
        parser.error(f"no such kind: {', '.join(sorted(unknown))}")
    print(f"{machine()}\n{date()}\n")
    print(f"{'kind':22} {'MB/s':>7} {'exponent':>8}   the shape with the highest exponent")
    failures = [
        (name, growth)
        for name in arguments.kinds or KINDS
        for growth in _report(name, arguments.shape or list(SHAPES))
        if growth.fails
    ]
    for name, growth in failures:
        times = ", ".join(f"{second:.2f} s" for second in growth.seconds)
        print(f"{name}, {growth.shape}: exponent {growth.exponent:.2f} ({times})")
    sys.exit(bool(failures))


def _report(name: str, shapes: list[str]) -> list[Growth]:
    found = list(measure(KINDS[name], shapes))
    worst = max(found, key=lambda growth: growth.exponent)
    print(
        f"{name:22} {found[0].speed:7.1f} {found[0].exponent:8.2f}   {worst.exponent:.2f}"
        f" {worst.shape}, {worst.speed:.1f} MB/s",
        flush=True,
    )
    return found


if __name__ == "__main__":
    main()

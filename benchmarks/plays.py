"""Measure how many speeches of whole plays get the right name: ``python -m benchmarks.plays TEI…``.

The truth is a play's TEI (``sp`` with ``speaker``, ``l``, ``p`` and ``stage``), which no reader of
scripts sees: it is printed in the layouts of common editions, and these are read. Prints a share
for each layout, and the exponent of the time as a play doubles.
"""

import argparse
import math
import time
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

from characters.scripts.model import Scene
from characters.scripts.reader import read_script

_TEI = "{http://www.tei-c.org/ns/1.0}"


class _Part(NamedTuple):
    kind: str
    """``heading``, ``direction`` or ``speech``."""
    rows: list[str]
    speaker: str = ""


def _own_row(part: _Part) -> str:
    return f"{part.speaker.upper()}.\n" + "\n".join(part.rows)


def _in_row(part: _Part) -> str:
    return f"{part.speaker.upper()}. " + "\n  ".join(part.rows)


def _small(part: _Part) -> str:
    return f"{part.speaker}.  " + "\n".join(part.rows)


def _gap(part: _Part) -> str:
    if len(part.rows) == 1:
        return f"{part.speaker.upper()}  {part.rows[0]}"
    return f"{part.speaker.upper()}\n" + "\n".join(part.rows)


def _tab(part: _Part) -> str:
    return f"{part.speaker.upper()}\t" + "\n\t".join(part.rows)


LAYOUTS: dict[str, Callable[[_Part], str]] = {
    "a name above (Gutenberg)": _own_row,
    "a name before": _in_row,
    "small letters": _small,
    "two spaces (Folger)": _gap,
    "tabs (MIT)": _tab,
}


def read_play(source: bytes) -> list[_Part]:
    """Return the parts of a TEI play in order."""
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415  # only where it is needed

    body = fromstring(source).find(f".//{_TEI}body")
    return [] if body is None else list(_walk(body))


def _walk(element: Element) -> Iterator[_Part]:
    for child in element:
        tag = child.tag.removeprefix(_TEI)
        if tag == "head":
            yield _Part("heading", [_text(child)])
        elif tag == "stage":
            yield _Part("direction", [f"[{_text(child).strip('[]() ')}]"])
        elif tag == "sp":
            yield from _read_speech(child)
        else:
            yield from _walk(child)


def _read_speech(speech: Element) -> Iterator[_Part]:
    speaker = speech.find(f"{_TEI}speaker")
    rows = [
        row
        for tag in ("l", "p", "ab")
        for each in speech.iter(f"{_TEI}{tag}")
        if (row := _text(each))
    ]
    if speaker is not None and rows:
        yield _Part("speech", rows, _text(speaker).strip(" .:"))


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def print_play(parts: Sequence[_Part], layout: Callable[[_Part], str]) -> str:
    """Return the play as an edition prints it."""
    shown = [layout(part) if part.kind == "speech" else part.rows[0] for part in parts]
    return "\n\n".join(shown) + "\n"


def share_right(parts: Sequence[_Part], text: str) -> float:
    """Return the share of speeches that are read under the right name, in order."""
    truth = [_key(part.speaker) for part in parts if part.kind == "speech"]
    items = list(read_script(BytesIO(text.encode()), "play.txt"))
    found = [_key(line.speaker) for item in items if isinstance(item, Scene) for line in item.lines]
    blocks = SequenceMatcher(None, truth, found, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / max(1, len(truth))


def _key(name: str) -> str:
    return "".join(name.casefold().replace(".", "").split())


def _exponent(text: str) -> float:
    """Return by which power of its size the time to read a play grows."""
    seconds = []
    for times in (1, 2):
        started = time.process_time()
        for _ in read_script(BytesIO((text * times).encode()), "play.txt", format="play"):
            pass
        seconds.append(max(1e-4, time.process_time() - started))
    return math.log2(seconds[1] / seconds[0])


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plays", description=__doc__)
    parser.add_argument("plays", nargs="+", type=Path, help="plays in TEI")
    for path in parser.parse_args().plays:
        parts = read_play(path.read_bytes())
        speeches = sum(part.kind == "speech" for part in parts)
        for name, layout in LAYOUTS.items():
            text = print_play(parts, layout)
            share, power = share_right(parts, text), _exponent(text)
            print(f"{path.name}: {name}: {share:.2%} of {speeches:,} speeches, time n^{power:.2f}")


if __name__ == "__main__":
    main()

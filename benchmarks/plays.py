"""Measure how many speeches of whole plays get the right name.

The truth never comes from a reader of scripts: it is a play's TEI (``sp`` with ``speaker``), or
what one regular expression finds in the file, which whoever measures checks by hand.

- ``python -m benchmarks.plays PLAY.xml …`` prints plays in TEI in the layouts of common editions
  and reads these; it also prints the exponent of the time as a play doubles.
- ``python -m benchmarks.plays --read FILE --truth PLAY.xml`` reads a file of the same play.
- ``python -m benchmarks.plays --read FILE --pattern '^(?P<name>[A-Z ]+)[.]$'`` reads a file whose
  speeches the expression begins; what ``(?P<direction>…)`` finds is no part of a speech, and any
  other alternative ends one.

Speeches are compared by their words, because editions differ. One is right if at least half of
its words that stand in the file were given to its name. ``--same FOUND=NAME`` says that two
editions name a person differently, ``--list`` shows the speeches that are not right, and the lines
that are no speech.
"""

import argparse
import math
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from benchmarks.play_alignment import align, split_words
from benchmarks.play_truth import Part, read_by_pattern, read_tei, strip_directions
from characters.scripts.model import Scene
from characters.scripts.reader import read_script

_TAG = re.compile(r"<[^>]*>")
_OPENING = re.compile(r"\A\s*(?:[(（][^()（）]*[)）]\s*)+")
"""The direction that opens a line."""
_SHOWN = 100


def _upper(part: Part) -> str:
    return part.name.upper() + part.speaker[len(part.name) :]


def _title(part: Part) -> str:
    return part.name.title() + part.speaker[len(part.name) :]


def _own_row(part: Part) -> str:
    return f"{_upper(part)}.\n" + "\n".join(part.rows)


def _in_row(part: Part) -> str:
    return f"{_upper(part)}. " + "\n  ".join(part.rows)


def _small(part: Part) -> str:
    return f"{_title(part)}.  " + "\n".join(part.rows)


def _italic(part: Part) -> str:
    return f"_{_title(part)}._ " + "\n".join(part.rows)


def _manner(part: Part) -> str:
    """Return a speech whose opening direction stands before the stop."""
    first, *rest = part.rows
    manner = re.match(r"\[[^\]]*\]", first)
    begin = f"{_upper(part)} {manner[0]}. " if manner else f"{_upper(part)}. "
    return begin + "\n".join([first[manner.end() if manner else 0 :].strip(), *rest])


def _gap(part: Part) -> str:
    if len(part.rows) == 1:
        return f"{_upper(part)}  {part.rows[0]}"
    return f"{_upper(part)}\n" + "\n".join(part.rows)


def _tab(part: Part) -> str:
    return f"{_upper(part)}\t" + "\n\t".join(part.rows)


LAYOUTS: dict[str, Callable[[Part], str]] = {
    "a name above": _own_row,
    "a name before": _in_row,
    "small letters": _small,
    "italics": _italic,
    "a manner before the stop": _manner,
    "two spaces": _gap,
    "tabs": _tab,
}


class Verdict(NamedTuple):
    """Hold how a play was read."""

    speeches: int
    """Speeches that stand in the file."""
    right: int
    absent: int
    """Speeches of the truth that this edition does not have."""
    wrong: list[str]
    """The others: who speaks, whom the reading names, and the words."""
    no_speech: list[str]
    """Lines of the reading that are in no speech of the truth."""

    @property
    def share(self) -> float:
        """Return the share of speeches that are read under the right name."""
        return self.right / max(1, self.speeches)


def print_play(parts: Sequence[Part], layout: Callable[[Part], str]) -> str:
    """Return the play as an edition prints it."""
    shown = [layout(part) if part.kind == "speech" else part.rows[0] for part in parts]
    return "\n\n".join(shown) + "\n"


def judge(
    truth: Sequence[Part], source: bytes, filename: str, same: Mapping[str, str] | None = None
) -> Verdict:
    """Return how the file ``source`` is read, beside the speeches of ``truth``."""
    speeches = [part for part in truth if part.kind == "speech"]
    said = [split_words(part.said) for part in speeches]
    items = read_script(BytesIO(source), filename)
    lines = [line for item in items if isinstance(item, Scene) for line in item.lines]
    read = [split_words(_OPENING.sub("", strip_directions(line.text), count=1)) for line in lines]
    owner = [index for index, words in enumerate(read) for _ in words]
    words = [word for speech in said for word in speech]
    shown = align(words, split_words(_TAG.sub(" ", source.decode("utf-8", "replace"))))
    given = align(words, [word for line in read for word in line])
    names = {_key(name): _key(meant) for name, meant in (same or {}).items()}
    keys = [names.get(key, key) for key in (_key(line.speaker) for line in lines)]
    used: Counter[int] = Counter()
    verdict = Verdict(0, 0, 0, [], [])
    at = 0
    for part, speech in zip(speeches, said, strict=True):
        here = range(at, at + len(speech))
        at += len(speech)
        present = sum(shown[word] >= 0 for word in here)
        found = Counter(owner[given[word]] for word in here if given[word] >= 0)
        used.update(found)
        if 2 * present < len(speech) or not speech:
            verdict = verdict._replace(absent=verdict.absent + 1)
            continue
        meant = names.get(_key(part.name), _key(part.name))
        right = sum(count for line, count in found.items() if keys[line] == meant)
        is_right = 2 * right >= present
        verdict = verdict._replace(speeches=verdict.speeches + 1, right=verdict.right + is_right)
        if not is_right:
            by = ", ".join(f"{lines[line].speaker} {n}" for line, n in found.most_common(3))
            verdict.wrong.append(f"{part.speaker} <- {by or 'nobody'}: {_cut(part.said)}")
    for index, line in enumerate(lines):
        if 2 * used[index] < len(read[index]):
            verdict.no_speech.append(f"row {line.row}, {line.speaker}: {_cut(line.text)}")
    return verdict


def _key(name: str) -> str:
    return "".join(split_words(name))


def _cut(text: str) -> str:
    return " ".join(text.split())[:_SHOWN]


def _exponent(text: str) -> float:
    """Return by which power of its size the time to read a play grows."""
    seconds = []
    for times in (1, 2):
        started = time.process_time()
        for _ in read_script(BytesIO((text * times).encode()), "play.txt", format="play"):
            pass
        seconds.append(max(1e-4, time.process_time() - started))
    return math.log2(seconds[1] / seconds[0])


def _report(name: str, verdict: Verdict, *, listed: bool, more: str = "") -> None:
    print(
        f"{name}: {verdict.share:.2%} of {verdict.speeches:,} speeches"
        f" ({verdict.absent} more are not in this edition),"
        f" {len(verdict.no_speech)} lines that are no speech{more}"
    )
    if listed:
        print(*(f"  {each}" for each in verdict.wrong), sep="\n")
        print(*(f"  no speech: {each}" for each in verdict.no_speech), sep="\n")


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.plays",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("plays", nargs="*", type=Path, help="plays in TEI, to be printed and read")
    parser.add_argument("--read", type=Path, help="a play in any format")
    parser.add_argument("--truth", type=Path, help="the same play in TEI")
    parser.add_argument("--pattern", help="an expression that begins the speeches of the file")
    parser.add_argument("--same", action="append", default=[], help="two names of one person")
    parser.add_argument("--list", action="store_true", help="show what is not right")
    options = parser.parse_args()
    same = dict(pair.split("=", 1) for pair in options.same)
    if options.read:
        source = options.read.read_bytes()
        if options.truth:
            truth = read_tei(options.truth.read_bytes())
        else:
            truth = read_by_pattern(source.decode("utf-8", "replace"), options.pattern)
        verdict = judge(truth, source, options.read.name, same)
        _report(options.read.name, verdict, listed=options.list)
    for path in options.plays:
        parts = read_tei(path.read_bytes())
        for name, layout in LAYOUTS.items():
            text = print_play(parts, layout)
            verdict = judge(parts, text.encode(), "play.txt", same)
            more = f", time n^{_exponent(text):.2f}"
            _report(f"{path.name}, {name}", verdict, listed=options.list, more=more)


if __name__ == "__main__":
    main()

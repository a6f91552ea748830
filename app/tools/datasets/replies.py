"""Choose the lines of a character that are answers, and count why the others are none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.engines.port import ScoringEngine
from app.search.benchmark.corpus import BenchmarkCharacter
from app.search.benchmark.costs import AT_ONCE
from app.search.benchmark.folds import spoken_letters
from app.tools.datasets.tally import Reason
from characters.passages.duplicates import find_duplicates
from characters.passages.windows import without_directions
from characters.scripts.model import Line

Reply = tuple[int, int]
"""(scene, position) of a line."""
Drop = Callable[[Reason, int], None]
"""Counts lines that are left out for a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Hold which answers are wanted."""

    least_letters: int = 2
    most_tokens: int = 400
    near_duplicates: bool = False
    """Whether nearly equal answers to nearly equal lines stay."""
    most: int | None = None
    """Most answers of one character."""


async def choose_replies(
    subject: BenchmarkCharacter, bounds: Bounds, engine: ScoringEngine, drop: Drop
) -> list[Reply]:
    """Return the lines that answer another's, in the script's order; ``drop`` counts the others."""
    answers = _answers(subject, drop)
    long_enough = [each for each in answers if _letters(subject, each) >= bounds.least_letters]
    drop("too_short", len(answers) - len(long_enough))
    fitting = await _fitting(subject, long_enough, bounds.most_tokens, engine)
    drop("too_long", len(long_enough) - len(fitting))
    distinct = _distinct(subject, fitting, bounds, drop)
    chosen = _spread(distinct, bounds.most)
    drop("over_most", len(distinct) - len(chosen))
    return chosen


def answer_of(subject: BenchmarkCharacter, reply: Reply) -> str:
    """Return the text of a line, without stage directions."""
    number, at = reply
    return without_directions(subject.scenes[number].lines[at].text)


def _answers(subject: BenchmarkCharacter, drop: Drop) -> list[Reply]:
    found: list[Reply] = []
    for number, scene in enumerate(subject.scenes):
        for at, line in enumerate(scene.lines):
            if line.speaker not in subject.own:
                continue
            if not at:
                drop("opens_scene", 1)
            elif scene.lines[at - 1].speaker in subject.own:
                drop("follows_own", 1)
            else:
                found.append((number, at))
    return found


def _letters(subject: BenchmarkCharacter, reply: Reply) -> int:
    number, at = reply
    return len(spoken_letters(subject.scenes[number].lines[at].text))


async def _fitting(
    subject: BenchmarkCharacter, replies: Sequence[Reply], most: int, engine: ScoringEngine
) -> list[Reply]:
    found: list[Reply] = []
    for start in range(0, len(replies), AT_ONCE):
        part = replies[start : start + AT_ONCE]
        counts = await engine.count_tokens([answer_of(subject, each) for each in part])
        found += [each for each, tokens in zip(part, counts, strict=True) if tokens <= most]
    return found


def _distinct(
    subject: BenchmarkCharacter, replies: Sequence[Reply], bounds: Bounds, drop: Drop
) -> list[Reply]:
    """Return the replies without those that another one with the line before it stands for."""
    pairs = [_exchange(subject, each) for each in replies]
    said = ["\n".join(spoken_letters(line.text) for line in pair) for pair in pairs]
    found = find_duplicates(pairs)
    seen: set[str] = set()
    kept: list[Reply] = []
    for at, reply in enumerate(replies):
        if said[at] in seen:
            drop("duplicate", 1)
        elif at in found and said[at] != said[found[at]] and not bounds.near_duplicates:
            drop("near_duplicate", 1)
        else:
            kept.append(reply)
        seen.add(said[at])
    return kept


def _exchange(subject: BenchmarkCharacter, reply: Reply) -> list[Line]:
    """Return the line and the one before it, without names: another's may be the same words."""
    number, at = reply
    lines = subject.scenes[number].lines
    return [Line("", without_directions(each.text), each.row) for each in lines[at - 1 : at + 1]]


def _spread(replies: Sequence[Reply], most: int | None) -> list[Reply]:
    if most is None or len(replies) <= most:
        return list(replies)
    return [replies[at * len(replies) // most] for at in range(most)]

"""Settle what stands before the colons of a story: a name, or the beginning of a sentence."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from characters.scripts.games.story import (
    Part,
    Said,
    StoryItem,
    gather_story,
    without_aside,
)
from characters.scripts.model import NonDialogue, ParseItem, Rejection
from characters.scripts.names import is_like_a_name
from characters.scripts.prose.novel import Prose

SNIFFED_ITEMS = 5_000
"""Items of a story from which its names are settled."""

_FEWEST = 2
"""Words of a name that may be a sentence's beginning, and lines that show that it is none."""


def read_story(items: Iterable[StoryItem]) -> Iterator[ParseItem]:
    """Yield the scenes of a story whose rows may name their speakers, or quote them as a novel.

    Several words before a colon are a name where they are written like one, or recur. A story in
    which no row names its speaker is read as prose.
    """
    rest = iter(items)
    first = list(islice(rest, SNIFFED_ITEMS))
    known = _find_names(first)
    story = chain(first, rest)
    if not any(isinstance(item, Said) and _speaker(item, known) for item in first):
        text = "\n".join(item.text for item in first if isinstance(item, Said))
        if Prose().sniff(text, ""):
            return _read_prose(_settle(item, known) for item in story)
    return gather_story(_settle(item, known) for item in story)


def settle_by_form(items: Iterable[StoryItem]) -> Iterator[StoryItem]:
    """Yield the items of a game with other ways of naming, in which notices recur, too."""
    nothing: Counter[str] = Counter()
    return (_settle(item, nothing) for item in items)


def _find_names(items: Iterable[StoryItem]) -> Counter[str]:
    return Counter(item.speaker for item in items if isinstance(item, Said) and item.speaker)


def _speaker(item: Said, known: Counter[str]) -> str:
    """Return the speaker, "" where it is the beginning of a sentence."""
    name = item.speaker
    bare = without_aside(name)
    if not item.guessed or len(bare.split()) < _FEWEST or is_like_a_name(bare):
        return name
    return name if known[name] >= _FEWEST else ""


def _settle(item: StoryItem, known: Counter[str]) -> StoryItem:
    if not isinstance(item, Said) or not item.speaker or _speaker(item, known):
        return item
    separator = ": " if item.speaker.isascii() else "："
    return item._replace(speaker="", text=f"{item.speaker}{separator}{item.text}")


def _read_prose(items: Iterable[StoryItem]) -> Iterator[ParseItem]:
    """Yield what a story's texts are as prose; its rows without text are blank for that."""
    others: list[NonDialogue | Rejection] = []

    def rows() -> Iterator[str]:
        number = 1
        for item in items:
            if isinstance(item, NonDialogue | Rejection):
                others.append(item)
                continue
            for _ in range(item.row - number):
                yield ""
            number = max(number, item.row) + 1
            text = f"# {item.title}" if isinstance(item, Part) else item.text
            yield " ".join(text.split())

    for parsed in Prose().parse(rows()):
        yield from others
        others.clear()
        yield parsed
    yield from others

"""Cut scenes into the examples that prompts show, and build the query that retrieves them.

Source of every rule: ``roleplay/src/retrieve_dialog.py`` of the public repository
bilibili/Index-1.9B. There, the duplicate filter comes before the length filter, and a renamed
line keeps its colon: keys from a script mostly read ``user0：你好``, a live query ``user0:你好``.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from characters.scripts.model import Line, Scene

MIN_MEAN_CHARACTERS = 10
"""Least mean length of the character's lines in a scene; shorter ones teach little."""

MIN_EXAMPLES = 20
"""A turn retrieves this many; with fewer examples, short ones are better than none."""

DropReason = Literal["without_character", "duplicate", "short_replies"]


@dataclass(frozen=True, slots=True)
class Example:
    """Hold a scene cut after the character's last line."""

    scene: int
    """0-based index of the scene among those given."""
    lines: tuple[str, ...]
    """The cut scene as uploaded: ``speaker：text``."""
    key: str
    """The text that is embedded."""
    speakers: tuple[str, ...]
    """The other speakers: ``user0``, ``user1``, ... of the key."""

    def render(self) -> str:
        """Return the example as a prompt shows it."""
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Drop:
    """Record a scene without an example, and why."""

    scene: int
    reason: DropReason


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """Hold the examples in the order of their scenes, and the scenes without one."""

    examples: list[Example]
    dropped: list[Drop]
    short_kept: int = 0
    """Examples kept despite short replies, since too few others were left."""

    def count_dropped(self) -> Counter[DropReason]:
        """Return the number of dropped scenes for each reason."""
        return Counter(drop.reason for drop in self.dropped)


def build_examples(scenes: Iterable[Scene], speakers: Collection[str], name: str) -> ExampleSet:
    """Return the examples of the character ``name``, who plays ``speakers`` in ``scenes``.

    - A scene is cut after the last line of any of ``speakers``; a scene without their lines
      yields no example.
    - The key is the cut scene without its last line (in a one-line scene: that line), other
      speakers named ``user0``, ``user1``, ... as they appear, the character's own ``name``
      standing for all of ``speakers``.
    - Exact repeats of an earlier cut scene are dropped.
    - Scenes where the character's lines average under ten characters (names and surrounding white
      space not counted) are dropped, unless fewer than twenty examples would be left: then all
      stay.
    """
    speakers = frozenset(speakers)
    examples: list[Example] = []
    short: set[int] = set()
    dropped: list[Drop] = []
    seen: set[tuple[str, ...]] = set()
    for index, scene in enumerate(scenes):
        lines = _cut(scene.lines, speakers)
        rendered = tuple(line.render() for line in lines)
        if not lines:
            dropped.append(Drop(index, "without_character"))
        elif rendered in seen:
            dropped.append(Drop(index, "duplicate"))
        else:
            seen.add(rendered)
            examples.append(_build_example(index, lines, rendered, speakers, name))
            if _mean_characters(lines, speakers) < MIN_MEAN_CHARACTERS:
                short.add(index)
    if len(examples) - len(short) < MIN_EXAMPLES:
        return ExampleSet(examples, dropped, short_kept=len(short))
    dropped += (Drop(index, "short_replies") for index in short)
    dropped.sort(key=lambda drop: drop.scene)
    return ExampleSet([example for example in examples if example.scene not in short], dropped)


def build_query(
    dialogue: Sequence[tuple[str, str]],
    character: str,
    max_length: int,
    length: Callable[[str], float] = len,
) -> str:
    """Return the text to embed for the next reply: the newest lines that fit.

    ``dialogue``: (speaker, text), oldest first; the character's speaker is ``character``, all
    others are renamed as in a key, numbered over the whole dialogue. Lines read
    ``speaker:text`` and are joined by newlines. Whole lines are kept, newest first, within
    ``max_length``, so that a long conversation costs no more than a short one; if the newest line
    alone is longer, its speaker and its end are kept, where a message usually makes its point.
    ``length`` measures a text, character by character: in characters, or by what embedding it
    costs (:func:`characters.language.reading_length`). Raises :class:`ValueError` for
    ``max_length`` below 1.
    """
    if max_length < 1:
        raise ValueError("max_length must be at least 1")
    names = rename_speakers((speaker for speaker, _ in dialogue), {character}, character)
    kept: list[str] = []
    room: float = max_length
    for speaker, text in reversed(dialogue):
        prefix = f"{names[speaker]}:"
        needed = length(prefix + text)
        if needed > room:
            if not kept:
                kept.append(_shorten(prefix, text, max_length, length))
            break
        kept.append(prefix + text)
        room -= needed + length("\n")
    return "\n".join(reversed(kept))


def _shorten(prefix: str, text: str, max_length: int, length: Callable[[str], float]) -> str:
    room = max_length - length(prefix)
    if room <= 0:
        prefix, room = "", max_length
    start = len(text)
    while start and (cost := length(text[start - 1])) <= room:
        room -= cost
        start -= 1
    return prefix + text[start:]


def _cut(lines: Sequence[Line], speakers: Collection[str]) -> Sequence[Line]:
    for end in range(len(lines), 0, -1):
        if lines[end - 1].speaker in speakers:
            return lines[:end]
    return ()


def _build_example(
    scene: int,
    lines: Sequence[Line],
    rendered: tuple[str, ...],
    speakers: Collection[str],
    name: str,
) -> Example:
    names = rename_speakers((line.speaker for line in lines), speakers, name)
    key = "\n".join(
        f"{names[line.speaker]}{line.colon}{line.text}" for line in (lines[:-1] or lines)
    )
    others = tuple(speaker for speaker in names if speaker not in speakers)
    return Example(scene, rendered, key, others)


def rename_speakers(order: Iterable[str], speakers: Collection[str], name: str) -> dict[str, str]:
    """Map each speaker to its name in a key, in order of appearance."""
    names: dict[str, str] = {}
    others = 0
    for speaker in order:
        if speaker in names:
            continue
        if speaker in speakers:
            names[speaker] = name
        else:
            names[speaker] = f"user{others}"
            others += 1
    return names


def _mean_characters(lines: Sequence[Line], speakers: Collection[str]) -> float:
    lengths = [len(line.text) for line in lines if line.speaker in speakers]
    return sum(lengths) / len(lengths)

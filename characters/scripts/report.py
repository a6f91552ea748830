"""Gather the counts of a script while its scenes stream through."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from characters.language import Language, detect_language
from characters.scripts.beginnings import Beginnings
from characters.scripts.model import (
    Header,
    NonDialogue,
    ParseItem,
    Profile,
    Rejection,
    Scene,
    SpeakerCount,
)

SPEAKERS = 10_000
"""Most distinct speakers that are counted by name."""

PROFILES = 100
PROFILE_CHARACTERS = 20_000

_SAMPLES = 3
_SAMPLE_CHARACTERS = 120
_LANGUAGE_TEXTS = 2_000
_LANGUAGE_CHARACTERS = 200
_LANGUAGE_LINES_OF_A_SCENE = 5


@dataclass(slots=True)
class RowCounts:
    """Count a script's non-blank rows by their treatment; each row counts once."""

    dialogue: int = 0
    narration: int = 0
    """Headings, headers and other rows without a speaker."""
    rejected: int = 0

    @property
    def total(self) -> int:
        """Return the number of rows that are not blank."""
        return self.dialogue + self.narration + self.rejected


@dataclass(slots=True)
class ParseReport:
    """Count a script's scenes, lines, speakers and rejections in bounded memory.

    At most ``SPEAKERS`` speakers are counted one by one; lines of later ones are summed in
    ``uncounted_lines``, and ``speakers_complete`` turns false. The first ``max_rejections``
    rejections are kept; ``rejected_total`` counts all, including rejections of part of a row, which
    ``rows`` does not count as rejected.
    """

    max_rejections: int = 200
    scenes: int = 0
    lines: int = 0
    rows: RowCounts = field(default_factory=RowCounts)
    rejections: list[Rejection] = field(default_factory=list)
    rejected_total: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    """Number of rejections of each code, in order of appearance."""
    header: Header | None = None
    """The first header of a table."""
    returns: int = 0
    """Lines whose speaker spoke before, with another one between: a conversation has many."""
    uncounted_lines: int = 0
    profiles: dict[str, str] = field(default_factory=dict)
    """Descriptions found beside the dialogue, by the character's name ("" if the file does not give
    it): the first of each, at most ``PROFILES``."""
    beginnings: Beginnings = field(default_factory=Beginnings)
    _speakers: dict[str, SpeakerCount] = field(default_factory=dict)
    _texts: list[str] = field(default_factory=list)
    _last: str = ""
    """The speaker of the last line."""

    def observe(self, items: Iterable[ParseItem]) -> Iterator[ParseItem]:
        """Yield ``items`` unchanged, counting each."""
        for item in items:
            self.add(item)
            yield item

    def add(self, item: ParseItem) -> None:
        """Count one item."""
        if isinstance(item, Scene):
            self._add_scene(item)
            return
        if isinstance(item, NonDialogue):
            self.rows.narration += item.rows
            if isinstance(item, Header) and self.header is None:
                self.header = item
            elif isinstance(item, Profile) and len(self.profiles) < PROFILES:
                self.profiles.setdefault(item.name, item.text[:PROFILE_CHARACTERS])
            return
        self.rows.rejected += item.rows
        self.rejected_total += 1
        self.codes[item.code] = self.codes.get(item.code, 0) + 1
        if len(self.rejections) < self.max_rejections:
            self.rejections.append(item)

    @property
    def speakers(self) -> list[SpeakerCount]:
        """Return the speakers, most lines first; equals in order of appearance."""
        return sorted(self._speakers.values(), key=lambda speaker: -speaker.lines)

    @property
    def speakers_complete(self) -> bool:
        """Return whether every speaker was counted by name."""
        return not self.uncounted_lines

    @property
    def language(self) -> Language:
        """Return the script's language, detected from up to 2,000 of its lines."""
        return detect_language(self._texts)

    def _add_scene(self, scene: Scene) -> None:
        self.scenes += 1
        self.lines += len(scene.lines)
        self.rows.dialogue += len(scene.lines) + scene.continued
        seen: set[str] = set()
        speakers = self._speakers
        last = self._last
        for line in scene.lines:
            name = line.speaker
            speaker = speakers.get(name)
            if speaker is None:
                if len(speakers) >= SPEAKERS:
                    self.uncounted_lines += 1
                    continue
                speaker = speakers[name] = SpeakerCount(name)
            elif name != last:
                self.returns += 1
            last = name
            speaker.lines += 1
            if name not in seen:
                seen.add(name)
                speaker.scenes += 1
            if speaker.lines <= _SAMPLES:
                speaker.samples.append(line.text[:_SAMPLE_CHARACTERS])
        self._last = last
        self.beginnings.add(scene, speakers)
        if len(self._texts) < _LANGUAGE_TEXTS:
            self._texts += (
                line.text[:_LANGUAGE_CHARACTERS]
                for line in scene.lines[:_LANGUAGE_LINES_OF_A_SCENE]
            )

"""Judge which speakers of a script are worth playing, by how much each says."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from characters.language import Language, detect_language, reading_length
from characters.passages.examples import MIN_EXAMPLES, MIN_MEAN_CHARACTERS
from characters.scripts.collective_names import Voice, voice_of
from characters.scripts.model import Scene

Verdict = Literal["lead", "supporting", "minor", "short_lines", "group", "narrator", "nameless"]

LEAD_SHARE = 0.1
"""Share of all lines that makes a lead: this speaker carries the script, however short it is."""

LEAST_LINES = 3
"""Fewer lines show no way of speaking."""

_ORDER: Sequence[Verdict] = (
    "lead",
    "supporting",
    "minor",
    "short_lines",
    "group",
    "narrator",
    "nameless",
)
_SAMPLES = 3
_BEST_LENGTH = 25
"""In CJK characters (three others count as one): lines of about this length show a voice best."""
_SAMPLE_CHARACTERS = 200
_EXAMINED_CHARACTERS = 400
"""Characters of a line that are examined; more show nothing new about a way of speaking."""
_LANGUAGE_SHARE = 0.1
"""Share of a speaker's lines that makes a language one it uses, not a word here and there."""


@dataclass(frozen=True, slots=True)
class SpeakerTotals:
    """Count a speaker's lines and scenes in the whole script."""

    name: str
    lines: int
    scenes: int


@dataclass(frozen=True, slots=True)
class Role:
    """Describe a speaker as a role to play."""

    name: str
    lines: int
    scenes: int
    share: float
    """Share of all lines of the script."""
    scene_share: float
    """Share of all scenes."""
    mean_characters: float | None
    """Mean length of a line; None where none of its lines was read."""
    languages: list[Language]
    """Languages that it speaks, the most frequent first."""
    samples: list[str]
    voice: Voice
    verdict: Verdict

    @property
    def recommended(self) -> bool:
        """Return whether a character made of it would have enough to go by."""
        return self.verdict in {"lead", "supporting"}

    @property
    def reason(self) -> str:
        """Return one English sentence saying why it is, or is not, worth playing."""
        scenes = "1 scene" if self.scenes == 1 else f"{self.scenes:,} scenes"
        much = f"{self.share:.0%} of the lines ({self.lines:,}), in {scenes}"
        mean = 0 if self.mean_characters is None else round(self.mean_characters)
        return {
            "lead": f"Speaks {much}, {mean} characters at a time: a voice to learn from.",
            "supporting": f"Speaks {much}: enough scenes for examples of its own.",
            "minor": f"Speaks only {much}: the profile would have to do most of the work.",
            "short_lines": f"Its lines have {mean} characters on average, which teach little.",
            "group": "The name stands for several at once, not for somebody to talk to.",
            "narrator": "A narrator or a direction, not somebody to talk to.",
            "nameless": "The name does not say who speaks.",
        }[self.verdict]


@dataclass(slots=True)
class _LineStatistics:
    """Accumulate a speaker's lines in the scenes that were read."""

    lines: int = 0
    characters: int = 0
    languages: Counter[Language] = field(default_factory=Counter)
    samples: list[tuple[float, int, str]] = field(default_factory=list)
    """The lines nearest to the best length: a heap with the worst on top."""

    def add(self, text: str) -> None:
        self.lines += 1
        self.characters += len(text)
        text = text[:_EXAMINED_CHARACTERS]
        if any(map(str.isalpha, text)):
            self.languages[detect_language([text])] += 1
        candidate = (-abs(reading_length(text) - _BEST_LENGTH), -self.lines, text)
        if all(text != kept for _, _, kept in self.samples):
            heapq.heappush(self.samples, candidate)
            if len(self.samples) > _SAMPLES:
                heapq.heappop(self.samples)


class RoleRanking:
    """Read scenes, then rank the speakers that are worth playing."""

    def __init__(self, totals: Iterable[SpeakerTotals]) -> None:
        """Take the candidate speakers, with their counts over the whole script."""
        self._totals = list(totals)
        self._statistics = {totals.name: _LineStatistics() for totals in self._totals}

    def read(self, scenes: Iterable[Scene]) -> None:
        """Accumulate the lines of these scenes: all of the script's, or enough to judge by."""
        for scene in scenes:
            for line in scene.lines:
                if (statistics := self._statistics.get(line.speaker)) is not None:
                    statistics.add(line.text)

    def roles(self, lines: int, scenes: int) -> list[Role]:
        """Return the roles, best worth playing first; the counts are the whole script's."""
        roles = [
            _role(totals, self._statistics[totals.name], lines, scenes) for totals in self._totals
        ]
        return sorted(roles, key=lambda role: (_ORDER.index(role.verdict), -role.lines))


def _role(totals: SpeakerTotals, statistics: _LineStatistics, lines: int, scenes: int) -> Role:
    mean = statistics.characters / statistics.lines if statistics.lines else None
    share = totals.lines / max(1, lines)
    voice = voice_of(totals.name)
    return Role(
        name=totals.name,
        lines=totals.lines,
        scenes=totals.scenes,
        share=share,
        scene_share=totals.scenes / max(1, scenes),
        mean_characters=mean,
        languages=_spoken(statistics.languages),
        samples=[
            text[:_SAMPLE_CHARACTERS] for *_, text in sorted(statistics.samples, reverse=True)
        ],
        voice=voice,
        verdict=_verdict(totals, voice, share, mean),
    )


def _spoken(languages: Mapping[Language, int]) -> list[Language]:
    total = sum(languages.values())
    ranked = sorted(languages.items(), key=lambda item: -item[1])
    return [language for language, lines in ranked if lines >= _LANGUAGE_SHARE * total]


def _verdict(totals: SpeakerTotals, voice: Voice, share: float, mean: float | None) -> Verdict:
    if voice != "person":
        return voice
    if totals.lines < LEAST_LINES:
        return "minor"
    if mean is not None and mean < MIN_MEAN_CHARACTERS:
        return "short_lines"
    if share >= LEAD_SHARE:
        return "lead"
    return "supporting" if totals.scenes >= MIN_EXAMPLES else "minor"

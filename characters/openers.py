"""Choose what a person may open a conversation with: lines said to the character in its script.

A line is said to the character where the character answers it. Good ones are short questions that
the character had something to say to, and that make sense without what came before.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from characters.language import clip, reading_length
from characters.passages.duplicates import letters
from characters.passages.windows import without_directions

MOST = 3
_SHORTEST, _LONGEST = 3.0, 36.0
"""Reading length of a line: `Who are you?` has 4, two lines on a phone have 36."""
_TELLING_REPLY = 8.0
"""Reading length from which a reply says something."""
_SAME = 0.5
"""Share of common bigrams from which two lines count as one."""

_ENDS_OPEN = re.compile(r"(?:[-–—…,;:、，；：]|\.\.\.)[\"'”’」』)]*$")
_QUESTION = re.compile(r"[?？][\"'”’」』)]*$")
_SECOND_PERSON = re.compile(r"\b(?:you|your|yours|yourself)\b|[你您]", re.IGNORECASE)
_GOES_ON = re.compile(
    r"(?:and|but|so|because|or|then|nor|yet|well|no|yes|oh|that|this|it|he|she|they|which|also)\b"
    r"|那|这|可是?|但是?|所以|然后|而且|不过|因为|他|她|它|就是|对|嗯|哦|啊|不[，。！]",
    re.IGNORECASE,
)
_ASKS_BARELY = re.compile(r"^\W*\w{1,8}\W*$")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Opener:
    """Hold a line to open a conversation with."""

    text: str
    speaker: str | None
    """Who says it in the script; None for a situation, which is a scene's heading."""
    scene: int
    """0-based position of its scene among the scenes of the character's scripts."""


@dataclass(frozen=True, slots=True)
class SpokenScene:
    """Hold the lines of a scene that the character speaks in, as (speaker, text)."""

    position: int
    lines: Sequence[tuple[str, str]]


def choose_openers(
    scenes: Sequence[SpokenScene],
    own: Collection[str],
    *,
    plays: str | None = None,
    most: int = MOST,
) -> list[Opener]:
    """Return at most ``most`` lines said to the character, in the order of the script.

    ``own`` are the names under which the character speaks; lines of the speaker ``plays`` come
    first. They are from different scenes where there are enough, and spread over the script. The
    same scenes always yield the same lines.
    """
    rarity = _Rarity(scenes)
    found = sorted(
        (_score(candidate, rarity, plays), candidate.order, candidate)
        for scene in scenes
        for candidate in _candidates(scene, own)
    )[::-1]
    ranked = [candidate for _, _, candidate in found]
    chosen: list[_Candidate] = []
    for third in _thirds(ranked, most):
        _take(third, chosen, 1, apart=True)
    _take(ranked, chosen, most - len(chosen), apart=True)
    _take(ranked, chosen, most - len(chosen), apart=False)
    chosen.sort(key=lambda candidate: candidate.order, reverse=True)
    return [Opener(each.text, each.speaker, each.scene) for each in chosen]


def situation(heading: str, position: int, *, chinese: bool) -> Opener | None:
    """Return a scene's heading as a stage direction to begin with; None where it says nothing."""
    words = clip(_NUMBERED.sub("", " ".join(heading.split())).strip(" .-–—:："), int(_LONGEST))
    if reading_length(words) < 2 or not _WORD.search(words):
        return None
    return Opener(f"（{words}）" if chinese else f"({words})", None, position)


_NUMBERED = re.compile(
    r"^(?:scene|sc\.|act|第)\s*[\w.]{0,12}\s*[场幕集章]?\s*[-–—:：.]?\s*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Candidate:
    text: str
    speaker: str
    scene: int
    line: int
    reply: str

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort key, the earliest line highest: candidates are sorted from the highest on."""
        return (-self.scene, -self.line, self.text)

    def __lt__(self, other: "_Candidate") -> bool:
        return self.order < other.order


def _candidates(scene: SpokenScene, own: Collection[str]) -> Iterator[_Candidate]:
    for at in range(1, len(scene.lines)):
        speaker, said = scene.lines[at - 1]
        answering, reply = scene.lines[at]
        if answering not in own or speaker in own or not speaker:
            continue
        text = " ".join(without_directions(said).split())
        if _SHORTEST <= reading_length(text) <= _LONGEST and _WORD.search(text):
            yield _Candidate(text, speaker, scene.position, at - 1, without_directions(reply))


def _score(candidate: _Candidate, rarity: "_Rarity", plays: str | None) -> float:
    """Return how well a line opens a conversation, higher is better."""
    text = candidate.text
    score = rarity.of(text)
    score += 2.0 * bool(_QUESTION.search(text))
    score += 1.0 * bool(_SECOND_PERSON.search(text))
    score += 1.0 * (reading_length(candidate.reply) >= _TELLING_REPLY)
    score += 4.0 * (plays is not None and candidate.speaker == plays)
    score -= 2.0 * (letters(candidate.speaker) in letters(text))  # introduces another person
    score -= 3.0 * bool(_ENDS_OPEN.search(text))
    score -= 1.5 * bool(_GOES_ON.match(text))
    score -= 1.5 * bool(_ASKS_BARELY.match(text))
    return round(score, 6)


def _thirds(ranked: Sequence[_Candidate], parts: int) -> list[list[_Candidate]]:
    """Return the candidates of each part of the script, each from its best on."""
    if not ranked or parts < 1:
        return []
    first = min(candidate.scene for candidate in ranked)
    span = max(candidate.scene for candidate in ranked) - first + 1
    found: list[list[_Candidate]] = [[] for _ in range(parts)]
    for candidate in ranked:
        found[(candidate.scene - first) * parts // span].append(candidate)
    return found


def _take(
    ranked: Sequence[_Candidate], chosen: list[_Candidate], wanted: int, *, apart: bool
) -> None:
    """Add the best ``wanted`` candidates that differ; ``apart``: from scenes of their own too."""
    for candidate in ranked:
        if wanted <= 0:
            return
        used = any(
            (apart and other.scene == candidate.scene) or _alike(other.text, candidate.text)
            for other in chosen
        )
        if not used:
            chosen.append(candidate)
            wanted -= 1


def _alike(one: str, other: str) -> bool:
    pairs, others = _pairs(one), _pairs(other)
    return len(pairs & others) > _SAME * min(len(pairs), len(others)) or pairs == others


def _pairs(text: str) -> frozenset[str]:
    plain = letters(text)
    return frozenset(plain[at : at + 2] for at in range(max(1, len(plain) - 1)))


class _Rarity:
    """Weigh a line's words by how few scenes they occur in."""

    def __init__(self, scenes: Sequence[SpokenScene]) -> None:
        self._scenes = len(scenes)
        self._found: Counter[str] = Counter()
        for scene in scenes:
            self._found.update({word for _, text in scene.lines for word in _words(text)})

    def of(self, text: str) -> float:
        """Return 0 for words of every scene, up to 1 for three words of one scene alone."""
        most = math.log(self._scenes + 1)
        known = {*_words(text)}
        rare = sorted(math.log((self._scenes + 1) / self._found[word]) for word in known)[-3:]
        return sum(rare) / (3 * most) if most else 0.0


def _words(text: str) -> Iterator[str]:
    """Yield Latin words, and pairs of Chinese characters."""
    for word in _WORD.findall(text.lower()):
        if word.isascii():
            yield word
        else:
            yield from (word[at : at + 2] for at in range(max(1, len(word) - 1)))

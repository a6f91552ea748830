"""Choose a character's signature line: a short sentence of its own that introduces it."""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from characters.language import reading_length
from characters.scripts.model import Scene

MOST_CHARACTERS = 120
"""Length that no signature line exceeds."""
_MOST_LINES = 20_000
"""Lines read, of all speakers: more change the choice no longer."""
_SHORTEST, _LONGEST = 5.0, 22.0
"""Reading length (tokens) of a line that fits a poster: 5 to 22 CJK characters, 15 to 66 others."""
_BEST = 12.0
_ASIDE = re.compile(r"[(（\[【*][^)）\]】*]*[)）\]】*]")
_SENTENCE = re.compile(r"[^.!?。！？…]+[.!?。！？…]+[”’」』\"']*")
_TERM = re.compile(r"[a-zà-ÿ][a-zà-ÿ’']+|[\u3400-\u9fff](?=[\u3400-\u9fff])")
_FIRST_PERSON = re.compile(r"\b(i|i’m|i'm|i’ve|i've|my|me|we|our)\b|[我咱]", re.IGNORECASE)
_OPEN_ENDED = re.compile(
    r"^(and|but|so|then|or|because|well|yes|no|oh)\b|^(那|可|所以|但|然后|是|对|嗯|哦)",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(this|that|it|it’s|it's|then|here|there|he|she|him|her|so)\b|[这那它他她]", re.IGNORECASE
)
"""Words that point at what only the scene shows."""
_UNFINISHED = ("…", "...", "..", "—", "-")


class _Candidate(NamedTuple):
    text: str
    is_whole: bool
    """Whether it is all that is said in its line."""


class _Words(NamedTuple):
    own: Counter[str]
    all: Counter[str]
    share: float
    """The character's share of all words."""


def signature_line(scenes: Iterable[Scene], speakers: Collection[str]) -> str | None:
    """Return a sentence of the character, at most 120 characters; None where none is fit.

    The same scenes give the same sentence. It is complete, fits a poster, and uses words that the
    character says often and others seldom; of equal ones the earliest is chosen.
    """
    candidates: dict[str, _Candidate] = {}
    own: Counter[str] = Counter()
    everyone: Counter[str] = Counter()
    names: set[str] = set()
    for speaker, text in _lines(scenes):
        terms = list(_terms(text))
        everyone.update(terms)
        if speaker in speakers:
            own.update(terms)
            for candidate in _candidates(text):
                candidates.setdefault(candidate.text, candidate)
        else:
            names.add(speaker)
    words = _Words(own, everyone, own.total() / max(1, everyone.total()))
    best = max(
        candidates.values(), key=lambda candidate: _score(candidate, words, names), default=None
    )
    return None if best is None else best.text


def _lines(scenes: Iterable[Scene]) -> Iterator[tuple[str, str]]:
    left = _MOST_LINES
    for scene in scenes:
        for line in scene.lines[:left]:
            yield line.speaker, line.text
        left -= len(scene.lines)
        if left <= 0:
            return


def _candidates(text: str) -> Iterator[_Candidate]:
    spoken = " ".join(_ASIDE.sub(" ", text[:1_000]).split())
    sentences = [match.group().strip() for match in _SENTENCE.finditer(spoken)]
    for sentence in dict.fromkeys([spoken, *sentences]):
        fits = _SHORTEST <= reading_length(sentence) <= _LONGEST
        ended = sentence.endswith((".", "!", "。", "！")) and not sentence.endswith(_UNFINISHED)
        if fits and ended and len(sentence) <= MOST_CHARACTERS:
            yield _Candidate(sentence, sentence == spoken)


def _terms(text: str) -> Iterator[str]:
    """Yield Latin words of two letters and more, and pairs of CJK characters."""
    lowered = text.lower()
    for match in _TERM.finditer(lowered):
        start, end = match.span()
        yield lowered[start : start + 2] if lowered[start] >= "\u3400" else lowered[start:end]


def _score(candidate: _Candidate, words: _Words, names: Collection[str]) -> float:
    text = candidate.text
    terms = set(_terms(text))
    telling = sum(_telling(term, words) for term in terms) / math.sqrt(len(terms) + 1)
    score = telling + (1.0 if _FIRST_PERSON.search(text) else 0.0)
    score += 0.6 if candidate.is_whole else 0.0
    score -= abs(reading_length(text) - _BEST) / 12
    score -= 0.8 if _OPEN_ENDED.match(text) else 0.0
    score -= 0.7 if _ELSEWHERE.search(text) else 0.0
    score -= 1.0 if text[0] in "…—“\"‘'" else 0.0
    score -= 1.5 if any(name in text for name in names) else 0.0
    return score


def _telling(term: str, words: _Words) -> float:
    """Return how much more the character says a term than others do; 0 for a term said once."""
    own = words.own[term]
    if own < 2:
        return 0.0
    expected = words.all[term] * words.share
    return max(0.0, math.log(own / expected)) * math.log1p(own) / 2

"""Recognise a line again in another version of its script.

A line is recognised by its speaker and its words, wherever it stands: scenes may be inserted and
renumbered, and punctuation corrected. A short one ("Right."), which a part says many times, is
recognised by its cue as well. One that a scene repeats is counted in the scene.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence

from characters.language import reading_length
from characters.rehearsal.words import forms
from characters.scripts.model import Scene

_SHORT = 8.0
"""In :func:`~characters.language.reading_length`: 24 letters, or 8 Chinese characters."""


def fingerprints(scene: Scene) -> list[str]:
    """Return the fingerprint of every line of a scene: 32 hexadecimal digits."""
    counted: Counter[str] = Counter()
    found: list[str] = []
    cue: Sequence[str] = ()
    for line in scene.lines:
        words = forms(line.text) or [line.text]
        is_short = sum(map(reading_length, words)) < _SHORT
        described = json.dumps([line.speaker, words, list(cue) if is_short else []])
        found.append(_digest(described, counted[described]))
        counted[described] += 1
        cue = words
    return found


def _digest(described: str, nth: int) -> str:
    text = f"{nth} {described}"
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()

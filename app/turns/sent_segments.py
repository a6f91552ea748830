"""Divide the prompt that an engine sends into the segments of the prompt that it was given.

An engine breaks control tokens that a text spells, mostly by a space inside them
(:mod:`app.engines.control_tokens`). What is recorded is what the model got, spaces included.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from app.engines.port import EnginePrompt
from characters.prompting import Segment


def segments_as_sent(segments: Sequence[Segment], sent: EnginePrompt) -> list[Segment]:
    """Return the segments with the texts of ``sent``; together they are ``sent``, byte for byte."""
    contents = [sent] if isinstance(sent, str) else [message.content for message in sent]
    found: list[Segment] = []
    for message, group in groupby(segments, key=lambda segment: segment.message):
        of = list(group)
        texts = divide([segment.text for segment in of], contents[message])
        found += [replace(each, text=text) for each, text in zip(of, texts, strict=True)]
    return found


def divide(texts: Sequence[str], sent: str) -> list[str]:
    """Return ``sent``, the ``texts`` with spaces added, divided as they were.

    A text that differs otherwise is not divided: the longest of ``texts`` gets all of it.
    """
    if sent == "".join(texts):
        return list(texts)
    divided: list[str] = []
    at = 0
    for text in texts:
        start = at
        for character in text:
            while at < len(sent) and sent[at] != character and sent[at] == " ":
                at += 1
            if at == len(sent) or sent[at] != character:
                return _undivided(texts, sent)
            at += 1
        divided.append(sent[start:at])
    if sent[at:].strip(" "):
        return _undivided(texts, sent)
    divided[-1] += sent[at:]
    return divided


def _undivided(texts: Sequence[str], sent: str) -> list[str]:
    longest = max(range(len(texts)), key=lambda at: len(texts[at]))
    return [sent if at == longest else "" for at in range(len(texts))]

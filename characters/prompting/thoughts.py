"""Remove the thoughts that reasoning models write between tags. Pure."""

import re
from collections.abc import Sequence

ThoughtTags = tuple[str, str]
"""The text that begins a thought, and the text that ends it."""

KNOWN_TAGS: tuple[ThoughtTags, ...] = (
    ("<think>", "</think>"),  # Qwen3, DeepSeek-R1 and most others
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("[THINK]", "[/THINK]"),  # Mistral's reasoning models
)
"""Tags of common model families. A stored reply may come from any model that answered before."""

_COMPLETE = re.compile(
    "|".join(f"{re.escape(begin)}.*?(?:{re.escape(end)}|$)" for begin, end in KNOWN_TAGS),
    re.DOTALL | re.IGNORECASE,
)
_BEGINNINGS = tuple(begin for begin, _ in KNOWN_TAGS)


def without_thoughts(text: str) -> str:
    """Return a character's earlier reply as the next prompt shows it, without its thoughts.

    A thought without an end reaches to the end of the text: the reply was cut off in it.
    """
    lowered = text.lower()
    if not any(begin.lower() in lowered for begin in _BEGINNINGS):
        return text
    return _COMPLETE.sub("", text).strip()


class ThoughtFilter:
    """Remove thoughts from a stream of text, also where a tag is split between pieces.

    Text that may begin a tag is held back until the next piece decides. White space after a
    thought is removed with it, and so is an end tag without a beginning: some chat templates
    write the beginning into the prompt.
    """

    def __init__(self, tags: Sequence[ThoughtTags]) -> None:
        self._ends = {begin: end for begin, end in tags if begin and end}
        self._outside = (*self._ends, *self._ends.values())
        self._end = ""
        """The tag that ends the current thought; "" outside of thoughts."""
        self._after = False
        """Whether a thought has just ended, so that white space is not shown."""
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return the text to show after ``piece``."""
        if not self._ends:
            return piece
        self._held += piece
        shown = ""
        while self._held:
            tag, at = self._next_tag()
            if tag is None:
                return shown + self._release()
            if not self._end:
                shown += self._visible(self._held[:at])
            self._held = self._held[at + len(tag) :]
            self._end = "" if self._end else self._ends.get(tag, "")
            self._after = not self._end
        return shown

    def flush(self) -> str:
        """Return the text held back, which turned out to be no tag; "" within a thought."""
        held, self._held = self._held, ""
        return "" if self._end else self._visible(held)

    def _next_tag(self) -> tuple[str | None, int]:
        """Return the first tag that ends the current state, with its position."""
        tags = (self._end,) if self._end else self._outside
        found = [(at, -len(tag), tag) for tag in tags if (at := self._held.find(tag)) >= 0]
        if not found:
            return None, -1
        at, _, tag = min(found)
        return tag, at

    def _release(self) -> str:
        """Return the text that cannot belong to a tag, and keep the rest."""
        tags = (self._end,) if self._end else self._outside
        keep = max(_overlap(self._held, tag) for tag in tags)
        ready, self._held = self._held[: len(self._held) - keep], self._held[-keep:] if keep else ""
        return "" if self._end else self._visible(ready)

    def _visible(self, text: str) -> str:
        if self._after:
            text = text.lstrip()
            self._after = not text
        return text


def _overlap(text: str, tag: str) -> int:
    """Return the length of the longest end of ``text`` that begins ``tag``."""
    for length in range(min(len(tag) - 1, len(text)), 0, -1):
        if tag.startswith(text[-length:]):
            return length
    return 0

"""Match keys in a text: plain texts, or patterns written ``/…/flags``.

Patterns are untrusted, so they run in RE2, whose time is linear in the text and whose memory is
bounded, for any pattern. Syntax that RE2 lacks (lookaround, back references) makes a pattern
invalid, and an invalid pattern never matches.
"""

import functools
import re
from typing import Protocol

_FLAGS = "ims"
"""Flags that change the match: ignore case, ``^`` at lines, ``.`` over line ends."""
_KNOWN_FLAGS = frozenset("dgimsuvy")
"""JavaScript's flags."""
_LONGEST_PATTERN = 1_000
_PATTERN_MEMORY = 1_000_000
"""Bytes that RE2 may use for one compiled pattern."""
_WORD = re.compile(r"[A-Za-z0-9_]")


class _Pattern(Protocol):
    def search(self, text: str) -> object | None: ...


class SearchedText:
    """Search one text for many keys."""

    def __init__(self, text: str) -> None:
        self.text = text

    @functools.cached_property
    def folded(self) -> str:
        """Return the text case-folded."""
        return self.text.casefold()

    def has(self, key: str, *, patterns: bool, case: bool, words: bool) -> bool:
        """Return whether ``key`` occurs; an empty key or an invalid pattern never does.

        With ``patterns``, keys written ``/…/flags`` are patterns, and their own flags decide
        case. ``case``: capitals matter. ``words``: not inside a longer Latin word.
        """
        if patterns and is_written_as_pattern(key):
            pattern = _compile(key)
            return pattern is not None and pattern.search(self.text) is not None
        text = self.text if case else self.folded
        key = key if case else key.casefold()
        return bool(key) and (_has_word(key, text) if words else key in text)


def is_written_as_pattern(key: str) -> bool:
    """Return whether ``key`` is written ``/…/flags``, as JavaScript writes patterns."""
    body, slash, flags = key[1:].rpartition("/")
    return key.startswith("/") and bool(slash and body) and set(flags) <= _KNOWN_FLAGS


@functools.lru_cache(maxsize=1_024)
def _compile(key: str) -> _Pattern | None:
    import re2  # noqa: PLC0415  # compiled code that only patterns need

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    body, _, flags = key[1:].rpartition("/")
    if len(body) > _LONGEST_PATTERN:
        return None
    set_flags = "".join(flag for flag in _FLAGS if flag in flags)
    try:
        pattern: _Pattern = re2.compile(f"(?{set_flags}){body}" if set_flags else body, options)
    except (re2.error, UnicodeEncodeError):
        return None
    return pattern


def forget_keys() -> None:
    """Forget the compiled patterns."""
    _compile.cache_clear()


def _has_word(key: str, text: str) -> bool:
    start = text.find(key)
    while start >= 0:
        end = start + len(key)
        if not _WORD.match(text[max(0, start - 1) : start]) and not _WORD.match(
            text[end : end + 1]
        ):
            return True
        start = text.find(key, start + 1)
    return False

"""Read a script once to know where each line is first said, and who speaks first where."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from cachetools import LRUCache
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookmarks.trail import fingerprint
from app.db.models import StoredScene
from characters.language import reading_length

_AT_ONCE = 200
"""Scenes decoded between two pauses of the event loop."""
_MOST_LINES = 200_000
_MOST_CHARACTERS = 20_000_000
"""Bounds of what is read of a script; what lies beyond counts as unread."""
_LINE_CHARACTERS = 1_000
_CACHED_CHARACTERS = 40_000_000
"""About 80 MB, of all scripts that readers with bookmarks look at."""
_QUOTED = 6.0
"""Reading length (CJK characters; three others count as one) from which a line that is part of a
text is quoted by it: shorter ones occur everywhere."""
_ASKED = 1_000
"""Answers kept of each script."""
_ASIDE = re.compile(r"[(（\[【*][^)）\]】*]*[)）\]】*]")
_MARKS = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """Return a text as it is compared: its words in lower case, without stage directions."""
    return _MARKS.sub(" ", _ASIDE.sub(" ", text)).strip().casefold()


class ScriptContents:
    """Say where in one version of a script something is first said; places are 0-based."""

    def __init__(self) -> None:
        self.prints: list[str] = []
        """The fingerprint of each scene."""
        self.complete = True
        """Whether the whole script was read."""
        self.characters = 0
        self._speakers: dict[str, int] = {}
        self._lines: dict[str, int] = {}
        self._quotable: dict[str, int] = {}
        self._asked = LRUCache[str, int | None](_ASKED)

    def add(self, scenes: Sequence[Sequence[Any]]) -> None:
        """Add the lines of further scenes, in their order."""
        for lines in scenes:
            if len(self._lines) >= _MOST_LINES or self.characters >= _MOST_CHARACTERS:
                self.complete = False
                return
            at = len(self.prints)
            self.prints.append(fingerprint(lines))
            for line in lines:
                self._speakers.setdefault(line[0], at)
                said = plain(line[1][:_LINE_CHARACTERS])
                if said and said not in self._lines:
                    self._lines[said] = at
                    self.characters += len(said)
                    if reading_length(said) >= _QUOTED:
                        self._quotable[said] = at

    def first_of(self, speaker: str) -> int | None:
        """Return the scene in which a speaker first speaks; None for one that is not found."""
        return self._speakers.get(speaker)

    def first_said(self, text: str) -> int | None:
        """Return the scene in which a text, or a line that it quotes, is first said.

        Of several lines the last counts. None for a text that is not of the script. It takes time:
        milliseconds for a long script.
        """
        wanted = plain(text)
        if not wanted:
            return None
        if wanted not in self._asked:
            self._asked[wanted] = self._find(wanted)
        return self._asked[wanted]

    def _find(self, wanted: str) -> int | None:
        if (exactly := self._lines.get(wanted)) is not None:
            return exactly
        within = [at for line, at in self._lines.items() if wanted in line]
        quoted = [at for line, at in self._quotable.items() if line in wanted]
        found = [*([min(within)] if within else ()), *quoted]
        return max(found, default=None)


_KNOWN = LRUCache[UUID, ScriptContents](_CACHED_CHARACTERS, lambda each: 1_000 + each.characters)


def forget_contents() -> None:
    """Forget all scripts; they are read again."""
    _KNOWN.clear()


async def contents_of(session: AsyncSession, revision: UUID) -> ScriptContents:
    """Return the contents of a version of a script, which never changes."""
    if (known := _KNOWN.get(revision)) is not None:
        return known
    contents = ScriptContents()
    after = 0
    while contents.complete:
        statement = (
            select(StoredScene.number, StoredScene.lines)
            .where(StoredScene.revision == revision, StoredScene.number > after)
            .order_by(StoredScene.number)
            .limit(_AT_ONCE)
        )
        rows = (await session.execute(statement)).all()
        if not rows:
            break
        after = rows[-1].number
        await asyncio.to_thread(contents.add, [row.lines for row in rows])
    _KNOWN[revision] = contents
    return contents

"""Serialise the texts of a reply index: a character's scenes, windows and replies.

:mod:`app.search.stored_words` reads what :meth:`ReplyIndexTexts.dump` writes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.search.overheard import OverheardPassage, cut_overheard
from app.search.reply_texts import find_text_rows, reply_texts
from app.search.text_table import TextTable
from characters.passages.windows import WindowSet, cut_windows
from characters.scripts.model import Scene
from retrieval.sections import pack_sections

FORMAT = 2
"""Optional additions keep the format: small values as another entry of ``metadata``, like
``heard``, large ones as another section. With a new format, reply indexes are built anew beside
those of releases with the old one (:mod:`app.search.spaces`)."""


@dataclass(frozen=True, slots=True)
class ReplyIndexTexts:
    """Hold a character's scenes and windows before embedding."""

    scenes: Mapping[int, Sequence[str]]
    cut: WindowSet
    overheard: Sequence[OverheardPassage] = ()

    @classmethod
    def of(
        cls,
        scenes: Sequence[Scene],
        speakers: Sequence[str],
        name: str,
        aliases: Sequence[str] = (),
    ) -> "ReplyIndexTexts":
        """Cut the windows; takes about a second for 20,000 lines of the character."""
        cut = cut_windows(scenes, speakers, name)
        shown = sorted({window.scene for window in cut.windows})
        lines = {at: [line.render() for line in scenes[at].lines] for at in shown}
        return cls(lines, cut, cut_overheard(scenes, speakers, (name, *aliases)))

    def to_embed(self) -> list[str]:
        """Return every text that needs a vector, once; texts of replies first."""
        overheard = (each.text for each in self.overheard)
        return list(dict.fromkeys((*reply_texts(self.cut).to_embed(), *overheard)))

    def dump(self) -> bytes:
        """Return :mod:`retrieval.sections`: UTF-8 texts in one piece, and numbers that index them.

        Embedded texts have the row numbers of their vectors.
        """
        texts = self.to_embed()
        rows = find_text_rows(reply_texts(self.cut), texts)
        at = {text: number for number, text in enumerate(texts)}
        windows, replies = self.cut.windows, self.cut.replies
        speakers = {who: number for number, who in enumerate(_speakers(self.cut))}
        metadata = {
            "format": FORMAT,
            "speakers": list(speakers),
            "heard": [each.dump() for each in self.overheard],
        }
        arrays: dict[str, NDArray[Any]] = {
            "scenes": _numbers(self.scenes),
            "scene_ends": _numbers(accumulate(map(len, self.scenes.values()))),
            "windows": _numbers((each.scene, each.start, each.stop) for each in windows),
            "window_speakers": _numbers(
                speakers[who] for window in windows for who in window.speakers
            ),
            "speaker_ends": _numbers(accumulate(len(window.speakers) for window in windows)),
            "replies": _numbers((each.scene, each.line, each.window) for each in replies),
            "previous_speakers": _numbers(
                -1 if each.previous_speaker is None else speakers[each.previous_speaker]
                for each in replies
            ),
            "window_texts": rows.windows,
            "pair_texts": rows.pairs,
            "reply_texts": rows.replies,
            "previous_texts": rows.previous,
            "heard_texts": _numbers(at[each.text] for each in self.overheard),
        }
        lines = TextTable.of(line for scene in self.scenes.values() for line in scene)
        arrays |= {"lines": lines.content, "line_ends": lines.ends}
        embedded = TextTable.of(texts)
        arrays |= {"texts": embedded.content, "text_ends": embedded.ends}
        return pack_sections(metadata, arrays)


def _speakers(cut: WindowSet) -> list[str]:
    before = (reply.previous_speaker for reply in cut.replies)
    others = (who for window in cut.windows for who in window.speakers)
    return list(dict.fromkeys((*others, *(who for who in before if who is not None))))


def _numbers(values: Iterable[int] | Iterable[tuple[int, ...]]) -> NDArray[np.int32]:
    return np.array(list(values), dtype=np.int32)

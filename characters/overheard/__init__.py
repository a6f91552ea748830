"""Scenes in which a character is there and says nothing, because the script says so. Pure.

:func:`find_overheard` walks through the scenes; :class:`StageReader` knows what a direction says of
the character, in English and Chinese. When in doubt, the character is not there: what it does not
know can be told, and what it should not know cannot be taken back.
"""

from characters.overheard.passages import OverheardSpan, find_overheard
from characters.overheard.presence import StageReader

__all__ = ["OverheardSpan", "StageReader", "find_overheard"]

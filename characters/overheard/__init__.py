"""Find scenes where the script says that a character is present, but the character is silent.

:func:`find_overheard` walks through the scenes; :class:`StageReader` reads directions about the
character, in English and Chinese. A doubtful character counts as absent: missing knowledge can be
supplied later, but knowledge that leaked cannot be taken back.
"""

from characters.overheard.passages import OverheardSpan, find_overheard
from characters.overheard.presence import StageReader

__all__ = ["OverheardSpan", "StageReader", "find_overheard"]

"""Name what people say about replies, and the reasons that a rating may have."""

from typing import Literal

Rating = Literal["good", "bad"]
Kind = Literal["good", "bad", "chosen", "edited"]
KINDS: tuple[Kind, ...] = ("good", "bad", "chosen", "edited")
Reason = Literal["", "out_of_character", "not_true", "dull", "repeats", "too_long", "other"]
"""``not_true``: against the script, or what was said before."""
MOST_NOTE_CHARACTERS = 500

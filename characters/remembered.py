"""Empty the caches of this package that hold words of scripts, names or lorebooks."""

from characters.lorebooks.keys import forget_keys
from characters.overheard.passages import forget_directions
from characters.screening.meta_talk import forget_names
from characters.scripts.lines import forget_speakers


def forget_texts() -> None:
    """Forget every name and key that was worked out before; they are worked out again."""
    for forget in (forget_keys, forget_directions, forget_names, forget_speakers):
        forget()

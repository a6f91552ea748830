"""Derive a reply's stop strings, and the words it should not contain."""

import re
from collections.abc import Sequence

from characters.prompting.prompt import Persona

_LABEL = re.compile(r"([\u4e00-\u9fff]{2})[：:]")


def profile_labels(profile: str) -> list[str]:
    """Return a Chinese profile's labels: 年龄, 职业, … the two characters before a colon.

    People do not say these words in a conversation; a small model that recites the profile
    begins with one.
    """
    return list(dict.fromkeys(_LABEL.findall(profile)))


def stop_strings(persona: Persona, speakers: Sequence[str], most: int = 64) -> list[str]:
    """Return the strings that end a reply because another speaker begins.

    Lines that open with a name and a colon, full- or half-width: the user's, the character's own
    (one turn is asked for) and the first ``most`` of ``speakers``; and a line of hyphens, which
    separates examples, or a reply from the model's remarks about it.
    """
    names = dict.fromkeys((persona.user_name, persona.name, *speakers[:most]))
    return [f"\n{name}{colon}" for name in names for colon in ":："] + ["\n---"]

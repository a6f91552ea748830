"""Rate an attempt at a line by what was missed and what was shown.

- The text was shown: reading is not remembering, so it is not rated.
- ``again``: the whole line was prompted, or more than a quarter of its words were wrong.
- ``hard``: any word was wrong, a prompt was given, or first letters were shown.
- ``good``: every word was right, without help.

No attempt is rated *easy*: how easily a line came is not seen from what was typed.
"""

from typing import Literal

from characters.rehearsal.marking import Marking

Rating = Literal["again", "hard", "good"]
Prompted = Literal["none", "words", "more", "all"]
Shown = Literal["hidden", "initials", "text"]

_MOST_WRONG = 0.25


def rate(marking: Marking, prompted: Prompted, shown: Shown) -> Rating | None:
    """Return how well the line was remembered; None where it was read."""
    if shown == "text":
        return None
    if prompted == "all" or marking.wrong > _MOST_WRONG * marking.words:
        return "again"
    helped = prompted != "none" or shown == "initials"
    return "hard" if marking.wrong or helped else "good"

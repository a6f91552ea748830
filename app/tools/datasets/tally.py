"""Count what becomes of every line: a row, or dropped for a reason."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.tools.datasets.rows import Row, Source

Reason = Literal[
    "opens_scene",
    "follows_own",
    "too_short",
    "too_long",
    "duplicate",
    "near_duplicate",
    "over_most",
    "no_other_scene",
    "prompt_too_long",
    "said_in_training",
    "implausible",
    "no_score",
    "low_reward",
    "reward_reversed",
    "same_answer",
    "empty_reply",
    "no_alternative",
    "other_layout",
    "shows_held_out",
]
REASONS: dict[Reason, str] = {
    "opens_scene": "nothing is said before it in its scene, so it answers nothing",
    "follows_own": "the character's own line stands before it, and no turn begins there",
    "too_short": "fewer letters than --least-letters",
    "too_long": "more tokens than --most-tokens",
    "duplicate": "the same answer to the same line stands elsewhere",
    "near_duplicate": "nearly the same answer to nearly the same line stands elsewhere",
    "over_most": "beyond --most, or --generate, of the character; those left are evenly spaced",
    "no_other_scene": "no other scene has a line of the character that a prompt could show",
    "prompt_too_long": "the line before it alone does not fit the model's context",
    "said_in_training": "held out, and said word for word in a scene of the training",
    "implausible": "less likely to the model than --least-likelihood",
    "no_score": "the engine could not score it in its context",
    "low_reward": "scored below --least-reward",
    "reward_reversed": "the reward model prefers the rejected answer",
    "same_answer": "both answers of the pair are the same",
    "empty_reply": "the model answered nothing, or its context has no room for it",
    "no_alternative": "there is nothing that it was preferred to",
    "other_layout": "its prompt was composed in the other layout",
    "shows_held_out": "its prompt or its answer has a line of a scene that is held out",
}


@dataclass(slots=True)
class Tally:
    """Count rows and drops while a dataset is made."""

    rows: Counter[tuple[Source, str, str, str]] = field(default_factory=Counter)
    """By source, character, language and side."""
    drops: Counter[tuple[Source, Reason]] = field(default_factory=Counter)
    hidden: int = 0
    """Retrieved exchanges that were not shown, because they would have shown the answer."""
    longest: dict[str, int] = field(default_factory=dict)
    """Most tokens of a ``prompt`` and of an ``answer``."""

    def count(self, row: Row) -> None:
        self.rows[row.source, row.character, row.language, row.side] += 1

    def drop(self, source: Source, reason: Reason, number: int = 1) -> None:
        if number:
            self.drops[source, reason] += number

    def measure(self, what: str, tokens: int) -> None:
        self.longest[what] = max(self.longest.get(what, 0), tokens)

    def of_side(self, side: str) -> int:
        """Return the rows of a side."""
        return sum(number for (*_, each), number in self.rows.items() if each == side)

    def by(self, position: int) -> Mapping[str, dict[str, int]]:
        """Return the rows of each side by part of their key: 0 source, 1 character, 2 language."""
        found: dict[str, dict[str, int]] = {}
        for key, number in self.rows.items():
            sides = found.setdefault(key[position], {"train": 0, "validation": 0})
            sides[key[3]] += number
        return dict(sorted(found.items()))

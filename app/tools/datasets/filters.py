"""Drop rows that teach little: repeated ones, pairs of the same answer, implausible lines."""

from hashlib import blake2b

from app.engines.port import Limits, ScoringEngine
from app.tools.datasets.asking import Answers
from app.tools.datasets.composing import Composed
from app.tools.datasets.formats import said
from app.tools.datasets.rows import Row
from app.tools.datasets.tally import Tally
from characters.passages.duplicates import letters


class Repeats:
    """Recognise rows that were there before, by a few bytes of each."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def is_new(self, row: Row) -> bool:
        """Return whether no row before had this prompt and these answers."""
        content = letters(said(row)).encode("utf-8", "surrogatepass")
        key = blake2b(content, digest_size=12).digest()
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


def is_pair(row: Row, tally: Tally) -> bool:
    """Return whether the answers of a pair differ in more than punctuation; count it otherwise."""
    if row.rejected is None:
        return True
    if not letters(row.answer) or not letters(row.rejected):
        tally.drop(row.source, "empty_reply")
        return False
    if letters(row.answer) == letters(row.rejected):
        tally.drop(row.source, "same_answer")
        return False
    return True


async def is_plausible(
    composed: Composed,
    least: float,
    answers: Answers,
    engine: ScoringEngine,
    limits: Limits,
    tally: Tally,
) -> bool:
    """Return whether the model finds a true line likely enough; count it otherwise.

    ``least``: mean natural-log probability of its tokens. A line that the engine's context has no
    room for is counted as without a score. Raises the engine's errors.
    """
    prompt = composed.prepared.prompt
    likelihood = await answers.likelihood(engine, limits, prompt, composed.answer)
    if likelihood is None:
        tally.drop("scripts", "no_score")
        return False
    if likelihood < least:
        tally.drop("scripts", "implausible")
        return False
    return True

"""Count the tokens of a prompt's segments from the counts that composing it took."""

from collections.abc import Iterable

from app.engines.tokens import estimate_tokens
from app.turns.token_counts import TokenCounts
from characters.prompting import Segment
from characters.prompting.chat import MESSAGE_TOKENS


def tokens_of(segment: Segment, counts: TokenCounts) -> int:
    """Return the tokens of a segment, with those around a chat message that it frames.

    Inserted texts have rooms of their own, in which they are estimated: no engine counted them.
    """
    own = _sum(segment.counted, counts) - _sum(segment.contained, counts)
    return max(0, own) + (MESSAGE_TOKENS if segment.frames else 0)


def _sum(texts: Iterable[str], counts: TokenCounts) -> int:
    return sum(counts.get(text) or estimate_tokens(text) for text in texts)

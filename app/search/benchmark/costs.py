"""Count the tokens that lines take in a prompt, with an engine's tokenizer or by estimate."""

from collections.abc import Callable, Iterable, Sequence
from typing import Self

from app.engines.port import PromptStyle, ScoringEngine
from characters.language import reading_length
from characters.prompting import SEPARATOR
from characters.prompting.chat import MESSAGE_TOKENS
from characters.prompting.packing import PackingRoom
from characters.scripts.model import Line

CountAll = Callable[[Sequence[str]], Sequence[int]]
"""Function from texts to the tokens of each."""

ESTIMATE = "estimate"
"""Names the tokenizer that is none."""

AT_ONCE = 500
"""Texts counted in one call: a request of an engine has bounds."""


def estimate(texts: Sequence[str]) -> list[int]:
    """Return about the tokens of each text: 1 for a CJK character, 1/3 for any other, at least 1.

    An estimate ranks amounts of text correctly and is off by a quarter: Qwen's tokenizer takes .75
    tokens for a Chinese character, and 3 for a separator that is estimated at 7.
    """
    return [max(1, round(reading_length(text))) for text in texts]


class PromptCosts:
    """Hold the tokens of lines, each counted once, and what a prompt of one style adds to them.

    The style ``completion`` puts a separator between two examples; ``chat`` wraps each example
    into a message of the user's and one of the assistant's, and shows its last exchange.
    """

    def __init__(
        self,
        count: CountAll = estimate,
        tokenizer: str = ESTIMATE,
        style: PromptStyle = "completion",
    ) -> None:
        """Count with ``count``; ``tokenizer`` names it in results."""
        self.tokenizer = tokenizer
        self.style: PromptStyle = style
        self._count = count
        self._known: dict[str, int] = {}

    @classmethod
    async def of_engine(
        cls, engine: ScoringEngine, lines: Iterable[Line], count: CountAll = estimate
    ) -> Self:
        """Return the costs of lines in the engine's prompts, counted with its tokenizer.

        Texts that are asked for later are counted with ``count``. Raises the engine's errors.
        """
        limits = await engine.limits()
        costs = cls(count, limits.model, limits.prompt_style)
        texts = list(dict.fromkeys([SEPARATOR, *map(_shown, lines)]))
        for start in range(0, len(texts), AT_ONCE):
            part = texts[start : start + AT_ONCE]
            costs._known |= zip(part, await engine.count_tokens(part), strict=True)
        return costs

    def add(self, texts: Iterable[str]) -> None:
        """Count the texts that are new, hundreds in one call."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for start in range(0, len(new), AT_ONCE):
            part = new[start : start + AT_ONCE]
            self._known |= zip(part, self._count(part), strict=True)

    def of(self, text: str) -> int:
        """Return the tokens of a text."""
        self.add((text,))
        return self._known[text]

    def of_line(self, line: Line) -> int:
        """Return the tokens of a line as an example shows it, with its newline."""
        return self.of(_shown(line))

    def add_lines(self, lines: Iterable[Line]) -> None:
        """Count the lines that are new."""
        self.add(map(_shown, lines))

    @property
    def of_example(self) -> int:
        """Tokens that each example takes beside its lines."""
        return 2 * MESSAGE_TOKENS if self.style == "chat" else self.of(SEPARATOR)

    @property
    def before_first(self) -> int:
        """Tokens that the first example takes less than the others: nothing to separate it from."""
        return 0 if self.style == "chat" else self.of(SEPARATOR)


def _shown(line: Line) -> str:
    return line.render() + "\n"


def packing_room(costs: PromptCosts, budget: int) -> PackingRoom:
    """Return the room that a prompt of this style has for exchanges."""
    left = budget - costs.of_example + costs.before_first
    return PackingRoom(left, costs.of_example, joins=costs.style != "chat")

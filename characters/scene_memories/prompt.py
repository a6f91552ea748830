"""Compose the prompt that asks for a character's memory of one scene."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from characters.language import Language, clip, reading_length
from characters.prompting import SEPARATOR, CountTokens, PromptMessage, PromptTooLongError
from characters.scene_memories.texts import TEXTS

_MOST_TOKENS = 900
_MOST_TOKENS_SMALL = 400
"""Most tokens of the scene's lines; a small model loses the thread of a longer one."""
_LINE_LENGTH = 80
"""Longest line shown, in CJK characters (three others count as one)."""
_MESSAGES = 5
_MESSAGE_TOKENS = 5
"""Tokens that a chat template adds to a message: measured with ChatML."""
_GOLDEN = 0.618034
"""Multiples of the golden ratio modulo 1 scatter evenly (Knuth, "The Art of Computer Programming",
6.4)."""


@dataclass(frozen=True, slots=True)
class SceneMemoryPrompt:
    """Hold the prompt, and the opening of its answer."""

    content: str | list[PromptMessage]
    """Ends with ``opening``, which the engine continues."""
    opening: str
    lines_shown: int
    """Number of the scene's lines in the prompt."""


class SceneMemoryDraft:
    """Compose the prompt within an engine's token budget, in two steps as a turn's is.

    The lines of a scene that is too long are chosen: first the character's and the ones before
    them, then others, from all over the scene; marks stand for the rest.
    """

    def __init__(
        self,
        name: str,
        language: Language,
        lines: Sequence[tuple[str, str]],
        own: Collection[str],
        style: Literal["chat", "completion"],
        *,
        small: bool,
    ) -> None:
        """Take the scene's lines (speaker, text); the speakers ``own`` are the character.

        With ``small``, take as few as a small model copes with.
        """
        self._name = name
        self._texts = TEXTS[language]
        self._style = style
        self._small = small
        self._most = _MOST_TOKENS_SMALL if small else _MOST_TOKENS
        colon = "：" if language == "zh" else ": "
        self._lines = [
            f"{name if speaker in own else speaker}{colon}{clip(text, _LINE_LENGTH)}\n"
            for speaker, text in lines
        ]
        ordered = _own_lines_first([speaker in own for speaker, _ in lines])
        # Twice as much as is shown by estimate, so that few lines need to be counted.
        lengths = [reading_length(line) for line in self._lines]
        self._offered = _fitting(ordered, lengths, 2 * self._most)

    def pieces(self) -> list[str]:
        """Return the texts whose token counts :meth:`fit` asks for."""
        return [self._frame(), self._texts.gap, *(self._lines[at] for at in self._offered)]

    def fit(self, count: CountTokens, budget: int) -> SceneMemoryPrompt:
        """Return the prompt with the lines that fit, in the order of the scene.

        Raises :class:`~characters.prompting.PromptTooLongError` where not one fits.
        """
        frame = count(self._frame()) + _MESSAGES * _MESSAGE_TOKENS
        gap = count(self._texts.gap)
        costs = {at: count(self._lines[at]) + gap for at in self._offered}
        shown = _fitting(self._offered, costs, min(self._most, budget - frame))
        if not shown:
            raise PromptTooLongError(frame + min(costs.values(), default=0), budget)
        return SceneMemoryPrompt(
            self._compose(self._with_gaps(sorted(shown))), self._texts.opening, len(shown)
        )

    def _with_gaps(self, shown: Sequence[int]) -> str:
        text, expected = "", 0
        for at in shown:
            text += self._lines[at] if at == expected else self._texts.gap + self._lines[at]
            expected = at + 1
        return text if expected == len(self._lines) else text + self._texts.gap

    def _frame(self) -> str:
        """Return the prompt without the scene's lines, to be counted once."""
        content = self._compose("")
        if isinstance(content, str):
            return content
        return "\n".join(message.content for message in content)

    def _compose(self, lines: str) -> str | list[PromptMessage]:
        texts = self._texts
        if self._style == "completion":
            cue = texts.completion
            example = self._ask(texts.example_name, texts.example_scene, cue) + texts.example
            return f"{example}{SEPARATOR}{self._ask(self._name, lines, cue)}{texts.opening}"
        content = [PromptMessage("system", texts.system.format(name=self._name))]
        if not self._small:  # which would copy from the example
            content += [
                PromptMessage(
                    "user", self._ask(texts.example_name, texts.example_scene, texts.question)
                ),
                PromptMessage("assistant", texts.example),
            ]
        return [
            *content,
            PromptMessage("user", self._ask(self._name, lines, texts.question)),
            PromptMessage("assistant", texts.opening),
        ]

    def _ask(self, name: str, lines: str, question: str) -> str:
        return f"{self._texts.scene}{lines}\n{question.format(name=name)}"


def prompt_length(length: float, language: Language, *, small: bool = False) -> int:
    """Return about how many tokens asking about a scene costs, the answer included.

    ``length`` is the :func:`~characters.language.reading_length` of its lines.
    """
    texts = TEXTS[language]
    frame = texts.system + texts.example_scene + texts.example + 2 * (texts.scene + texts.question)
    most = _MOST_TOKENS_SMALL if small else _MOST_TOKENS
    return round(reading_length(frame) + min(length, most) + reading_length(texts.example))


def _own_lines_first(own: Sequence[bool]) -> list[int]:
    """Return the positions of the lines: the character's and the ones before them, then others.

    Within both groups they are scattered, so that any beginning of the list covers the scene.
    """
    answered = [*own[1:], False]
    return sorted(
        range(len(own)), key=lambda at: (not (own[at] or answered[at]), at * _GOLDEN % 1.0)
    )


def _fitting(
    ordered: Sequence[int], costs: Sequence[float] | dict[int, int], room: float
) -> list[int]:
    """Return the positions that fit, skipping those too large for the room left."""
    fitting = []
    for at in ordered:
        if costs[at] <= room:
            room -= costs[at]
            fitting.append(at)
    return fitting

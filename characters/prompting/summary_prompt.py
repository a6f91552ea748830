"""Compose the prompt that summarises a dialogue's older lines, and an earlier summary.

The answer is begun for the engine, so that it reports the dialogue instead of continuing it;
:class:`~characters.profiles.ProfileTrimmer` keeps the answer short.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from characters.language import Language, reading_length
from characters.prompting import (
    SEPARATOR,
    CountTokens,
    Persona,
    PromptMessage,
    PromptTooLongError,
    Utterance,
)

_MOST_LINES = 40
_MOST_LINES_SMALL = 16
"""Most lines for a small model, which covers only the last ones when given more."""
_LINE_LENGTH = 150
"""Longest line shown, in CJK characters (three others count as one)."""
_MESSAGES = 3
_MESSAGE_TOKENS = 5
"""Tokens that a chat template adds to a message: measured with ChatML."""


@dataclass(frozen=True, slots=True)
class _Texts:
    system: str
    before: str
    dialogue: str
    question: str
    completion: str
    """Replaces the question where a text is continued."""
    opening: str
    example: str
    """Shows a model that continues a text what a summary is."""


_TEXTS: dict[Language, _Texts] = {
    "zh": _Texts(
        system="你为一段对话写前情提要。用第三人称，只写对话里说过的事，记下人名、约定和要紧的事，不编造。",
        before="此前的经过：{summary}\n\n",
        dialogue="接下来的对话：\n",
        question="请把以上全部内容写成一段前情提要，最多五句。",
        completion="以上全部内容的前情提要：\n",
        opening="{user}和{name}",
        example=(
            "接下来的对话：\n小林：我下周去青岛看海。\n阿宁：带上伞，那边爱下雨。\n"
            "小林：我怕坐船，晕。\n阿宁：那就在岸上吃蛤蜊，我认识一家店，回头告诉你。\n\n"
            "以上全部内容的前情提要：\n小林和阿宁说起小林下周要去青岛看海。阿宁提醒小林带伞。"
            "小林怕晕船，阿宁劝小林在岸上吃蛤蜊，答应告诉小林一家店。"
        ),
    ),
    "en": _Texts(
        system=(
            "You sum up a conversation, so that it can go on later. Write in the third person and "
            "only what was said; keep names, promises and what matters, and invent nothing."
        ),
        before="What happened so far: {summary}\n\n",
        dialogue="The conversation:\n",
        question="Sum all of this up in one paragraph of at most five sentences.",
        completion="All of this in one paragraph:\n",
        opening="{user} and {name}",
        example=(
            "The conversation:\nLeo: Next week I travel to Lisbon.\nMaud: Take an umbrella, it "
            "rains there.\nLeo: I get sick on boats.\nMaud: Then stay ashore and eat clams. I know "
            "a place, I will tell you.\n\nAll of this in one paragraph:\nLeo and Maud talked about "
            "Leo's journey to Lisbon next week. Maud advised him to take an umbrella. Leo gets "
            "sick on boats, so Maud told him to stay ashore and promised to name a place for clams."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class SummaryPrompt:
    """Hold the prompt, and the opening of its answer."""

    content: str | list[PromptMessage]
    """Ends with ``opening``, which the engine continues."""
    opening: str
    covered: int
    """Number of the given lines that the summary covers, from the oldest."""


class SummaryDraft:
    """Compose the prompt within an engine's token budget, in two steps as a turn's is.

    Where not all lines fit, the summary covers the oldest; the others are for the next summary,
    which begins with this one.
    """

    def __init__(
        self,
        persona: Persona,
        summary: str,
        lines: Sequence[Utterance],
        style: Literal["chat", "completion"],
        *,
        small: bool,
    ) -> None:
        """Take the ``summary`` of the lines before ``lines``; a ``small`` model gets but few."""
        self._texts = _TEXTS[persona.language]
        self._summary = summary.strip()
        self._style = style
        self._opening = self._texts.opening.format(user=persona.user_name, name=persona.name)
        names = {"user": persona.user_name, "character": persona.name}
        colon = "：" if persona.language == "zh" else ": "
        shown = lines[: _MOST_LINES_SMALL if small else _MOST_LINES]
        self._lines = [f"{names[line.role]}{colon}{_clip(line.text)}\n" for line in shown]

    def pieces(self) -> list[str]:
        """Return the texts whose token counts :meth:`fit` asks for."""
        return [self._frame(), *self._lines]

    def fit(self, count: CountTokens, budget: int) -> SummaryPrompt:
        """Return the prompt with as many lines as fit, from the oldest.

        Raises :class:`~characters.prompting.PromptTooLongError` where not one fits.
        """
        frame = count(self._frame()) + _MESSAGES * _MESSAGE_TOKENS
        sums = list(accumulate(map(count, self._lines), initial=frame))
        fitting = sum(total <= budget for total in sums[1:])
        if not fitting:
            raise PromptTooLongError(sums[min(1, len(self._lines))], budget)
        return SummaryPrompt(self._compose(self._lines[:fitting]), self._opening, fitting)

    def _frame(self) -> str:
        """Return the prompt without the lines, to be counted once."""
        content = self._compose(())
        if isinstance(content, str):
            return content
        return "\n".join(message.content for message in content)

    def _compose(self, lines: Sequence[str]) -> str | list[PromptMessage]:
        texts = self._texts
        before = texts.before.format(summary=self._summary) if self._summary else ""
        body = before + texts.dialogue + "".join(lines) + "\n"
        if self._style == "completion":
            return f"{texts.example}{SEPARATOR}{body}{texts.completion}{self._opening}"
        return [
            PromptMessage("system", texts.system),
            PromptMessage("user", body + texts.question),
            PromptMessage("assistant", self._opening),
        ]


def _clip(text: str) -> str:
    """Return the text as one line, cut off where it is long."""
    line = " ".join(text[: 4 * _LINE_LENGTH].split())
    while reading_length(line) > _LINE_LENGTH:
        line = line[: -max(1, int(reading_length(line) - _LINE_LENGTH))]
    return line if len(line) == len(" ".join(text.split())) else f"{line}…"

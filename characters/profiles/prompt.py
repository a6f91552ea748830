"""The prompt that asks for a profile: a worked example, the character's lines, the beginning."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from characters.language import Language
from characters.profiles.material import ProfileMaterial
from characters.profiles.texts import TEXTS
from characters.prompting import SEPARATOR, PromptMessage, PromptTooLongError

CountTokens = Callable[[str], int]

_MOST_LINES = 60
_MOST_LINES_SMALL = 10
"""A small model loses the thread in more, and copies them."""
_MENTIONS_SHARE = 0.25
"""Of the room for lines."""
_MESSAGE_TOKENS = 5
"""What a chat template wraps a message in: measured with ChatML."""


@dataclass(frozen=True, slots=True)
class ProfilePrompt:
    """What the engine is asked, and how its answer begins."""

    asked: str | list[PromptMessage]
    openings: Sequence[str]
    """How the sentences begin that the engine goes on with: one after which it writes the whole
    profile, or, of a small model, one for each sentence."""
    lines_shown: int
    """Lines of the character's own that the prompt shows."""

    @property
    def by_sentence(self) -> bool:
        """Whether each opening is for one sentence only."""
        return len(self.openings) > 1

    def begun(self, profile: str) -> str | list[PromptMessage]:
        """The prompt with the profile so far, which the engine goes on with."""
        if isinstance(self.asked, str):
            return self.asked + profile
        return [*self.asked, PromptMessage("assistant", profile)]


class ProfileDraft:
    """A prompt to be fitted into an engine's budget, in two steps as a turn's is.

    One model answers messages (``chat``), another goes on with a text (``completion``). The answer
    is begun for it, so that it writes about the character instead of talking as it, and a worked
    example shows what is wanted. A small model would copy from the example, and lose its way in
    a whole profile: it gets a beginning for each sentence instead.
    """

    def __init__(
        self,
        name: str,
        language: Language,
        material: ProfileMaterial,
        style: Literal["chat", "completion"],
        *,
        small: bool,
    ) -> None:
        """``small``: the model bears but few lines."""
        self._name = name
        self._texts = TEXTS[language]
        self._material = material
        self._style = style
        most = _MOST_LINES_SMALL if small else _MOST_LINES
        self._lines = material.lines[:most]
        self._mentions = material.mentions[: int(most * _MENTIONS_SHARE)]
        self._small = small

    def pieces(self) -> list[str]:
        """The texts whose token counts :meth:`fit` asks for."""
        return [self._frame(), *map(self._quoted, self._lines), *self._mentions]

    def fit(self, count: CountTokens, budget: int) -> ProfilePrompt:
        """As many lines as fit, best first, shown in the order of the script.

        Raises :class:`~characters.prompting.PromptTooLongError` where not one does.
        """
        frame = count(self._frame()) + 5 * _MESSAGE_TOKENS
        room = budget - frame
        costs = [count(mention) for mention in self._mentions]
        mentions = [self._mentions[n] for n in _fitting(costs, int(room * _MENTIONS_SHARE))]
        costs = [count(self._quoted(line)) for line in self._lines]
        shown = _fitting(costs, room - sum(map(count, mentions)))
        if not shown:
            raise PromptTooLongError(frame + min(costs, default=0), budget)
        shown.sort(key=self._material.order.__getitem__)
        lines = [self._lines[number] for number in shown]
        return ProfilePrompt(self._compose(lines, mentions), self._openings(), len(lines))

    def _frame(self) -> str:
        """Everything but lines and mentions, to be counted at once."""
        content = self._compose((), ())
        if isinstance(content, str):
            return content
        return "\n".join(message.content for message in content)

    def _compose(self, lines: Sequence[str], mentions: Sequence[str]) -> str | list[PromptMessage]:
        texts = self._texts
        told = self._told(self._name, lines, mentions, self._material.partners)
        example = self._told(
            texts.example_name, texts.example_lines, texts.example_mentions, texts.example_partners
        )
        if self._style == "completion":
            return f"{example}{texts.example}{SEPARATOR}{told}"
        asked = [PromptMessage("system", texts.system)]
        if not self._small:
            asked += [
                PromptMessage("user", example),
                PromptMessage("assistant", texts.example),
            ]
        return [*asked, PromptMessage("user", told)]

    def _openings(self) -> list[str]:
        texts, partners = self._texts, self._material.partners
        openings = [*texts.openings] if self._small else [texts.opening]
        if self._small and partners:
            openings.append(texts.of_partner)
        return [o.format(name=self._name, partner="".join(partners[:1])) for o in openings]

    def _told(
        self, name: str, lines: Sequence[str], mentions: Sequence[str], partners: Sequence[str]
    ) -> str:
        """What is known of somebody, and the question."""
        texts = self._texts
        text = texts.lines.format(name=name) + "".join(f"{self._quoted(line)}\n" for line in lines)
        if mentions:
            text += texts.mentions.format(name=name) + "".join(f"{line}\n" for line in mentions)
        if partners:
            text += texts.partners.format(name=name, partners=texts.comma.join(partners))
        asks = texts.completion if self._style == "completion" else texts.question
        return f"{text}\n{asks.format(name=name)}"

    def _quoted(self, line: str) -> str:
        return self._texts.quote.format(text=line)


def _fitting(costs: Sequence[int], room: int) -> list[int]:
    """The numbers of those that fit into the room, one after the other."""
    fitting = []
    for number, cost in enumerate(costs):
        if cost <= room:
            room -= cost
            fitting.append(number)
    return fitting

"""Compose the profile prompt: a worked example, the character's lines, the answer's opening."""

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
"""Most lines for a small model, which loses the thread in more, and copies them."""
_MENTIONS_SHARE = 0.25
"""Share of the room for lines."""
_MESSAGE_TOKENS = 5
"""Tokens that a chat template adds to a message: measured with ChatML."""


@dataclass(frozen=True, slots=True)
class ProfilePrompt:
    """Hold the prompt, and the openings of its answer."""

    content: str | list[PromptMessage]
    openings: Sequence[str]
    """Beginnings of sentences that the engine continues: one, after which it writes the whole
    profile, or one a sentence for a small model."""
    lines_shown: int
    """Number of the character's lines in the prompt."""

    @property
    def by_sentence(self) -> bool:
        """Return whether each opening is for one sentence only."""
        return len(self.openings) > 1

    def begun(self, profile: str) -> str | list[PromptMessage]:
        """Return the prompt with the profile written up to now, for the engine to continue."""
        if isinstance(self.content, str):
            return self.content + profile
        return [*self.content, PromptMessage("assistant", profile)]


class ProfileDraft:
    """Compose the prompt within an engine's token budget, in two steps as a turn's is.

    One model answers messages (``chat``), another continues a text (``completion``). The answer
    is begun for it, so that it writes about the character instead of speaking as it, and a worked
    example shows the form. A small model would copy from the example, and lose the thread in a
    whole profile: it gets a beginning for each sentence instead.
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
        """Choose the lines to offer; with ``small``, the few that a small model copes with."""
        self._name = name
        self._texts = TEXTS[language]
        self._material = material
        self._style = style
        most = _MOST_LINES_SMALL if small else _MOST_LINES
        self._lines = material.lines[:most]
        self._mentions = material.mentions[: int(most * _MENTIONS_SHARE)]
        self._small = small

    def pieces(self) -> list[str]:
        """Return the texts whose token counts :meth:`fit` asks for."""
        return [self._frame(), *map(self._quoted, self._lines), *self._mentions]

    def fit(self, count: CountTokens, budget: int) -> ProfilePrompt:
        """Return the prompt with the best lines that fit, in the order of the script.

        Raises :class:`~characters.prompting.PromptTooLongError` where not one line fits.
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
        """Return the prompt without lines and mentions, to be counted once."""
        content = self._compose((), ())
        if isinstance(content, str):
            return content
        return "\n".join(message.content for message in content)

    def _compose(self, lines: Sequence[str], mentions: Sequence[str]) -> str | list[PromptMessage]:
        texts = self._texts
        described = self._describe(self._name, lines, mentions, self._material.partners)
        example = self._describe(
            texts.example_name, texts.example_lines, texts.example_mentions, texts.example_partners
        )
        if self._style == "completion":
            return f"{example}{texts.example}{SEPARATOR}{described}"
        content = [PromptMessage("system", texts.system)]
        if not self._small:
            content += [
                PromptMessage("user", example),
                PromptMessage("assistant", texts.example),
            ]
        return [*content, PromptMessage("user", described)]

    def _openings(self) -> list[str]:
        texts, partners = self._texts, self._material.partners
        openings = [*texts.openings] if self._small else [texts.opening]
        if self._small and partners:
            openings.append(texts.of_partner)
        return [o.format(name=self._name, partner="".join(partners[:1])) for o in openings]

    def _describe(
        self, name: str, lines: Sequence[str], mentions: Sequence[str], partners: Sequence[str]
    ) -> str:
        """Return the lines and relations of one character, and the question about it."""
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
    """Return the numbers of the items that fit, skipping those too large for the room left."""
    fitting = []
    for number, cost in enumerate(costs):
        if cost <= room:
            room -= cost
            fitting.append(number)
    return fitting

"""The prompt that asks for a profile: a worked example, the character's lines, the beginning."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from characters.language import Language
from characters.profiles.material import Material
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
class _Texts:
    system: str
    lines: str
    quote: str
    mentions: str
    partners: str
    comma: str
    question: str
    completion: str
    """Takes the question's place where a text is continued: as the Index prompt has it."""
    opening: str
    openings: Sequence[str]
    """Of a small model's sentences: what it can tell from the lines. Asked simply who somebody is,
    it introduces itself."""
    of_partner: str
    example: str
    """An answer to lines of the same form, which shows what is wanted better than rules do."""
    example_lines: Sequence[str]
    example_name: str
    example_mentions: Sequence[str]
    example_partners: Sequence[str]


_TEXTS: dict[Language, _Texts] = {
    "zh": _Texts(
        system="你读剧本里的台词，写人物简介。只写台词里看得出的事，不编造，不照抄台词。",
        lines="{name}说过的话：\n",
        quote="“{text}”",
        mentions="别人提到{name}的话：\n",
        partners="{name}常和{partners}说话。\n",
        comma="、",
        question="请写{name}的人物简介：身份、性格、说话习惯、喜好、人物关系。",
        completion="以下是{name}的人设：\n",
        opening="{name}是",
        openings=("从台词看，{name}是个", "{name}说话", "{name}喜欢", "{name}最怕"),
        of_partner="{name}把{partner}当成",
        example_name="老周",
        example_lines=(
            "我修了三十年钟，没有一只是我修不好的。",
            "急什么。钟不急，人急。",
            "螺丝刀递给我，小心别扎着手。",
            "我这人不爱过年，太吵。",
        ),
        example_mentions=("小满：老周嘴硬心软，昨天还偷偷给我留了糖。",),
        example_partners=("小满",),
        example=(
            "老周是修了三十年钟的师傅，对自己的手艺很有把握。性子慢，遇事不慌。"
            "话少而短，爱拿钟打比方。嘴上冷淡，心里疼徒弟小满，怕她伤着手，偷偷给她留糖。"
            "不喜欢过年，嫌吵。"
        ),
    ),
    "en": _Texts(
        system=(
            "You read lines of a script and describe the character who says them. Write only what "
            "the lines show; invent nothing and do not quote them."
        ),
        lines="What {name} said:\n",
        quote='"{text}"',
        mentions="What others said about {name}:\n",
        partners="{name} often talks to {partners}.\n",
        comma=", ",
        question=(
            "Describe {name}: who that is, temper, way of speaking, likes and dislikes, "
            "relations to others."
        ),
        completion="Here is {name}'s profile:\n",
        opening="{name} is",
        openings=(
            "From these lines, {name} seems to be a",
            " {name} speaks",
            " {name} likes",
            " {name} is afraid of",
        ),
        of_partner=" {name} sees {partner} as",
        example_name="Nora",
        example_lines=(
            "Thirty years I have mended clocks, and never met one I could not mend.",
            "What is the hurry? The clock is not in a hurry.",
            "Hand me the small screwdriver, and mind your fingers.",
            "I never cared for Christmas. Too loud.",
        ),
        example_mentions=("Tom: Nora grumbles, and then she leaves me the last biscuit.",),
        example_partners=("Tom",),
        example=(
            "Nora is a clockmaker with thirty years behind her, sure of her craft. She takes her "
            "time and is never flustered. She speaks in short, dry sentences, often about clocks. "
            "She grumbles at Tom, her apprentice, but worries about his fingers and keeps him the "
            "last biscuit. She does not like Christmas: too loud."
        ),
    ),
}


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
        material: Material,
        style: Literal["chat", "completion"],
        *,
        small: bool,
    ) -> None:
        """``small``: the model bears but few lines."""
        self._name = name
        self._texts = _TEXTS[language]
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

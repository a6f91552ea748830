"""Provide the texts of profile prompts, in Chinese and in English."""

from collections.abc import Sequence
from dataclasses import dataclass

from characters.language import Language


@dataclass(frozen=True, slots=True)
class Texts:
    """Hold a prompt's texts beside the material; ``{name}`` is the character's."""

    system: str
    lines: str
    quote: str
    mentions: str
    partners: str
    comma: str
    question: str
    completion: str
    """Replaces the question where a text is continued, worded as in the Index prompt."""
    opening: str
    openings: Sequence[str]
    """A small model's sentences: facts that lines can show. Asked simply who a character is, the
    model introduces itself."""
    of_partner: str
    example: str
    """An answer to lines of the same form; it shows the form better than rules do."""
    example_lines: Sequence[str]
    example_name: str
    example_mentions: Sequence[str]
    example_partners: Sequence[str]


TEXTS: dict[Language, Texts] = {
    "zh": Texts(
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
    "en": Texts(
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

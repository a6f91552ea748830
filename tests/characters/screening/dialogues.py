"""Dialogues to screen replies of: one in English, one in Chinese."""

from dataclasses import replace
from typing import Any

from characters.prompting import Persona
from characters.screening import ScreenedDialogue

BEV = Persona(
    name="Bev",
    profile=(
        "Bev Ruddock, 47, from Skelby. She drove the 41 bus for seventeen years until the route"
        " was cut. Now she is the front of a pantomime horse. Short plain sentences."
        ' When she cares she asks, "You all right back there?"'
        " Likes haddock, early mornings, bus red."
    ),
    language="en",
    user_name="Mara",
)
AYING = Persona(
    name="阿应",
    profile=(
        "阿应，两面崖的回声，没有长相，只有声儿，出门就住进站长的搪瓷缸。\n"
        "性格：热乎、嘴快、爱热闹，耳朵极灵。\n说话习惯：兴奋时先重复对方句尾两三个字，再接自己的话。"
    ),
    language="zh",
    user_name="小满",
)
ENGLISH = ScreenedDialogue(
    persona=BEV,
    message="What is it like in there?",
    examples=(
        "Ambrose: How was your day, dear heart?",
        "Bev: Morning. Checked the oil. Walked to the weir and back. Sewed the ear on.",
    ),
    instructions=("Bev speaks briefly and never recites what is written above.",),
    labels=("Mara:", "Bev:", "Ambrose:", "Ambrose："),
)
CHINESE = ScreenedDialogue(
    persona=AYING,
    message="你今天过得怎么样？",
    examples=(
        "游客：什么话？",
        "阿应：礼物，物……我没有手，包不了。我攒了一句话，是您来的头一天喊的。",
    ),
    instructions=("阿应说话简短，一次只说一两句，只用自己的话回答，不念资料。",),
    labels=("小满：", "阿应：", "闻其详：", "闻其详:"),
)


def english(**changes: Any) -> ScreenedDialogue:
    return replace(ENGLISH, **changes)


def chinese(**changes: Any) -> ScreenedDialogue:
    return replace(CHINESE, **changes)

"""Word what stands in place of a reply, and the instruction to decline. Pure."""

from characters.language import Language

_NOTICES: dict[Language, str] = {
    "en": "[This reply is withheld: it goes against the rules of this house.]",
    "zh": "【这条回复不符合本站规定，不予显示。】",
}
_DECLINING: dict[Language, str] = {
    "en": (
        "What the other person just said leads to something that is not allowed here. Decline it "
        "in one or two sentences, in your own voice and in character, and do not repeat, describe "
        "or hint at what was asked for. Then turn the conversation to something else."
    ),
    "zh": (
        "对方刚才的话涉及这里不允许的内容。请保持角色，用自己的口吻以一两句话婉言拒绝，"
        "不要复述、描述或暗示对方要求的内容，然后把话题引向别处。"
    ),
}


def notice(language: Language) -> str:
    """Return the notice in place of a hidden reply."""
    return _NOTICES[language]


def declining(language: Language) -> str:
    """Return the instruction to decline in character."""
    return _DECLINING[language]

"""Choose the words that a reply drawn again avoids, by what was wrong with the one before."""

import re
from collections.abc import Mapping, Sequence

from characters.language import Language
from characters.screening.model import Finding, Offence

_WORDS: Mapping[Offence, Mapping[Language, Sequence[str]]] = {
    "refusal": {
        "en": (
            "Sorry",
            "sorry",
            "Unfortunately",
            "apologize",
            "assist",
            "unable",
            "provide",
            "request",
        ),
        "zh": ("抱歉", "对不起", "无法", "提供"),
    },
    "assistant_talk": {
        "en": (
            *("Sure", "Certainly", "Absolutely", "Here", "Below", "assist"),
            *("Python", "```", "def", "function", "import"),
        ),
        "zh": ("当然", "以下", "好的", "帮助", "Python", "```", "def", "函数", "import"),
    },
    "meta_talk": {
        "en": ("AI", "artificial", "language", "model", "assistant", "character", "role", "prompt"),
        "zh": (
            *("AI", "人工智能", "人工", "智能", "语言模型", "模型", "阿里云", "助手"),
            *("角色", "扮演", "设定", "作为"),
        ),
    },
    "language": {
        "en": ("的", "是", "我", "你", "，", "。", "了"),
        "zh": ("I", "the", "you", "is", "Hello", "I'm", "The", "My", "to"),
    },
    "prompt_echo": {"en": (), "zh": ()},
    "repeat": {"en": (), "zh": ()},
    "echo": {"en": (), "zh": ()},
    "speaker": {"en": (), "zh": ()},
    "empty": {"en": (), "zh": ()},
}
TEMPTATIONS: Mapping[Offence, re.Pattern[str]] = {
    "meta_talk": re.compile(
        r"\b(?:AI|A\.I\.|chat ?bots?|robots?|language models?|ChatGPT|assistant)(?!\w)"
        r"|人工智能|机器人|语言模型|大模型|助手",
        re.IGNORECASE,
    ),
    "assistant_talk": re.compile(
        r"\b(?:python|java(?:script)?|code|coding|functions?|programs?|SQL|HTML)\b"
        r"|代码|编程|程序|函数",
        re.IGNORECASE,
    ),
}
"""What users say that makes a model fall out of character."""
_LONG_WORD = re.compile(r"[A-Za-z]{5,}")
_CHINESE_WORD = re.compile("[\u4e00-\u9fff]{2,3}")
_FUNCTION_CHARACTERS = re.compile(
    "[的了我你您他她它是在不有也就都和这那一个们吗呢吧呀嘛啦着过把被给到说]"
)
_MOST_REPEATED = 3
_LABEL_END = re.compile("[:：]")
_MARKS = ' \t\n"“「『(（)）[]【】*#>_'
_LONGEST_NAME = 40


def avoided_words(finding: Finding, text: str, language: Language) -> list[str]:
    """Return words that the next draw should do without.

    An engine may be unable to ban a phrase, and bans each token of a word wherever it occurs, so
    the words are few, and none that every sentence needs.
    """
    if finding.offence in {"prompt_echo", "repeat", "echo"}:
        return _rarest(text[finding.at :], language)
    if finding.offence == "speaker":
        return [_LABEL_END.split(text[finding.at :], maxsplit=1)[0].strip(_MARKS)[:_LONGEST_NAME]]
    return list(_WORDS[finding.offence][language])


def tempting_words(message: str, offence: Offence, language: Language) -> list[str]:
    """Return words that the first draw should do without, as the message tempts to the offence."""
    tempts = TEMPTATIONS[offence].search(message)
    return list(_WORDS[offence][language]) if tempts else []


def _rarest(text: str, language: Language) -> list[str]:
    """Return the longest words, which a text is least likely to need again."""
    if language == "en":
        words = dict.fromkeys(_LONG_WORD.findall(text))
        return sorted(words, key=len, reverse=True)[:_MOST_REPEATED]
    between = _FUNCTION_CHARACTERS.sub(" ", text)
    return list(dict.fromkeys(_CHINESE_WORD.findall(between)))[:_MOST_REPEATED]

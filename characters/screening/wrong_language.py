"""Find texts in another language than the character's: Chinese in place of English, or English."""

import re
from collections.abc import Iterable

from characters.language import Language
from characters.screening.words import words_of

_LATIN = re.compile(r"[a-z]+(?:'[a-z]+)*")
_FUNCTION_WORDS = re.compile(
    r"a|am|an|and|are|as|at|be|but|can|do|for|have|he|here|how|i|i'm|in|is|it|it's|like|me"
    r"|my|no|not|of|on|or|our|please|she|so|that|the|there|they|this|to|us|was|we|what"
    r"|where|who|why|will|with|you|you're|your"
)
_LEAST_WORDS = 4
"""Fewest English words of an English sentence in a Chinese reply: shorter ones are greetings and
loan words."""
_SURELY_LATIN = 8
"""Words in Latin letters that are no Chinese sentence, in whatever language they are."""
_LEAST_ALONE = 3
"""Fewest words, or characters, of a text that has none of the character's language."""
_LEAST_LETTERS = 12
"""Fewest letters of an English text without a Chinese character: shorter ones are exclamations."""
_STRAY = re.compile(r"(?<![A-Za-z0-9./@-])[a-z]{4,}(?![A-Za-z0-9./@])")
"""An English word in a Chinese sentence: no abbreviation, name or address."""
_LEAST_CHARACTERS = 6
"""Fewest characters of a Chinese sentence among English words."""
_LETTERS_PER_CHARACTER = 2
"""A Chinese text has fewer characters than its translation has letters."""

_ASKED_FOR = re.compile(
    r"英语|英文|中文|汉语|普通话|翻译|怎么说|日语|法语|外语|\bEnglish\b|\bChinese\b|\bMandarin\b"
    r"|\btranslat|\bhow do you say\b|\bin your language\b",
    re.IGNORECASE,
)


class CharacterLanguage:
    """Know which language a character speaks, and what else belongs to its speech."""

    def __init__(self, language: Language, script: Iterable[str], known: Iterable[str]) -> None:
        """Take texts of the ``script``, which may change between the languages.

        Words of the ``known`` texts (names, the user's line) count for neither language.
        """
        self._language = language
        self._known = frozenset(word for text in known for word in words_of(text))
        texts = list(script)
        self._mixed = any(self._is_other(text) for text in texts)
        self._loans = language != "zh" or any(map(_STRAY.search, texts))

    def is_wrong(self, text: str) -> bool:
        """Return whether a text is in the other language, though the script never is."""
        return not self._mixed and (self._is_other(text) or self._has_stray(text))

    def is_other(self, text: str) -> bool:
        """Return whether a text is in the other language."""
        return self._is_other(text)

    def _has_stray(self, text: str) -> bool:
        """Return whether a Chinese text has an English word, though the script has none."""
        return not self._loans and any(each not in self._known for each in _STRAY.findall(text))

    def _is_other(self, text: str) -> bool:
        words = [word for word in words_of(text) if word not in self._known]
        latin = [word for word in words if _LATIN.fullmatch(word)]
        characters = sum(word >= "\u2e80" for word in words)
        letters = sum(map(len, latin))
        if self._language == "en":
            alone = not letters and characters >= _LEAST_ALONE
            enough = characters >= _LEAST_CHARACTERS
            return alone or (enough and characters * _LETTERS_PER_CHARACTER > letters)
        if characters * 5 * _LETTERS_PER_CHARACTER > letters:
            return False
        if not characters and len(latin) >= _LEAST_ALONE and letters >= _LEAST_LETTERS:
            return True
        english = len(latin) >= _LEAST_WORDS and any(map(_FUNCTION_WORDS.fullmatch, latin))
        return english or len(latin) >= _SURELY_LATIN


def has_language(text: str, language: Language) -> bool:
    """Return whether any word of a text is in the language."""
    return any((word >= "\u2e80") == (language == "zh") for word in words_of(text))


def asks_for_a_language(message: str) -> bool:
    """Return whether a message is about a language, so that the reply may be in it."""
    return _ASKED_FOR.search(message) is not None

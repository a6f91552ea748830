"""Find long runs of words that a text shares, word for word, with others."""

import re
from collections.abc import Iterable, Sequence

from characters.screening.sentences import sentences
from characters.screening.words import Words, words_of

_QUOTED = re.compile(r"\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|「[^」\n]{1,200}」|『[^』\n]{1,200}』")


class KnownRuns:
    """Know the runs of words in texts, to find them in another.

    Finding takes time linear in the text's words.
    """

    def __init__(self, texts: Iterable[str], run: int, sentence: int | None = None) -> None:
        """Find runs of at least ``run`` words, and whole sentences of at least ``sentence``."""
        self._run = run
        self._runs: set[Words] = set()
        self._sentences: set[Words] = set()
        for text in texts:
            words = words_of(text)
            self._runs.update(words[at : at + run] for at in range(len(words) - run + 1))
            if sentence is not None:
                said = map(words_of, sentences(text))
                self._sentences.update(each for each in said if len(each) >= sentence)

    def in_words(self, words: Words) -> bool:
        """Return whether the words hold a run of the texts."""
        if not self._runs:
            return False
        ends = range(len(words) - self._run + 1)
        return any(words[at : at + self._run] in self._runs for at in ends)

    def is_sentence(self, words: Words) -> bool:
        """Return whether the words are a long sentence of the texts."""
        return words in self._sentences


def without_quotations(text: str) -> str:
    """Return a profile without what it quotes: the character is meant to say that."""
    return _QUOTED.sub("\n", text)


def spoken(lines: Sequence[str]) -> list[str]:
    """Return what lines, ``speaker：text``, say."""
    return [line.replace("：", ":", 1).partition(":")[2] or line for line in lines]

"""Choose the prefixes that a model family was trained with, from its published model card."""

import re
from typing import NamedTuple

# "e5-large-v2", "multilingual-e5-small", but not "e5-mistral-7b-instruct", which takes
# instructions in place of prefixes.
_E5 = re.compile(r"(?:^|[-_])e5(?:[-_](?!.*instruct)|$)", re.IGNORECASE)
_BGE = re.compile(r"(?:^|[-_])bge[-_](?:small|base|large)[-_](?P<language>zh|en)", re.IGNORECASE)


class Prefixes(NamedTuple):
    """Hold the prefix of stored texts and the prefix of queries."""

    key: str
    query: str


def prefixes_for(name_or_path: str) -> Prefixes:
    """Return a model's prefixes by the last part of its name; empty for an unknown family.

    Sources: the cards of ``intfloat/e5-*`` and ``intfloat/multilingual-e5-*`` (``passage: `` and
    ``query: ``), and of ``BAAI/bge-{small,base,large}-{zh,en}`` (an instruction before queries
    alone). ``bge-m3`` needs none, says its card.
    """
    name = re.split(r"[/\\]", name_or_path.rstrip("/\\"))[-1]
    if _E5.search(name):
        return Prefixes("passage: ", "query: ")
    if match := _BGE.search(name):
        return Prefixes("", _BGE_QUERY[match["language"].lower()])
    return Prefixes("", "")


_BGE_QUERY = {
    "zh": "为这个句子生成表示以用于检索相关文章：",
    "en": "Represent this sentence for searching relevant passages: ",
}

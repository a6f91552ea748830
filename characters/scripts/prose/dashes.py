"""Find what is said in a paragraph that opens with a dash: ``— Oui, dit Mira``."""

import re

from characters.scripts.prose import european

_OPENS = re.compile(r"\s*(?:[—–―‒]|--?(?=\s|[^\W\d_]|[¿¡«…]))\s*")
_DASH = re.compile(r"\s*(?:[—–―]|--)\s*")
_HYPHEN = re.compile(r"\s+-\s*(?=\S)|-(?=[\s.,;:])\s*")
_ENDS = ".!?…"
_FIRST_OR_SECOND = re.compile(
    r"\b(?:je|j['’]|tu|t['’]|nous|vous|me|m['’]|moi|toi|mon|ma|mes|ton|ta|tes|notre|nos|votre|vos)(?!\w)"
    r"|[?!]",
    re.IGNORECASE,
)
_CLAUSE_CHARACTERS = 100
_SEEN_CHARACTERS = 300
"""How far behind a clause speech is sought."""
_AROUND = " \t\u00a0,;:—–―-"

Span = tuple[int, int]


def opening_dash(text: str) -> str:
    """Return the dash of a speech, with its space, that opens a paragraph; else ""."""
    match = _OPENS.match(text)
    return match[0] if match else ""


def find_dashed(text: str) -> list[Span]:
    """Return the ranges of a paragraph that are said, none where it opens with no dash.

    A dash behind the speech begins narration where a clause of speech follows, behind the end
    of a sentence, and where it stands as Spanish sets it, ``—dijo``; the next one ends it.
    """
    opening = _OPENS.match(text)
    if opening is None:
        return []
    dash = _HYPHEN if opening[0].strip() == "-" else _DASH
    spans: list[Span] = []
    start: int | None = opening.end()
    for match in dash.finditer(text, opening.end()):
        if start is None:
            start = match.end()
        elif _begins_narration(text, match):
            spans.append((start, match.start()))
            start = None
    if start is not None:
        spans.append((start, len(text)))
    return _trim(text, [part for span in spans for part in split_incises(text, *span)])


def split_incises(text: str, start: int, end: int) -> list[Span]:
    """Return the parts of a speech around French clauses that name who speaks.

    Behind a clause that ends a sentence, only words of the first or second person, questions and
    exclamations are taken for speech.
    """
    parts: list[Span] = []
    while (found := european.find_incise(text, start, end)) is not None:
        parts.append((start, found[0]))
        start = found[1]
        if text[start : start + 1] in _ENDS and not _is_said(text, start + 1, end):
            return parts
        start += text[start : start + 1] in _ENDS
    parts.append((start, end))
    return parts


def _is_said(text: str, start: int, end: int) -> bool:
    """Return whether words of the first or second person, a question or a cry follow."""
    return _FIRST_OR_SECOND.search(text, start, min(end, start + _SEEN_CHARACTERS)) is not None


def _begins_narration(text: str, match: re.Match[str]) -> bool:
    if european.opens_clause(text[match.end() : match.end() + _CLAUSE_CHARACTERS]):
        return True
    token = match[0]
    spaced_before, spaced_behind = token[:1].isspace(), token[-1:].isspace()
    ends = text[: match.start()].rstrip()[-1:] in _ENDS
    return (ends and (spaced_before or spaced_behind)) or (
        spaced_before and not spaced_behind and not token.strip().startswith("-")
    )


def _trim(text: str, spans: list[Span]) -> list[Span]:
    """Return the spans without white space and joining marks at their ends; none are empty."""
    trimmed = []
    for start, end in spans:
        said = text[start:end]
        begins = start + len(said) - len(said.lstrip(_AROUND + ".»"))
        ends = end - (len(said) - len(said.rstrip(" \t\u00a0—–―-")))
        if any(map(str.isalnum, text[begins:ends])):
            trimmed.append((begins, ends))
    return trimmed

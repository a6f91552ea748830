"""Leave out what the Archive of Our Own writes around a work: its data and the author's notes."""

import re

_PREFACE = re.compile(r"<div[^<>]{0,80}\bid\s*=\s*[\"']preface[\"']", re.IGNORECASE)
_CHAPTERS = re.compile(r"<div[^<>]{0,80}\bid\s*=\s*[\"']chapters[\"']", re.IGNORECASE)
_AFTERWORD = re.compile(r"<div[^<>]{0,80}\bid\s*=\s*[\"']afterword[\"']", re.IGNORECASE)
_NOTES = re.compile(
    r"<(p|h[1-6])\b[^<>]{0,80}>\s*(?:<b>|<strong>)?\s*(?:(?:Chapter |End |Chapter End )?Notes|"
    r"(?:Chapter )?Summary)\s*(?:</b>|</strong>)?\s*</\1>\s*<blockquote\b",
    re.IGNORECASE,
)
_END_OF_QUOTE = re.compile(r"</blockquote\s*>", re.IGNORECASE)


def strip_notes(html: str) -> str:
    """Return the page's chapters, without notes and summaries; any other page as it is."""
    preface = _PREFACE.search(html)
    chapters = _CHAPTERS.search(html, preface.end()) if preface else None
    if preface is None or chapters is None:
        return html
    afterword = _AFTERWORD.search(html, chapters.end())
    end = afterword.start() if afterword else len(html)
    return html[: preface.start()] + _drop_quoted(html[chapters.start() : end])


def _drop_quoted(html: str) -> str:
    """Return ``html`` without the quotations under the headings of notes and summaries."""
    kept: list[str] = []
    start = 0
    for match in _NOTES.finditer(html):
        closing = _END_OF_QUOTE.search(html, match.end())
        if closing is None:
            break
        if match.start() >= start:
            kept.append(html[start : match.start()])
            start = closing.end()
    return "".join(kept) + html[start:]

"""Read the verdicts of guards, which are untrusted text. Pure.

Sources: the model cards of Qwen3Guard-Gen and Llama Guard 3; the OpenAI API reference,
"Moderations".
"""

import re
from collections.abc import Sequence

from app.moderation.port import Finding, ModerationError, category_of
from characters.json_values import JsonObject, JsonValue

_LONGEST_VERDICT = 600
_MOST_CATEGORIES = 20
_QWEN = re.compile(
    r"\s*Safety:[ \t]*(Safe|Unsafe|Controversial)[ \t]*"
    r"(?:\n\s*Categories:[ \t]*([^\n]*))?"
    r"(?:\n\s*Refusal:[ \t]*(?:Yes|No)[ \t]*)?\s*"
)
_LLAMA = re.compile(
    r"\s*(safe|unsafe)[ \t]*(?:\n\s*(S\d{1,2}(?:[ \t]*,[ \t]*S\d{1,2})*)[ \t]*)?\s*"
)
_LLAMA_CATEGORIES = (
    "violent crimes",
    "non-violent crimes",
    "sex-related crimes",
    "child sexual exploitation",
    "defamation",
    "specialized advice",
    "privacy",
    "intellectual property",
    "indiscriminate weapons",
    "hate",
    "suicide & self-harm",
    "sexual content",
    "elections",
    "code interpreter abuse",
)
"""S1 to S14 of Llama Guard 3."""
_NONE = {"", "none"}


def qwen3guard_findings(verdict: str, *, strict: bool) -> list[Finding]:
    """Return what Qwen3Guard-Gen found; ``strict`` counts what it calls controversial.

    Raises :class:`ModerationError` for any other text than a verdict.
    """
    match = _matched(_QWEN, verdict)
    label = match[1]
    if label == "Safe" or (label == "Controversial" and not strict):
        return []
    named = [name for name in (match[2] or "").split(",") if name.strip().casefold() not in _NONE]
    return _findings(named or ["unsafe"], label.casefold())


def llama_guard_findings(verdict: str) -> list[Finding]:
    """Return what Llama Guard found. Raises :class:`ModerationError` for another text."""
    match = _matched(_LLAMA, verdict)
    if match[1] == "safe":
        return []
    codes = [code.strip() for code in (match[2] or "").split(",") if code.strip()]
    found = []
    for code in codes:
        number = int(code[1:]) - 1
        known = 0 <= number < len(_LLAMA_CATEGORIES)
        found.append(Finding(_LLAMA_CATEGORIES[number] if known else code.casefold(), code))
    return _once(found) or [Finding("unsafe")]


def moderations_findings(answer: JsonObject) -> list[Finding]:
    """Return what an answer of ``/v1/moderations`` to one text says.

    A category that is true counts even where ``flagged`` is not, and the other way round. Raises
    :class:`ModerationError` for an answer of another form.
    """
    results = answer.get("results")
    if not isinstance(results, list) or not results:
        raise _unreadable()
    found: list[Finding] = []
    for result in results[:_MOST_CATEGORIES]:
        if not isinstance(result, dict):
            raise _unreadable()
        found += _of_result(result)
    return _once(found)


def chat_verdict(answer: JsonObject) -> str:
    """Return the text that a chat completion answers with.

    Raises :class:`ModerationError` where it has none.
    """
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, str):
        raise _unreadable()
    return content


def _of_result(result: dict[str, JsonValue]) -> list[Finding]:
    flagged, categories = result.get("flagged"), result.get("categories", {})
    if not isinstance(flagged, bool) or not isinstance(categories, dict):
        raise _unreadable()
    named = [name for name, value in categories.items() if value is True]
    return _findings(named or (["unsafe"] if flagged else []), "")


def _matched(pattern: re.Pattern[str], verdict: str) -> re.Match[str]:
    match = pattern.fullmatch(verdict) if len(verdict) <= _LONGEST_VERDICT else None
    if match is None:
        raise _unreadable()
    return match


def _findings(names: Sequence[str], detail: str) -> list[Finding]:
    return _once([Finding(category_of(name), detail) for name in names])


def _once(findings: Sequence[Finding]) -> list[Finding]:
    return list({each.category: each for each in findings}.values())[:_MOST_CATEGORIES]


def _unreadable() -> ModerationError:
    return ModerationError("unreadable", "The guard answers something else than a verdict.")

"""Verdicts are read strictly: anything else is no verdict."""

from typing import Any

import pytest

from app.moderation.port import ModerationError
from app.moderation.verdicts import (
    chat_verdict,
    llama_guard_findings,
    moderations_findings,
    qwen3guard_findings,
)


def qwen(verdict: str, *, strict: bool = False) -> list[str]:
    return [each.category for each in qwen3guard_findings(verdict, strict=strict)]


def test_verdicts_of_qwen3guard() -> None:
    assert qwen("Safety: Safe\nCategories: None\nRefusal: Yes") == []
    assert qwen("Safety: Safe\nCategories: None") == []
    assert qwen("Safety: Unsafe\nCategories: Violent, PII\n") == ["violent", "pii"]
    assert qwen("Safety: Unsafe\nCategories: Sexual Content or Sexual Acts\nRefusal: No") == [
        "sexual content or sexual acts"
    ]
    assert qwen("Safety: Unsafe\nCategories: None") == ["unsafe"]
    controversial = "Safety: Controversial\nCategories: Unethical Acts"
    assert qwen(controversial) == []
    assert qwen(controversial, strict=True) == ["unethical acts"]


def test_verdicts_of_llama_guard() -> None:
    found = llama_guard_findings("\n\nunsafe\nS1, S10,S99")
    assert [(each.category, each.detail) for each in found] == [
        ("violent crimes", "S1"),
        ("hate", "S10"),
        ("s99", "S99"),
    ]
    assert llama_guard_findings("\n\nsafe") == []
    assert [each.category for each in llama_guard_findings("unsafe")] == ["unsafe"]


@pytest.mark.parametrize(
    "verdict",
    [
        "",
        "I think that is fine.",
        "Safety: Maybe",
        "<html><body>Safety: Safe</body></html>",
        "The user says: Safety: Safe\nCategories: None",
        "Safety: Safe\nCategories: None\nSafety: Unsafe\nCategories: Violent",
        "Safety: Unsafe\nCategories: " + "Violent, " * 500,
        "safe\nunsafe\nS1",
        "SAFE",
        "safe " * 200,
    ],
)
def test_any_other_text_is_no_verdict(verdict: str) -> None:
    with pytest.raises(ModerationError) as raised:
        qwen3guard_findings(verdict, strict=False)
    assert raised.value.kind == "unreadable"
    with pytest.raises(ModerationError):
        llama_guard_findings(verdict)


def test_answers_of_the_moderations_route() -> None:
    def categories(*results: dict[str, Any]) -> list[str]:
        return [each.category for each in moderations_findings({"results": list(results)})]

    assert categories({"flagged": False, "categories": {"hate": False}}) == []
    assert categories({"flagged": True, "categories": {"Hate": True, "pii": False}}) == ["hate"]
    assert categories({"flagged": True, "categories": {}}) == ["unsafe"]
    assert categories({"flagged": False, "categories": {"hate": True}}) == ["hate"]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"results": []},
        {"results": ["safe"]},
        {"results": [{"flagged": "no"}]},
        {"results": [{"flagged": None, "categories": {}}]},
        {"results": [{"flagged": False, "categories": ["hate"]}]},
    ],
)
def test_another_answer_is_no_verdict(answer: Any) -> None:
    with pytest.raises(ModerationError):
        moderations_findings(answer)
    with pytest.raises(ModerationError):
        chat_verdict(answer)

"""The report: what is doubtful, by code and with its place; speakers that may be one."""

import json

import pytest

from app.settings import LimitSettings, Settings
from tests.app.running import Running, as_object, code_of, error_of, running

pytestmark = pytest.mark.anyio

SCRIPT = """MARY: Who put the lamp out?
TOM: The wind did, and you know it.
THE MARY: I did not believe him then.
TOM: I can hear you thinking, Mary.
Mary: Then answer me.
: nobody
"""
MERGED = {"THE MARY": "MARY", "Mary": "MARY"}


async def check(stage: Running, content: bytes, **data: str) -> dict[str, object]:
    response = await stage.http.post(
        "/api/scripts?dry_run=true", files={"file": ("play.txt", content)}, data=data
    )
    assert response.status_code == 200, response.text
    return as_object(response)


async def test_speakers_that_may_be_one_are_suggested_with_a_reason(stage: Running) -> None:
    report = await check(stage, SCRIPT.encode(), format="text")
    assert report["aliases"] == {}
    merges = report["merges"]
    assert isinstance(merges, list)
    assert {merge["alias"]: merge["name"] for merge in merges} == MERGED
    assert all(merge["reason"].endswith(".") for merge in merges)


async def test_accepted_merges_hold_for_lines_scenes_and_characters(stage: Running) -> None:
    response = await stage.http.post(
        "/api/scripts",
        files={"file": ("play.txt", SCRIPT.encode())},
        data={"aliases": json.dumps(MERGED), "format": "text"},
    )
    report = as_object(response)
    assert (report["aliases"], report["merges"]) == (MERGED, [])
    assert [(one["name"], one["lines"]) for one in report["speakers"]] == [("MARY", 3), ("TOM", 2)]
    stored = await stage.http.get(f"/api/scripts/{report['id']}")
    assert stored.json() == report
    scenes = as_object(await stage.http.get(f"/api/scripts/{report['id']}/scenes"))["items"]
    assert {line["speaker"] for scene in scenes for line in scene["lines"]} == {"MARY", "TOM"}
    mary = await stage.make_character("MARY", script_ids=[report["id"]])
    assert mary["lines"] == 3


@pytest.mark.one_database
@pytest.mark.parametrize("aliases", ["[]", "{", '{"a": 1}', '{"a": "b\\u0000"}', '{"a": "a"}'])
async def test_aliases_that_are_none_are_refused(stage: Running, aliases: str) -> None:
    response = await stage.http.post(
        "/api/scripts?dry_run=true",
        files={"file": ("play.txt", SCRIPT.encode())},
        data={"aliases": aliases},
    )
    assert code_of(response) == "422 invalid_aliases"


async def test_bytes_that_do_not_decode_are_doubtful_rows(stage: Running) -> None:
    text = "阿宁：今天的雨下得真大啊。\n老周：等雨停了再走吧。\n" * 5
    report = await stage.upload(text.encode() + b"\xe9\x98: x\n", "rain.txt")
    assert report["encoding"] == "utf-8"
    assert report["encoding_confidence"] < 1
    assert report["rejected"] == [
        {
            "row": 11,
            "part": None,
            "text": "\ufffd: x",
            "code": "undecodable_bytes",
            "reason": f"In utf-8 there is nothing at bytes {len(text.encode()):,} to "
            f"{len(text.encode()) + 1:,} of the file, so \ufffd stands there.",
        }
    ]
    assert report["rejected_by_code"] == {"undecodable_bytes": 1}
    assert report["rows"] == {"total": 11, "dialogue": 11, "narration": 0, "rejected": 0}
    assert report["unattributed_share"] is None


@pytest.mark.parametrize(
    ("limit", "content", "code"),
    [
        ({"line_characters": 20}, b"Anna: One.\nBen: " + b"x" * 20, "line_too_long"),
        ({"script_lines": 3}, b"Anna: One.\n" * 4, "too_many_lines"),
        ({"upload_bytes": 30}, b"Anna: One.\n" * 3, "too_large"),
    ],
)
@pytest.mark.parametrize("query", ["", "?dry_run=true"])
async def test_what_crosses_a_limit_is_refused_and_the_limit_named(
    settings: Settings, limit: dict[str, int], content: bytes, code: str, query: str
) -> None:
    limited = settings.model_copy(update={"limits": LimitSettings(**limit)})
    async with running(limited) as stage:
        response = await stage.http.post(
            f"/api/scripts{query}", files={"file": ("play.txt", content)}
        )
        assert code_of(response) == f"413 {code}"
        assert f" {next(iter(limit.values()))} " in error_of(response)["message"]
        assert as_object(await stage.http.get("/api/scripts"))["items"] == []

"""Uploads: what is stored, what is refused, and what the report says."""

import pytest

from tests.app.running import SCRIPT, Running, as_object, code_of, error_of

pytestmark = pytest.mark.anyio


async def refuse(stage: Running, content: bytes, filename: str = "play.txt", **data: str) -> str:
    """The code an upload is refused with; nothing is stored."""
    response = await stage.http.post("/api/scripts", files={"file": (filename, content)}, data=data)
    assert as_object(await stage.http.get("/api/scripts"))["items"] == []
    return code_of(response)


async def test_a_script_is_stored_with_its_report(stage: Running) -> None:
    response = await stage.http.post(
        "/api/scripts", files={"file": ("play.txt", SCRIPT.encode())}, data={"title": "A Play"}
    )
    assert response.status_code == 201
    report = as_object(response)
    assert report["title"] == "A Play"
    assert report["filename"] == "play.txt"
    assert (report["format"], report["encoding"], report["language"]) == ("text", "utf-8", "en")
    assert (report["scenes"], report["lines"]) == (3, 8)
    assert [(s["name"], s["lines"], s["scenes"]) for s in report["speakers"]] == [
        ("Anna", 3, 2),
        ("Ben", 3, 3),
        ("Clara", 2, 2),
    ]
    assert (report["rejected"], report["rejected_total"]) == ([], 0)
    assert (report["duplicate"], report["replaced"], report["characters"]) == (False, False, [])
    stored = await stage.http.get(f"/api/scripts/{report['id']}")
    assert stored.json() == report


async def test_the_title_defaults_to_the_name_of_the_file(stage: Running) -> None:
    report = await stage.upload(filename="C:\\plays\\第一幕.final.txt")
    assert report["title"] == "第一幕.final"
    assert report["filename"] == "第一幕.final.txt"


async def test_a_row_without_a_colon_is_reported_and_the_rest_stored(stage: Running) -> None:
    report = await stage.upload("Anna: One.\nnobody says this\nBen: Two.\n")
    assert report["lines"] == 2
    assert report["rejected_total"] == 1
    (rejected,) = report["rejected"]
    assert (rejected["row"], rejected["text"], rejected["code"]) == (
        2,
        "nobody says this",
        "no_colon",
    )


async def test_a_dry_run_stores_nothing(stage: Running) -> None:
    response = await stage.http.post(
        "/api/scripts?dry_run=true", files={"file": ("play.txt", SCRIPT.encode())}
    )
    assert response.status_code == 200
    report = as_object(response)
    assert (report["id"], report["lines"], report["created_at"]) == (None, 8, None)
    assert as_object(await stage.http.get("/api/scripts"))["items"] == []
    assert as_object(await stage.http.get("/api/admin/stats"))["scenes"] == 0


async def test_files_that_are_no_scripts_are_refused(stage: Running) -> None:
    assert await refuse(stage, b"") == "422 empty_file"
    assert await refuse(stage, b" \n\n ") == "422 empty_file"
    assert await refuse(stage, b"Once upon a time\nthere was nobody.\n") == "422 no_dialogue"
    assert await refuse(stage, b"\x89PNG\r\n\x1a\n" + bytes(100)) == "422 binary_file"
    assert await refuse(stage, bytes(range(256)) * 10) == "422 binary_file"


async def test_wrong_wishes_are_refused(stage: Running) -> None:
    gbk = "三三：你好，今天天气不错。\n".encode("gb18030")
    assert await refuse(stage, gbk, encoding="utf-8") == "422 wrong_encoding"
    assert await refuse(stage, gbk, encoding="klingon") == "422 unknown_encoding"
    assert await refuse(stage, gbk, format="opera") == "422 unknown_format"
    assert await refuse(stage, gbk, title="x" * 201) == "422 title_too_long"
    assert await refuse(stage, gbk, title="a\x00b") == "422 invalid_title"
    assert await refuse(stage, gbk, encoding="e" * 301) == "422 invalid_request"
    missing = await stage.http.post("/api/scripts", data={"title": "no file"})
    assert code_of(missing) == "422 invalid_request"


async def test_chinese_encodings_are_recognised(stage: Running) -> None:
    text = "三三：今天的天气真不错，我们出去走走吧。\n艾文：好的，我去拿伞，你等我一下。\n" * 3
    gb18030 = await stage.upload(text.encode("gb18030"), "gb.txt")
    marked = await stage.upload(text.encode("utf-8-sig"), "bom.txt")
    for report, encoding in ((gb18030, "gb18030"), (marked, "utf-8")):
        assert report["encoding"] == encoding
        assert report["language"] == "zh"
        assert [(s["name"], s["lines"]) for s in report["speakers"]] == [("三三", 3), ("艾文", 3)]
        scenes = await stage.http.get(f"/api/scripts/{report['id']}/scenes")
        first = scenes.json()["items"][0]["lines"][0]
        assert (first["speaker"], first["text"]) == (
            "三三",
            "今天的天气真不错，我们出去走走吧。",
        )


async def test_nul_in_a_script_costs_its_row_and_nothing_else(stage: Running) -> None:
    report = await stage.upload(
        "第一场 港\x00口\nAnna: One.\nBen: T\x00wo.\n", "a\x00b.txt", title="x"
    )
    assert [(item["row"], item["code"]) for item in report["rejected"]] == [
        (3, "control_character")
    ]
    scenes = await stage.http.get(f"/api/scripts/{report['id']}/scenes")
    (scene,) = scenes.json()["items"]
    assert [line["text"] for line in scene["lines"]] == ["One."]
    assert "\x00" not in scene["heading"]


async def test_a_title_may_hold_joined_emoji(stage: Running) -> None:
    assert (await stage.upload(filename="家👨‍👩‍👧.txt"))["title"] == "家👨‍👩‍👧"


async def test_a_line_above_its_limit_is_refused_with_its_row(stage: Running) -> None:
    content = b"Anna: One.\nBen: " + b"x" * 100_001 + b"\n"
    response = await stage.http.post("/api/scripts", files={"file": ("a.txt", content)})
    assert code_of(response) == "413 line_too_long"
    assert error_of(response)["detail"]["row"] == 2
    assert as_object(await stage.http.get("/api/admin/stats"))["scenes"] == 0


async def test_more_rejections_than_are_listed_are_counted(stage: Running) -> None:
    content = ": nobody is named\n" * 1_200 + "Anna: One.\n"
    report = await stage.upload(content)
    assert len(report["rejected"]) == 1_000
    assert report["rejected_total"] == 1_200

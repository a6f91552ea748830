"""The command with a scripted engine: nothing leaks, and what would leak is seen."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.settings import Settings
from tests.app.running import Running

ENVIRONMENT = {"OFFBOOK_ENGINE__KIND": "scripted", "OFFBOOK_EMBEDDER__NAME": "hashing"}


def invoke(script: Path, out: Path, *options: str, **environment: str) -> Result:
    arguments = ["eval", "timeline", str(script), "--out", str(out), *options]
    return CliRunner().invoke(cli, arguments, env=ENVIRONMENT | environment)


@pytest.mark.parametrize("mode", ["reference", "selector"])
def test_nothing_of_later_scenes_is_told(script: Path, tmp_path: Path, mode: str) -> None:
    options = ["--scenes", "10,30", "--questions", "3"]
    done = invoke(script, tmp_path, *options, OFFBOOK_RETRIEVAL__MODE=mode)
    assert done.exit_code == 0, done.output
    results = json.loads((tmp_path / "timeline.json").read_text(encoding="utf-8"))
    assert (results["name"], results["scenes"], results["mode"]) == ("老周", 40, mode)
    early, late, control = results["points"]
    for point in (early, late):
        assert (point["asked"], point["failed"], point["limited"]) == (3, 0, True)
        assert point["in_prompts"] == point["in_replies"] == []
    assert (early["known"], late["known"], control["known"]) == (10, 30, 30)
    # Without a point in time the very same questions bring later scenes into the prompt.
    assert control["limited"] is False
    assert {leak["scene"] for leak in control["in_prompts"]} <= set(range(31, 41))
    assert control["in_prompts"]
    assert "| 10 " in done.output
    assert "| (30)" in done.output


@pytest.mark.anyio
async def test_a_stored_character_is_asked_with_its_own_profile(
    stage: Running, settings: Settings, script: Path, tmp_path: Path
) -> None:
    content = await asyncio.to_thread(script.read_bytes)
    stored = await stage.upload(content, script.name)
    told = "罗盘嘛，罗盘我守了6年，你问是谁的呀，我答罗盘。"
    character = await stage.make_character("老周", script_ids=[stored["id"]], profile=told)
    done = await asyncio.to_thread(
        invoke,
        Path(character["slug"]),
        tmp_path / "out",
        *("--scenes", "20", "--questions", "2"),
        OFFBOOK_DATABASE__URL=settings.database.url or "",
    )
    assert done.exit_code == 0, done.output
    (point, _) = json.loads((tmp_path / "out" / "timeline.json").read_text("utf-8"))["points"]
    assert {leak["text"] for leak in point["in_prompts"]} == {told}
    # It was a copy that was asked.
    listed = (await stage.http.get("/api/conversations")).json()
    assert listed["items"] == []


def test_a_profile_that_tells_of_later_scenes_leaks(script: Path, tmp_path: Path) -> None:
    told = "潮水嘛，潮水我守了6年，你问是谁的呀，我答潮水。"
    (tmp_path / "profile.txt").write_text(f"老周\n{told}\n", encoding="utf-8")
    options = ["--scenes", "10", "--questions", "2", "--profile", str(tmp_path / "profile.txt")]
    done = invoke(script, tmp_path, *options)
    assert done.exit_code == 0, done.output
    point = json.loads((tmp_path / "timeline.json").read_text(encoding="utf-8"))["points"][0]
    assert [(leak["scene"], leak["text"]) for leak in point["in_prompts"]] == [(31, told)] * 2
    assert "In prompts: 2 later lines." in done.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--scenes", "40"], "--scenes takes numbers from 0 to 39"),
        (["--scenes", "soon"], "--scenes takes numbers"),
        (["--name", "老王"], "老王 says 0 lines"),
    ],
)
def test_what_cannot_be_done_is_said(
    script: Path, tmp_path: Path, options: list[str], said: str
) -> None:
    done = invoke(script, tmp_path, *options)
    assert done.exit_code == 1
    assert said in done.output.replace("\n", "")

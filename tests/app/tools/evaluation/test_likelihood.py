"""``offbook eval likelihood`` at a terminal, with the scripted engine."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.engines.scripted import ScriptedEngine
from app.tools.bench.processes import free_port

RUNNER = CliRunner()
FEW = ["--embedder", "hashing", "--contexts", "none,random,selector", "--questions", "10"]


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__KIND", "scripted")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The replies that engines are asked to score."""
    found: list[str] = []
    score = ScriptedEngine.score

    async def watched(
        self: ScriptedEngine, *given: str, affinity: str | None = None, adapter: str | None = None
    ) -> list[float]:
        found.append(given[1])
        return await score(self, *given, affinity=affinity, adapter=adapter)

    monkeypatch.setattr(ScriptedEngine, "score", watched)
    return found


def measured(script: Path, out: Path, *options: str) -> Result:
    given = ["--budgets", "100,120,service", "--choices", "0", *options, "--out", str(out)]
    return RUNNER.invoke(cli, ["eval", "likelihood", str(script), *FEW, *given])


def test_it_writes_json_a_table_and_a_chart(script: Path, tmp_path: Path) -> None:
    done = measured(script, tmp_path, "--choices", "4")
    assert done.exit_code == 0, done.output
    assert "80 scores, about" in done.output
    # Ten replies: eight contexts and budgets, for 120 tokens need no profile alone of their own.
    assert "## What the service sends" in done.output
    content = json.loads((tmp_path / "likelihood.json").read_text("utf-8"))
    assert (content["replies"], content["scenes"], content["model"]) == (10, 10, "scripted")
    assert list(content["budgets"]) == ["100", "120", "service"]
    few = content["budgets"]["100"]
    assert few["example_tokens"]["none"] == 0
    assert 0 < few["example_tokens"]["selector"] <= 100
    # The thing and the mood that were asked for are in the lines of their scenes.
    assert few["differences"]["examples of selector"]["bits_a_reply"]["low"] > 0
    assert set(content["which_line"]) == {"none", "selector"}
    assert content["which_line"]["none"]["replies"] == 4
    ET.fromstring((tmp_path / "likelihood.svg").read_text("utf-8"))


def test_a_stopped_run_goes_on_without_asking_again(
    script: Path, tmp_path: Path, asked: list[str]
) -> None:
    whole = measured(script, tmp_path)
    assert (whole.exit_code, len(asked)) == (0, 80)
    first = (tmp_path / "likelihood.json").read_text("utf-8")
    journal = tmp_path / "likelihood.jsonl"
    lines = journal.read_text("utf-8").splitlines(keepends=True)
    # Stopped after twenty, in the middle of writing the next.
    journal.write_text("".join(lines[:20]) + lines[20][:30], encoding="utf-8")
    asked.clear()
    again = measured(script, tmp_path)
    assert (again.exit_code, len(asked)) == (0, 80 - 20)
    assert json.loads((tmp_path / "likelihood.json").read_text("utf-8")) == json.loads(first)


def test_scores_that_a_run_does_not_ask_for_are_left_out(
    script: Path, tmp_path: Path, asked: list[str]
) -> None:
    assert measured(script, tmp_path).exit_code == 0
    asked.clear()
    assert (
        measured(script, tmp_path, "--budgets", "100", "--contexts", "none,random").exit_code == 0
    )
    assert asked == []
    [few] = json.loads((tmp_path / "likelihood.json").read_text("utf-8"))["budgets"].values()
    assert set(few["example_tokens"]) == {"none", "random"}


@pytest.mark.parametrize(
    "other",
    [
        ["--questions", "9"],
        ["--profile", "PROFILE"],
    ],
)
def test_scores_of_something_else_are_not_taken(
    script: Path, tmp_path: Path, asked: list[str], other: list[str]
) -> None:
    profile = tmp_path / "profile.txt"
    profile.write_text("守灯塔的人。", encoding="utf-8")
    assert measured(script, tmp_path).exit_code == 0
    asked.clear()
    options = [str(profile) if each == "PROFILE" else each for each in other]
    done = measured(script, tmp_path, *options)
    assert done.exit_code == 0, done.output
    replies = json.loads((tmp_path / "likelihood.json").read_text("utf-8"))["replies"]
    assert len(asked) == 8 * replies


def test_scores_of_another_character_are_not_taken(
    script: Path, tmp_path: Path, asked: list[str]
) -> None:
    assert measured(script, tmp_path).exit_code == 0
    asked.clear()
    other = tmp_path / "老李.txt"
    other.write_text(script.read_text("utf-8").replace("老周", "老李"), encoding="utf-8")
    assert measured(other, tmp_path).exit_code == 0
    assert len(asked) == 80


def test_scores_of_another_engine_are_not_taken(
    script: Path, tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert measured(script, tmp_path).exit_code == 0
    asked.clear()
    limits = ScriptedEngine.limits

    async def renamed(self: ScriptedEngine) -> object:
        return replace(await limits(self), model="another")

    monkeypatch.setattr(ScriptedEngine, "limits", renamed)
    assert measured(script, tmp_path).exit_code == 0
    assert len(asked) == 80


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--contexts", "none,magic"], "no context magic"),
        (["--contexts", ","], "no context"),
        (["--budgets", "many"], "a budget is a number of tokens"),
        (["--budgets", "0"], "a budget is a number of tokens"),
        (["--budgets", ","], "no budget is given"),
        (["--name", "老王"], "老王 says 0 lines"),
        (["--name", "老周", "--name", "阿海"], "2 times --name, and 1 scripts"),
        (["--selector", "k11"], "no selector 'k11'"),
        (["--embedder", "magic"], "no embedder 'magic'"),
    ],
)
def test_what_cannot_be_done_is_said(
    script: Path, tmp_path: Path, options: list[str], why: str
) -> None:
    done = measured(script, tmp_path, *options)
    assert done.exit_code == 1
    assert why in done.output.replace("\n", "")


def test_an_unreadable_profile_is_said(script: Path, tmp_path: Path) -> None:
    profile = tmp_path / "profile.txt"
    profile.write_bytes(b"\xff\xfe\xff")
    done = measured(script, tmp_path, "--profile", str(profile))
    assert done.exit_code == 1
    assert "cannot be read as a profile" in done.output.replace("\n", "")


def test_two_characters_of_one_name_are_not_mixed_up(script: Path, tmp_path: Path) -> None:
    options = [*FEW, "--name", "老周", "--name", "老周", "--out", str(tmp_path)]
    done = RUNNER.invoke(cli, ["eval", "likelihood", str(script), str(script), *options])
    assert done.exit_code == 1
    assert "two characters have the same name" in done.output.replace("\n", "")


def test_an_engine_that_is_away_is_said(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__KIND", "openai")
    monkeypatch.setenv("OFFBOOK_ENGINE__BASE_URL", f"http://127.0.0.1:{free_port()}")
    done = measured(script, tmp_path)
    assert done.exit_code == 1
    assert "The engine does not answer: " in done.output

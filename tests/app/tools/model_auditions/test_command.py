"""``offbook audition`` at a terminal, with engines whose replies and scores are known."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.engines.port import EngineUnavailableError
from tests.app.tools.model_auditions.conftest import OWN, STRANGE, Stage

RUNNER = CliRunner()
pytestmark = pytest.mark.usefixtures("models")


def audition(script: Path, out: Path, models: str = "small,large", *options: str) -> Result:
    given = ["--models", models, "--questions", "20", *options, "--out", str(out)]
    return RUNNER.invoke(cli, ["audition", str(script), *given])


def content(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "audition.json").read_text("utf-8"))
    return found


def row(out: Path, name: str) -> list[str]:
    page = (out / "audition.md").read_text("utf-8").splitlines()
    [line] = [line for line in page if line.startswith(f"| {name} ")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_likelier_and_better_known_candidate_is_recommended(
    script: Path, tmp_path: Path, stage: Stage
) -> None:
    stage.replies, stage.worse = {"small": STRANGE, "large": OWN}, {"small": 1.0}
    done = audition(script, tmp_path)
    assert done.exit_code == 0, done.output
    found = content(tmp_path)
    assert (found["figures"]["questions"], found["figures"]["leader"]) == (20, "large")
    small, large = (found["figures"]["by_name"][name] for name in ("small", "large"))
    assert large["more_bits"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert small["more_bits"]["low"] > 0
    # A nat less of every token, with the lines or without.
    assert small["gain"]["value"] == pytest.approx(large["gain"]["value"])
    assert large["gain"]["low"] > 0
    assert large["recognised"]["value"] > 4 * small["recognised"]["value"]
    assert small["less_recognised"]["high"] < 0
    # All of the sentence stands in every line of 老周's, and no five of the other in a row.
    assert (large["copied_own"]["value"], small["copied_own"]["value"]) == (1.0, 0.0)
    assert found["recommendation"] == {
        "name": "large",
        "why": "No other is as good.",
        "as_good": ["large"],
    }
    page = (tmp_path / "audition.md").read_text("utf-8")
    assert page.strip() in done.output
    assert "**large** is recommended. No other is as good. Its licence is of the class" in page
    assert "“non-commercial”" in page
    assert row(tmp_path, "large")[-1] == "non-commercial"
    assert row(tmp_path, "large")[2] == "+0.000 [+0.000, +0.000]"
    # Twenty replies of each, and each true one scored with the lines and without.
    assert stage.asked == (40, 80)


def test_of_two_that_are_as_good_the_smaller_is_recommended(
    script: Path, tmp_path: Path, stage: Stage
) -> None:
    assert audition(script, tmp_path, "large,small").exit_code == 0
    assert content(tmp_path)["recommendation"] == {
        "name": "small",
        "why": "Nothing shows that it differs from large, and it takes the least memory. large "
        "finds the true replies likeliest.",
        "as_good": ["large", "small"],
    }


def test_a_stopped_run_goes_on_without_asking_again(
    script: Path, tmp_path: Path, stage: Stage
) -> None:
    assert audition(script, tmp_path).exit_code == 0
    first = content(tmp_path)
    journal = tmp_path / "replies.jsonl"
    lines = journal.read_text("utf-8").splitlines(keepends=True)
    journal.write_text("".join(lines[:22]) + lines[22][:30], encoding="utf-8")
    stage.engines.clear()
    done = audition(script, tmp_path)
    assert done.exit_code == 0
    assert stage.asked == (18, 0)
    assert "20 are there already." in done.output
    again = content(tmp_path)
    for name in ("bits_a_byte", "gain", "recognised", "copied_shown"):
        assert (
            again["figures"]["by_name"]["large"][name] == first["figures"]["by_name"]["large"][name]
        )


def test_who_cannot_be_heard_is_listed_with_the_reason(
    script: Path, tmp_path: Path, stage: Stage
) -> None:
    stage.failing = {"large": EngineUnavailableError("llama.cpp ended with exit code 3.")}
    done = audition(script, tmp_path, "large,small,absent,magic,auto,small+quiet")
    assert done.exit_code == 0, done.output
    refused = {each["name"]: each["why"] for each in content(tmp_path)["refused"]}
    assert list(refused) == ["absent", "magic", "auto", "small+quiet", "large"]
    assert refused["absent"] == (
        "It is not pulled. Run `offbook model pull absent`. Its licence is gated: read it first."
    )
    assert "There is no model named 'magic'" in refused["magic"]
    assert "auto may be any" in refused["auto"]
    assert "No adapter quiet is registered" in refused["small+quiet"]
    assert refused["large"] == "llama.cpp ended with exit code 3."
    assert "- absent: It is not pulled." in (tmp_path / "audition.md").read_text("utf-8")
    assert [each["name"] for each in content(tmp_path)["heard"]] == ["small"]


@pytest.fixture(autouse=True)
def database(tmp_path: Path, sqlite_template: Path) -> None:
    """An empty database in the data directory."""
    (tmp_path / "data").mkdir()
    shutil.copy(sqlite_template, tmp_path / "data" / "offbook.sqlite3")


@pytest.mark.parametrize(
    ("named", "options", "why"),
    [
        ("absent", [], "No candidate can be heard."),
        (",", [], "Name 1 to 20 models"),
        (",".join(f"m{n}" for n in range(21)), [], "Name 1 to 20 models"),
        ("small+", [], "A candidate is MODEL or MODEL+ADAPTER, not 'small+'"),
        ("+quiet", [], "not '+quiet'"),
        ("small", ["--name", "老王"], "老王 says 0 lines"),
        ("small", ["--selector", "k11"], "no selector 'k11'"),
        ("small", ["--embedder", "magic"], "no embedder 'magic'"),
    ],
)
def test_what_cannot_be_done_is_said(
    script: Path, tmp_path: Path, stage: Stage, named: str, options: list[str], why: str
) -> None:
    done = audition(script, tmp_path, named, *options)
    assert done.exit_code == 1
    assert why in done.output.replace("\n", "")
    assert not (tmp_path / "audition.json").exists()


def test_a_candidate_named_twice_is_heard_once(script: Path, tmp_path: Path, stage: Stage) -> None:
    assert audition(script, tmp_path, "small, small").exit_code == 0
    assert len(stage.engines) == 1


def test_a_file_that_does_not_fit_the_memory_is_refused(
    script: Path, tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Little:
        memory = 500

    monkeypatch.setattr("app.tools.model_auditions.candidates.read_machine", lambda _: Little())
    assert audition(script, tmp_path).exit_code == 0
    [refused] = content(tmp_path)["refused"]
    assert refused["name"] == "large"
    assert "does not fit the 0.0 GB of memory that are free" in refused["why"]

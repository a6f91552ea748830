"""``offbook eval compare`` at a terminal, with engines whose replies are known."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.tools.bench.processes import free_port
from app.tools.evaluation.judges.gate import GatedJudge, JudgeRefusedError
from tests.app.tools.evaluation.compare.conftest import Asked
from tests.app.tools.evaluation.judges.scripted import SayingJudge, gate_figures, said

RUNNER = CliRunner()
SIDES = ["engine.model=parrot", "engine.model=stranger"]


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__KIND", "scripted")
    monkeypatch.setenv("OFFBOOK_EMBEDDER__NAME", "hashing")


def compared(script: Path, out: Path, *options: str, sides: list[str] = SIDES) -> Result:
    given = ["--questions", "20", *options, "--out", str(out)]
    return RUNNER.invoke(cli, ["eval", "compare", *sides, str(script), *given])


def figures(out: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((out / "compare.json").read_text("utf-8"))
    return content


def test_known_replies_have_known_figures(script: Path, tmp_path: Path, asked: Asked) -> None:
    done = compared(script, tmp_path)
    assert done.exit_code == 0, done.output
    content = figures(tmp_path)
    comparison = content["comparison"]
    assert (comparison["questions"], comparison["scenes"]) == (20, 20)
    of = comparison["figures"]
    # All 20 replies of A are taken for 老周's, and none of B's.
    assert of["named"]["one"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert of["named"]["other"]["value"] == 0.0
    assert of["named"]["difference"]["low"] == 1.0
    assert comparison["named"][0] == {"老周": {"老周": 20}}
    assert comparison["named"][1] == {"老周": {"小梅": 20}}
    assert of["ratio"]["one"]["value"] > 4 * of["ratio"]["other"]["value"]
    # Eight characters that every line has, and eleven of which he says no five in a row.
    assert of["copied_own"]["one"]["value"] == 1.0
    assert of["longest_own"]["one"]["value"] == 8.0
    assert of["copied_own"]["other"]["value"] == 0.0
    assert of["length"]["one"]["value"] == 8.0
    assert of["length"]["other"]["value"] == 11.0
    # Of 160 characters of A, 8 are distinct; B has 8 distinct ones of 220, nearly all in any 160.
    assert of["distinct_1"]["one"]["value"] == 8 / 160
    assert of["distinct_1"]["other"]["value"] == pytest.approx(8 / 160, rel=1e-6)
    assert of["distinct_1"]["true"]["value"] > 8 / 160
    # Both score behind the same prompts.
    assert content["likelihood"]["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert content["accuracy"]["老周"]["accuracy"]["value"] > 0.95
    assert (asked.replies, asked.scored) == (40, 40)


def test_the_page_reads_as_the_figures(script: Path, tmp_path: Path, asked: Asked) -> None:
    done = compared(script, tmp_path)
    page = (tmp_path / "compare.md").read_text("utf-8")
    assert page.strip() in done.output
    head = "# engine.model=parrot (A) and engine.model=stranger (B): 老周"
    assert page.startswith(head)
    row = next(line for line in page.splitlines() if "taken for the right speaker" in line)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:5] == ["100 [100, 100]", "0 [0, 0]", "+100 [+100, +100]", ""]
    row = next(line for line in page.splitlines() if "likelihood of the true" in line)
    assert "not significant" in row
    assert any(line.startswith("| replies of B") for line in page.splitlines())


def test_a_stopped_run_goes_on_without_asking_again(
    script: Path, tmp_path: Path, asked: Asked
) -> None:
    assert compared(script, tmp_path).exit_code == 0
    first = figures(tmp_path)
    journal = tmp_path / "replies.jsonl"
    lines = journal.read_text("utf-8").splitlines(keepends=True)
    # Stopped when B had answered twice, in the middle of writing the third reply.
    journal.write_text("".join(lines[:22]) + lines[22][:30], encoding="utf-8")
    asked.forget()
    assert compared(script, tmp_path).exit_code == 0
    assert (asked.replies, asked.scored) == (18, 0)
    again = figures(tmp_path)
    for name in ("ratio", "copied_own", "distinct_2", "length"):
        assert again["comparison"]["figures"][name] == first["comparison"]["figures"][name]


@pytest.mark.parametrize(
    "other", [["--seed", "2"], ["--questions", "10"], ["--selector", "k9"], ["--profile", "TEXT"]]
)
def test_replies_of_something_else_are_not_taken(
    script: Path, tmp_path: Path, asked: Asked, other: list[str]
) -> None:
    text = tmp_path / "profile.txt"
    text.write_text("守灯塔的人。", encoding="utf-8")
    assert compared(script, tmp_path, "--no-likelihood").exit_code == 0
    asked.forget()
    options = [str(text) if each == "TEXT" else each for each in other]
    done = compared(script, tmp_path, "--no-likelihood", *options)
    assert done.exit_code == 0, done.output
    assert asked.replies == 2 * figures(tmp_path)["comparison"]["questions"]


def test_without_likelihoods_nothing_is_scored(script: Path, tmp_path: Path, asked: Asked) -> None:
    assert compared(script, tmp_path, "--no-likelihood").exit_code == 0
    assert asked.scored == 0
    assert figures(tmp_path)["likelihood"] is None
    assert "was not measured on both sides" in (tmp_path / "compare.md").read_text("utf-8")


def test_two_ways_to_choose_lines_are_compared_by_the_engine_of_the_settings(
    script: Path, tmp_path: Path
) -> None:
    sides = ["retrieval.mode=selector", "retrieval.mode=reference"]
    done = compared(script, tmp_path, sides=sides)
    assert done.exit_code == 0, done.output
    content = figures(tmp_path)
    assert content["one"]["retrieval"] == "selector"
    assert content["other"]["retrieval"] == "reference"
    assert content["comparison"]["questions"] == 20
    # The prompts differ in their lines, so the true replies are not equally likely.
    assert content["likelihood"]["difference"]["value"] != 0


@pytest.mark.parametrize(
    ("sides", "options", "why"),
    [
        (["demo", "demo"], [], "demo and demo are the same"),
        (["demo", "engine.modle=x"], [], "there is no setting 'modle'"),
        (SIDES, ["--name", "老王"], "老王 says 0 lines"),
        (SIDES, ["--selector", "k11"], "no selector 'k11'"),
        (SIDES, ["--embedder", "magic"], "no embedder 'magic'"),
    ],
)
def test_what_cannot_be_done_is_said(
    script: Path, tmp_path: Path, sides: list[str], options: list[str], why: str
) -> None:
    done = compared(script, tmp_path, *options, sides=sides)
    assert done.exit_code == 1
    assert why in done.output.replace("\n", "")


def test_a_character_who_is_alone_is_not_told_apart(
    script: Path, tmp_path: Path, asked: Asked
) -> None:
    alone = tmp_path / "老周.txt"
    text = script.read_text("utf-8").replace("小梅：", "老周：").replace("阿海：", "老周：")
    alone.write_text(text, encoding="utf-8")
    done = compared(alone, tmp_path)
    assert done.exit_code == 1
    assert "there is nobody to tell the character apart from" in done.output.replace("\n", "")
    assert asked.replies == 0


def test_an_engine_that_is_away_is_said(script: Path, tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    done = compared(script, tmp_path, sides=["retrieval.mode=selector", address])
    assert done.exit_code == 1
    assert "The engine does not answer: " in done.output
    assert "is kept in" in done.output.replace("\n", "")


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> SayingJudge:
    """A judge that prefers whoever does not shout, and has passed the gate."""

    def prefers_calm(text: str) -> str:
        one, other = text.split("【回复1】")[1].split("【回复2】")
        assert ("快来啦" in one) != ("快来啦" in other)
        return said(better="2" if "快来啦" in one else "1")

    judge = SayingJudge(prefers_calm)

    @asynccontextmanager
    async def opened(*_: object) -> AsyncIterator[SayingJudge]:
        yield judge

    async def passed(*_: object) -> GatedJudge:
        return GatedJudge(judge, gate_figures())

    monkeypatch.setattr("app.tools.evaluation.compare.pairwise.open_judge", opened)
    monkeypatch.setattr("app.tools.evaluation.compare.pairwise.pass_gate", passed)
    return judge


def test_a_judge_that_passed_the_gate_compares_all_pairs(
    script: Path, tmp_path: Path, asked: Asked, judge: SayingJudge
) -> None:
    done = compared(script, tmp_path, "--no-likelihood", "--judge-model", "strict")
    assert done.exit_code == 0, done.output
    verdicts = figures(tmp_path)["verdicts"]
    assert (verdicts["figures"]["won"], verdicts["figures"]["lost"]) == (20, 0)
    page = (tmp_path / "compare.md").read_text("utf-8")
    assert "## A judge's verdicts" in page
    assert verdicts["text"] in page
    # Each pair in both orders.
    assert judge.asked.total() == 40
    assert asked.replies == 40


def test_flaws_of_both_sides_are_counted_where_that_is_asked_for(
    script: Path, tmp_path: Path, asked: Asked, judge: SayingJudge
) -> None:
    def flawed(text: str) -> str:
        if "【回复1】" in text:
            return said(better="tie")
        examined = text.split("【要检查的回复】")[1]
        flaws = [{"flaw": "太吵", "severity": 2}] if "快来啦" in examined else []
        return said(flaws=flaws)

    judge.answer = flawed
    options = ["--no-likelihood", "--judge-model", "strict", "--penalty"]
    done = compared(script, tmp_path, *options)
    assert done.exit_code == 0, done.output
    calm, loud = figures(tmp_path)["verdicts"]["figures"]["flaws"]
    # Four dimensions, for the true replies are known: 100 - 5 * (2 - 0.3) = 91.5.
    assert {of["value"] for of in calm["scores"].values()} == {100.0}
    assert [of["value"] for of in loud["scores"].values()] == pytest.approx([91.5] * 4)
    assert (calm["scored"], loud["scored"], loud["unscored"]) == (80, 80, 0)
    assert "| Storyline Consistency" in (tmp_path / "compare.md").read_text("utf-8")


def test_a_judge_that_is_refused_costs_no_reply(
    script: Path, tmp_path: Path, asked: Asked, judge: SayingJudge, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> GatedJudge:
        raise JudgeRefusedError("The judge is refused.")

    monkeypatch.setattr("app.tools.evaluation.compare.pairwise.pass_gate", refused)
    done = compared(script, tmp_path, "--judge-model", "strict")
    assert done.exit_code == 1
    assert "The judge is refused." in done.output
    assert asked.replies == 0

"""The commands at a terminal."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from retrieval.ranking.weights import load_weights

RUNNER = CliRunner()


def test_eval_retrieval_writes_json_a_table_and_a_chart(script: Path, tmp_path: Path) -> None:
    options = ["--embedder", "hashing", "--budgets", "60,120", "--modes", "reference,selector"]
    done = RUNNER.invoke(cli, ["eval", "retrieval", str(script), *options, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "40 queries held out" in done.output
    assert "| selector " in done.output
    content = json.loads((tmp_path / "retrieval.json").read_text("utf-8"))
    assert list(content["budgets"]) == ["60", "120"]
    assert content["budgets"]["120"]["selector"]["lift_share"]["value"] > 0
    chart = ET.fromstring((tmp_path / "retrieval.svg").read_text("utf-8"))
    texts = [text.text for text in chart.iter("{http://www.w3.org/2000/svg}text")]
    assert {"selector", "(static)", "60 tokens", "gap share, %"} <= set(texts)
    assert "(oracle)" not in texts
    circles = list(chart.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(circles) == 2 + 2 * 4 * 2  # the legend's; two panels, four rows, two budgets


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--modes", "magic"], "no mode magic"),
        (["--budgets", "many"], "budgets are numbers"),
        (["--name", "老王"], "老王 says 0 lines"),
        (["--selector", "k10"], "no selector 'k10'"),
        (["--embedder", "magic"], "no embedder 'magic'"),
    ],
)
def test_what_cannot_be_done_is_said(script: Path, arguments: list[str], why: str) -> None:
    done = RUNNER.invoke(
        cli, ["eval", "retrieval", str(script), "--embedder", "hashing", *arguments]
    )
    assert done.exit_code == 1
    assert why in done.output.replace("\n", "")


def test_a_slug_that_nobody_has_is_said(tmp_path: Path) -> None:
    done = RUNNER.invoke(
        cli, ["eval", "retrieval", "nobody", "--embedder", "hashing", "--data-dir", str(tmp_path)]
    )
    assert done.exit_code == 1
    assert "'nobody' is" in done.output


def test_train_selector_writes_a_file_that_can_be_selected(script: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.json"
    done = RUNNER.invoke(
        cli, ["train-selector", str(script), "--embedder", "hashing", "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    assert load_weights(str(out)).name == "mine"
    assert "in-sample" in done.output
    assert f"OFFBOOK_RETRIEVAL__SELECTOR={out}" in done.output.replace("\n", "")

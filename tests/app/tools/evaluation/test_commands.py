"""The commands at a terminal."""

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.tools.bench.processes import free_port
from retrieval.ranking.weights import load_weights

RUNNER = CliRunner()
FREE = ["--embedder", "hashing", "--tokens", "estimate"]
"""Neither a model that embeds nor one that counts."""


def test_eval_retrieval_writes_json_a_table_and_a_chart(script: Path, tmp_path: Path) -> None:
    options = ["--embedder", "hashing", "--budgets", "60,120", "--modes", "reference,selector"]
    options += ["--tokens", "estimate", "--out", str(tmp_path)]
    done = RUNNER.invoke(cli, ["eval", "retrieval", str(script), *options])
    assert done.exit_code == 0, done.output
    assert "40 queries held out" in done.output
    assert "Excluded: 0 answers of fewer than 5 letters." in done.output
    assert "Tokens ESTIMATED, not counted, in completion prompts" in done.output
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
        (["--selector", "k11"], "no selector 'k11'"),
        (["--embedder", "magic"], "no embedder 'magic'"),
    ],
)
def test_what_cannot_be_done_is_said(script: Path, arguments: list[str], why: str) -> None:
    done = RUNNER.invoke(cli, ["eval", "retrieval", str(script), *FREE, *arguments])
    assert done.exit_code == 1
    assert why in done.output.replace("\n", "")


def measured(script: Path, out: Path, *options: str) -> Result:
    few = ["--embedder", "hashing", "--budgets", "60", "--out", str(out)]
    return RUNNER.invoke(cli, ["eval", "retrieval", str(script), *few, *options])


def test_the_configured_engine_counts_and_decides_what_a_turn_shows(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__KIND", "scripted")
    monkeypatch.setenv("OFFBOOK_ENGINE__PROMPT_STYLE", "chat")
    done = measured(script, tmp_path, "--modes", "selector,served,served_later")
    assert done.exit_code == 0, done.output
    assert "Tokens counted by the tokenizer of scripted, in chat prompts" in done.output
    content = json.loads((tmp_path / "retrieval.json").read_text("utf-8"))
    assert (content["tokenizer"], content["prompt_style"]) == ("scripted", "chat")
    assert (content["short_replies"], content["query_length"]) == (0, 64)
    figures = content["budgets"]["60"]
    assert figures["served"] == figures["selector"]
    assert set(figures) >= {"served_later", "oracle"}


def test_an_engine_that_is_away_is_replaced_by_an_estimate_only_aloud(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__KIND", "openai")
    monkeypatch.setenv("OFFBOOK_ENGINE__BASE_URL", f"http://127.0.0.1:{free_port()}")
    refused = measured(script, tmp_path, "--tokens", "engine", "--modes", "fused")
    assert refused.exit_code == 1
    assert "No engine counts tokens" in refused.output
    done = measured(script, tmp_path, "--modes", "fused")
    assert done.exit_code == 0
    assert "Tokens are ESTIMATED, not counted: " in done.output
    assert "Tokens ESTIMATED, not counted" in (tmp_path / "retrieval.md").read_text("utf-8")


def test_a_model_that_is_not_on_this_machine_is_not_downloaded(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__MODEL", "demo")
    monkeypatch.setenv("OFFBOOK_ENGINE__MODELS_DIR", str(tmp_path / "models"))
    refused = measured(script, tmp_path, "--tokens", "engine", "--modes", "fused")
    assert refused.exit_code == 1
    assert "Run `offbook model pull demo`" in refused.output.replace("\n", " ")


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


def test_train_selector_learns_from_files_of_one_name(script: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / script.name
    other.parent.mkdir()
    shutil.copyfile(script, other)
    given = ["train-selector", str(script), str(other), "--embedder", "hashing"]
    done = RUNNER.invoke(cli, [*given, "--out", str(tmp_path / "mine.json")])
    assert done.exit_code == 0, done.output
    assert "learned from 80 queries" in done.output
    assert f"({script.name})" in done.output
    assert f"({other})" in done.output


def test_train_selector_learns_from_what_an_engine_finds_likely_and_goes_on(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__KIND", "scripted")
    out = tmp_path / "mine.json"
    given = ["train-selector", str(script), "--embedder", "hashing", "--out", str(out)]
    given += ["--objective", "likelihood", "--questions", "6"]
    done = RUNNER.invoke(cli, given)
    assert done.exit_code == 0, done.output
    weights = load_weights(str(out))
    assert (weights.name, weights.hub_share) == ("mine", 0)
    assert "6 of 6 replies scored" in done.output
    assert "learned from 96 exchanges before 6 replies" in done.output
    kept = (tmp_path / "mine.jsonl").read_text("utf-8")
    assert len(kept.splitlines()) == 96
    again = RUNNER.invoke(cli, given)
    assert again.exit_code == 0, again.output
    assert "replies scored" not in again.output
    assert load_weights(str(out)) == weights
    assert (tmp_path / "mine.jsonl").read_text("utf-8") == kept

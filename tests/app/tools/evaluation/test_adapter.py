"""``offbook eval adapter`` at a terminal, with the scripted engine."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli

RUNNER = CliRunner()
PROMPT = [{"role": "system", "content": "aa bb"}, {"role": "user", "content": "cc"}]


def row(answer: str, scene: str, **fields: Any) -> dict[str, Any]:
    said = [{"role": "assistant", "content": answer}]
    return {"prompt": PROMPT, "completion": said, "scene": scene, **fields}


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__KIND", "scripted")


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    folder = tmp_path / "mei-1"
    folder.mkdir()
    (folder / "card.json").write_text('{"name": "mei-1", "base": "demo"}')
    return folder


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "dataset"
    folder.mkdir()
    write(folder, [row("mei-1", "one"), row("dd", "two")])
    return folder


def write(dataset: Path, rows: list[dict[str, Any]]) -> None:
    lines = "".join(json.dumps(each) + "\n" for each in rows)
    (dataset / "validation.jsonl").write_text(lines)


def measured(adapter: Path, dataset: Path, *options: str) -> Result:
    out = str(adapter.parent / "out")
    return RUNNER.invoke(
        cli, ["eval", "adapter", str(adapter), str(dataset), "--out", out, *options]
    )


def test_it_compares_the_same_answers_on_both_sides(adapter: Path, dataset: Path) -> None:
    done = measured(adapter, dataset)
    assert done.exit_code == 0, done.output
    figures = json.loads((adapter.parent / "out/adapter-mei-1.json").read_text())
    # The scripted engine repeats half of the time what was before: here three words, or four with
    # the adapter's name, of which one is the first answer.
    unseen = math.log(0.5 / 50_000)
    assert figures["without"]["nats_a_token"]["value"] == pytest.approx(unseen)
    seen = math.log(0.5 / 4 + 0.5 / 50_000)
    assert figures["with"]["nats_a_token"]["value"] == pytest.approx((seen + unseen) / 2)
    gain = figures["difference"]["nats_a_token"]["value"]
    assert gain == pytest.approx((seen - unseen) / 2)
    assert (figures["rows"], figures["scenes"], figures["too_long"]) == (2, 2, 0)
    assert (figures["model"], figures["base"]) == ("scripted", "demo")
    assert f"difference {gain:+.3f}" in done.output


def test_pairs_and_prompts_of_one_text_are_read_too(adapter: Path, dataset: Path) -> None:
    pair = {"prompt": "aa bb", "chosen": "mei-1", "rejected": "no", "scene": "one"}
    write(dataset, [pair])
    done = measured(adapter, dataset)
    assert done.exit_code == 0, done.output
    figures = json.loads((adapter.parent / "out/adapter-mei-1.json").read_text())
    seen = math.log(0.5 / 3 + 0.5 / 50_000)
    assert figures["with"]["nats_a_token"]["value"] == pytest.approx(seen)


def test_rows_are_spread_and_those_too_long_are_counted(adapter: Path, dataset: Path) -> None:
    rows = [row(f"word{at}", f"scene {at}") for at in range(9)]
    rows[0] = row("long " * 5_000, "scene 0")
    write(dataset, rows)
    done = measured(adapter, dataset, "--rows", "3")
    assert done.exit_code == 0, done.output
    figures = json.loads((adapter.parent / "out/adapter-mei-1.json").read_text())
    assert (figures["rows"], figures["too_long"]) == (2, 1)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "holds no row out"),
        ("{}\n", "line 1 is no row of a dataset"),
        ('{"prompt": [{"role": "user"}], "completion": "a"}\n', "line 1 is no row"),
        ("[1]\n", "line 1, is no JSON object"),
        ("{\n", "line 1, is"),
    ],
)
def test_what_is_no_dataset_is_refused(
    adapter: Path, dataset: Path, content: str, why: str
) -> None:
    (dataset / "validation.jsonl").write_text(content)
    done = measured(adapter, dataset)
    assert done.exit_code == 1
    assert why in " ".join(done.output.split())


def test_a_missing_file_is_named(adapter: Path, dataset: Path) -> None:
    (adapter / "card.json").unlink()
    done = measured(adapter, dataset)
    assert done.exit_code == 1
    assert "card.json" in done.output

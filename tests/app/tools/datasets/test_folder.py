"""A dataset's folder is whole or not there, and never takes the place of something else."""

import os
from pathlib import Path

import pytest

from tests.app.tools.datasets.making import FREE, dataset, made, read, twelve, write_script

FILES = ["card.json", "card.md", "seed.jsonl", "train.jsonl", "validation.jsonl"]


def test_a_folder_has_three_sets_of_rows_and_a_card(script: Path, tmp_path: Path) -> None:
    found = made("sft", tmp_path / "deep" / "out", script)
    folder = tmp_path / "deep" / "out"
    assert sorted(each.name for each in folder.iterdir()) == FILES
    assert [each.name for each in folder.parent.iterdir()] == ["out"]
    assert found.card["format"] == 1
    assert found.text.startswith("# Dataset for SFT: 11 rows, 1 for validation")


def test_a_folder_that_is_not_empty_is_refused(script: Path, tmp_path: Path) -> None:
    first = made("sft", tmp_path / "out", script, "--seed", "1")
    done = dataset("sft", script, *FREE, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "is not empty. Choose a new folder" in done.output.replace("\n", "")
    assert read(tmp_path / "out") == first


def test_a_dataset_is_replaced_where_it_is_said(script: Path, tmp_path: Path) -> None:
    made("sft", tmp_path / "out", script, "--validation", "0")
    again = made("sft", tmp_path / "out", script, "--overwrite")
    assert len(again.train) == 11
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == FILES


def test_a_folder_with_something_else_is_never_replaced(script: Path, tmp_path: Path) -> None:
    made("sft", tmp_path / "out", script)
    (tmp_path / "out" / "thesis.txt").write_text("Years of work.", "utf-8")
    done = dataset("sft", script, *FREE, "--out", tmp_path / "out", "--overwrite")
    assert done.exit_code == 1
    assert "has more in it than a dataset (thesis.txt)" in done.output.replace("\n", "")
    assert (tmp_path / "out" / "thesis.txt").read_text("utf-8") == "Years of work."


def test_an_empty_folder_is_filled(script: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert len(made("sft", tmp_path / "out", script).train) == 11


def test_a_run_without_rows_leaves_the_former_dataset(script: Path, tmp_path: Path) -> None:
    first = made("sft", tmp_path / "out", script)
    alone = write_script(tmp_path, [[("Bob", f"{said} And again.")] for _, said in _lines()], "Bob")
    done = dataset("sft", alone, *FREE, "--out", tmp_path / "out", "--overwrite")
    assert done.exit_code == 1
    assert read(tmp_path / "out") == first
    assert sorted(each.name for each in tmp_path.iterdir()) == ["Bob.txt", "Mira.txt", "out"]


def _lines() -> list[tuple[str, str]]:
    return [scene[1] for scene in twelve()]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_said(script: Path, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o555)
    done = dataset("sft", script, *FREE, "--out", tmp_path / "locked" / "out")
    assert done.exit_code == 1
    assert "cannot be written" in done.output

"""A dataset's folder: what is read of it, and what is no dataset."""

from pathlib import Path
from typing import Any

import pytest

from app.engines.port import ChatMessage
from app.tools.training.adapters.dataset_folder import Example, read_dataset
from app.tools.training.adapters.errors import TrainingError
from tests.app.tools.training.adapters.rows import RIGHT, WRONG, answer, dpo_rows, sft_rows, write


def test_replies_are_read_with_their_prompts_and_scenes(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", sft_rows(4), sft_rows(2, first=4), {"kind": "sft", "x": 1})
    data = read_dataset(folder, "sft")
    assert data.train[3] == Example(
        prompt=[ChatMessage("system", "你是三三。"), ChatMessage("user", "three 3")],
        reply=RIGHT,
        scene="scene 1",
    )
    assert (len(data.train), len(data.validation)) == (4, 2)
    assert (data.layout, data.has_scenes, data.card["x"]) == ("chat", True, 1)


def test_pairs_are_read(tmp_path: Path) -> None:
    data = read_dataset(write(tmp_path / "data", dpo_rows(1), []), "dpo")
    assert (data.train[0].reply, data.train[0].rejected) == (RIGHT, WRONG)


def test_texts_are_of_the_layout_completion(tmp_path: Path) -> None:
    rows = [{"prompt": "user:你好\n\n三三:", "completion": "嗯。"}]
    data = read_dataset(write(tmp_path / "data", rows, rows), "sft")
    assert (data.layout, data.train[0].prompt) == ("completion", "user:你好\n\n三三:")
    assert (data.train[0].scene, data.has_scenes) == ("row 1", False)


def test_other_rows_are_another_dataset(tmp_path: Path) -> None:
    hashes = {
        read_dataset(write(tmp_path / str(number), sft_rows(number), []), "sft").sha256
        for number in (1, 2)
    }
    assert len(hashes) == 2


ROW = sft_rows(1)[0]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({**ROW, "completion": answer(" ")}, "line 1 has no completion"),
        ({**ROW, "completion": "嗯。"}, "completion is not one message of the assistant's"),
        ({**ROW, "completion": [{"role": "user", "content": "嗯"}]}, "not one message"),
        ({**ROW, "prompt": []}, "line 1 has no prompt"),
        ({**ROW, "prompt": [{"role": "tool", "content": "a"}]}, "none of system, user, assistant"),
        ({**ROW, "prompt": [{"role": "user"}]}, "a message without content"),
        ([1], "line 1 holds no JSON object"),
    ],
)
def test_a_row_that_is_none_is_named(tmp_path: Path, row: Any, said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        read_dataset(write(tmp_path / "data", [row], []), "sft")


def test_folders_that_are_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"is no dataset: it has no train\.jsonl"):
        read_dataset(tmp_path / "nothing", "sft")
    with pytest.raises(TrainingError, match="has no row to train on"):
        read_dataset(write(tmp_path / "empty", [], []), "sft")
    with pytest.raises(TrainingError, match="`offbook train dpo` learns from it"):
        read_dataset(write(tmp_path / "pairs", dpo_rows(1), [], {"kind": "dpo"}), "sft")
    mixed = [ROW, {"prompt": "a", "completion": "b"}]
    with pytest.raises(TrainingError, match="prompts of both layouts"):
        read_dataset(write(tmp_path / "mixed", mixed, []), "sft")
    broken = write(tmp_path / "broken", [ROW], [])
    (broken / "train.jsonl").write_text('{"prompt": \n')
    with pytest.raises(TrainingError, match="line 1 is no JSON"):
        read_dataset(broken, "sft")
    (broken / "train.jsonl").write_text("[" * 100_000 + "\n")
    with pytest.raises(TrainingError, match="line 1 is no JSON"):
        read_dataset(broken, "sft")
    (broken / "train.jsonl").write_text('{"prompt": "a", "completion": "half \\ud83d"}\n')
    with pytest.raises(TrainingError, match=r"line 1 is no JSON: .*surrogates not allowed"):
        read_dataset(broken, "sft")
    (broken / "train.jsonl").write_bytes(b'{"prompt": "\xff"}\n')
    with pytest.raises(TrainingError, match="not UTF-8 behind line 0"):
        read_dataset(broken, "sft")
    (broken / "card.json").write_text("[]")
    with pytest.raises(TrainingError, match="holds no JSON object"):
        read_dataset(broken, "sft")

"""The reference character's script becomes a dataset."""

from pathlib import Path

import pytest

from app.engines import scripted
from app.engines.port import EnginePrompt
from tests.app.tools.datasets.making import FREE, answers, dataset, read, text

_PLACES = (each / "shared/reference/index-roleplay" for each in Path(__file__).resolve().parents)
REFERENCE = next((each for each in _PLACES if each.is_dir()), None)

pytestmark = pytest.mark.skipif(
    REFERENCE is None, reason="the reference is not beside this checkout"
)


def options(out: Path) -> list[object]:
    assert REFERENCE is not None
    profile = REFERENCE / "sansan_profile.txt"
    named = [REFERENCE / "sansan.csv", "--name", "三三", "--profile", profile]
    return [*named, *FREE, "--layout", "completion", "--out", out]


def test_her_lines_are_answers_behind_indexs_prompt(tmp_path: Path) -> None:
    done = dataset("sft", *options(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    found = read(tmp_path / "out")
    # She says 125 lines; the card accounts for every one.
    assert len(found.rows) + sum(found.dropped().values()) == 125
    assert len(found.train) > 80
    assert len(found.validation) >= 8
    held_out = [answer for answer in answers(found.validation) if len(answer) > 8]
    for row in found.train:
        prompt = text(row["prompt"])
        assert prompt.startswith("请你扮演“三三”与用户“")
        assert "以下是三三的人设：\n姓名：三三" in prompt
        assert prompt.endswith("\n三三:")
        system = prompt.partition("以下是三三的人设")[0]
        assert not any(answer in system for answer in held_out)
        if len(text(row["completion"])) > 8:
            assert text(row["completion"]) not in system
    for row, seed in zip(found.train, found.seed, strict=True):
        assert seed["system"] + seed["query"] == row["prompt"]


def test_her_lines_are_chosen_over_the_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reply(prompt: EnginePrompt) -> str:
        return "我是一个人工智能助手，很高兴为您服务。"

    monkeypatch.setattr(scripted, "scripted_reply", reply)
    done = dataset("dpo", *options(tmp_path / "out"), "--generate", "20")
    assert done.exit_code == 0, done.output
    found = read(tmp_path / "out")
    assert len(found.rows) + found.dropped().get("said_in_training", 0) == 20
    assert {*answers(found.rows, "rejected")} == {"我是一个人工智能助手，很高兴为您服务。"}

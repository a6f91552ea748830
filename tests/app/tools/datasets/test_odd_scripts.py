"""Scripts that hardly make a dataset: the error or the card says what happened."""

from pathlib import Path

from tests.app.tools.datasets.making import (
    EXCHANGES,
    FREE,
    answers,
    dataset,
    made,
    text,
    twelve,
    write_script,
)


def test_a_cast_of_one_answers_nothing(tmp_path: Path) -> None:
    lines = [("Bob", said) for _, said in EXCHANGES]
    script = write_script(tmp_path, [lines[:4], lines[4:8], lines[8:]], "Bob")
    done = dataset("sft", script, *FREE, "--out", tmp_path / "out")
    assert done.exit_code == 1
    said = " ".join(done.output.split())
    assert "There is no row to train on." in said
    assert "9 scripts: the character's own line stands before it, and no turn begins there" in said
    assert "3 scripts: nothing is said before it in its scene, so it answers nothing" in said
    assert not (tmp_path / "out").exists()


def test_a_character_of_two_lines_is_too_little(tmp_path: Path) -> None:
    scenes = [
        *twelve(),
        [("Ann", "Who are you?"), ("Guest", "A guest."), ("Ann", "Why?"), ("Guest", "Hungry.")],
    ]
    script = write_script(tmp_path, scenes, "Guest")
    done = dataset("sft", script, *FREE, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "Guest says 2 lines in Guest.txt; 10 are needed to hold some out." in " ".join(
        done.output.split()
    )
    assert "Ann (14), Mira (12)" in " ".join(done.output.split())


def test_one_long_scene_has_no_other_to_show(tmp_path: Path) -> None:
    script = write_script(tmp_path, [[line for scene in twelve() for line in scene]])
    done = dataset("sft", script, *FREE, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "12 scripts: no other scene has a line of the character" in " ".join(done.output.split())


def test_two_scenes_hold_one_out_and_have_nothing_left_to_show(tmp_path: Path) -> None:
    lines = [line for scene in twelve() for line in scene]
    script = write_script(tmp_path, [lines[:12], lines[12:]])
    nothing = dataset("sft", script, *FREE, "--out", tmp_path / "out")
    assert nothing.exit_code == 1
    found = made("sft", tmp_path / "all", script, "--validation", "0")
    assert set(answers(found.train)) == {answer for _, answer in EXCHANGES}


CHINESE = [
    ("梯子放在哪里了？", "靠着谷仓，在旧犁的后面。"),
    ("还有汤吗？", "半锅，要是猫没有偷吃的话。"),
    ("昨晚是谁敲的钟？", "没有人敲，是风学会了。"),
    ("你看得懂这张地图吗？", "倒过来看得懂，比船长还懂。"),
    ("鹅怎么这么吵？", "它们比你先看见狐狸。"),
    ("信上说什么？", "你弟弟星期四回家。"),
]


def test_a_script_in_two_languages(tmp_path: Path) -> None:
    mixed = [
        *([("Ann", asked), ("Mira", answer)] for asked, answer in CHINESE),
        *twelve()[6:],
    ]
    found = made("sft", tmp_path / "out", write_script(tmp_path, mixed), "--layout", "completion")
    assert len(found.rows) == 12
    # More than a tenth of the letters are Chinese: the prompts are, all of them.
    assert found.card["counts"]["by_language"] == {"zh": {"train": 11, "validation": 1}}
    for row in found.rows:
        assert "以下是一些Mira的对话" in text(row["prompt"])
        assert text(row["completion"]) not in text(row["prompt"])

"""Rows of scripts: the true line as the answer, with lines of other scenes in its prompt."""

from pathlib import Path

import pytest

from tests.app.tools.datasets.making import (
    EXCHANGES,
    FREE,
    Made,
    answers,
    dataset,
    made,
    text,
    twelve,
    write_script,
)

ASKED = {answer: asked for asked, answer in EXCHANGES}


def shown(prompt: str) -> set[str]:
    """The answers of Mira's that a prompt shows."""
    return {answer for answer in ASKED if answer in prompt}


@pytest.mark.parametrize("layout", ["chat", "completion"])
def test_answers_are_true_lines_behind_prompts_with_other_scenes(
    script: Path, tmp_path: Path, layout: str
) -> None:
    found = made("sft", tmp_path / "out", script, "--layout", layout)
    # A tenth of twelve lines is 1.2: one scene is held out.
    assert (len(found.train), len(found.validation)) == (11, 1)
    assert set(answers(found.rows)) == ASKED.keys()
    [held_out] = answers(found.validation)
    for row in found.rows:
        prompt, answer = text(row["prompt"]), text(row["completion"])
        assert ASKED[answer] in prompt
        assert answer not in prompt
        assert shown(prompt)
        assert held_out not in prompt
    assert found.card["counts"]["by_character"] == {"Mira": {"train": 11, "validation": 1}}


def test_a_chat_row_is_messages_and_ends_with_the_line_to_answer(
    script: Path, tmp_path: Path
) -> None:
    found = made("sft", tmp_path / "out", script, "--layout", "chat")
    for row in found.rows:
        assert row.keys() == {"prompt", "completion", "scene"}
        roles = [message["role"] for message in row["prompt"]]
        assert roles[0] == "system"
        assert roles[1::2] == ["user"] * len(roles[1::2])
        assert roles[2::2] == ["assistant"] * len(roles[2::2])
        assert roles[-1] == "user"
        [answer] = row["completion"]
        assert answer["role"] == "assistant"
        assert ASKED[answer["content"]] in row["prompt"][-1]["content"]
    assert found.card["base"]["template"] == "the base model's own chat template"


def test_the_seeds_form_is_indexs_prompt_in_two(script: Path, tmp_path: Path) -> None:
    found = made("sft", tmp_path / "out", script, "--layout", "completion")
    assert len(found.seed) == 11  # those of the training alone
    for row, seed in zip(found.train, found.seed, strict=True):
        assert seed.keys() == {"system", "query", "response"}
        assert seed["system"] + seed["query"] == row["prompt"]
        assert seed["response"] == row["completion"]
        assert seed["query"] == f"Ann:{ASKED[seed['response']]}\n\nMira:"
        assert shown(seed["system"])
    beside = made("sft", tmp_path / "chat", script, "--layout", "chat")
    assert beside.seed == found.seed


def test_a_seed_makes_the_same_dataset_and_another_one_another_split(
    script: Path, tmp_path: Path
) -> None:
    one, same = (made("sft", tmp_path / name, script, "--seed", "3") for name in ("one", "same"))
    assert one == same
    splits = {
        answers(made("sft", tmp_path / f"by {seed}", script, "--seed", seed).validation)[0]
        for seed in range(4, 9)
    }
    assert len(splits) > 1


def test_a_share_of_nothing_holds_nothing_out(script: Path, tmp_path: Path) -> None:
    found = made("sft", tmp_path / "out", script, "--validation", "0")
    assert (len(found.train), found.validation) == (12, [])
    assert found.card["split"]["held_out"] == []


def drops() -> list[list[tuple[str, str]]]:
    """Three lines that answer nothing, two that are too short or long, two that recur."""
    return [
        *twelve(),
        [("Mira", "I begin."), ("Ann", "Do you?"), ("Mira", "I do, I say."), ("Mira", "And on.")],
        [("Ann", "Well?"), ("Mira", "X!")],
        [("Ann", "Count for us."), ("Mira", " ".join(["one hundred and one"] * 20))],
        [
            ("Ann", "Is there any soup left?"),
            ("Mira", "Half a pot, if the cat has not been at it!"),
        ],
        [
            ("Ann", "Why are the geese so loud?"),
            ("Mira", "They saw the fox before you saw a geese."),
        ],
    ]


def test_what_is_left_out_is_counted_with_its_reason(tmp_path: Path) -> None:
    script = write_script(tmp_path, drops())
    found = made("sft", tmp_path / "out", script, "--most-tokens", "40")
    assert found.dropped() == {
        "opens_scene": 1,
        "follows_own": 1,
        "too_short": 1,
        "too_long": 1,
        "duplicate": 1,
        "near_duplicate": 1,
    }
    assert len(found.rows) == 12 + 1
    assert "and no turn begins there" in found.text


def test_nearly_equal_exchanges_may_stay(tmp_path: Path) -> None:
    script = write_script(tmp_path, drops())
    found = made("sft", tmp_path / "out", script, "--most-tokens", "40", "--near-duplicates")
    assert "near_duplicate" not in found.dropped()
    assert len(found.rows) == 12 + 2


def test_the_most_of_a_character_are_spread_over_the_script(script: Path, tmp_path: Path) -> None:
    found = made("sft", tmp_path / "out", script, "--most", "4", "--validation", "0")
    assert set(answers(found.train)) == {EXCHANGES[at][1] for at in (0, 3, 6, 9)}
    assert found.dropped() == {"over_most": 8}


def test_directions_are_no_part_of_an_answer(tmp_path: Path) -> None:
    scenes = twelve()
    scenes[0][1] = ("Mira", "(laughing) Against the barn, behind the old plough.")
    found = made("sft", tmp_path / "out", write_script(tmp_path, scenes))
    assert EXCHANGES[0][1] in answers(found.rows)


def test_two_characters_of_a_script_hold_the_same_scenes_out(tmp_path: Path) -> None:
    scenes = [[*scene, ("Ann", f"Then {number} it is.")] for number, scene in enumerate(twelve())]
    script = write_script(tmp_path, scenes)
    options = (script, script, "--name", "Mira", "--name", "Ann", "--validation", "0.25")
    found = made("sft", tmp_path / "out", *options)
    held_out = {each["scene"] for each in found.card["split"]["held_out"]}
    assert len(held_out) == 3
    spoken = {at + 1: {scene[1][1], scene[2][1]} for at, scene in enumerate(scenes)}
    for row in found.train:
        prompt = text(row["prompt"]) + text(row["completion"])
        for scene in held_out:
            assert not any(line in prompt for line in spoken[scene])
    assert found.card["counts"]["by_character"] == {
        "Ann": {"train": 9, "validation": 3},
        "Mira": {"train": 9, "validation": 3},
    }


def test_the_card_says_whose_script_it_is(script: Path, tmp_path: Path) -> None:
    found = made("sft", tmp_path / "out", script, "--licence", "CC BY 4.0")
    assert {"of": "Mira.txt", "what": "script", "licence": "CC BY 4.0"} in found.card["licences"]
    unknown = made("sft", tmp_path / "unknown", script)
    assert any("was not given (--licence)" in note for note in unknown.card["notes"])


def test_the_prompts_are_for_the_model_to_be_trained(script: Path, tmp_path: Path) -> None:
    profile = tmp_path / "profile.txt"
    profile.write_text("Mira keeps the inn. " * 40, encoding="utf-8")
    options = (script, "--profile", profile, "--base", "demo")
    found = made("sft", tmp_path / "out", *options)
    assert found.card["base"]["model"] == "demo"
    assert found.card["base"]["licence"] == "Apache-2.0 (free)"
    # The small model's prompts have five examples and the profile's opening.
    for row in found.rows:
        assert len(row["prompt"]) <= 1 + 2 * 5 + 2 + 2
        assert row["prompt"][0]["content"].count("Mira keeps the inn.") < 20
    for seed in found.seed:
        assert seed["system"].count("Mira keeps the inn.") == 40


@pytest.mark.parametrize("mode", ["reference", "fused", "selector"])
def test_every_retrieval_mode_composes_prompts(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("OFFBOOK_RETRIEVAL__MODE", mode)
    found: Made = made("sft", tmp_path / "out", script)
    assert len(found.rows) == 12
    for row in found.rows:
        prompt = text(row["prompt"])
        assert shown(prompt)
        assert text(row["completion"]) not in prompt


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--from", "magic"], "No source magic"),
        (["--from", ","], "there are scripts, edits, choices, good"),
        (["--name", "Bob"], "Bob says 0 lines in Mira.txt"),
        (["--name", "Mira", "--name", "Ann"], "2 times --name, and 1 scripts"),
        (["--base", "magic"], "There is no model 'magic' in the catalogue"),
        (["--selector", "k11"], "no selector 'k11'"),
        (["--embedder", "magic"], "no embedder 'magic'"),
        (["--least-letters", "300"], "There is no row to train on. 12 scripts: fewer letters"),
    ],
)
def test_what_cannot_be_done_is_said(
    script: Path, tmp_path: Path, options: list[str], why: str
) -> None:
    done = dataset("sft", script, *FREE, *options, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert why in done.output.replace("\n", "")
    assert [each.name for each in tmp_path.iterdir()] == ["Mira.txt"]

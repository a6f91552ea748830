"""No prompt shows its own answer: not by its scene, not by one that repeats it."""

from pathlib import Path

import pytest

from app.tools.datasets.errors import LeakError
from app.tools.datasets.leaks import check_shown, reveals
from characters.passages.duplicates import letters
from tests.app.tools.datasets.making import (
    EXCHANGES,
    Made,
    answers,
    made,
    text,
    twelve,
    write_script,
)

SEEDS = range(1, 6)


def shows(found: Made, answer: str, line: str) -> bool:
    """Whether a prompt before an answer shows a line."""
    prompts = [text(row["prompt"]) for row in found.rows if text(row["completion"]) == answer]
    assert prompts
    return any(line in prompt for prompt in prompts)


@pytest.mark.parametrize("layout", ["chat", "completion"])
def test_nearly_equal_scenes_do_not_show_each_others_answers(tmp_path: Path, layout: str) -> None:
    asked, answer = EXCHANGES[2]
    twin = answer.replace("learnt how", "learnt it")
    scenes = [*twelve(), [("Ann", asked.replace("Who", "And who")), ("Mira", twin)]]
    script = write_script(tmp_path, scenes)
    for seed in SEEDS:
        options = (script, "--near-duplicates", "--seed", seed, "--layout", layout)
        found = made("sft", tmp_path / f"out {layout} {seed}", *options)
        assert not shows(found, answer, twin)
        assert not shows(found, twin, answer)
        held_out = set(answers(found.validation))
        assert (answer in held_out) == (twin in held_out)


def test_scenes_that_share_a_line_stay_together(tmp_path: Path) -> None:
    _, answer = EXCHANGES[5]
    scenes = [*twelve(), [("Ann", "What is the news?"), ("Mira", answer)]]
    script = write_script(tmp_path, scenes)
    for seed in SEEDS:
        found = made("sft", tmp_path / f"out {seed}", script, "--seed", seed)
        assert not shows(found, answer, answer)
        assert answers(found.validation).count(answer) in (0, 2)
        assert found.card["split"]["rule"] == "lines"


def test_an_interjection_is_not_shown_to_itself(tmp_path: Path) -> None:
    scenes = twelve()
    for at in (0, 1, 2, 3):
        scenes[at] += [("Ann", f"Is that so, number {at}?"), ("Mira", "Aye.")]
    found = made("sft", tmp_path / "out", write_script(tmp_path, scenes), "--validation", "0")
    assert answers(found.train).count("Aye.") == 4
    assert not shows(found, "Aye.", "Aye.")
    assert found.card["retrieval"]["hidden"] > 0


def everywhere() -> list[list[tuple[str, str]]]:
    """A figure of speech in every scene."""
    return [
        [*scene, ("Ann", EXCHANGES[at - 5][0]), ("Mira", "Heaven knows why, my dear.")]
        for at, scene in enumerate(twelve())
    ]


def test_a_figure_of_speech_does_not_keep_a_whole_script_together(tmp_path: Path) -> None:
    script = write_script(tmp_path, everywhere())
    found = made("sft", tmp_path / "out", script, "--validation", "0.2")
    assert found.card["split"]["rule"] == "scenes"
    assert any("only nearly equal scenes were kept together" in n for n in found.card["notes"])
    phrase = "Heaven knows why, my dear."
    assert not shows(found, phrase, phrase)
    # A fifth of 24 lines are 4.8: two scenes, whose other line is said in the training.
    assert len(found.validation) == 2
    assert phrase not in answers(found.validation)
    assert found.dropped() == {"said_in_training": 2}
    for row in found.rows:
        assert text(row["completion"]) not in text(row["prompt"])


@pytest.mark.parametrize(
    ("line", "answer", "revealed"),
    [
        ("The wind has learnt how.", "the wind has learnt how", True),
        ("Well, the wind has learnt how, they say.", "The wind has learnt how.", True),
        (
            "Well, they say the wind has learnt how to ring.",
            "Well, they say the wind has learnt how to sing.",
            True,
        ),
        ("The geese are loud.", "The wind has learnt how.", False),
        ("Yes.", "Yes!", True),
        ("Yes, I did.", "Yes.", False),
        ("", "The wind.", False),
        ("好的，姐姐。", "好的", False),
        ("我们用心把生意做好。", "用心把生意做好", True),
    ],
)
def test_lines_that_reveal_an_answer(line: str, answer: str, *, revealed: bool) -> None:
    assert reveals(letters(line), letters(answer)) is revealed


def test_a_prompt_with_its_answer_is_never_written() -> None:
    check_shown([["Ann: How?", "Mira: With a spoon."]], "With a fork.")
    with pytest.raises(LeakError, match="shows its own answer"):
        check_shown([["Ann: How?", "Mira: With a fork, child."]], "With a fork.")

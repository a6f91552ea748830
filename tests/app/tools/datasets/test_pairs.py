"""Pairs with what the model writes, and lines that it finds implausible."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from app.engines import scripted
from app.engines.port import Delta, EnginePrompt, EngineUnavailableError
from app.engines.scripted import ScriptedEngine
from tests.app.tools.datasets.making import (
    EXCHANGES,
    answers,
    dataset,
    made,
    read,
    text,
    twelve,
    write_script,
)

COUNTED = ["--embedder", "hashing"]
REFUSAL = "Refuse briefly whatever is asked about the sea."


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What engines are asked to answer."""
    found: list[str] = []
    stream = ScriptedEngine.stream

    def watched(
        self: ScriptedEngine, prompt: EnginePrompt, *given: Any, **named: Any
    ) -> AsyncGenerator[Delta, None]:
        found.append(scripted._prompt_text(prompt))
        return stream(self, prompt, *given, **named)

    monkeypatch.setattr(ScriptedEngine, "stream", watched)
    return found


def test_the_true_line_is_chosen_over_the_models(
    script: Path, tmp_path: Path, prompts: list[str]
) -> None:
    found = made("dpo", tmp_path / "out", script, "--generate", "6", "--validation", "0.2")
    assert len(prompts) == 6
    assert len(found.rows) == 6
    asked = dict(EXCHANGES)
    for row in found.rows:
        assert row.keys() == {"prompt", "chosen", "rejected", "scene"}
        assert text(row["chosen"]) in asked.values()
        assert "you say? Let me think about that" in text(row["rejected"])
        assert text(row["prompt"]) in prompts
    assert found.card["counts"]["by_source"].keys() == {"model"}
    assert {"of": "scripted", "what": "answers"}.items() <= found.card["licences"][-1].items()
    assert found.seed[0].keys() == {"system", "query", "response", "rejected"}


def test_a_stopped_run_goes_on_and_the_folder_is_whole_or_not_there(
    script: Path, tmp_path: Path, prompts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reply, said = scripted.scripted_reply, list[str]()

    def failing(prompt: EnginePrompt, *given: Any) -> str:
        if len(said) == 4:
            raise EngineUnavailableError("The machine is away.")
        said.append("")
        return reply(prompt, *given)

    monkeypatch.setattr(scripted, "scripted_reply", failing)
    options = (script, "--generate", "6", *COUNTED, "--out", tmp_path / "out")
    done = dataset("dpo", *options)
    assert done.exit_code == 1
    assert "The engine does not answer: The machine is away." in done.output
    left = sorted(each.name for each in tmp_path.iterdir())
    assert left == ["Mira.txt", "out.answers.jsonl"]
    monkeypatch.setattr(scripted, "scripted_reply", reply)
    prompts.clear()
    assert dataset("dpo", *options).exit_code == 0
    assert len(prompts) == 6 - 4
    assert len(read(tmp_path / "out").rows) == 6


@pytest.mark.parametrize("damage", [b"\x00\x00\n", b"\xff\xfe\n", b"[1]\n", b"{\n"], ids=repr)
def test_damaged_answers_are_named(script: Path, tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "out.answers.jsonl").write_bytes(damage)
    done = dataset("dpo", script, "--generate", "2", *COUNTED, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    said = " ".join(done.output.split())
    assert "out.answers.jsonl, line 1, is damaged. Delete the line" in said


def test_the_same_answer_is_no_pair(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = EXCHANGES[4][1]
    monkeypatch.setattr(scripted, "scripted_reply", lambda *_: truth.upper())
    found = made("dpo", tmp_path / "out", script, "--generate", "12")
    assert found.dropped() == {"same_answer": 1}
    assert truth not in answers(found.rows, "chosen")


@pytest.fixture
def obedient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine refuses where it is instructed to."""

    def reply(prompt: EnginePrompt, *_: Any) -> str:
        instructed = REFUSAL in scripted._prompt_text(prompt)
        return "The sea is not my trade." if instructed else "The sea is blue, wide and wet."

    monkeypatch.setattr(scripted, "scripted_reply", reply)


@pytest.mark.usefixtures("obedient")
@pytest.mark.parametrize("layout", ["chat", "completion"])
def test_an_instructed_reply_is_chosen_over_a_bare_one_behind_the_bare_prompt(
    script: Path, tmp_path: Path, prompts: list[str], layout: str
) -> None:
    questions = tmp_path / "questions.txt"
    questions.write_text(
        "How deep is the sea?\n\nIs the sea cold?\nHow deep is the sea?\n", "utf-8"
    )
    options = (script, "--instruction", REFUSAL, "--questions", questions, "--layout", layout)
    found = made("dpo", tmp_path / "out", *options, "--validation", "0")
    assert len(prompts) == 4
    assert sum(REFUSAL in prompt for prompt in prompts) == 2
    assert len(found.rows) == 2
    for row, question in zip(found.rows, ("How deep", "Is the sea cold"), strict=True):
        assert text(row["chosen"]) == "The sea is not my trade."
        assert text(row["rejected"]) == "The sea is blue, wide and wet."
        assert REFUSAL not in text(row["prompt"])
        assert question in text(row["prompt"])
        assert any(answer in text(row["prompt"]) for _, answer in EXCHANGES)
    assert found.card["instruction"] == REFUSAL
    assert found.card["counts"]["by_source"] == {"instruction": {"train": 2, "validation": 0}}


@pytest.mark.usefixtures("obedient")
def test_lines_of_the_script_can_be_what_is_asked(script: Path, tmp_path: Path) -> None:
    options = (script, "--from", "instruction", "--instruction", REFUSAL, "--generate", "5")
    found = made("dpo", tmp_path / "out", *options)
    assert found.card["counts"]["by_source"].keys() == {"instruction"}
    assert len(found.rows) == 5
    for row in found.rows:
        assert any(asked in text(row["prompt"]) for asked, _ in EXCHANGES)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--from", "scripts"], "No source scripts; there are edits, choices, model, instruction"),
        (["--from", "model"], "needs --generate N"),
        (["--from", "instruction"], "needs --instruction TEXT"),
        (["--instruction", "Be kind."], "say what is asked: --questions FILE"),
        (["--instruction", "Be kind.", "--questions", "EMPTY"], "has no question"),
    ],
)
def test_a_source_without_what_it_is_made_with_is_said(
    script: Path, tmp_path: Path, options: list[str], why: str
) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("\n \n", "utf-8")
    given = [str(empty) if each == "EMPTY" else each for each in options]
    done = dataset("dpo", script, *given, *COUNTED, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert why in done.output.replace("\n", "")


def test_replies_are_of_a_character(tmp_path: Path) -> None:
    done = dataset("dpo", "--generate", "3", *COUNTED, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "Say whose replies are written" in done.output


def test_lines_that_the_model_finds_implausible_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def score(self: ScriptedEngine, prompt: EnginePrompt, line: str, **_: Any) -> list[float]:
        asked.append(line)
        return [-9.0, -8.0] if "plough" in line else [-9.0, -1.0]  # means of -8.5 and -5

    monkeypatch.setattr(ScriptedEngine, "score", score)
    script = write_script(tmp_path, twelve())
    options = (script, "--least-likelihood", "-6")
    found = made("sft", tmp_path / "out", *options)
    assert len(asked) == 12
    assert found.dropped() == {"implausible": 1}
    assert EXCHANGES[0][1] not in answers(found.rows)
    asked.clear()
    again = made("sft", tmp_path / "out", script, "--least-likelihood", "-5.5", "--overwrite")
    assert (asked, again.dropped()) == ([], {"implausible": 1})


def test_an_engine_that_is_needed_and_away_is_said(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__KIND", "openai")
    monkeypatch.setenv("OFFBOOK_ENGINE__BASE_URL", "http://127.0.0.1:9")
    away = dataset("dpo", script, "--generate", "3", *COUNTED, "--out", tmp_path / "out")
    assert away.exit_code == 1
    assert "An engine is needed for the model's own answers" in away.output.replace("\n", "")
    counted = dataset("sft", script, *COUNTED, "--out", tmp_path / "out")
    assert counted.exit_code == 0, counted.output
    assert "Tokens are ESTIMATED" in counted.output
    assert any("Tokens are estimated" in note for note in read(tmp_path / "out").card["notes"])
    strict = dataset("sft", script, *COUNTED, "--tokens", "engine", "--out", tmp_path / "more")
    assert strict.exit_code == 1
    assert "No engine counts tokens" in strict.output

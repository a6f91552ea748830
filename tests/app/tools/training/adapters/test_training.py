"""Adapters trained for real, on a tiny model of random weights."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="needs the extra train")

from app.settings import Settings
from app.tools.training.adapters.errors import TrainingError
from app.tools.training.adapters.plan import TrainingPlan
from app.tools.training.adapters.run import train
from tests.app.engines.tiny_model import make, torch
from tests.app.tools.training.adapters.rows import RIGHT, dpo_rows, sft_rows, write

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(300)]

CARD = {
    "kind": "sft",
    "licences": [{"of": "三三", "what": "script", "licence": "CC0"}],
    "notes": ["Made up."],
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("base") / "tiny.gguf").path


def plan(kind: Any, tmp_path: Path, tiny: Path, **changes: Any) -> TrainingPlan:
    values: dict[str, Any] = {
        "kind": kind,
        "dataset": tmp_path / "data",
        "base": str(tiny),
        "out": tmp_path / "adapter",
        "name": "robot",
        "learning_rate": 1e-2,
        "epochs": 3.0,
        "accumulate": 2,
        "most_tokens": 200,
        "rank": 8,
        "alpha": 16,
        "dtype": "float32",
    }
    return TrainingPlan(**{**values, **changes})


def trained(made: TrainingPlan) -> tuple[dict[str, Any], list[str]]:
    """The card of a new adapter, and what was said on the way."""
    said: list[str] = []
    train(made, Settings(), said.append)
    return json.loads((made.out / "card.json").read_text("utf-8")), said


def weights(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return dict(load_file(folder / "adapter_model.safetensors"))


def test_replies_are_learnt(tmp_path: Path, tiny: Path) -> None:
    write(tmp_path / "data", sft_rows(36), sft_rows(12, first=36), CARD)
    made = plan("sft", tmp_path, tiny)
    card, said = trained(made)
    held_out = card["figures"]["held_out"]
    assert (held_out["rows"], held_out["scenes"]) == (12, 4)
    assert held_out["loss"]["before"] > 4  # nothing is known of 330 tokens
    assert held_out["loss"]["after"] < held_out["loss"]["before"] / 2
    assert held_out["nats_a_token"]["gain"]["low"] > 1
    steps = card["figures"]["steps"]
    curve = card["figures"]["held_out_loss"]
    assert [curve[0][0], curve[-1][0], len(curve)] == [0, steps, 5]
    assert any(" tokens/s, " in line and " left." in line for line in said)
    assert sorted(path.name for path in made.out.iterdir()) == [
        "adapter.gguf",
        "adapter_config.json",
        "adapter_model.safetensors",
        "card.json",
        "card.md",
    ]
    assert (card["name"], card["kind"], card["data"]) == ("robot", "sft", CARD)
    assert card["settings"]["learning_rate"] == 1e-2
    text = (made.out / "card.md").read_text("utf-8")
    assert "| 三三 | script | CC0" in text
    assert "Made up." in text


def test_no_path_of_this_machine_is_in_an_adapter(tmp_path: Path, tiny: Path) -> None:
    write(tmp_path / "data", sft_rows(4), [])
    made = plan("sft", tmp_path, tiny, most_steps=1)
    card, _ = trained(made)
    for path in made.out.iterdir():
        assert str(tmp_path).encode() not in path.read_bytes()
        assert str(tiny.parent).encode() not in path.read_bytes()
    config = json.loads((made.out / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == card["base"] == "tiny"
    assert card["figures"]["held_out"] is None
    assert "Nothing was held out" in card["notes"][-1]


def test_pairs_are_learnt(tmp_path: Path, tiny: Path) -> None:
    write(tmp_path / "data", dpo_rows(36), dpo_rows(12, first=36), {"kind": "dpo"})
    card, _ = trained(plan("dpo", tmp_path, tiny))
    held_out = card["figures"]["held_out"]
    assert held_out["loss"]["before"] == pytest.approx(math.log(2))
    assert held_out["loss"]["after"] < 0.3
    assert held_out["preferred"]["value"] == 1.0
    assert card["settings"]["beta"] == 0.1


def test_what_was_learnt_is_what_is_asked(tmp_path: Path, tiny: Path) -> None:
    """The base with its adapter, by transformers' scorer, on the prompt as the service has it."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    write(tmp_path / "data", sft_rows(24), sft_rows(6, first=24))
    made = plan("sft", tmp_path, tiny)
    card, _ = trained(made)
    folder = str(tiny.parent)
    base = AutoModelForCausalLM.from_pretrained(folder, gguf_file=tiny.name, dtype=torch.float32)
    model = PeftModel.from_pretrained(base, str(made.out)).eval()
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=tiny.name)
    total = count = 0.0
    for row in sft_rows(6, first=24):
        prompt = tokenizer.apply_chat_template(
            row["prompt"], add_generation_prompt=True, tokenize=False
        )
        before = tokenizer.encode(prompt, add_special_tokens=False)
        reply = tokenizer.encode(RIGHT, add_special_tokens=False)
        with torch.no_grad():
            logits = model(torch.tensor([before + reply])).logits[0, len(before) - 1 : -1]
        scores = torch.log_softmax(logits, -1).gather(1, torch.tensor(reply)[:, None])
        total, count = total - float(scores.sum()), count + len(reply)
    assert total / count == pytest.approx(card["figures"]["held_out"]["loss"]["after"], abs=1e-3)


def test_the_same_seed_makes_the_same_adapter(tmp_path: Path, tiny: Path) -> None:
    write(tmp_path / "data", sft_rows(12), sft_rows(3, first=12))
    made = [
        plan("sft", tmp_path, tiny, out=tmp_path / str(number), seed=seed, epochs=1.0)
        for number, seed in enumerate((1, 1, 2))
    ]
    for each in made:
        train(each, Settings(), lambda _: None)
    one, same, other = (weights(each.out) for each in made)
    for name, tensor in one.items():
        torch.testing.assert_close(tensor, same[name])
    assert any(not torch.equal(tensor, other[name]) for name, tensor in one.items())


def test_a_killed_training_goes_on_where_it_was(tmp_path: Path, tiny: Path) -> None:
    write(tmp_path / "data", sft_rows(48), sft_rows(6, first=48))
    options = plan("sft", tmp_path, tiny, out=tmp_path / "killed", epochs=6.0)
    with pytest.raises(TrainingError, match="no training in"):
        train(plan("sft", tmp_path, tiny, resume=True), Settings(), lambda _: None)
    _kill_at_a_checkpoint(options)
    with pytest.raises(TrainingError, match="Go on with --resume"):
        train(options, Settings(), lambda _: None)
    with pytest.raises(TrainingError, match=r"begun with learning_rate 0\.01"):
        train(
            plan(
                "sft",
                tmp_path,
                tiny,
                out=options.out,
                epochs=6.0,
                resume=True,
                learning_rate=1e-3,
            ),
            Settings(),
            lambda _: None,
        )
    resumed = plan("sft", tmp_path, tiny, out=options.out, epochs=6.0, resume=True)
    card, said = trained(resumed)
    assert any(line.startswith("Going on at step ") for line in said)
    assert not any("after 0 steps" in line for line in said)  # measured before the kill
    whole = plan("sft", tmp_path, tiny, out=tmp_path / "whole", epochs=6.0)
    expected, _ = trained(whole)
    figures, of_whole = card["figures"], expected["figures"]
    assert (figures["steps"], figures["resumed"]) == (of_whole["steps"], True)
    assert figures["held_out"]["loss"]["after"] == pytest.approx(
        of_whole["held_out"]["loss"]["after"], abs=1e-3
    )
    for name, tensor in weights(whole.out).items():
        torch.testing.assert_close(weights(resumed.out)[name], tensor, rtol=1e-3, atol=1e-4)
    assert "stopped and resumed" in card["notes"][-1]


def _kill_at_a_checkpoint(options: TrainingPlan) -> None:
    command = [sys.executable, "-m", "app.cli", "train", "lora", str(options.dataset)]
    command += ["--base", options.base, "--out", str(options.out), "--name", options.name]
    for name in ("learning_rate", "epochs", "accumulate", "most_tokens", "rank", "alpha", "dtype"):
        command += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    log = options.out.with_suffix(".log")
    with log.open("w") as file:
        process = subprocess.Popen(
            command,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        try:
            deadline = time.monotonic() + 200
            pattern = "run/checkpoints/checkpoint-*/trainer_state.json"
            while not list(options.out.glob(pattern)):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.02)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert not (options.out / "card.json").exists(), "the training was faster than the test"


def test_rows_that_are_too_long_are_left_out_and_counted(tmp_path: Path, tiny: Path) -> None:
    long = {**sft_rows(1)[0], "completion": [{"role": "assistant", "content": RIGHT * 60}]}
    write(tmp_path / "data", [*sft_rows(4), long], [long])
    card, said = trained(plan("sft", tmp_path, tiny, most_steps=1))
    assert "1 rows for train are longer than 200 tokens: left out." in said
    assert card["figures"]["left_out"] == {"train": 1, "validation": 1}
    write(tmp_path / "only", [long], [])
    with pytest.raises(TrainingError, match="Every row is longer than 200 tokens"):
        trained(plan("sft", tmp_path, tiny, dataset=tmp_path / "only", out=tmp_path / "b"))


def test_what_cannot_be_trained_is_a_sentence(
    tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "data", sft_rows(4), [])
    texts = [{"prompt": "a", "completion": "b"}]
    write(tmp_path / "texts", texts, [])
    for changes, said in (
        ({"name": "Ro bot"}, "'Ro bot' is no name for an adapter"),
        ({"targets": ("nothing",)}, "is called nothing; there are down_proj, gate_proj"),
        ({"dataset": tmp_path / "texts"}, "layout chat, and the dataset has those of the layout"),
        ({"most_tokens": 10**6, "batch": 4_096}, r"needs about [\d.]+ GB of memory, and"),
    ):
        with pytest.raises(TrainingError, match=said):
            trained(plan("sft", tmp_path, tiny, **changes))
    monkeypatch.setattr(
        "app.tools.training.adapters.extras.find_spec", lambda name: None if name == "trl" else name
    )
    with pytest.raises(TrainingError, match=r"needs trl: .*'offbook\[train\]'"):
        trained(plan("sft", tmp_path, tiny))
    assert not (tmp_path / "adapter").exists()


def test_nobody_is_told_of_a_training(
    tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub.utils import _telemetry

    sent: list[str] = []
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY", False)
    monkeypatch.setattr("huggingface_hub.constants.is_offline_mode", lambda: False)
    monkeypatch.setattr(_telemetry, "_send_telemetry_in_thread", lambda **kw: sent.append(str(kw)))
    write(tmp_path / "data", sft_rows(2), [])
    trained(plan("sft", tmp_path, tiny, most_steps=1))
    _telemetry._TELEMETRY_QUEUE.join()
    assert sent == []

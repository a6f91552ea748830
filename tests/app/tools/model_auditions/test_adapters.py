"""Adapters are heard with their model, on scenes that they were not trained on."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.engines.adapters import ServedAdapter
from app.engines.scripted import ScriptedEngine
from app.search.benchmark.corpus import BenchmarkCharacter, read_subject
from app.tools.model_auditions.candidates import RegisteredAdapter
from app.tools.model_auditions.engines import AdaptedEngine
from app.tools.model_auditions.held_out import common_held_out
from characters.scripts.scene_hashes import scene_hash

pytestmark = pytest.mark.usefixtures("models")


def card(subject: BenchmarkCharacter, trained: range, held_out: range) -> dict[str, Any]:
    """What an adapter's card says of its data."""
    hashes = [scene_hash(scene) for scene in subject.scenes]
    split = {
        "trained": [hashes[at] for at in trained],
        "held_out": [{"hash": hashes[at]} for at in held_out],
    }
    return {"data": {"split": split}}


def test_scenes_are_held_out_that_no_adapter_was_trained_on(script: Path) -> None:
    subject = read_subject(script, "老周")
    one = card(subject, range(20), range(20, 40))
    other = card(subject, range(30), range(30, 40))
    elsewhere = {"data": {"split": {"trained": ["ab"], "held_out": []}}}
    assert common_held_out([], subject, []).scenes == frozenset(range(40))
    assert not common_held_out([], subject, []).trained_here
    assert not common_held_out([elsewhere], subject, []).trained_here
    found = common_held_out([one, other, elsewhere], subject, [])
    assert (found.trained_here, found.scenes) == (True, frozenset(range(30, 40)))


@pytest.mark.anyio
async def test_an_adapted_engine_asks_for_its_adapter_alone() -> None:
    engine = ScriptedEngine()
    await engine.serve_adapters([ServedAdapter("quiet", Path("quiet"), "small")])
    adapted = AdaptedEngine(engine, "quiet")
    sampling = (await engine.limits()).sampling
    text = [delta.text async for delta in adapted.stream("Ben: Well?\nAda:", sampling)]
    assert engine.calls[0].adapter == "quiet"
    assert "".join(text)
    with_it = await adapted.score("Ben: quiet?", "quiet")
    assert with_it == await engine.score("Ben: quiet?", "quiet", adapter="quiet")
    assert with_it != await engine.score("Ben: quiet?", "quiet")


def test_an_adapter_is_heard_beside_its_model(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = read_subject(script, "老周")
    registered = RegisteredAdapter(
        served=ServedAdapter("quiet", tmp_path, "small"),
        card=card(subject, range(20), range(20, 40)),
        missing=[],
    )
    broken = RegisteredAdapter(served=registered.served, card={}, missing=["adapter.gguf"])

    async def adapters(_: object) -> dict[str, RegisteredAdapter]:
        return {"quiet": registered, "broken": broken}

    here = "app.tools.model_auditions"
    monkeypatch.setattr(f"{here}.command.registered_adapters", adapters)
    monkeypatch.setattr(
        f"{here}.candidates.misfits",
        lambda adapter, base: None if base.name == adapter.base else "It is for another model.",
    )
    done = CliRunner().invoke(
        cli,
        [
            *("audition", str(script), "--models", "small,small+quiet,large+quiet,small+broken"),
            *("--questions", "20", "--out", str(tmp_path / "out")),
        ],
    )
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "out" / "audition.json").read_text("utf-8"))
    assert [each["name"] for each in found["heard"]] == ["small", "small+quiet"]
    assert {each["name"]: each["why"] for each in found["refused"]} == {
        "large+quiet": "It is for another model.",
        "small+broken": "Files of the adapter are missing: adapter.gguf. Register it again.",
    }
    assert found["trained_here"] is True
    scores = [
        json.loads(line)
        for line in (tmp_path / "out" / "likelihood.jsonl").read_text("utf-8").splitlines()
    ]
    assert {each["scene"] for each in scores} <= set(range(20, 40))
    assert "none of the adapters was trained on" in done.output

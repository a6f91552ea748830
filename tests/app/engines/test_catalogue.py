"""Which model a setting means."""

from pathlib import Path

import pytest

from app.engines.catalogue import (
    HubSource,
    ResolvedModel,
    UnknownModelError,
    WheelSource,
    find_model,
    hub_answers,
    load_catalogue,
    resolve,
)
from app.settings import EngineSettings, Settings


def settings(models_dir: Path, **engine: object) -> Settings:
    return Settings(engine=EngineSettings.model_validate({"models_dir": models_dir, **engine}))


def present(models_dir: Path, name: str) -> None:
    entry = find_model(name)
    with entry.path(models_dir).open("wb") as file:
        file.truncate(entry.size or 1)


def auto(models_dir: Path, *, hub: bool) -> ResolvedModel:
    return resolve(settings(models_dir), probe=lambda _: hub)


def test_every_entry_can_be_verified() -> None:
    catalogue = load_catalogue()
    assert list(catalogue) == ["index", "demo", "demo-large", "demo-small"]
    for entry in catalogue.values():
        for source in entry.sources:
            assert isinstance(source, HubSource) or entry.sha256
            if isinstance(source, WheelSource):
                assert all("==" in requirement for requirement, _ in source.wheels)


def test_small_models_bring_their_sampling() -> None:
    demo = find_model("demo")
    assert demo.sampling.repetition_penalty == 1.1
    assert demo.sampling.extra["dry_multiplier"] == 3.0
    assert demo.max_examples == 5
    large = find_model("demo-large")
    assert (large.sampling, large.max_examples) == (demo.sampling, demo.max_examples)


def test_the_stand_ins_are_screened_and_the_role_play_model_is_not(tmp_path: Path) -> None:
    catalogue = load_catalogue()
    assert {name for name, entry in catalogue.items() if not entry.screened} == {"index"}
    assert auto(tmp_path, hub=False).screened
    assert not auto(tmp_path, hub=True).screened


def test_auto_prefers_the_real_one_where_it_can_be_had(tmp_path: Path) -> None:
    without = auto(tmp_path, hub=False)
    assert (without.name, without.present, without.prompt_style) == ("demo", False, "chat")
    assert "offbook model pull index" in without.sentence
    assert auto(tmp_path, hub=True).name == "index"
    present(tmp_path, "demo")
    assert auto(tmp_path, hub=False).present
    present(tmp_path, "index")
    there = auto(tmp_path, hub=False)
    assert (there.name, there.present, there.prompt_style) == ("index", True, "completion")


def test_a_file_of_the_wrong_size_is_not_present(tmp_path: Path) -> None:
    find_model("demo").path(tmp_path).write_bytes(b"half")
    assert not resolve(settings(tmp_path, model="demo")).present


def test_names_settings_win_and_unknown_names_raise(tmp_path: Path) -> None:
    small = resolve(settings(tmp_path, model="demo-small", context_length=2048))
    assert (small.name, small.context_length) == ("demo-small", 2048)
    chat = resolve(settings(tmp_path, model="demo-small", prompt_style="chat"))
    assert chat.prompt_style == "chat"
    with pytest.raises(UnknownModelError, match="index, demo, demo-large, demo-small"):
        resolve(settings(tmp_path, model="gpt"))
    with pytest.raises(UnknownModelError, match="no model file"):
        resolve(settings(tmp_path, model=str(tmp_path / "none.gguf")))


@pytest.mark.parametrize(
    ("name", "content", "style"),
    [
        ("instruct.gguf", b"GGUF..tokenizer.chat_template..", "chat"),
        ("base.gguf", b"GGUF..", "completion"),
        ("Index-1.9B-Character.gguf", b"GGUF..tokenizer.chat_template..", "completion"),
    ],
)
def test_a_file_of_ones_own(tmp_path: Path, name: str, content: bytes, style: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    model = resolve(settings(tmp_path, model=str(path)))
    assert (model.path, model.present, model.prompt_style) == (path, True, style)
    assert model.entry is None


def test_the_hub_can_be_a_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    endpoint = Settings().hub_endpoint
    source = find_model("index").sources[0]
    assert isinstance(source, HubSource)
    assert source.url(endpoint) == (
        "https://mirror.example/IndexTeam/Index-1.9B-Character-GGUF/resolve/main/"
        "ggml-model-Q4_K_M.gguf"
    )


def test_hubs_that_do_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.engines.catalogue._MODELSCOPE", "http://127.0.0.1:9")
    assert not hub_answers(Settings(hub_endpoint="http://127.0.0.1:9"))

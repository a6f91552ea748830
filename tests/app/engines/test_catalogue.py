"""Which model a setting means."""

from pathlib import Path

import pytest

from app.engines.catalogue import (
    CatalogueError,
    UnknownModelError,
    find_model,
    load_catalogue,
)
from app.engines.machine import Machine
from app.engines.model_sources import HubSource, WheelSource
from app.engines.resolution import ResolvedModel, hub_answers, resolve
from app.settings import EngineSettings, Settings


def settings(models_dir: Path, **engine: object) -> Settings:
    return Settings(engine=EngineSettings.model_validate({"models_dir": models_dir, **engine}))


def present(models_dir: Path, name: str) -> None:
    entry = find_model(name)
    with entry.path(models_dir).open("wb") as file:
        file.truncate(entry.size or 1)


@pytest.fixture(autouse=True)
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine for every model of the catalogue, whatever this one is."""
    machine = Machine(memory=64_000_000_000, cores=8, disk=500_000_000_000)
    monkeypatch.setattr("app.engines.resolution.read_machine", lambda _: machine)


def auto(models_dir: Path, *, hub: bool) -> ResolvedModel:
    return resolve(settings(models_dir), probe=lambda _: hub)


def test_every_entry_can_be_verified() -> None:
    catalogue = load_catalogue()
    assert list(catalogue)[:4] == ["index", "demo", "demo-large", "demo-small"]
    for entry in catalogue.values():
        for source in entry.sources:
            assert isinstance(source, HubSource) or entry.sha256
            if isinstance(source, WheelSource):
                assert all("==" in requirement for requirement, _ in source.wheels)


def test_models_for_those_who_have_a_hub_are_named_with_what_has_to_be_known() -> None:
    catalogue = load_catalogue()
    wanted = {"qwen3-1.7b", "qwen3-4b", "gemma-3-1b", "gemma-3-4b", "peach-2-9b", "coser-8b"}
    assert wanted | {"mistral-nemo-12b"} <= catalogue.keys()
    for entry in catalogue.values():
        assert entry.about_zh
        assert entry.languages
        assert entry.engines
    index = catalogue["index"]
    assert (index.licence_class, index.vllm_converts) == ("registration", True)
    assert catalogue["gemma-3-4b"].licence_class == "gated"
    assert catalogue["coser-8b"].engines == ("vllm",)
    qwen = catalogue["qwen3-4b"]
    assert qwen.thought_tags == (("<think>", "</think>"),)
    assert qwen.template_options == {"enable_thinking": False}


OWN = """
[mine]
title = "Mine"
licence = "MIT"
licence_url = ""
prompt_style = "chat"
context_length = 2048
file = "mine.gguf"
approximate_size = 1000
about = "My own."

[[mine.sources]]
kind = "huggingface"
repository = "me/mine"
file = "mine.gguf"
revision = "0123abc"
"""


def test_an_operators_own_entries_are_added(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(OWN, encoding="utf-8")
    catalogue = load_catalogue(own)
    assert list(catalogue)[-1] == "mine"
    [source] = catalogue["mine"].sources
    assert isinstance(source, HubSource)
    assert (
        source.url("https://hub.example") == "https://hub.example/me/mine/resolve/0123abc/mine.gguf"
    )
    model = resolve(settings(tmp_path, model="mine", catalogue=own))
    assert (model.name, model.context_length) == ("mine", 2048)
    own.write_text(OWN.replace("[mine", "[demo").replace("[[mine", "[[demo"), encoding="utf-8")
    assert find_model("demo", own).title == "Mine"
    assert find_model("demo").title.startswith("Qwen")


WRONG = {
    "no TOML": ("[mine", "[[["),
    "an unknown field": ('about = "My own."', 'about = "My own."\nwheel = 3'),
    "a file outside": ('file = "mine.gguf"\napprox', 'file = "../mine.gguf"\napprox'),
    "an absolute file": ('file = "mine.gguf"\napprox', 'file = "/etc/mine.gguf"\napprox'),
    "a hidden file": ('file = "mine.gguf"\napprox', 'file = ".mine.gguf"\napprox'),
    "no GGUF": ('file = "mine.gguf"\napprox', 'file = "mine.sh"\napprox'),
    "a repository that leads away": ('"me/mine"', '"../../etc"'),
    "a hub's file that leads away": ('file = "mine.gguf"\nrev', 'file = "a/../../b"\nrev'),
    "an unknown hub": ('"huggingface"', '"ftp"'),
    "an unknown licence class": ('licence = "MIT"', 'licence = "MIT"\nlicence_class = "mine"'),
    "a licence at no web address": ('licence_url = ""', 'licence_url = "javascript:alert(1)"'),
    "no size": ("approximate_size = 1000\n", ""),
    "a size of nothing": ("approximate_size = 1000", "approximate_size = 0"),
    "a hash that is none": ('about = "My own."', 'about = ""\nsha256 = "abc"'),
    "a context that is none": ("context_length = 2048", 'context_length = "long"'),
    "half a tag": ('about = "My own."', 'about = ""\nthought_tags = [["<think>"]]'),
    "sampling in words": ('about = "My own."', 'about = ""\n[mine.sampling]\ntemperature = "hot"'),
    "another model's file": ('"mine.gguf"\napprox', f'"{find_model("demo").file}"\napprox'),
    "a name that is a path": ("mine]", '"../mine"]'),
}


@pytest.mark.parametrize(("before", "after"), WRONG.values(), ids=WRONG.keys())
def test_an_entry_that_cannot_work_is_refused(tmp_path: Path, before: str, after: str) -> None:
    own = tmp_path / "own.toml"
    assert before in OWN
    own.write_text(OWN.replace(before, after), encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"own\.toml"):
        load_catalogue(own)


def test_wheels_need_a_hash(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        OWN[: OWN.index("[[mine")]
        + '[[mine.sources]]\nkind = "wheels"\nwheels = [["mine==1.0", "mine/data.bin"]]\n',
        encoding="utf-8",
    )
    with pytest.raises(CatalogueError, match="wheels and has no sha256"):
        load_catalogue(own)


def test_a_catalogue_that_is_not_there_or_no_text_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot be read"):
        load_catalogue(tmp_path / "none.toml")
    (tmp_path / "own.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogueError, match="not UTF-8"):
        load_catalogue(tmp_path / "own.toml")
    (tmp_path / "own.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(CatalogueError, match="more than 1,000,000 bytes"):
        load_catalogue(tmp_path / "own.toml")


def test_a_model_that_only_vllm_serves_cannot_be_embedded(tmp_path: Path) -> None:
    with pytest.raises(UnknownModelError, match="vLLM serves it from Neph0s/CoSER"):
        resolve(settings(tmp_path, model="coser-8b"))


def test_small_models_bring_their_sampling() -> None:
    demo = find_model("demo")
    assert demo.sampling.repetition_penalty == 1.1
    assert demo.sampling.extra["dry_multiplier"] == 3.0
    assert demo.max_examples == 5
    large = find_model("demo-large")
    assert large.sampling.extra["dry_multiplier"] == 1.0
    assert large.sampling.extra["logit_bias"] == demo.sampling.extra["logit_bias"]
    assert (demo.profile_length, large.profile_length) == (64, 200)
    assert large.max_examples == 6


def test_the_stand_ins_are_screened_and_the_role_play_model_is_not(tmp_path: Path) -> None:
    catalogue = load_catalogue()
    screened = {name for name, entry in catalogue.items() if entry.screened}
    assert screened == {name for name, entry in catalogue.items() if entry.stand_in}
    assert auto(tmp_path, hub=False).traits.screened
    assert not auto(tmp_path, hub=True).traits.screened


def test_auto_prefers_the_real_one_where_it_can_be_had(tmp_path: Path) -> None:
    without = auto(tmp_path, hub=False)
    assert (without.name, without.present, without.prompt_style) == ("demo", False, "chat")
    assert "offbook model pull index" in without.sentence
    assert auto(tmp_path, hub=True).name == "index"
    present(tmp_path, "demo")
    assert auto(tmp_path, hub=False).present
    present(tmp_path, "demo-large")
    assert auto(tmp_path, hub=False).name == "demo-large"
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
    monkeypatch.setattr("app.engines.model_sources._MODELSCOPE", "http://127.0.0.1:9")
    assert not hub_answers(Settings(hub_endpoint="http://127.0.0.1:9"))

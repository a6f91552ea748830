"""The base model: a name of the catalogue, a file, a folder or an id; and what is none."""

from hashlib import sha256
from pathlib import Path

import pytest

from app.settings import EngineSettings, Settings
from app.tools.training.adapters.base import find_base
from app.tools.training.adapters.errors import TrainingError


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(engine=EngineSettings(models_dir=tmp_path / "models"))


def test_a_model_of_the_catalogue_has_to_be_pulled(settings: Settings) -> None:
    with pytest.raises(TrainingError, match="Run `offbook model pull index` first"):
        find_base("index", settings)


def test_a_pulled_model_is_known_with_how_it_is_asked(settings: Settings) -> None:
    settings.engine.models_dir.mkdir()
    (settings.engine.models_dir / "Index-1.9B-Character-Q4_K_M.gguf").touch()
    base = find_base("index", settings)
    assert (base.name, base.style, base.given) == (
        "index",
        "completion",
        {"gguf_file": "Index-1.9B-Character-Q4_K_M.gguf"},
    )
    assert base.source == str(settings.engine.models_dir)


def test_a_file_is_hashed(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "own.gguf").write_bytes(b"GGUF")
    base = find_base(str(tmp_path / "own.gguf"), settings)
    assert (base.name, base.sha256()) == ("own", sha256(b"GGUF").hexdigest())


def test_a_folder_can_be_a_model_of_the_catalogue(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "llama"
    folder.mkdir()
    with pytest.raises(TrainingError, match="holds no Hugging Face checkpoint"):
        find_base(str(folder), settings)
    (folder / "config.json").touch()
    for name, content in (("b.safetensors", b"2"), ("a.safetensors", b"1")):
        (folder / name).write_bytes(content)
    own = find_base(str(folder), settings)
    assert (own.name, own.style, own.sha256()) == ("llama", None, sha256(b"12").hexdigest())
    named = find_base(str(folder), settings, called="index")
    assert (named.name, named.style, named.given) == ("index", "completion", {})
    with pytest.raises(TrainingError, match="--base-name: the catalogue has no 'nothing'"):
        find_base(str(folder), settings, called="nothing")


def test_an_id_of_the_hub_is_the_model_that_the_catalogue_has_there(settings: Settings) -> None:
    known = find_base("Qwen/Qwen2.5-Coder-0.5B-Instruct", settings)
    assert (known.name, known.source) == ("demo", "Qwen/Qwen2.5-Coder-0.5B-Instruct")
    assert known.sha256() is None
    assert find_base("someone/model", settings).name == "someone/model"
    with pytest.raises(TrainingError, match="has to be converted first: `offbook convert-index`"):
        find_base("IndexTeam/Index-1.9B-Character", settings)


def test_anything_else_is_refused(settings: Settings) -> None:
    with pytest.raises(TrainingError, match=r"There is no base model 'nothing': .*demo"):
        find_base("nothing", settings)
    with pytest.raises(TrainingError, match=r"no model file /nowhere/model\.gguf"):
        find_base("/nowhere/model.gguf", settings)

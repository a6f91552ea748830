"""Which adapters llama.cpp can load with a model, and what is said of the others."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.engines.adapter_fit import AdapterBase, misfits
from app.engines.gguf import read_shapes
from tests.app.engines.tiny_adapter import BASE, make_adapter
from tests.app.engines.tiny_model import HIDDEN, STRING, TinyModel, make, torch, write_gguf

HASH, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyModel:
    return make(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture
def base(tiny: TinyModel) -> AdapterBase:
    return AdapterBase(path=tiny.path, name=BASE, sha256=HASH)


def test_shapes_are_read_with_the_fastest_dimension_first(tiny: TinyModel, tmp_path: Path) -> None:
    adapter = make_adapter(tiny, tmp_path / "mei", 1).served
    shapes = read_shapes(adapter.folder / "adapter.gguf")
    assert shapes.architecture == "qwen2"
    assert shapes.tensors["blk.1.attn_q.weight.lora_a"] == (HIDDEN, 4)
    assert shapes.tensors["blk.1.attn_v.weight.lora_b"] == (4, HIDDEN // 2)
    assert read_shapes(tiny.path).tensors["blk.1.attn_v.weight"] == (HIDDEN, HIDDEN // 2)


@pytest.mark.parametrize("trained_on", [HASH, HASH.upper(), "", None])
def test_one_that_was_trained_on_the_model_fits(
    tiny: TinyModel, base: AdapterBase, tmp_path: Path, trained_on: str | None
) -> None:
    adapter = make_adapter(tiny, tmp_path / "mei", 1, {"base_sha256": trained_on}).served
    assert misfits(adapter, base) is None


def test_names_of_models_must_agree(tiny: TinyModel, base: AdapterBase, tmp_path: Path) -> None:
    adapter = replace(make_adapter(tiny, tmp_path / "mei", 1).served, base="index")
    said = misfits(adapter, base)
    assert said is not None
    assert "trained on the model index, and tiny answers" in said
    # A file of the user's own has no name of the catalogue; its shapes say enough.
    assert misfits(adapter, replace(base, name=None, sha256=None)) is None


def test_hashes_must_agree(tiny: TinyModel, base: AdapterBase, tmp_path: Path) -> None:
    adapter = make_adapter(tiny, tmp_path / "mei", 1, {"base_sha256": OTHER}).served
    said = misfits(adapter, base)
    assert said is not None
    assert "begins with cdcdcdcdcdcd, the one of the file here with abababababab" in said
    assert misfits(adapter, replace(base, sha256=None)) is None


def test_files_must_be_there_and_be_adapters(
    tiny: TinyModel, base: AdapterBase, tmp_path: Path
) -> None:
    adapter = make_adapter(tiny, tmp_path / "mei", 1).served
    file = adapter.folder / "adapter.gguf"
    file.write_bytes(b"GGUF")
    assert "cannot be compared" in str(misfits(adapter, base))
    file.unlink()
    assert "has no adapter.gguf" in str(misfits(adapter, base))
    (adapter.folder / "card.json").write_text("{")
    assert "card.json cannot be used" in str(misfits(adapter, base))


@pytest.mark.parametrize(
    ("architecture", "tensors", "why"),
    [
        ("llama", {"attn_q": (HIDDEN, HIDDEN)}, "of the architecture 'llama'"),
        ("qwen2", {}, "it has no weights"),
        ("qwen2", {"attn_q": (HIDDEN + 32, HIDDEN)}, "blk.0.attn_q.weight is of another shape"),
        ("qwen2", {"attn_v": (HIDDEN, HIDDEN)}, "blk.0.attn_v.weight is of another shape"),
        ("qwen2", {"router": (HIDDEN, HIDDEN)}, "blk.0.router.weight is of another shape"),
    ],
)
def test_shapes_must_agree(
    base: AdapterBase,
    tiny: TinyModel,
    tmp_path: Path,
    architecture: str,
    tensors: dict[str, tuple[int, int]],
    why: str,
) -> None:
    adapter = make_adapter(tiny, tmp_path / "mei", 1).served
    parts = {}
    for name, (inner, outer) in tensors.items():
        parts[f"blk.0.{name}.weight.lora_a"] = torch.zeros(4, inner)
        parts[f"blk.0.{name}.weight.lora_b"] = torch.zeros(outer, 4)
    metadata = {"general.architecture": (STRING, architecture)}
    write_gguf(adapter.folder / "adapter.gguf", metadata, parts)
    assert why in str(misfits(adapter, base))


def test_a_half_of_a_pair_is_refused(tiny: TinyModel, base: AdapterBase, tmp_path: Path) -> None:
    adapter = make_adapter(tiny, tmp_path / "mei", 1).served
    metadata = {"general.architecture": (STRING, "qwen2")}
    half = {"blk.0.attn_q.weight.lora_a": torch.zeros(4, HIDDEN)}
    write_gguf(adapter.folder / "adapter.gguf", metadata, half)
    assert "blk.0.attn_q.weight" in str(misfits(adapter, base))
    card = json.loads((adapter.folder / "card.json").read_text())
    assert card["base"] == BASE

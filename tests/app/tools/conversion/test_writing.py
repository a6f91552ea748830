"""What is written: the same from every kind of shard, whole or not at all, a piece at a time."""

import json
import resource
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.tools.conversion import shard
from app.tools.conversion.converter import convert_index
from app.tools.conversion.errors import ConversionError
from tests.app.tools.conversion.checkpoints import (
    CONFIG,
    HIDDEN,
    Weights,
    random_weights,
    torch,
    write_checkpoint,
)


def written(directory: Path) -> Weights:
    """The tensors of a converted model, by safetensors' own reader."""
    from safetensors.torch import load_file

    index = json.loads((directory / "model.safetensors.index.json").read_text())
    tensors: Weights = {}
    for file in sorted(set(index["weight_map"].values())):
        part = load_file(directory / file)
        assert {name for name, where in index["weight_map"].items() if where == file} == set(part)
        tensors |= part
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    assert index["metadata"]["total_size"] == size
    return tensors


@pytest.mark.parametrize("kind", ["safetensors", "bin"])
@pytest.mark.parametrize("stored", ["float32", "float16", "bfloat16"])
def test_all_but_the_head_is_copied(
    tmp_path: Path, tokenizer_model: bytes, kind: str, stored: str
) -> None:
    weights = random_weights(dtype=stored)
    source = write_checkpoint(tmp_path / "index", tokenizer_model, weights, kind=kind, shards=3)
    convert_index(source, tmp_path / "llama", max_shard_bytes=50_000)
    tensors = written(tmp_path / "llama")
    head, original = tensors.pop("lm_head.weight"), weights.pop("lm_head.weight")
    assert set(tensors) == set(weights)
    assert all(torch.equal(tensors[name], tensor) for name, tensor in weights.items())
    expected = torch.nn.functional.normalize(original.float(), dim=1).to(original.dtype)
    torch.testing.assert_close(head, expected)
    assert json.loads((tmp_path / "llama" / "config.json").read_text())["torch_dtype"] == stored


def test_another_format_can_be_asked_for(tmp_path: Path, tokenizer_model: bytes) -> None:
    weights = random_weights()
    source = write_checkpoint(tmp_path / "index", tokenizer_model, weights)
    convert_index(source, tmp_path / "llama", "bfloat16")
    tensors = written(tmp_path / "llama")
    for name in weights.keys() - {"lm_head.weight"}:
        assert torch.equal(tensors[name], weights[name].to(torch.bfloat16))


def test_numbers_too_large_for_float16_are_refused(tmp_path: Path, tokenizer_model: bytes) -> None:
    weights = random_weights()
    weights["model.norm.weight"][0] = 70_000
    source = write_checkpoint(tmp_path / "index", tokenizer_model, weights)
    with pytest.raises(ConversionError, match=r"model\.norm\.weight .*--dtype bfloat16"):
        convert_index(source, tmp_path / "llama", "float16")
    assert not (tmp_path / "llama").exists()


def test_the_configuration_is_a_plain_llamas(tmp_path: Path, tokenizer_model: bytes) -> None:
    source = write_checkpoint(tmp_path / "index", tokenizer_model, random_weights(), rope_ratio=32)
    (source / "generation_config.json").write_text('{"top_k": 5, "trust_remote_code": true}')
    convert_index(source, tmp_path / "llama")
    config = json.loads((tmp_path / "llama" / "config.json").read_text())
    assert config["architectures"] == ["LlamaForCausalLM"]
    assert config["model_type"] == "llama"
    assert config["rope_theta"] == 320_000.0
    same = ("hidden_size", "intermediate_size", "vocab_size", "max_position_embeddings")
    assert {name: config[name] for name in same} == {name: CONFIG[name] for name in same}
    assert not {"auto_map", "norm_head", "rope_ratio"} & config.keys()
    generation = json.loads((tmp_path / "llama" / "generation_config.json").read_text())
    assert generation == {"top_k": 5, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2}


def test_stored_rotary_frequencies_are_left_out(tmp_path: Path, tokenizer_model: bytes) -> None:
    frequencies = {"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(4)}
    source = write_checkpoint(tmp_path / "index", tokenizer_model, random_weights() | frequencies)
    convert_index(source, tmp_path / "llama")
    assert written(tmp_path / "llama").keys() == random_weights().keys()


def test_safetensors_need_no_torch(
    tmp_path: Path, tokenizer_model: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = {
        kind: write_checkpoint(tmp_path / kind, tokenizer_model, random_weights(), kind=kind)
        for kind in ("safetensors", "bin")
    }
    monkeypatch.setitem(sys.modules, "torch", None)
    convert_index(sources["safetensors"], tmp_path / "llama")
    with pytest.raises(ConversionError, match=r"needs the package torch.*convert-bin"):
        convert_index(sources["bin"], tmp_path / "other")


@pytest.mark.parametrize("module", ["tokenizers", "sentencepiece", "ml_dtypes", "google.protobuf"])
def test_a_missing_package_is_named_with_its_extra(
    tmp_path: Path, tokenizer_model: bytes, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    weights = random_weights(dtype="bfloat16")
    source = write_checkpoint(tmp_path / "index", tokenizer_model, weights)
    for loaded in [name for name in sys.modules if name.startswith(f"{module}.")]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConversionError, match=rf"{module.partition('.')[0]}.*'\.\[convert\]'"):
        convert_index(source, tmp_path / "llama")
    assert not (tmp_path / "llama").exists()


def test_progress_is_told_in_bytes(tmp_path: Path, tokenizer_model: bytes) -> None:
    source = write_checkpoint(tmp_path / "index", tokenizer_model, random_weights())
    told: list[tuple[int, int, str]] = []
    convert_index(source, tmp_path / "llama", on_progress=lambda *step: told.append(step))
    size = sum(tensor.numel() * 4 for tensor in random_weights().values())
    assert {total for _, total, _ in told} == {size}
    assert told[-1][0] == size
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert {step for _, _, step in told} >= random_weights().keys()


def test_an_empty_folder_is_filled_and_any_other_kept(
    tmp_path: Path, tokenizer_model: bytes
) -> None:
    source = write_checkpoint(tmp_path / "index", tokenizer_model, random_weights())
    (tmp_path / "llama").mkdir()
    convert_index(source, tmp_path / "llama")
    before = (tmp_path / "llama" / "config.json").stat().st_mtime_ns
    with pytest.raises(ConversionError, match="exists already"):
        convert_index(source, tmp_path / "llama")
    assert (tmp_path / "llama" / "config.json").stat().st_mtime_ns == before
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ConversionError, match="exists already"):
        convert_index(source, tmp_path / "file")


def test_an_interruption_leaves_nothing(tmp_path: Path, tokenizer_model: bytes) -> None:
    source = write_checkpoint(tmp_path / "index", tokenizer_model, random_weights())

    def interrupt(done: int, total: int, step: str) -> None:
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert_index(source, tmp_path / "llama", on_progress=interrupt)
    assert list(tmp_path.iterdir()) == [source]


@contextmanager
def small_files() -> Iterator[None]:
    """No file may grow past 60 kB: writing fails half-way, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, tokenizer_model: bytes) -> None:
    source = write_checkpoint(tmp_path / "index", tokenizer_model, random_weights())
    with small_files(), pytest.raises(ConversionError, match="Nothing was written"):
        convert_index(source, tmp_path / "llama")
    assert list(tmp_path.iterdir()) == [source]


def test_a_disk_too_small_is_told_before_anything_is_written(
    tmp_path: Path, tokenizer_model: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_checkpoint(tmp_path / "index", tokenizer_model, random_weights())
    usage = type("Usage", (), {"free": 1_000})
    monkeypatch.setattr("app.tools.conversion.converter.shutil.disk_usage", lambda _: usage)
    with pytest.raises(ConversionError, match="the disk has 1,000 left"):
        convert_index(source, tmp_path / "llama")
    assert list(tmp_path.iterdir()) == [source]


def test_memory_follows_the_block_not_the_tensor(
    tmp_path: Path, tokenizer_model: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two tensors of 16 MB in blocks of 0.5 MB; NumPy tells tracemalloc what it allocates."""
    vocabulary = 16_000_000 // (4 * HIDDEN)
    weights: dict[str, Any] = random_weights()
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        weights[name] = torch.randn(vocabulary, HIDDEN)
    source = write_checkpoint(tmp_path / "index", tokenizer_model, weights, vocab_size=vocabulary)
    monkeypatch.setattr(shard, "BLOCK_BYTES", 500_000)
    tracemalloc.start()
    convert_index(source, tmp_path / "llama")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6_000_000

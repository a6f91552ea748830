"""A wrong or partial checkpoint: a message that names what is wrong, and nothing left behind."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.tools.conversion.converter import convert_index
from app.tools.conversion.errors import ConversionError
from tests.app.tools.conversion.checkpoints import (
    CONFIG,
    Weights,
    random_weights,
    torch,
    train_tokenizer,
    write_checkpoint,
)

Spoil = Callable[[Path], object]


def refusal(source: Path) -> str:
    """Convert, expect an error, and expect no trace of an output."""
    target = source.with_name("llama")
    before = set(source.parent.iterdir())
    with pytest.raises(ConversionError) as caught:
        convert_index(source, target)
    assert set(source.parent.iterdir()) == before
    return str(caught.value)


@pytest.fixture
def source(tmp_path: Path, tokenizer_model: bytes) -> Path:
    return write_checkpoint(tmp_path / "index", tokenizer_model, random_weights(), shards=2)


def configured(**changes: Any) -> Spoil:
    return lambda source: (source / "config.json").write_text(json.dumps(CONFIG | changes))


def removed(name: str) -> Spoil:
    return lambda source: (source / name).unlink()


def cut(name: str) -> Spoil:
    def spoil(source: Path) -> None:
        whole = (source / name).read_bytes()
        (source / name).write_bytes(whole[:-100])

    return spoil


def filled(name: str, content: bytes) -> Spoil:
    return lambda source: (source / name).write_bytes(content)


SECOND = "model-00002-of-00002.safetensors"
INDEX = "model.safetensors.index.json"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4346200000\n"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (removed("config.json"), r"config\.json is missing"),
        (filled("config.json", b"{"), r"config\.json is not valid JSON"),
        (filled("config.json", b"[]"), r"config\.json holds no JSON object"),
        (configured(model_type="llama"), "not describe an Index-1.9B model: model_type"),
        (configured(num_attention_heads=5), "hidden_size is not a multiple"),
        (configured(rope_scaling={"type": "linear"}), "rope_scaling"),
        (configured(num_hidden_layers=4), r"no file holds model\.layers\.3\."),
        (configured(num_hidden_layers=2), r"holds model\.layers\.2\..* does not have"),
        (configured(intermediate_size=64), r"gate_proj.* has the shape \[48, 32\] .* \[64, 32\]"),
        (configured(vocab_size=500), r"pieces, more than the 500"),
        (configured(pad_token_id=-1), "names -1 as pad_token"),
        (removed(SECOND), f"{SECOND} is missing"),
        (cut(SECOND), f"{SECOND} has .* bytes where its header promises"),
        (filled(SECOND, POINTER), f"{SECOND} is a Git LFS pointer"),
        (filled(SECOND, b"\xff" * 64), f"{SECOND} is not a safetensors file"),
        (filled(SECOND, b""), f"{SECOND} is not a safetensors file"),
        (filled(INDEX, b'{"weight_map": {"a": "../b"}}'), r"names '\.\./b'"),
        (filled(INDEX, b"{}"), "has no weight_map"),
        (removed(INDEX), "holds no weights"),
        (removed("tokenizer.model"), r"tokenizer\.model is missing"),
        (filled("tokenizer.model", POINTER), r"tokenizer\.model is a Git LFS pointer"),
        (filled("tokenizer.model", b"\xff\xff"), r"tokenizer\.model is no SentencePiece model"),
    ],
)
def test_what_is_wrong_is_named(source: Path, spoil: Spoil, message: str) -> None:
    spoil(source)
    assert re.search(message, refusal(source))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"control_symbols": ["reserved_1", "reserved_0"]}, "piece 3 is 'reserved_1'"),
        ({"add_dummy_prefix": True}, "treats spaces as Index does not"),
    ],
)
def test_somebody_elses_tokenizer_is_refused(
    source: Path, options: dict[str, Any], message: str
) -> None:
    (source / "tokenizer.model").write_bytes(train_tokenizer(**options))
    assert message in refusal(source)


def test_weights_of_another_kind_are_refused(tmp_path: Path, tokenizer_model: bytes) -> None:
    weights = random_weights()
    weights["model.norm.weight"] = torch.ones(32, dtype=torch.int8)
    for kind, name in (("safetensors", "I8"), ("bin", "int8")):
        source = write_checkpoint(tmp_path / kind / "index", tokenizer_model, weights, kind=kind)
        assert f"stores model.norm.weight as {name}" in refusal(source)


def test_a_tensor_in_two_shards_is_refused(source: Path) -> None:
    first = source / "model-00001-of-00002.safetensors"
    (source / SECOND).write_bytes(first.read_bytes())
    assert "as an earlier shard does" in refusal(source)


def test_a_bin_shard_that_was_cut_is_refused(tmp_path: Path, tokenizer_model: bytes) -> None:
    source = write_checkpoint(tmp_path / "index", tokenizer_model, random_weights(), kind="bin")
    cut("pytorch_model.bin")(source)
    assert "pytorch_model.bin cannot be read: it is cut short" in refusal(source)


class Payload:
    """What a hostile pickle looks like: loading it runs its call."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[Path]]:
        return Path.touch, (self.path,)


def test_code_in_a_bin_shard_is_not_run(tmp_path: Path, tokenizer_model: bytes) -> None:
    hostile: Weights = random_weights() | {"lm_head.weight": Payload(tmp_path / "was-run")}
    source = write_checkpoint(tmp_path / "index", tokenizer_model, hostile, kind="bin")
    assert "could run code: refused" in refusal(source)
    assert not (tmp_path / "was-run").exists()
    torch.load(source / "pytorch_model.bin", weights_only=False)
    assert (tmp_path / "was-run").exists(), "the payload was none"

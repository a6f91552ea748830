"""The converted model, run by transformers, computes what Index computes."""

from pathlib import Path
from typing import Any

import pytest

from app.tools.conversion import shard
from app.tools.conversion.converter import convert_index
from tests.app.tools.conversion.checkpoints import random_weights, torch, write_checkpoint
from tests.app.tools.conversion.reference_model import index_logits

pytestmark = pytest.mark.slow  # importing transformers alone takes seconds

IDS = [0, 17, 300, 3, 45, 12, 599, 4, 88, 270, 5, 31]
TOLERANCE = 1e-5


def converted_logits(directory: Path) -> Any:
    """Logits of :data:`IDS`, without remote code."""
    from transformers import LlamaForCausalLM

    model = LlamaForCausalLM.from_pretrained(directory, dtype="float32").eval()
    with torch.no_grad():
        return model(torch.tensor([IDS])).logits[0]


@pytest.mark.parametrize("rope_ratio", [None, 32.0])
@pytest.mark.parametrize("kind", ["safetensors", "bin"])
def test_logits_are_those_of_the_norm_head(
    tmp_path: Path, tokenizer_model: bytes, kind: str, rope_ratio: float | None
) -> None:
    weights = random_weights()
    variant = {} if rope_ratio is None else {"rope_ratio": rope_ratio}
    source = write_checkpoint(
        tmp_path / "index", tokenizer_model, weights, kind=kind, shards=2, **variant
    )
    convert_index(source, tmp_path / "llama")
    expected = index_logits(weights, IDS, rope_ratio or 1.0)
    torch.testing.assert_close(
        converted_logits(tmp_path / "llama"), expected, rtol=0, atol=TOLERANCE
    )


def test_what_makes_the_variants_different_is_seen() -> None:
    """The tolerance above tells the variants, and a head that was not folded, apart."""
    weights = random_weights()
    base = index_logits(weights, IDS)
    assert (base - index_logits(weights, IDS, rope_ratio=32.0)).abs().max() > 100 * TOLERANCE
    longer = weights | {"lm_head.weight": weights["lm_head.weight"] * 2}
    torch.testing.assert_close(base, index_logits(longer, IDS), rtol=0, atol=TOLERANCE)


def test_a_head_in_many_blocks_is_folded_alike(
    tmp_path: Path, tokenizer_model: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard, "BLOCK_BYTES", 1_000)
    weights = random_weights(seed=1)
    source = write_checkpoint(tmp_path / "index", tokenizer_model, weights)
    convert_index(source, tmp_path / "llama", max_shard_bytes=40_000)
    assert len(list((tmp_path / "llama").glob("model-*.safetensors"))) > 3
    torch.testing.assert_close(
        converted_logits(tmp_path / "llama"), index_logits(weights, IDS), rtol=0, atol=TOLERANCE
    )


def test_a_checkpoint_without_a_norm_head_keeps_its_head(
    tmp_path: Path, tokenizer_model: bytes
) -> None:
    weights = random_weights()
    source = write_checkpoint(tmp_path / "index", tokenizer_model, weights, norm_head=0)
    convert_index(source, tmp_path / "llama")
    lengths = weights["lm_head.weight"].norm(dim=1)
    torch.testing.assert_close(
        converted_logits(tmp_path / "llama"),
        index_logits(weights, IDS) * lengths,
        rtol=1e-5,
        atol=1e-4,
    )

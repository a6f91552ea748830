"""An adapter in llama.cpp computes what it computes in PEFT."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("peft", reason="needs the extra train")

from app.engines.llama_server import parameters
from app.engines.openai_http import OpenAIEngine
from app.tools.training.adapters.adapter_gguf import BaseShape, write_adapter_gguf
from app.tools.training.adapters.base import Base
from app.tools.training.adapters.errors import TrainingError
from app.tools.training.adapters.loading import Device, load_model
from tests.app.engines.tiny_model import CONTEXT_LENGTH, Architecture, TinyModel, make, torch

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.model,
    pytest.mark.filterwarnings("ignore"),
]

EXACT = 5e-3
"""llama.cpp's cache has 16 bits a number."""
PROMPT, TEXT = "三三说：hello", " there, friendly robots。我是三三"
SHAPE = BaseShape("qwen2", layers=2, heads=4, key_heads=2)


def adapted(tiny: TinyModel, folder: Path, **settings: Any) -> Any:
    """The file's weights in transformers with a random adapter, which is in ``folder``."""
    from peft import LoraConfig, get_peft_model

    base = Base(name="tiny", source=str(tiny.path.parent), file=tiny.path.name)
    model = load_model(base, Device("cpu", "float32"))
    values: dict[str, Any] = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear"}
    with torch.random.fork_rng():
        torch.manual_seed(7)
        model = get_peft_model(model, LoraConfig(**{**values, **settings})).eval()
        with torch.no_grad():
            for name, weights in model.named_parameters():
                if "lora_" in name:
                    weights.normal_(0, 0.15)
    model.save_pretrained(str(folder), save_embedding_layers=False)
    return model


@asynccontextmanager
async def served(tiny: TinyModel, adapter: Path) -> AsyncIterator[OpenAIEngine]:
    """llama.cpp's server with the adapter in all its replies."""
    import xllamacpp

    options = {
        "model_path": str(tiny.path),
        "model_name": "tiny",
        "context_length": CONTEXT_LENGTH,
        "parallel": 1,
        "threads": 1,
        "verbose": False,
        "api_key": "key",
    }
    params = parameters(xllamacpp.CommonParams(), options)
    params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter), 1.0)]
    server = xllamacpp.Server(params)
    engine = OpenAIEngine(
        server.listening_address,
        model="tiny",
        api_key="key",
        dialect="llamacpp",
        prompt_style="completion",
        context_length=CONTEXT_LENGTH,
    )
    yield engine
    await engine.aclose()


@pytest.mark.parametrize(
    ("architecture", "settings"),
    [
        ("qwen2", {}),
        ("llama", {}),
        ("llama", {"use_rslora": True}),
        ("qwen2", {"target_modules": ["q_proj", "down_proj"]}),
    ],
    ids=["qwen2", "llama", "llama, scaled by the root of the rank", "some layers"],
)
async def test_scores_are_those_of_transformers(
    tmp_path: Path, architecture: Architecture, settings: dict[str, Any]
) -> None:
    tiny = make(tmp_path / "tiny.gguf", architecture)
    model = adapted(tiny, tmp_path / "adapter", **settings)
    shape = BaseShape.of(model.config)
    assert shape == BaseShape(architecture, layers=2, heads=4, key_heads=2)
    path = write_adapter_gguf(tmp_path / "adapter", shape)
    expected = TinyModel(tiny.path, model, tiny.tokenizer).score(PROMPT, TEXT)
    async with served(tiny, path) as engine:
        found = await engine.score(PROMPT, TEXT)
    assert found == pytest.approx(expected, abs=EXACT)
    without = tiny.score(PROMPT, TEXT)
    assert max(abs(one - other) for one, other in zip(found, without, strict=True)) > 0.1


def test_what_llama_cpp_cannot_apply_is_refused(tmp_path: Path) -> None:
    tiny = make(tmp_path / "tiny.gguf")
    folder = tmp_path / "adapter"
    adapted(tiny, folder)
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text())
    for change, said in (
        ({"use_dora": True}, "with use_dora"),
        ({"alpha_pattern": {"q_proj": 4}}, "with alpha_pattern"),
        ({"bias": "all"}, "without biases"),
        ({"peft_type": "IA3"}, "LoRA adapters without"),
        ({"use_rslora": True, "rank_pattern": {"q_proj": 4}}, "use_rslora and rank_pattern"),
    ):
        path.write_text(json.dumps({**config, **change}))
        with pytest.raises(TrainingError, match=said):
            write_adapter_gguf(folder, SHAPE)


def test_a_kind_of_model_that_is_not_known_is_refused() -> None:
    from transformers import GPT2Config

    with pytest.raises(TrainingError, match="An adapter of a gpt2 cannot be written"):
        BaseShape.of(GPT2Config())

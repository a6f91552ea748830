"""Load a base model and its tokenizer with transformers."""

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.engines.control_tokens import ControlTokens
from app.engines.gguf import GgufError, read_control_tokens
from app.engines.port import PromptStyle
from app.tools.training.adapters.base import Base
from app.tools.training.adapters.encoding import PromptEncoder
from app.tools.training.adapters.errors import TrainingError
from app.tools.training.adapters.extras import load
from app.tools.training.adapters.plan import DType


@dataclass(frozen=True, slots=True)
class Device:
    """Hold what a training computes on."""

    kind: str
    """``cuda`` or ``cpu``."""
    dtype: str
    """Of the base model's weights; an adapter's have 32 bits."""

    @property
    def is_gpu(self) -> bool:
        return self.kind == "cuda"


def find_device(wanted: DType) -> Device:
    """Return the device; 16 bits where it computes them without a detour over 32.

    Raises :class:`TrainingError` where several GPUs are visible.
    """
    torch = load("torch")
    kind = "cuda" if torch.cuda.is_available() else "cpu"
    if kind == "cuda" and torch.cuda.device_count() > 1:
        raise TrainingError("Training takes one GPU: choose it with CUDA_VISIBLE_DEVICES=0.")
    if wanted != "auto":
        return Device(kind, wanted)
    is_short = torch.cuda.is_bf16_supported() if kind == "cuda" else _has_bfloat16(torch)
    return Device(kind, "bfloat16" if is_short else "float32")


def _has_bfloat16(torch: Any) -> bool:
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(supported and supported())


def load_encoder(base: Base, layout: PromptStyle) -> tuple[Any, PromptEncoder]:
    """Return the tokenizer, and the encoder of prompts. Raises :class:`TrainingError`."""
    if base.style not in (None, layout):
        raise TrainingError(
            f"{base.name} is asked with prompts of the layout {base.style}, and the dataset has "
            f"those of the layout {layout}. Make it with --base {base.name}."
        )
    transformers = load("transformers")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(base.source, **base.given)
        control = _control_tokens(base, tokenizer)
    except _unreadable_errors() as error:
        raise _unreadable(base, error) from error
    return tokenizer, PromptEncoder(tokenizer, layout, control, base.template_options)


def load_config(base: Base) -> Any:
    """Return the model's configuration. Raises :class:`TrainingError`."""
    try:
        return load("transformers").AutoConfig.from_pretrained(base.source, **base.given)
    except _unreadable_errors() as error:
        raise _unreadable(base, error) from error


def load_model(base: Base, device: Device) -> Any:
    """Return the model with dense weights. Raises :class:`TrainingError`.

    Those of a .gguf file are expanded: an adapter learns on what the engine computes with.
    """
    transformers, torch = load("transformers"), load("torch")
    given: dict[str, Any] = dict(base.given)
    if base.file:
        given["quantization_config"] = transformers.GgufConfig(gguf_file=base.file, dequantize=True)
    try:
        model, found = transformers.AutoModelForCausalLM.from_pretrained(
            base.source, dtype=getattr(torch, device.dtype), output_loading_info=True, **given
        )
    except _unreadable_errors() as error:
        raise _unreadable(base, error) from error
    if not base.file:
        _check_whole(base, sorted(found["missing_keys"]))
    gc.collect()  # the expanded copies of the file's tensors
    model.config.use_cache = False
    return model.to(device.kind)


def _check_whole(base: Base, missing: Sequence[str]) -> None:
    """Raise :class:`TrainingError` for weights that the checkpoint lacks: they would be random."""
    if missing:
        raise TrainingError(
            f"{base.source} lacks {len(missing)} tensors of the model, such as {missing[0]}. Copy "
            "the checkpoint again, with all its files."
        )


def _control_tokens(base: Base, tokenizer: Any) -> ControlTokens:
    if base.file:
        try:
            return ControlTokens(read_control_tokens(Path(base.source) / base.file))
        except GgufError as error:
            raise _unreadable(base, error) from error
    added = (each.content for each in tokenizer.added_tokens_decoder.values() if each.special)
    return ControlTokens({*tokenizer.all_special_tokens, *added})


def _unreadable_errors() -> tuple[type[Exception], ...]:
    """Return what transformers raises for files that are damaged, or of another kind."""
    return (
        *(OSError, ValueError, ImportError, KeyError, TypeError, AttributeError),
        load("safetensors").SafetensorError,
        load("huggingface_hub.errors").StrictDataclassError,
    )


def _unreadable(base: Base, error: Exception) -> TrainingError:
    return TrainingError(f"transformers cannot read {base.file or base.source}: {error}")

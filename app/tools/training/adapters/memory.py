"""Estimate what a training needs in memory, before anything large is loaded."""

from dataclasses import dataclass
from typing import Any

from app.tools.training.adapters.errors import TrainingError
from app.tools.training.adapters.extras import load
from app.tools.training.adapters.loading import Device
from app.tools.training.adapters.plan import ALL_LINEAR, TrainingPlan

_GIGABYTE = 1e9
_BYTES = {"bfloat16": 2, "float32": 4}
_OF_AN_ADAPTER = 16
"""Bytes a weight: itself, its gradient and two moments, of 32 bits each."""
_KEPT_HIDDEN, _KEPT_INNER = 12, 4
"""Activations that a layer keeps for the backward pass, in widths of the hidden and the inner
layer: the inputs of its linear and normalising parts, of the adapters, and of the attention."""
_RESERVE = 1.15
_FREED_BYTES = 0.6e9
"""Of the interpreter and the libraries."""


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Hold the numbers that memory depends on."""

    parameters: int
    adapted: int
    """Parameters of the adapter."""
    hidden: int
    inner: int
    layers: int


def read_shape(config: Any, plan: TrainingPlan) -> ModelShape:
    """Return the shape of a model, from its configuration alone.

    Raises :class:`TrainingError` for one that transformers does not know, and for targets that no
    layer has.
    """
    torch, transformers = load("torch"), load("transformers")
    try:
        with torch.device("meta"):
            model = transformers.AutoModelForCausalLM.from_config(config)
    except (ValueError, KeyError) as error:
        raise TrainingError(f"transformers does not know the base model: {error}") from error
    head = model.get_output_embeddings()
    adapted = [
        plan.rank * (each.in_features + each.out_features)
        for name, each in model.named_modules()
        if isinstance(each, torch.nn.Linear) and each is not head and _is_target(name, plan)
    ]
    if not adapted:
        known = sorted(
            {
                name.rpartition(".")[2]
                for name, each in model.named_modules()
                if isinstance(each, torch.nn.Linear) and each is not head
            }
        )
        raise TrainingError(
            f"No layer of the base model is called {', '.join(plan.targets)}; there are "
            f"{', '.join(known)}, and {ALL_LINEAR} for them all."
        )
    text = config.get_text_config()
    return ModelShape(
        parameters=sum(each.numel() for each in model.parameters()),
        adapted=sum(adapted),
        hidden=text.hidden_size,
        inner=text.intermediate_size,
        layers=text.num_hidden_layers,
    )


def _is_target(name: str, plan: TrainingPlan) -> bool:
    return plan.targets == (ALL_LINEAR,) or name.rpartition(".")[2] in plan.targets


def estimate_bytes(shape: ModelShape, plan: TrainingPlan, device: Device) -> int:
    """Return about how many bytes a training holds at once."""
    width = _BYTES[device.dtype]
    tokens = plan.batch * plan.most_tokens * (2 if plan.kind == "dpo" else 1)
    of_a_layer = tokens * width * (_KEPT_HIDDEN * shape.hidden + _KEPT_INNER * shape.inner)
    if is_checkpointing(plan, device):
        activations = of_a_layer + shape.layers * tokens * width * shape.hidden
    else:
        activations = shape.layers * of_a_layer
    held = shape.parameters * width + shape.adapted * _OF_AN_ADAPTER + activations
    return int(held * _RESERVE + (0 if device.is_gpu else _FREED_BYTES))


def is_checkpointing(plan: TrainingPlan, device: Device) -> bool:
    """Return whether activations are computed again in the backward pass."""
    return device.is_gpu if plan.checkpointing is None else plan.checkpointing


def free_bytes(device: Device) -> int:
    """Return the free memory of the device."""
    if device.is_gpu:
        free, _ = load("torch").cuda.mem_get_info()
        return int(free)
    return int(load("psutil").virtual_memory().available)


def check_memory(needed: int, free: int, plan: TrainingPlan) -> None:
    """Raise :class:`TrainingError` where a training does not fit."""
    if needed <= free or plan.ignore_memory:
        return
    raise TrainingError(
        f"Training needs about {needed / _GIGABYTE:.1f} GB of memory, and "
        f"{free / _GIGABYTE:.1f} GB are free. Give a smaller --most-tokens or --batch, or "
        "--checkpointing; --ignore-memory tries it all the same."
    )

"""Import the packages that only a training needs, at their first use."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from app.tools.training.adapters.errors import TrainingError

NEEDED = ("torch", "transformers", "peft", "trl", "datasets", "accelerate", "gguf")


def require(names: tuple[str, ...] = NEEDED) -> None:
    """Raise :class:`TrainingError` where a package is missing; keep the others from reporting.

    TRL counts its users with a request to the model hub at each training. None is sent from here.
    """
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise TrainingError(
            f"Training needs {', '.join(missing)}: install torch for this machine, then "
            "pip install 'offbook[train]'."
        )
    load("huggingface_hub.constants").HF_HUB_DISABLE_TELEMETRY = True


def load(module: str) -> Any:
    """Return a module of a package that :func:`require` has found."""
    return import_module(module)

"""Describe the LoRA adapters that an engine is to serve beside its model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from app.engines.port import AdapterUnknownError


@dataclass(frozen=True, slots=True)
class ServedAdapter:
    """Hold a registered adapter. A name means the same weights for as long as it is registered."""

    name: str
    folder: Path
    """Its files as PEFT writes them, ``adapter.gguf`` for llama.cpp, and ``card.json``."""
    base: str
    """The catalogue's name of the model that it was trained on."""


@dataclass(frozen=True, slots=True)
class AdapterState:
    """Hold whether an engine serves an adapter, and a sentence on why not."""

    name: str
    served: bool
    detail: str = ""


@runtime_checkable
class AdapterServer(Protocol):
    """Serve adapters beside a model; engines that do are also :class:`ChatEngine`."""

    async def serve_adapters(self, adapters: Sequence[ServedAdapter]) -> None:
        """Serve these adapters, and no others, as soon as it can be done.

        Servers elsewhere are asked afterwards, or when a request names an adapter. One that does
        not fit the model is not served: its state says why, and a request for it
        raises :class:`AdapterUnknownError` with the same sentence.
        """
        ...

    def adapter_states(self) -> Sequence[AdapterState]:
        """Return the state of each adapter that was to be served, in their order."""
        ...


def unknown_adapter(name: str, states: Sequence[AdapterState] = ()) -> AdapterUnknownError:
    """Return the error of a request for an adapter that is not served."""
    why = next((each.detail for each in states if each.name == name), "")
    why = why or "No adapter of this name is registered with it."
    return AdapterUnknownError(f"The engine does not serve the adapter {name}. {why}")

"""Name an adapter in the requests of each dialect, and list those that a server has."""

from collections.abc import Container, Mapping, Sequence
from typing import Protocol

from app.engines.adapters import AdapterState
from app.engines.openai_answers import listed_models
from characters.json_values import JsonObject


class AdapterRequests(Protocol):
    """Write the fields by which one server's requests choose an adapter."""

    def fields(self, adapter: str | None) -> Mapping[str, object]:
        """Return the fields of the body of a generation; None for the model itself."""
        ...

    def known(self, listed: Sequence[str]) -> tuple[str, ...]:
        """Return the adapters that can be asked for; the server ``listed`` some at its start."""
        ...

    async def ensure(self, adapter: str) -> bool:
        """Load a registered adapter that the server lacks, and return whether it has it now."""
        ...

    def adapter_states(self) -> Sequence[AdapterState]:
        """See :meth:`~app.engines.adapters.AdapterServer.adapter_states`."""
        ...

    async def aclose(self) -> None:
        """Close the connections of its own."""
        ...


class LlamaCppAdapters:
    """Implement :class:`AdapterRequests` with the adapters that llama.cpp was started with.

    Their ids are their places among those that it serves. Every request has the field
    once there are any: to one without it the server applies the scales of its start, and does not
    compare its cached prompt's adapters with them (``launch_slot_with_task``).
    """

    def __init__(self, states: Sequence[AdapterState] = ()) -> None:
        self._states = list(states)
        self._loaded = tuple(each.name for each in states if each.served)

    def keep(self, names: Container[str]) -> None:
        """Let requests no longer ask for others than these, which stay loaded."""
        self._states = [each for each in self._states if each.name in names]

    def fields(self, adapter: str | None) -> Mapping[str, object]:
        """See :meth:`AdapterRequests.fields`."""
        if not self._loaded:
            return {}
        scales = (1.0 if name == adapter else 0.0 for name in self._loaded)
        return {"lora": [{"id": id, "scale": scale} for id, scale in enumerate(scales)]}

    def known(self, listed: Sequence[str]) -> tuple[str, ...]:
        """See :meth:`AdapterRequests.known`; the server itself lists none."""
        return tuple(each.name for each in self._states if each.served)

    async def ensure(self, adapter: str) -> bool:
        """Return whether the server was started with the adapter."""
        return adapter in self.known(())

    def adapter_states(self) -> Sequence[AdapterState]:
        """See :meth:`AdapterRequests.adapter_states`."""
        return self._states

    async def aclose(self) -> None:
        """Do nothing: it has no connections."""


def listed_adapters(models: JsonObject) -> tuple[str, ...]:
    """Return the adapters that a vLLM lists: models with the name of another one as ``parent``."""
    listed = listed_models(models).items()
    return tuple(name for name, model in listed if isinstance(model.get("parent"), str))

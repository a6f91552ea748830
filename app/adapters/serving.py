"""Decide whether an adapter can speak: its files are here, and the engine serves it."""

from collections.abc import Mapping
from typing import Literal

from app.engines.model_entry import ModelEntry
from app.engines.port import Limits

ServingStatus = Literal["served", "other_base", "not_served", "files_missing", "engine_away"]
"""``served``: the engine speaks with it. ``other_base``: it was trained on another model than the
one that runs. ``not_served``: the model is the right one, and the engine does not have the adapter
yet. ``files_missing``: its folder lacks a registered file. ``engine_away``: no engine answers."""


def serving_status(
    name: str,
    base: str,
    *,
    complete: bool,
    limits: Limits | None,
    catalogue: Mapping[str, ModelEntry],
) -> ServingStatus:
    """Return whether an adapter can speak; ``limits`` None while no engine answers."""
    if not complete:
        return "files_missing"
    if limits is None:
        return "engine_away"
    if name in limits.adapters:
        return "served"
    return "not_served" if fits(base, limits, catalogue) else "other_base"


def fits(base: str, limits: Limits, catalogue: Mapping[str, ModelEntry]) -> bool:
    """Return whether the running model is the one that an adapter was trained on."""
    if limits.model == base:
        return True
    entry = catalogue.get(base)
    return entry is not None and entry.vllm == limits.model

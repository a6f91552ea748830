"""Name the adapter that a character's replies are generated with."""

from typing import NamedTuple

from app.db.models import Character
from app.engines.port import Limits


class Speaking(NamedTuple):
    """Hold what a reply is generated with."""

    adapter: str | None
    """None for the model itself."""
    missing: str | None
    """The adapter in force that the engine does not serve, so that the model speaks alone."""


def adapter_of(character: Character, limits: Limits) -> Speaking:
    """Return the character's adapter, where the engine serves it.

    One that was trained on another model than the one that runs now is not served: the model
    speaks alone then, which the log, a metric and the character's page say.
    """
    name = character.adapter
    if name is None or name in limits.adapters:
        return Speaking(name, None)
    return Speaking(None, name)
